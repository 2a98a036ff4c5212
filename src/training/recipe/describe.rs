//! A recipe in words for people who do not train networks for a living.

use super::{architecture, augmentation, detector};
use crate::domain::Metric;
use crate::domain::recipe::{
    Architecture, Imbalance, Loss, Optimizer, Preprocessing, Recipe, Resize, Schedule, Uncertain,
};

/// Each setting that matters: what it is called and what it means, in the order to read them.
pub fn describe(recipe: &Recipe) -> Vec<(String, String)> {
    let mut lines = vec![
        ("Network", architecture::describe(&recipe.architecture)),
        ("Picture", picture(&recipe.preprocessing)),
        ("Varied copies", copies(recipe)),
        ("Passes", passes(recipe)),
        ("Images a step", images_a_step(recipe)),
        ("Learning", optimizer(recipe)),
        ("Learning rate", schedule(&recipe.schedule)),
        ("Kept weights", best_by(recipe.best_by)),
    ];
    match &recipe.architecture {
        Architecture::Detector(network) => lines.extend(detector::describe(&network.settings)),
        Architecture::Classifier(_) if recipe.loss.is_of_findings() => {
            lines.push(("Rare findings", rarity(recipe.imbalance).to_owned()))
        }
        Architecture::Classifier(_) => lines.push(("Uneven classes", imbalance(recipe.imbalance).to_owned())),
    }
    if recipe.label_smoothing > 0.0 {
        let share = percent(recipe.label_smoothing);
        lines.push(("Doubt in labels", doubt(recipe.loss, &share)));
    }
    if recipe.freeze_backbone_epochs > 0 {
        let when = match counted(recipe.freeze_backbone_epochs, "pass", "passes") {
            _ if recipe.freeze_backbone_epochs >= recipe.epochs => String::new(),
            epochs => format!(" in the first {epochs}"),
        };
        lines.push(("Frozen", format!("only the last layer learns{when}, given pretrained weights")));
    }
    if recipe.frozen_stages > 0 {
        let stages = counted(recipe.frozen_stages, "stage", "stages");
        lines.push(("Never trained", format!("the network's first {stages}, given pretrained weights")));
    }
    match recipe.loss {
        Loss::CrossEntropy => {}
        Loss::Corn => lines.push(("Grades", "learned as steps of one scale (CORN)".to_owned())),
        Loss::BinaryCrossEntropy => {
            lines.push(("Findings", "each learned on its own, whatever the others are".to_owned()))
        }
        Loss::Focal { gamma, alpha } => {
            let alpha = if alpha < 0.0 { String::new() } else { format!(", alpha {alpha}") };
            lines.push((
                "Findings",
                format!("each on its own; what is told well counts less (focal, gamma {gamma}{alpha})"),
            ));
        }
        Loss::Asymmetric { gamma_negative, gamma_positive, clip } => lines.push((
            "Findings",
            format!(
                "each on its own; absent ones that are told well count less (asymmetric, gamma {gamma_negative} and \
                 {gamma_positive}, clip {clip})"
            ),
        )),
    }
    if recipe.loss.is_of_findings() {
        let uncertain = match recipe.uncertain {
            Uncertain::Ignore => "not learned from",
            Uncertain::Zero => "taken for absent",
            Uncertain::One => "taken for present",
            Uncertain::Soft => "taken for half present",
        };
        lines.push(("Uncertain findings", uncertain.to_owned()));
    }
    lines.push(("Seed", format!("{}: the same seed and images give the same model", recipe.seed)));
    lines.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// What label smoothing makes of what was said.
fn doubt(loss: Loss, share: &str) -> String {
    match loss.is_of_findings() {
        false => format!("{share} of each label is spread over all classes"),
        true => format!("each finding is learned as {share} less sure, half of it on either side"),
    }
}

/// How images are varied, and which boxes on them stay.
fn copies(recipe: &Recipe) -> String {
    let text = augmentation::describe(&recipe.augmentation);
    let least = recipe.augmentation.min_visibility;
    if !recipe.architecture.draws_boxes() || least == 0.0 {
        return text;
    }
    format!("{text}; boxes of which less than {} stays in the picture are left out", percent(least))
}

fn picture(p: &Preprocessing) -> String {
    let color = if p.channels == 1 { "grey" } else { "colour" };
    let how = match p.resize {
        Resize::Stretch => "stretched to fit".to_owned(),
        Resize::Pad => "whole picture, black around it".to_owned(),
        Resize::ShorterSideThenCrop(side) => format!("shorter side to {side}, then the centre"),
    };
    let mut between = if p.interpolation.is_usual() { String::new() } else { format!(", {}", p.interpolation.name()) };
    if p.rounded {
        between.push_str(", rounded to 256 values as Pillow does");
    }
    format!("{} x {} pixels, {color}, {how}{between}", p.width, p.height)
}

fn passes(recipe: &Recipe) -> String {
    let all = format!("{} over all training images", recipe.epochs);
    match (recipe.patience, recipe.stop_by) {
        (Some(patience), Some(by)) if by != recipe.best_by => {
            format!("{all}; ends early after {patience} without a gain in the {}", by.words())
        }
        (Some(patience), _) => format!("{all}; ends early after {patience} without a gain"),
        (None, _) => all,
    }
}

fn images_a_step(recipe: &Recipe) -> String {
    match recipe.accumulate {
        1 => recipe.batch.to_string(),
        n => format!("{}, in {n} batches of {}", recipe.batch * n, recipe.batch),
    }
}

fn optimizer(recipe: &Recipe) -> String {
    let (name, weight_decay) = match &recipe.optimizer {
        Optimizer::Sgd { momentum, weight_decay, .. } => (format!("SGD with momentum {momentum}"), weight_decay),
        Optimizer::Adam { weight_decay, .. } => ("Adam".to_owned(), weight_decay),
        Optimizer::AdamW { weight_decay, .. } => ("AdamW".to_owned(), weight_decay),
    };
    let mut text = format!("{name}, learning rate {}", recipe.optimizer.learning_rate());
    if recipe.backbone_rate != 1.0 {
        text += &format!(" ({} of it below the last layer)", percent(recipe.backbone_rate));
    }
    if *weight_decay > 0.0 {
        text += &format!(", weight decay {weight_decay}");
        if !recipe.decay_biases_and_norms {
            text += " (not on biases and norms)";
        }
    }
    if recipe.clip_norm > 0.0 {
        text += &format!(", gradients no longer than {}", recipe.clip_norm);
    }
    text
}

fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Constant => "stays the same".to_owned(),
        Schedule::Step { every, gamma } => format!("times {gamma} every {every} passes"),
        Schedule::Cosine { warmup_epochs, final_rate } => {
            let end = if *final_rate > 0.0 { final_rate.to_string() } else { "zero".to_owned() };
            match warmup_epochs {
                0 => format!("falls smoothly towards {end}"),
                n => format!("rises for {}, then falls smoothly towards {end}", counted(*n, "pass", "passes")),
            }
        }
        Schedule::Plateau { factor, patience, watch, .. } => {
            format!("times {factor} after {patience} passes without a gain in the {}", watch.words())
        }
        Schedule::OneCycle { rise, .. } => {
            format!("rises smoothly for {} of the steps, then falls to almost nothing", percent(*rise))
        }
    }
}

