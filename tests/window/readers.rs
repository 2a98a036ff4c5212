//! How far the readers agree, on the Data screen.

use super::*;
use overread::domain::{ImageId, ReaderDescription, ReaderRole, ReadingMode};
use overread::domain::{Reads, Strata};
use overread::session::{AssigningCommand, CountedPart, MyReadings, StudyCommand, StudyReader, StudyView};

#[test]
fn readers_are_compared_and_a_cell_opens_its_images() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Readers");
    assert!(harness.query_by_label_contains("60 images were read by two or more").is_some());
    for coefficient in ["Agreement", "Fleiss' kappa", "Gwet's AC1", "Krippendorff's alpha"] {
        assert!(harness.query_all_by_label_contains(coefficient).next().is_some(), "{coefficient}");
    }
    assert!(harness.query_by_label_contains("agreement is no independent second reading").is_some());
    harness.get_by_label_contains("uploader 7 and Bob").click();
    harness.run();
    let opens =
        |name: &str| name.starts_with("uploader 7 ") && name.ends_with(" images") && !name.ends_with(" 0 images");
    let pressed = harness.query_all_by(|node| node.label().is_some_and(|name| opens(&name))).next().unwrap();
    let title = pressed.accesskit_node().label().unwrap();
    pressed.click_accesskit();
    harness.run();
    let opened = bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::SetFilter(filter)) => filter.only,
        _ => None,
    });
    let set = opened.expect("the images are looked at");
    assert_eq!(set.title, title);
    assert!(title.ends_with(&format!(": {} images", set.images.len())), "{title}");
}

#[test]
fn first_readings_are_asked_for_and_the_influence_of_the_model_is_told() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Readers");
    let told = |harness: &Harness<'_, App>, text: &str| harness.query_all_by_label_contains(text).next().is_some();
    assert!(
        told(&harness, "Agreement on the class · Last words".to_uppercase().as_str()) || told(&harness, "Last words")
    );
    bench.take_commands();
    harness.get_by_label("First readings").click_accesskit();
    harness.run();
    harness.run();
    let asked = bench.take_commands().into_iter().any(|command| {
        command == Command::Project(ProjectCommand::CompareReaders(overread::session::WhichReadings::First))
    });
    assert!(asked && told(&harness, "before committing it, going on to another, or an adjudication"));
    // What is compared, what a reader said twice, and what the model did, each with what it is made of.
    assert!(told(&harness, "images 1 to 25: "), "the plot says its figures");
    assert!(told(&harness, "Made of 120 committed readings and 0 readings with the model on screen, of 60 images"));
    assert!(told(&harness, "Seconds an image over the order of reading, images 1 to 15: "));
    assert!(told(&harness, "Ann: 90 images, median"));
    harness.get_by_role_and_label(Role::RadioButton, "Bob").click_accesskit();
    harness.run();
    assert!(told(&harness, "Bob: 90 images, median") && !told(&harness, "Ann: 90 images, median"));
    harness.get_by_label("Ann said another thing: 4 images").click_accesskit();
    harness.run();
    let opened = bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::SetFilter(filter)) => filter.only,
        _ => None,
    });
    assert_eq!(opened.expect("the images are looked at").images.len(), 4);
}

#[test]
fn where_readers_differ_one_s_word_is_taken_with_a_press() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let detail = || bench.view().project.as_ref().and_then(|project| project.detail.clone());
    let read_by_two = || detail().is_some_and(|detail| !detail.readers.words.is_empty());
    for _ in 0..60 {
        if !read_by_two() {
            harness.key_press(Key::ArrowRight);
            harness.run();
        }
    }
    let detail = detail().unwrap();
    assert!(harness.query_all_by_label_contains("Readers differ").next().is_some());
    assert!(harness.query_all_by_label_contains("in force").next().is_some());
    let take = harness.query_all_by(|node| node.label().is_some_and(|name| name.ends_with(" as Bob says")));
    let take: Vec<_> = take.collect();
    assert_eq!(take.len(), 1, "what is in force need not be taken");
    take[0].click_accesskit();
    harness.run();
    let taken = bench.take_commands().into_iter().find_map(|command| match command {
        Command::Project(ProjectCommand::TakeWord { image, reader }) => Some((image, reader)),
        _ => None,
    });
    assert_eq!(taken, Some((detail.image, "Bob".to_owned())));
    // Who adjudicates need not know whose word it is.
    harness.get_by_label("Hide who said what").click_accesskit();
    harness.run();
    assert!(harness.query_all_by_label_contains("Bob").next().is_none(), "nor is it told by the history");
}

