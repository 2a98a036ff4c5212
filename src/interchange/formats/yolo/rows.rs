//! Rows of YOLO label files: `class x y width height` (centre and size), with a score and a track's number behind where a
//! model or tracker wrote them; `class x1 y1 x2 y2 ...` (a polygon; four points are an oriented box); and a box with key
//! points behind. All as shares of the image's width and height.
//!
//! A row of key points in two dimensions looks like a polygon, and a tracker's box like a triangle: what rows are is told
//! by the set ([`Form`]), as `kpt_shape` in its `data.yaml` or as all of its rows together say.

use crate::domain::Rect;
use crate::interchange::formats::mask::around_points;

/// A share this far outside 0 to 1 is no share: the line is in pixels, or something else altogether.
const FAR_OUTSIDE: f64 = 1.0;
/// More classes than this are no class list.
pub const MOST_CLASSES: usize = 10_000;
/// Visibilities of a key point: not labelled, hidden, seen.
const VISIBILITIES: [&str; 3] = ["0", "1", "2"];

/// What the rows of a set are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// How many key points follow a box, and of how many numbers each (2, or 3 with the visibility).
    pub key_points: Option<(usize, usize)>,
    /// Rows of seven numbers are boxes with a score and a track's number, not triangles.
    pub tracked: bool,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Box,
    Polygon,
    /// A polygon of four points, which is what an oriented box is written as.
    FourPoints,
    /// A box with key points.
    KeyPoints,
    /// The same without a `kpt_shape` that says so: the visibilities tell.
    UnstatedKeyPoints,
}

/// One object.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub class: usize,
    /// In shares of the image.
    pub rect: Rect,
    pub kind: Kind,
    /// A score, or a track's number, follows.
    pub predicted: bool,
}

/// One label file's objects, and the lines that are none, with their numbers from 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    pub rows: Vec<Row>,
    pub wrong: Vec<(usize, String)>,
}

impl Labels {
    /// Whether boxes and polygons stand in one file. Ultralytics (8.4.190) counts such a file as corrupt: a row of five
    /// numbers among polygons may be a box, or two points of one.
    pub fn is_mixed(&self) -> bool {
        let polygon = |row: &Row| matches!(row.kind, Kind::Polygon | Kind::FourPoints);
        self.rows.iter().any(polygon) && self.rows.iter().any(|row| row.kind == Kind::Box)
    }
}

/// Reads one label file's text.
pub fn parse_labels(text: &str, form: Form) -> Labels {
    let mut labels = Labels::default();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim().trim_start_matches('\u{feff}');
        if line.is_empty() {
            continue;
        }
        match object(line, form) {
            Ok(row) => labels.rows.push(row),
            Err(why) => labels.wrong.push((number, why)),
        }
    }
    labels
}

/// Whether a text holds rows and nothing else.
pub fn are_labels(text: &str) -> bool {
    let Labels { rows, wrong } = parse_labels(text, Form::default());
    !rows.is_empty() && wrong.is_empty()
}

/// How many rows of seven numbers a text has, and how many of them end in a whole number, as a track's is written.
pub fn sevens(text: &str) -> (usize, usize) {
    let ends = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().take(8).collect();
        (words.len() == 7).then(|| words.last().is_some_and(|word| is_whole(word)))
    });
    ends.fold((0, 0), |(all, whole), is| (all + 1, whole + usize::from(is)))
}

