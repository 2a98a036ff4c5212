//! What models said: a cache by model and image that may be deleted at any time, never altered by a correction.

use super::error::{StoreError, damaged};
use super::project::Store;
use crate::domain::{ImageId, ModelId, PredictedBox, Prediction, Rect};
use rusqlite::{Row, params};

/// Bytes of a stored box: class u32, score f32, four f64, little-endian.
const BOX: usize = 4 + 4 + 4 * 8;

impl Store {
    /// Keeps predictions in one transaction; one of the same model and image replaces the former.
    pub fn put_predictions(&mut self, predictions: &[Prediction]) -> Result<(), StoreError> {
        if let Some(p) = predictions.iter().find(|p| p.logits.len() != p.probabilities.len()) {
            return Err(StoreError::Refused(format!(
                "the prediction of image {} has {} logits but {} probabilities",
                p.image,
                p.logits.len(),
                p.probabilities.len()
            )));
        }
        let tx = self.begin()?;
        {
            let mut insert =
                tx.prepare("INSERT OR REPLACE INTO predictions (model, image, outputs, boxes) VALUES (?, ?, ?, ?)")?;
            for p in predictions {
                let outputs: Vec<u8> =
                    p.logits.iter().chain(&p.probabilities).flat_map(|value| value.to_le_bytes()).collect();
                insert.execute(params![p.model.0, p.image.0, outputs, boxes_to_bytes(&p.boxes)])?;
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// What a model said about every image it has seen, in order of image.
    pub fn predictions(&self, model: ModelId) -> Result<Vec<Prediction>, StoreError> {
        let mut select =
            self.db.prepare("SELECT image, outputs, boxes FROM predictions WHERE model = ? ORDER BY image")?;
        let mut rows = select.query([model.0])?;
        let mut predictions = Vec::new();
        while let Some(row) = rows.next()? {
            predictions.push(read_row(row, model)?);
        }
        Ok(predictions)
    }

    /// What a model said about one image; `None` where it has not seen it.
    pub fn prediction(&self, model: ModelId, image: ImageId) -> Result<Option<Prediction>, StoreError> {
        let mut select =
            self.db.prepare_cached("SELECT image, outputs, boxes FROM predictions WHERE model = ? AND image = ?")?;
        let mut rows = select.query([model.0, image.0])?;
        rows.next()?.map(|row| read_row(row, model)).transpose()
    }

    /// Forgets what a model said, to have it said anew.
    pub fn clear_predictions(&mut self, model: ModelId) -> Result<(), StoreError> {
        self.writable()?.execute("DELETE FROM predictions WHERE model = ?", [model.0])?;
        Ok(())
    }
}

fn read_row(row: &Row<'_>, model: ModelId) -> Result<Prediction, StoreError> {
    let image = ImageId(row.get(0)?);
    let bad = || damaged(format!("the prediction of image {image} cannot be read"));
    let outputs = row.get_ref(1)?.as_blob().map_err(|_| bad())?;
    let boxes = row.get_ref(2)?.as_blob().map_err(|_| bad())?;
    let values: Vec<f32> = outputs.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let (logits, probabilities) = values.split_at(values.len() / 2);
    Ok(Prediction {
        image,
        model,
        logits: logits.to_vec(),
        probabilities: probabilities.to_vec(),
        boxes: boxes_from_bytes(boxes).ok_or_else(bad)?,
    })
}

fn boxes_to_bytes(boxes: &[PredictedBox]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(boxes.len() * BOX);
    for b in boxes {
        bytes.extend((b.class as u32).to_le_bytes());
        bytes.extend(b.score.to_le_bytes());
        for side in [b.rect.xmin, b.rect.ymin, b.rect.xmax, b.rect.ymax] {
            bytes.extend(side.to_le_bytes());
        }
    }
    bytes
}

fn boxes_from_bytes(bytes: &[u8]) -> Option<Vec<PredictedBox>> {
    bytes
        .chunks(BOX)
        .map(|chunk| {
            let (class, rest) = chunk.split_first_chunk()?;
            let (score, rest) = rest.split_first_chunk()?;
            let (sides, []) = rest.as_chunks() else { return None };
            let &[xmin, ymin, xmax, ymax] = sides else { return None };
            let [xmin, ymin, xmax, ymax] = [xmin, ymin, xmax, ymax].map(f64::from_le_bytes);
            Some(PredictedBox {
                class: u32::from_le_bytes(*class) as usize,
                score: f32::from_le_bytes(*score),
                rect: Rect { xmin, ymin, xmax, ymax },
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn predictions_come_back_bit_for_bit_and_may_be_cleared() {
        let mut project = sample::project(2);
        let model = project.add_model("a");
        let found = PredictedBox { class: 1, score: 0.7, rect: Rect { xmin: 0.1, ymin: 0.2, xmax: 3.3, ymax: 4.4 } };
        let predictions: Vec<Prediction> = project
            .images
            .iter()
            .enumerate()
            .map(|(i, image)| Prediction {
                image: *image,
                model,
                logits: vec![0.1 + i as f32, -3.0, f32::MIN_POSITIVE],
                probabilities: vec![0.2, 0.3, 0.5],
                boxes: vec![found.clone(); i],
            })
            .collect();
        project.store.put_predictions(&predictions).unwrap();
        project.store.put_predictions(&predictions).unwrap();
        assert_eq!(project.store.predictions(model).unwrap(), predictions);
        project.store.clear_caches().unwrap();
        assert_eq!(project.store.predictions(model).unwrap(), []);
    }

    #[test]
    fn cut_bytes_are_no_box() {
        assert_eq!(boxes_from_bytes(&[0; BOX - 1]), None);
        assert_eq!(boxes_from_bytes(&[]), Some(Vec::new()));
    }
}