#[test]
fn a_reader_is_shown_neither_the_model_nor_the_other_screens_while_reading_blind() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let bars = |harness: &Harness<'_, App>| harness.query_all_by_label_contains("The model says").next().is_some();
    assert!(bars(&harness));
    harness.get_by_label_contains("Reader ").click_accesskit();
    harness.run();
    harness.get_by_label("Blind").click_accesskit();
    harness.run();
    let asked = bench.take_commands().into_iter().any(|command| {
        matches!(command, Command::Project(ProjectCommand::SetReadingMode { mode, everyone: false }) if mode.is_own())
    });
    assert!(asked);
    assert!(!bars(&harness) && harness.query_all_by_label_contains("Blind reading").next().is_some());
    harness.key_press_modifiers(Modifiers::CTRL, Key::Num4);
    harness.run();
    harness.get_by_label("Closed while you read");
    harness.get_by_label("Go back to Review").click_accesskit();
    harness.run();
    assert!(harness.query_all_by_label_contains("Blind reading").next().is_some());
}

#[test]
fn reading_is_assigned_once_the_lists_were_looked_at() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Readers");
    harness.get_by_label("Assign reading…").click_accesskit();
    harness.run();
    assert!(harness.get_by_label("Show the lists").accesskit_node().is_disabled(), "nobody is named");
    harness.get_by_role_and_label(Role::TextInput, "Who reads").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Who reads").type_text("Ann, Ben");
    harness.run();
    harness.get_by_label("A share by two").click_accesskit();
    harness.run();
    harness.get_by_label("By class").click_accesskit();
    harness.run();
    harness.get_by_label("Blind").click_accesskit();
    harness.run();
    harness.get_by_label("Show the lists").click_accesskit();
    harness.run();
    let asked = bench.take_commands().into_iter().find_map(|command| match command {
        Command::Project(ProjectCommand::Assigning(AssigningCommand::Plan(asked))) => Some(asked),
        _ => None,
    });
    let plan = asked.expect("the lists are worked out").plan;
    assert_eq!(plan.reading, Some(ReadingMode::Blind));
    assert_eq!(
        (plan.readers, plan.reads, plan.strata),
        (vec!["Ann".into(), "Ben".into()], Reads::Doubled(20), Strata::Class)
    );
    harness.get_by_label("60 images to be read, 12 of them by two or more.");
    harness.get_by_label_contains("3 images are copies of others");
    harness.get_by_label("Assign them").click_accesskit();
    harness.run();
    let sent = bench.take_commands();
    assert!(sent.contains(&Command::Project(ProjectCommand::Assigning(AssigningCommand::Assign))), "{sent:?}");
    harness.get_by_label("Assign reading…");
}

#[test]
fn the_list_that_was_assigned_says_how_far_it_is_and_when_it_ends() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let show = |read, queue: Vec<u32>| {
        bench.edit_project(|project| {
            project.assigned = Some(MyReadings { read, total: 32, left_ms: Some(8 * 60_000 + 1) });
            project.filter.assigned = true;
            project.queue = Arc::new(queue.clone());
        });
    };
    show(17, vec![5, 3, 9]);
    harness.run();
    harness.get_by_label("17 of 32 read, about 9 min left");
    // What comes again is not in the queue yet, and is not told by how many there are.
    harness.get_by_label("15 of 60");
    harness.get_by_label_contains("Assigned to me");
    show(32, Vec::new());
    harness.run();
    harness.get_by_label("Your list is read: all 32");
    harness.get_by_label_contains("hand yours on now: overread share");
}

/// What was said of readers' roles and qualifications.
fn described(bench: &Bench) -> Vec<ReaderDescription> {
    let said = |command| match command {
        Command::Project(ProjectCommand::DescribeReader(description)) => Some(description),
        _ => None,
    };
    bench.take_commands().into_iter().filter_map(said).collect()
}

#[test]
fn a_reader_s_role_and_qualification_are_said_in_the_reader_s_menu() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    press(&mut harness, "Reader Reader 1");
    assert!(harness.query_by_label_contains("Nobody is asked for a password").is_some());
    harness.get_by_role_and_label(Role::RadioButton, "Second reader").click_accesskit();
    harness.run();
    assert_eq!(described(&bench), [ReaderDescription::new(ReaderRole::SecondReader, "")]);
    let field = |harness: &mut Harness<'_, App>, text: &str| {
        let field = harness.get_by_role_and_label(Role::TextInput, "Qualification");
        field.focus();
        field.type_text(text);
        harness.run();
    };
    field(&mut harness, "radiologist,");
    assert_eq!(described(&bench), [], "not while it is typed");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(described(&bench), [ReaderDescription::new(ReaderRole::SecondReader, "radiologist,")]);
    // Going on in the menu keeps it, too, and so does leaving the menu.
    field(&mut harness, " 12");
    harness.get_by_role_and_label(Role::TextInput, "Reader's name").focus();
    harness.run();
    assert_eq!(described(&bench), [ReaderDescription::new(ReaderRole::SecondReader, "radiologist, 12")]);
    field(&mut harness, " years");
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    let whole = ReaderDescription::new(ReaderRole::SecondReader, "radiologist, 12 years");
    assert_eq!(described(&bench), [whole]);
    press(&mut harness, "Reader Reader 1");
    field(&mut harness, " or so");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(described(&bench), [], "Escape leaves it as it was");
}

