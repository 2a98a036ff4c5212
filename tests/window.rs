//! What the window sends when it is used, by key and by what a screen reader calls its parts.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use overread::domain::{ModelId, RunId, ThresholdGoal};
use overread::session::fixture::{Bench, box_comparison};
use overread::session::{
    Command, Deidentify, DemoKind, DeskCommand, Edit, Elsewhere, ExportFormat, ExportRequest, Format, Goal,
    ImportSource, ImportState, JobKind, JobView, Notice, NoticeKind, Offer, Pictures, PretrainedState, ProjectCommand,
    Since, StartFrom, TestChanges, UnfinishedRun, Unseen, Workbench,
};
use overread::ui::dialogs::{Answer, Ask, Dialogs};
use overread::ui::{App, Screen};
use std::path::PathBuf;
use std::sync::Arc;

/// Answers every question at once with the same.
struct Answers(Answer, Vec<Ask>);

impl Dialogs for Answers {
    fn ask(&mut self, ask: Ask, ctx: &egui::Context) {
        self.1.push(ask);
        ctx.request_repaint();
    }

    fn poll(&mut self) -> Option<(Ask, Answer)> {
        self.1.pop().map(|ask| (ask, self.0.clone()))
    }
}

fn window(bench: &Bench) -> Harness<'static, App> {
    window_with(bench, Answer::Cancelled)
}

fn window_with(bench: &Bench, answer: Answer) -> Harness<'static, App> {
    let bench = bench.clone();
    let dialogs = Answers(answer, Vec::new());
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        .build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(bench), Box::new(dialogs)));
    harness.run();
    harness
}

fn ctrl(harness: &mut Harness<'_, App>, key: Key) {
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND, key);
    harness.run();
}

fn press(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click();
    harness.run();
}

/// Chooses a part of the Data screen.
fn part(harness: &mut Harness<'_, App>, name: &str) {
    harness
        .get_by(|node| node.role() == Role::RadioButton && node.label().is_some_and(|l| l.starts_with(name)))
        .click();
    harness.run();
}

/// The last command that is not about looking at an image.
fn last(bench: &Bench) -> Option<Command> {
    bench.take_commands().into_iter().rfind(|c| !matches!(c, Command::Project(ProjectCommand::Look { .. })))
}

#[test]
fn the_demo_is_one_click_away_and_its_kind_can_be_chosen() {
    let bench = Bench::start_screen();
    let mut harness = window(&bench);
    harness.get_by_label("Knee").click();
    harness.run();
    press(&mut harness, "Try the demo");
    let Some(Command::Desk(DeskCommand::CreateDemo { kind, images, dir: None, .. })) = last(&bench) else {
        panic!("no demo")
    };
    assert_eq!(kind, DemoKind::Knee);
    assert!(images >= 100);
    assert!(harness.query_by_role_and_label(Role::Tab, "Review").is_some(), "the demo did not open");
}

#[test]
fn a_folder_chosen_in_the_dialog_is_scanned_and_becomes_a_project() {
    let bench = Bench::start_screen();
    let mut harness = window_with(&bench, Answer::Path("/data/fracture".into()));
    ctrl(&mut harness, Key::O);
    harness.run();
    let scan = Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture")));
    assert_eq!(last(&bench), Some(scan));
    press(&mut harness, "Create project");
    let Some(Command::Desk(DeskCommand::CreateProject(new))) = last(&bench) else { panic!("no project") };
    assert_eq!(new.source, PathBuf::from("/data/fracture"));
    assert_eq!(new.classes, ["Fractured", "Non_fractured"]);
    assert_eq!(new.project, PathBuf::from("/data/fracture.overread"));
}

#[test]
fn another_format_or_something_left_out_reads_the_source_again() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("coco.json lists images").is_some(), "the reason is not shown");
    harness.get_by_role_and_label(Role::ComboBox, "Format").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "YOLO").click();
    harness.run();
    let yolo = ImportSource { format: Some(Format::YOLO), ..ImportSource::at("/data/fracture") };
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(yolo.clone()))));
    harness.get_by_role_and_label(Role::TextInput, "Leave out").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Leave out").type_text("consensus_*");
    harness.run();
    press(&mut harness, "Read again");
    let without = ImportSource { exclude: vec!["consensus_*".into()], ..yolo };
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(without))));
}

#[test]
fn the_pictures_of_annotations_may_be_looked_for_elsewhere() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    let mut harness = window_with(&bench, Answer::Path("/archive/pictures".into()));
    assert!(harness.query_by_role_and_label(Role::Button, "Use the annotations' folder").is_none());
    press(&mut harness, "Choose their folder");
    harness.run();
    let elsewhere = ImportSource { images: Some("/archive/pictures".into()), ..ImportSource::at("/data/fracture") };
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(elsewhere))));
    assert!(harness.query_by_label_contains("/archive/pictures").is_some());
    press(&mut harness, "Use the annotations' folder");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture")))));
    // A folder for each class has its pictures in it, if it has any.
    let folders = ImportSource { format: Some(Format::FOLDERS), ..ImportSource::at("/data/fracture") };
    bench.send(Command::Desk(DeskCommand::ReadSource(folders)));
    harness.run();
    assert!(harness.query_by_role_and_label(Role::Button, "Choose their folder").is_none());
    bench.edit(|view| {
        let import = Arc::make_mut(view.import.as_mut().unwrap());
        import.state = ImportState::Failed("/data/fracture holds no pictures".into());
    });
    harness.run();
    assert!(harness.query_by_role_and_label(Role::Button, "Choose their folder").is_some());
}

