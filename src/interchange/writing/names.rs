//! What images are called in an export: below the folder, unique without their extension, and no name that some system
//! or tool cannot hold.

use super::Outgoing;
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The images with names that any format can use. YOLO and VOC name a label file by the picture's name without its
/// extension, and some systems do not tell capitals apart, so that no two files share either. Frames of one file keep
/// its name, with their number.
pub fn unique(images: &[Outgoing]) -> Vec<Outgoing> {
    let mut taken: HashSet<String> = HashSet::with_capacity(images.len());
    let mut files: HashMap<&Path, String> = HashMap::new();
    let mut named = Vec::with_capacity(images.len());
    for one in images {
        let image = &one.image;
        let wanted = safe(&image.name);
        let (file, frame) = wanted.split_at(file_of(&wanted).len());
        // Two images can lie in one file as frames, or stand twice in a project under two names.
        let known = files.get(image.path.as_path()).filter(|_| !frame.is_empty());
        let name = known.cloned().unwrap_or_else(|| free(file, &mut taken));
        files.insert(&image.path, name.clone());
        let mut renamed = one.clone();
        renamed.image.name = format!("{name}{frame}");
        named.push(renamed);
    }
    named
}

/// The images with the names they were imported by, for who has the pictures already; only what would lead out of a folder
/// is changed.
pub fn as_imported(images: &[Outgoing]) -> Vec<Outgoing> {
    let mut named = images.to_vec();
    for one in &mut named {
        let stays = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0']);
        if !one.image.name.split('/').all(stays) {
            one.image.name = safe(&one.image.name);
        }
    }
    named
}

/// The name, with a number behind its stem where that is taken.
pub fn free(wanted: &str, taken: &mut HashSet<String>) -> String {
    let (stem, extension) = parts(wanted);
    let numbered = (2u64..).map(|number| format!("{stem}_{number}"));
    let mut stems = std::iter::once(stem.to_owned()).chain(numbered);
    let stem = stems.find(|stem| taken.insert(stem.to_lowercase())).unwrap_or_default();
    format!("{stem}{extension}")
}

/// A path without its extension, and the extension with its dot.
fn parts(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && !stem.ends_with('/') && !extension.contains('/') => {
            name.split_at(stem.len())
        }
        _ => (name, ""),
    }
}

/// What a label file is called, without its extension: as the picture, with the number of its frame.
pub fn stem(name: &str) -> String {
    let (file, frame) = name.split_at(file_of(name).len());
    format!("{}{frame}", parts(file).0)
}

/// The name as a path that stays below the folder it is joined to.
pub fn safe(name: &str) -> String {
    let joined = name.split('/').filter_map(part).collect::<Vec<_>>().join("/");
    if joined.is_empty() { "image".into() } else { joined }
}

/// One folder's or file's name; `None` where it leads elsewhere or nowhere.
pub fn part(name: &str) -> Option<String> {
    if name.is_empty() || name == "." || name == ".." {
        return None;
    }
    // What Windows does not allow in names.
    let forbidden = |c: char| c.is_control() || matches!(c, '<' | '>' | ':' | '"' | '\\' | '|' | '?' | '*');
    let plain: String = name.chars().map(|c| if forbidden(c) { '_' } else { c }).collect();
    // Windows drops dots and spaces at the end, and some names are devices there.
    let kept = plain.trim_end_matches(['.', ' ']).len();
    let plain: String = plain.char_indices().map(|(at, c)| if at < kept { c } else { '_' }).collect();
    let (first, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let plain = if is_device(first) { format!("{first}_{rest}") } else { plain };
    // YOLO finds the label file by putting "labels" for the last "images" of the path.
    let plain = if plain == "images" || plain == "labels" { format!("{plain}_") } else { plain };
    Some(plain)
}

/// Whether Windows takes a name for a device, whatever comes behind its dot.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().filter_map(|device| name.strip_prefix(device));
    ["con", "prn", "aux", "nul"].contains(&name.as_str())
        || numbered.into_iter().any(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
}

/// The name of the file a frame lies in: that of the image without its frame's number.
pub fn file_of(name: &str) -> &str {
    match name.rsplit_once('#') {
        Some((file, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => file,
        _ => name,
    }
}
