//! How many folders above a picture's name a table needs to tell its pictures apart.

use super::headless;
use crate::interchange::model::names::{base_name, folder_of, path_of};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// How the paths of a table tell pictures apart.
#[derive(Default)]
pub struct References {
    hasher: RandomState,
    /// A number of the path by one of the name.
    paths: HashMap<u64, u64>,
    repeated: bool,
    /// The folders that all have in common.
    common: Option<Vec<String>>,
    deepest: usize,
}

impl References {
    /// Takes what names the picture of a row.
    pub fn take(&mut self, cell: &str) {
        if !cell.contains(['/', '\\']) || headless::is_folder(cell) {
            return;
        }
        let path = path_of(cell);
        if !self.repeated {
            let (name, whole) = (self.hasher.hash_one(base_name(&path)), self.hasher.hash_one(&path));
            self.repeated = *self.paths.entry(name).or_insert(whole) != whole;
            if self.repeated {
                self.paths = HashMap::new();
            }
        }
        let folders = folder_of(&path).split('/');
        self.deepest = self.deepest.max(folders.clone().count());
        match &mut self.common {
            Some(common) => {
                let alike = common.iter().zip(folders).take_while(|(a, b)| a == b).count();
                common.truncate(alike);
            }
            None => self.common = Some(folders.map(str::to_owned).collect()),
        }
    }

    /// How many folders above the name are needed to tell the pictures apart.
    pub fn folders(&self) -> usize {
        let common = self.common.as_ref().map_or(0, Vec::len);
        if self.repeated { self.deepest.saturating_sub(common) } else { 0 }
    }
}
