//! Testing whether the maps of a model can be believed, on the project's images.

use crate::domain::{ImageFile, MapMethod, MapTest, ModelId, Rect, Split, map_layers};
use crate::explain::truth::{Case, test_maps};
use crate::explain::{How, MapError};
use crate::imaging;
use crate::inference::Model;
use crate::nn::Compute;
use crate::session::project::core::Core;
use crate::session::project::tested_maps;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task, Work};
use crate::session::protocol::view::TestedMap;
use crate::session::protocol::words;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::path::PathBuf;
use std::sync::Arc;

/// Images that are looked at where nothing else is said.
pub const IMAGES: usize = 50;

/// Which images maps are tested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestOn {
    /// Only those of this split; all where it is absent.
    pub split: Option<Split>,
    /// So many at most, drawn by the seed.
    pub most: usize,
}

/// A model, a method, and the images to test its maps on.
#[derive(Clone, Debug)]
pub struct MapTestPlan {
    model: ModelId,
    name: String,
    file: PathBuf,
    how: How,
    split: Option<Split>,
    /// See [`MapTest::boxes`].
    boxes: u64,
    images: Vec<ImageFile>,
    cases: Vec<Case>,
}

impl Task for MapTestPlan {
    fn name(&self) -> String {
        words::testing_maps(self.how.method, &self.name)
    }

    fn run(self: Box<Self>, compute: &Compute, order: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let model = match Model::open(&self.file, compute) {
            Ok(model) => model,
            Err(error) => return tell(Report::Failed(error.to_string())),
        };
        let load = &mut |index: usize| match self.images.get(index) {
            Some(file) => imaging::read(file).map_err(|error| error.to_string()),
            None => Err("there is no such image".to_owned()),
        };
        let mut told = None;
        let found = test_maps(&model, &self.how, &self.cases, load, &mut |done, total| {
            if told != Some(done) {
                told = Some(done);
                tell(Report::Progress { done, total, text: format!("{done} of {total} images") });
            }
            order() == Order::Go
        });
        match found {
            Ok(Some(found)) => {
                let test = MapTest { split: self.split, tested_ms: words::now_ms(), boxes: Some(self.boxes), ..found };
                tell(Report::MapTested { model: self.model, test: Box::new(test) });
            }
            // It was told to end.
            Ok(None) => {}
            Err(error) => tell(Report::Failed(error.to_string())),
        }
    }
}

impl Core {
    /// The work of testing a model's maps; on images with boxes where there are any among those wanted, else on any.
    ///
    /// # Errors
    /// When the model cannot be used, the method does not fit it, or there is no image to test on.
    pub fn test_map(&self, model: ModelId, how: How, on: TestOn) -> Result<Work, SessionError> {
        let record = self.usable_model(model)?;
        let boxes = record.card.architecture.draws_boxes();
        if !MapMethod::that_fit(boxes).any(|method| method == how.method) {
            let error = if boxes { MapError::OfImages(how.method) } else { MapError::OfBoxes(how.method) };
            return Err(SessionError::refused(error.to_string()));
        }
        // The last layer is the one that is meant where none is named: a test of it has one name.
        let last = map_layers(&record.card.architecture, &record.card.preprocessing).len();
        let how = How { layer: how.layer.filter(|number| *number != last), ..how };
        let there = |at: &usize| {
            let image = self.images.get(*at);
            image.is_some_and(|image| {
                on.split.is_none_or(|split| image.split == split) && !self.missing.contains(&image.id)
            })
        };
        let boxed = |at: &usize| self.annotations.get(*at).is_some_and(|annotation| !annotation.boxes.is_empty());
        let wanted: Vec<usize> = (0..self.images.len()).filter(there).collect();
        let with_boxes: Vec<usize> = wanted.iter().copied().filter(boxed).collect();
        let from = if with_boxes.is_empty() { wanted } else { with_boxes };
        if from.is_empty() {
            let of = on.split.map_or_else(|| "the project".to_owned(), |split| format!("the {} split", split.name()));
            return Err(SessionError::refused(format!(
                "{of} has no image that is there to test maps on: divide the images on the Data screen, or import some"
            )));
        }
        let mut plan = MapTestPlan {
            model,
            name: record.card.name.clone(),
            file: record.file.clone(),
            how,
            split: on.split,
            boxes: self.boxes_of(on.split),
            images: Vec::new(),
            cases: Vec::new(),
        };
        for at in drawn(from, on.most, how.seed) {
            if let (Some(image), Some(annotation)) = (self.images.get(at), self.annotations.get(at)) {
                plan.images.push(image.file());
                plan.cases.push(Case { boxes: annotation.true_boxes(), group: image.group.clone() });
            }
        }
        Ok(Box::new(plan))
    }

    /// The test images, or all where there are none.
    pub fn usual_map_test(&self) -> TestOn {
        let test = self.images.iter().any(|image| image.split == Split::Test);
        TestOn { split: test.then_some(Split::Test), most: IMAGES }
    }

    /// What is kept of tests, for the view.
    pub(in crate::session) fn kept_map_tests(&self) -> Result<Vec<TestedMap>, SessionError> {
        tested_maps::kept(&self.store)
    }

    /// Says of each kept test whether the readers' boxes are still those that it was made by.
    pub(in crate::session) fn date_map_tests(&mut self) {
        if self.view.map_tests.iter().all(|one| one.test.boxes.is_none()) {
            return;
        }
        let mut kept = self.view.map_tests.as_ref().clone();
        for one in &mut kept {
            one.outdated = one.test.boxes.is_some_and(|boxes| boxes != self.boxes_of(one.test.split));
        }
        if kept != *self.view.map_tests {
            self.view.map_tests = Arc::new(kept);
        }
    }

    /// A number that stands for all boxes of a split, or of all images: FNV-1a (Fowler, Noll and Vo) over where they lie.
    fn boxes_of(&self, split: Option<Split>) -> u64 {
        let mut number = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |value: u64| {
            for byte in value.to_le_bytes() {
                number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for (image, annotation) in self.images.iter().zip(&self.annotations) {
            if annotation.boxes.is_empty() || split.is_some_and(|split| image.split != split) {
                continue;
            }
            add(image.id.0.cast_unsigned());
            for one in &annotation.boxes {
                let Rect { xmin, ymin, xmax, ymax } = one.rect;
                add(one.class as u64);
                [xmin, ymin, xmax, ymax].into_iter().for_each(|edge| add(edge.to_bits()));
            }
        }
        number
    }

    /// Keeps what was found; of one model, method and layer the last.
    pub(in crate::session) fn take_map_test(&mut self, model: ModelId, test: MapTest) -> Result<(), SessionError> {
        let mut kept: Vec<TestedMap> = self.view.map_tests.as_ref().clone();
        let of = |model: ModelId, test: &MapTest| (model, test.method, test.layer);
        kept.retain(|other| of(other.model, &other.test) != of(model, &test));
        self.inform(format!("{}: {}", test.method.title(), test.verdict()));
        let outdated = test.boxes.is_some_and(|boxes| boxes != self.boxes_of(test.split));
        kept.push(TestedMap { model, test, outdated });
        if self.view.read_only.is_none() {
            tested_maps::keep(&mut self.store, &kept)?;
        }
        self.view.map_tests = Arc::new(kept);
        Ok(())
    }
}

/// At most so many of these, drawn by a seed and put back in order.
fn drawn(mut from: Vec<usize>, most: usize, seed: u64) -> Vec<usize> {
    from.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    from.truncate(most);
    from.sort_unstable();
    from
}
