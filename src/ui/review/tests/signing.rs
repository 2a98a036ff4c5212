//! Images that are signed off: seen in the row, the panel and the tools, and reopened with a reason.

use super::*;
use crate::ui::action::ManyAction;
use crate::ui::review::Asked;

fn signings(bench: &Bench) -> Vec<ProjectCommand> {
    let sent = bench.take_commands().into_iter();
    sent.filter_map(|command| match command {
        Command::Project(command @ (ProjectCommand::SignOff { .. } | ProjectCommand::Reopen { .. })) => Some(command),
        _ => None,
    })
    .collect()
}

/// The first image is reviewed, signed off by its key, and looked at.
fn signed(bench: &Bench) -> (Driver, ImageId) {
    let mut driver = open(bench);
    let image = queued(bench, 0);
    for key in [Key::Num1, Key::Home] {
        driver.key_press(key);
        driver.run();
    }
    bench.take_commands();
    driver.key_press_modifiers(Modifiers::ALT, Key::S);
    driver.run();
    assert_eq!(signings(bench), [ProjectCommand::SignOff { images: vec![image] }]);
    (driver, image)
}

#[test]
fn what_is_signed_off_says_so_everywhere_and_nothing_of_it_can_be_pressed() {
    let bench = Bench::project();
    let (mut driver, image) = signed(&bench);
    driver.get_by_label("Signed off by Reader 1, 10:42");
    let row = driver.query_all_by_role(Role::ListItem).next().unwrap();
    let spoken = row.accesskit_node().label().unwrap();
    assert!(spoken.contains(", signed off by Reader 1"), "{spoken}");
    // Some of these names are those of a filter or a heading too.
    let disabled = |driver: &Driver, name: &str| {
        let mut all = driver.query_all_by_label(name);
        all.any(|node| node.accesskit_node().is_disabled())
    };
    for name in ["Box", "Measure", "Flag", "Key image", "Note"] {
        assert!(disabled(&driver, name), "{name}");
    }
    assert!(!disabled(&driver, "Move") && !disabled(&driver, "Reopen"));
    // A class key stays on the image, which the session then says something of; Enter, which changes nothing, goes on.
    driver.key_press(Key::Num2);
    driver.run();
    assert_eq!(driver.state().state.image(), Some(image));
    driver.key_press(Key::Enter);
    driver.run();
    assert_ne!(driver.state().state.image(), Some(image));
}

#[test]
fn reopening_asks_for_a_reason() {
    let bench = Bench::project();
    let (mut driver, image) = signed(&bench);
    driver.get_by_label("Reopen").click();
    driver.run();
    assert_eq!(driver.state_mut().state.take_asked(), Some(Asked::Reason(vec![image])));
    assert_eq!(signings(&bench), [], "nothing is sent before it is given");
    bench.send(Command::Project(ProjectCommand::Reopen { images: vec![image], reason: "x".into() }));
    driver.run();
    assert!(driver.query_by_label("Signed off by Reader 1, 10:42").is_none());
    driver.get_by_label("Sign off");
    // Where nothing is signed off nothing is asked.
    driver.key_press_modifiers(Modifiers::ALT | Modifiers::SHIFT, Key::S);
    driver.run();
    assert_eq!(driver.state_mut().state.take_asked(), None);
}

#[test]
fn a_page_of_the_grid_is_signed_off_in_one_step_once_that_is_meant() {
    let bench = Bench::project();
    let mut driver = open(&bench);
    driver.key_press(Key::L);
    driver.run();
    let view = bench.view();
    driver.state_mut().act(ReviewAction::Many(ManyAction::SignOffPage), &view);
    let Some(Asked::Whether { title, command, .. }) = driver.state_mut().state.take_asked() else { panic!("asked") };
    let images: Vec<ImageId> = (0..4).map(|place| queued(&bench, place)).collect();
    assert_eq!(title, "Sign 4 images off as Reader 1?");
    assert_eq!(*command, Command::Project(ProjectCommand::SignOff { images }));
    assert_eq!(signings(&bench), []);
}
