//! Makes heat maps on one thread with its own copy of the active model, loaded from its file.

use crate::domain::{HeatMap, ImageId, MapMethod, ModelId, Rect};
use crate::explain::{self, How, MapError, Masks};
use crate::imaging::{DecodedImage, colormap};
use crate::inference::{Examined, Model};
use crate::nn::Compute;
use crate::session::protocol::pictures::{Explained, Fetched, HeatPicture, MapRequest};
use crate::session::services::picture::PictureService;
use crate::session::services::sources::Sources;
use crate::session::services::worker::{Repaint, Shelf, Unmade, Worker};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const BUDGET: usize = 32 << 20;
/// One map is on screen at a time: what was asked for before it is stale.
const WAITING: usize = 1;
/// How far a map is, is told this often.
const EVERY: Duration = Duration::from_millis(100);

/// A model with its file.
type Active = Arc<(ModelId, PathBuf)>;

/// What a map is kept under.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    model: Active,
    image: ImageId,
    class: usize,
    /// The place of a box: its edges' bit patterns, because they are floats.
    rect: Option<[u64; 4]>,
    method: MapMethod,
}

/// What the thread keeps from one map to the next.
#[derive(Default)]
struct Kept {
    model: Option<(Active, Model)>,
    /// The last picture whose boxes were explained: the next is most often another box of it.
    examined: Option<(Arc<DecodedImage>, Examined)>,
}

/// What the window and the thread tell each other about the map that is being made.
#[derive(Default)]
struct Watch {
    /// The map on screen; any other that is being made is given up.
    wanted: Option<Key>,
    /// How many passes of how many.
    progress: Option<(usize, usize)>,
}

/// A running service; its thread ends when it is dropped.
pub struct HeatService {
    worker: Worker<Shelf<Key, HeatPicture>>,
    model: Mutex<Option<Active>>,
    watch: Arc<Mutex<Watch>>,
}

fn locked(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
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
        let watch: Arc<Mutex<Watch>> = Arc::default();
        let worker = Worker::start("heat map", 1, shelf, repaint.clone(), || {
            let (sources, pictures, compute) = (sources.clone(), pictures.clone(), compute.clone());
            let (watch, repaint) = (watch.clone(), repaint.clone());
            let mut kept = Kept::default();
            move |key: &Key| {
                let mut told = Instant::now();
                let made = kept.make(&sources, &pictures, &compute, key, &mut |done, total| {
                    let mut watch = locked(&watch);
                    watch.progress = Some((done, total));
                    if told.elapsed() >= EVERY {
                        told = Instant::now();
                        repaint();
                    }
                    watch.wanted.as_ref() == Some(key)
                });
                locked(&watch).progress = None;
                made
            }
        })?;
        Ok(Self { worker, model: Mutex::new(None), watch })
    }

    /// The model whose maps are asked for from now on. Maps made with it before are kept.
    pub fn set_model(&self, model: Option<(ModelId, PathBuf)>) {
        let mut active = self.model.lock().unwrap_or_else(PoisonError::into_inner);
        if active.as_deref() != model.as_ref() {
            *active = model.map(Arc::new);
            self.give_up();
            self.worker.look(Shelf::forget_wishes);
        }
    }

    /// Forgets everything: another project, or files that moved.
    pub fn reset(&self) {
        self.give_up();
        self.worker.reset(Shelf::clear);
    }

    /// No map is on screen.
    pub fn give_up(&self) {
        locked(&self.watch).wanted = None;
    }

    /// How many passes of how many are done of the map that is being made.
    pub fn progress(&self) -> Option<(usize, usize)> {
        locked(&self.watch).progress
    }

    /// The active model's heat map of a class or a box, begun if it is not there yet.
    pub fn heat_map(&self, MapRequest { image, explained, method }: MapRequest) -> Fetched<HeatPicture> {
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
        let key = Key { model, image, class: explained.class(), rect, method };
        locked(&self.watch).wanted = Some(key.clone());
        self.worker.fetch(key)
    }
}

