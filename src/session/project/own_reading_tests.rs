//! Reading without the model and the others: nothing of them is to be told from what is shown, and nothing is lost.

use crate::domain::{
    Architecture, AssignmentList, AssignmentPlan, Change, ClassList, DisplayState, ImageId, ImageKey, ModelId,
    Prediction, ReaderDescription, ReaderRole, ReadingMode, Reads, Rect, ShownPrediction, Split, Strata, Turn,
};
use crate::evaluation::influence as influence_of;
use crate::inference::Output;
use crate::nn::Compute;
use crate::session::importing::readings::Readings;
use crate::session::project::changed::Changed;
use crate::session::project::core::Core;
use crate::session::project::influence;
use crate::session::protocol::assignments::AssigningCommand;
use crate::session::protocol::audit::AuditRequest;
use crate::session::protocol::command::{Edit, ProjectCommand};
use crate::session::protocol::exports::ExportRequest;
use crate::session::protocol::many::ManyEdit;
use crate::session::protocol::query::{Is, Term, What};
use crate::session::protocol::queue::{Boxes, Filter, Review, Sort};
use crate::session::protocol::studies::StudyCommand;
use crate::session::protocol::task::Report;
use crate::session::protocol::view::{ProjectView, Recall};
use crate::session::test_project::{Small, add_model, annotate, send, small};

const IMAGES: usize = 12;

/// A project in which a model says one thing of each image or the other, and other readers too.
fn project(other: bool) -> (Small, Core, ModelId) {
    let project = small(IMAGES);
    let mut core = project.open();
    core.set_reader("ben").unwrap();
    let sign = if other { -1.0 } else { 1.0 };
    let said = |core: &Core, model: ModelId| -> Vec<Prediction> {
        let odds = |at: usize| sign * (at as f32 - 5.3) / 3.0;
        let one = |(at, image): (usize, &crate::domain::ImageRecord)| {
            let Output { logits, probabilities, boxes, .. } = Output::from_logits(vec![0.0, odds(at)]);
            Prediction { image: image.id, model, logits, probabilities, boxes }
        };
        core.images().iter().enumerate().map(one).collect()
    };
    let model = add_model(&mut core, if other { "second" } else { "first" }, Architecture::default(), None, 0);
    let predictions = said(&core, model);
    core.store.put_predictions(&predictions).unwrap();
    core.store.set_active("ben", Some(model)).unwrap();
    core.refresh(Changed::ActiveModel).unwrap();
    for (at, &image) in project.ids.iter().enumerate().take(8) {
        let class = usize::from(other) ^ (at % 2);
        send(&mut core, annotate(image, Edit::Label(Some(class)))).unwrap();
    }
    if other {
        send(&mut core, annotate(project.ids[3], Edit::Note("fracture of the scaphoid".into()))).unwrap();
        send(&mut core, annotate(project.ids[4], Edit::Flag(true))).unwrap();
        let rect = Rect { xmin: 1.0, ymin: 1.0, xmax: 5.0, ymax: 5.0 };
        send(&mut core, annotate(project.ids[5], Edit::DrawBox { class: 1, rect })).unwrap();
        // What one of them has that the other lacks: who signed what off is not to be seen either.
        send(&mut core, ProjectCommand::SignOff { images: project.ids[5..8].to_vec() }).unwrap();
        let description = ReaderDescription::new(ReaderRole::Adjudicator, "scaphoid specialist");
        send(&mut core, ProjectCommand::DescribeReader(description)).unwrap();
    }
    core.take_notices();
    (project, core, model)
}

fn mode(mode: ReadingMode) -> ProjectCommand {
    ProjectCommand::SetReadingMode { mode, everyone: false }
}

/// Everything that a window may paint, without where the project lies and without times of day.
fn shown(core: &mut Core) -> String {
    let dir = core.view().path.display().to_string();
    let notices = core.take_notices();
    let rows: Vec<_> = core.view().rows.iter().map(|row| format!("{row:?} {:?}", row.facts)).collect();
    let view = ProjectView { rows: Default::default(), ..core.view().clone() };
    let text = format!("{notices:?} {rows:?} {view:?} {:?} {:?}", core.active_model(), core.models());
    let text = text.replace(&dir, "DIR");
    // Times: of history lines, and milliseconds since 1970.
    let mut parts = text.split("time: \"");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
    }
    plain
        .split(|c: char| !c.is_ascii_digit())
        .filter(|digits| digits.len() == 13)
        .fold(plain.clone(), |text, time| text.replace(time, "TIME"))
}

