//! Runs are started and models decided on.

use super::*;

#[test]
fn train_sends_the_recipe_with_its_edited_settings() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Train").click();
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Recipe").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "ResNet-18").click();
    harness.run();
    harness.get_by_role_and_label(Role::SpinButton, "Epochs").set_value_accesskit(7.0);
    harness.run();
    press(&mut harness, "Train");
    let Some(Command::Project(ProjectCommand::Train(recipe))) = last(&bench) else { panic!("nothing trained") };
    assert_eq!((recipe.name.as_str(), recipe.epochs), ("fracture-resnet18", 7));
}

fn choose(harness: &mut Harness<'_, App>, field: &str, choice: &str) {
    harness.get_by_role_and_label(Role::ComboBox, field).click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, choice).click();
    harness.run();
}

#[test]
fn a_run_starts_from_pretrained_weights_once_they_are_downloaded() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num3);
    choose(&mut harness, "Recipe", "ResNet-18");
    choose(&mut harness, "Start from", "ResNet-18, ImageNet  (47 MB to download)");
    ctrl(&mut harness, Key::R);
    assert_eq!(last(&bench), None, "it trained without the weights");
    press(&mut harness, "Download ResNet-18, ImageNet");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::Download("resnet18".into()))));
    press(&mut harness, "Cancel the download");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CancelJob(7))));
    bench.edit(|view| {
        for weights in std::sync::Arc::make_mut(&mut view.pretrained) {
            weights.state = PretrainedState::There;
        }
    });
    harness.run();
    press(&mut harness, "Train");
    let Some(Command::Project(ProjectCommand::TrainFrom { recipe, start })) = last(&bench) else {
        panic!("nothing trained")
    };
    assert_eq!(recipe.architecture.name(), "resnet18");
    assert_eq!(start, StartFrom::Pretrained("resnet18".into()));
}

#[test]
fn a_run_starts_from_a_chosen_file_or_a_model() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Path("/data/own.pth".into()));
    ctrl(&mut harness, Key::Num3);
    choose(&mut harness, "Start from", "Choose file…");
    harness.run();
    press(&mut harness, "Train");
    let Some(Command::Project(ProjectCommand::TrainFrom { start, .. })) = last(&bench) else {
        panic!("nothing trained")
    };
    assert_eq!(start, StartFrom::File("/data/own.pth".into()));
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num3);
    choose(&mut harness, "Start from", "small-cnn-2, the active model");
    press(&mut harness, "Train");
    let Some(Command::Project(ProjectCommand::TrainFrom { start, .. })) = last(&bench) else {
        panic!("nothing trained")
    };
    assert_eq!(start, StartFrom::Model(ModelId(2)));
}

#[test]
fn every_setting_can_be_typed_and_put_back() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num3);
    // Below the visible part of the panel.
    harness.get_by_role_and_label(Role::Button, "All settings by name").click_accesskit();
    harness.run();
    let field = harness.get_by_role_and_label(Role::TextInput, "Search the settings").rect();
    assert!(
        field.left() > 360.0 && field.bottom() < 400.0,
        "beside the recipe, where they are seen at once: {field:?}"
    );
    harness.get_by_role_and_label(Role::TextInput, "Search the settings").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Search the settings").type_text("label_smoo");
    harness.run();
    let set = |harness: &mut Harness<'_, App>, text: &str| {
        harness.get_by_role_and_label(Role::TextInput, "label_smoothing").focus();
        harness.run();
        ctrl(harness, Key::A);
        harness.get_by_role_and_label(Role::TextInput, "label_smoothing").type_text(text);
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
    };
    assert!(harness.query_by_role_and_label(Role::TextInput, "epochs").is_none(), "the search leaves all in");
    set(&mut harness, "2");
    assert!(harness.query_by_label_contains("below 1, got 2").is_some(), "no sentence for a wrong value");
    set(&mut harness, "0.25");
    assert!(harness.query_by_label_contains("below 1").is_none(), "the sentence stays");
    press(&mut harness, "Train");
    let Some(Command::Project(ProjectCommand::Train(recipe))) = last(&bench) else { panic!("nothing trained") };
    assert_eq!(recipe.label_smoothing, 0.25);
    harness.get_by_role_and_label(Role::Button, "Reset label_smoothing").click_accesskit();
    harness.run();
    assert!(harness.query_by_role_and_label(Role::Button, "Reset all").is_none(), "something is still changed");
}

#[test]
fn a_models_card_is_written_where_one_says() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Path("/data/card.md".into()));
    ctrl(&mut harness, Key::Num5);
    press(&mut harness, "Write the card of small-cnn-2");
    harness.run();
    assert_eq!(
        last(&bench),
        Some(Command::Project(ProjectCommand::ExportCard { model: ModelId(2), to: "/data/card.md".into() }))
    );
}

#[test]
fn ctrl_r_trains_from_anywhere_but_not_twice() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::R);
    assert!(matches!(last(&bench), Some(Command::Project(ProjectCommand::Train(_)))));
    assert_eq!(harness.state().screen(), Screen::Train);
    ctrl(&mut harness, Key::R);
    assert_eq!(last(&bench), None, "a second run was started");
    press(&mut harness, "Stop, keep best");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::StopTraining)));
}

#[test]
fn cancelling_a_run_asks_first() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::R);
    bench.take_commands();
    press(&mut harness, "Cancel");
    assert_eq!(last(&bench), None);
    press(&mut harness, "Cancel the run");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CancelTraining)));
}

