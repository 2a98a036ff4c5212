//! The way out: in what form, what of the project, with which pictures and where to; and what the last export wrote.

use super::action::Action;
use super::context::PanelContext;
use super::dialogs::expand_home;
use super::phrases;
use super::theme::space;
use super::widgets::{self, Button, ButtonStyle};
use crate::session::{
    Deidentify, DeskCommand, ExportFormat, ExportRequest, Exported, Format, JobView, Pictures, ProjectCommand,
    ProjectView, Since, Unseen,
};
use egui::Ui;
use std::path::{Path, PathBuf};

const NAME_WIDTH: f32 = 130.0;
const FIELD_WIDTH: f32 = 260.0;
/// What becomes of the pictures, in the order it is offered.
const PICTURES: [(&str, Pictures); 3] =
    [("Copied", Pictures::Copy), ("Linked", Pictures::Link), ("Left where they are", Pictures::Leave)];

/// Places in that list.
const COPIED: usize = 0;
const LEFT: usize = 2;

/// What a person has set so far.
pub struct State {
    format: ExportFormat,
    /// What becomes of the pictures, once somebody has said so; else a table leaves them where they are.
    pictures: Option<usize>,
    every_reader: bool,
    since_model: bool,
    as_negatives: bool,
    /// Whether patients are made unknown, once somebody has said so; else where DICOM leaves.
    deidentify: Option<bool>,
    shift_dates: bool,
    /// Where to, once somebody has said so; else it follows the format.
    to: Option<String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            format: ExportFormat::Labels(Format::CSV),
            pictures: None,
            every_reader: false,
            since_model: false,
            as_negatives: false,
            deidentify: None,
            shift_dates: false,
            to: None,
        }
    }
}

impl State {
    /// Where to, as chosen in a dialog.
    pub fn set_to(&mut self, path: &Path) {
        self.to = Some(path.display().to_string());
    }

    fn to(&self, project: &ProjectView) -> String {
        self.to.clone().unwrap_or_else(|| suggestion(&project.path, self.format).display().to_string())
    }

    fn is_log(&self) -> bool {
        self.format == ExportFormat::AuditLog
    }

    fn pictures(&self) -> usize {
        let usual = if self.format == ExportFormat::Labels(Format::CSV) { LEFT } else { COPIED };
        self.pictures.unwrap_or(usual)
    }

    /// Headers of DICOM name patients: where such files leave, they leave without, unless somebody wants them.
    fn deidentifies(&self, project: &ProjectView) -> bool {
        self.deidentify.unwrap_or(project.pictures.dicom > 0 && self.pictures() == COPIED)
    }

    fn request(&self, project: &ProjectView) -> ExportRequest {
        let pictures = PICTURES.get(self.pictures()).map_or(Pictures::Copy, |(_, pictures)| *pictures);
        let since = project.active.filter(|_| self.since_model && !self.is_log()).map_or(Since::Ever, Since::Model);
        let deidentify = (self.deidentifies(project) && !self.is_log())
            .then_some(Deidentify { shift_dates: self.shift_dates, key: None });
        let as_negatives = self.as_negatives && self.format.takes_silence_for_none();
        ExportRequest {
            format: self.format,
            to: expand_home(&self.to(project)),
            pictures: if deidentify.is_some() { Pictures::Copy } else { pictures },
            every_reader: self.every_reader,
            since,
            unseen: if as_negatives { Unseen::AsNegative } else { Unseen::LeaveOut },
            deidentify,
            only: None,
        }
    }

    /// What is wrong with the fields, as a sentence.
    fn problem(&self, project: &ProjectView) -> Option<&'static str> {
        let request = self.request(project);
        if request.to.as_os_str().is_empty() {
            Some("Say where to.")
        } else {
            self.format.without_pictures().filter(|_| request.pictures == Pictures::Leave)
        }
    }
}

/// Beside the project: `NAME-coco`, or `NAME-audit-log.jsonl`.
fn suggestion(project: &Path, format: ExportFormat) -> PathBuf {
    let stem = project.file_stem().map_or_else(|| "project".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let ending = match format {
        ExportFormat::AuditLog => "audit-log.jsonl".to_owned(),
        ExportFormat::Labels(format) => format.name().to_lowercase().replace(' ', "-"),
    };
    project.with_file_name(format!("{stem}-{ending}"))
}

/// Shows the card.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Export");
    let names: Vec<&str> = ExportFormat::all().map(ExportFormat::name).collect();
    widgets::labelled(ui, theme, "Format", NAME_WIDTH, state.format.about(), |ui| {
        let (_, chosen) =
            widgets::drop_down(ui, theme, "Format of the export", state.format.name(), FIELD_WIDTH, |ui| {
                let pressed = |(format, name): (ExportFormat, &&str)| {
                    widgets::choice(ui, theme, name, format == state.format).then_some(format)
                };
                ExportFormat::all().zip(&names).filter_map(pressed).last()
            });
        if let Some(Some(format)) = chosen {
            state.format = format;
        }
    });
    if !state.is_log() {
        selection(ui, cx, project, state);
    }
    destination(ui, cx, project, state);
    let job = cx.view.jobs.iter().find(|job| job.name.starts_with("Exporting")).cloned();
    match job {
        Some(job) => running(ui, cx, &job),
        None => start(ui, cx, project, state),
    }
    if let Some(exported) = &project.exported {
        result(ui, cx, exported);
    }
    ui.label(widgets::faint(theme, format!("Project folder: {}", project.path.display())));
}

