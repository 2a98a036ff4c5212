//! What a demo project knows about itself: how its phantoms were made, and the truth behind their labels.

use super::error::StoreError;
use super::project::Store;
use crate::domain::{ImageId, Rect};
use rusqlite::params;
use std::collections::HashMap;

/// What a phantom really shows, whatever its label says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Index into the class list.
    pub class: usize,
    /// Where the finding is, in pixels.
    pub finding: Option<Rect>,
}

impl Store {
    /// Notes the truth of images, in one transaction.
    pub fn set_truths(&mut self, truths: &[(ImageId, Truth)]) -> Result<(), StoreError> {
        let tx = self.begin()?;
        {
            let mut insert = tx.prepare(
                "INSERT OR REPLACE INTO truths (image, class, xmin, ymin, xmax, ymax) VALUES (?, ?, ?, ?, ?, ?)",
            )?;
            for (image, truth) in truths {
                let f = truth.finding;
                insert.execute(params![
                    image.0,
                    truth.class as i64,
                    f.map(|r| r.xmin),
                    f.map(|r| r.ymin),
                    f.map(|r| r.xmax),
                    f.map(|r| r.ymax)
                ])?;
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// The truth of every image of a demo; empty for other projects.
    pub fn truths(&self) -> Result<HashMap<ImageId, Truth>, StoreError> {
        let mut select = self.db.prepare("SELECT image, class, xmin, ymin, xmax, ymax FROM truths")?;
        let rows = select.query_map([], |row| {
            let finding = match (row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?) {
                (Some(xmin), Some(ymin), Some(xmax), Some(ymax)) => Some(Rect { xmin, ymin, xmax, ymax }),
                _ => None,
            };
            Ok((ImageId(row.get(0)?), Truth { class: row.get::<_, i64>(1)?.max(0) as usize, finding }))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;

    #[test]
    fn truths_come_back_with_and_without_a_finding() {
        let mut project = sample::project(2);
        let finding = Some(Rect { xmin: 1.5, ymin: 2.0, xmax: 3.0, ymax: 4.0 });
        let truths =
            [(project.images[0], Truth { class: 1, finding }), (project.images[1], Truth { class: 0, finding: None })];
        project.store.set_truths(&truths).unwrap();
        assert_eq!(project.store.truths().unwrap(), truths.into_iter().collect());
    }
}
