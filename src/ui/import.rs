//! What was found in a folder, and how a project is made of it, before anything is made.

use super::action::Action;
use super::context;
use super::dialogs::Ask;
use super::phrases;
use super::theme::space;
use super::widgets::{self, Button, Cell, Column, Look, Table};
use crate::domain::{ClassList, Split, SplitRatios};
use crate::session::{Command, ImportState, ImportSummary, NewProject};
use egui::{Ui, Vec2};
use std::path::{Path, PathBuf};

const WIDTH: f32 = 760.0;
const NAME_WIDTH: f32 = 130.0;

/// What a person has set so far.
#[derive(Default)]
pub struct State {
    folder: PathBuf,
    /// The summary has been taken over into the fields below.
    filled: bool,
    project: String,
    /// Names found and what they are called here.
    renamed: Vec<(String, String)>,
    /// For folders without classes, one a line.
    typed: String,
    ordinal: bool,
    ratios: SplitRatios,
    group: String,
    seed: u64,
}

impl State {
    /// Where the project goes, as chosen in a dialog.
    pub fn set_project(&mut self, path: &Path) {
        self.project = path.display().to_string();
    }

    fn follow(&mut self, folder: &Path, summary: Option<&ImportSummary>) {
        if self.folder != folder {
            *self = Self { folder: folder.to_owned(), seed: 1, ..Self::default() };
        }
        if let (Some(summary), false) = (summary, self.filled) {
            self.filled = true;
            self.project = summary.project.display().to_string();
            self.renamed = summary.classes.iter().map(|(name, _)| (name.clone(), name.clone())).collect();
            self.ordinal = summary.ordinal;
        }
    }

    /// The classes the project will have, in order, each once.
    fn classes(&self) -> Vec<String> {
        if self.renamed.is_empty() {
            let names = self.typed.split([',', '\n']).map(str::trim).filter(|n| !n.is_empty());
            return names.map(str::to_owned).collect();
        }
        let mut names: Vec<String> = Vec::new();
        for (_, name) in &self.renamed {
            if !names.iter().any(|n| n == name.trim()) {
                names.push(name.trim().to_owned());
            }
        }
        names
    }

    /// What is wrong with the fields, as a sentence; `None` when the project can be made.
    fn problem(&self, summary: &ImportSummary) -> Option<String> {
        if summary.images == 0 {
            return Some("There is no readable image in this folder: choose another.".into());
        }
        let classes = self.classes();
        if classes.len() < 2 {
            return Some("A project needs at least two classes: name them, one a line.".into());
        }
        if let Err(error) = ClassList::from_names(&classes, self.ordinal) {
            return Some(format!("{error}."));
        }
        if self.project.trim().is_empty() {
            return Some("Say where the project goes.".into());
        }
        let SplitRatios { train, validation, test } = self.ratios;
        if summary.splits.is_empty() && (train <= 0.0 || train + validation + test <= 0.0) {
            return Some("Some images must be for training.".into());
        }
        if let Some(error) = self.group_problem() {
            return Some(error);
        }
        None
    }

    fn group_problem(&self) -> Option<String> {
        let pattern = self.group.trim();
        if pattern.is_empty() {
            return None;
        }
        regex::Regex::new(pattern).err().map(|_| format!("{pattern:?} is no regular expression: check its brackets."))
    }

    fn command(&self) -> Command {
        let classes = self.classes();
        let moved = self.renamed.iter().filter(|(from, to)| from != to.trim());
        Command::CreateProject(NewProject {
            source: self.folder.clone(),
            project: super::dialogs::expand_home(&self.project),
            classes,
            ordinal: self.ordinal,
            ratios: self.ratios,
            seed: self.seed,
            group_pattern: Some(self.group.trim().to_owned()).filter(|g| !g.is_empty()),
            exclude: Vec::new(),
            class_map: moved.map(|(from, to)| (from.clone(), to.trim().to_owned())).collect(),
            reader: None,
        })
    }
}

/// Shows the preview; returns a question for the file dialogs.
pub fn show(ui: &mut Ui, cx: &mut context::Ui<'_>, state: &mut State) -> Option<Ask> {
    let import = cx.view.import.clone()?;
    let summary = match &import.state {
        ImportState::Ready(summary) => Some(summary),
        _ => None,
    };
    state.follow(&import.folder, summary);
    let mut ask = None;
    let side = ((ui.available_width() - WIDTH) / 2.0).max(space::XL).round();
    let width = (ui.available_width() - 2.0 * side).max(200.0);
    if let Some(summary) = summary {
        foot(ui, cx, state, summary, side);
    }
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(36.0);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.spacing_mut().item_spacing.y = space::M;
                head(ui, cx, &import.folder);
                match &import.state {
                    ImportState::Scanning => scanning(ui, cx),
                    ImportState::Failed(why) => failed(ui, cx, why),
                    ImportState::Ready(summary) => ask = ready(ui, cx, state, summary),
                }
                ui.add_space(space::XL);
            });
        });
    });
    ask
}