fn is_whole(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a whole number ends a row that cannot be a share.
fn is_track(word: &str) -> bool {
    is_whole(word) && word.parse::<u64>().is_ok_and(|number| number > 1)
}

fn object(line: &str, form: Form) -> Result<Row, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let numbers: Vec<f64> = words
        .iter()
        .map(|word| word.parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(|| format!("{word:?} is no number")))
        .collect::<Result<_, _>>()?;
    let Some((class, shape)) = numbers.split_first() else { return Err("an empty line".into()) };
    if *class < 0.0 || class.fract() != 0.0 || *class > MOST_CLASSES as f64 {
        return Err(format!("{class} is no class number"));
    }
    let words = words.get(1..).unwrap_or_default();
    let (kind, used) = match form.key_points {
        Some((points, each)) => with_key_points(words, points, each)?,
        None => without(words, form.tracked)?,
    };
    let own = shape.get(..used).unwrap_or(shape);
    let rect = match (kind, own) {
        (Kind::Box | Kind::KeyPoints | Kind::UnstatedKeyPoints, &[x, y, width, height, ..]) => {
            let (w, h) = (width / 2.0, height / 2.0);
            Rect { xmin: x - w, ymin: y - h, xmax: x + w, ymax: y + h }
        }
        (Kind::Box | Kind::KeyPoints | Kind::UnstatedKeyPoints, _) => return Err("a box that cannot be read".into()),
        (Kind::Polygon | Kind::FourPoints, points) => {
            around_points(points.iter().copied()).ok_or("a polygon that cannot be read")?
        }
    };
    let inside = -FAR_OUTSIDE..=1.0 + FAR_OUTSIDE;
    if ![rect.xmin, rect.ymin, rect.xmax, rect.ymax].iter().all(|c| inside.contains(c)) {
        return Err("the numbers are no shares of the image's width and height".into());
    }
    Ok(Row { class: *class as usize, rect, kind, predicted: used < shape.len() })
}

/// What so many numbers after the class are in a set of key points, and how many of them are its own.
fn with_key_points(words: &[&str], points: usize, each: usize) -> Result<(Kind, usize), String> {
    let count = words.len();
    let whole = 4 + points * each;
    match count {
        4 => Ok((Kind::Box, 4)),
        _ if (whole..=whole + 2).contains(&count) => Ok((Kind::KeyPoints, whole)),
        5 => Ok((Kind::Box, 4)),
        6 if words.last().is_some_and(|word| is_whole(word)) => Ok((Kind::Box, 4)),
        _ => Err(format!(
            "{count} numbers after the class, where kpt_shape [{points}, {each}] in data.yaml asks for {whole}"
        )),
    }
}

/// What the numbers after the class are, by themselves.
fn without(words: &[&str], tracked: bool) -> Result<(Kind, usize), String> {
    let count = words.len();
    let ends_in_track = words.last().is_some_and(|word| is_track(word));
    let ends_in_whole = words.last().is_some_and(|word| is_whole(word));
    let polygon = |used: usize| (if used == 8 { Kind::FourPoints } else { Kind::Polygon }, used);
    match count {
        4 | 5 => Ok((Kind::Box, 4)),
        6 if ends_in_track || (tracked && ends_in_whole) => Ok((Kind::Box, 4)),
        _ if has_visibilities(words) => Ok((Kind::UnstatedKeyPoints, count)),
        // A score behind a polygon, or that and a track's number.
        _ if count >= 7 && count % 2 == 1 => Ok(polygon(count - 1)),
        _ if count >= 8 && count.is_multiple_of(2) && ends_in_track => Ok(polygon(count - 2)),
        _ if count >= 6 && count.is_multiple_of(2) => Ok(polygon(count)),
        _ => Err(format!("{count} numbers after the class are neither a box nor a polygon")),
    }
}

/// Whether a box and key points with their visibilities are the only sense of the numbers: each third is 0, 1 or 2, and
/// written so.
fn has_visibilities(words: &[&str]) -> bool {
    let points = words.get(4..).unwrap_or_default();
    let seen: Vec<&str> = points.chunks(3).filter_map(|point| point.get(2).copied()).collect();
    points.len().is_multiple_of(3)
        && !seen.is_empty()
        && seen.iter().all(|word| VISIBILITIES.contains(word))
        && (seen.len() > 1 || seen.contains(&"2"))
}
