//! Sources that were once misread, opened in the window: it says of each what the command says.

use super::desk::Desk;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use overread::session::ImportState;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/formats");
    let Ok(found) = std::fs::read_dir(&folder) else {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "../shared/cases/formats must be there in CI");
        println!("skipped: ../shared/cases/formats is not there");
        return Vec::new();
    };
    let mut cases: Vec<PathBuf> = found.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// What the command says of a source: its report, or why it refuses it.
fn command(source: &Path, project: &Path) -> Result<Value, String> {
    let binary = env!("CARGO_BIN_EXE_overread");
    let output = Command::new(binary).arg("import").arg(source).arg("--project").arg(project).arg("--json").output();
    let output = output.unwrap();
    let said = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    if output.status.success() { Ok(serde_json::from_str(said.trim()).unwrap()) } else { Err(said.into_owned()) }
}

fn sentences(report: &Value, list: &str) -> Vec<String> {
    report[list].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap().path();
        let target = to.join(entry.file_name().unwrap());
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).unwrap();
        }
    }
}

/// All that is painted, in words.
fn texts(desk: &Desk) -> Vec<String> {
    let nodes = desk.window.root().children_recursive();
    nodes.flat_map(|node| [node.accesskit_node().label(), node.accesskit_node().value()]).flatten().collect()
}

#[test]
fn the_window_says_of_every_source_what_the_command_says() {
    for case in cases() {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let dir = tempfile::tempdir().unwrap();
        // Projects are made beside what is imported.
        let source = dir.path().join(&name);
        copy(&case, &source);
        let said = command(&source, &dir.path().join("command.overread"));
        let mut desk = Desk::open(dir.path(), None);
        desk.answers.next(&source);
        desk.ctrl(Key::O);
        desk.until(&name, |view| {
            let state = view.import.as_ref().map(|import| &import.state);
            matches!(state, Some(ImportState::Ready(_) | ImportState::Failed(_)))
        });
        desk.quiet();
        let mut shown = texts(&desk);
        let shows = |text: &str| shown.iter().any(|label| label.contains(text));
        let report = match said {
            Ok(report) => report,
            Err(said) => {
                let view = desk.view();
                let state = view.import.as_ref().map(|import| import.state.clone());
                let Some(ImportState::Failed(why)) = state else { panic!("{name}: the command says {said}") };
                assert!(said.contains(why.trim()) || why.contains(said.trim()), "{name}: {said:?} and {why:?}");
                assert!(shows(why.trim()), "{name}: {why} is not shown");
                continue;
            }
        };
        for one in report["left_out"].as_array().unwrap() {
            let why = one["why"].as_str().unwrap();
            assert!(shows(why) || shows("each for its own reason"), "{name}: {why:?} is not shown");
        }
        for class in sentences(&report, "classes") {
            assert!(shows(&class), "{name}: the class {class} is not shown");
        }
        // What only making the project tells stands with the import on the Data screen.
        desk.press("Create project");
        desk.until("the project", |view| view.project.is_some());
        desk.quiet();
        desk.ctrl(Key::Num2);
        desk.window.get_by_role_and_label(Role::RadioButton, "Imports").click_accesskit();
        desk.window.run_steps(3);
        desk.window.get_by(|node| node.label().is_some_and(|label| label.contains(&name))).click_accesskit();
        desk.window.run_steps(8);
        shown.extend(texts(&desk));
        for sentence in ["remarks", "conflicts"].iter().flat_map(|list| sentences(&report, list)) {
            assert!(shown.iter().any(|text| text.contains(&sentence)), "{name}: {sentence:?} is not shown");
        }
    }
}
