//! What the report says of readers and models, and that it names nobody.

use super::*;
use crate::domain::AnswerKind;
use crate::domain::ModelId;
use crate::evaluation::box_influence::BoxFates;
use crate::evaluation::influence::{Reveal, Shown, TruthFrom, Truths, influence as reveals, overrides};
use crate::evaluation::learning_curve::learning_curve;
use crate::session::protocol::agreement::{Agreement, Assisted, BoxFatesOf, MadeOf, OfReader, ReaderRead, TimesOf};

fn agreement() -> Agreement {
    let truth = Some((0, TruthFrom::Adjudicated));
    let wrongly = Reveal { first: 0, last: 1, model: 1, truth };
    let of = |reader: &str, answers: &[Reveal]| OfReader {
        reader: reader.into(),
        model: "A & B".into(),
        version: ModelId(1),
        asked: AnswerKind::Boxes,
        readings: answers.len(),
        all: reveals(answers),
        boxes: Some(BoxFatesOf {
            before: BoxFates { kept: 3, moved: 17, ..BoxFates::default() },
            ..Default::default()
        }),
        over_time: Vec::new(),
    };
    let shown = [Shown { said: 0, model: 1, truth }, Shown { said: 1, model: 1, truth: None }];
    let assisted = Assisted {
        reader: "Dr Doe".into(),
        model: "A & B".into(),
        version: ModelId(1),
        asked: AnswerKind::Class,
        readings: 2,
        overrides: overrides(&shown),
        truths: Truths { adjudicated: 1, ..Truths::default() },
        boxes: None,
    };
    let times: Vec<u64> = (0..40).map(|at| 9000 - 100 * at).collect();
    let times = vec![TimesOf { reader: "Dr Smith".into(), curve: learning_curve(&times, 20) }];
    let made_of = MadeOf { images: 5, committed: 4, assisted: 2, without_answer: 3, ..MadeOf::default() };
    let read = |name: &str| ReaderRead { name: name.into(), imported: false, images: 4 };
    Agreement {
        readers: vec![read("Dr Doe"), read("Dr Smith")],
        influences: Influences {
            planted: Vec::new(),
            readers: vec![of("Dr Doe", &[wrongly; 3]), of("Dr Smith", &[wrongly]), of("Dr Gone", &[wrongly])],
            models: vec![of("", &[wrongly; 5])],
            assisted: vec![assisted],
            made_of,
            times,
        },
        ..Agreement::default()
    }
}

#[test]
fn what_models_did_to_the_readers_is_told_without_names() {
    let [report, _] = super::tests::reports();
    assert!(report.html().contains("No image of this split was read with a model"));
    let report = EvaluationReport { influence: influence::numbered(&agreement()), ..report };
    let html = report.html();
    assert!(html.contains("DECIDE-AI 11, 12, 14") && html.contains("doi 10.1038/s41591-022-01772-9"));
    let [_, block] = html.split("id=\"influence\"").collect::<Vec<_>>()[..] else { panic!("one such block") };
    let block = block.split("<h2").next().unwrap();
    for name in ["Dr Doe", "Dr Smith", "Dr Gone"] {
        assert!(!html.contains(name), "{name}");
    }
    for told in [
        "reader 1",
        "reader 2",
        // Who is in no list of readers any more.
        "reader 3",
        "3 of 3 (0.439 to 1.000)",
        "1 of 1 (0.207 to 1.000)",
        "1 adjudicated",
        "<td class=\"n\">17</td>",
        "1 to 20",
        "-1.000",
        "Made of 4 committed readings and 2 readings with a model on screen, of 5 images of this split",
        "3 readings: committed and not counted",
    ] {
        assert!(block.contains(told), "{told}: {block}");
    }
    let csv = table::csv(&report);
    assert!(
        csv.contains("A & B,test,,misled (all),1,") && csv.contains("overridden_on_screen (reader 1),0.5,"),
        "{csv}"
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        (&json["influence"]["readers"][1]["reader"], &json["influence"]["made_of"]["committed"]),
        (&"reader 2".into(), &4.into())
    );
}
