//! What a recipe for a network that draws boxes may and may not say, and saying it in words.

use super::RecipeError;
use super::check::{between, whole};
use super::describe::percent;
use crate::domain::recipe::{DetectorSettings, Imbalance, Loss, Recipe, Resize, Schedule};
use crate::domain::{AnswerKind, Metric};

/// Levels of the feature pyramid, each with an anchor size of its own.
const LEVELS: usize = 5;

/// Refuses the first setting that does not go with drawing boxes, or that only goes with it.
pub(super) fn check(recipe: &Recipe) -> Result<(), RecipeError> {
    let boxes = recipe.architecture.detector();
    let watched = match &recipe.schedule {
        Schedule::Plateau { watch, .. } => Some(*watch),
        _ => None,
    };
    for (field, by) in [("best_by", Some(recipe.best_by)), ("stop_by", recipe.stop_by), ("schedule.watch", watched)] {
        if let Some(by) = by {
            judged_by(field, by, recipe.answers())?;
        }
    }
    let Some(network) = boxes else { return Ok(()) };
    let only_classes = "is for classes of whole images, and this network draws boxes: leave it out";
    for (field, given) in [
        ("loss.kind", recipe.loss != Loss::CrossEntropy),
        ("imbalance", recipe.imbalance != Imbalance::None),
        ("label_smoothing", recipe.label_smoothing > 0.0),
    ] {
        if given {
            return Err(RecipeError::field(field, only_classes));
        }
    }
    if let Resize::ShorterSideThenCrop(_) = recipe.preprocessing.resize {
        let why = "must be stretch or pad for a network that draws boxes: what is cut off could not be found";
        return Err(RecipeError::field("preprocessing.resize", why));
    }
    settings_of(&network.settings)
}

fn judged_by(field: &str, by: Metric, kind: AnswerKind) -> Result<(), RecipeError> {
    if by.judges(kind) {
        return Ok(());
    }
    let mut names: Vec<String> = Metric::of_kind(kind).map(Metric::in_recipes).collect();
    let last = names.pop().unwrap_or_default();
    let unlike = match kind {
        AnswerKind::Boxes => "judges classes of whole images, and this network draws boxes",
        AnswerKind::Class => "does not judge one class an image, with which this network answers",
        AnswerKind::Findings => "does not judge findings, with which this network answers",
    };
    Err(RecipeError::field(field, format!("{unlike}: use {} or {last}", names.join(", "))))
}

fn settings_of(d: &DetectorSettings) -> Result<(), RecipeError> {
    whole("architecture.anchor_sizes (one for each level of the pyramid)", d.anchor_sizes.len(), LEVELS, LEVELS)?;
    for &size in &d.anchor_sizes {
        between("architecture.anchor_sizes", size, 1.0, 8192.0)?;
    }
    whole("architecture.anchor_ratios (number of them)", d.anchor_ratios.len(), 1, 16)?;
    for &ratio in &d.anchor_ratios {
        between("architecture.anchor_ratios", ratio, 0.01, 100.0)?;
    }
    for (field, value, least, most) in [
        ("architecture.pyramid_channels", d.pyramid_channels, 1, 4096),
        ("architecture.proposal_convolutions", d.proposal_convolutions, 1, 8),
        ("architecture.head_units", d.head_units, 1, 16_384),
        ("architecture.anchors_sampled", d.anchors_sampled, 2, 100_000),
        ("architecture.regions_sampled", d.regions_sampled, 2, 100_000),
        ("architecture.most_boxes", d.most_boxes, 1, 100_000),
    ] {
        whole(field, value, least, most)?;
    }
    for value in d.proposals_learning.into_iter().chain(d.proposals_in_use) {
        whole("architecture.proposals_learning and proposals_in_use", value, 1, 100_000)?;
    }
    for (field, value) in [
        ("architecture.anchors_positive", d.anchors_positive),
        ("architecture.regions_positive", d.regions_positive),
        ("architecture.least_score", d.least_score),
        ("architecture.nms_iou", d.nms_iou),
    ] {
        between(field, value, 0.0, 1.0)?;
    }
    Ok(())
}

