//! A small project of drawn pictures for this floor's tests: dark ones and bright ones, which any model can tell apart.

use crate::domain::annotation::IMPORT_READER;
use crate::domain::recipe::{Architecture, DetectorArchitecture, DetectorSettings, Head, SimpleCnn};
use crate::domain::{Change, ClassList, DisplayState, ImageId, ModelCard, ModelId, Preprocessing, Recipe, Split};
use crate::files::hash;
use crate::imaging::write;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::task::Order;
use crate::store::{Meta, NewImage, NewModel, Store};
use std::path::{Path, PathBuf};

/// A folder that is removed at the end, with `pictures/` and `small.overread/`.
pub struct Small {
    pub dir: tempfile::TempDir,
    pub project: PathBuf,
    pub ids: Vec<ImageId>,
}

/// Writes the `index`th picture of a class: 32 x 24 pixels, dark (0) or bright (1), with grain.
pub fn draw(dir: &Path, class: usize, index: usize) -> PathBuf {
    let folder = dir.join(["dark", "bright"][class]);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("img{index}.png"));
    let grain = |at: usize| ((at * 31 + index * 17 + at * at * 7) % 40) as u8;
    let gray: Vec<u8> = (0..32 * 24).map(|at| [40, 180][class] + grain(at)).collect();
    write::write_png_gray(&path, 32, 24, &gray).unwrap();
    path
}

/// A project of so many images, half of them dark, labelled by the import; every fifth is for validation, every fifth
/// for testing.
pub fn small(images: usize) -> Small {
    let dir = tempfile::tempdir().unwrap();
    let project = dir.path().join("small.overread");
    let classes = ClassList::from_names(&["dark", "bright"], false).unwrap();
    let mut store = Store::create(&project, &Meta::new("small", classes)).unwrap();
    let records: Vec<NewImage> = (0..images)
        .map(|index| {
            let path = draw(&dir.path().join("pictures"), index % 2, index);
            NewImage {
                sha256: hash::sha256_file(&path).unwrap(),
                name: format!("{}/img{index}.png", ["dark", "bright"][index % 2]),
                path,
                width: 32,
                height: 24,
                group: None,
                split: match index / 2 % 5 {
                    3 => Split::Validation,
                    4 => Split::Test,
                    _ => Split::Train,
                },
                source: "imported".into(),
                truncated: false,
                frame: 0,
                facts: crate::domain::ImageFacts { bits: 8, ..Default::default() },
            }
        })
        .collect();
    let ids = store.add_images(&records).unwrap();
    let labels: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(index, id)| {
            let new = Some(index % 2);
            (*id, Change::Label { old: None, new, old_reviewed: false, new_reviewed: false, accepted: false })
        })
        .collect();
    store.append_many(IMPORT_READER, &labels).unwrap();
    Small { dir, project, ids }
}

impl Small {
    /// Opens it beside somebody who writes.
    pub fn open_to_look(&self) -> Core {
        Core::open_to_look(&self.project).unwrap()
    }

    /// Opens it.
    pub fn open(&self) -> Core {
        Core::open(&self.project).unwrap()
    }
}

/// A recipe that ends within a second on a small project.
pub fn tiny() -> Recipe {
    Recipe {
        name: "tiny".into(),
        title: "Tiny".into(),
        architecture: SimpleCnn { channels: vec![4], batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 }
            .into(),
        preprocessing: Preprocessing { width: 16, height: 16, ..Preprocessing::default() },
        epochs: 1,
        batch: 4,
        ..Recipe::default()
    }
}

/// Puts a model that draws boxes into the project, whose weights are but its name.
pub fn add_detector(core: &mut Core, name: &str, threshold: f64, created_ms: i64) -> ModelId {
    let architecture = DetectorArchitecture::on_resnet18(DetectorSettings::light()).into();
    add_model(core, name, architecture, Some(threshold), created_ms)
}

/// Puts any model into the project, whose weights are but its name.
pub fn add_model(
    core: &mut Core,
    name: &str,
    architecture: Architecture,
    threshold: Option<f64>,
    created_ms: i64,
) -> ModelId {
    add_headed(core, (name, architecture), None, threshold, created_ms)
}

/// Puts a model that answers with findings into the project, whose weights are but its name.
pub fn add_model_of_findings(core: &mut Core, name: &str) -> ModelId {
    add_headed(core, (name, tiny().architecture), Some(Head::Findings), None, 0)
}

fn add_headed(
    core: &mut Core,
    (name, architecture): (&str, Architecture),
    head: Option<Head>,
    threshold: Option<f64>,
    created_ms: i64,
) -> ModelId {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), name).unwrap();
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: name.into(),
        architecture,
        classes: core.view().classes.as_ref().clone(),
        preprocessing: Preprocessing::default(),
        recipe: None,
        head,
        data_digest: String::new(),
        threshold,
        decided: None,
        created_ms,
    };
    let new = NewModel { card: &card, file: file.path(), parent: None, run: None };
    let model = core.store.add_model(&new).unwrap().id;
    core.read_models().unwrap();
    model
}

/// The command a key press sends.
pub fn annotate(image: ImageId, edit: Edit) -> ProjectCommand {
    ProjectCommand::Annotate { image, edit, shown: None, display: DisplayState::default() }
}

/// Sends a command and does all that follows from it.
pub fn send(core: &mut Core, command: ProjectCommand) -> Result<(), crate::session::protocol::error::SessionError> {
    let compute = Compute::cpu();
    let work = core.apply(command, &compute)?;
    core.perform(work, &compute, &mut |_| Order::Go)
}
