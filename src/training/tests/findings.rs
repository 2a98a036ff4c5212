//! Runs that learn several findings an image.

use super::*;
use crate::domain::recipe::Uncertain;
use crate::domain::{AnswerKind, Findings, Presence};
use crate::imaging::decode;
use crate::inference::Classifier;

/// Grain, with a bright left third where the first finding is there and a bright lower third where the second is.
fn film(there: [bool; 2], number: u32) -> Vec<u8> {
    let mut grain = number.wrapping_mul(2_654_435_761);
    (0..SIDE * SIDE)
        .map(|at| {
            grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (left, lower) = (at % SIDE < SIDE / 3, at / SIDE >= 2 * SIDE / 3);
            let lit = u8::from(there[0] && left) + u8::from(there[1] && lower);
            50 + 60 * lit + (grain >> 27) as u8
        })
        .collect()
}

/// What is said of a film; `None` for nothing of the second finding.
type Said = fn(there: [bool; 2], number: u32) -> [Option<Presence>; 2];

fn all(there: [bool; 2], _: u32) -> [Option<Presence>; 2] {
    there.map(|is| Some(Presence::from(is)))
}

fn films(dir: &Path, count: u32, from: u32, said: Said) -> Vec<Sample> {
    let one = |at: u32| {
        let (number, there) = (from + at, [at.is_multiple_of(2), at.is_multiple_of(3)]);
        let (name, path) = (format!("{number}.png"), dir.join(format!("{number}.png")));
        write_png_gray(&path, SIDE, SIDE, &film(there, number)).unwrap();
        let sha256 = sha256_hex(&std::fs::read(&path).unwrap());
        let stated = said(there, number).into_iter().enumerate().filter_map(|(at, presence)| Some((at, presence?)));
        Sample { file: ImageFile::first(path), name, sha256, truth: Truth::Findings(stated.collect()) }
    };
    (0..count).map(one).collect()
}

fn findings_job(dir: &Path, said: Said) -> TrainJob {
    let images = dir.join("films");
    std::fs::create_dir_all(&images).unwrap();
    let mut job = TrainJob {
        classes: ClassList::of_findings(&["left", "lower"]).unwrap(),
        train: films(&images, 48, 0, said),
        validation: films(&images, 24, 1000, all),
        ..job(dir)
    };
    job.recipe.loss = Loss::BinaryCrossEntropy;
    job.recipe.augmentation = Augmentation::default();
    job.recipe.schedule = Schedule::Constant;
    job.recipe.best_by = Metric::Auroc;
    (job.recipe.epochs, job.recipe.batch) = (10, 8);
    job
}

#[test]
fn each_finding_is_learned_on_its_own_by_every_loss() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = findings_job(dir.path(), all);
    for loss in [
        Loss::BinaryCrossEntropy,
        Loss::Focal { gamma: 2.0, alpha: 0.25 },
        Loss::Asymmetric { gamma_negative: 2.0, gamma_positive: 0.0, clip: 0.05 },
    ] {
        job.recipe.loss = loss;
        job.dir = dir.path().join(format!("{loss:?}").chars().take(5).collect::<String>());
        let (outcome, _) = run(&job);
        let best = outcome.epochs.iter().rfind(|epoch| epoch.best).unwrap();
        assert!(best.validation.get(Metric::Auroc).unwrap() > 0.95, "{loss:?}: {best:?}");
        assert!(
            best.validation.get(Metric::AveragePrecision).is_some() && best.validation.get(Metric::Kappa).is_none()
        );
        assert_eq!(outcome.card.answers(), AnswerKind::Findings);
        // Both are said of an image that has both: no softmax makes them share.
        let model = Classifier::open(outcome.model_file.as_ref().unwrap(), &Compute::cpu()).unwrap();
        let film = |at: usize| decode::from_bytes(&std::fs::read(&job.validation[at].file.path).unwrap(), 0).unwrap();
        let said = model.predict(&[film(0), film(1)]).unwrap();
        let (both, neither) = (&said[0].probabilities, &said[1].probabilities);
        assert!(both.iter().zip(neither).all(|(with, without)| with > without), "{loss:?}: {both:?} {neither:?}");
        // Focal loss is not made for probabilities.
        let even = matches!(loss, Loss::Focal { .. }) || both.iter().all(|p| *p > 0.5);
        assert!(even, "{loss:?}: {both:?}");
    }
}

#[test]
fn what_was_not_looked_at_teaches_nothing_and_uncertain_ones_what_the_recipe_says() {
    // Of the second finding only wrong things would be learned, were they taken for anything.
    let unseen: Said = |there, number| match number % 4 {
        0 => all(there, number),
        _ => [Some(Presence::from(there[0])), None],
    };
    let uncertain: Said = |there, number| match number % 4 {
        0 => all(there, number),
        _ => [Some(Presence::from(there[0])), Some(Presence::Uncertain)],
    };
    let weights = |said: Said, taken: Uncertain| {
        let dir = tempfile::tempdir().unwrap();
        let mut job = findings_job(dir.path(), said);
        job.recipe.uncertain = taken;
        job.recipe.epochs = 2;
        model_bytes(&run(&job).0)
    };
    let tensors = |bytes: &[u8]| {
        // What follows the header, in which the digest of the data and the recipe stand.
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        bytes[8 + header..].to_vec()
    };
    let ignored = tensors(&weights(uncertain, Uncertain::Ignore));
    assert_eq!(ignored, tensors(&weights(unseen, Uncertain::Ignore)), "it counts as not assessed");
    let zero = tensors(&weights(uncertain, Uncertain::Zero));
    let one = tensors(&weights(uncertain, Uncertain::One));
    let soft = tensors(&weights(uncertain, Uncertain::Soft));
    assert!(ignored != zero && zero != one && one != soft && soft != zero);
}

#[test]
fn a_recipe_that_answers_otherwise_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = findings_job(dir.path(), all);
    let none: Said = |_, _| [Some(Presence::Absent), None];
    job.train = films(dir.path(), 6, 500, none);
    let refused = refusal(&job);
    assert!(refused.contains("no finding that is present"), "{refused}");
    let mut job = findings_job(dir.path(), all);
    job.classes.findings = false;
    let refused = refusal(&job);
    assert!(refused.contains("one class") && refused.contains("findings"), "{refused}");
    job.recipe.loss = Loss::CrossEntropy;
    job.recipe.best_by = Metric::Loss;
    let refused = refusal(&job);
    assert!(refused.contains("findings are known") && refused.contains("classes"), "{refused}");
    let said: Findings = [(0, Presence::Present), (1, Presence::Uncertain)].into_iter().collect();
    assert_eq!(Truth::Findings(said).classes(), [0]);
}
