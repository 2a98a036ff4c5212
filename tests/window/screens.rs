//! What the screens ask for when their parts are pressed.

use super::*;

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
    press(&mut harness, "Review these images");
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
    press_below(&mut harness, Role::ComboBox, "Format of the export");
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
        only: None,
    };
    assert_eq!(last(&bench), Some(Command::Project(ProjectCommand::Export(request))));
    assert!(harness.query_by_label_contains("Written as COCO").is_some());
    press_below(&mut harness, Role::Button, "Close the export's result");
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
fn dicom_leaves_without_its_headers_unless_somebody_wants_them() {
    let bench = Bench::project();
    bench.edit_project(|p| p.pictures.dicom = 26);
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num2);
    part(&mut harness, "Export");
    let click = |harness: &mut Harness<'_, App>, role: Role, name: &str| {
        harness.get_by_role_and_label(role, name).click_accesskit();
        harness.run();
    };
    let asked = |harness: &mut Harness<'_, App>| {
        click(harness, Role::Button, "Export");
        match last(&bench) {
            Some(Command::Project(ProjectCommand::Export(request))) => (request.pictures, request.deidentify.is_some()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(asked(&mut harness), (Pictures::Leave, false), "a table leaves pictures where they are");
    click(&mut harness, Role::RadioButton, "Copied");
    assert_eq!(asked(&mut harness), (Pictures::Copy, true));
    click(&mut harness, Role::CheckBox, "De-identify");
    assert!(harness.query_by_label_contains("26 DICOM pictures leave with their headers").is_some());
    assert_eq!(asked(&mut harness), (Pictures::Copy, false));
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
fn what_was_said_in_the_session_can_be_read_again() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    assert!(harness.query_by_label("Notices of this session").is_none(), "nothing was said");
    let said = |id, kind, text: &str, project: Option<&str>| PastNotice {
        id,
        kind,
        text: text.into(),
        time: "14:05".into(),
        project: project.map(str::to_owned),
    };
    bench.edit(|view| {
        view.past = Arc::new(vec![
            said(2, NoticeKind::Info, "the report was written to /tmp/r", None),
            said(1, NoticeKind::Error, "the disk is full", Some("hands")),
        ]);
    });
    harness.run();
    press(&mut harness, "Notices of this session");
    let at = |harness: &Harness<'_, App>, text: &str| {
        harness.get_by(|node| node.value().is_some_and(|value| value == text)).rect().top()
    };
    let [newer, older] = ["Done, 14:05: the report was written to /tmp/r", "Problem, 14:05: the disk is full"];
    assert!(at(&harness, newer) < at(&harness, older), "the newest is first");
    at(&harness, "hands");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by(|node| node.value().is_some_and(|value| value == newer)).is_none());
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
    assert!(
        harness.query_by_label("Preview: Sample 8").is_some() && harness.query_by_label("Preview: Draw 9").is_none()
    );
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
    press(&mut harness, "Other samples");
    assert!(named(&harness) && harness.query_by_label("Preview: Sample 1").is_some());
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

#[test]
fn train_says_what_is_used_and_what_is_left_out_and_why() {
    let bench = Bench::project();
    bench.edit_project(|project| {
        let rows = Arc::make_mut(&mut project.rows);
        let mut train = rows.iter_mut().filter(|row| row.split == overread::domain::Split::Train);
        train.next().unwrap().missing = true;
        train.by_ref().take(2).for_each(|row| row.label = None);
    });
    let mut harness = window(&bench);
    ctrl(&mut harness, Key::Num3);
    assert!(harness.query_by_label_contains("45 images").is_some());
    assert!(harness.query_by_label_contains("Left out: 2 without a label, 1 whose files are missing").is_some());
}

#[test]
fn each_screen_keeps_how_far_it_is_scrolled() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let top = |harness: &Harness<'_, App>, name: &str| harness.get_by_role_and_label(Role::Button, name).rect().top();
    ctrl(&mut harness, Key::Num5);
    let models = top(&harness, "small-cnn-3");
    ctrl(&mut harness, Key::Num2);
    let before = harness.get_by_role_and_label(Role::RadioButton, "Overview").rect().top();
    harness.hover_at(egui::pos2(640.0, 400.0));
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: egui::vec2(0.0, -200.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Wheel,
    });
    harness.run_steps(30);
    let data = harness.get_by_role_and_label(Role::RadioButton, "Overview").rect().top();
    assert!(data < before - 50.0, "it is scrolled: {before} {data}");
    ctrl(&mut harness, Key::Num5);
    assert_eq!(top(&harness, "small-cnn-3"), models);
    ctrl(&mut harness, Key::Num2);
    assert_eq!(harness.get_by_role_and_label(Role::RadioButton, "Overview").rect().top(), data);
}

#[test]
fn the_settings_have_a_button_in_the_top_bar() {
    let mut harness = window(&Bench::project());
    press(&mut harness, "Settings");
    assert!(harness.query_by_role_and_label(Role::TextInput, "Find a setting").is_some());
}

#[test]
fn the_notice_of_a_new_model_goes_once_its_comparison_was_seen() {
    let bench = Bench::project();
    bench.edit(|view| {
        let text = "The run is done".to_owned();
        let offer = Some(Offer::Evaluate(ModelId(3)));
        view.notices.push(Notice { id: 7, kind: NoticeKind::Info, text, offer, of_project: true });
    });
    let mut harness = window(&bench);
    let dismissed = || bench.take_commands().contains(&Command::Desk(DeskCommand::DismissNotice(7)));
    assert!(!dismissed(), "it waits for the person");
    ctrl(&mut harness, Key::Num4);
    assert!(dismissed());
}