fn terms(core: &Core) -> String {
    format!("{:?}", core.view().filter.terms)
}

/// What is done in a session of own readings, allowed or not.
fn commands(ids: &[ImageId], model: ModelId) -> Vec<ProjectCommand> {
    let by = |sort| ProjectCommand::SetSort(sort);
    let only = |filter| ProjectCommand::SetFilter(filter);
    let term = |what| Filter { terms: vec![Term { not: false, what }], ..Filter::default() };
    let rect = Rect { xmin: 2.0, ymin: 2.0, xmax: 6.0, ymax: 6.0 };
    let mut all = vec![ProjectCommand::LookAtPage(ids.to_vec())];
    all.extend(ids.iter().map(|image| ProjectCommand::Look { image: *image }));
    all.extend(
        [
            Sort::Uncertainty,
            Sort::Disagreement,
            Sort::NotSure,
            Sort::Class,
            Sort::Probability(1),
            Sort::Label,
            Sort::Time,
            Sort::Boxes,
            Sort::BestScore,
            Sort::Missed,
            Sort::WrongPlace,
            Sort::HeatOutside,
            Sort::Extra,
            Sort::Random(3),
            Sort::Import,
            Sort::Name,
        ]
        .map(by),
    );
    all.extend([
        only(Filter { disagreement: true, ..Filter::default() }),
        only(Filter { unsure: true, ..Filter::default() }),
        only(Filter { label: Some(1), ..Filter::default() }),
        only(Filter { flagged: true, ..Filter::default() }),
        only(Filter { review: Some(Review::Reviewed), ..Filter::default() }),
        only(Filter { boxes: Some(Boxes::Some), ..Filter::default() }),
        only(term(What::Reader("ben".into()))),
        only(term(What::Model(1))),
        only(term(What::Note("fracture".into()))),
        only(term(What::Is(Is::Signed))),
        only(term(What::Is(Is::SignedElsewhere))),
        only(Filter::default()),
    ]);
    all.extend([
        annotate(ids[0], Edit::Label(Some(1))),
        annotate(ids[3], Edit::Accept),
        annotate(ids[3], Edit::Replace),
        annotate(ids[3], Edit::Confirm),
        annotate(ids[5], Edit::DrawBox { class: 0, rect }),
        annotate(ids[6], Edit::NothingHere),
        annotate(ids[7], Edit::Note("mine".into())),
        ProjectCommand::AnnotateMany { images: ids[8..].to_vec(), edit: ManyEdit::Label(Some(0)) },
        ProjectCommand::AnnotateMany { images: ids.to_vec(), edit: ManyEdit::Accept { threshold: None } },
        ProjectCommand::DescribeReader(ReaderDescription::new(ReaderRole::Student, "my own")),
        ProjectCommand::Undo,
        ProjectCommand::Undo,
        ProjectCommand::Redo,
        ProjectCommand::Look { image: ids[3] },
        by(Sort::Time),
        ProjectCommand::Analyse,
        ProjectCommand::CountWork,
        ProjectCommand::SignOff { images: ids.to_vec() },
        ProjectCommand::Reopen { images: ids.to_vec(), reason: "why".into() },
        ProjectCommand::Audit(AuditRequest { count: 50, ..AuditRequest::default() }),
        ProjectCommand::VerifyLog,
        ProjectCommand::CompareReaders(Default::default()),
        ProjectCommand::Compare { candidate: model, active: None },
        ProjectCommand::RecallComparison,
        ProjectCommand::Promote(model),
        ProjectCommand::SetThreshold { model, threshold: Some(0.4) },
        ProjectCommand::MoveTo { images: ids[..2].to_vec(), split: Split::Test },
        ProjectCommand::Export(ExportRequest::table("labels.csv".into())),
        only(Filter { assigned: true, ..Filter::default() }),
        only(Filter::default()),
        ProjectCommand::Assigning(AssigningCommand::Plan(Box::default())),
        ProjectCommand::Assigning(AssigningCommand::Assign),
        ProjectCommand::Assigning(AssigningCommand::Count),
        ProjectCommand::Assigning(AssigningCommand::Set { digest: String::new(), state: None }),
        ProjectCommand::Study(StudyCommand::Begin { images: 3, seed: 1 }),
        ProjectCommand::Study(StudyCommand::End),
        ProjectCommand::Measure,
        ProjectCommand::SetReader("cleo".into()),
        ProjectCommand::SetReader("ann".into()),
    ]);
    all
}

