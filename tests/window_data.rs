//! What the Data screen sends when it is used by what a screen reader calls its parts.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use overread::domain::{ImageId, Split};
use overread::session::fixture::Bench;
use overread::session::{
    ClassLooks, Command, DataState, Invalidated, Notice, NoticeKind, ProjectCommand, SplitLine, Workbench,
};
use overread::ui::{App, Screen};
use std::sync::Arc;

/// The window on the Data screen.
fn data(bench: &Bench) -> Harness<'static, App> {
    let bench = bench.clone();
    let mut harness =
        Harness::builder().with_size([1280.0, 800.0]).build_eframe(move |cc| App::new(&cc.egui_ctx, Box::new(bench)));
    harness.run();
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::Num2);
    harness.run();
    harness
}

fn part(harness: &mut Harness<'_, App>, name: &str) {
    harness
        .get_by(|node| node.role() == Role::RadioButton && node.label().is_some_and(|l| l.starts_with(name)))
        .click();
    harness.run();
}

/// Also below the visible part of the screen.
fn press(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click_accesskit();
    harness.run();
}

fn ids(numbers: &[i64]) -> Vec<ImageId> {
    numbers.iter().map(|n| ImageId(*n)).collect()
}

#[test]
fn the_data_are_looked_through_once_and_again_only_after_a_change() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    harness.run();
    let asked = |bench: &Bench| {
        bench.take_commands().iter().filter(|c| **c == Command::Project(ProjectCommand::Analyse)).count()
    };
    assert_eq!(asked(&bench), 1);
    harness.run();
    assert_eq!(asked(&bench), 0);
    bench.edit_project(|p| p.data.state = DataState::Ended("it was cancelled".into()));
    harness.run();
    assert_eq!(asked(&bench), 0, "what somebody cancelled does not begin again by itself");
    press(&mut harness, "Look through the data");
    assert_eq!(asked(&bench), 1);
}

#[test]
fn a_shortcut_is_said_and_a_value_opens_as_a_queue() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    assert!(
        harness.query_by(|n| n.value().is_some_and(|v| v.starts_with("Colour mode alone tells the class"))).is_some()
    );
    press(&mut harness, "view LL: 20 images");
    assert_eq!(harness.state().screen(), Screen::Review);
    let view = bench.view();
    let project = view.project.as_ref().unwrap();
    assert_eq!(project.filter.only.as_ref().unwrap().title, "view: LL");
    assert_eq!(project.queue.len(), 20);
}

#[test]
fn a_project_about_boxes_counts_images_with_and_without_them() {
    let bench = Bench::boxes();
    let mut harness = data(&bench);
    let view = bench.view();
    let project = view.project.as_ref().unwrap();
    // Two of three images are known: on the first of them two lungs are drawn, on the second nothing.
    assert_eq!((project.counts.with_boxes, project.counts.without_boxes), (20, 20));
    let analysis = project.data.analysis.clone().unwrap();
    let totals: Vec<usize> = analysis.splits.iter().map(|row| row.iter().sum()).collect();
    assert_eq!(totals, [20, 20, 40], "each lung is on twenty images, none on forty");
    let bar = |start: &str| harness.query_by(|n| n.value().is_some_and(|said| said.starts_with(start))).is_some();
    assert!(bar("Left lung: train") && bar("No box: train"));
    harness
        .get_by(|n| n.role() == Role::Button && n.label().is_some_and(|label| label.contains("Not assessed")))
        .click_accesskit();
    harness.run();
    let project = bench.view().project.clone().unwrap();
    assert_eq!((harness.state().screen(), project.queue.len()), (Screen::Review, 20));
}

#[test]
fn every_problem_opens_in_review_and_is_mended_with_one_press() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    part(&mut harness, "Problems");
    press(&mut harness, "Keep one of set 1 of exact duplicates");
    assert!(
        !bench.take_commands().iter().any(|c| matches!(c, Command::Project(ProjectCommand::KeepOne(_)))),
        "unasked"
    );
    assert!(harness.query_by_label_contains(" is kept: ").is_some());
    assert!(harness.query_by_label_contains(" is left out: it loses").is_some());
    press(&mut harness, "Keep one, leave the others out");
    assert!(
        !bench.take_commands().iter().any(|c| matches!(c, Command::Project(ProjectCommand::KeepOne(_)))),
        "one of them is a test image"
    );
    press(&mut harness, "Change them");
    assert_eq!(bench.take_commands().pop(), Some(Command::Project(ProjectCommand::KeepOne(vec![ids(&[8, 34])]))));
    press(&mut harness, "Move set 1 of duplicates across splits to one split");
    assert_eq!(bench.take_commands().pop(), Some(Command::Project(ProjectCommand::MoveTogether(vec![ids(&[8, 34])]))));
    press(&mut harness, "Review all duplicates with different labels");
    let Some(Command::Project(ProjectCommand::SetFilter(filter))) =
        bench.take_commands().into_iter().rfind(|c| !matches!(c, Command::Project(ProjectCommand::Look { .. })))
    else {
        panic!("no filter")
    };
    assert_eq!(*filter.only.unwrap().images, ids(&[8, 34]));
    assert_eq!(harness.state().screen(), Screen::Review);
}

