//! The augmentation's part of checking a recipe and of saying it in words.

use super::RecipeError;
use super::check::{between, whole};
use super::describe::percent;
use crate::domain::recipe::Augmentation;

/// Refuses the first setting that cannot be.
pub(super) fn check(a: &Augmentation) -> Result<(), RecipeError> {
    settings(a, "augmentation")?;
    if a.view.is_empty() {
        return Ok(());
    }
    whole("augmentation.view (number of views)", a.view.len(), 1, 64)?;
    if !(Augmentation { view: Vec::new(), ..a.clone() }).changes_nothing() {
        let why = "fixed views take the place of the settings beside them: write the changes into the views";
        return Err(RecipeError::field("augmentation.view", why));
    }
    for (at, view) in a.view.iter().enumerate() {
        let section = format!("augmentation.view[{at}]");
        if !view.view.is_empty() {
            return Err(RecipeError::field(section, "a view has no views of its own"));
        }
        settings(view, &section)?;
    }
    Ok(())
}

fn settings(a: &Augmentation, section: &str) -> Result<(), RecipeError> {
    let name = |setting: &str| format!("{section}.{setting}");
    for (setting, value, most) in [
        ("rotation", a.rotation, 180.0),
        ("shift", a.shift, 1.0),
        ("scale", a.scale, 0.9),
        ("shear", a.shear, 60.0),
        ("brightness", a.brightness, 1.0),
        ("contrast", a.contrast, 1.0),
        ("warp_probability", a.warp_probability, 1.0),
        ("tone_probability", a.tone_probability, 1.0),
        ("gamma.probability", a.gamma.probability, 1.0),
        ("crop.probability", a.crop.probability, 1.0),
        ("blur.probability", a.blur.probability, 1.0),
        ("clahe.probability", a.clahe.probability, 1.0),
        ("dropout.probability", a.dropout.probability, 1.0),
        ("dropout.fill", a.dropout.fill, 1.0),
        ("min_visibility", a.min_visibility, 1.0),
    ] {
        between(&name(setting), value, 0.0, most)?;
    }
    for (setting, range, least, most) in [
        ("gamma.power", a.gamma.power, 0.1, 10.0),
        ("crop.area", a.crop.area, 0.01, 1.0),
        ("blur.sigma", a.blur.sigma, 0.01, 50.0),
        ("clahe.clip_limit", a.clahe.clip_limit, 0.0, 1000.0),
        ("dropout.size", a.dropout.size, 0.0, 1.0),
    ] {
        between(&name(setting), range[0], least, most)?;
        between(&name(setting), range[1], range[0], most)?;
    }
    between(&name("crop.aspect"), a.crop.aspect, 1.0, 10.0)?;
    whole(&name("clahe.tiles"), a.clahe.tiles, 1, 64)?;
    whole(&name("dropout.holes"), a.dropout.holes[0], 0, 1000)?;
    whole(&name("dropout.holes"), a.dropout.holes[1], a.dropout.holes[0], 1000)
}

/// "mirrored left to right, turned up to 10°".
pub(super) fn describe(a: &Augmentation) -> String {
    if a.view.is_empty() {
        return changes(a).unwrap_or_else(|| "none: each image is shown as it is".to_owned());
    }
    let views: Vec<String> = a.view.iter().map(|view| changes(view).unwrap_or_else(|| "as it is".to_owned())).collect();
    format!("each image {} times a pass: {}", a.view.len(), views.join("; "))
}

