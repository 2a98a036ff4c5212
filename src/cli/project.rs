//! What commands say a project, an image, a class or a model by, and finding it.

use crate::domain::{
    AnswerRule, BetaMap, BoxThresholds, ClassList, ClassThresholds, Decided, ImageFile, ImageRecord, ModelCard,
    ModelRecord, Temperatures,
};
use crate::store::{Access, Store};
use anyhow::{Result, anyhow, bail};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The project a command works on.
#[derive(Debug, clap::Args)]
pub struct ProjectArg {
    /// The project folder, NAME.overread.
    #[arg(long, value_name = "DIR")]
    pub project: PathBuf,
}

impl ProjectArg {
    /// Opens it to look only.
    pub fn read(&self) -> Result<Store> {
        Ok(Store::open(&self.project, Access::ReadOnly)?)
    }

    /// Opens it to change it; an error when something else holds it or it cannot be written.
    pub fn write(&self) -> Result<Store> {
        let store = Store::open(&self.project, Access::Write)?;
        match store.read_only_reason() {
            Some(why) => bail!("{} cannot be changed: {why}", self.project.display()),
            None => Ok(store),
        }
    }
}

/// An image's file as commands take it: a path, or `PATH#N` for the frame N, counted from 0, of a file of several.
pub fn image_file(text: &str) -> ImageFile {
    let path = Path::new(text);
    let numbered = text.rsplit_once('#').and_then(|(file, frame)| Some((Path::new(file), frame.parse().ok()?)));
    match numbered {
        // A file may really be called so.
        Some((file, frame)) if !path.exists() => ImageFile { path: file.to_path_buf(), frame },
        _ => ImageFile::first(path),
    }
}

/// Finds images by what people call them.
pub struct ImageIndex<'a> {
    images: &'a [ImageRecord],
    by_name: HashMap<&'a str, usize>,
    /// Positions by the last part of the name; more than one when it is not unique.
    by_file_name: HashMap<&'a str, Vec<usize>>,
    by_file: HashMap<ImageFile, usize>,
}

impl<'a> ImageIndex<'a> {
    /// Prepares to find any of these.
    pub fn new(images: &'a [ImageRecord]) -> Self {
        let mut by_file_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, image) in images.iter().enumerate() {
            by_file_name.entry(image.name.rsplit('/').next().unwrap_or(&image.name)).or_default().push(at);
        }
        Self {
            images,
            by_name: images.iter().enumerate().map(|(at, i)| (i.name.as_str(), at)).collect(),
            by_file_name,
            by_file: images.iter().enumerate().map(|(at, i)| (i.file(), at)).collect(),
        }
    }

    /// The image with this name below the imported folder, or at this path, or whose file alone is called this.
    pub fn find(&self, wanted: &str) -> Result<&'a ImageRecord> {
        if let Some(image) = self.by_name.get(wanted).and_then(|&at| self.images.get(at)) {
            return Ok(image);
        }
        match self.by_file_name.get(wanted).map(Vec::as_slice) {
            Some([at]) => return self.images.get(*at).ok_or_else(|| anyhow!("the project has no image {wanted:?}")),
            Some(many) => bail!("{} images of the project are called {wanted:?}: say the folder too", many.len()),
            None => {}
        }
        let ImageFile { path, frame } = image_file(wanted);
        let absolute = ImageFile { path: std::path::absolute(&path).unwrap_or(path), frame };
        let at = self.by_file.get(&absolute);
        let at = at.or_else(|| {
            let path = absolute.path.canonicalize().ok()?;
            self.by_file.get(&ImageFile { path, frame })
        });
        at.and_then(|&at| self.images.get(at)).ok_or_else(|| {
            anyhow!("the project has no image {wanted:?}: names are as `overread export --format csv` writes them")
        })
    }
}

/// A class by its name.
pub fn class(classes: &ClassList, wanted: &str) -> Result<usize> {
    classes
        .index_of(wanted)
        .ok_or_else(|| anyhow!("there is no class {wanted:?}: the classes are {}", classes.names().join(", ")))
}

