//! Predictions for many files: pictures are decoded on other threads while the network works on those before.

use super::error::ModelError;
use super::output::Output;
use crate::domain::ImageFile;
use crate::imaging::outliers::remarks;
use crate::imaging::{DecodedImage, decode};
use rayon::prelude::*;
use std::sync::mpsc;

/// How [`predict_files`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PredictOptions {
    /// Pictures that are decoded and predicted together; at least 1.
    pub batch: usize,
    /// Looks at each picture several times (test-time augmentation): a classifier averages it with its mirror image, a
    /// detector sees it at three scales, mirrored and lighter.
    pub tta: bool,
    /// For a detector that sees several augmented views.
    pub fusion: Fusion,
}

/// How the boxes of several views of one picture become one list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fusion {
    /// Of boxes that overlap the one with the highest score stays (non-maximum suppression).
    #[default]
    Nms,
    /// Boxes that overlap are averaged (weighted boxes fusion).
    Weighted,
}

impl PredictOptions {
    /// One view of each picture, so many at a time.
    pub fn plain(batch: usize) -> Self {
        Self { batch, tta: false, fusion: Fusion::default() }
    }
}

/// A model that pictures can be put through.
pub trait Predictor: Sync {
    /// A picture made ready for the network.
    type Input: Send;

    /// How many pictures are worth taking together, at least 1: more would fill the memory, and whoever waits would hear
    /// nothing and could not cancel until all are done.
    fn most_together(&self) -> usize {
        usize::MAX
    }

    /// Makes a picture ready; done on other threads than the network's.
    fn prepare(&self, image: &DecodedImage, options: PredictOptions) -> Self::Input;

    /// One output a picture, in their order.
    ///
    /// # Errors
    /// Those of the tensor library.
    fn answer(&self, inputs: Vec<Self::Input>, options: PredictOptions) -> Result<Vec<Output>, ModelError>;
}

/// A picture that waits for the network.
struct Prepared<P: Predictor> {
    input: P::Input,
    /// As in [`Output`].
    visible: Option<f64>,
    remarks: Vec<String>,
}

/// What is seen of a picture besides the answer: [`Output::visible`] and [`Output::remarks`].
type Seen = (Option<f64>, Vec<String>);

/// Predicts files in their order. `on` hears each index with its output, or with a sentence why there is none, and
/// answers whether to go on.
pub fn predict_files<P: Predictor>(
    predictor: &P,
    files: &[ImageFile],
    options: PredictOptions,
    on: &mut dyn FnMut(usize, Result<Output, String>) -> bool,
) {
    let batch = options.batch.min(predictor.most_together()).max(1);
    std::thread::scope(|scope| {
        // One batch waits while the next is decoded: more would only hold memory.
        let (send, receive) = mpsc::sync_channel::<Vec<Result<Prepared<P>, String>>>(1);
        let decode_all = move || {
            for files in files.chunks(batch) {
                let inputs = files.par_iter().map(|file| {
                    decode::read(file)
                        .map(|image| Prepared::<P> {
                            visible: image.truncated.then(|| image.visible_share()),
                            remarks: remarks(&image),
                            input: predictor.prepare(&image, options),
                        })
                        .map_err(|error| error.to_string())
                });
                // The other side hangs up when it was told to stop.
                if send.send(inputs.collect()).is_err() {
                    return;
                }
            }
        };
        let decoder = std::thread::Builder::new().name("predict-decode".to_owned()).spawn_scoped(scope, decode_all);
        if let Err(error) = decoder {
            for index in 0..files.len() {
                if !on(index, Err(format!("no thread could be started to read pictures: {error}"))) {
                    return;
                }
            }
            return;
        }
        let mut index = 0;
        while let Ok(decoded) = receive.recv() {
            for answer in predict_decoded(predictor, decoded, options) {
                if !on(index, answer) {
                    return;
                }
                index += 1;
            }
        }
    });
}

/// Outputs in the order of what was decoded; what was not keeps its sentence.
fn predict_decoded<P: Predictor>(
    predictor: &P,
    decoded: Vec<Result<Prepared<P>, String>>,
    options: PredictOptions,
) -> Vec<Result<Output, String>> {
    let mut inputs = Vec::with_capacity(decoded.len());
    let mut take = |Prepared { input, visible, remarks }: Prepared<P>| {
        inputs.push(input);
        (visible, remarks)
    };
    let places: Vec<Result<Seen, String>> = decoded.into_iter().map(|d| d.map(&mut take)).collect();
    let (mut outputs, failed) = match predictor.answer(inputs, options) {
        Ok(outputs) => (outputs.into_iter(), String::new()),
        Err(error) => (Vec::new().into_iter(), error.to_string()),
    };
    let output = |place: Result<Seen, String>| {
        let (visible, remarks) = place?;
        outputs.next().map(|output| Output { visible, remarks, ..output }).ok_or_else(|| failed.clone())
    };
    places.into_iter().map(output).collect()
}
