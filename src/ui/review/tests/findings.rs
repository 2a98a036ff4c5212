//! Findings: keys and signs that say what is there, taking the model's answer, the heat map of each, filters and orders.

use super::*;
use crate::domain::Presence::{self, Absent, Present, Uncertain};
use crate::domain::{Findings, Split};
use crate::session::OfFindings;

/// The first image of the queue of which nothing, all, or a part is said.
fn with(bench: &Bench, wanted: impl Fn(&Findings) -> bool) -> ImageId {
    let project = project(bench);
    let known = |row: &crate::session::ImageRow| row.findings.as_ref().unwrap().known();
    let rows = project.queue.iter().map(|&row| &project.rows[row as usize]);
    rows.filter(|row| row.split != Split::Test).find(|row| wanted(&known(row))).expect("the bench has one").id
}

/// The screen with an image of which nothing is said.
fn at_untouched(bench: &Bench) -> (Driver, ImageId) {
    let image = with(bench, Findings::is_empty);
    let mut driver = open(bench);
    show(&mut driver, image);
    (driver, image)
}

fn show(driver: &mut Driver, image: ImageId) {
    let watched = driver.state().watched.clone();
    let view = watched.view();
    driver.state_mut().act(ReviewAction::Show(image), &view);
    driver.run();
    watched.bench.take_commands();
}

fn said(bench: &Bench) -> Vec<(usize, Presence)> {
    project(bench).detail.as_ref().unwrap().annotation.findings.iter().collect()
}

fn is_on(driver: &Driver, name: &str) -> bool {
    driver.get_by_role_and_label(Role::RadioButton, name).accesskit_node().toggled()
        == Some(egui::accesskit::Toggled::True)
}

/// Shift with a digit as a keyboard sends it: another sign, and the place of the digit.
fn shift_digit(types: Key, place: Key) -> [Event; 2] {
    let (key, physical_key, modifiers) = (types, Some(place), Modifiers::SHIFT);
    [true, false].map(|pressed| Event::Key { key, physical_key, pressed, repeat: false, modifiers })
}

#[test]
fn a_digit_says_that_a_finding_is_present_and_again_that_it_is_absent_and_the_image_stays() {
    let bench = Bench::findings();
    let (mut driver, image) = at_untouched(&bench);
    assert!(is_on(&driver, "Mass: not assessed"));
    for (presence, name) in [(Present, "Mass: present"), (Absent, "Mass: absent"), (Present, "Mass: present")] {
        driver.key_press(Key::Num2);
        driver.run();
        let edit = Edit::Finding { finding: 1, presence: Some(presence) };
        assert_eq!(annotations(&bench), [(image, edit)]);
        assert!(is_on(&driver, name), "{name}");
    }
    assert_eq!(driver.state().state.selected(), Some(image));
    driver.get_by_label("Effusion: absent").click();
    driver.run();
    assert_eq!(said(&bench), [(0, Absent), (1, Present)]);
    driver.key_press(Key::Num9);
    driver.run();
    assert_eq!(said(&bench).len(), 2, "there is no ninth finding");
}

#[test]
fn shift_with_the_place_of_a_digit_says_uncertain_and_again_nothing() {
    let bench = Bench::findings();
    let (mut driver, image) = at_untouched(&bench);
    // What Shift 3 types differs between keyboards; some send the digit itself.
    for (types, presence) in [(Key::Slash, Some(Uncertain)), (Key::Num3, None), (Key::Num3, Some(Uncertain))] {
        at_once(&mut driver, shift_digit(types, Key::Num3));
        assert_eq!(annotations(&bench), [(image, Edit::Finding { finding: 2, presence })]);
    }
    assert!(is_on(&driver, "Nodule: uncertain"));
}

#[test]
fn enter_takes_the_model_s_word_where_nobody_said_anything_and_undo_takes_it_back() {
    let bench = Bench::findings();
    let image = with(&bench, |known| known.len() == 2);
    let mut driver = open(&bench);
    show(&mut driver, image);
    let before = said(&bench);
    driver.get_by_label_contains("Nobody has said anything of Nodule yet. Enter takes what the model says there.");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Accept)]);
    assert_ne!(driver.state().state.selected(), Some(image), "on to the next");
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    driver.run();
    assert_eq!((driver.state().state.selected(), said(&bench)), (Some(image), before.clone()));
    driver.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    driver.run();
    show(&mut driver, image);
    assert_eq!(said(&bench)[..2], before);
    assert_eq!(said(&bench).len(), 3);
    driver.get_by_label("Reviewed.");
}

