//! What is frozen, kept, weighed and measured in whole runs.

use super::super::batches::Batch;
use super::super::{freeze, learner};
use super::*;
use crate::domain::recipe::SimpleCnn;
use crate::explain::grad_cam;
use crate::imaging::decode;
use crate::inference::Classifier;

/// A network whose batches do not influence their images.
fn without_batch_norm(job: &mut TrainJob) {
    job.recipe.architecture =
        SimpleCnn { channels: vec![4, 6], batch_norm: false, hidden: 0, global_pooling: true, dropout: 0.0 }.into();
    job.recipe.optimizer = Optimizer::Sgd { learning_rate: 0.02, momentum: 0.9, nesterov: false, weight_decay: 0.0 };
    job.recipe.epochs = 2;
}

fn weights_of(outcome: &Outcome) -> Vec<f32> {
    let path = outcome.model_file.as_ref().unwrap();
    let tensors = weights::read(path, &candle_core::Device::Cpu).unwrap().0;
    let mut named: Vec<_> = tensors.into_iter().collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    named.iter().flat_map(|(_, tensor)| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap()).collect()
}

#[test]
fn lack_of_memory_halves_the_parts_and_changes_no_step() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    without_batch_norm(&mut job);
    job.recipe.imbalance = Imbalance::ClassWeights;
    job.recipe.accumulate = 2;
    let whole = weights_of(&run(&job).0);
    let limited = |most: usize| {
        learner::MOST_IMAGES.set(Some(most));
        let (outcome, log) = run(&job);
        learner::MOST_IMAGES.set(None);
        (outcome, log)
    };
    let (outcome, log) = limited(2);
    let parts = weights_of(&outcome);
    let largest = whole.iter().zip(&parts).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest > 0.0, "other sums, so other last digits");
    assert!(largest < 1e-5, "the steps are the same: {largest}");
    let said: Vec<&String> = log.iter().filter(|line| line.contains("memory does not suffice for")).collect();
    assert_eq!(said.len(), 2, "5, 3, 2 images: {log:?}");
    assert_eq!(model_bytes(&outcome), model_bytes(&limited(2).0));
    learner::MOST_IMAGES.set(Some(0));
    let refused = refusal(&job);
    learner::MOST_IMAGES.set(None);
    assert!(refused.contains("even for 1 images"), "{refused}");
}

#[test]
fn a_step_without_memory_leaves_the_running_statistics_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let recipe = job(dir.path()).recipe;
    let mut learner = learner::Learner::new(&recipe, 2, None, &candle_core::Device::Cpu).unwrap();
    let pre = &recipe.preprocessing;
    let values = 4 * pre.channels * pre.height * pre.width;
    let input = (0..values).map(|at| (at % 11) as f32 / 10.0).collect();
    let batch = Batch { input, truths: [0, 1, 0, 1].map(Truth::Class).to_vec() };
    let place = learner::Place { epoch: 0, batch: 0, from: 0 };
    let mut statistics_after = |most| {
        learner::MOST_IMAGES.set(most);
        let learned = learner.learn(&batch, learner::Input::Pictures, place, 1.0);
        learner::MOST_IMAGES.set(None);
        let buffers = learner.params.buffers().unwrap();
        assert!(!buffers.is_empty());
        let values = |tensor: &candle_core::Tensor| tensor.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let sorted: std::collections::BTreeMap<_, _> =
            buffers.iter().map(|(name, tensor)| (name.clone(), values(tensor))).collect();
        (learned.is_ok(), sorted)
    };
    let (refused, fresh) = statistics_after(Some(2));
    assert!(!refused);
    let (learned, moved) = statistics_after(None);
    assert!(learned);
    assert!(fresh.iter().all(|(name, v)| v.iter().all(|x| *x == if name.ends_with("var") { 1.0 } else { 0.0 })));
    assert_ne!(fresh, moved);
    assert_eq!(statistics_after(Some(2)), (false, moved));
}

#[test]
fn features_of_a_frozen_backbone_are_kept_and_change_no_byte() {
    let dir = tempfile::tempdir().unwrap();
    let mut parent = job(dir.path());
    parent.dir = dir.path().join("parent");
    parent.recipe.epochs = 1;
    let mut job = job(dir.path());
    job.start_from = run(&parent).0.model_file;
    job.recipe.augmentation = Augmentation::default();
    job.recipe.freeze_backbone_epochs = job.recipe.epochs;
    let mut made = 0;
    let kept = train(&job, &mut |event| {
        made += usize::from(matches!(event, TrainEvent::KeepingFeatures { total: 29, .. }));
        Control::Continue
    })
    .unwrap();
    assert_eq!(made, 7, "29 images in batches of 5, once");
    let bytes = model_bytes(&kept);
    let (again, log) = run(&job);
    assert!(log.iter().any(|line| line.contains("made once and kept")), "{log:?}");
    assert!(log.iter().any(|line| line.contains("served 4 epochs")), "{log:?}");
    assert_eq!(bytes, model_bytes(&again));
    freeze::BUDGET.set(100);
    let (anew, log) = run(&job);
    freeze::BUDGET.set(usize::MAX);
    assert!(log.iter().any(|line| line.contains("made again in each epoch")), "{log:?}");
    assert_eq!(bytes, model_bytes(&anew), "keeping features changes a weight");
    let stopped = train(&job, &mut |event| match event {
        TrainEvent::KeepingFeatures { .. } => Control::Stop,
        _ => Control::Continue,
    })
    .unwrap();
    assert_eq!((stopped.stopped, stopped.epochs.len()), (Some(StopReason::Stopped), 0));
    // Pictures that vary have no features to keep.
    job.recipe.augmentation.horizontal_flip = true;
    assert!(!run(&job).1.iter().any(|line| line.contains("features")));
}

