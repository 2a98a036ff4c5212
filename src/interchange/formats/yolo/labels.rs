//! YOLO label files: one line an object, `class x y width height` (centre and size) or `class x1 y1 x2 y2 ...` (a
//! polygon), all as shares of the image's width and height. An empty file is an image that was reviewed and has nothing.

use crate::domain::Rect;
use crate::interchange::formats::mask::around_points;
use crate::interchange::model::draft::{Draft, DraftBox, DraftImage, DraftSaid, Unit};
use crate::interchange::model::names::split_of;
use crate::interchange::model::names::{base_name, folder_of, shared_folders, stem};
use std::collections::{HashMap, HashSet};

/// A share this far outside 0 to 1 is no share: the line is in pixels, or something else altogether.
const FAR_OUTSIDE: f64 = 1.0;
/// More classes than this are no class list.
const MOST_CLASSES: usize = 10_000;

/// One label file's objects, and the lines that are none, with their numbers from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// Class number and rectangle in shares of the image.
    pub boxes: Vec<(usize, Rect)>,
    /// How many of them were polygons.
    pub polygons: usize,
    pub wrong: Vec<(usize, String)>,
}

/// Reads one label file's text.
pub fn parse_labels(text: &str) -> Labels {
    let mut labels = Labels::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        match object(line) {
            Ok((class, rect, polygon)) => {
                labels.boxes.push((class, rect));
                labels.polygons += usize::from(polygon);
            }
            Err(why) => labels.wrong.push((number, why)),
        }
    }
    labels
}

fn object(line: &str) -> Result<(usize, Rect, bool), String> {
    let numbers: Vec<f64> = line
        .split_whitespace()
        .map(|word| word.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| format!("{word:?} is no number")))
        .collect::<Result<_, _>>()?;
    let Some((class, shape)) = numbers.split_first() else { return Err("an empty line".into()) };
    if *class < 0.0 || class.fract() != 0.0 || *class > MOST_CLASSES as f64 {
        return Err(format!("{class} is no class number"));
    }
    let (rect, polygon) = match shape {
        // A sixth number is the confidence of a predicted box.
        &[x, y, width, height] | &[x, y, width, height, _] => {
            let (w, h) = (width / 2.0, height / 2.0);
            (Rect { xmin: x - w, ymin: y - h, xmax: x + w, ymax: y + h }, false)
        }
        points if points.len() >= 6 && points.len() % 2 == 0 => {
            let rect = around_points(points.iter().copied()).ok_or("a polygon that cannot be read")?;
            (rect, true)
        }
        other => return Err(format!("{} numbers after the class are neither a box nor a polygon", other.len())),
    };
    let inside = -FAR_OUTSIDE..=1.0 + FAR_OUTSIDE;
    if ![rect.xmin, rect.ymin, rect.xmax, rect.ymax].iter().all(|c| inside.contains(c)) {
        return Err("the numbers are no shares of the image's width and height".into());
    }
    Ok((*class as usize, rect, polygon))
}

/// The class names of `classes.txt`, `obj.names` and the like: one a line.
pub fn parse_classes(text: &str) -> Vec<String> {
    let text = text.trim_start_matches('\u{feff}').trim_end();
    text.lines().take(MOST_CLASSES).map(|line| line.trim().to_owned()).collect()
}

/// The class names of a `data.yaml`: `names` as a list or as a map of numbers, in one line or in several. Only this key
/// is read. Empty without it.
pub fn parse_yaml_names(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("names:"));
    let Some(first) = lines.next() else { return Vec::new() };
    let mut inline = without_comment(first.trim_start_matches("names:")).trim().to_owned();
    if inline.is_empty() {
        return block_names(lines);
    }
    // A list in brackets may go on over several lines.
    let close = if inline.starts_with('{') { '}' } else { ']' };
    while !inline.ends_with(close) && inline.len() < 1 << 20 {
        match lines.next() {
            Some(line) => inline.push_str(without_comment(line).trim()),
            None => break,
        }
    }
    let inner = inline.trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
    let parts = split_outside_quotes(inner);
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    if close == '}' { numbered(parts) } else { parts.map(unquoted).take(MOST_CLASSES).collect() }
}

fn block_names<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let block: Vec<&str> = lines
        .map(without_comment)
        .filter(|line| !line.trim().is_empty())
        .take_while(|line| line.starts_with([' ', '\t', '-']))
        .map(str::trim)
        .take(MOST_CLASSES)
        .collect();
    if block.first().is_some_and(|line| line.starts_with('-')) {
        return block.iter().map(|line| unquoted(line.trim_start_matches('-').trim())).collect();
    }
    numbered(block.into_iter())
}

/// `0: name` in any order; numbers left out have no name.
fn numbered<'a>(parts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in parts {
        let Some((number, name)) = part.split_once(':') else { continue };
        let Some(number) = unquoted(number.trim()).parse::<usize>().ok().filter(|n| *n < MOST_CLASSES) else {
            continue;
        };
        if names.len() <= number {
            names.resize(number + 1, String::new());
        }
        if let Some(place) = names.get_mut(number) {
            *place = unquoted(name.trim());
        }
    }
    names
}

fn without_comment(line: &str) -> &str {
    match line.find(" #") {
        Some(at) if !line.get(..at).unwrap_or(line).contains(['"', '\'']) => line.get(..at).unwrap_or(line),
        _ if line.trim_start().starts_with('#') => "",
        _ => line,
    }
}

