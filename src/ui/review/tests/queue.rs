//! Filters, order and the rows of the queue.

use super::*;

#[test]
fn chips_and_search_set_the_filter() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let counts = project(&bench).counts;
    driver.get_by_label(&format!("Disagree {}", counts.disagreements)).click();
    driver.run();
    let filter = Filter { disagreement: true, ..Filter::default() };
    assert_eq!(bench.take_commands().first(), Some(&Command::Project(ProjectCommand::SetFilter(filter.clone()))));
    driver.get_by_label("Find by name").focus();
    driver.run();
    driver.get_by_label("Find by name").type_text("IMG");
    driver.run();
    let sent = bench.take_commands();
    assert_eq!(
        sent.last(),
        Some(&Command::Project(ProjectCommand::SetFilter(Filter { name: "IMG".into(), ..filter })))
    );
}

#[test]
fn where_the_model_may_be_not_sure_the_queue_filters_and_sorts_by_it_and_the_panel_says_between_what() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    assert!(driver.query_by_label_contains("Not sure").is_none());
    bench.edit_project(|project| {
        project.answers = Some(crate::domain::AnswerRule { miss: 0.1, least: 0.0, images: 40 });
        project.counts.unsure = 7;
    });
    driver.run();
    assert!(driver.query_by_label_contains("Not sure: ").is_some(), "the panel beside the picture");
    driver.get_by_label("Not sure 7").click();
    driver.run();
    let filter = Filter { unsure: true, ..Filter::default() };
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::SetFilter(filter))));
    driver.get_by_label("Order of the queue").click();
    driver.run();
    driver.get_by_label("Not sure first").click();
    driver.run();
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::SetSort(Sort::NotSure))));
}

#[test]
fn an_empty_queue_offers_to_show_all() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    bench.send(Command::Project(ProjectCommand::SetFilter(Filter {
        name: "no such image".into(),
        ..Filter::default()
    })));
    driver.run();
    driver.get_by_label("Show all").click();
    driver.run();
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::SetFilter(Filter::default()))));
    assert_eq!(project(&bench).queue.len(), project(&bench).rows.len());
}

#[test]
fn the_order_is_chosen_from_its_menu_and_begins_with_its_first_image() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::End);
    driver.run();
    bench.take_commands();
    driver.get_by_label("Order of the queue").click();
    driver.run();
    driver.get_by_label("Most uncertain first").click();
    driver.run();
    assert_eq!(bench.take_commands().first(), Some(&Command::Project(ProjectCommand::SetSort(Sort::Uncertainty))));
    assert_eq!(driver.state().state.selected(), Some(queued(&bench, 0)));
}

#[test]
fn orders_for_labelling_are_offered_where_they_make_sense_and_part_of_them_is_drawn_at_random() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let menu = |driver: &mut Driver| {
        driver.get_by_label("Order of the queue").click();
        driver.run();
    };
    menu(&mut driver);
    assert!(driver.query_by_label("10 % at random").is_none(), "names are no learned order");
    // Of two classes it would be the order of the most uncertain.
    assert_eq!(driver.query_by_label("Least confident first").is_some(), project(&bench).classes.len() > 2);
    driver.get_by_label("Likely label errors first").click();
    driver.run();
    assert_eq!(bench.take_commands().first(), Some(&Command::Project(ProjectCommand::SetSort(Sort::LabelErrors))));
    menu(&mut driver);
    driver.get_by_label("10 % at random").click();
    driver.run();
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::SetRandomArm(10))));
    assert_eq!(project(&bench).random_arm, 10);
    bench.edit_project(|project| project.active = None);
    driver.run();
    menu(&mut driver);
    assert!(driver.query_by_label("Likely label errors first").is_none());
    assert!(driver.query_by_label("Readers differ first").is_some());
}

