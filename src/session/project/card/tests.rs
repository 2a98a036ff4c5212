//! What a model's card says, and what it must not say.

use super::*;
use crate::domain::recipe::{DetectorArchitecture, DetectorSettings};
use crate::domain::{ClassificationReport, DetectionReport};
use crate::session::fixture;
use crate::session::test_project::small;
use crate::store::NewModel;

fn card(change: impl Fn(&mut ModelRecord, &mut RunRecord)) -> String {
    card_with(change, 0, 0)
}

/// With so many groups in several splits, and so many test images seen in training.
fn card_with(change: impl Fn(&mut ModelRecord, &mut RunRecord), apart: usize, seen: usize) -> String {
    let mut model = fixture::models().remove(0).record;
    let mut run = fixture::runs().into_iter().find(|r| !r.epochs.is_empty()).unwrap();
    change(&mut model, &mut run);
    let counts = model.card.classes.names().into_iter().map(|name| (name, [30, 10, 12])).collect();
    write(&Facts {
        model: &model,
        run: Some(&run),
        parent: Some("before"),
        parameters: Some(11_177_538),
        counts,
        known: [60, 20, 24],
        unlabelled: 3,
        groups: 17,
        apart,
        grouped: 90,
        seen,
        since: TestChanges::default(),
        prespecified: crate::domain::prespecified(&[], model.id),
    })
}

#[test]
fn a_card_says_what_a_reader_of_it_must_know() {
    let text = card(|model, run| {
        model.card.data_digest = "ab12".into();
        run.facts = Some(RunFacts {
            device: "CPU, 2 threads".into(),
            tensor_library: "candle 0.11".into(),
            wall_seconds: 125.0,
            images_per_second: 31.25,
            drawn: vec![7, 9],
            ..RunFacts::default()
        });
        run.log.push("started from /home/reader/Jane Doe/resnet18-f37072fd.pth: 120 of its tensors fit".into());
    });
    for part in [
        "**Not a medical device.**",
        "gives no diagnosis",
        "| Parameters | 11,177,538 |",
        "| Parent | before |",
        "| Fractured | 30 | 10 | 12 |",
        "| all | 60 | 20 | 24 |",
        "3 images have no label",
        "17 groups",
        "`ab12`",
        "Started from the weights in `resnet18-f37072fd.pth`",
        "optimizer.learning_rate = ",
        "| Device | CPU, 2 threads |",
        "candle 0.11",
        "| Wall time | 2 min 5 s |",
        "31.2 images/s",
        "Non_fractured 9",
        "| Epoch | Loss |",
        "(kept)",
        "## Limits",
    ] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(!text.contains("/home") && !text.contains("Jane"), "{text}");
}

#[test]
fn figures_stand_with_their_intervals_and_the_confusion_matrix() {
    let text = card(|model, _| {
        let mut test = ClassificationReport { images: 50, accuracy: 0.9, ..Default::default() };
        test.confusion_matrix = vec![vec![25, 2], vec![3, 20]];
        test.per_class.insert("Fractured".into(), crate::domain::ClassMetrics { support: 27, ..Default::default() });
        model.test = Some(test);
    });
    assert!(text.contains("| Accuracy | 0.900 (0.786 to 0.957) |"), "{text}");
    assert!(text.contains("| **Fractured** | 25 | 2 |"), "{text}");
    assert!(text.contains("The test split is small"), "{text}");
}

#[test]
fn a_card_hides_nothing_that_flatters_the_model() {
    let evaluated = |model: &mut ModelRecord, _: &mut RunRecord| {
        model.test = Some(ClassificationReport { images: 50, ..Default::default() });
    };
    let sound = card(evaluated);
    assert!(sound.contains("none lies in two splits") && sound.contains("that no training"), "{sound}");
    let leaky = card_with(evaluated, 2, 7);
    assert!(leaky.contains("2 lie in several splits") && leaky.contains("trained or tuned on 7 images"), "{leaky}");
    assert!(!leaky.contains("that no training"), "{leaky}");
}

#[test]
fn a_model_that_draws_boxes_has_figures_of_boxes_only() {
    let text = card(|model, _| {
        model.card.architecture = DetectorArchitecture::on_resnet18(DetectorSettings::light()).into();
        let detection = Some(DetectionReport { map50: Some(0.75), ..Default::default() });
        model.test = Some(ClassificationReport { images: 50, detection, ..Default::default() });
    });
    for part in ["Of 3 images no boxes are known", "| mAP@0.5 | 0.750 |", "| Validation mAP@0.5 |"] {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert!(!text.contains("Wilson") && !text.contains("Validation accuracy"), "{text}");
}

#[test]
fn imported_weights_without_figures_get_a_card_too() {
    let text = card(|model, run| {
        (model.card.recipe, model.test) = (None, None);
        model.card.data_digest.clear();
        model.card.name = "a|b".into();
        run.epochs.clear();
    });
    assert!(text.contains("No recipe is known") && text.contains("Not evaluated yet"), "{text}");
    assert!(text.contains("never evaluated on a test split"), "{text}");
}

#[test]
fn groups_are_counted_over_the_splits() {
    let project = small(10);
    let mut core = project.open();
    let file = project.dir.path().join("weights");
    std::fs::write(&file, "weights").unwrap();
    let card = fixture::models().remove(0).record.card;
    let model = core.store.add_model(&NewModel { card: &card, file: &file, parent: None, run: None }).unwrap().id;
    core.read_models().unwrap();
    // The images 6 and 7 are for validation, 8 and 9 for the test.
    for (at, group) in [(0, "a"), (6, "a"), (1, "b"), (2, "b"), (8, "c"), (9, "d"), (5, "d")] {
        core.images[at].group = Some(group.into());
    }
    let text = core.model_card(model).unwrap();
    assert!(text.contains("4 groups (patients, uploaders) are known for 7 images; 2 lie in several splits"), "{text}");
}

#[test]
fn what_is_decided_is_said_and_nothing_where_nothing_is() {
    let plain = card(|_, _| {});
    assert!(!plain.contains("| Threshold") && !plain.contains("calibrated") && !plain.contains("| Not sure"));
    let decided = card(|model, _| {
        model.temperature = Some(1.25);
        model.answers = Some(crate::domain::AnswerRule { miss: 0.1, least: 0.2, images: 40 });
    });
    assert!(decided.contains("by a temperature of 1.250 |"), "{decided}");
    assert!(decided.contains("at most 10.0 % of its answers miss the truth |"), "{decided}");
}

#[test]
fn what_is_decided_about_findings_is_said_of_each() {
    let by = |finding: &str, temperature, positives| crate::domain::FindingTemperature {
        finding: finding.into(),
        temperature,
        images: 30,
        positives,
    };
    let rule = crate::domain::FindingRule { finding: "Mass".into(), least: None, images: 4, positives: 0 };
    let decided = card(|model, _| {
        model.finding_temperatures = vec![by("Effusion", 1.5, 12), by("Mass", 1.0, 0)];
        model.finding_rules = Some(crate::domain::FindingRules { miss: 0.1, each: vec![rule.clone()] });
    });
    assert!(
        decided.contains("Effusion: a temperature of 1.500, fitted on 30 validation images, 12 with it |"),
        "{decided}"
    );
    assert!(decided.contains("Mass: its own probabilities (a temperature of 1), because of its 30"), "{decided}");
    assert!(decided.contains("at most 10.0 % of its answers about each miss the truth |"), "{decided}");
    assert!(decided.contains("Mass: never “not sure”, because its 4 validation images"), "{decided}");
}
