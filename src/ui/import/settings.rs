//! Where it goes, how it is split, who is a patient and who was the reader.

use super::state::State;
use crate::domain::{Split, SplitRatios};
use crate::session::{DeskCommand, ImportSource, ImportSummary, ImportView, PatientIds};
use crate::ui::context::PanelContext;
use crate::ui::dialogs::Ask;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button};
use egui::Ui;
use regex::Regex;
use std::collections::BTreeSet;
use std::path::PathBuf;

const NAME_WIDTH: f32 = 130.0;

/// Shows them; returns a question for the file dialogs.
pub fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    state: &mut State,
    import: &ImportView,
    summary: &ImportSummary,
) -> Option<Ask> {
    let theme = cx.theme;
    let mut ask = None;
    widgets::section(ui, theme, "Project");
    let open = cx.view.project.as_ref().filter(|project| project.read_only.is_none());
    if let Some(project) = open {
        widgets::labelled(ui, theme, "Import into", NAME_WIDTH, "", |ui| {
            let chosen = usize::from(state.add);
            if let Some(chosen) = widgets::segmented(ui, theme, &["A new project", &project.name], Some(chosen)) {
                state.add = chosen == 1;
            }
        });
    }
    if state.add {
        let there = match &import.merge {
            Some(Ok(report)) => format!(
                "{} new; {} there already get these labels and boxes as another reader's. What a person reviewed stays in force.",
                phrases::count(report.images, "image", "images"),
                phrases::thousands(report.already_there)
            ),
            Some(Err(why)) => why.clone(),
            None => "Comparing with the project…".into(),
        };
        ui.horizontal(|ui| {
            ui.add_space(NAME_WIDTH);
            ui.add(egui::Label::new(widgets::caption(theme, there)).wrap());
        });
    } else {
        let help = if summary.unpacked {
            "A folder for labels, models and the archive's images."
        } else {
            "A folder for labels and models. The images are not copied."
        };
        widgets::labelled(ui, theme, "Folder", NAME_WIDTH, help, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                let width = (ui.available_width() - 100.0).max(120.0);
                widgets::text_field(ui, theme, &mut state.project, "Project folder", "NAME.overread", width);
                if Button::new("Browse…").ui(ui, theme).clicked() {
                    ask = Some(Ask::ProjectLocation(PathBuf::from(&state.project)));
                }
            });
        });
    }
    several(ui, cx, state, summary);
    split(ui, cx, state, summary);
    group(ui, cx, state, summary);
    patients(ui, cx, state, summary);
    if summary.readers.is_empty() && !summary.classes.is_empty() {
        let help = "Optional. Who gave these labels and boxes; the source does not say.";
        widgets::labelled(ui, theme, "Reader", NAME_WIDTH, help, |ui| {
            widgets::text_field(ui, theme, &mut state.reader, "Reader of the source", "name or initials", 260.0);
        });
    }
    ask
}

/// Whether an image is of one class or may have several findings; where the source was not read so, it is read again.
fn several(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, summary: &ImportSummary) {
    if state.add {
        return;
    }
    let help = match (state.findings, summary.findings) {
        (true, _) => "Each class is a finding of its own: present, absent, uncertain, or not assessed.",
        (false, true) => "Images with several findings, or an uncertain one, are taken without a class.",
        (false, false) => "Each image has one class, or none yet.",
    };
    widgets::labelled(ui, cx.theme, "An image has", NAME_WIDTH, help, |ui| {
        let names = ["One class", "Several findings"];
        let pressed = widgets::segmented(ui, cx.theme, &names, Some(usize::from(state.findings)));
        let Some(findings) = pressed.map(|at| at == 1).filter(|findings| *findings != state.findings) else { return };
        state.findings = findings;
        // What is said of one class is said of the others, too, where they are findings.
        if !summary.classes.is_empty() && (findings && !summary.findings || state.source().findings) {
            cx.send(DeskCommand::ReadSource(ImportSource { findings, ..state.source() }));
        }
    });
}