#[test]
fn only_visible_thumbnails_are_asked_for() {
    let bench = Bench::project();
    bench.edit_project(|project| {
        let row = project.rows[0].clone();
        let rows = (0..5000).map(|i| crate::session::ImageRow { id: ImageId(i), ..row.clone() });
        project.rows = Arc::new(rows.collect());
        project.queue = Arc::new((0..5000).collect());
    });
    let mut driver = open(&bench);
    driver.key_press(Key::End);
    driver.run();
    assert_eq!(driver.state().state.selected(), Some(ImageId(4999)));
    let asked = driver.state().watched.thumbnails.lock().unwrap().clone();
    assert!(asked.contains(&ImageId(4999)), "the last row is in view");
    assert!(!asked.contains(&ImageId(2500)));
    assert!(asked.len() < 200, "{} thumbnails", asked.len());
}

#[test]
fn conditions_are_typed_completed_and_told_what_is_wrong_with_them() {
    use crate::session::query::{Is, Term, What};
    let bench = Bench::project();
    let mut driver = open(&bench);
    let field = |driver: &mut Driver, text: &str| {
        driver.get_by_label("Find by name").focus();
        driver.run();
        driver.get_by_label("Find by name").type_text(text);
        driver.run();
    };
    field(&mut driver, "not:reviewed IMG");
    let terms = vec![Term { not: true, what: What::Is(Is::Reviewed) }];
    let wanted = Filter { terms, name: "IMG".into(), ..Filter::default() };
    assert_eq!(project(&bench).filter, wanted);
    assert!(project(&bench).queue.iter().all(|&row| !project(&bench).rows[row as usize].reviewed));
    field(&mut driver, " colour:red");
    assert!(driver.query_by_label_contains("At sign 18: \u{201c}colour\u{201d} is no key").is_some());
    assert_eq!(project(&bench).filter, wanted, "what was found stays until it is clear what is meant");
}

#[test]
fn tab_takes_the_word_that_is_offered() {
    use crate::session::query::{Term, What};
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.get_by_label("Find by name").focus();
    driver.run();
    driver.get_by_label("Find by name").type_text("label:fr");
    driver.run();
    driver.get_by_label("label:Fractured");
    driver.key_press(Key::Tab);
    driver.run();
    let fractured = project(&bench).classes.index_of("Fractured");
    assert_eq!(project(&bench).filter.terms, [Term { not: false, what: What::Label(fractured) }]);
}

#[test]
fn rows_are_as_high_as_the_person_likes_and_filters_are_kept() {
    use crate::session::{DeskCommand, RowSize};
    let bench = Bench::project();
    let mut driver = open(&bench);
    let height = |driver: &Driver| driver.query_all_by_role(Role::ListItem).next().expect("a row").rect().height();
    let before = height(&driver);
    driver.get_by_label("Order of the queue").click();
    driver.run();
    driver.get_by_label("Dense rows").click();
    driver.run();
    assert_eq!(bench.view().preferences.labelling.rows, RowSize::Dense);
    assert!(height(&driver) < before, "{} {before}", height(&driver));
    let filter = Filter { flagged: true, ..Filter::default() };
    bench.send(Command::Project(ProjectCommand::SetFilter(filter)));
    driver.run();
    driver.get_by_label("More filters").click();
    driver.run();
    driver.get_by_label("Name of the filter").focus();
    driver.run();
    driver.get_by_label("Name of the filter").type_text("to discuss");
    driver.run();
    driver.get_by_label("Keep this filter").click_accesskit();
    driver.run();
    let kept = bench.view().preferences.labelling.filters.clone();
    assert_eq!(kept.iter().map(|one| (&*one.name, &*one.text)).collect::<Vec<_>>(), [("to discuss", "flagged")]);
    let sent = bench.take_commands();
    assert!(sent.iter().any(|command| matches!(command, Command::Desk(DeskCommand::SetPreferences(_)))));
}

#[test]
fn rows_of_the_search_before_say_so_while_what_is_typed_is_no_search() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let field = "Find by name";
    let type_text = |driver: &mut Driver, text: &str| {
        driver.get_by_label(field).focus();
        driver.run();
        driver.get_by_label(field).type_text(text);
        driver.run();
    };
    let said = |driver: &Driver| driver.query_by_label_contains("Not searched. Below is still").is_some();
    type_text(&mut driver, "foo:bar");
    driver.get_by_label("Not searched. Below is still all images.");
    assert!(driver.query_by_label_contains("\u{201c}foo\u{201d} is no key").is_some());
    let shown = driver.state().state.selected();
    driver.key_press(Key::Enter);
    driver.run();
    assert_eq!(driver.state().state.selected(), shown, "nothing was found that could be gone to");
    driver.key_press_modifiers(Modifiers::COMMAND, Key::A);
    type_text(&mut driver, "label:Fractured ");
    assert!(!said(&driver));
    type_text(&mut driver, "split:nowhere");
    driver.get_by_label("Not searched. Below is still what \u{201c}label:Fractured\u{201d} found.");
    assert!(driver.query_by_label_contains("There is no split \u{201c}nowhere\u{201d}").is_some());
}