impl Kept {
    fn make(
        &mut self,
        sources: &Sources,
        pictures: &PictureService,
        compute: &Compute,
        key: &Key,
        on: explain::OnPass<'_>,
    ) -> Result<HeatPicture, Unmade> {
        let Key { model, image, class, rect, method } = key;
        if self.model.as_ref().is_none_or(|(of, _)| of != model) {
            *self = Self::default();
            self.model = Some((model.clone(), Model::open(&model.1, compute).map_err(|e| e.to_string())?));
        }
        let Some((_, opened)) = &self.model else { return Err(Unmade::Failed("there is no model".into())) };
        let decoded = pictures.decoded_or(*image, sources)?;
        let failed = |error: MapError| Unmade::Failed(error.to_string());
        match (opened, rect) {
            (Model::Classifier(classifier), None) => {
                let map = explain::class_map(classifier, &decoded, *class, &How::from(*method), on).map_err(failed)?;
                map.map(|map| colored(map, None)).ok_or(Unmade::GivenUp)
            }
            (Model::Detector(detector), Some(edges)) => {
                // The one picture before it is let go first.
                let examined = match self.examined.take().filter(|(of, _)| Arc::ptr_eq(of, &decoded)) {
                    Some((_, examined)) => examined,
                    None => detector.examine(&decoded).map_err(|e| e.to_string())?,
                };
                let [xmin, ymin, xmax, ymax] = edges.map(f64::from_bits);
                let wanted = (*class, Rect { xmin, ymin, xmax, ymax });
                let of_box = explain::grad_cam_box(detector, &examined, wanted).map_err(|e| failed(e.into()));
                let made = of_box.and_then(|of_box| match method {
                    MapMethod::GradCam => Ok((of_box.map, of_box.score)),
                    MapMethod::DRise => {
                        let (masks, mut on) = (Masks::default(), |done| on(done, Masks::default().count));
                        let map = explain::d_rise(detector, &decoded, (&examined, wanted), &masks, &mut on);
                        map.map_err(|e| failed(e.into()))?.map(|map| (map, of_box.score)).ok_or(Unmade::GivenUp)
                    }
                    other => Err(failed(MapError::OfImages(*other))),
                });
                self.examined = Some((decoded, examined));
                made.map(|(map, score)| colored(map, Some(score)))
            }
            (Model::Classifier(_), Some(_)) => {
                Err(Unmade::Failed("the model gives the whole image a class; it draws no boxes".into()))
            }
            (Model::Detector(_), None) => {
                Err(Unmade::Failed("the model draws boxes: choose one to see its heat map".into()))
            }
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
            head: None,
            data_digest: String::new(),
            threshold: None,
            decided: None,
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
        let made_by = |method, explained| loop {
            match service.heat_map(MapRequest { image: project.ids[0], explained, method }) {
                Fetched::Ready(heat) => break Ok(heat),
                Fetched::Failed(why) => break Err(why.to_string()),
                Fetched::Loading(_) => news.recv().unwrap(),
            }
        };
        let made = |explained| made_by(MapMethod::GradCam, explained);
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

        let signed = made_by(MapMethod::Occlusion, Explained::Class(1)).unwrap();
        assert!(signed.map.signed && signed.map != made(Explained::Class(1)).unwrap().map);
        assert!(made_by(MapMethod::DRise, Explained::Class(1)).unwrap_err().contains("explains boxes"));
        assert_eq!(service.progress(), None, "nothing is being made");

        let slow = MapRequest { image: project.ids[1], explained: Explained::Class(0), method: MapMethod::Rise };
        assert!(matches!(service.heat_map(slow), Fetched::Loading(_)));
        service.give_up();
        while service.progress().is_some() || news.recv().is_ok() && service.progress().is_some() {}
        assert!(matches!(service.heat_map(slow), Fetched::Loading(_)), "nobody wanted it any more");
    }

    /// A map of a thousand passes of which only the first is waited for.
    #[test]
    fn a_slow_map_is_given_up_by_moving_on_and_begun_again_by_coming_back() {
        let project = small(2);
        let sources = Sources::default();
        sources.set(project.open().images(), &std::collections::HashSet::new(), None);
        let pictures = PictureService::start(sources.clone(), Arc::new(|| {})).unwrap();
        let file = model(project.dir.path(), tiny().architecture);
        let key = |method| Key {
            model: Arc::new((ModelId(1), file.clone())),
            image: project.ids[0],
            class: 0,
            rect: None,
            method,
        };
        let mut kept = Kept::default();
        let mut passes = Vec::new();
        let mut make = |method, passes: &mut Vec<(usize, usize)>, most| {
            kept.make(&sources, &pictures, &Compute::cpu(), &key(method), &mut |done, total| {
                passes.push((done, total));
                passes.len() < most
            })
        };
        assert_eq!(make(MapMethod::Rise, &mut passes, 1).map(|heat| heat.map), Err(Unmade::GivenUp));
        assert_eq!(passes.len(), 1);
        assert!(passes[0].0 < passes[0].1);
        assert!(make(MapMethod::Rise, &mut Vec::new(), usize::MAX).is_ok());
    }
}