#[test]
fn an_interrupted_run_can_be_resumed() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num3);
    press(&mut harness, "Resume run 4");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::ResumeRun(RunId(4)))));
}

#[test]
fn models_are_promoted_rolled_back_and_discarded() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num5);
    press(&mut harness, "Promote small-cnn-3");
    // Not shown to be better than the model in use: it is asked about once.
    assert_eq!(last(&bench), None);
    assert!(harness.query_by_label_contains("Promote small-cnn-3?").is_some());
    press(&mut harness, "Promote it all the same");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Promote(ModelId(3)))));
    press(&mut harness, "Promote small-cnn-1");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Promote(ModelId(1)))), "it was in use before");
}

#[test]
fn a_model_is_renamed_noted_deleted_and_restored() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num5);
    press(&mut harness, "small-cnn-3");
    let field = harness.get_by_role_and_label(Role::TextInput, "Name of the model");
    field.focus();
    harness.run();
    ctrl(&mut harness, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Name of the model").type_text("with flips");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let renamed = ProjectCommand::DescribeModel { model: ModelId(3), name: "with flips".into(), note: String::new() };
    assert_eq!(last(&bench), Some(Command::Project(renamed)));
    press(&mut harness, "Delete with flips");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::DeleteModel(ModelId(3)))));
    assert!(harness.query_by_role_and_label(Role::Button, "Promote with flips").is_none());
    assert!(harness.query_by_label("in the bin").is_some());
    harness.query_all_by_role_and_label(Role::Button, "Restore with flips").next().unwrap().click();
    harness.run();
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::RestoreModel(ModelId(3)))));
}

#[test]
fn a_model_is_exported_where_the_dialog_says() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Path("/tmp/m.safetensors".into()));
    ctrl(&mut harness, Key::Num5);
    press(&mut harness, "Export small-cnn-2");
    harness.run();
    let export = Command::Project(ProjectCommand::ExportModel { model: ModelId(2), to: "/tmp/m.safetensors".into() });
    assert_eq!(last(&bench), Some(export));
}

#[test]
fn a_sweep_is_put_together_begun_and_gone_on_with() {
    let bench = Bench::project();
    bench.edit_project(|p| p.training = None);
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Train").click();
    harness.run();
    harness.get_by_role_and_label(Role::RadioButton, "Sweeps").click();
    harness.run();
    let plot = harness.get_by_label_contains("Settings beside each other, best batch 16");
    assert!(plot.accesskit_node().label().is_some_and(|label| label.contains("learning_rate 0.004: 0.863")));
    bench.take_commands();
    press(&mut harness, "Go on with rates");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::ContinueSweep("rates".into()))));

    assert!(harness.query_by_label("6 runs").is_some(), "two rates with three seeds");
    press(&mut harness, "Vary another setting");
    assert!(harness.query_by_role_and_label(Role::TextInput, "Values of setting 2").is_some());
    press(&mut harness, "Remove setting 1");
    press(&mut harness, "Begin the sweep");
    let sent = last(&bench);
    let Some(Command::Project(ProjectCommand::Sweep { name, text })) = &sent else { panic!("{sent:?}") };
    assert_eq!(name, "sweep-1");
    assert!(text.contains("seeds = [1, 2, 3]") && text.contains("[settings]\n\"batch\" = ["), "{text}");

    let name = harness.get_by_role_and_label(Role::TextInput, "Name of the sweep");
    assert_eq!(name.accesskit_node().value().as_deref(), Some("sweep-2"), "the next has a name of its own");

    // While one goes on none is begun, and leaving asks.
    bench.edit(|view| {
        view.jobs = vec![JobView {
            id: 6,
            kind: JobKind::Sweep,
            name: "Sweep rates".into(),
            progress: Some(0.4),
            seconds_left: Some(90.0),
            message: "run 11 of 12, epoch 3 of 8".into(),
            cancellable: true,
        }];
    });
    harness.run();
    assert!(harness.query_by_label_contains("A sweep is in progress").is_some());
    assert!(harness.query_by_label("Go on with rates").is_none());
    bench.take_commands();
    ctrl(&mut harness, Key::W);
    assert_eq!(last(&bench), None);
    press(&mut harness, "Stop it for now");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CloseProject)));
}

#[test]
fn models_of_findings_are_told_apart_by_their_mean_auroc_and_not_by_any_finding() {
    let bench = Bench::findings();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num3);
    let said = |part: &str| harness.query_all_by_label_contains(part).count();
    // The candidate, its four figures and those of each finding.
    assert_eq!(said("Mean AUROC 0.930, AUROC Effusion 0.970, AUROC Mass 0.920"), 1, "the table of models");
    assert_eq!(said("Mean AP 0.750, Mean F1 0.700, Exact match 0.610"), 1);
    assert_eq!(said("Accuracy"), 0, "an accuracy of any finding is shown");
    assert_eq!(said("validation curve, epoch 10: mean AUROC 0.908, mean AP 0.724"), 1, "the curves");
}

#[test]
fn how_far_a_run_is_stands_in_one_bar() {
    let mut harness = window(&Bench::training());
    let bars = |harness: &Harness<'_, App>| harness.query_all_by_role(Role::ProgressIndicator).count();
    ctrl(&mut harness, Key::Num3);
    assert_eq!(bars(&harness), 1, "on the Train screen its own, and none below");
    ctrl(&mut harness, Key::Num5);
    assert_eq!(bars(&harness), 1, "elsewhere the one below");
}
