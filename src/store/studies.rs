//! What was said under answers that studies had planted.

use super::error::StoreError;
use super::project::Store;
use crate::domain::ImageId;

impl Store {
    /// Images of which something was said under an answer that a study had planted.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn said_under_planted(&self) -> Result<Vec<ImageId>, StoreError> {
        let mut select = self.db.prepare(
            "SELECT DISTINCT image FROM events WHERE image IS NOT NULL AND shown LIKE '%\"planted\":true%' ORDER BY image",
        )?;
        let images = select.query_map([], |row| Ok(ImageId(row.get(0)?)))?.collect::<Result<_, _>>()?;
        Ok(images)
    }
}