fn changes(a: &Augmentation) -> Option<String> {
    let mut parts = Vec::new();
    let mut add = |on: bool, text: String| {
        if on {
            parts.push(text);
        }
    };
    let warps = a.warp_probability > 0.0;
    let tones = a.tone_probability > 0.0;
    add(a.horizontal_flip, "mirrored left to right".to_owned());
    add(a.vertical_flip, "upside down".to_owned());
    add(warps && a.rotation > 0.0, format!("turned up to {}°", a.rotation));
    add(warps && a.shift > 0.0, format!("moved up to {}", percent(a.shift)));
    add(warps && a.scale > 0.0, format!("up to {} larger or smaller", percent(a.scale)));
    add(warps && a.shear > 0.0, format!("slanted up to {}°", a.shear));
    add(tones && a.brightness > 0.0, format!("up to {} lighter or darker", percent(a.brightness)));
    add(tones && a.contrast > 0.0, format!("contrast up to {} more or less", percent(a.contrast)));
    let sometimes = |probability: f64, what: String| {
        if probability < 1.0 { format!("{what} ({} of the time)", percent(probability)) } else { what }
    };
    let Augmentation { gamma, crop, blur, clahe, dropout, .. } = a;
    let lighter = format!("middle tones lighter or darker (gamma {} to {})", gamma.power[0], gamma.power[1]);
    add(gamma.probability > 0.0, sometimes(gamma.probability, lighter));
    let part = format!("cropped to {} to {} of the area", percent(crop.area[0]), percent(crop.area[1]));
    add(crop.probability > 0.0, sometimes(crop.probability, part));
    let blurred = format!("blurred by {} to {} pixels", blur.sigma[0], blur.sigma[1]);
    add(blur.probability > 0.0, sometimes(blur.probability, blurred));
    add(clahe.probability > 0.0, sometimes(clahe.probability, "local contrast evened out (CLAHE)".to_owned()));
    let holes = format!("{} to {} holes", dropout.holes[0], dropout.holes[1]);
    add(dropout.probability > 0.0, sometimes(dropout.probability, holes));
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::{parse, set, to_toml};
    use super::*;
    use crate::domain::Recipe;

    const VIEWS: &str = "[[augmentation.view]]\n[[augmentation.view]]\nrotation = 10\n\
                         [[augmentation.view]]\nshear = 5\nblur = { probability = 1, sigma = [0.5, 1] }";

    #[test]
    fn naming_a_table_switches_its_change_on() {
        let off = parse("[augmentation]\nrotation = 3").unwrap().augmentation;
        assert_eq!((off.blur.probability, off.crop.probability, off.views()), (0.0, 0.0, 1));
        let on = parse("[augmentation.blur]\nsigma = [1, 2]\n[augmentation.crop]").unwrap().augmentation;
        assert_eq!((on.blur.probability, on.blur.sigma, on.crop.probability), (0.5, [1.0, 2.0], 1.0));
    }

    #[test]
    fn views_are_read_written_and_taken_away() {
        let mut recipe = parse(VIEWS).unwrap();
        assert_eq!(recipe.augmentation.views(), 3);
        assert_eq!(parse(&to_toml(&recipe).unwrap()).unwrap(), recipe);
        assert!(describe(&recipe.augmentation).starts_with("each image 3 times a pass: as it is; turned up to 10°"));
        set(&mut recipe, "augmentation.view=[]").unwrap();
        assert!(recipe.augmentation.changes_nothing());
        set(&mut recipe, "augmentation.clahe.probability=0.25").unwrap();
        assert!(describe(&recipe.augmentation).contains("CLAHE) (25 % of the time)"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let why = |text: &str| parse(text).unwrap_err().to_string();
        assert!(why("[augmentation]\nshear = 90").contains("augmentation.shear"));
        assert!(why("[augmentation.blur]\nsigma = [2, 1]").contains("augmentation.blur.sigma"));
        assert!(why("[augmentation.blur]\nradius = 3").contains("radius"));
        assert!(why("[augmentation.dropout]\nholes = [4, 2]").contains("augmentation.dropout.holes"));
        assert!(why(&format!("[augmentation]\nrotation = 5\n{VIEWS}")).contains("take the place"));
        assert!(why("[[augmentation.view]]\nrotation = 200").contains("augmentation.view[0].rotation"));
        assert!(why("[[augmentation.view]]\n[[augmentation.view.view]]").contains("views of its own"));
        let mut recipe = Recipe::default();
        let unknown = set(&mut recipe, "augmentation.blurr.sigma=2").unwrap_err().to_string();
        assert!(unknown.contains("augmentation.blurr"), "{unknown}");
    }
}