#[test]
fn frozen_stages_keep_weights_and_statistics_and_the_others_learn() {
    let dir = tempfile::tempdir().unwrap();
    let mut parent = job(dir.path());
    parent.dir = dir.path().join("parent");
    parent.recipe.epochs = 1;
    let mut job = job(dir.path());
    job.start_from = run(&parent).0.model_file;
    (job.recipe.frozen_stages, job.recipe.epochs) = (1, 1);
    let after = run(&job).0;
    let read = |path: &Path| weights::read(path, &candle_core::Device::Cpu).unwrap().0;
    let (before, after) = (read(job.start_from.as_ref().unwrap()), read(after.model_file.as_ref().unwrap()));
    for (name, tensor) in &before {
        let values = |t: &candle_core::Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values(tensor) == values(&after[name]), name.starts_with("blocks.0."), "{name}");
    }
}

#[test]
fn grades_are_learned_and_the_model_file_answers_in_classes() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    grades(&mut job);
    job.recipe.epochs = 14;
    job.recipe.optimizer = Optimizer::Adam { learning_rate: 2e-2, weight_decay: 0.0 };
    job.recipe.augmentation = Augmentation::default();
    let outcome = run(&job).0;
    let best = outcome.epochs.iter().rfind(|epoch| epoch.best).unwrap();
    println!("validation kappa: {:?}", best.validation.get(Metric::Kappa));
    assert!(best.validation.get(Metric::Kappa).unwrap() > 0.6, "{:?}", outcome.epochs);
    assert!([Metric::MacroF1, Metric::Auroc].iter().all(|&metric| best.validation.get(metric).is_some()));
    let classifier = Classifier::open(outcome.model_file.as_ref().unwrap(), &job.compute).unwrap();
    let image = decode::read(&job.validation[1].file).unwrap();
    let output = classifier.predict(std::slice::from_ref(&image)).unwrap().remove(0);
    assert_eq!((output.logits.len(), output.probabilities.len()), (3, 3));
    for (logit, probability) in output.logits.iter().zip(&output.probabilities) {
        assert!((logit.exp() - probability).abs() < 1e-4, "{output:?}");
    }
    assert!(grad_cam(&classifier, &image, 1).unwrap().values.iter().all(|v| v.is_finite()));
    job.classes.ordinal = false;
    assert!(refusal(&job).contains("is for grades"));
}

#[test]
fn figures_that_cannot_be_measured_are_refused_before_the_first_step() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.recipe.best_by = Metric::Kappa;
    assert!(refusal(&job).contains("kappa"), "{}", refusal(&job));
    job.recipe.best_by = Metric::Loss;
    job.recipe.stop_by = Some(Metric::Auroc);
    job.validation.retain(|sample| sample.truth == Truth::Class(0));
    assert!(refusal(&job).contains("stripes"), "{}", refusal(&job));
}

#[test]
fn an_epoch_says_what_was_drawn_and_the_run_why_it_ended() {
    let dir = tempfile::tempdir().unwrap();
    let mut job = job(dir.path());
    job.train.retain(|sample| sample.truth == Truth::Class(0) || sample.name.len() < 8);
    (job.recipe.imbalance, job.recipe.epochs) = (Imbalance::Oversampling, 2);
    let (outcome, log) = run(&job);
    let most = job.train.iter().filter(|sample| sample.truth == Truth::Class(0)).count();
    assert!(job.train.len() < 2 * most);
    for epoch in &outcome.epochs {
        assert_eq!(epoch.drawn, [most, most]);
        assert!(epoch.images_per_second > 0.0);
    }
    assert!(
        log.iter().any(|line| line.contains(&format!("drawn for epoch 2: right {most}, stripes {most}"))),
        "{log:?}"
    );
    assert!(log.last().unwrap().contains("all its epochs"), "{log:?}");
}

#[test]
fn weights_from_elsewhere_are_found_under_their_names_and_the_order_of_their_classes_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut parent = job(dir.path());
    parent.dir = dir.path().join("parent");
    parent.recipe.epochs = 1;
    let parent = run(&parent).0.model_file.unwrap();
    let (tensors, _) = weights::read(&parent, &candle_core::Device::Cpu).unwrap();
    let renamed = |name: &str| format!("model.{}", name.replace("fc.", "fc.1."));
    let mut theirs: Vec<_> = tensors.iter().map(|(name, tensor)| (renamed(name), tensor.clone())).collect();
    theirs.push(("criterion.weight".to_owned(), tensors["fc.bias"].clone()));
    let file = dir.path().join("theirs.safetensors");
    weights::write(&file, &theirs, &std::collections::HashMap::new()).unwrap();

    let mut job = job(dir.path());
    job.recipe.epochs = 1;
    job.start_from = Some(file);
    let log = run(&job).1;
    for part in [
        format!("{} of its tensors fit", tensors.len()).as_str(),
        "begin with \"model.\"",
        "last layer is called \"fc.1.weight\"",
        "1 tensors beside the network are left out, first criterion.weight",
        "its classes taken in the project's order, for the file names none: right, stripes",
    ] {
        assert!(log.iter().any(|line| line.contains(part)), "{part} in {log:?}");
    }
    // Our own files say their classes: those of another order are not taken for these.
    job.start_from = Some(parent);
    job.classes = ClassList::from_names(&["stripes", "right"], false).unwrap();
    let log = run(&job).1;
    let part = "the last layer starts again, for the file's classes are others or in another order: right, stripes";
    assert!(log.iter().any(|line| line.contains(part)), "{log:?}");
}
