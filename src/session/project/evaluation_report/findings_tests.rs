//! A report of a model that answers with findings, on the fixture's chests.

use super::html::Html;
use crate::domain::change::Seeing;
use crate::domain::finding_calibration::{FindingCalibration, FindingsCalibration, OutcomeFigures};
use crate::domain::performance::{Estimate, FindingFigure};
use crate::domain::{
    Change, FindingTemperature, Findings, ModelId, Perturbation, Prediction, ReaderDescription, ReaderRole,
    RobustFigure, RobustFinding, RobustPoint, RobustValue, Robustness, Split,
};
use crate::nn::Compute;
use crate::session::fixture::findings;
use crate::session::project::core::Core;
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::reports::ReportRequest;
use crate::session::test_project::{Small, add_model_of_findings, send, small};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Of sixty images what the fixture's readers said, and two models: the fixture's, and one that is a little less sure.
fn project() -> (Small, Core, [ModelId; 2]) {
    let project = small(60);
    let mut core = project.open();
    let mut said = Vec::new();
    for (at, id) in project.ids.iter().enumerate() {
        let label =
            Change::Label { old: Some(at % 2), new: None, old_reviewed: false, new_reviewed: false, accepted: false };
        let annotation = findings::annotation(at);
        let all = Change::Findings {
            old: Findings::default(),
            new: annotation.findings,
            old_reviewed: false,
            new_reviewed: annotation.reviewed,
            accepted: false,
        };
        said.extend([(*id, label), (*id, all)]);
    }
    core.store.set_classes("ada", &findings::classes()).unwrap();
    core.store.append_many("ada", &said).unwrap();
    drop(core);
    let mut core = project.open();
    let models = ["new", "old"].map(|name| {
        let model = add_model_of_findings(&mut core, name);
        let less = if name == "old" { 0.2 } else { 0.0 };
        let predictions = project.ids.iter().enumerate().map(|(at, id)| {
            let of = findings::prediction(*id, at);
            let probabilities = of.probabilities.iter().map(|p| p * (1.0 - less) + less * (at % 3) as f32 / 3.0);
            Prediction { model, probabilities: probabilities.collect(), ..of }
        });
        core.store.put_predictions(&predictions.collect::<Vec<_>>()).unwrap();
        model
    });
    for (class, threshold) in findings::classes().names().iter().zip(findings::THRESHOLDS).take(2) {
        core.set_class_threshold(models[0], class, Some(threshold)).unwrap();
    }
    (project, core, models)
}

/// Where the report of the first model was written, with the second beside it, and what is in it.
fn written(project: &Small, core: &mut Core, [model, other]: [ModelId; 2], pictures: bool) -> (PathBuf, Value, String) {
    let to = project.dir.path().join(format!("report-{pictures}"));
    let request = ReportRequest { model, against: vec![other], to, pictures };
    send(core, ProjectCommand::WriteReport(request)).unwrap();
    let to = core.view().reported.clone().unwrap();
    let read = |name: &str| std::fs::read_to_string(to.join(name)).unwrap();
    let (made, html) = (serde_json::from_str(&read("report.json")).unwrap(), read("report.html"));
    (to, made, html)
}