fn selection(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    widgets::labelled(ui, theme, "What", NAME_WIDTH, "", |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let chosen = Some(usize::from(state.every_reader));
        if let Some(at) = widgets::segmented(ui, theme, &["Final labels", "All readers'"], chosen) {
            state.every_reader = at == 1;
        }
        let model = project.models.iter().find(|model| model.record.active).map(|model| &model.record.card.name);
        if let Some(model) = model {
            widgets::check(ui, &mut state.since_model, &format!("Only what changed since {model} was made"));
        }
    });
    let deidentifies = state.deidentifies(project);
    let shown = if deidentifies { COPIED } else { state.pictures() };
    let help = match (PICTURES.get(shown), project.pictures.dicom) {
        _ if deidentifies => "Copied without what names patients.".to_owned(),
        (Some((_, Pictures::Copy | Pictures::Link)), dicom) if dicom > 0 => {
            let pictures = phrases::count(dicom, "DICOM picture", "DICOM pictures");
            format!("{pictures} leave with their headers, which may name patients.")
        }
        (Some((_, Pictures::Leave)), _) => "Only the table is written, with where each picture lies.".to_owned(),
        _ => String::new(),
    };
    widgets::labelled(ui, theme, "Pictures", NAME_WIDTH, &help, |ui| {
        let names = PICTURES.map(|(name, _)| name);
        if let Some(at) = widgets::segmented(ui, theme, &names, Some(shown)) {
            state.pictures = Some(at);
            // Only copies can be cleaned.
            state.deidentify = state.deidentify.filter(|_| at == COPIED);
        }
    });
    if state.format.takes_silence_for_none() {
        let help = "Images without boxes of which nobody said that there are none. Other tools would take them for images without findings.";
        widgets::labelled(ui, theme, "Not assessed", NAME_WIDTH, help, |ui| {
            let chosen = Some(usize::from(state.as_negatives));
            if let Some(at) = widgets::segmented(ui, theme, &["Left out", "As negatives"], chosen) {
                state.as_negatives = at == 1;
            }
        });
    }
    let text = "DICOM by the basic profile of PS3.15, other pictures without metadata, new file names, no notes. Words burned into the pixels stay: look for them.";
    widgets::labelled(ui, theme, "Patients", NAME_WIDTH, if deidentifies { text } else { "" }, |ui| {
        let mut now = deidentifies;
        widgets::check(ui, &mut now, "De-identify");
        if now != deidentifies {
            state.deidentify = Some(now);
        }
        if now {
            let chosen = Some(usize::from(state.shift_dates));
            if let Some(at) = widgets::segmented(ui, theme, &["Dates removed", "Dates shifted"], chosen) {
                state.shift_dates = at == 1;
            }
        }
    });
}

fn destination(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    let text = if state.is_log() { "A file." } else { "A new folder, or an empty one." };
    widgets::labelled(ui, theme, "To", NAME_WIDTH, text, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let mut to = state.to(project);
            if widgets::text_field(ui, theme, &mut to, "Where the export goes", "path", 420.0).changed() {
                state.to = Some(to.clone());
            }
            if Button::new("Choose…").name("Choose where the export goes").ui(ui, theme).clicked() {
                cx.push(Action::ChooseExport(expand_home(&to)));
            }
        });
    });
}

fn start(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &State) {
    let theme = cx.theme;
    let problem = state.problem(project);
    ui.horizontal(|ui| {
        ui.add_space(NAME_WIDTH);
        if Button::new("Export").style(ButtonStyle::Primary).enabled(problem.is_none()).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Export(state.request(project)));
        }
        if let Some(problem) = problem {
            ui.label(widgets::caption(theme, problem).color(theme.warning));
        }
    });
}

fn running(ui: &mut Ui, cx: &mut PanelContext<'_>, job: &JobView) {
    let theme = cx.theme;
    ui.horizontal(|ui| {
        ui.add_space(NAME_WIDTH);
        widgets::progress(ui, theme, "Progress of the export", job.progress, 240.0);
        ui.label(widgets::caption(theme, &job.message));
        let cancel = Button::new("Cancel").name("Cancel the export").enabled(job.cancellable);
        if cancel.ui(ui, theme).clicked() {
            cx.send(DeskCommand::CancelJob(job.id));
        }
    });
}

/// What was written, and what was not.
fn result(ui: &mut Ui, cx: &mut PanelContext<'_>, exported: &Exported) {
    let theme = cx.theme;
    let what = match (exported.events, exported.boxes) {
        (0, 0) => phrases::count(exported.images, "image", "images"),
        (0, boxes) => {
            let images = phrases::count(exported.images, "image", "images");
            format!("{images} and {}", phrases::count(boxes, "box", "boxes"))
        }
        (events, _) => phrases::count(events, "event", "events"),
    };
    let head = format!("Written as {}: {what}, to {}", exported.format, exported.to.display());
    widgets::dialog_frame(theme).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.add(egui::Label::new(widgets::strong(theme, head).color(theme.truth)).wrap());
        for warning in &exported.warnings {
            ui.add(egui::Label::new(widgets::body(theme, warning).color(theme.warning)).wrap());
        }
        for lost in &exported.lost {
            ui.add(egui::Label::new(widgets::caption(theme, lost)).wrap());
        }
        if !exported.left_out.is_empty() {
            let title = format!("{} left out", phrases::count(exported.left_out.len(), "picture", "pictures"));
            ui.collapsing(widgets::body(theme, title), |ui| {
                for (name, why) in &exported.left_out {
                    ui.add(egui::Label::new(widgets::caption(theme, format!("{name}: {why}"))).wrap());
                }
            });
        }
        ui.horizontal(|ui| {
            if Button::new("Show").name("Show what was exported").tooltip("Opens its folder").ui(ui, theme).clicked() {
                cx.send(DeskCommand::Show(exported.to.clone()));
            }
            if Button::new("Close").name("Close the export's result").ui(ui, theme).clicked() {
                cx.send(ProjectCommand::DismissExport);
            }
        });
    });
}