fn split(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, summary: &ImportSummary) {
    let theme = cx.theme;
    if !summary.splits.is_empty() {
        widgets::labelled(ui, theme, "Split", NAME_WIDTH, "As the source says.", |ui| {
            let text: Vec<String> =
                summary.splits.iter().map(|(s, n)| format!("{} {}", phrases::thousands(*n), s.name())).collect();
            ui.add_space(5.0);
            ui.label(widgets::body(theme, text.join(" · ")));
        });
        return;
    }
    let help = if state.add {
        "Share of the new images, each class alike. Images of a group the project has go where that is; nothing else moves."
    } else {
        "Share of images, each class alike. Test images are never trained on."
    };
    widgets::labelled(ui, theme, "Split", NAME_WIDTH, help, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let SplitRatios { train, validation, test } = &mut state.ratios;
            for (split, value) in Split::ALL.into_iter().zip([train, validation, test]) {
                widgets::number(ui, value, &format!("Share for {}", split.name()), 0.0..=100.0, 0.5, 58.0);
                ui.label(widgets::caption(theme, split.name()));
            }
            ui.label(widgets::caption(theme, "· seed"));
            widgets::number(ui, &mut state.seed, "Seed of the split", 0..=u64::MAX, 1.0, 58.0);
        });
    });
}

fn group(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, summary: &ImportSummary) {
    let theme = cx.theme;
    let help = example(&state.group, summary);
    widgets::labelled(ui, theme, "Patient in name", NAME_WIDTH, &help, |ui| {
        widgets::text_field(ui, theme, &mut state.group, "Group pattern", r"none; for example patient_(\d+)", 260.0);
    });
}

/// What becomes of the identifiers in DICOM headers; another choice reads the source again.
fn patients(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, summary: &ImportSummary) {
    let Some(now) = summary.patients else { return };
    let help = match now {
        PatientIds::Hashed => {
            "Of each PatientID a hash is kept, made with a key that stays in the project: images of one patient are one group, which never lies in two splits, and nobody is named."
        }
        PatientIds::Kept => {
            "Each PatientID is kept as it is and names its group, in lists and in the tables you export."
        }
        PatientIds::Ignored => {
            "PatientID is ignored: images of one patient may lie in two splits, and the test then looks better than it is."
        }
    };
    widgets::labelled(ui, cx.theme, "PatientID", NAME_WIDTH, help, |ui| {
        let at = PatientIds::ALL.iter().position(|choice| *choice == now);
        let pressed = widgets::segmented(ui, cx.theme, &["Hashed", "Kept as it is", "Ignored"], at);
        if let Some(choice) =
            pressed.and_then(|at| PatientIds::ALL.get(at)).filter(|choice| Some(**choice) != state.source().patients)
        {
            cx.send(DeskCommand::ReadSource(ImportSource { patients: Some(*choice), ..state.source() }));
        }
    });
}

/// What the pattern makes of the first names, or what it is for.
pub(super) fn example(pattern: &str, summary: &ImportSummary) -> String {
    let pattern = pattern.trim();
    if pattern.is_empty() {
        let known = match summary.groups {
            0 => "",
            _ => "The source names the groups; a pattern would take their place. ",
        };
        return format!(
            "{known}Optional. A regular expression whose match in the name is the patient: images of one patient then never lie in two splits."
        );
    }
    let Ok(pattern) = Regex::new(pattern) else { return "This is no regular expression: check its brackets.".into() };
    let group = |name: &String| {
        let found = pattern.captures(name)?;
        found.get(1).or_else(|| found.get(0)).map(|part| part.as_str().to_owned()).filter(|group| !group.is_empty())
    };
    let groups: Vec<(&String, String)> = summary.names.iter().filter_map(|name| Some((name, group(name)?))).collect();
    let Some((name, first)) = groups.first() else {
        return "It matches none of these names: correct it, or leave it empty.".into();
    };
    let distinct: BTreeSet<&String> = groups.iter().map(|(_, group)| group).collect();
    format!(
        "{name} is of {first}. {} in the first {}; {} in none.",
        phrases::count(distinct.len(), "group", "groups"),
        phrases::count(summary.names.len(), "name", "names"),
        phrases::thousands(summary.names.len() - groups.len())
    )
}