#[test]
fn nothing_in_a_blind_session_tells_what_the_model_or_others_said() {
    let (one, mut first, model) = project(false);
    let (two, mut second, _) = project(true);
    assert_ne!(shown(&mut first), shown(&mut second), "assisted reading shows all of it");
    for core in [&mut first, &mut second] {
        // Everybody reads so, also who comes later.
        let everyone = true;
        send(core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone }).unwrap();
        send(core, ProjectCommand::SetReader("ann".into())).unwrap();
        assert_eq!(core.view().reading, ReadingMode::Blind);
        core.take_notices();
    }
    let same = |first: &mut Core, second: &mut Core, what: &str| {
        let (a, b) = (shown(first), shown(second));
        if a != b {
            let at = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            let around = |text: &str| text.get(at.saturating_sub(200)..(at + 100).min(text.len())).map(str::to_owned);
            panic!("{what}:\n{:?}\n{:?}", around(&a), around(&b));
        }
        // What a reader asks for is shown as it was typed.
        let asked = terms(first);
        for told in ["first", "second", "ben", "scaphoid"].into_iter().filter(|told| !asked.contains(told)) {
            let name = format!("\"{told}");
            assert!(!a.contains(&name), "{what} tells {told}: {:?}", a.split(&name).next().map(|t| t.len()));
        }
    };
    same(&mut first, &mut second, "at the start");
    assert_eq!((one.ids.len(), &one.ids), (IMAGES, &two.ids));
    for (a, b) in commands(&one.ids, model).into_iter().zip(commands(&two.ids, model)) {
        let what = format!("{a:?}");
        let said = [send(&mut first, a), send(&mut second, b)].map(|done| done.map_err(|error| error.to_string()));
        assert_eq!(said[0], said[1], "{what}");
        same(&mut first, &mut second, &what);
    }
    // What long work from before the session reports late is kept and not shown.
    for (core, odds) in [(&mut first, 3.0), (&mut second, -3.0)] {
        let Output { logits, probabilities, boxes, .. } = Output::from_logits(vec![0.0, odds]);
        let predictions = vec![Prediction { image: one.ids[3], model, logits, probabilities, boxes }];
        core.take(Report::Predicted { model, predictions, failed: Vec::new() }).unwrap();
    }
    same(&mut first, &mut second, "after a late prediction");
    assert!(!first.may_explain() && first.usable_models().is_empty());
    // Neither what is in force nor what the reader said is lost.
    let back = |core: &mut Core| {
        send(core, ProjectCommand::SetReader("ben".into())).unwrap();
        send(core, mode(ReadingMode::Assisted)).unwrap();
        assert_eq!(core.view().rows.iter().filter(|row| row.predicted.is_some()).count(), IMAGES);
        assert!(core.store.annotations().unwrap() == core.store.replay().unwrap());
        core.store.verify_chain().unwrap();
    };
    back(&mut first);
    back(&mut second);
    assert_eq!(second.annotations()[3].note, "fracture of the scaphoid");
    let words = Readings::of(&second.store().events(one.ids[8]).unwrap()).words;
    assert_eq!(words["ann"].label, Some(0), "also after undo and redo");
    assert!(!words.contains_key("ben"));
}