#[test]
fn a_report_of_findings_has_the_figures_of_the_evaluation() {
    let (project, mut core, models) = project();
    let evaluation = core.evaluation(models[0], Split::Test).unwrap().report;
    let (to, made, html) = written(&project, &mut core, models, false);
    let findings = evaluation.findings.as_ref().unwrap();
    assert_eq!(made["findings"], serde_json::to_value(findings).unwrap());
    assert_eq!(made["findings"]["per_finding"]["Mass"]["threshold"], 0.3);
    let effusion = &made["performance"]["findings"][0];
    let of = &findings.per_finding["Effusion"];
    let figure = |wanted: FindingFigure| {
        let all = effusion["figures"].as_array().unwrap();
        all.iter().find(|one| one[0] == serde_json::to_value(wanted).unwrap()).unwrap()[1]["value"].clone()
    };
    assert_eq!((&effusion["name"], &effusion["positives"]), (&"Effusion".into(), &of.positives.into()));
    for (wanted, value) in [
        (FindingFigure::Auroc, of.auroc),
        (FindingFigure::AveragePrecision, of.average_precision),
        (FindingFigure::Sensitivity, of.sensitivity),
        (FindingFigure::Specificity, of.specificity),
        (FindingFigure::PositivePredictiveValue, of.positive_predictive_value),
        (FindingFigure::NegativePredictiveValue, of.negative_predictive_value),
        (FindingFigure::F1, of.f1),
    ] {
        assert!(value.is_some(), "{wanted:?} must be defined for this test to mean anything");
        assert_eq!(figure(wanted), json!(value), "{wanted:?}");
    }
    let overall = made["performance"]["overall"].as_array().unwrap();
    for (name, value) in [
        ("macro_auroc", findings.macro_auroc),
        ("micro_auroc", findings.micro_auroc),
        ("exact_match", findings.exact_match),
        ("coverage_error", findings.coverage_error),
        ("ranking_loss", findings.ranking_loss),
    ] {
        let found = overall.iter().find(|one| one[0] == name).unwrap();
        assert_eq!(found[1]["value"], json!(value), "{name}");
    }
    let table = std::fs::read_to_string(to.join("figures.csv")).unwrap();
    assert!(table.contains(&format!("new,test,Effusion,auroc,{},", of.auroc.unwrap())), "{table}");
    assert!(table.contains("new,test,Nodule,not_known,3,,,") && table.contains("new minus old,test,Effusion,auroc,"));
    for part in ["Each finding", "Finding: Nodule", "All findings", "Coverage error", "Calibration of each finding"] {
        assert!(html.contains(part), "{part}");
    }
    // Two and more plots of each finding, none folded away where there are few; one lineup of both models.
    assert!(html.matches(">ROC curve<").count() >= 3 && !html.contains("<details class"));
    assert!(html.contains("All models side by side") && html.contains("p (DeLong), Effusion"));
    assert!(html.contains("says of single images which of several findings they have"));
    assert!(!html.contains("sorts single images") && !html.contains("Finding: dark"));
}

#[test]
fn long_lists_are_folded_on_a_screen_and_whole_on_paper() {
    let mut page = Html::default();
    page.fold("More of it", |page| page.paragraph("what is folded"));
    page.fold_if(false, "Less of it", |page| page.paragraph("what is not"));
    let html = page.finish("a page");
    let (before, after) = html.split_once("</details>").unwrap();
    assert!(before.contains("<summary>More of it</summary>") && !before.contains("<p>what is folded"));
    assert!(after.contains("<div class=\"folded\">\n<p>what is folded</p>\n</div>"), "beside its switch");
    assert!(html.contains("@media screen { details.fold:not([open]) + .folded { display: none; } }"));
    assert!(!html.contains("Less of it") && after.contains("<p>what is not</p>"));
}

#[test]
fn how_common_each_finding_is_in_each_split_counts_what_is_uncertain_by_itself() {
    let (project, mut core, models) = project();
    let (_, made, html) = written(&project, &mut core, models, false);
    // Of four images in turn: an effusion alone; an effusion, perhaps a mass, and nobody looked for nodules; nothing said; none.
    let of = |split: Split, kinds: [usize; 4]| {
        let images = core.images().iter().enumerate().filter(|(_, image)| image.split == split);
        images.filter(|(at, _)| kinds[at % 4] == 1).count()
    };
    let by_split = |kinds: [usize; 4]| json!(Split::ALL.map(|split| of(split, kinds)));
    let effusion = json!({
        "finding": "Effusion",
        "present": by_split([1, 1, 0, 0]),
        "absent": by_split([0, 0, 0, 1]),
        "uncertain": [0, 0, 0],
        "not_looked_at": by_split([0, 0, 1, 0]),
    });
    let mass = json!({
        "finding": "Mass",
        "present": [0, 0, 0],
        "absent": by_split([1, 0, 0, 1]),
        "uncertain": by_split([0, 1, 0, 0]),
        "not_looked_at": by_split([0, 0, 1, 0]),
    });
    let nodule = json!({
        "finding": "Nodule",
        "present": [0, 0, 0],
        "absent": by_split([1, 0, 0, 1]),
        "uncertain": [0, 0, 0],
        "not_looked_at": by_split([0, 1, 1, 0]),
    });
    assert_eq!(made["prevalence"], json!([effusion, mass, nodule]));
    assert_eq!(mass["uncertain"], json!([9, 3, 3]), "the fixture must have some for this test to mean anything");
    assert!(html.contains("Each finding by split"));
    assert!(
        html.contains("<tr><td>uncertain</td><td class=\"n\">9</td><td class=\"n\">3</td><td class=\"n\">3</td></tr>")
    );
    let test = of(Split::Test, [1, 1, 0, 0]);
    assert!(html.contains(&format!("<td class=\"n\">{test} (66.7 %)</td></tr>")), "of those on which it is known");
    assert_eq!((&made["flow"]["judged"], &made["flow"]["without_truth"]), (&9.into(), &3.into()));
}

