//! What a file says of how a picture was taken, as far as showing and measuring it needs that: nothing of who is on it.

use super::measurement::Spacing;

/// Which way a picture's rows and columns run in the patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orientation {
    /// Letters of the direction from the left edge to the right one, the main one first: R L A P H F.
    row: String,
    /// From the upper edge to the lower one.
    column: String,
}

/// Parts of a direction that are smaller than this are not named: about six degrees.
const SMALLEST: f64 = 0.1;

impl Orientation {
    /// As PatientOrientation says it (PS3.3 C.7.6.1.1.1), "R" and "F", "A" and "FR"; `None` for other words, as those for
    /// animals on four legs, and where both directions are along one axis.
    pub fn from_letters(row: &str, column: &str) -> Option<Self> {
        let read = |text: &str| {
            let text = text.trim().to_ascii_uppercase();
            let axes: Option<Vec<usize>> = text.chars().map(axis).collect();
            let mut axes = axes.filter(|axes| !axes.is_empty())?;
            let main = axes.first().copied()?;
            axes.sort_unstable();
            // Neither R and L at once, nor a letter twice.
            axes.windows(2).all(|pair| pair.first() != pair.last()).then_some((text, main))
        };
        let ((row, along), (column, down)) = (read(row)?, read(column)?);
        (along != down).then_some(Self { row, column })
    }

    /// As ImageOrientationPatient says it (PS3.3 C.7.6.2.1.1): the direction cosines of the rows and of the columns, with
    /// x to the patient's left, y to the back and z to the head. `None` where they are no two directions at right angles.
    pub fn from_cosines(cosines: [f64; 6]) -> Option<Self> {
        let [a, b, c, d, e, f] = cosines;
        let (row, column) = ([a, b, c], [d, e, f]);
        let dot = |p: [f64; 3], q: [f64; 3]| p.iter().zip(q).map(|(p, q)| p * q).sum::<f64>();
        let sound = |p| (dot(p, p) - 1.0).abs() < 0.02;
        let whole = cosines.iter().all(|one| one.is_finite()) && sound(row) && sound(column);
        (whole && dot(row, column).abs() < 0.02).then(|| Self { row: letters(row), column: letters(column) })
    }

    /// The letters of an image direction that is along a row or a column: x to the right, y down.
    pub fn towards(&self, [x, y]: [f64; 2]) -> String {
        let along = x.abs() >= y.abs();
        let (said, positive) = if along { (&self.row, x >= 0.0) } else { (&self.column, y >= 0.0) };
        if positive { said.clone() } else { said.chars().map(opposite).collect() }
    }
}

/// Which axis of the patient a letter is on.
fn axis(letter: char) -> Option<usize> {
    match letter {
        'R' | 'L' => Some(0),
        'A' | 'P' => Some(1),
        'H' | 'F' => Some(2),
        _ => None,
    }
}

fn opposite(letter: char) -> char {
    match letter {
        'R' => 'L',
        'L' => 'R',
        'A' => 'P',
        'P' => 'A',
        'H' => 'F',
        'F' => 'H',
        other => other,
    }
}

/// The letters of a direction, the largest part first.
fn letters(direction: [f64; 3]) -> String {
    let mut parts: Vec<(f64, char)> = direction
        .into_iter()
        .zip([('L', 'R'), ('P', 'A'), ('H', 'F')])
        .map(|(part, (more, less))| (part.abs(), if part >= 0.0 { more } else { less }))
        .filter(|(part, _)| *part >= SMALLEST)
        .collect();
    parts.sort_by(|one, other| other.0.total_cmp(&one.0));
    parts.into_iter().map(|(_, letter)| letter).collect()
}

/// How a picture was taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// CR, DX, CT, MR, ...
    pub modality: Option<String>,
    /// Absent where the file does not say it, or says it of animals.
    pub orientation: Option<Orientation>,
    /// What values are in after the modality transform, "HU"; absent where the file does not say it.
    pub units: Option<String>,
    /// How large pixels are.
    pub spacing: Option<Spacing>,
    /// A short mark of the study that does not tell which one it is, the same for all its pictures.
    pub study: Option<String>,
    /// SeriesNumber and InstanceNumber.
    pub series: Option<i64>,
    pub instance: Option<i64>,
    /// Of a file with several frames: which one, from 1, and how many there are.
    pub frame: Option<(usize, usize)>,
    /// Frames a second to show them at; absent where the file does not say it.
    pub rate: Option<f64>,
    /// AP, PA, LL, ... and the body part.
    pub view: Option<String>,
    pub body_part: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The letters at the left, right, upper and lower edge.
    fn edges(orientation: Option<Orientation>) -> Option<String> {
        let orientation = orientation?;
        let all = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]].map(|at| orientation.towards(at));
        Some(all.join(" "))
    }

    #[test]
    fn projections_name_the_right_and_the_lower_edge() {
        let letters = |row, column| edges(Orientation::from_letters(row, column));
        assert_eq!(letters("L", "F").as_deref(), Some("R L H F"), "a chest as it is hung");
        assert_eq!(letters("R", "F").as_deref(), Some("L R H F"), "and one from behind");
        assert_eq!(letters("A", "FR").as_deref(), Some("P A HL FR"), "an oblique mammogram");
        assert_eq!(letters(" l ", "f").as_deref(), Some("R L H F"));
        for (row, column) in [("", "F"), ("L", ""), ("L", "R"), ("LR", "F"), ("LE", "V"), ("LL", "F"), ("1", "2")] {
            assert_eq!(letters(row, column), None, "{row} {column}");
        }
    }

    #[test]
    fn sections_name_edges_by_their_cosines() {
        let letters = |cosines| edges(Orientation::from_cosines(cosines));
        assert_eq!(letters([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).as_deref(), Some("R L A P"), "axial");
        assert_eq!(letters([1.0, 0.0, 0.0, 0.0, 0.0, -1.0]).as_deref(), Some("R L H F"), "coronal");
        assert_eq!(letters([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]).as_deref(), Some("A P H F"), "sagittal");
        assert_eq!(letters([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0]).as_deref(), Some("L R A P"), "feet first, mirrored");
        // Thirty degrees about the long axis: cos 30 = 0.866, sin 30 = 0.5.
        let (c, s) = (0.866_025_403_784_438_6, 0.5);
        assert_eq!(letters([c, s, 0.0, -s, c, 0.0]).as_deref(), Some("RA LP AL PR"));
        // Three degrees are not named.
        let (c, s) = (0.998_629_534_754_573_9, 0.052_335_956_242_943_835);
        assert_eq!(letters([c, s, 0.0, -s, c, 0.0]).as_deref(), Some("R L A P"));
        assert_eq!(letters([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), None);
        assert_eq!(letters([0.0; 6]), None);
        assert_eq!(letters([f64::NAN, 0.0, 0.0, 0.0, 1.0, 0.0]), None);
    }
}