#[test]
fn what_cannot_be_read_says_why_and_offers_other_formats() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/fracture"))));
    bench.edit(|view| {
        let import = std::sync::Arc::make_mut(view.import.as_mut().unwrap());
        import.state = ImportState::Failed("coco.json is no JSON (line 3)".into());
    });
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("line 3").is_some());
    assert!(harness.query_by_role_and_label(Role::ComboBox, "Format").is_some());
    press(&mut harness, "Back");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::DismissImport)));
}

#[test]
fn images_are_added_to_the_open_project_after_a_look_at_what_that_does() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Path("/data/second".into()));
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Imports");
    let add = harness.get_by_role_and_label(Role::Button, "Add images…");
    add.click_accesskit();
    harness.run();
    harness.run();
    assert!(matches!(last(&bench), Some(Command::Desk(DeskCommand::PreviewMerge(_)))), "{:?}", last(&bench));
    assert!(harness.query_by_label_contains("as AM has it").is_some(), "the conflict is not shown");
    press(&mut harness, "Add to this project");
    let Some(Command::Desk(DeskCommand::AddImages(new))) = last(&bench) else { panic!("nothing added") };
    assert_eq!((new.source, new.project), ("/data/second".into(), "/home/reader/wrist.overread".into()));
}

#[test]
fn without_a_file_chooser_the_path_can_be_typed() {
    let bench = Bench::start_screen();
    let mut harness = window_with(&bench, Answer::Unavailable);
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    harness.run();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Path").type_text("/data/a.overread");
    harness.run();
    press(&mut harness, "OK");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::OpenProject("/data/a.overread".into()))));
}

#[test]
fn a_recent_project_opens_and_a_missing_one_can_be_forgotten() {
    let bench = Bench::start_screen();
    let mut harness = window(&bench);
    press(&mut harness, "Forget old stick");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::ForgetRecent("/home/reader/old stick.overread".into()))));
    harness.get_by(|n| n.label().is_some_and(|l| l.starts_with("Open wrist"))).click();
    harness.run();
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::OpenProject("/home/reader/wrist.overread".into()))));
}

#[test]
fn the_palette_finds_an_action_and_runs_it() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::P);
    harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text("go mod");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().screen(), Screen::Models);
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find anything").is_none(), "the palette stayed");
}

#[test]
fn the_palette_finds_an_image_and_shows_it() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let view = bench.view();
    let row = view.project.as_ref().and_then(|p| p.rows.get(20)).expect("a row");
    ctrl(&mut harness, Key::P);
    harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text(&row.name);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let looked =
        bench.take_commands().into_iter().rfind(|c| matches!(c, Command::Project(ProjectCommand::Look { .. })));
    assert_eq!(looked, Some(Command::Project(ProjectCommand::Look { image: row.id })));
}

#[test]
fn f1_shows_the_keys_and_escape_puts_them_away() {
    let mut harness = window(&Bench::project());
    harness.key_press(Key::F1);
    harness.run();
    assert!(harness.query_by_label("Find anything: Ctrl P").is_some());
    assert!(harness.query_by_label("Next image: Right or D").is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Find anything: Ctrl P").is_none());
}

#[test]
fn a_class_gets_a_key_of_its_own_which_says_whose_it_was() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::F1);
    harness.run();
    press(&mut harness, "Change the keys");
    harness.get_by_role_and_label(Role::TextInput, "Find a line of the keys").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Find a line of the keys").type_text("fracture");
    harness.run();
    press(&mut harness, "Label with Non_fractured: change 2");
    bench.take_commands();
    // Neither the palette nor an end of the dialog: the key is asked for.
    harness.key_press(Key::F1);
    harness.run();
    assert!(harness.query_by_label("F1 is the key of \"All keys\".").is_some());
    press(&mut harness, "Leave it");
    assert_eq!(last(&bench), None);
    press(&mut harness, "Label with Non_fractured: change 2");
    harness.key_press(Key::F);
    harness.run();
    assert!(harness.query_by_label("F is the key of \"Fit the picture\".").is_some(), "it takes it unasked");
    press(&mut harness, "Give it to \"Label with Non_fractured\"");
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.classes.into_iter().collect::<Vec<_>>(), [("Non_fractured".to_owned(), vec!["F".to_owned()])]);
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::F);
    harness.run();
    let Some(Command::Project(ProjectCommand::Annotate { edit, .. })) = last(&bench) else { panic!("no label") };
    assert_eq!(edit, overread::session::Edit::Label(Some(1)));
    harness.key_press(Key::F1);
    harness.run();
    press(&mut harness, "Change the keys");
    press(&mut harness, "Label with Non_fractured: the keys it comes with");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::SetKeys(Default::default()))));
}

