//! Patients that the names of pictures tell. Of many ways to name a picture only two are sure: both eyes, knees or breasts
//! of one person (`10_left`, `10_right`), and BreakHis' own, `SOB_B_A-14-22549AB-40-001`, whose middle is the slide's year
//! and number (web.inf.ufpr.br/vri/databases/breast-cancer-histopathological-database-breakhis).

use crate::interchange::model::names::{base_name, stem};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

/// So many in a hundred names must be of the kind.
const MOST: usize = 90;
/// No more pictures than this are of one pair, on average.
const OF_A_PAIR: usize = 4;

/// How the names of a source tell patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patients {
    Pairs,
    BreakHis,
}

impl Patients {
    /// How these names do; `None` where they do not, or not for sure.
    pub fn of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        [Self::Pairs, Self::BreakHis].into_iter().find(|kind| kind.is_of(names.clone()))
    }

    fn is_of<'a>(self, names: impl Iterator<Item = &'a str>) -> bool {
        let (mut all, mut told, mut sides) = (0usize, 0usize, [false; 2]);
        let (mut patients, hasher) = (HashSet::new(), RandomState::new());
        for name in names {
            all += 1;
            let Some(patient) = self.patient(name) else { continue };
            told += 1;
            patients.insert(hasher.hash_one(patient));
            if let Some((_, right)) = side(name) {
                sides[usize::from(right)] = true;
            }
        }
        let are_most = told > 0 && 100 * told >= MOST * all;
        match self {
            // As many as there are pictures: nobody has two. Few: the word in front is no patient.
            Self::Pairs => {
                are_most && sides == [true; 2] && patients.len() < told && told <= OF_A_PAIR * patients.len()
            }
            Self::BreakHis => are_most,
        }
    }

    /// The patient of a picture of this name.
    pub fn patient(self, name: &str) -> Option<&str> {
        match self {
            Self::Pairs => side(name).map(|(patient, _)| patient),
            Self::BreakHis => slide(stem(base_name(name))),
        }
    }

    /// What to say where so many images have their patient so.
    pub fn sentence(self, count: usize) -> String {
        let how = match self {
            Self::Pairs => "what stands before left and right in their names",
            Self::BreakHis => "the slide in their names, as BreakHis has them",
        };
        let images = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
        format!(
            "{images} are grouped by {how}, so that a patient is in one split (--group with a pattern groups them otherwise)."
        )
    }
}

/// What stands before the side in a name with a number, and whether it is the right one.
fn side(name: &str) -> Option<(&str, bool)> {
    let own = stem(base_name(name));
    let (patient, word) = own.rsplit_once(['_', '-'])?;
    let right = word.eq_ignore_ascii_case("right");
    let is = right || word.eq_ignore_ascii_case("left");
    (is && patient.bytes().any(|byte| byte.is_ascii_digit())).then_some((patient, right))
}

/// `14-22549AB` of `SOB_B_A-14-22549AB-40-001`.
fn slide(own: &str) -> Option<&str> {
    let rest = own.strip_prefix("SOB_B_").or_else(|| own.strip_prefix("SOB_M_"))?;
    let (kind, rest) = rest.split_once('-')?;
    let (slide, magnified) = rest.rsplit_once('-').and_then(|(rest, _)| rest.rsplit_once('-'))?;
    let (year, number) = slide.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is = kind.bytes().all(|byte| byte.is_ascii_uppercase())
        && digits(year)
        && number.starts_with(|c: char| c.is_ascii_digit())
        && ["40", "100", "200", "400"].contains(&magnified);
    is.then_some(slide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_breakhis_names_tell_patients_and_others_do_not() {
        let of = |names: &[&str]| Patients::of(names.iter().copied());
        assert_eq!(of(&["x/10_left.jpeg", "x/10_right.jpeg", "y/13-Left.jpeg"]), Some(Patients::Pairs));
        assert_eq!(Patients::Pairs.patient("y/13-Left.jpeg"), Some("13"));
        for none in [
            &["10_left.png", "13_left.png"][..],
            &["10_left.png", "13_right.png"],
            &["lung_left.png", "lung_right.png"],
            &["10_left.png", "10_right.png", "a.png"],
            &["s1_left.png", "s1_right.png", "x/s1_left.png", "x/s1_right.png", "y/s1_left.png"],
            &["10_upper.png", "10_lower.png"],
            &["SOB_B_A-14-40-001.png"],
            &["SOB_X_A-14-22549AB-40-001.png"],
            &["SOB_B_A-14-22549AB-50-001.png"],
            &[],
        ] {
            assert_eq!(of(none), None, "{none:?}");
        }
        let slides =
            ["SOB_B_A-14-22549AB-40-001.png", "SOB_M_DC-14-2523-400-010.png", "SOB_B_A-14-22549AB-100-002.png"];
        assert_eq!(of(&slides), Some(Patients::BreakHis));
        let patients = slides.map(|name| Patients::BreakHis.patient(name).unwrap());
        assert_eq!(patients, ["14-22549AB", "14-2523", "14-22549AB"]);
    }
}