#[test]
fn a_committed_reading_reveals_its_image_and_both_readings_stay() {
    let (small, mut core, model) = project(true);
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    send(&mut core, mode(ReadingMode::Reveal)).unwrap();
    let [image, other] = [small.ids[1], small.ids[2]];
    let predicted = |core: &Core| core.view().rows.iter().filter(|row| row.predicted.is_some()).count();
    assert_eq!(predicted(&core), 0);
    let commit = |image| ProjectCommand::CommitReading { image, display: DisplayState::default() };
    send(&mut core, ProjectCommand::Look { image }).unwrap();
    assert!(!core.may_explain());
    let nothing = send(&mut core, commit(image)).unwrap_err().to_string();
    assert!(nothing.contains("nothing is said of this image yet"), "{nothing}");
    // A window that lags behind may believe that something was shown.
    let stale = Some(ShownPrediction {
        model,
        probabilities: vec![0.1, 0.9],
        boxes: Vec::new(),
        threshold: None,
        learned_from: None,
        planted: false,
    });
    core.annotate(image, &Edit::Label(Some(1)), stale.clone(), Some(DisplayState::default())).unwrap();
    send(&mut core, commit(image)).unwrap();
    assert!(core.may_explain());
    let detail = core.view().detail.clone().unwrap();
    assert!(detail.committed && detail.prediction.is_some() && detail.readers.words.len() == 2, "{detail:?}");
    assert!(detail.history.iter().any(|line| line.who == "ben"), "{:?}", detail.history);
    assert_eq!((predicted(&core), core.view().committed), (1, 1));
    core.annotate(image, &Edit::Label(Some(0)), stale, Some(DisplayState::default())).unwrap();
    assert!(send(&mut core, commit(image)).unwrap_err().to_string().contains("already"));
    // Another image tells nothing yet.
    send(&mut core, ProjectCommand::Look { image: other }).unwrap();
    let detail = core.view().detail.clone().unwrap();
    assert!(!detail.committed && detail.prediction.is_none() && detail.readers.words.is_empty());
    assert!(detail.history.is_empty() && !core.may_explain());
    // Both readings are in the log, with what was shown and for how long it was looked at.
    let events = core.store().own_events("ann", image).unwrap();
    let revealed: Vec<bool> =
        events.iter().map(|event| matches!(event.change, Change::Own { revealed: true, .. })).collect();
    assert_eq!(revealed, [false, false, true]);
    assert_eq!(events.iter().map(|event| event.shown.is_some()).collect::<Vec<_>>(), [false, true, true]);
    assert!(events.iter().all(|event| event.display.as_ref().is_some_and(|display| display.looked_ms.is_some())));
    let own = &Readings::of(&core.store().events(image).unwrap()).own["ann"];
    assert_eq!((own.committed.as_ref().unwrap().label, own.said.label), (Some(1), Some(0)));
    // What was committed is not taken back, and many images at once take nothing of the model's.
    assert_eq!(core.view().undo.as_deref(), Some("label of img1.png"));
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.view().undo, None);
    core.take_notices();
    send(&mut core, ProjectCommand::Undo).unwrap();
    assert_eq!(core.annotations()[1].label, Some(1), "the first reading stands");
    let why = core.take_notices().pop().unwrap().1;
    assert!(why.starts_with("Your reading of img1.png is committed"), "{why}");
    let edit = ManyEdit::Accept { threshold: None };
    send(&mut core, ProjectCommand::AnnotateMany { images: small.ids.clone(), edit }).unwrap();
    assert_eq!(core.annotations().iter().filter(|said| said.label.is_some()).count(), 1);
    let reviewed = |core: &Core| core.view().rows.iter().filter(|row| row.reviewed).count();
    send(&mut core, annotate(other, Edit::Label(Some(1)))).unwrap();
    assert_eq!(reviewed(&core), 1, "said is not committed");
    send(&mut core, ProjectCommand::Undo).unwrap();
    send(&mut core, annotate(image, Edit::Label(Some(0)))).unwrap();
    // It is so after opening again, and for nobody else.
    drop(core);
    let mut core = Core::open(&small.project).unwrap();
    core.enter_reading_mode().unwrap();
    assert_eq!((core.view().reading, core.view().reader.as_str()), (ReadingMode::Reveal, "ann"));
    assert_eq!((predicted(&core), core.view().committed), (1, 1));
    send(&mut core, ProjectCommand::SetReader("ben".into())).unwrap();
    assert_eq!((core.view().reading, predicted(&core)), (ReadingMode::Assisted, IMAGES));
    assert_eq!(core.annotations()[1].label, Some(0), "what is in force is as it was");
}