#[test]
fn a_key_is_added_and_taken_away_and_escape_changes_nothing() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::P);
    harness.get_by_role_and_label(Role::TextInput, "Find anything").type_text("change the keys");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    press(&mut harness, "Flag the image: another key");
    bench.take_commands();
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(last(&bench), None);
    press(&mut harness, "Flag the image: another key");
    ctrl(&mut harness, Key::K);
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["X", "Ctrl K"]);
    press(&mut harness, "Flag the image: change X");
    press(&mut harness, "Take X away");
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["Ctrl K"]);
    press(&mut harness, "All keys as they come");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::SetKeys(Default::default()))));
}

#[test]
fn a_key_held_with_others_and_those_of_the_clipboard_are_no_keys_to_give() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::F1);
    harness.run();
    press(&mut harness, "Change the keys");
    press(&mut harness, "Flag the image: another key");
    bench.take_commands();
    // As a keyboard does it: first what is held.
    harness.key_down_modifiers(Modifiers::COMMAND | Modifiers::CTRL, Key::ControlLeft);
    harness.run();
    assert_eq!(last(&bench), None);
    harness.event(egui::Event::Copy);
    harness.run();
    assert!(harness.query_by_label_contains("Copying is for text").is_some());
    assert_eq!(last(&bench), None);
    ctrl(&mut harness, Key::K);
    let Some(Command::Desk(DeskCommand::SetKeys(keys))) = last(&bench) else { panic!("no keys") };
    assert_eq!(keys.actions["flag"], ["X", "Ctrl K"]);

    // A question about a key of another line: Escape leaves it, and so does a reset of that line.
    for reset in [false, true] {
        press(&mut harness, "Last image: another key");
        ctrl(&mut harness, Key::K);
        assert!(harness.query_by_label_contains("is the key of \"Flag the image\"").is_some());
        bench.take_commands();
        if reset {
            press(&mut harness, "Flag the image: the keys it comes with");
            assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::SetKeys(Default::default()))));
        } else {
            harness.key_press(Key::Escape);
            harness.run();
            assert_eq!(last(&bench), None);
        }
        assert!(harness.query_by_label_contains("is the key of \"Flag the image\"").is_none());
        assert!(harness.query_by_label("Last image: another key").is_some(), "the dialog stays");
    }
}

#[test]
fn keys_label_and_undo() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::Num2);
    harness.run();
    assert!(matches!(last(&bench), Some(Command::Project(ProjectCommand::Annotate { .. }))));
    ctrl(&mut harness, Key::Z);
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Undo)));
}

#[test]
fn keys_typed_into_a_field_do_nothing_else() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    press(&mut harness, "Reader Reader 1");
    harness.key_press(Key::Num2);
    harness.run();
    assert_eq!(last(&bench), None);
}

#[test]
fn the_reader_is_changed_in_the_top_bar() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    press(&mut harness, "Reader Reader 1");
    ctrl(&mut harness, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Reader's name").type_text("B");
    harness.run();
    press(&mut harness, "Set reader");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::SetReader("B".into()))));
}

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
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Promote(ModelId(3)))));
    press(&mut harness, "Promote small-cnn-1");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Promote(ModelId(1)))));
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
fn a_cell_of_the_confusion_matrix_opens_its_images() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num4);
    let cell = "small-cnn-2: 5 with truth Fractured, predicted Non_fractured";
    // Below the figures and curves, and reached by scrolling.
    harness.get_by_role_and_label(Role::Button, cell).click_accesskit();
    harness.run();
    let Some(Command::Project(ProjectCommand::SetFilter(filter))) = last(&bench) else { panic!("no filter") };
    assert_eq!(filter.only.map(|set| set.images.len()), Some(5));
    assert_eq!(harness.state().screen(), Screen::Review);
}

#[test]
fn flipped_images_are_one_click_away() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num4);
    press(&mut harness, "Look at them");
    let Some(Command::Project(ProjectCommand::SetFilter(filter))) = last(&bench) else { panic!("no filter") };
    assert!(filter.only.is_some_and(|set| set.images.len() == 7));
}

#[test]
fn classes_are_renamed_on_the_data_screen() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num2);
    part(&mut harness, "Classes");
    let field = harness.get_by_role_and_label(Role::TextInput, "Name of class 1");
    field.focus();
    harness.run();
    ctrl(&mut harness, Key::A);
    harness.get_by_role_and_label(Role::TextInput, "Name of class 1").type_text("Broken");
    harness.run();
    press(&mut harness, "Save classes");
    let Some(Command::Project(ProjectCommand::SetClasses(classes))) = last(&bench) else { panic!("no classes") };
    assert_eq!(classes.names(), ["Broken", "Non_fractured"]);
}