fn imbalance(imbalance: Imbalance) -> &'static str {
    match imbalance {
        Imbalance::None => "left as they are",
        Imbalance::ClassWeights => "mistakes on rare classes count more",
        Imbalance::WeightedSampling => "images of rare classes are shown more often",
        Imbalance::Oversampling => "images of rare classes are repeated until all classes are as large as the largest",
    }
}

/// The same where an image may have several findings.
fn rarity(imbalance: Imbalance) -> &'static str {
    match imbalance {
        Imbalance::None => "left as they are",
        Imbalance::ClassWeights => {
            "images that have one weigh more, by how many lack it for each that has it (positive weights)"
        }
        Imbalance::WeightedSampling => "images that have them are shown more often",
        Imbalance::Oversampling => "images that have them are repeated until all findings come as often",
    }
}

fn best_by(best_by: Metric) -> String {
    let way = if best_by.lower_is_better() { "lowest" } else { "highest" };
    format!("those of the pass with the {way} {}", best_by.words())
}

pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1000.0).round() / 10.0)
}

pub(super) fn counted(n: usize, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_settings() {
        let mut recipe = Recipe { label_smoothing: 0.05, patience: Some(3), ..Recipe::default() };
        recipe.augmentation.rotation = 10.0;
        let text: Vec<String> = describe(&recipe).into_iter().map(|(name, text)| format!("{name}: {text}")).collect();
        let text = text.join("\n");
        for expected in ["5 % of each label", "after 3 without a gain", "turned up to 10°", "128 x 128 pixels, grey"] {
            assert!(text.contains(expected), "{expected:?} is not in\n{text}");
        }
        assert!(!text.contains("Frozen"));
        let said = |name: &str, recipe: &Recipe| {
            describe(recipe).into_iter().find(|(n, _)| n == name).map(|(_, text)| text).unwrap()
        };
        recipe.optimizer = Optimizer::Adam { learning_rate: 0.5, weight_decay: 0.25 };
        (recipe.accumulate, recipe.clip_norm, recipe.backbone_rate) = (4, 2.0, 0.1);
        recipe.decay_biases_and_norms = false;
        recipe.freeze_backbone_epochs = recipe.epochs;
        assert_eq!(said("Images a step", &recipe), "64, in 4 batches of 16");
        assert_eq!(
            said("Learning", &recipe),
            "Adam, learning rate 0.5 (10 % of it below the last layer), weight decay 0.25 (not on biases and norms), \
             gradients no longer than 2"
        );
        assert_eq!(said("Frozen", &recipe), "only the last layer learns, given pretrained weights");
        (recipe.loss, recipe.imbalance) = (Loss::BinaryCrossEntropy, Imbalance::ClassWeights);
        assert!(said("Rare findings", &recipe).ends_with("(positive weights)"), "{}", said("Rare findings", &recipe));
        assert_eq!(said("Uncertain findings", &recipe), "not learned from");
    }
}
