//! Whether the settings of a recipe can be, and which one cannot.

use super::{RecipeError, architecture, augmentation, detector};
use crate::domain::recipe::{Imbalance, Loss, Optimizer, Preprocessing, Recipe, Resize, Schedule};

/// Refuses the first setting that cannot be.
///
/// # Errors
/// A sentence that names the setting and what it may be.
pub fn check(recipe: &Recipe) -> Result<(), RecipeError> {
    whole("epochs", recipe.epochs, 1, 10_000)?;
    whole("batch", recipe.batch, 1, 4096)?;
    if let Some(patience) = recipe.patience {
        whole("patience", patience, 1, 10_000)?;
    }
    share_below_one("label_smoothing", recipe.label_smoothing)?;
    whole("freeze_backbone_epochs", recipe.freeze_backbone_epochs, 0, 10_000)?;
    whole("frozen_stages", recipe.frozen_stages, 0, 1000)?;
    if recipe.loss == Loss::Corn && recipe.label_smoothing > 0.0 {
        return Err(RecipeError::field("label_smoothing", "must be 0 with the loss corn, which has no such share"));
    }
    findings(recipe)?;
    whole("accumulate", recipe.accumulate, 1, 4096)?;
    between("clip_norm", recipe.clip_norm, 0.0, 1e6)?;
    between("backbone_rate", recipe.backbone_rate, 0.0, 100.0)?;
    preprocessing(&recipe.preprocessing)?;
    architecture::check(&recipe.architecture, &recipe.preprocessing)?;
    optimizer(&recipe.optimizer)?;
    schedule(&recipe.schedule, recipe.epochs)?;
    augmentation::check(&recipe.augmentation)?;
    detector::check(recipe)?;
    if recipe.architecture.normalises_batches() && recipe.batch < 2 {
        return Err(RecipeError::field("batch", "batch norm needs at least 2 images a step, got 1"));
    }
    Ok(())
}

/// What goes with a loss of several findings, and with no other.
fn findings(recipe: &Recipe) -> Result<(), RecipeError> {
    match recipe.loss {
        Loss::CrossEntropy | Loss::Corn => {
            if !recipe.uncertain.is_usual() {
                let why = "is for several findings an image: take a loss such as binary-cross-entropy, or leave it out";
                return Err(RecipeError::field("uncertain", why));
            }
            return Ok(());
        }
        Loss::BinaryCrossEntropy => {}
        Loss::Focal { gamma, alpha } => {
            between("loss.gamma", gamma, 0.0, 20.0)?;
            between("loss.alpha (below 0 for none)", alpha, -1.0, 1.0)?;
        }
        Loss::Asymmetric { gamma_negative, gamma_positive, clip } => {
            between("loss.gamma_negative", gamma_negative, 0.0, 20.0)?;
            between("loss.gamma_positive", gamma_positive, 0.0, 20.0)?;
            share_below_one("loss.clip", clip)?;
        }
    }
    match recipe.imbalance {
        Imbalance::None | Imbalance::WeightedSampling => Ok(()),
        Imbalance::ClassWeights if recipe.loss == Loss::BinaryCrossEntropy => Ok(()),
        Imbalance::ClassWeights => Err(RecipeError::field(
            "imbalance",
            "class-weights are for the loss binary-cross-entropy: this loss weighs present findings by its own settings",
        )),
        Imbalance::Oversampling => Err(RecipeError::field(
            "imbalance",
            "oversampling cannot even out findings that share images: use weighted-sampling or class-weights",
        )),
    }
}