#[test]
fn what_own_readings_refer_to_stays_as_it_is() {
    let (small, mut core, _) = project(false);
    let classes = core.view().classes.clone();
    let three = ClassList::from_names(&["dark", "bright", "grey"], false).unwrap();
    send(&mut core, ProjectCommand::SetClasses(three)).unwrap();
    send(&mut core, mode(ReadingMode::Blind)).unwrap();
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(2)))).unwrap();
    send(&mut core, mode(ReadingMode::Assisted)).unwrap();
    let shorter = send(&mut core, ProjectCommand::SetClasses(classes.as_ref().clone())).unwrap_err().to_string();
    assert!(shorter.contains("\"grey\" is still given to images"), "{shorter}");
    let turned = ClassList::from_names(&["grey", "bright", "dark"], false).unwrap();
    let turned = send(&mut core, ProjectCommand::SetClasses(turned)).unwrap_err().to_string();
    assert!(turned.contains("cannot change places"), "{turned}");
    let why = core.plan_conversion(true).unwrap_err().to_string();
    assert!(why.contains("readings of their own"), "{why}");
}

#[test]
fn nobodys_words_are_shown_until_it_is_known_who_reads() {
    let (small, mut core, _) = project(true);
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    send(&mut core, mode(ReadingMode::Blind)).unwrap();
    send(&mut core, annotate(small.ids[0], Edit::Label(Some(1)))).unwrap();
    send(&mut core, ProjectCommand::SetReader("ben".into())).unwrap();
    drop(core);
    let mut core = Core::open(&small.project).unwrap();
    core.ask_for_reader();
    core.enter_reading_mode().unwrap();
    assert!(core.view().rows.iter().all(|row| row.label.is_none() && row.predicted.is_none()));
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    assert_eq!((core.view().reading, core.view().rows[0].label), (ReadingMode::Blind, Some(1)));
    send(&mut core, ProjectCommand::SetReader("ben".into())).unwrap();
    assert!(core.view().rows.iter().all(|row| row.predicted.is_some()), "Ben reads assisted");
    assert_eq!(core.view().recall, Recall::Wanted, "and what was hidden is looked for again");
}

#[test]
fn reading_blind_is_refused_while_a_run_goes_on_and_is_noted_in_the_log() {
    let (_small, mut core, _) = project(false);
    let work = core.apply(mode(ReadingMode::Blind), &Compute::cpu()).unwrap();
    assert!(work.is_empty());
    let decided: Vec<String> = core
        .store
        .decisions()
        .unwrap()
        .iter()
        .map(|event| crate::session::protocol::decisions::undo(&event.decision))
        .filter(|what| what.starts_with("reading mode"))
        .collect();
    assert_eq!(decided, ["reading mode: Blind"]);
    let undo = core.view().undo.clone();
    assert_eq!(undo, None, "neither that nor what was said before is taken back in a session of own readings");
}

#[test]
fn folders_that_are_called_as_classes_are_not_shown() {
    let (small, mut core, _) = project(false);
    send(&mut core, mode(ReadingMode::Blind)).unwrap();
    let refused = send(&mut core, ProjectCommand::SetSort(Sort::Import)).unwrap_err().to_string();
    assert!(refused.contains("the order of import"), "{refused}");
    send(&mut core, ProjectCommand::Look { image: small.ids[0] }).unwrap();
    let text = shown(&mut core);
    let folders = ["bright/", "dark/"].map(|folder| text.matches(folder).count());
    assert_eq!(folders, [0, 0], "{text}");
    send(&mut core, mode(ReadingMode::Assisted)).unwrap();
    assert!(shown(&mut core).contains("bright/"));
}