/// What matters of the settings.
pub(super) fn describe(d: &DetectorSettings) -> [(&'static str, String); 2] {
    let sizes: Vec<String> = d.anchor_sizes.iter().map(f64::to_string).collect();
    [
        ("Anchors", format!("squares of {} pixels and their stretched forms", sizes.join(", "))),
        (
            "Boxes",
            format!(
                "at most {} an image, from a score of {} on; of two of a class that overlap by more than {} the weaker \
                 is dropped",
                d.most_boxes,
                percent(d.least_score),
                percent(d.nms_iou)
            ),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::{builtin, check, describe, find, set};
    use super::*;
    use crate::domain::recipe::{Augmentation, DetectorArchitecture, Optimizer};

    #[test]
    fn the_chest_recipe_is_the_projects() {
        let recipe = find("chest-fasterrcnn").unwrap();
        let expected = DetectorSettings { nms_iou: 0.3, ..DetectorSettings::default() };
        assert_eq!(recipe.architecture, DetectorArchitecture::on_resnet50(expected).into());
        assert_eq!((recipe.preprocessing.width, recipe.preprocessing.height), (1024, 1024));
        let sgd = Optimizer::Sgd { learning_rate: 5e-3, momentum: 0.9, nesterov: false, weight_decay: 1e-4 };
        assert_eq!(recipe.optimizer, sgd);
        assert_eq!(recipe.schedule, Schedule::Cosine { warmup_epochs: 5, final_rate: 1e-6 });
        assert_eq!((recipe.batch, recipe.accumulate, recipe.clip_norm), (4, 4, 1.0));
        assert_eq!((recipe.epochs, recipe.patience, recipe.best_by), (60, Some(15), Metric::Map50));
        let a: &Augmentation = &recipe.augmentation;
        assert!(a.horizontal_flip);
        assert_eq!((a.shift, a.scale, a.rotation, a.warp_probability), (0.0625, 0.1, 15.0, 0.5));
        assert_eq!((a.tone_probability, a.dropout.probability), (0.5, 0.2));
    }

    #[test]
    fn every_recipe_that_draws_boxes_says_so_in_words() {
        let boxes = builtin().into_iter().filter(|r| r.architecture.draws_boxes());
        let mut seen = 0;
        for recipe in boxes {
            seen += 1;
            let lines = describe(&recipe);
            assert!(lines.iter().any(|(name, _)| name == "Anchors"), "{lines:?}");
            assert!(lines.iter().all(|(name, _)| name != "Uneven classes"), "{lines:?}");
            assert!(lines.iter().any(|(_, text)| text.contains("stays in the picture")), "{lines:?}");
        }
        assert_eq!(seen, 3);
    }

    #[test]
    fn settings_of_the_other_kind_are_refused_by_name() {
        let light = find("boxes-light").unwrap();
        for (assignment, named) in [
            ("best_by=validation-accuracy", "best_by"),
            ("stop_by=validation-auroc", "stop_by"),
            ("label_smoothing=0.1", "label_smoothing"),
            ("imbalance=class-weights", "imbalance"),
            ("loss.kind=corn", "loss.kind"),
            ("architecture.anchor_sizes=[8, 16]", "anchor_sizes"),
            ("architecture.anchor_ratios=[]", "anchor_ratios"),
            ("architecture.nms_iou=1.5", "nms_iou"),
            ("architecture.head_units=20000", "head_units"),
            ("preprocessing.resize={ shorter-side-then-crop = 300 }", "stretch or pad"),
            ("preprocessing.side=16", "preprocessing.width"),
            ("architecture.kind=resnet18", "best_by"),
        ] {
            let mut recipe = light.clone();
            let message = set(&mut recipe, assignment).unwrap_err().to_string();
            assert!(message.contains(named), "{assignment}: {message}");
            assert_eq!(recipe, light);
        }
        let mut plain = Recipe { best_by: Metric::Map, ..Recipe::default() };
        assert!(check(&plain).unwrap_err().to_string().contains("validation-accuracy"));
        plain.best_by = Metric::Loss;
        plain.schedule = Schedule::plateau(0.1, 2);
        set(&mut plain, "architecture.kind=fasterrcnn-resnet18-fpn").unwrap();
        assert!(set(&mut plain, "schedule.watch=validation-kappa").unwrap_err().to_string().contains("schedule.watch"));
    }

    #[test]
    fn another_network_for_boxes_comes_with_its_own_settings() {
        let mut recipe = find("boxes-light").unwrap();
        set(&mut recipe, "architecture.nms_iou=0.4").unwrap();
        set(&mut recipe, "architecture.kind=fasterrcnn-resnet18-fpn").unwrap();
        assert_eq!(recipe.architecture.detector().map(|d| d.settings.nms_iou), Some(0.4), "the kind it is already");
        set(&mut recipe, "architecture.kind=fasterrcnn-resnet50-fpn-v2").unwrap();
        assert_eq!(recipe.architecture, DetectorArchitecture::on_resnet50(DetectorSettings::default()).into());
    }
}