#[test]
fn an_export_is_put_together_on_the_data_screen_and_told_of() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Path("/tmp/handed out".into()));
    ctrl(&mut harness, Key::Num2);
    part(&mut harness, "Export");
    // Below the visible part of the screen.
    let press_below = |harness: &mut Harness<'_, App>, role: Role, name: &str| {
        harness.get_by_role_and_label(role, name).click_accesskit();
        harness.run();
    };
    press_below(&mut harness, Role::ComboBox, "Form of the export");
    press_below(&mut harness, Role::MenuItem, "COCO");
    press_below(&mut harness, Role::RadioButton, "All readers'");
    press_below(&mut harness, Role::RadioButton, "Linked");
    press_below(&mut harness, Role::RadioButton, "As negatives");
    press_below(&mut harness, Role::Button, "Choose where the export goes");
    harness.run();
    press_below(&mut harness, Role::Button, "Export");
    let request = ExportRequest {
        format: ExportFormat::Labels(Format::COCO),
        to: "/tmp/handed out".into(),
        pictures: Pictures::Link,
        every_reader: true,
        since: Since::Ever,
        unseen: Unseen::AsNegative,
        deidentify: None,
    };
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Export(request))));
    assert!(harness.query_by_label_contains("Written as COCO").is_some());
    press_below(&mut harness, Role::Button, "Put the export's result away");
    assert!(harness.query_by_label_contains("Written as COCO").is_none());
    press_below(&mut harness, Role::CheckBox, "De-identify");
    press_below(&mut harness, Role::RadioButton, "Dates shifted");
    press_below(&mut harness, Role::Button, "Export");
    let Some(Command::Project(ProjectCommand::Export(request))) = last(&bench) else { panic!("nothing was exported") };
    assert_eq!(request.deidentify, Some(Deidentify { shift_dates: true, key: None }));
    assert_eq!(request.pictures, Pictures::Copy, "links lead to pictures that are not cleaned");
    bench.edit(|view| {
        let (name, message) = ("Exporting as COCO".to_owned(), "3 of 10 images".to_owned());
        view.jobs = vec![JobView {
            id: 5,
            kind: JobKind::Export,
            name,
            progress: Some(0.3),
            seconds_left: None,
            message,
            cancellable: true,
        }];
    });
    harness.run();
    press_below(&mut harness, Role::Button, "Cancel the export");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CancelJob(5))));
}

#[test]
fn a_read_only_project_offers_no_change() {
    let bench = Bench::project();
    bench.edit_project(|p| p.read_only = Some("Reader 2 has it open on desk-3.".into()));
    let mut harness = window(&bench);
    assert!(harness.query_all_by_label("read-only").next().is_some());
    ctrl(&mut harness, Key::R);
    harness.key_press(Key::Num1);
    harness.run();
    assert_eq!(last(&bench), None);
}

#[test]
fn notices_stay_until_dismissed() {
    let bench = Bench::project();
    bench.edit(|v| {
        let text = "The model file small-cnn-3 is cut short: train it again or discard it.".into();
        v.notices.push(Notice { id: 9, kind: NoticeKind::Error, text, offer: None, of_project: true });
    });
    let mut harness = window(&bench);
    press(&mut harness, "Dismiss");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::DismissNotice(9))));
}

#[test]
fn a_view_with_contradictions_is_painted_without_a_panic() {
    let bench = Bench::project();
    bench.edit_project(|p| {
        p.queue = std::sync::Arc::new(vec![9_999, 3]);
        p.classes = std::sync::Arc::default();
        p.active = Some(ModelId(77));
        p.recipes = std::sync::Arc::default();
    });
    let mut harness = window(&bench);
    for key in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5] {
        ctrl(&mut harness, key);
    }
    bench.edit_project(|p| {
        p.models = std::sync::Arc::default();
        p.runs = std::sync::Arc::default();
        p.rows = std::sync::Arc::default();
    });
    for key in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5] {
        ctrl(&mut harness, key);
    }
}

#[test]
fn enter_confirms_after_an_image_was_chosen_with_the_mouse() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by(|n| n.label().is_some_and(|l| l.contains("IMG0000512"))).click();
    harness.run();
    bench.take_commands();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(matches!(last(&bench), Some(Command::Project(ProjectCommand::Annotate { edit: Edit::Confirm, .. }))));
}

#[test]
fn the_preview_shows_what_a_recipe_does_and_can_be_drawn_again() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Train").click();
    harness.run();
    assert!(harness.query_by_label("Preview: As it is").is_none(), "the preview opened by itself");
    press(&mut harness, "Show preview");
    assert!(harness.query_by_label("Preview: As it is").is_some());
    assert!(harness.query_by_label("Preview: Draw 8").is_some() && harness.query_by_label("Preview: Draw 9").is_none());
    let named = |harness: &Harness<'_, App>| {
        bench.view().project.as_ref().is_some_and(|p| {
            let first = p.rows.iter().find(|r| r.split == overread::domain::Split::Train && !r.missing);
            first.is_some_and(|row| harness.query_by_label(&row.name).is_some())
        })
    };
    assert!(named(&harness), "the image is not named");
    press(&mut harness, "Next image of the preview");
    assert!(!named(&harness), "the image did not change");
    press(&mut harness, "Image before in the preview");
    press(&mut harness, "Draw again");
    assert!(named(&harness) && harness.query_by_label("Preview: Draw 1").is_some());
    press(&mut harness, "Close the preview");
    assert!(harness.query_by_label("Preview: As it is").is_none());
}

#[test]
fn a_preview_that_cannot_be_made_says_why() {
    let bench = Bench::project();
    bench.edit_project(|p| Arc::make_mut(&mut p.rows).iter_mut().for_each(|row| row.missing = true));
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Train").click();
    harness.run();
    press(&mut harness, "Show preview");
    assert!(harness.query_by_label_contains("There is no image to show").is_some());
}