/// A model of a project by its number, or its name (of equal names the newest); `active` is the one whose predictions
/// are shown.
pub fn model(store: &Store, wanted: &str) -> Result<ModelRecord> {
    let models = store.models()?;
    let number = wanted.parse::<i64>().ok();
    let by_number = models.iter().find(|m| Some(m.id.0) == number);
    let found = by_number
        .or_else(|| models.iter().rev().find(|m| m.card.name == wanted))
        .or_else(|| models.iter().find(|m| m.active && wanted == "active"));
    if let Some(found) = found {
        return Ok(found.clone());
    }
    let names: Vec<String> = models.iter().map(|m| format!("{} ({})", m.card.name, m.id)).collect();
    if names.is_empty() {
        bail!("the project has no model {wanted:?}, nor any other: train one with `overread train`");
    }
    bail!("the project has no model {wanted:?}: it has {}", names.join(", "))
}

/// The model meant by `--model`.
pub struct Chosen {
    /// Its weights.
    pub file: PathBuf,
    /// What its project knows of it; absent of a mere file.
    pub record: Option<ModelRecord>,
}

impl Chosen {
    /// From which scores boxes of the model with this card count.
    pub fn box_thresholds(&self, card: &ModelCard) -> BoxThresholds {
        self.record.as_ref().map_or_else(|| card.box_thresholds(), ModelRecord::box_thresholds)
    }

    /// How classes are called by the model with this card.
    pub fn class_thresholds(&self, card: &ModelCard) -> ClassThresholds {
        self.record.as_ref().map_or_else(|| card.class_thresholds(), ModelRecord::thresholds)
    }

    /// By what the logits of the model with this card are divided, where it gives one class an image.
    pub fn temperature(&self, card: &ModelCard) -> Option<f64> {
        self.decided(card).temperature
    }

    /// By what the logits of the model with this card are divided, whatever it answers with.
    pub fn temperatures(&self, card: &ModelCard) -> Temperatures {
        self.decided(card).temperatures(&card.classes)
    }

    /// By what rule the model with this card answers with several classes.
    pub fn answers(&self, card: &ModelCard) -> Option<AnswerRule> {
        self.decided(card).answers
    }

    /// How the scores of the boxes of the model with this card are calibrated.
    pub fn scores(&self, card: &ModelCard) -> Option<BetaMap> {
        self.decided(card).scores
    }

    /// What was decided about the model with this card.
    pub fn decided(&self, card: &ModelCard) -> Decided {
        self.record.as_ref().map_or_else(|| card.decided.clone().unwrap_or_default(), ModelRecord::decided)
    }
}

/// The model meant by `--model`: a file that Overread wrote, or a model of the project.
pub fn chosen_model(project: Option<&Path>, wanted: &str) -> Result<Chosen> {
    let path = Path::new(wanted);
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) {
        if !path.is_file() {
            bail!("{wanted} is not there: give a model file that Overread wrote, or a model of a --project");
        }
        return Ok(Chosen { file: path.to_path_buf(), record: None });
    }
    let Some(project) = project else {
        bail!("the model {wanted:?} is no .safetensors file: to mean a model of a project, add --project");
    };
    let store = Store::open(project, Access::ReadOnly)?;
    let record = model(&store, wanted)?;
    match store.model_file_problem(&record)? {
        Some(problem) => bail!(problem),
        None => Ok(Chosen { file: record.file.clone(), record: Some(record) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ImageId, Split};

    fn image(id: i64, name: &str) -> ImageRecord {
        ImageRecord {
            id: ImageId(id),
            path: PathBuf::from("/pictures").join(name),
            name: name.into(),
            sha256: String::new(),
            width: 1,
            height: 1,
            group: None,
            split: Split::Train,
            source: String::new(),
            truncated: false,
            frame: 0,
        }
    }

    #[test]
    fn images_are_found_by_name_path_and_unique_file_name() {
        let images = [image(1, "a/1.png"), image(2, "b/1.png"), image(3, "b/2.png")];
        let index = ImageIndex::new(&images);
        for (wanted, id) in [("a/1.png", 1), ("/pictures/b/1.png", 2), ("2.png", 3)] {
            assert_eq!(index.find(wanted).expect(wanted).id.0, id);
        }
        let ambiguous = index.find("1.png").expect_err("two have this name").to_string();
        assert!(ambiguous.starts_with("2 images"), "{ambiguous}");
        assert!(index.find("3.png").is_err());
    }
}