fn head(ui: &mut Ui, cx: &mut context::Ui<'_>, folder: &Path) {
    let name = folder.file_name().map_or_else(|| folder.display().to_string(), |n| n.to_string_lossy().into_owned());
    ui.label(egui::RichText::new(name).font(super::fonts::semibold(22.0)).color(cx.theme.text));
    ui.label(widgets::caption(cx.theme, folder.display().to_string()));
    ui.add_space(space::S);
}

fn scanning(ui: &mut Ui, cx: &mut context::Ui<'_>) {
    let job = cx.view.jobs.first();
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::strong(cx.theme, "Looking through the folder"));
        widgets::progress(ui, cx.theme, "Looking through the folder", job.and_then(|j| j.progress), 320.0);
        let message = job.map(|j| j.message.clone()).filter(|m| !m.is_empty());
        ui.label(widgets::caption(
            cx.theme,
            message.unwrap_or_else(|| "Every image is read once, so that broken ones are known now.".into()),
        ));
    });
    ui.horizontal(|ui| {
        if Button::new("Cancel").tooltip("Back to the start").ui(ui, cx.theme).clicked() {
            for job in &cx.view.jobs {
                cx.actions.push(Action::Send(Command::CancelJob(job.id)));
            }
            cx.send(Command::DismissImport);
        }
    });
}

fn failed(ui: &mut Ui, cx: &mut context::Ui<'_>, why: &str) {
    widgets::card(ui, cx.theme, |ui| {
        ui.label(widgets::strong(cx.theme, "This folder cannot be opened").color(cx.theme.error));
        ui.add(egui::Label::new(widgets::body(cx.theme, why)).wrap());
    });
    ui.horizontal(|ui| {
        if Button::new("Choose another folder").look(Look::Primary).ui(ui, cx.theme).clicked() {
            cx.push(Action::OpenImages);
        }
        if Button::new("Back").ui(ui, cx.theme).clicked() {
            cx.send(Command::DismissImport);
        }
    });
}

fn ready(ui: &mut Ui, cx: &mut context::Ui<'_>, state: &mut State, summary: &ImportSummary) -> Option<Ask> {
    let theme = cx.theme;
    ui.horizontal_wrapped(|ui| {
        widgets::chip(ui, theme, "", &phrases::count(summary.images, "image", "images"));
        if summary.classes.is_empty() {
            widgets::chip(ui, theme, "no class folders", "");
        } else {
            widgets::chip(ui, theme, "", &phrases::count(summary.classes.len(), "class", "classes"));
        }
        for (split, count) in &summary.splits {
            widgets::chip(ui, theme, split.name(), &phrases::thousands(*count));
        }
        if summary.truncated > 0 {
            widgets::chip(ui, theme, "cut short, used as far as they go", &phrases::thousands(summary.truncated));
        }
        if !summary.left_out.is_empty() {
            widgets::chip(ui, theme, "left out", &phrases::thousands(summary.left_out.len()));
        }
    });
    widgets::card(ui, theme, |ui| classes(ui, cx, state, summary));
    findings(ui, cx, summary);
    widgets::card(ui, theme, |ui| settings(ui, cx, state, summary)).inner
}

/// The bar at the bottom, always in sight: make it, or go back.
fn foot(ui: &mut Ui, cx: &mut context::Ui<'_>, state: &State, summary: &ImportSummary, side: f32) {
    let theme = cx.theme;
    let problem = state.problem(summary);
    let frame = egui::Frame::new().fill(theme.panel).inner_margin(egui::Margin::symmetric(0, 12));
    egui::Panel::bottom("import foot").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.add_space(side);
            let create = Button::new("Create project").key("Enter").look(Look::Primary).enabled(problem.is_none());
            let typing = ui.ctx().egui_wants_keyboard_input() || ui.ctx().memory(|m| m.top_modal_layer().is_some());
            let by_key = !typing && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if create.ui(ui, theme).clicked() || (by_key && problem.is_none()) {
                cx.send(state.command());
            }
            if Button::new("Back").key("Esc").ui(ui, theme).clicked()
                || (!typing && ui.input(|i| i.key_pressed(egui::Key::Escape)))
            {
                cx.send(Command::DismissImport);
            }
            let text = match &problem {
                Some(problem) => widgets::caption(theme, problem).color(theme.warning),
                None => widgets::caption(theme, "Your images stay where they are and are never changed."),
            };
            ui.add(egui::Label::new(text).truncate());
        });
    });
}