#[test]
fn thresholds_of_findings_are_told_one_by_one_with_what_the_log_shows_of_each() {
    let (project, mut core, models) = project();
    let (_, made, html) = written(&project, &mut core, models, false);
    assert_eq!((&made["threshold"], &made["threshold_from"]), (&0.5.into(), &"project".into()));
    assert_eq!(made["class_thresholds"], json!({"Effusion": 0.5, "Mass": 0.3}));
    assert!(html.contains("own threshold on: Effusion 0.500, Mass 0.300; every other from 0.500 on."));
    assert!(html.contains("Both were fixed before the test split was first opened."));
    let claims = made["prespecification"]["classes"].as_array().unwrap();
    assert_eq!(claims.iter().map(|claim| &claim["class"]).collect::<Vec<_>>(), ["Effusion", "Mass"]);
    assert!(claims.iter().all(|claim| claim["standing"] == "fixed"), "{claims:?}");
    assert!(html.contains("<li>Mass: Threshold 0.300 fixed on ") && !html.contains("are exploratory"));
    // Of the other nobody chose one.
    assert_eq!(made["against"]["threshold_from"], "default");
    // Once the test images were looked at, a choice comes too late, and only for that finding.
    core.store.open_test("ada", Some(models[0]), "new", 9).unwrap();
    core.set_class_threshold(models[0], "Mass", Some(0.2)).unwrap();
    let (_, _, html) = written(&project, &mut core, models, false);
    assert!(html.contains("1 of 2 were fixed before the test split was first opened; exploratory: Mass."));
    assert!(html.contains("Figures at the threshold of Mass are exploratory."));
}

#[test]
fn mistakes_are_told_finding_by_finding_and_what_is_not_known_is_none() {
    let (project, mut core, models) = project();
    let (_, made, html) = written(&project, &mut core, models, true);
    let test: Vec<usize> =
        core.images().iter().enumerate().filter(|(_, image)| image.split == Split::Test).map(|(at, _)| at).collect();
    // The fixture's model says that every second image has an effusion, and every third a mass.
    let missed =
        test.iter().filter(|at| at.is_multiple_of(4) || *at % 4 == 1).filter(|at| !at.is_multiple_of(2)).count();
    let alarms =
        test.iter().filter(|at| at.is_multiple_of(4) || *at % 4 == 3).filter(|at| at.is_multiple_of(3)).count();
    let of = |at: usize| &made["finding_mistakes"][at];
    assert_eq!(
        (&of(0)["finding"], &of(0)["missed"], &of(0)["false_alarms"]),
        (&"Effusion".into(), &missed.into(), &0.into())
    );
    assert_eq!(
        (&of(1)["finding"], &of(1)["missed"], &of(1)["false_alarms"]),
        (&"Mass".into(), &0.into(), &alarms.into())
    );
    assert!(missed > 0 && alarms > 0, "there must be some of each for this test to mean anything");
    let surest = of(0)["surest"].as_array().unwrap();
    let truths: Vec<f64> = surest.iter().map(|one| one["probability_of_truth"].as_f64().unwrap()).collect();
    assert!(truths.is_sorted() && surest.iter().all(|one| one["truth"] == "present" && one["called"] == "absent"));
    let shown: usize = (0..3).map(|at| of(at)["surest"].as_array().unwrap().len()).sum();
    assert_eq!(html.matches("src=\"data:image/png;base64,").count(), shown, "a picture each where they are asked for");
    assert!(html.contains(&format!("Effusion: {missed} missed, 0 false alarms")));
    let (_, _, plain) = written(&project, &mut core, models, false);
    assert!(!plain.contains("<img") && plain.contains("The surest mistakes"));
    assert!(made["mistakes"].is_null());
}

