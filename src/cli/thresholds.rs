//! Thresholds as typed: one for all, or `CLASS=SCORE` for one class's own.

use super::predict::score;
use crate::domain::{BoxThresholds, ClassThresholds};
use anyhow::{Result, bail};

/// A threshold as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// The class whose own it is; absent for the one of all boxes, or of the second of two classes.
    pub class: Option<String>,
    /// Absent where the class is to have none.
    pub value: Option<f64>,
}

/// `0.3`, `mass=0.3` or `mass=none`.
pub fn typed(text: &str) -> Result<Typed, String> {
    if let Ok(value) = score(text) {
        return Ok(Typed { class: None, value: Some(value) });
    }
    // A class may be called so itself.
    let (class, value) = text.rsplit_once('=').ok_or("use a number from 0 to 1, or CLASS=NUMBER, or CLASS=none")?;
    let value = if value == "none" { None } else { Some(score(value)?) };
    Ok(Typed { class: Some(class.to_owned()), value })
}

fn place(names: &[String], class: &str) -> Result<usize> {
    match names.iter().position(|name| name == class) {
        Some(at) => Ok(at),
        None => bail!("--threshold {class}=...: there is no class {class:?}, the classes are {}", names.join(", ")),
    }
}

/// How classes are called: as it is kept, but for what was typed.
///
/// # Errors
/// Where a class is named that is not there, or none where there are more than two.
pub fn of_classes(typed: &[Typed], names: &[String], kept: ClassThresholds) -> Result<ClassThresholds> {
    let mut each: Vec<Option<f64>> = (0..names.len()).map(|class| kept.of(class)).collect();
    for one in typed {
        let at = match &one.class {
            Some(class) => place(names, class)?,
            None if names.len() == 2 => 1,
            None => bail!(
                "of {} classes each has its own threshold: say whose it is, as in --threshold {}=0.3",
                names.len(),
                names.last().map_or("mass", String::as_str)
            ),
        };
        if names.len() == 2 && at == 0 {
            bail!(
                "of two classes there is one threshold, the probability from which {} is called: give it without a name",
                names.get(1).map_or("the second", String::as_str)
            );
        }
        if let Some(slot) = each.get_mut(at) {
            *slot = one.value;
        }
    }
    Ok(ClassThresholds::new(each))
}

/// From which probability each finding is said to be present: as it is kept, but for what was typed; without a name for all.
///
/// # Errors
/// Where a finding is named that is not there.
pub fn of_findings(typed: &[Typed], names: &[String], kept: ClassThresholds) -> Result<ClassThresholds> {
    let mut each: Vec<Option<f64>> = (0..names.len()).map(|class| kept.of(class)).collect();
    for one in typed {
        match &one.class {
            None => each.fill(one.value),
            Some(class) => {
                let at = place(names, class)?;
                if let Some(slot) = each.get_mut(at) {
                    *slot = one.value;
                }
            }
        }
    }
    Ok(ClassThresholds::new(each))
}

/// From which scores boxes count: as it is kept, but for what was typed.
///
/// # Errors
/// Where a class is named that is not there.
pub fn of_boxes(typed: &[Typed], names: &[String], kept: BoxThresholds) -> Result<BoxThresholds> {
    let mut all = kept.all;
    let mut each: Vec<Option<f64>> = (0..names.len()).map(|class| kept.each.of(class)).collect();
    for one in typed {
        match &one.class {
            None => all = one.value.unwrap_or(all),
            Some(class) => {
                let at = place(names, class)?;
                if let Some(slot) = each.get_mut(at) {
                    *slot = one.value;
                }
            }
        }
    }
    Ok(BoxThresholds { all, each: ClassThresholds::new(each) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(texts: &[&str]) -> Vec<Typed> {
        texts.iter().map(|text| typed(text).unwrap()).collect()
    }

    #[test]
    fn thresholds_are_typed_alone_or_with_a_class() {
        let names = ["a".to_owned(), "b=c".to_owned(), "d".to_owned()];
        let of = of_classes(&all(&["b=c=0.25", "d=0.5", "d=none"]), &names, ClassThresholds::NONE.clone()).unwrap();
        assert_eq!([0, 1, 2].map(|class| of.of(class)), [None, Some(0.25), None]);
        let why = of_classes(&all(&["0.3"]), &names, of.clone()).unwrap_err().to_string();
        assert!(why.contains("--threshold d=0.3"), "{why}");
        let why = of_classes(&all(&["e=0.3"]), &names, of).unwrap_err().to_string();
        assert!(why.contains("no class \"e\"") && why.contains("b=c"), "{why}");
        for wrong in ["", "1.5", "a=", "a=2", "a"] {
            assert!(typed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn two_classes_have_one_and_boxes_one_for_all_beside_those_of_classes() {
        let two = ["normal".to_owned(), "broken".to_owned()];
        let of = |texts: &[&str]| of_classes(&all(texts), &two, ClassThresholds::default());
        assert_eq!(of(&["0.3"]).unwrap().of(1), Some(0.3));
        assert_eq!(of(&["broken=0.3"]).unwrap(), of(&["0.3"]).unwrap());
        assert!(of(&["normal=0.3"]).unwrap_err().to_string().contains("broken is called"));
        let boxes = of_boxes(&all(&["0.4", "broken=0.2"]), &two, BoxThresholds::of_all(0.5)).unwrap();
        assert_eq!((boxes.of(0), boxes.of(1)), (0.4, 0.2));
    }
}