#[test]
fn what_imports_left_to_decide_is_said_and_its_images_open() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    bench.edit_project(|p| {
        let found = (**p.data.analysis.as_ref().unwrap()).clone();
        let said_at_import = vec!["a.png and b.png are the same picture in two classes".to_owned()];
        p.data.analysis = Some(Arc::new(overread::session::Analysis { said_at_import, ..found }));
        Arc::make_mut(&mut p.rows)[4].label = None;
    });
    part(&mut harness, "Problems");
    assert!(harness.query_by(|n| n.value().is_some_and(|v| v.starts_with("a.png and b.png"))).is_some());
    press(&mut harness, "Review images without a label");
    assert_eq!(*bench.view().project.as_ref().unwrap().filter.only.clone().unwrap().images, ids(&[5]));
}

#[test]
fn a_division_is_shown_with_what_it_invalidates_before_it_is_applied() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    part(&mut harness, "Splits");
    press(&mut harness, "Show what would move");
    let Some(Command::Project(ProjectCommand::PlanSplit(options))) = bench.take_commands().pop() else {
        panic!("nothing was asked for")
    };
    assert!(options.freeze_test && options.group.is_none());
    let mut plan = (*bench.view().project.as_ref().unwrap().data.plan.clone().unwrap()).clone();
    assert!(plan.moves.iter().all(|m| m.from != Split::Test), "the test split is left as it is");
    let model = bench.view().project.as_ref().unwrap().models[0].record.id;
    plan.invalidated = vec![Invalidated { id: model, model: "small-cnn-3".into(), images: 4 }];
    let line = SplitLine {
        time: "10:42".into(),
        who: "ada".into(),
        what: "by hand".into(),
        moved: 3,
        undoable: true,
        touches_test: false,
        mine: true,
    };
    bench.edit_project(|p| {
        p.data.plan = Some(Arc::new(plan));
        p.data.history = Arc::new(vec![line]);
    });
    harness.run();
    let warned = |n: &egui_kittest::kittest::AccessKitNode<'_>| {
        n.value().is_some_and(|v| v.starts_with("small-cnn-3 was trained or tuned on 4 images"))
    };
    assert!(harness.query_by(warned).is_some());
    press(&mut harness, "Apply the division");
    assert!(
        !bench.take_commands().contains(&Command::Project(ProjectCommand::ApplySplit)),
        "the test split would change"
    );
    press(&mut harness, "Change them");
    assert_eq!(bench.take_commands().pop(), Some(Command::Project(ProjectCommand::ApplySplit)));
    press(&mut harness, "Undo the last change of the splits");
    assert_eq!(bench.take_commands().pop(), Some(Command::Project(ProjectCommand::UndoSplit)));
}

#[test]
fn the_queue_is_narrowed_by_attributes() {
    let bench = Bench::project();
    bench.send(Command::Project(ProjectCommand::Analyse));
    let mut harness = data(&bench);
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, Key::Num1);
    harness.run();
    for (value, images, title) in
        [("LL  (20)", 20, "view: LL"), ("greyscale  (30)", 11, "view: LL, colour mode: greyscale")]
    {
        press(&mut harness, "More filters");
        harness.get_by_role_and_label(Role::MenuItem, value).click_accesskit();
        harness.run();
        let only = bench.view().project.as_ref().unwrap().filter.only.clone().unwrap();
        assert_eq!((only.title.as_str(), only.images.len()), (title, images));
    }
}