#[test]
fn enter_leaves_open_what_the_model_is_not_sure_of_and_says_so() {
    let bench = Bench::findings();
    let image = with(&bench, Findings::is_empty);
    let unsure_of = |least: [Option<f64>; 3]| bench.edit_project(|p| p.finding_rules = Some(Arc::new(least.to_vec())));
    unsure_of([None, Some(0.0), None]);
    let mut driver = open(&bench);
    show(&mut driver, image);
    driver.get_by_label_contains("The model is not sure of Mass.");
    driver.get_by_label_contains(", leave Mass open and next");
    driver.get_by_label_contains("Enter takes what the model says, and leaves Mass open, of which it is not sure.");
    driver.state_mut().state.stay = true;
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Accept)]);
    assert_eq!(said(&bench).iter().map(|(finding, _)| *finding).collect::<Vec<_>>(), [0, 2]);
    driver.get_by_label("Reviewed. Of 1 finding nothing is said.");

    unsure_of([Some(0.0); 3]);
    let image = with(&bench, Findings::is_empty);
    show(&mut driver, image);
    driver.get_by_label_contains("There is nothing to accept: the model is not sure of any finding.");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), []);
}

#[test]
fn enter_confirms_what_an_import_said_of_all_and_the_model_s_answer_has_a_button_of_its_own() {
    let bench = Bench::findings();
    let image = with(&bench, |known| known.iter().eq([(0, Present), (1, Absent), (2, Absent)]));
    let row = |bench: &Bench| project(bench).rows.iter().find(|row| row.id == image).cloned().unwrap();
    bench.edit_project(|p| {
        let finding = |p: f32, known| crate::session::RowFinding {
            known: Some(known),
            answered: Some(p >= 0.5),
            probability: p,
            unsure: false,
        };
        let row = Arc::make_mut(&mut p.rows).iter_mut().find(|row| row.id == image).unwrap();
        row.findings = Some(crate::session::RowFindings::new(
            [finding(0.8, Present), finding(0.1, Absent), finding(0.9, Absent)],
            false,
        ));
    });
    assert!(row(&bench).disagrees());
    let mut driver = open(&bench);
    driver.state_mut().state.stay = true;
    show(&mut driver, image);
    bench.edit_project(|p| {
        let detail = p.detail.as_mut().map(Arc::make_mut).unwrap();
        detail.prediction.as_mut().unwrap().probabilities = vec![0.8, 0.1, 0.9];
    });
    driver.run();
    driver.get_by_label_contains("The model says Effusion, Nodule; the import says Effusion.");
    driver.get_by_label("Take the model's: Effusion, Nodule");
    driver.get_by_label("Confirm Effusion");
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Confirm)]);
    assert!(row(&bench).reviewed);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::T);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Replace)]);
    assert_eq!(said(&bench), [(0, Present), (1, Present), (2, Absent)], "the answer of the bench's own model");
}

#[test]
fn e_says_that_there_is_no_finding_and_backspace_takes_all_of_it_back() {
    let bench = Bench::findings();
    let (mut driver, image) = at_untouched(&bench);
    driver.key_press(Key::E);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::NothingHere)]);
    show(&mut driver, image);
    assert_eq!(said(&bench), [(0, Absent), (1, Absent), (2, Absent)]);
    driver.get_by_label_contains("you say no finding");
    driver.key_press(Key::Backspace);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Label(None))]);
    assert_eq!((driver.state().state.selected(), said(&bench)), (Some(image), vec![]));
}

