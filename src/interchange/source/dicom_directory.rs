//! DICOMDIR files among the pictures: the index of a disc or folder. What it names is found by walking anyway; what it
//! names and is not there is told.

use crate::imaging::dicom;
use crate::interchange::model::names::{base_name, folder_of};
use crate::interchange::source::walk::File;
use std::collections::HashSet;

/// The name that the standard gives to it (PS3.10 section 8.6).
const NAME: &str = "DICOMDIR";

/// Takes the indices from the files, and tells of each file one names that is not among them. Names are compared without
/// case, since systems show those on discs in either.
pub fn resolve(files: &mut Vec<File>, left_out: &mut Vec<(String, String)>) {
    let is_index = |file: &File| base_name(&file.name).eq_ignore_ascii_case(NAME);
    if !files.iter().any(is_index) {
        return;
    }
    let (indices, rest): (Vec<File>, Vec<File>) = files.drain(..).partition(is_index);
    *files = rest;
    let known: HashSet<String> = files.iter().map(|file| file.name.to_lowercase()).collect();
    for index in indices {
        let named = match dicom::with_file(&index.path(), |file| file.referenced_files()) {
            Ok(named) => named,
            Err(error) => {
                left_out.push((index.name.into(), error.problem.to_string()));
                continue;
            }
        };
        let folder = folder_of(&index.name);
        let below = |name: &String| if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        for name in named.iter().map(below).filter(|name| !known.contains(&name.to_lowercase())) {
            left_out.push((name, format!("{} names it, but it is not there", index.name)));
        }
    }
}