fn preprocessing(p: &Preprocessing) -> Result<(), RecipeError> {
    if p.channels != 1 && p.channels != 3 {
        return Err(RecipeError::field(
            "preprocessing.channels",
            format!("must be 1 (grey) or 3 (colour), got {}", p.channels),
        ));
    }
    whole("preprocessing.width", p.width, 8, 4096)?;
    whole("preprocessing.height", p.height, 8, 4096)?;
    for (field, values) in [("preprocessing.mean", &p.mean), ("preprocessing.std", &p.std)] {
        if values.len() != p.channels {
            let why = format!("needs one number a channel ({}), got {}", p.channels, values.len());
            return Err(RecipeError::field(field, why));
        }
        if values.iter().any(|v| !v.is_finite()) {
            return Err(RecipeError::field(field, "must be finite numbers"));
        }
    }
    if p.std.iter().any(|v| *v <= 0.0) {
        return Err(RecipeError::field(
            "preprocessing.std",
            "must be above 0: what is left of a pixel is divided by it",
        ));
    }
    if let Resize::ShorterSideThenCrop(side) = p.resize {
        whole("preprocessing.resize.shorter-side-then-crop", side, p.width.max(p.height), 8192)?;
    }
    Ok(())
}

fn optimizer(optimizer: &Optimizer) -> Result<(), RecipeError> {
    let rate = optimizer.learning_rate();
    if !(rate > 0.0 && rate <= 10.0) {
        return Err(RecipeError::field(
            "optimizer.learning_rate",
            format!("must be above 0 and at most 10, got {rate}; 0.001 is usual"),
        ));
    }
    let (Optimizer::Sgd { weight_decay, .. }
    | Optimizer::Adam { weight_decay, .. }
    | Optimizer::AdamW { weight_decay, .. }) = optimizer;
    between("optimizer.weight_decay", *weight_decay, 0.0, 10.0)?;
    if let Optimizer::Sgd { momentum, nesterov, .. } = optimizer {
        share_below_one("optimizer.momentum", *momentum)?;
        if *nesterov && *momentum == 0.0 {
            return Err(RecipeError::field("optimizer.nesterov", "needs a momentum above 0"));
        }
    }
    Ok(())
}

fn schedule(schedule: &Schedule, epochs: usize) -> Result<(), RecipeError> {
    match *schedule {
        Schedule::Constant => Ok(()),
        Schedule::Step { every, gamma } => {
            whole("schedule.every", every, 1, 10_000)?;
            between("schedule.gamma", gamma, 1e-6, 1.0)
        }
        Schedule::Cosine { warmup_epochs, final_rate } => {
            whole("schedule.warmup_epochs", warmup_epochs, 0, epochs)?;
            between("schedule.final_rate", final_rate, 0.0, 10.0)
        }
        Schedule::Plateau { factor, patience, threshold, .. } => {
            whole("schedule.patience", patience, 0, 10_000)?;
            between("schedule.factor", factor, 1e-6, 1.0)?;
            share_below_one("schedule.threshold", threshold)
        }
        Schedule::OneCycle { rise, start_divisor, end_divisor, .. } => {
            between("schedule.rise", rise, 0.0, 1.0)?;
            between("schedule.start_divisor", start_divisor, 1.0, 1e9)?;
            between("schedule.end_divisor", end_divisor, 1.0, 1e12)
        }
    }
}

pub(super) fn whole(field: &str, value: usize, least: usize, most: usize) -> Result<(), RecipeError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(RecipeError::field(field, format!("must be a whole number from {least} to {most}, got {value}")))
}

pub(super) fn between(field: &str, value: f64, least: f64, most: f64) -> Result<(), RecipeError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(RecipeError::field(field, format!("must lie between {least} and {most}, got {value}")))
}