#[test]
fn evaluating_boxes_chooses_thresholds_and_opens_the_images_called_wrongly() {
    let bench = Bench::boxes();
    bench.edit_project(|p| p.comparison = Some(Arc::new(box_comparison(&p.rows, &p.classes))));
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Evaluate").click();
    harness.run();
    bench.take_commands();
    press(&mut harness, "Best F1");
    let sent = bench.take_commands();
    let choice = sent.iter().find_map(|c| {
        if let Command::Project(ProjectCommand::ChooseThreshold(choice)) = c { Some(choice) } else { None }
    });
    let choice = choice.expect("a choice");
    assert_eq!(
        (choice.model, choice.goal, choice.active),
        (ModelId(3), Goal::Boxes(ThresholdGoal::F1), Some(ModelId(2)))
    );
    press(&mut harness, "Sensitivity of");
    let wanted = |c: &Command| matches!(c, Command::Project(ProjectCommand::ChooseThreshold(c)) if c.goal == Goal::Boxes(ThresholdGoal::Sensitivity(0.9)));
    assert!(bench.take_commands().iter().any(wanted));
    harness
        .get_by(|node| {
            node.label()
                .is_some_and(|l| l.starts_with("boxes-light-3") && l.ends_with("truth negative, predicted positive"))
        })
        .click_accesskit();
    harness.run();
    let opened = |c: &Command| matches!(c, Command::Project(ProjectCommand::SetFilter(f)) if f.only.as_ref().is_some_and(|s| s.title.contains("negative")));
    assert!(bench.take_commands().iter().any(opened));
}

#[test]
fn a_project_that_is_opened_again_is_looked_at_again_in_the_grid_chosen_before() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.key_press(Key::L);
    harness.run();
    ctrl(&mut harness, Key::W);
    bench.take_commands();
    bench.send(Command::Desk(DeskCommand::OpenProject("/home/reader/wrist.overread".into())));
    harness.run();
    let sent = bench.take_commands();
    assert!(sent.iter().any(|c| matches!(c, Command::Project(ProjectCommand::Look { .. }))), "{sent:?}");
    assert!(
        sent.iter().any(|c| matches!(c, Command::Project(ProjectCommand::LookAtPage(page)) if page.len() == 4)),
        "{sent:?}"
    );
}

/// A key with what it types, and letters, all of which come in one frame.
fn at_once(harness: &mut Harness<'_, App>, key: Key, typed: &str) {
    let modifiers = Modifiers::CTRL | Modifiers::COMMAND;
    let event =
        |key, modifiers, pressed| egui::Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
    let events = &mut harness.input_mut().events;
    events.extend([event(key, modifiers, true), event(key, modifiers, false)]);
    for sign in typed.chars() {
        let key = match sign {
            '\n' => Some(Key::Enter),
            ' ' => Some(Key::Space),
            sign => Key::from_name(&sign.to_uppercase().to_string()),
        };
        events.extend(key.map(|key| event(key, Modifiers::NONE, true)));
        if sign != '\n' {
            events.push(egui::Event::Text(sign.to_string()));
        }
        events.extend(key.map(|key| event(key, Modifiers::NONE, false)));
    }
    // They are dealt out over several frames.
    harness.run_steps(16);
}

fn edits(bench: &Bench) -> Vec<Edit> {
    let edit =
        |command| if let Command::Project(ProjectCommand::Annotate { edit, .. }) = command { Some(edit) } else { None };
    bench.take_commands().into_iter().filter_map(edit).collect()
}

#[test]
fn what_is_typed_after_ctrl_p_is_found_and_what_follows_it_goes_where_that_leads() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_once(&mut harness, Key::P, "flag the\n");
    assert_eq!(edits(&bench), [Edit::Flag(true)]);
    at_once(&mut harness, Key::P, "write a note\nx2\n");
    assert_eq!(edits(&bench), [Edit::Note("x2".into())]);
    at_once(&mut harness, Key::P, "go to tr\n2x");
    assert_eq!(edits(&bench), [], "on another screen these keys say nothing");
    assert_eq!(harness.state().screen(), Screen::Train);
    at_once(&mut harness, Key::F, "22x");
    assert_eq!(edits(&bench), []);
    assert_eq!(bench.view().project.as_ref().unwrap().filter.name, "22x");
    assert_eq!(harness.state().screen(), Screen::Review);
}

#[test]
fn escape_closes_what_finds_anything_at_once() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::P);
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find anything").is_some());
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find anything").is_none());
}

#[test]
fn the_reader_s_name_is_typed_where_it_was_asked_for() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_once(&mut harness, Key::P, "change the reader\n");
    let field = harness.get_by_role_and_label(Role::TextInput, "Reader's name");
    assert!(field.is_focused(), "the field did not get the keyboard");
    harness.key_press(Key::Escape);
    harness.run();
    bench.take_commands();
    at_once(&mut harness, Key::P, "change the reader\nx2\n");
    let sent = bench.take_commands();
    let signed = |c: &Command| matches!(c, Command::Project(ProjectCommand::SetReader(name)) if name.ends_with("x2"));
    assert!(sent.iter().any(signed), "{sent:?}");
    assert!(sent.iter().all(|c| !matches!(c, Command::Project(ProjectCommand::Annotate { .. }))), "{sent:?}");
}