#[test]
fn a_row_shows_the_probability_with_its_own_threshold_and_leads_to_its_heat_map() {
    let bench = Bench::findings();
    let (mut driver, image) = at_untouched(&bench);
    let p = project(&bench).detail.as_ref().unwrap().prediction.as_ref().unwrap().probabilities[1];
    driver.get_by_label(&format!("Mass {p:.2}, present from 0.30 on")).click();
    driver.run();
    let asked = driver.state().watched.heats.lock().unwrap().clone();
    let of = asked.iter().map(|map| (map.image, map.explained)).collect::<Vec<_>>();
    assert_eq!(of, [(image, Explained::Class(1))]);
    driver.key_press_modifiers(Modifiers::SHIFT, Key::G);
    driver.run();
    let asked = driver.state().watched.heats.lock().unwrap().clone();
    assert_eq!(asked[0].explained, Explained::Class(2));
}

#[test]
fn digits_are_about_boxes_while_one_is_drawn_or_chosen() {
    let bench = Bench::findings();
    let (mut driver, image) = at_untouched(&bench);
    driver.key_press(Key::B);
    driver.run();
    driver.key_press(Key::Num2);
    driver.run();
    assert_eq!(annotations(&bench), [], "the class of boxes to be drawn");
    let at = on_screen(&driver, [200.0, 200.0]);
    drag(&mut driver, PointerButton::Primary, at, at + vec2(60.0, 60.0));
    let drawn = annotations(&bench);
    let [(_, Edit::DrawBox { class: 1, .. })] = drawn.as_slice() else { panic!("{drawn:?}") };
    assert!(is_on(&driver, "Mass: present"), "a box says that its finding is present");
    driver.key_press(Key::B);
    driver.run();
    driver.key_press(Key::Num3);
    driver.run();
    let changed = annotations(&bench);
    let [(_, Edit::ChangeBox { class: 2, .. })] = changed.as_slice() else { panic!("{changed:?}") };
    driver.key_press(Key::Escape);
    driver.run();
    driver.key_press(Key::Num1);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Finding { finding: 0, presence: Some(Present) })]);
}

#[test]
fn the_queue_is_narrowed_by_finding_and_ordered_by_the_model_s_probability_of_one() {
    let bench = Bench::findings();
    let mut driver = open(&bench);
    let count = |bench: &Bench, finding, presence: Option<Presence>| {
        project(bench).rows.iter().filter(|r| r.findings.as_ref().unwrap().get(finding).known == presence).count()
    };
    let effusions = count(&bench, 0, Some(Present));
    assert_eq!(effusions, 30);
    driver.get_by_label(&format!("Effusion {effusions}")).click();
    driver.run();
    assert_eq!(project(&bench).queue.len(), effusions);
    driver.get_by_label("More filters").click();
    driver.run();
    driver.get_by_label("Perhaps Mass").click_accesskit();
    driver.run();
    let perhaps = OfFindings::Said { finding: 1, presence: Some(Uncertain) };
    assert_eq!(project(&bench).filter.findings, Some(perhaps));
    assert_eq!(project(&bench).queue.len(), count(&bench, 1, Some(Uncertain)));
    driver.key_press(Key::Escape);
    driver.run();
    driver.get_by_label("Order of the queue").click();
    driver.run();
    driver.get_by_label("Nodule first").click();
    driver.run();
    assert!(bench.take_commands().contains(&Command::Project(ProjectCommand::SetSort(Sort::Finding(2)))));
    let nodules: Vec<f32> = {
        let project = project(&bench);
        project
            .queue
            .iter()
            .map(|&row| project.rows[row as usize].findings.as_ref().unwrap().get(2).probability)
            .collect()
    };
    assert!(nodules.is_sorted_by(|a, b| a >= b), "{nodules:?}");
    driver.key_press(Key::S);
    driver.run();
    assert_eq!(project(&bench).sort, Sort::Name, "the next of the orders that the key goes through");
}

#[test]
fn without_a_model_findings_are_said_all_the_same() {
    let bench = Bench::findings();
    bench.edit_project(|p| (p.active, p.finding_thresholds) = (None, None));
    let (mut driver, image) = at_untouched(&bench);
    driver.get_by_label_contains("There is nothing to confirm: say of a finding whether it is present");
    driver.key_press(Key::Enter);
    driver.key_press(Key::Num1);
    driver.run();
    assert_eq!(annotations(&bench), [(image, Edit::Finding { finding: 0, presence: Some(Present) })]);
    driver.get_by_label("Reviewed. Of 2 findings nothing is said.");
    assert!(driver.query_by_label_contains("present from").is_none(), "there is no bar");
}

