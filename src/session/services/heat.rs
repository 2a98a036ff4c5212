//! Makes heat maps on one thread with its own copy of the active model, loaded from its file.

use crate::domain::{HeatMap, ImageId, ModelId, Rect};
use crate::explain;
use crate::imaging::{DecodedImage, colormap};
use crate::inference::{Examined, Model};
use crate::nn::Compute;
use crate::session::protocol::pictures::{Explained, Fetched, HeatPicture};
use crate::session::services::picture::PictureService;
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Shelf, Worker};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

const BUDGET: usize = 32 << 20;
/// One map is on screen at a time: what was asked for before it is stale.
const WAITING: usize = 1;

/// A model with its file.
type Active = Arc<(ModelId, PathBuf)>;

/// A model, an image, a class, and the place of a box: its edges' bit patterns, because they are floats.
type Key = (Active, ImageId, usize, Option<[u64; 4]>);

/// What the thread keeps from one map to the next.
#[derive(Default)]
struct Kept {
    model: Option<(Active, Model)>,
    /// The last picture whose boxes were explained: the next is most often another box of it.
    examined: Option<(Arc<DecodedImage>, Examined)>,
}

/// A running service; its thread ends when it is dropped.
pub struct HeatService {
    worker: Worker<Shelf<Key, HeatPicture>>,
    model: Mutex<Option<Active>>,
}

impl HeatService {
    /// Starts the worker; decoded images are taken from `pictures` where it has them.
    pub fn start(
        sources: Sources,
        pictures: Arc<PictureService>,
        compute: Compute,
        repaint: Repaint,
    ) -> std::io::Result<Self> {
        let shelf = Shelf::new(BUDGET, WAITING, |heat: &HeatPicture| heat.rgba.len() + heat.map.values.len() * 4);
        let worker = Worker::start("heat map", 1, shelf, repaint, || {
            let (sources, pictures, compute) = (sources.clone(), pictures.clone(), compute.clone());
            let mut kept = Kept::default();
            move |key: &Key| kept.make(&sources, &pictures, &compute, key)
        })?;
        Ok(Self { worker, model: Mutex::new(None) })
    }

    /// The model whose maps are asked for from now on. Maps made with it before are kept.
    pub fn set_model(&self, model: Option<(ModelId, PathBuf)>) {
        let mut active = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        if active.as_deref() != model.as_ref() {
            *active = model.map(Arc::new);
            self.worker.look(Shelf::forget_wishes);
        }
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.worker.reset(Shelf::clear);
    }

    /// The active model's heat map of a class or a box, begun if it is not there yet.
    pub fn heat_map(&self, image: ImageId, explained: Explained) -> Fetched<HeatPicture> {
        let model = self.model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(model) = model else {
            return Fetched::Failed("there is no model yet: train one, or promote one on the Models screen".into());
        };
        let rect = match explained {
            Explained::Class(_) => None,
            Explained::Box { rect: Rect { xmin, ymin, xmax, ymax }, .. } => {
                Some([xmin, ymin, xmax, ymax].map(f64::to_bits))
            }
        };
        self.worker.fetch((model, image, explained.class(), rect))
    }
}

impl Kept {
    fn make(
        &mut self,
        sources: &Sources,
        pictures: &PictureService,
        compute: &Compute,
        (model, image, class, rect): &Key,
    ) -> Result<HeatPicture, String> {
        if self.model.as_ref().is_none_or(|(of, _)| of != model) {
            *self = Self::default();
            self.model = Some((model.clone(), Model::open(&model.1, compute).map_err(|e| e.to_string())?));
        }
        let Some((_, opened)) = &self.model else { return Err("there is no model".into()) };
        let decoded = pictures.decoded_or(*image, sources)?;
        match (opened, rect) {
            (Model::Classifier(classifier), None) => {
                explain::grad_cam(classifier, &decoded, *class).map(|map| colored(map, None)).map_err(|e| e.to_string())
            }
            (Model::Detector(detector), Some(edges)) => {
                // The one picture before it is let go first.
                let examined = match self.examined.take().filter(|(of, _)| Arc::ptr_eq(of, &decoded)) {
                    Some((_, examined)) => examined,
                    None => detector.examine(&decoded).map_err(|e| e.to_string())?,
                };
                let [xmin, ymin, xmax, ymax] = edges.map(f64::from_bits);
                let made = explain::grad_cam_box(detector, &examined, (*class, Rect { xmin, ymin, xmax, ymax }));
                self.examined = Some((decoded, examined));
                made.map(|of| colored(of.map, Some(of.score))).map_err(|e| e.to_string())
            }
            (Model::Classifier(_), Some(_)) => Err("the model gives the whole image a class; it draws no boxes".into()),
            (Model::Detector(_), None) => Err("the model draws boxes: choose one to see its heat map".into()),
        }
    }
}