#[test]
fn the_readers_table_has_roles_and_a_rule_asks_about_students_where_there_are_some() {
    let bench = Bench::project();
    let describe = |name: &str, role| {
        bench.edit_project(|project| {
            let description = ReaderDescription::new(role, "4th year");
            Arc::make_mut(&mut project.data.described).insert(name.to_owned(), description);
        });
    };
    describe("Bob", ReaderRole::Reader);
    let mut harness = window(&bench);
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Readers");
    assert!(harness.query_all_by_label_contains("4th year").next().is_some());
    assert!(harness.query_by_label("with students' words").is_none(), "nobody is a student");
    let planned = |harness: &mut Harness<'_, App>| {
        press(harness, "Adjudicate: majority");
        bench.take_commands().into_iter().find_map(|command| match command {
            Command::Project(ProjectCommand::PlanAdjudication { with_students, .. }) => Some(with_students),
            _ => None,
        })
    };
    assert_eq!(planned(&mut harness), Some(false));
    describe("Bob", ReaderRole::Student);
    harness.run();
    assert!(harness.query_all_by_label_contains("Student").next().is_some());
    harness.get_by_label("with students' words").click_accesskit();
    harness.run();
    assert_eq!(planned(&mut harness), Some(true));
}

#[test]
fn a_study_is_started_says_that_it_runs_and_is_ended() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    let says = |harness: &Harness<'_, App>| harness.query_by_label("Study").is_some();
    assert!(!says(&harness));
    harness.get_by_role_and_label(Role::Tab, "Data").click();
    harness.run();
    part(&mut harness, "Readers");
    bench.take_commands();
    harness.get_by_label("Start a study").click_accesskit();
    harness.run();
    harness.run();
    let sent = |command: ProjectCommand| bench.take_commands().contains(&Command::Project(command));
    assert!(sent(ProjectCommand::Study(StudyCommand::Begin { images: 20, seed: 1 })));
    assert!(harness.query_by_label("Start a study").is_none());
    harness.get_by_role_and_label(Role::Tab, "Review").click();
    harness.run();
    assert!(says(&harness), "all the time");
    // Where the honest answers of single images would stand it is said why they do not.
    harness.get_by_role_and_label(Role::Tab, "Evaluate").click();
    harness.run();
    assert!(harness.query_by_label("A study runs").is_some() && harness.query_by_label("Evaluate again").is_none());
    assert!(harness.query_by_label_contains("Write report").is_none());
    harness.get_by_label("Go to Data").click_accesskit();
    harness.run();
    harness.run();
    harness.get_by_label("End the study").click_accesskit();
    harness.run();
    assert!(sent(ProjectCommand::Study(StudyCommand::End)));
    let followed = CountedPart { count: 2, of: 5, interval: Some([0.12, 0.77]) };
    let study = StudyView {
        began: "10:42".into(),
        ended: Some("11:05".into()),
        by: "Ann".into(),
        model: "first".into(),
        planted: 20,
        read: 5,
        seed: 7,
        here: true,
        unreadable: None,
        readers: vec![StudyReader { reader: "Bob".into(), followed }],
        images: Arc::new(vec![ImageId(1), ImageId(2)]),
        unconfirmed: Arc::new(vec![ImageId(2)]),
    };
    bench.edit_project(|project| project.data.studies = Some(Arc::new(vec![study.clone()])));
    harness.run();
    harness.get_by_label(
        "From 10:42 to 11:05 (by Ann, first, seed 7): a wrong answer was planted in 20 images, of which 5 were read.",
    );
    assert!(harness.query_all_by_label_contains("2 of 5 (0.12 to 0.77)").next().is_some());
    harness.get_by_label("2 images with a planted answer");
    harness.get_by_label("1 image to read again: the label follows a planted answer").click_accesskit();
    harness.run();
    let opened = bench.take_commands().into_iter().rev().find_map(|command| match command {
        Command::Project(ProjectCommand::SetFilter(filter)) => filter.only,
        _ => None,
    });
    assert_eq!(*opened.expect("it is looked at").images, [ImageId(2)]);
}

#[test]
fn the_readers_menu_shows_every_way_of_reading_where_the_window_has_room() {
    let bench = Bench::project();
    let mut harness = window(&bench);
    harness.get_by_label_contains("Reader ").click_accesskit();
    harness.run();
    let shown = |text: &str| {
        harness.output().shapes.iter().any(|clipped| match &clipped.shape {
            egui::Shape::Text(one) => {
                one.galley.text() == text && clipped.clip_rect.contains_rect(one.visual_bounding_rect())
            }
            _ => false,
        })
    };
    for text in ["Set reader", "Assisted", "Blind", "Reveal after commit", "Make this every reader's way here"] {
        assert!(shown(text), "{text} is in sight without scrolling");
    }
}