#[test]
fn readers_of_findings_are_compared_finding_by_finding() {
    let (project, mut core, models) = project();
    let test: Vec<_> = core.images.iter().filter(|image| image.split == Split::Test).map(|image| image.id).collect();
    for (at, image) in test.iter().enumerate() {
        for (reader, of) in [("import:Ada", at % 4), ("import:Ben", at % 2)] {
            let findings = findings::annotation(of).findings;
            let said = Change::Reading {
                label: None,
                findings,
                boxes: Vec::new(),
                nothing_found: false,
                in_force: false,
                again: false,
                seeing: Seeing::InForce,
            };
            core.store.append(reader, *image, said, None, None, None).unwrap();
        }
    }
    let resident = ReaderDescription::new(ReaderRole::SecondReader, "resident, <3 years");
    core.describe_reader("Ben", &resident).unwrap();
    let (_, made, html) = written(&project, &mut core, models, false);
    let who = made["who_read"].as_array().unwrap();
    let of_ben = json!({"role": "second_reader", "qualification": "resident, <3 years"});
    assert_eq!(who.iter().filter(|one| one["known"] == of_ben && one["number"] == json!(1)).count(), 1, "{who:?}");
    assert_eq!(who.len(), 3);
    assert!(html.contains("<td>Second reader</td>") && html.contains("resident, &lt;3 years"));
    let pairs = made["readers"].as_array().unwrap();
    let of = |finding: &str| {
        let mut of_readers = pairs.iter().filter(|pair| pair["finding"] == finding);
        of_readers.find(|pair| pair["readers"] == json!([1, 3])).unwrap_or_else(|| panic!("{finding}: {made}"))
    };
    // Ada says of the third image in four nothing, and Ben never that there is no effusion: of three they differ in one.
    assert_eq!((&of("Effusion")["images"], &of("Effusion")["same"]), (&9.into(), &6.into()));
    assert!(html.contains("3 pairs of readers were compared") && !html.contains("Ben"), "with the one who labels here");
}

#[test]
fn what_is_calibrated_and_how_each_finding_falls_on_worse_pictures_is_told() {
    let (_project, core, [model, _]) = project();
    let request = ReportRequest { model, against: Vec::new(), to: "nowhere".into(), pictures: false };
    let report = core.evaluation_report(&request, &Compute::cpu(), &|_, _, _| true).unwrap().unwrap();
    let plain = report.html();
    assert!(plain.contains("Calibration of each finding") && !plain.contains("Before and after calibration"));
    assert!(plain.contains("use overread evaluate --robustness"), "how to fill the block");
    let figures = |log_loss| OutcomeFigures { log_loss: Some(log_loss), ..OutcomeFigures::default() };
    let effusion = FindingCalibration {
        finding: "Effusion".into(),
        images: 9,
        positives: 6,
        temperature: Some(FindingTemperature { finding: "Effusion".into(), temperature: 1.5, images: 8, positives: 5 }),
        own: figures(0.75),
        calibrated: Some(figures(0.5)),
        answers: None,
    };
    let seen = FindingsCalibration { images: 9, miss: Some(0.1), not_sure_images: Some(2), findings: vec![effusion] };
    let estimate = |value| Estimate { value: Some(value), interval: None, why: None };
    let point = |strength: f64, fall: f64| RobustPoint {
        strength,
        values: vec![RobustValue {
            figure: RobustFigure::MacroAuroc,
            value: estimate(0.9 - fall),
            drop: (strength > 0.0).then(|| estimate(fall)),
        }],
        findings: vec![RobustFinding {
            finding: "Effusion".into(),
            value: estimate(0.875 - fall),
            drop: (strength > 0.0).then(|| estimate(fall)),
        }],
    };
    let worse = Robustness {
        kind: Perturbation::Noise,
        split: Split::Test,
        images: 9,
        groups: 9,
        left_out: 0,
        draws: 0,
        seed: 1,
        finding: None,
        threshold: None,
        class_thresholds: Default::default(),
        points: vec![point(0.0, 0.0), point(0.1, 0.25)],
        made_ms: 0,
    };
    let report = report.with_findings_calibration(Some(seen)).with_robustness(vec![worse]);
    let html = report.html();
    for part in [
        "Before and after calibration",
        "Effusion: a temperature of 1.500, fitted on 8 validation images, 5 with it: so few that it may be far off by chance.",
        "0.750 → 0.500",
        "of 9 images the model is not sure of a finding on 2.",
        "AUROC, mean of findings",
        "<td>Effusion</td><td class=\"n\">sd 0.1</td><td class=\"v\">0.625</td><td class=\"v\">0.250</td>",
    ] {
        assert!(html.contains(part), "{part}");
    }
    let table = super::table::csv(&report);
    assert!(table.contains("new,test,Effusion,temperature,1.5,,,\n"), "{table}");
    assert!(table.contains("new,test,Effusion,log_loss_before,0.75,,,\n"));
    assert!(table.contains("new,test,Effusion,auroc_noise_at_0.1,0.625,,,\n"));
    assert!(table.contains("new,test,Effusion,fall_of_auroc_noise_at_0.1,0.25,,,\n"));
    let made = serde_json::to_value(&report).unwrap();
    assert_eq!(made["findings_calibration"]["findings"][0]["temperature"]["temperature"], 1.5);
}