fn split_outside_quotes(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match (c, quote) {
            (',', None) => parts.push(std::mem::take(&mut part)),
            (c, Some(open)) if c == open => {
                quote = None;
                part.push(c);
            }
            ('"' | '\'', None) if part.trim().is_empty() || part.trim_end().ends_with(':') => {
                quote = Some(c);
                part.push(c);
            }
            (c, _) => part.push(c),
        }
    }
    parts.push(part);
    parts
}

fn unquoted(text: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|t| t.strip_suffix(quote)) {
            return if quote == '\'' { inner.replace("''", "'") } else { inner.replace("\\\"", "\"") };
        }
    }
    text.to_owned()
}

/// Whether a text file's name says that it holds no labels.
pub fn is_other_text(name: &str) -> bool {
    let base = base_name(name).to_lowercase();
    let stem = stem(&base);
    !base.ends_with(".txt")
        || ["classes", "train", "val", "valid", "validation", "test", "requirements", "license", "labels"]
            .contains(&stem)
        || stem.starts_with("readme")
        || stem.starts_with("_")
}

/// Pairs each picture with its label file: the same place with `labels` for `images`, the same folder, or the one file
/// of that stem that lies nearest. Both are paths below the source; the result has a place in `texts` a picture.
pub fn pairs(pictures: &[&str], texts: &[&str]) -> Vec<Option<usize>> {
    let mut by_path: HashMap<&str, usize> = HashMap::new();
    let mut by_stem: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, text) in texts.iter().enumerate() {
        by_path.insert(text, at);
        by_stem.entry(stem(base_name(text))).or_default().push(at);
    }
    let mut stems: HashMap<&str, usize> = HashMap::new();
    for picture in pictures {
        *stems.entry(stem(base_name(picture))).or_default() += 1;
    }
    let pair = |picture: &&str| {
        let stem = stem(base_name(picture));
        let parallel = parallel_folders(folder_of(picture));
        let here = parallel
            .iter()
            .map(|folder| if folder.is_empty() { format!("{stem}.txt") } else { format!("{folder}/{stem}.txt") });
        for path in here {
            if let Some(at) = by_path.get(path.as_str()) {
                return Some(*at);
            }
        }
        match by_stem.get(stem)?.as_slice() {
            // Elsewhere, only where no other picture could be meant.
            [only] if stems.get(stem) == Some(&1) => Some(*only),
            several => {
                let near = |at: &usize| texts.get(*at).map_or(0, |text| shared_folders(text, folder_of(picture)));
                let best = several.iter().map(near).max().filter(|shared| *shared > 0)?;
                let mut nearest = several.iter().filter(|at| near(at) == best);
                nearest.next().copied().filter(|_| nearest.next().is_none())
            }
        }
    };
    pictures.iter().map(pair).collect()
}

/// Where the labels of a folder of pictures may lie: with `labels` for one part `images`, the last first, and itself.
fn parallel_folders(folder: &str) -> Vec<String> {
    let parts: Vec<&str> = folder.split('/').collect();
    let mut folders: Vec<String> = Vec::new();
    for at in (0..parts.len()).rev() {
        if parts.get(at).is_some_and(|part| part.eq_ignore_ascii_case("images")) {
            for name in ["labels", "Labels"] {
                let swapped: Vec<&str> =
                    parts.iter().enumerate().map(|(place, part)| if place == at { name } else { *part }).collect();
                folders.push(swapped.join("/"));
            }
        }
    }
    folders.push(folder.to_owned());
    folders.push(if folder.is_empty() { "labels".to_owned() } else { format!("{folder}/labels") });
    folders
}

/// Makes the draft of pictures and their label files' texts. `classes` are the names, where there are any; labels are
/// (picture, label file, its text). The images are added to `images`.
pub fn draft<Images: Extend<DraftImage>>(
    classes: Vec<String>,
    labels: impl Iterator<Item = (String, String, String)>,
    images: Images,
) -> Draft<Images> {
    let (left_out, conflicts, remarks, tables) = Default::default();
    let mut draft = Draft { classes: Vec::new(), images, left_out, conflicts, remarks, tables };
    let (mut polygons, mut unnamed, named) = (0usize, HashSet::new(), !classes.is_empty());
    for (picture, file, text) in labels {
        let Labels { boxes, polygons: more, wrong } = parse_labels(&text);
        for (line, why) in &wrong {
            draft.leave_out(format!("{file} line {line}"), why.clone());
        }
        polygons += more;
        let mut said = DraftSaid { nothing_found: boxes.is_empty() && wrong.is_empty(), ..DraftSaid::default() };
        for (class, rect) in boxes {
            match classes.get(class).filter(|name| !name.is_empty()) {
                Some(name) => said.boxes.push(DraftBox { class: name.clone(), rect, unit: Unit::Fractions }),
                None if named => {
                    let why = format!("class {class} is out of range: the list names {}", classes.len());
                    draft.leave_out(file.clone(), why);
                }
                None => {
                    unnamed.insert(class);
                    said.boxes.push(DraftBox { class: class.to_string(), rect, unit: Unit::Fractions });
                }
            }
        }
        let split = split_of(&picture);
        draft.images.extend([DraftImage { file: picture, split, said: vec![said], ..DraftImage::default() }]);
    }
    if polygons > 0 {
        draft.remarks.push(format!("{polygons} polygons became the boxes around them."));
    }
    if !unnamed.is_empty() {
        draft.remarks.push("no classes.txt or data.yaml names the classes: they are called by their numbers.".into());
    }
    draft.classes = classes.into_iter().filter(|name| !name.is_empty()).collect();
    draft
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