#[test]
fn a_conversion_says_first_what_changes_and_what_is_lost_and_is_taken_back_by_its_message() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    part(&mut harness, "Classes");
    assert!(harness.query_by_label("One class.").is_some());
    press(&mut harness, "Convert to several findings an image…");
    let plan = |findings| Command::Project(ProjectCommand::PlanConversion { findings });
    assert!(bench.take_commands().contains(&plan(true)));
    assert!(harness.query_by_label_contains("converted; findings: Fractured, Non_fractured").is_some());
    assert!(harness.query_by_label("Nothing is lost by it.").is_some());
    assert!(harness.query_by_label_contains("3 models trained before answer in the way of before").is_some());
    press(&mut harness, "Leave the images as they are");
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::DismissConversion)]);
    assert!(harness.query_by_label_contains("converted").is_none());

    press(&mut harness, "Convert to several findings an image…");
    press(&mut harness, "Convert: several findings an image");
    // Test images are among them, which is asked about once.
    press(&mut harness, "Change them");
    assert!(bench.take_commands().contains(&Command::Project(ProjectCommand::Convert)));
    assert!(bench.view().project.as_ref().unwrap().classes.findings);
    press(&mut harness, "Undo the conversion to several findings an image");
    assert!(bench.take_commands().contains(&Command::Project(ProjectCommand::Undo)));
}

#[test]
fn what_one_class_cannot_say_is_lost_only_where_that_was_read_and_a_refusal_is_said() {
    let bench = Bench::findings();
    let mut harness = data(&bench);
    part(&mut harness, "Classes");
    press(&mut harness, "Convert to one class an image…");
    let lost =
        "Lost: 15 images have an uncertain finding, for which one class has no word; they are left without a class.";
    assert!(harness.query_by_label(lost).is_some());
    assert!(harness.query_by_label("Nothing is lost by it.").is_none());
    assert!(harness.query_by_label_contains("The class No Finding is added").is_some());
    press(&mut harness, "Convert, and lose what is named: one class an image");
    press(&mut harness, "Change them");
    assert!(!bench.view().project.as_ref().unwrap().classes.findings);

    // Of boxes nothing is said anew, and so there is nothing to undo.
    let boxes = Bench::boxes();
    let mut of_boxes = data(&boxes);
    part(&mut of_boxes, "Classes");
    press(&mut of_boxes, "Convert to several findings an image…");
    assert!(of_boxes.query_by_label_contains("to go back, convert it the other way").is_some());

    bench.edit_project(|p| p.data.conversion = Some(Err("an image has one class in this project already".into())));
    harness.run();
    assert!(harness.query_by_label_contains("It stays as it is: an image has one class").is_some());
    bench.edit_project(|p| (p.data.conversion, p.read_only) = (None, Some("open in another window".into())));
    harness.run();
    assert!(harness.get_by_label("Convert to several findings an image…").accesskit_node().is_disabled());
}

#[test]
fn a_word_on_what_was_undone_stays_while_the_data_are_looked_through() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    let text = "Undid: the conversion to one class an image".to_owned();
    let (id, kind) = (9, NoticeKind::Passing);
    bench.edit(|view| view.notices.push(Notice { id, kind, text, offer: None, of_project: true }));
    bench.edit_project(|p| p.data.state = DataState::Wanted);
    harness.run();
    let sent = bench.take_commands();
    assert!(sent.contains(&Command::Project(ProjectCommand::Analyse)), "{sent:?}");
    assert!(harness.query_by_label_contains("Undid: the conversion").is_some(), "{sent:?}");
}

#[test]
fn a_class_is_merged_after_a_question_with_its_count_and_the_work_is_counted() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    assert!(harness.query_by(|n| n.value().is_some_and(|said| said.contains(" left of 60 images"))).is_some());
    part(&mut harness, "Classes");
    let project = bench.view().project.clone().unwrap();
    let names = project.classes.names();
    press(&mut harness, &format!("Merge or empty {}", names[0]));
    harness.get_by_label(&format!("Merge into {}", names[1])).click_accesskit();
    harness.run();
    bench.take_commands();
    let count = project.rows.iter().filter(|row| row.label == Some(0)).count();
    let said = format!("{count} images of {}, and its boxes, become {}", names[0], names[1]);
    assert!(harness.query_by(|n| n.value().is_some_and(|text| text.starts_with(&said))).is_some());
    press(&mut harness, "Merge them");
    let sent = bench.take_commands();
    let merge = Command::Project(ProjectCommand::EmptyClass { class: 0, into: Some(1) });
    // Test images are among them, which is asked about once more.
    assert!(!sent.contains(&merge));
    press(&mut harness, "Change them");
    assert!(bench.take_commands().contains(&merge));
}

/// What was sent of how classes are shown, the last.
fn looks(bench: &Bench) -> Option<ClassLooks> {
    bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::SetClassLooks(looks)) => Some(looks),
        _ => None,
    })
}