#[test]
fn a_path_is_typed_where_there_is_no_file_dialog() {
    let bench = Bench::project();
    let mut harness = window_with(&bench, Answer::Unavailable);
    at_once(&mut harness, Key::O, "/data/x2\n");
    let sent = bench.take_commands();
    assert!(sent.contains(&Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/x2")))), "{sent:?}");
    assert!(sent.iter().all(|c| !matches!(c, Command::Project(ProjectCommand::Annotate { .. }))), "{sent:?}");
}

#[test]
fn keys_after_another_screen_was_asked_for_are_that_screen_s() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_once(&mut harness, Key::Num3, "2x");
    assert_eq!(edits(&bench), []);
    assert_eq!(harness.state().screen(), Screen::Train);
}

/// As many frames as the queue needs to scroll from end to end.
fn settle(harness: &mut Harness<'_, App>) {
    harness.run_steps(16);
}

/// Goes to the last image of the queue, which is a test image, and says its class and that of the other key.
fn at_a_test_image(bench: &Bench, harness: &mut Harness<'_, App>) -> Option<(overread::domain::ImageId, usize)> {
    harness.key_press(Key::End);
    settle(harness);
    let project = bench.view().project.clone()?;
    let row = &project.rows[*project.queue.last()? as usize];
    assert_eq!(row.split, overread::domain::Split::Test, "test images come last");
    bench.take_commands();
    Some((row.id, 1 - usize::from(row.label?)))
}

fn labels(bench: &Bench) -> Vec<(overread::domain::ImageId, Edit)> {
    let sent = bench.take_commands().into_iter();
    sent.filter_map(|command| match command {
        Command::Project(ProjectCommand::Annotate { image, edit, .. }) => Some((image, edit)),
        _ => None,
    })
    .collect()
}

fn class_key(class: usize) -> Key {
    [Key::Num1, Key::Num2][class]
}

#[test]
fn a_test_image_says_what_it_is_and_changing_it_is_asked_once() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("Changing its label").is_none(), "the first image is work to be done");
    let (image, other) = at_a_test_image(&bench, &mut harness).unwrap();
    assert!(harness.query_by_label_contains("Changing its label").is_some());
    assert!(
        harness.query_all_by_label_contains("reviewed, test image").count() > 0,
        "its row in the queue says it too"
    );

    // What only confirms the label changes nothing and is not asked.
    harness.key_press(class_key(1 - other));
    settle(&mut harness);
    assert_eq!(labels(&bench), [(image, Edit::Label(Some(1 - other)))]);
    let (image, other) = at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(class_key(other));
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_some(), "it is asked");
    assert_eq!(labels(&bench), [], "before it is done");
    harness.key_press(Key::Escape);
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_none());
    assert_eq!(labels(&bench), []);

    harness.key_press(class_key(other));
    settle(&mut harness);
    press(&mut harness, "Change them");
    assert_eq!(labels(&bench), [(image, Edit::Label(Some(other)))]);
    let (image, other) = at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(class_key(other));
    settle(&mut harness);
    assert_eq!(labels(&bench), [(image, Edit::Label(Some(other)))], "it is not asked again");

    // Opened anew, it is asked anew.
    bench.send(Command::Desk(DeskCommand::CloseProject));
    settle(&mut harness);
    bench.send(Command::Desk(DeskCommand::OpenProject("/home/reader/wrist.overread".into())));
    settle(&mut harness);
    let (_, other) = at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(class_key(other));
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_some());

    // The question goes with its project, else its answer would be about the next one.
    bench.send(Command::Desk(DeskCommand::CloseProject));
    settle(&mut harness);
    assert!(harness.query_by_label("Change the test images?").is_none());
}

#[test]
fn the_question_about_a_box_drawn_on_a_test_image_is_answered_at_once() {
    let bench = Bench::boxes();
    let mut harness = window(&bench);
    harness.key_press(Key::End);
    settle(&mut harness);
    harness.key_press(Key::B);
    settle(&mut harness);
    bench.take_commands();
    let said = |harness: &Harness<'_, App>| {
        let next = harness.query_all_by_label_contains("and next");
        next.filter_map(|node| node.accesskit_node().label()).collect::<Vec<_>>()
    };
    let before = said(&harness);
    let (from, to) = (egui::pos2(560.0, 300.0), egui::pos2(640.0, 380.0));
    harness.drag_at(from);
    harness.step();
    harness.hover_at(to);
    harness.step();
    harness.drop_at(to);
    harness.run_steps(3);
    assert!(harness.query_by_label("Change the test images?").is_some());
    assert_ne!(said(&harness), before, "the box is shown as if it were there");
    // The new box is looked for in vain for two seconds, which are eight frames here.
    harness.key_press(Key::Escape);
    harness.run_steps(2);
    assert!(harness.query_by_label("Change the test images?").is_none());
    assert!(
        bench.take_commands().iter().all(|sent| !matches!(sent, Command::Project(ProjectCommand::Annotate { .. })))
    );
    assert_eq!(said(&harness), before, "the box that is not to be drawn is not shown any more");
}