/// Gives a map its colours; the alpha is the value, so that what does not matter stays clear.
fn colored(map: HeatMap, score: Option<f32>) -> HeatPicture {
    let rgba = map
        .values
        .iter()
        .flat_map(|&value| {
            let ([r, g, b], shown) = colormap::of_map(value, map.signed);
            [r, g, b, (shown * 255.0).round() as u8]
        })
        .collect();
    HeatPicture { width: map.width, height: map.height, map, score, rgba: Arc::new(rgba) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{self, DetectorArchitecture};
    use crate::domain::{Architecture, ClassList, ModelCard, Preprocessing};
    use crate::inference;
    use crate::models;
    use crate::nn::Params;
    use crate::session::test_project::{small, tiny};
    use std::path::Path;
    use std::sync::mpsc;

    /// A model as it is before training.
    fn model(folder: &Path, architecture: Architecture) -> PathBuf {
        let preprocessing = Preprocessing { channels: 1, width: 64, height: 64, ..Preprocessing::default() };
        let classes = ClassList::from_names(&["dark", "bright"], false).unwrap();
        let card = ModelCard {
            format: ModelCard::FORMAT,
            name: architecture.name().into(),
            architecture,
            classes,
            preprocessing,
            recipe: None,
            data_digest: String::new(),
            threshold: None,
            created_ms: 0,
        };
        let params = Params::new(Compute::cpu().device(), 3);
        match &card.architecture {
            Architecture::Detector(network) => {
                models::faster_rcnn::FasterRcnn::new(network, &card.preprocessing, 2, &params).unwrap();
            }
            Architecture::Classifier(network) => {
                models::build(network, &card.preprocessing, 2, &params).unwrap();
            }
        }
        let path = folder.join(format!("{}.safetensors", card.name));
        inference::save(&path, &card, &params).unwrap();
        path
    }

    #[test]
    fn boxes_are_explained_by_the_model_that_draws_them_and_images_by_the_one_that_does_not() {
        let project = small(2);
        let sources = Sources::default();
        sources.set(project.open().images(), &std::collections::HashSet::new(), None);
        let (send, news) = mpsc::channel();
        let send = Mutex::new(send);
        let repaint: Repaint = Arc::new(move || send.lock().unwrap().send(()).unwrap_or_default());
        let pictures = Arc::new(PictureService::start(sources.clone(), Arc::new(|| {})).unwrap());
        let service = HeatService::start(sources, pictures, Compute::cpu(), repaint).unwrap();
        let made = |explained| loop {
            match service.heat_map(project.ids[0], explained) {
                Fetched::Ready(heat) => break Ok(heat),
                Fetched::Failed(why) => break Err(why.to_string()),
                Fetched::Loading(_) => news.recv().unwrap(),
            }
        };
        let of_box = |xmin: f64| {
            let rect = Rect { xmin, ymin: 4.0, xmax: xmin + 8.0, ymax: 12.0 };
            Explained::Box { class: 1, rect }
        };
        assert!(made(of_box(2.0)).unwrap_err().contains("no model"));

        let settings =
            recipe::DetectorSettings { pyramid_channels: 8, head_units: 16, ..recipe::DetectorSettings::light() };
        let detector = model(project.dir.path(), DetectorArchitecture::on_resnet18(settings).into());
        service.set_model(Some((ModelId(1), detector)));
        let (left, right) = (made(of_box(2.0)).unwrap(), made(of_box(22.0)).unwrap());
        assert!(left.score.is_some_and(|score| (0.0..=1.0).contains(&score)), "{:?}", left.score);
        assert!(left.map.at(26.0, 8.0) == 0.0 && right.map.at(6.0, 8.0) == 0.0, "each around its box");
        assert_ne!(left.score, right.score, "each is judged by what lies there");
        assert!(Arc::ptr_eq(&left, &made(of_box(2.0)).unwrap()), "it is kept by its box");
        assert!(made(Explained::Class(1)).unwrap_err().contains("choose one"));

        service.set_model(Some((ModelId(2), model(project.dir.path(), tiny().architecture))));
        assert_eq!(made(Explained::Class(1)).unwrap().score, None);
        assert!(made(of_box(2.0)).unwrap_err().contains("draws no boxes"));
    }
}
