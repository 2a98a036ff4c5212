//! Predictions for many files: pictures are decoded on other threads while the network works on those before.

use super::classifier::{Classifier, Output};
use crate::domain::ImageFile;
use crate::imaging::decode;
use rayon::prelude::*;
use std::sync::mpsc;

/// How [`predict_files_with`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PredictOptions {
    /// Pictures that are decoded and predicted together; at least 1.
    pub batch: usize,
    /// Averages each picture with its mirror image.
    pub tta: bool,
}

/// Predicts files in their order. `on` hears each index with its output, or with a sentence why there is none, and
/// answers whether to go on.
pub fn predict_files(
    classifier: &Classifier,
    files: &[ImageFile],
    batch: usize,
    on: &mut dyn FnMut(usize, Result<Output, String>) -> bool,
) {
    predict_files_with(classifier, files, PredictOptions { batch, tta: false }, on);
}

/// [`predict_files`] with more to say about how.
pub fn predict_files_with(
    classifier: &Classifier,
    files: &[ImageFile],
    options: PredictOptions,
    on: &mut dyn FnMut(usize, Result<Output, String>) -> bool,
) {
    let batch = options.batch.max(1);
    std::thread::scope(|scope| {
        // One batch waits while the next is decoded: more would only hold memory.
        let (send, receive) = mpsc::sync_channel::<Vec<Result<Vec<f32>, String>>>(1);
        let decode_all = move || {
            for files in files.chunks(batch) {
                let inputs = files.par_iter().map(|file| {
                    decode::read(file).map(|image| classifier.input(&image)).map_err(|error| error.to_string())
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
            for answer in predict_decoded(classifier, decoded, options.tta) {
                if !on(index, answer) {
                    return;
                }
                index += 1;
            }
        }
    });
}

/// Outputs in the order of what was decoded; what was not keeps its sentence.
fn predict_decoded(
    classifier: &Classifier,
    decoded: Vec<Result<Vec<f32>, String>>,
    tta: bool,
) -> Vec<Result<Output, String>> {
    let mut inputs = Vec::with_capacity(decoded.len());
    let places: Vec<Result<(), String>> = decoded.into_iter().map(|d| d.map(|input| inputs.push(input))).collect();
    let outputs = if tta { classifier.predict_inputs_tta(inputs) } else { classifier.predict_inputs(inputs) };
    let (mut outputs, failed) = match outputs {
        Ok(outputs) => (outputs.into_iter(), String::new()),
        Err(error) => (Vec::new().into_iter(), error.to_string()),
    };
    places.into_iter().map(|place| place.and_then(|()| outputs.next().ok_or_else(|| failed.clone()))).collect()
}