#[test]
fn going_on_after_a_held_label_is_taken_back_with_it() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    at_a_test_image(&bench, &mut harness).unwrap();
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    bench.take_commands();
    let project = bench.view().project.clone().unwrap();
    let at = project.queue[project.queue.len() - 2] as usize;
    let (image, label) = (project.rows[at].id, usize::from(project.rows[at].label.unwrap()));
    // Typed in one go: the second meets the next image.
    harness.key_press(class_key(1 - label));
    harness.key_press(Key::X);
    settle(&mut harness);
    press(&mut harness, "Leave them");
    let sent = bench.take_commands();
    assert!(
        !sent.iter().any(|c| matches!(c, Command::Project(ProjectCommand::Annotate { edit: Edit::Label(_), .. }))),
        "{sent:?}"
    );
    let looked = sent.iter().rfind(|c| matches!(c, Command::Project(ProjectCommand::Look { .. })));
    assert_eq!(looked, Some(&Command::Project(ProjectCommand::Look { image })), "back at the image in question");
}

#[test]
fn figures_of_other_test_labels_say_so_wherever_they_stand() {
    let bench = Bench::project();
    let since = TestChanges { changed: 3, ..TestChanges::default() };
    bench.edit_project(|p| Arc::make_mut(&mut p.models)[1].since = since);
    let mut harness = window(&bench);
    for tab in ["Train", "Evaluate", "Models"] {
        harness.get_by_role_and_label(Role::Tab, tab).click();
        harness.run();
        assert!(harness.query_by_label_contains("3 test labels changed since").is_some(), "{tab}");
    }
    harness.get_by_role_and_label(Role::Tab, "Evaluate").click();
    harness.run();
    bench.take_commands();
    press(&mut harness, "Evaluate anew");
    assert_eq!(
        last(&bench),
        Some(Command::Project(ProjectCommand::Compare { candidate: ModelId(3), active: Some(ModelId(2)) }))
    );
}

#[test]
fn undo_shows_the_image_it_concerns_and_its_message_passes() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let project = bench.view().project.clone().unwrap();
    let row = &project.rows[project.queue[0] as usize];
    harness.key_press(class_key(1 - usize::from(row.label.unwrap())));
    harness.run();
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    bench.take_commands();
    ctrl(&mut harness, Key::Z);
    assert_eq!(harness.state().screen(), Screen::Review);
    assert_eq!(last_look(&bench), Some(row.id), "it went on to the next image before");
    assert!(harness.query_by_label_contains("Undid: label ").is_some());
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert!(harness.query_by_label_contains("Undid: label ").is_none(), "gone with the next action");

    ctrl(&mut harness, Key::Y);
    assert_eq!(last_look(&bench), Some(row.id));
    assert!(harness.query_by_label_contains("Redid: label ").is_some());
    harness.run_steps(200);
    assert!(harness.query_by_label_contains("Redid: label ").is_none(), "gone by itself");
}

/// The image that was looked at last.
fn last_look(bench: &Bench) -> Option<overread::domain::ImageId> {
    bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::Look { image }) => Some(image),
        _ => None,
    })
}

#[test]
fn a_project_of_which_an_export_is_written_is_not_left_without_asking() {
    let bench = Bench::project();
    bench.edit(|view| {
        view.jobs.push(JobView {
            id: 9,
            kind: JobKind::Export,
            name: "Exporting as COCO".into(),
            progress: Some(0.5),
            seconds_left: Some(60.0),
            message: "30 of 60".into(),
            cancellable: true,
        });
    });
    let mut harness = window(&bench);
    bench.take_commands();
    ctrl(&mut harness, Key::W);
    assert!(harness.query_by_label("An export of wrist is being written").is_some());
    press(&mut harness, "Stay here");
    assert_eq!(last(&bench), None);
    ctrl(&mut harness, Key::W);
    press(&mut harness, "Break the export off");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::CloseProject)));
}

#[test]
fn a_project_with_a_run_is_not_left_without_asking() {
    let bench = Bench::training();
    let mut harness = window(&bench);
    bench.take_commands();
    ctrl(&mut harness, Key::W);
    assert!(harness.query_by_label("A run is in progress in wrist").is_some());
    assert_eq!(last(&bench), None);
    press(&mut harness, "Stay here");
    assert!(harness.query_by_label("A run is in progress in wrist").is_none());
    assert_eq!(last(&bench), None);
    ctrl(&mut harness, Key::W);
    press(&mut harness, "Keep training in the background");
    assert_eq!(bench.take_commands().last(), Some(&Command::Desk(DeskCommand::CloseProject)));

    let bench = Bench::training();
    let mut harness = window(&bench);
    bench.take_commands();
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.run();
    assert_eq!(last(&bench), None, "the demo would close the project as well");
    press(&mut harness, "Stop, keep the best so far");
    let sent: Vec<Command> = bench
        .take_commands()
        .into_iter()
        .filter(|c| !matches!(c, Command::Project(ProjectCommand::Look { .. })))
        .collect();
    assert_eq!(sent[0], Command::Desk(DeskCommand::StopTraining));
    assert!(matches!(sent[1], Command::Desk(DeskCommand::CreateDemo { .. })), "{sent:?}");
}