#[test]
fn a_read_only_project_says_nothing_of_findings() {
    let bench = Bench::findings();
    bench.edit_project(|p| p.read_only = Some("B has it open on host ward-3".into()));
    let (mut driver, _) = at_untouched(&bench);
    for name in ["Effusion: present", "No finding"] {
        assert!(driver.get_by_label(name).accesskit_node().is_disabled(), "{name} can be pressed");
    }
    driver.key_press(Key::Num1);
    driver.key_press(Key::E);
    driver.run();
    assert_eq!(annotations(&bench), []);
}

#[test]
fn several_pictures_say_their_findings_in_words() {
    let bench = Bench::findings();
    let mut driver = open(&bench);
    driver.key_press(Key::L);
    driver.run();
    let cell = |node: &egui_kittest::kittest::AccessKitNode<'_>, text: &str| {
        node.role() == Role::GridCell && node.label().is_some_and(|label| label.contains(text))
    };
    for text in ["no finding, model: ", "Effusion, perhaps Mass, model: ", "nothing said yet, model: "] {
        assert!(driver.query_all(egui_kittest::kittest::By::new().predicate(|n| cell(n, text))).count() > 0, "{text}");
    }
}

#[test]
fn of_a_long_list_those_that_say_something_are_shown_first_and_all_on_demand() {
    let bench = Bench::findings();
    let names: Vec<String> = (0..30).map(|at| format!("finding {at}")).collect();
    let image = with(&bench, Findings::is_empty);
    bench.edit_project(|p| {
        p.classes = Arc::new(crate::domain::ClassList::of_findings(&names).unwrap());
        p.finding_thresholds = Some(Arc::new(vec![0.5; 30]));
    });
    let mut driver = open(&bench);
    show(&mut driver, image);
    bench.edit_project(|p| {
        let detail = p.detail.as_mut().map(Arc::make_mut).unwrap();
        let low_but_the_last = |at: usize| if at == 29 { 0.9 } else { 0.3 - at as f32 / 100.0 };
        detail.prediction.as_mut().unwrap().probabilities = (0..30).map(low_but_the_last).collect();
    });
    driver.run();
    let shown = |driver: &Driver, at: usize| driver.query_by_label(&format!("finding {at}: present")).is_some();
    assert!(shown(&driver, 29) && shown(&driver, 0) && shown(&driver, 14));
    assert!(!shown(&driver, 15) && !shown(&driver, 28));
    driver.get_by_label("Show all 30 findings").click_accesskit();
    driver.run();
    assert!(shown(&driver, 15) && shown(&driver, 28));
}

#[test]
fn where_the_model_is_not_sure_of_a_finding_its_row_and_the_sentence_say_so_and_the_queue_sorts_by_it() {
    let bench = Bench::findings();
    let (mut driver, image) = at_untouched(&bench);
    assert!(driver.query_by_label_contains("not sure").is_none());
    // From 0 on an outcome belongs to the answer: always both.
    bench.edit_project(|project| {
        project.finding_rules = Some(Arc::new(vec![None, Some(0.0), None]));
        project.counts.unsure = 7;
        for row in Arc::make_mut(&mut project.rows).iter_mut().filter(|row| row.id == image) {
            let of = row.findings.clone().unwrap();
            let each = [0, 1, 2].map(|at| crate::session::RowFinding { unsure: at == 1, ..of.get(at) });
            (row.findings, row.named) = (Some(crate::session::RowFindings::new(each, false)), Some(2));
        }
    });
    driver.run();
    assert!(driver.query_by_label_contains("The model is not sure of Mass.").is_some(), "the sentence");
    let row = driver.query_by_role_and_label(Role::Button, "Effusion");
    assert!(row.is_none_or(|row| !row.accesskit_node().label().unwrap_or_default().contains("not sure")));
    assert!(
        driver.query_all_by_label_contains("present from 0.30 on, not sure").next().is_some(),
        "the row of the mass"
    );
    assert!(driver.query_all_by_label_contains("not sure of Mass").next().is_some(), "the line of the queue");
    driver.get_by_label("Order of the queue").click();
    driver.run();
    driver.get_by_label("Not sure first").click();
    driver.run();
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::SetSort(Sort::NotSure))));
}
