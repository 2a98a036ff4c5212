//! The system's file dialogs, on a thread of their own so that the window goes on painting.

use super::action::Action;
use crate::domain::{ImageId, ModelId};
use crate::session::{
    AuditExport, AuditFilter, AuditFormat, Command, DeskCommand, Drawn, ExportRequest, ImportSource, ProjectCommand,
    ReportRequest, WeightsAsked,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

/// What a path is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// A folder of images to look through.
    Images,
    /// An annotation file.
    ImportFile,
    /// The folder of the pictures that a source speaks of, to read it again.
    Pictures(Box<ImportSource>),
    /// A project folder.
    Project,
    /// Where a new project goes; the suggestion.
    ProjectLocation(PathBuf),
    /// A folder in which moved images may lie.
    Relink,
    /// Another copy of the project.
    Merge,
    /// Where the labels are written; the suggested name.
    Csv(String),
    /// Where the labels of some images are written; the suggested name and the images.
    CsvOf(String, Arc<Vec<ImageId>>),
    /// Where the next export goes; the suggestion.
    ExportTo(PathBuf),
    /// Where a report of an evaluation goes; with the suggestion.
    Report(ReportRequest),
    /// Where events of the log are written; with the suggested name.
    Audit(AuditFilter, String),
    /// Where a drawing is written.
    Drawing(Drawn),
    /// Where a model is written; the suggested name.
    Model(ModelId, String),
    /// Where a model's card is written; the suggested name.
    Card(ModelId, String),
    /// A weight file to start a run from.
    Weights,
    /// A weight file to become a model.
    ImportModel,
    /// A file that says how pictures were prepared for weights.
    Preparation,
}

impl Ask {
    /// What the dialog is headed.
    pub fn title(&self) -> &'static str {
        match self {
            Ask::Images => "Open a folder of images",
            Ask::ImportFile => "Open an annotation file",
            Ask::Pictures(_) => "Where the pictures are",
            Ask::Project => "Open a project",
            Ask::ProjectLocation(_) => "Where the project is made",
            Ask::Relink => "Where the images are now",
            Ask::Merge => "The other copy of the project",
            Ask::Csv(_) => "Export labels as CSV",
            Ask::CsvOf(..) => "Export the labels of the chosen images as CSV",
            Ask::ExportTo(_) => "Where the export goes",
            Ask::Report(_) => "A folder for the report",
            Ask::Audit(..) => "Export the events as CSV or JSON",
            Ask::Drawing(_) => "Save the drawing",
            Ask::Model(..) => "Export the model",
            Ask::Card(..) => "Write the model card",
            Ask::Weights => "Weights to start from",
            Ask::ImportModel => "A model to add",
            Ask::Preparation => "How pictures are prepared",
        }
    }

    /// What a path may look like, shown where nothing is typed yet.
    pub fn example(&self) -> &'static str {
        match self {
            Ask::Images | Ask::Pictures(_) | Ask::Relink => "/home/me/images",
            Ask::ImportFile => "/home/me/labels.csv",
            Ask::Project | Ask::ProjectLocation(_) | Ask::Merge => "/home/me/hands.overread",
            Ask::ExportTo(_) => "/home/me/export",
            Ask::Report(_) => "/home/me/report",
            Ask::Audit(..) => "/home/me/audit.csv",
            Ask::Drawing(_) => "/home/me/figure.svg",
            Ask::Csv(_) | Ask::CsvOf(..) => "/home/me/labels.csv",
            Ask::Model(..) => "/home/me/model.safetensors",
            Ask::Card(..) => "/home/me/model.md",
            Ask::Weights | Ask::ImportModel => "/home/me/network.pth",
            Ask::Preparation => "/home/me/preprocessing.toml",
        }
    }

    /// What a path field is filled with to begin with.
    pub fn suggestion(&self) -> String {
        match self {
            Ask::ProjectLocation(path) | Ask::ExportTo(path) => path.display().to_string(),
            Ask::Report(request) => request.to.display().to_string(),
            Ask::Drawing(drawn) => format!("{}.{}", drawn.name, drawn.ending()),
            Ask::Csv(name) | Ask::CsvOf(name, _) | Ask::Model(_, name) | Ask::Card(_, name) => name.clone(),
            Ask::Audit(_, name) => name.clone(),
            Ask::Pictures(source) => source.images.as_ref().unwrap_or(&source.path).display().to_string(),
            Ask::Images
            | Ask::ImportFile
            | Ask::Project
            | Ask::Relink
            | Ask::Merge
            | Ask::Weights
            | Ask::ImportModel
            | Ask::Preparation => String::new(),
        }
    }

    /// The command that a path makes of this; none for [`Ask::ProjectLocation`],
    /// [`Ask::ExportTo`], [`Ask::Weights`] and [`Ask::Preparation`], which fill a field.
    pub fn command(&self, path: PathBuf) -> Option<Command> {
        match self {
            Ask::Images | Ask::ImportFile => Some(opening(path)),
            Ask::Pictures(source) => {
                Some(Command::Desk(DeskCommand::ReadSource(ImportSource { images: Some(path), ..(**source).clone() })))
            }
            Ask::Project => Some(Command::Desk(DeskCommand::OpenProject(path))),
            Ask::ProjectLocation(_) | Ask::ExportTo(_) | Ask::Weights | Ask::Preparation => None,
            Ask::ImportModel => Some(Command::Project(ProjectCommand::LookAtWeights(Box::new(WeightsAsked::of(path))))),
            Ask::Report(request) => {
                Some(Command::Project(ProjectCommand::WriteReport(ReportRequest { to: path, ..request.clone() })))
            }
            Ask::Drawing(drawn) => {
                Some(Command::Project(ProjectCommand::SaveDrawing { drawn: drawn.clone(), to: path }))
            }
            Ask::Audit(filter, _) => {
                let (filter, format) = (filter.clone(), AuditFormat::of(&path));
                Some(Command::Project(ProjectCommand::ExportAudit(AuditExport { filter, to: path, format })))
            }
            Ask::Merge => Some(Command::Project(ProjectCommand::Merge { other: path })),
            Ask::Relink => Some(Command::Project(ProjectCommand::Relink { folder: path })),
            Ask::Csv(_) => Some(Command::Project(ProjectCommand::Export(ExportRequest::table(path)))),
            Ask::CsvOf(_, images) => {
                let request = ExportRequest { only: Some(Arc::clone(images)), ..ExportRequest::table(path) };
                Some(Command::Project(ProjectCommand::Export(request)))
            }
            Ask::Card(model, _) => Some(Command::Project(ProjectCommand::ExportCard { model: *model, to: path })),
            Ask::Model(model, _) => Some(Command::Project(ProjectCommand::ExportModel { model: *model, to: path })),
        }
    }
}

