//! A file of weights becomes a model: what is said of it, in which order, and only once a person said that it is right.

use super::*;
use overread::session::{Preparation, Rule, WeightsAsked};

/// The Models screen with this file chosen in the dialog.
fn with_file(bench: &Bench, file: &str) -> Harness<'static, App> {
    let mut harness = window_with(bench, Answer::Path(file.into()));
    ctrl(&mut harness, Key::Num5);
    bench.take_commands();
    press(&mut harness, "Add from a file…");
    harness.run();
    harness
}

/// What the session was asked last of a file; of no file where it was asked nothing.
fn asked(bench: &Bench) -> WeightsAsked {
    let asked = bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::LookAtWeights(asked)) => Some(*asked),
        _ => None,
    });
    asked.unwrap_or_default()
}

fn click(harness: &mut Harness<'_, App>, role: Role, name: &str) {
    harness.get_by_role_and_label(role, name).click_accesskit();
    harness.run();
}

fn pick(harness: &mut Harness<'_, App>, field: &str, choice: &str) {
    click(harness, Role::ComboBox, field);
    click(harness, Role::MenuItem, choice);
}

fn may_add(harness: &Harness<'_, App>) -> bool {
    !harness.get_by_role_and_label(Role::Button, "Add the model").accesskit_node().is_disabled()
}

#[test]
fn weights_become_a_model_once_their_order_was_said_to_be_right() {
    let bench = Bench::project();
    let mut harness = with_file(&bench, "/data/resnet18.pth");
    assert_eq!(asked(&bench), WeightsAsked::of("/data/resnet18.pth"));
    let says = |harness: &Harness<'_, App>, text: &str| harness.query_by_label_contains(text).is_some();
    assert!(says(&harness, "resnet18.pth holds weights of resnet18: 2 outputs, pictures of 3 channels."));
    assert!(says(&harness, "the shorter side to 256 pixels") && says(&harness, "Output 1: Fractured"));
    assert!(!may_add(&harness) && says(&harness, "Say first that the order is that"));

    click(&mut harness, Role::Button, "Move Non_fractured up");
    let order = vec!["Non_fractured".to_owned(), "Fractured".to_owned()];
    assert_eq!(asked(&bench).classes, order);
    assert!(!may_add(&harness), "another order is not confirmed either");
    click(&mut harness, Role::CheckBox, "This is the order of its last layer");
    harness.run();
    assert!(may_add(&harness));
    click(&mut harness, Role::Button, "Add the model");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::AddWeights)));
}

#[test]
fn an_order_that_was_only_shown_is_said_once_it_is_confirmed() {
    let bench = Bench::project();
    let mut harness = with_file(&bench, "/data/resnet18.pth");
    assert!(asked(&bench).classes.is_empty(), "nobody said it");
    click(&mut harness, Role::CheckBox, "This is the order of its last layer");
    harness.run();
    assert_eq!(asked(&bench).classes, ["Fractured", "Non_fractured"]);
    assert!(may_add(&harness));
    // The same file chosen again is looked at anew.
    click(&mut harness, Role::Button, "Add from a file…");
    harness.run();
    assert_eq!(asked(&bench), WeightsAsked::of("/data/resnet18.pth"));
    click(&mut harness, Role::CheckBox, "This is the order of its last layer");
    harness.run();
    assert!(may_add(&harness));
    click(&mut harness, Role::Button, "Leave the file alone");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::DismissWeights)));
    assert!(harness.query_by_label("Add the model").is_none());
}

#[test]
fn each_output_of_a_sigmoid_is_named_or_left_out() {
    let bench = Bench::findings();
    let mut harness = with_file(&bench, "/data/five.pth");
    asked(&bench);
    assert!(harness.query_by_label_contains("It cannot become").is_none());
    for (output, answer) in [(1, "left out: no finding of the project"), (2, "Nodule"), (3, "Effusion"), (4, "Mass")] {
        pick(&mut harness, &format!("Output {output} answers"), answer);
    }
    assert!(harness.query_by_label_contains("Say of each output which finding it answers").is_some());
    assert!(!may_add(&harness));
    // Said of another, it is not the first one's any more.
    pick(&mut harness, "Output 5 answers", "Nodule");
    assert!(harness.query_by_label_contains("Say of each output which finding it answers").is_some());
    pick(&mut harness, "Output 2 answers", "left out: no finding of the project");
    let said = asked(&bench);
    assert_eq!(said.classes, ["output 1", "output 2", "Effusion", "Mass", "Nodule"]);
    assert_eq!(said.leave_out, ["output 1", "output 2"]);
    click(&mut harness, Role::CheckBox, "This is the order of its last layer");
    harness.run();
    assert!(may_add(&harness));
}

#[test]
fn how_pictures_were_prepared_is_said_by_rule_size_numbers_or_a_file() {
    let bench = Bench::project();
    let mut harness = with_file(&bench, "/data/resnet18.pth");
    asked(&bench);
    harness.get_by_role_and_label(Role::SpinButton, "Shorter side").set_value_accesskit(232.0);
    harness.run();
    assert_eq!(asked(&bench).preparation, Preparation { resize: Some((232, 232)), ..Preparation::default() });
    click(&mut harness, Role::RadioButton, "Stretched");
    assert_eq!(asked(&bench).preparation, Preparation { rule: Some(Rule::Stretch), ..Preparation::default() });
    pick(&mut harness, "Interpolation", "lanczos");
    assert_eq!(asked(&bench).preparation.interpolation.map(|how| how.name()), Some("lanczos"));
    harness.get_by_role_and_label(Role::TextInput, "Mean").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Mean").type_text("0.5 0.4, 0.3");
    harness.run();
    assert!(bench.take_commands().is_empty(), "it is asked for once it is typed");
    harness.key_press(Key::Enter);
    harness.run();
    harness.run();
    assert_eq!(asked(&bench).preparation.mean, [0.5, 0.4, 0.3]);
    // The dialog answers with the same path again.
    click(&mut harness, Role::RadioButton, "As a file says…");
    harness.run();
    assert_eq!(asked(&bench).preparation.rule, Some(Rule::File("/data/resnet18.pth".into())));
}

#[test]
fn a_file_of_another_network_is_refused_with_a_table_and_the_network_can_be_chosen() {
    let bench = Bench::project();
    let mut harness = with_file(&bench, "/data/misfit.pth");
    let says = |harness: &Harness<'_, App>, text: &str| harness.query_by_label_contains(text).is_some();
    assert!(says(
        &harness,
        "Most alike is resnet18: 102 of its 102 tensors are there, and 200 that have no place in it."
    ));
    assert!(says(&harness, "It cannot become a model so: it is of none of the networks here"));
    pick(&mut harness, "Network", "resnet18");
    assert_eq!(asked(&bench).network.map(|network| network.name()), Some("resnet18"));
    assert!(says(&harness, "It cannot become a model so: it does not fit a resnet18:"));
    assert!(says(&harness, "fc.bias 2  -") && !may_add(&harness));
}