#[test]
fn what_the_reveal_did_to_a_reader_is_told_from_the_log() {
    // The model calls the first six images 0 and the others 1; Ben has said 0, 1, 0, 1 ... of the first eight.
    let (small, mut core, _) = project(false);
    send(&mut core, ProjectCommand::SetReader("ann".into())).unwrap();
    send(&mut core, mode(ReadingMode::Reveal)).unwrap();
    for (at, &image) in small.ids.iter().enumerate().take(9) {
        send(&mut core, ProjectCommand::Look { image }).unwrap();
        send(&mut core, annotate(image, Edit::Label(Some(1)))).unwrap();
        send(&mut core, ProjectCommand::CommitReading { image, display: DisplayState::default() }).unwrap();
        // Of the first four Ann takes the model's 0: rightly of the first and third.
        if at < 4 {
            send(&mut core, annotate(image, Edit::Label(Some(0)))).unwrap();
        }
    }
    let found = influence::of(core.store(), None, &|_, _| true).unwrap().unwrap();
    let [of_ann] = &found.readers[..] else { panic!("{found:?}") };
    let count = |part: influence_of::Part| (part.count, part.of);
    let all = &of_ann.all;
    assert_eq!((of_ann.reader.as_str(), of_ann.model.as_str(), all.answers), ("ann", "first", 9));
    assert_eq!((count(all.agreed_first), count(all.agreed_last)), ((3, 9), (7, 9)));
    assert_eq!((count(all.followed), count(all.left)), ((4, 6), (0, 3)));
    assert_eq!(
        (count(all.right_first), count(all.right_last), count(all.right_model)),
        ((4, 9), (4, 9), (4, 9)),
        "the ninth by its folder"
    );
    assert_eq!((count(all.gained), count(all.misled)), ((2, 3), (2, 3)));
    assert_eq!((count(all.overrides.overridden), all.truths.imported, all.truths.another_reader), ((2, 9), 1, 8));
    assert!(of_ann.over_time.is_empty() && found.made_of.without_answer == 0);
    assert_eq!((found.times.len(), found.times[0].curve.readings), (1, 9));
    assert_eq!(found.models.len(), 1);
}

#[test]
fn a_list_tells_a_blind_reader_nothing_of_why_an_image_is_in_it() {
    let worlds = [false, true].map(|other| {
        let (small, mut core, _) = project(false);
        let plan = AssignmentPlan {
            readers: vec!["ann".into(), "ben".into()],
            reads: Reads::Doubled(if other { 0 } else { 60 }),
            honeypots: if other { 4 } else { 0 },
            strata: if other { Strata::Uncertainty } else { Strata::None },
            ..AssignmentPlan::default()
        };
        let images: Vec<ImageKey> = core.images().iter().take(9).map(|one| ImageKey(one.sha256.clone(), 0)).collect();
        let turn = |at: u32| if other && at.is_multiple_of(2) { Turn::Honeypot } else { Turn::Plain };
        // Ben reads some of them too, or none.
        let bens = if other { Vec::new() } else { vec![(1, Turn::Plain), (2, Turn::Plain)] };
        let anns = [4, 0, 7, 1, 8, 2, 6, 3, 5].map(|at| (at, turn(at))).to_vec();
        core.store.assign("ben", &plan, &AssignmentList { images, orders: vec![anns, bens] }).unwrap();
        (small, core)
    });
    let [(one, mut first), (_two, mut second)] = worlds;
    for core in [&mut first, &mut second] {
        let everyone = true;
        send(core, ProjectCommand::SetReadingMode { mode: ReadingMode::Blind, everyone }).unwrap();
        send(core, ProjectCommand::SetReader("ann".into())).unwrap();
        assert!(core.view().filter.assigned);
        assert_eq!(core.view().queue.len(), 9);
        core.take_notices();
    }
    let ids = &one.ids;
    let mut steps = vec![ProjectCommand::Look { image: ids[4] }];
    for at in [4, 0, 7, 1, 8, 2, 6, 3, 5] {
        steps.push(annotate(ids[at], Edit::Label(Some(at % 2))));
        steps.push(ProjectCommand::Look { image: ids[at] });
    }
    steps.insert(5, ProjectCommand::Undo);
    steps.insert(6, ProjectCommand::Redo);
    steps.push(ProjectCommand::SetFilter(Filter::default()));
    steps.push(ProjectCommand::SetSort(Sort::Time));
    assert_eq!(shown(&mut first), shown(&mut second), "at the start");
    for step in steps {
        let said = [&mut first, &mut second].map(|core| send(core, step.clone()).map_err(|error| error.to_string()));
        assert_eq!(said[0], said[1], "{step:?}");
        assert_eq!(shown(&mut first), shown(&mut second), "{step:?}");
    }
    assert!(first.view().assigned.as_ref().unwrap().is_finished());
}