/// How a question ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Path(PathBuf),
    /// The person closed the dialog.
    Cancelled,
    /// There is no file dialog on this system: the window asks for the path itself.
    Unavailable,
}

/// Asks for paths. The window uses [`NativeDialogs`], tests answer by themselves.
pub trait Dialogs {
    /// Begins to ask; a question already open is left open and this one is not asked.
    fn ask(&mut self, ask: Ask, ctx: &egui::Context);
    /// The answer to the last question, once.
    fn poll(&mut self) -> Option<(Ask, Answer)>;
}

/// The system's own dialogs.
#[derive(Default)]
pub struct NativeDialogs {
    open: Option<(Ask, Receiver<Answer>)>,
}

/// A dialog that ends without a path in less than this was never shown.
const NEVER_SHOWN: Duration = Duration::from_millis(400);

impl Dialogs for NativeDialogs {
    fn ask(&mut self, ask: Ask, ctx: &egui::Context) {
        if self.open.is_some() {
            return;
        }
        let (sender, receiver) = channel();
        let (asked, ctx) = (ask.clone(), ctx.clone());
        let started =
            std::thread::Builder::new().name("file-dialog".into()).spawn(move || answer(&asked, &sender, &ctx));
        match started {
            Ok(_) => self.open = Some((ask, receiver)),
            Err(error) => tracing::error!("the file dialog could not be started: {error}"),
        }
    }

    fn poll(&mut self) -> Option<(Ask, Answer)> {
        let (_, receiver) = self.open.as_ref()?;
        let answer = match receiver.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Answer::Unavailable,
        };
        self.open.take().map(|(ask, _)| (ask, answer))
    }
}