fn classes(ui: &mut Ui, cx: &mut context::Ui<'_>, state: &mut State, summary: &ImportSummary) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Classes");
    if summary.classes.is_empty() {
        let edit = egui::TextEdit::multiline(&mut state.typed)
            .hint_text("Normal\nAbnormal")
            .desired_rows(3)
            .desired_width(320.0)
            .margin(egui::Margin::symmetric(10, 6));
        widgets::named(ui.add(edit), "Class names");
        widgets::hint(
            ui,
            theme,
            "The folder has no class folders. Name the classes, one a line; labels come from you.",
        );
    }
    let most = summary.classes.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1);
    for ((found, count), (_, name)) in summary.classes.iter().zip(&mut state.renamed) {
        ui.horizontal(|ui| {
            widgets::text_field(ui, theme, name, &format!("Name of class {found}"), found, 220.0);
            let share = *count as f32 / most as f32;
            let (rect, _) = ui.allocate_exact_size(Vec2::new(200.0, 8.0), egui::Sense::empty());
            ui.painter().rect_filled(rect, 3, theme.line);
            let bar = egui::Rect::from_min_size(rect.min, Vec2::new(rect.width() * share, rect.height()));
            ui.painter().rect_filled(bar, 3, theme.accent);
            ui.label(widgets::body(theme, phrases::count(*count, "image", "images")));
            if name.trim() != found {
                ui.label(widgets::faint(theme, format!("was {found}")));
            }
        });
    }
    ui.checkbox(&mut state.ordinal, widgets::body(theme, "The classes are grades in this order"));
    widgets::hint(
        ui,
        theme,
        "For grades such as Kellgren-Lawrence: a near miss then counts less than a far one. Two classes with one name become one.",
    );
}

fn findings(ui: &mut Ui, cx: &mut context::Ui<'_>, summary: &ImportSummary) {
    let theme = cx.theme;
    if summary.conflicts.is_empty() && summary.left_out.is_empty() {
        return;
    }
    widgets::card(ui, theme, |ui| {
        widgets::section(ui, theme, "Worth knowing");
        for conflict in &summary.conflicts {
            ui.add(egui::Label::new(widgets::body(theme, format!("! {conflict}")).color(theme.warning)).wrap());
        }
        if summary.left_out.is_empty() {
            return;
        }
        let rows = summary.left_out.iter().take(200);
        let table = Table {
            columns: vec![Column::left("Left out"), Column::growing("Why")],
            rows: rows
                .map(|(file, why)| vec![Cell::new(file.clone()), Cell::new(why.clone()).color(theme.muted)])
                .collect(),
            ..Table::default()
        };
        egui::ScrollArea::vertical().id_salt("left out").max_height(180.0).show(ui, |ui| table.ui(ui, theme));
        if summary.left_out.len() > 200 {
            ui.label(widgets::faint(theme, format!("and {} more", phrases::thousands(summary.left_out.len() - 200))));
        }
    });
}

fn settings(ui: &mut Ui, cx: &mut context::Ui<'_>, state: &mut State, summary: &ImportSummary) -> Option<Ask> {
    let theme = cx.theme;
    let mut ask = None;
    widgets::section(ui, theme, "Project");
    let help = "A folder for labels and models. The images are not copied.";
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
    if summary.splits.is_empty() {
        let help = "Share of images, each class alike. Test images are never trained on.";
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
    } else {
        widgets::labelled(ui, theme, "Split", NAME_WIDTH, "As the folders say.", |ui| {
            let text: Vec<String> =
                summary.splits.iter().map(|(s, n)| format!("{} {}", phrases::thousands(*n), s.name())).collect();
            ui.add_space(5.0);
            ui.label(widgets::body(theme, text.join(" · ")));
        });
    }
    let help = "Optional. A regular expression whose match in the file name is the patient: images of one patient then never lie in two splits.";
    widgets::labelled(ui, theme, "Patient in name", NAME_WIDTH, help, |ui| {
        widgets::text_field(ui, theme, &mut state.group, "Group pattern", r"patient_(\d+)", 260.0);
    });
    ask
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> ImportSummary {
        ImportSummary {
            images: 10,
            classes: vec![("Normal".into(), 6), ("normal2".into(), 2), ("Broken".into(), 2)],
            project: "/data/x.overread".into(),
            ..ImportSummary::default()
        }
    }

    #[test]
    fn renaming_two_classes_alike_makes_one_of_them() {
        let mut state = State::default();
        state.follow(Path::new("/data/x"), Some(&summary()));
        assert_eq!(state.problem(&summary()), None);
        state.renamed[1].1 = "Normal ".into();
        let Command::CreateProject(new) = state.command() else { panic!("not a new project") };
        assert_eq!(new.classes, ["Normal", "Broken"]);
        assert_eq!(new.class_map, [("normal2".to_owned(), "Normal".to_owned())]);
    }

    #[test]
    fn what_cannot_work_is_said_before_it_is_tried() {
        let mut state = State::default();
        let unlabelled = ImportSummary { classes: vec![], ..summary() };
        state.follow(Path::new("/data/y"), Some(&unlabelled));
        assert!(state.problem(&unlabelled).is_some_and(|p| p.contains("two classes")));
        state.typed = "a, A".into();
        assert!(state.problem(&unlabelled).is_some_and(|p| p.contains("twice")));
        state.typed = "a\nb".into();
        assert_eq!(state.problem(&unlabelled), None);
        state.group = "(".into();
        assert!(state.problem(&unlabelled).is_some_and(|p| p.contains("regular expression")));
        let empty = ImportSummary { images: 0, ..summary() };
        assert!(state.problem(&empty).is_some_and(|p| p.contains("no readable image")));
    }
}