pub(super) fn share_below_one(field: &str, value: f64) -> Result<(), RecipeError> {
    if (0.0..1.0).contains(&value) {
        return Ok(());
    }
    Err(RecipeError::field(field, format!("must be at least 0 and below 1, got {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{Architecture, ClassifierArchitecture, SimpleCnn};

    #[track_caller]
    fn refused(change: impl Fn(&mut Recipe), field: &str) {
        let mut recipe = Recipe::default();
        check(&recipe).unwrap();
        change(&mut recipe);
        let message = check(&recipe).unwrap_err().to_string();
        assert!(message.contains(field), "{message}");
    }

    #[test]
    fn each_impossible_setting_is_named() {
        refused(|r| r.epochs = 0, "epochs");
        refused(|r| r.batch = 1, "batch");
        refused(|r| r.patience = Some(0), "patience");
        refused(|r| r.label_smoothing = 1.0, "label_smoothing");
        refused(|r| r.label_smoothing = f64::NAN, "label_smoothing");
        refused(|r| r.freeze_backbone_epochs = 99_999, "freeze_backbone_epochs");
        refused(|r| (r.loss, r.label_smoothing) = (Loss::Corn, 0.1), "corn");
        refused(|r| r.uncertain = crate::domain::recipe::Uncertain::One, "uncertain");
        let of_findings = |r: &mut Recipe, loss| (r.loss, r.best_by) = (loss, crate::domain::Metric::Auroc);
        refused(|r| of_findings(r, Loss::Focal { gamma: -1.0, alpha: 0.25 }), "loss.gamma");
        let asymmetric = |clip| Loss::Asymmetric { gamma_negative: 4.0, gamma_positive: 1.0, clip };
        refused(|r| of_findings(r, asymmetric(1.0)), "loss.clip");
        refused(
            |r| {
                of_findings(r, asymmetric(0.05));
                r.imbalance = Imbalance::ClassWeights;
            },
            "binary-cross-entropy",
        );
        refused(
            |r| {
                of_findings(r, Loss::BinaryCrossEntropy);
                r.imbalance = Imbalance::Oversampling;
            },
            "weighted-sampling",
        );
        refused(|r| r.frozen_stages = 9_999, "frozen_stages");
        refused(|r| r.accumulate = 0, "accumulate");
        refused(|r| r.clip_norm = -1.0, "clip_norm");
        refused(|r| r.backbone_rate = f64::NAN, "backbone_rate");
        refused(|r| r.schedule = Schedule::Cosine { warmup_epochs: 0, final_rate: -1.0 }, "schedule.final_rate");
        let one_cycle =
            |rise, start_divisor| Schedule::OneCycle { rise, start_divisor, end_divisor: 1e4, cycle_momentum: true };
        refused(|r| r.schedule = one_cycle(1.5, 25.0), "schedule.rise");
        refused(|r| r.schedule = one_cycle(0.3, 0.0), "schedule.start_divisor");
        refused(|r| r.preprocessing.channels = 2, "preprocessing.channels");
        refused(|r| r.preprocessing.mean = vec![], "preprocessing.mean");
        refused(|r| r.preprocessing.std = vec![0.0], "preprocessing.std");
        refused(|r| r.preprocessing.width = 0, "preprocessing.width");
        refused(|r| r.preprocessing.resize = Resize::ShorterSideThenCrop(100), "shorter-side-then-crop");
        refused(|r| r.architecture = simple(vec![]), "architecture.channels");
        refused(|r| r.architecture = simple(vec![8; 8]), "halve");
        let b0 = |dropout, stochastic_depth| {
            Architecture::from(ClassifierArchitecture::EfficientNetB0 { dropout, stochastic_depth })
        };
        refused(|r| r.architecture = b0(1.0, 0.2), "architecture.dropout");
        refused(|r| r.architecture = b0(0.2, -0.1), "architecture.stochastic_depth");
        refused(|r| r.optimizer = Optimizer::Adam { learning_rate: f64::NAN, weight_decay: 0.0 }, "learning_rate");
        refused(|r| r.schedule = Schedule::Step { every: 0, gamma: 0.1 }, "schedule.every");
        refused(|r| r.augmentation.rotation = -3.0, "augmentation.rotation");
    }

    fn simple(channels: Vec<usize>) -> Architecture {
        SimpleCnn { channels, batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 }.into()
    }
}