fn answer(ask: &Ask, sender: &Sender<Answer>, ctx: &egui::Context) {
    let started = Instant::now();
    let dialog = rfd::FileDialog::new().set_title(ask.title());
    let path = match ask {
        Ask::Images | Ask::Pictures(_) | Ask::Project | Ask::Relink | Ask::Merge => dialog.pick_folder(),
        Ask::ProjectLocation(path) | Ask::ExportTo(path) | Ask::Report(ReportRequest { to: path, .. }) => {
            let dialog = match path.parent() {
                Some(parent) => dialog.set_directory(parent),
                None => dialog,
            };
            dialog.set_file_name(file_name(path)).save_file()
        }
        Ask::ImportFile => dialog.add_filter("Annotations", &["json", "csv", "tsv", "xml", "yaml", "yml"]).pick_file(),
        Ask::Weights | Ask::ImportModel => dialog.add_filter("Weights", &["pth", "pt", "safetensors"]).pick_file(),
        Ask::Preparation => dialog.add_filter("Preparation", &["json", "toml"]).pick_file(),
        Ask::Drawing(drawn) => {
            let (filter, name) = (drawn.ending().to_uppercase(), ask.suggestion());
            dialog.add_filter(filter, &[drawn.ending()]).set_file_name(name).save_file()
        }
        Ask::Csv(name) | Ask::CsvOf(name, _) => dialog.add_filter("CSV", &["csv"]).set_file_name(name).save_file(),
        Ask::Audit(_, name) => dialog.add_filter("CSV or JSON", &["csv", "json"]).set_file_name(name).save_file(),
        Ask::Card(_, name) => dialog.add_filter("Markdown", &["md"]).set_file_name(name).save_file(),
        Ask::Model(_, name) => dialog.add_filter("Model", &["safetensors"]).set_file_name(name).save_file(),
    };
    let answer = match path {
        Some(path) => Answer::Path(path),
        None if started.elapsed() < NEVER_SHOWN => Answer::Unavailable,
        None => Answer::Cancelled,
    };
    // The window may be gone by now; then nobody wants the answer.
    let _ = sender.send(answer);
    ctx.request_repaint();
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What a path that was dropped on the window or typed asks for.
pub fn open_path(path: PathBuf) -> Action {
    Action::Send(opening(path))
}

/// What a path is: a project by its ending, else something to import.
fn opening(path: PathBuf) -> Command {
    let project = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("overread"));
    Command::Desk(if project {
        DeskCommand::OpenProject(path)
    } else {
        DeskCommand::ReadSource(ImportSource::at(path))
    })
}

/// Whether a file is one of weights, by its ending.
pub fn is_weights(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    ["pth", "pt", "ckpt", "safetensors", "onnx"].contains(&ending.as_str())
}

/// Puts the home folder in place of a leading `~`.
pub fn expand_home(text: &str) -> PathBuf {
    let text = text.trim();
    let rest = text.strip_prefix("~/").or_else(|| (text == "~").then_some(""));
    match (rest, directories::UserDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => PathBuf::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_path_opens_by_its_ending() {
        let project = open_path("/data/knees.Overread".into());
        assert_eq!(project, Action::Send(Command::Desk(DeskCommand::OpenProject("/data/knees.Overread".into()))));
        let folder = open_path("/data/knees".into());
        let scan = Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/knees")));
        assert_eq!(folder, Action::Send(scan.clone()));
        assert_eq!(Ask::Images.command("/data/knees".into()), Some(scan));
        let open = Command::Desk(DeskCommand::OpenProject("/data/knees.overread".into()));
        assert_eq!(Ask::Images.command("/data/knees.overread".into()), Some(open), "a project chosen as a folder");
    }

    #[test]
    fn weights_are_told_by_their_ending() {
        assert!(["a.pth", "b.PT", "c.safetensors", "d.onnx"].iter().all(|name| is_weights(Path::new(name))));
        assert!(["a.csv", "pth", "knees.overread", "a.png"].iter().all(|name| !is_weights(Path::new(name))));
    }

    #[test]
    fn each_question_becomes_its_command() {
        let to = PathBuf::from("/tmp/x.csv");
        assert_eq!(
            Ask::Csv("x".into()).command(to.clone()),
            Some(Command::Project(ProjectCommand::Export(ExportRequest::table(to.clone()))))
        );
        assert_eq!(Ask::ProjectLocation(to.clone()).command(to), None);
    }

    #[test]
    fn only_a_leading_tilde_is_the_home_folder() {
        assert_eq!(expand_home(" /a/~b "), PathBuf::from("/a/~b"));
        assert!(!expand_home("~/x").starts_with("~"));
    }
}