/// The window manager asks the window to close; whether the window refused.
fn ask_to_close(harness: &mut Harness<'_, App>) -> Option<bool> {
    let viewport = harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT)?;
    viewport.events.push(egui::ViewportEvent::Close);
    harness.step();
    let output = &harness.output().viewport_output[&egui::ViewportId::ROOT];
    let refused = output.commands.contains(&egui::ViewportCommand::CancelClose);
    let viewport = harness.input_mut().viewports.get_mut(&egui::ViewportId::ROOT)?;
    viewport.events.clear();
    harness.run();
    Some(refused)
}

#[test]
fn the_window_does_not_close_over_a_run_or_an_export_without_asking() {
    let bench = Bench::training();
    let mut harness = window(&bench);
    assert_eq!(ask_to_close(&mut harness), Some(true));
    assert!(harness.query_by_label_contains("can be resumed after epoch 6 of 10").is_some());
    press(&mut harness, "Go on training");
    assert!(harness.query_by_label("Quit now?").is_none());
    assert_eq!(ask_to_close(&mut harness), Some(true), "asked again the next time");
    press(&mut harness, "Stop, keep the best so far, and quit");
    assert_eq!(ask_to_close(&mut harness), Some(false), "now it may");

    let bench = Bench::project();
    let mut harness = window(&bench);
    assert_eq!(ask_to_close(&mut harness), Some(false), "nothing is going on");
    bench.edit(|view| {
        view.jobs = vec![JobView {
            id: 5,
            kind: JobKind::Export,
            name: "Exporting as COCO".into(),
            progress: Some(0.3),
            seconds_left: None,
            message: String::new(),
            cancellable: true,
        }];
    });
    harness.run();
    assert_eq!(ask_to_close(&mut harness), Some(true));
    assert!(harness.query_by_label_contains("what it has written is not whole").is_some());
}

#[test]
fn a_run_elsewhere_stays_in_sight_and_leads_back() {
    let bench = Bench::training();
    let knee = PathBuf::from("/home/reader/knee.overread");
    bench.edit(|view| {
        let training = view.project.as_ref().unwrap().training.clone();
        let elsewhere = Elsewhere { path: knee.clone(), name: "knee".into(), jobs: vec![1], training };
        view.elsewhere = Arc::new(vec![elsewhere]);
    });
    bench.edit_project(|p| p.training = None);
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("knee: Training Small CNN · epoch 7 of 10").is_some());
    assert_eq!(ask_to_close(&mut harness), Some(true), "it would be lost as well");
    assert!(harness.query_by_label_contains("The run in knee").is_some());
    press(&mut harness, "Go on training");
    bench.take_commands();
    press(&mut harness, "Go back to knee");
    assert!(bench.take_commands().contains(&Command::Desk(DeskCommand::OpenProject(knee))));
    press(&mut harness, "Stop knee: Training Small CNN");
    assert_eq!(last(&bench), Some(Command::Desk(DeskCommand::StopJob(1))));
}

#[test]
fn what_can_be_resumed_is_said_at_the_start_and_on_every_screen() {
    let bench = Bench::start_screen();
    bench.edit(|view| {
        let recent = Arc::make_mut(&mut view.recent);
        recent[0].run = Some(UnfinishedRun { epochs: 3, of: 12 });
        recent[1].run = Some(UnfinishedRun { epochs: 0, of: 12 });
    });
    let harness = window(&bench);
    assert!(harness.query_by_label_contains("a training run can be resumed after epoch 3 of 12").is_some());
    assert!(harness.query_by_label_contains("did not get to its first epoch: start it again").is_some());

    let bench = Bench::project();
    bench.edit(|view| {
        let text = "A run of Small CNN was cut short after epoch 4 of 10: it can be resumed".into();
        let offer = Some(Offer::Train);
        view.notices.push(Notice { id: 9, kind: NoticeKind::Warning, text, offer, of_project: true });
    });
    let mut harness = window(&bench);
    for tab in ["Review", "Data", "Models"] {
        harness.get_by_role_and_label(Role::Tab, tab).click();
        harness.run();
        assert!(harness.query_by_label_contains("it can be resumed").is_some(), "{tab}");
    }
    press(&mut harness, "Go to Train");
    assert_eq!(harness.state().screen(), Screen::Train);
    assert!(harness.query_by_label_contains("it can be resumed").is_none());
    bench.edit_project(|p| Arc::make_mut(&mut p.runs)[0].epochs.clear());
    harness.run();
    assert!(harness.query_by_label_contains("did not get to its first epoch").is_some());
    press(&mut harness, "Start again run 4");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::ResumeRun(RunId(4)))));
}

#[test]
fn a_candidate_waits_to_be_decided_on_also_after_a_restart() {
    let bench = Bench::project();
    bench.edit_project(|p| {
        p.active = None;
        Arc::make_mut(&mut p.models).iter_mut().for_each(|m| m.record.active = false);
    });
    let mut harness = window(&bench);
    assert!(harness.query_by_label_contains("small-cnn-3 is trained and waits").is_some());
    assert!(harness.query_by_label_contains("No model yet").is_none());
    harness.get_by_role_and_label(Role::Tab, "Train").click();
    harness.run();
    press(&mut harness, "Promote small-cnn-3");
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Promote(ModelId(3)))));
}