#[test]
fn rows_of_one_file_name_show_the_folders_that_tell_them_apart() {
    let bench = Bench::project();
    bench.edit_project(|p| {
        let queue: Vec<usize> = p.queue.iter().take(2).map(|row| *row as usize).collect();
        let rows = Arc::make_mut(&mut p.rows);
        for (patient, row) in queue.into_iter().enumerate() {
            rows[row].name = format!("train/patient{patient:05}/study1/view1_frontal.jpg").into();
            Arc::make_mut(&mut rows[row].facts).tail = Some("train/".len());
        }
    });
    let driver = open(&bench);
    driver.get_by_label_contains("patient00000/study1/view1_frontal.jpg, ");
    driver.get_by_label_contains("patient00001/study1/view1_frontal.jpg, ");
}

#[test]
fn what_a_head_learned_is_said_shown_and_switched_off() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    assert!(driver.query_by_label_contains("earned from").is_none(), "it is off");
    driver.state_mut().act(ReviewAction::ToggleLearning, &bench.view());
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::LearnWhileLabelling(true))]);
    driver.run();
    let said = "Learned from 12 corrections; 3 predictions changed, 3 of them unreviewed and now unsure";
    assert!(driver.query_by_label(said).is_some());
    driver.get_by_label("Show the changed predictions").click();
    driver.run();
    let sent = bench.take_commands();
    let changed: Vec<ImageId> = project(&bench).rows.iter().take(3).map(|row| row.id).collect();
    let shown = sent.iter().find_map(|command| match command {
        Command::Project(ProjectCommand::SetFilter(filter)) => filter.only.clone(),
        _ => None,
    });
    assert_eq!(shown.unwrap().images.as_ref(), &changed);
    driver.get_by_label("Stop learning while you label").click();
    driver.run();
    assert_eq!(bench.take_commands().last(), Some(&Command::Project(ProjectCommand::LearnWhileLabelling(false))));
    driver.run();
    assert!(driver.query_by_label(said).is_none());
}

#[test]
fn similar_images_come_in_their_order_and_a_model_of_boxes_compares_none() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    let asked = queued(&bench, 0);
    driver.state_mut().act(ReviewAction::Similar, &bench.view());
    assert_eq!(bench.take_commands(), [Command::Project(ProjectCommand::ShowSimilar(asked))]);
    driver.run();
    let now = project(&bench);
    let set = now.filter.only.clone().unwrap();
    let queue: Vec<ImageId> = now.queue.iter().map(|row| now.rows[*row as usize].id).collect();
    assert_eq!((queue.len(), &queue), (25, set.images.as_ref()), "not by their names");
    assert!(driver.query_by_label_contains(&set.title).is_some());
}

#[test]
fn the_image_that_is_looked_at_stays_in_sight_when_the_filter_goes() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::End);
    driver.run();
    let last = project(&bench).queue.len() - 1;
    let image = queued(&bench, last);
    let name = project(&bench).rows.iter().find(|row| row.id == image).unwrap().short_name().to_owned();
    let shown = |driver: &Driver| {
        let mut rows = driver.query_all_by_role(Role::ListItem).filter_map(|row| row.accesskit_node().label());
        rows.any(|row| row.starts_with(&name))
    };
    for filter in [Filter { name: name.clone(), ..Filter::default() }, Filter::default()] {
        bench.send(Command::Project(ProjectCommand::SetFilter(filter)));
        driver.run();
        assert!(shown(&driver), "{} rows", project(&bench).queue.len());
    }
    assert_eq!((driver.state().state.selected(), project(&bench).queue.len()), (Some(image), last + 1));
}