#[test]
fn classes_are_put_in_another_order_by_a_step_and_by_dragging() {
    let bench = Bench::findings();
    let mut harness = data(&bench);
    part(&mut harness, "Classes");
    let names = bench.view().project.clone().unwrap().classes.names();
    let count = names.len();
    assert!(harness.get_by_label(&format!("Move {} up", names[0])).accesskit_node().is_disabled());
    press(&mut harness, &format!("Move {} up", names[1]));
    let sent = looks(&bench).unwrap();
    assert_eq!(sent.order(count)[..2], [1, 0]);
    let top = |harness: &Harness<'_, App>, name: &str| harness.get_by_label(name).rect().top();
    let [first, second] = [1, 0].map(|place| format!("Move {} down", names[place]));
    assert!(top(&harness, &first) < top(&harness, &second), "it is shown there at once");
    // Dragged back, by its handle onto the line below.
    let from = harness.get_by_label(&format!("Drag {} to another place", names[1])).rect().center();
    let to = harness.get_by_label(&format!("Drag {} to another place", names[0])).rect().center();
    carry(&mut harness, from, to);
    assert_eq!(looks(&bench).unwrap().order(count)[..2], [0, 1]);
    // Let go below the last line it is the last.
    let from = harness.get_by_label(&format!("Drag {} to another place", names[0])).rect().center();
    let to = harness.get_by_label("Add a class").rect().center();
    carry(&mut harness, from, to);
    assert_eq!(looks(&bench).unwrap().order(count).last(), Some(&0));
}

/// Presses at one place, moves to the other and lets go.
fn carry(harness: &mut Harness<'_, App>, from: egui::Pos2, to: egui::Pos2) {
    let at = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.event(egui::Event::PointerMoved(from));
    harness.event(at(from, true));
    harness.step();
    for share in [0.5, 1.0] {
        harness.event(egui::Event::PointerMoved(from + (to - from) * share));
        harness.step();
    }
    harness.event(at(to, false));
    // What is said over the handle fades away.
    harness.run_steps(8);
}

#[test]
fn the_example_of_a_class_stands_in_its_line_and_can_be_taken_away() {
    let bench = Bench::project();
    let name = bench.view().project.clone().unwrap().classes.name(0);
    let shown = |harness: &Harness<'_, App>| harness.query_by_label(&format!("Example of {name}")).is_some();
    bench.edit_project(|project| {
        let image = project.rows[2].id;
        project.class_looks = Arc::new(project.class_looks.with_example(0, Some(image)));
    });
    let mut harness = data(&bench);
    part(&mut harness, "Classes");
    assert!(shown(&harness));
    press(&mut harness, &format!("No example of {name}"));
    assert_eq!(looks(&bench).unwrap().example(0), None);
    assert!(!shown(&harness));
    bench.edit_project(|project| {
        let row = &mut Arc::make_mut(&mut project.rows)[3];
        row.missing = true;
        project.class_looks = Arc::new(project.class_looks.with_example(0, Some(row.id)));
    });
    harness.run();
    assert!(!shown(&harness), "its file is gone: no example, and no error");
}

#[test]
fn the_log_is_listed_narrowed_and_verified_and_a_press_opens_the_image() {
    let bench = Bench::project();
    let mut harness = data(&bench);
    part(&mut harness, "Audit");
    harness.run();
    let audits = |bench: &Bench| {
        let sent = bench.take_commands().into_iter();
        sent.filter_map(|command| match command {
            Command::Project(ProjectCommand::Audit(request)) => Some(request.filter.image),
            _ => None,
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(audits(&bench), [""], "it is looked through once");
    let says = |harness: &Harness<'_, App>, text: &str| {
        harness.query_by(|n| n.value().is_some_and(|v| v.starts_with(text))).is_some()
    };
    let rows = bench.view().project.as_ref().unwrap().rows.clone();
    assert!(says(&harness, &format!("{0} of {0} events. Labels {0}", rows.len())));
    assert!(says(&harness, "Not verified since"));
    press(&mut harness, "Verify the log");
    assert!(says(&harness, "Log verified up to event 4."));

    let last = rows.last().unwrap();
    let field = harness.get_by_role_and_label(Role::TextInput, "Image of the events");
    field.click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Image of the events").type_text(last.short_name());
    harness.run();
    harness.run();
    assert_eq!(audits(&bench), [last.short_name()]);
    assert!(says(&harness, &format!("1 of {} events.", rows.len())));
    let line = format!("2026-01-31 10:42:07, A, {}, none -> Fractured", last.short_name());
    press(&mut harness, &line);
    assert_eq!(harness.state().screen(), Screen::Review);
    assert_eq!(bench.view().project.as_ref().unwrap().detail.as_ref().unwrap().image, last.id);
}
