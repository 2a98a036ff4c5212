//! Every action is done by somebody: asked for where it makes sense, it sends something, asks for a path, or changes what is
//! painted or how the window stands.

use super::App;
use crate::domain::{ModelId, ReadingMode};
use crate::session::fixture::Bench;
use crate::session::{Command, DeskCommand, Notice, NoticeKind, ProjectCommand, ReportRequest, Workbench as _};
use crate::session::{Drawn, DrawnForm, ImageSet};
use crate::ui::action::{Action, ReviewAction, Screen};
use crate::ui::dialogs::{Answer, Ask, Dialogs};
use crate::ui::keymap::Keymap;
use egui::ViewportCommand;
use egui_kittest::Harness;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

/// Dialogs that remember what they were asked, and never answer.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<Vec<Ask>>>);

impl Dialogs for Asked {
    fn ask(&mut self, ask: Ask, _: &egui::Context) {
        self.0.lock().unwrap().push(ask);
    }

    fn poll(&mut self) -> Option<(Ask, Answer)> {
        None
    }
}

/// At least one of every kind of action.
fn samples() -> Vec<Action> {
    let model = ModelId(1);
    let mut all: Vec<Action> = Keymap::default().entries().iter().map(|entry| entry.action.clone()).collect();
    all.extend([
        Action::ChoosePictures,
        Action::ExportAudit(Default::default()),
        Action::ChoosePreparation,
        Action::ChooseExport("/tmp/x".into()),
        Action::WriteReport(ReportRequest { model, against: Vec::new(), to: "/tmp/x".into(), pictures: false }),
        Action::SaveDrawing(Drawn { name: "roc".into(), form: DrawnForm::Svg("<svg/>".into()) }),
        Action::SaveArea("roc".into(), egui::Rect::EVERYTHING),
        Action::LookAt(ImageSet { title: "some".into(), images: Arc::default() }, Screen::Evaluate),
        Action::AskPromote(model, "knee-cnn".into(), "It was discarded.".into()),
        Action::ExportModel(model),
        Action::ExportCard(model),
        Action::Ask("Sure?".into(), "It changes much.".into(), "Change it", Command::Desk(DeskCommand::ForgetImport)),
        Action::Send(Command::Desk(DeskCommand::ForgetImport)),
    ]);
    all.extend([ReviewAction::Uncertain(0).into(), ReviewAction::Example(0).into()]);
    let rows = Bench::project().view().project.clone().unwrap().rows.clone();
    all.extend(rows.iter().skip(7).take(1).map(|row| ReviewAction::Show(row.id).into()));
    all
}

/// "Next" of `Review(Next)`, "GoTo" of `GoTo(Data)`.
fn name(action: &Action) -> String {
    let text = match action {
        Action::Review(action) => format!("{action:?}"),
        other => format!("{other:?}"),
    };
    text.split('(').next().unwrap_or_default().to_owned()
}

/// The variants of an enum, read from its source.
fn variants(source: &str, head: &str) -> BTreeSet<String> {
    let (_, body) = source.split_once(head).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let lines = body.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    lines.map(|line| line.split(['(', ',']).next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_variant_has_a_sample() {
    let mut known = variants(include_str!("../action.rs"), "pub enum Action {");
    assert!(known.remove("Review") && known.len() > 30, "{known:?}");
    known.extend(variants(include_str!("../action/review.rs"), "pub enum ReviewAction {"));
    let sampled: BTreeSet<String> = samples().iter().map(name).collect();
    assert_eq!(known, sampled);
}

/// A window over a bench, with what a person did in it before.
struct Scene {
    bench: fn() -> Bench,
    before: Vec<Action>,
}

fn scenes() -> Vec<Scene> {
    let noticed = || {
        let bench = Bench::project();
        let text = "Kept.".to_owned();
        bench.edit(|view| {
            view.notices.push(Notice { id: 9, kind: NoticeKind::Warning, text, offer: None, of_project: false });
        });
        bench
    };
    let scene = |bench: fn() -> Bench, before: &[ReviewAction]| Scene {
        bench,
        before: before.iter().map(|action| Action::Review(*action)).collect(),
    };
    use ReviewAction as On;
    vec![
        scene(noticed, &[]),
        scene(Bench::project, &[On::Last, On::ZoomIn, On::DrawBox, On::ToggleHeat, On::Preset(3)]),
        scene(Bench::project, &[On::Last, On::CycleGrid]),
        scene(Bench::boxes, &[On::ToggleHeat, On::NextBox]),
        scene(Bench::boxes, &[On::NextHeatClass]),
        scene(Bench::findings, &[]),
        scene(Bench::project, &[On::ToggleAutoAdvance, On::Label(0)]),
        scene(Bench::project, &[On::ToggleAutoAdvance, On::Label(1)]),
        Scene { bench: Bench::project, before: vec![Action::TextLarger] },
    ]
}

impl Scene {
    /// What is seen of an action, if anything; without one, what changes by itself.
    fn sees(&self, action: Option<&Action>) -> Option<&'static str> {
        let (bench, asked) = ((self.bench)(), Asked::default());
        let (own, dialogs) = (bench.clone(), Box::new(asked.clone()));
        let mut harness = Harness::builder()
            .with_size([1280.0, 800.0])
            .with_max_steps(48)
            .build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(own), dialogs));
        harness.run();
        for before in &self.before {
            act(&mut harness, before);
            harness.run();
        }
        // Until what was laid out by the last frame's width stands where it stays.
        harness.run_steps(3);
        bench.take_commands();
        let before = painted(&harness);
        if let Some(action) = action {
            act(&mut harness, action);
        }
        let mut window = false;
        for _ in 0..3 {
            harness.step();
            let wanted = |one: &ViewportCommand| {
                matches!(one, ViewportCommand::Close | ViewportCommand::Fullscreen(_) | ViewportCommand::Screenshot(_))
            };
            window |= harness.output().viewport_output.values().any(|viewport| viewport.commands.iter().any(wanted));
        }
        let sent = !bench.take_commands().is_empty();
        let seen = [
            (sent, "sent"),
            (!asked.0.lock().unwrap().is_empty(), "asked for a path"),
            (window, "asked of the window"),
            (painted(&harness) != before, "painted"),
        ];
        seen.into_iter().find(|(seen, _)| *seen).map(|(_, what)| what)
    }
}

fn act(harness: &mut Harness<'_, App>, action: &Action) {
    let ctx = harness.ctx.clone();
    let app = harness.state_mut();
    let view = app.bench.view();
    app.apply(&ctx, &view, action.clone());
    ctx.request_repaint();
}

/// All shapes, without the numbers of textures: the bench makes a heat map anew in each frame.
fn painted(harness: &Harness<'_, App>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let shapes = format!("{:?}", harness.output().shapes);
    for part in shapes.split("Managed(") {
        part.trim_start_matches(|c: char| c.is_ascii_digit()).hash(&mut hasher);
    }
    hasher.finish()
}

#[test]
fn every_action_is_done_by_somebody() {
    let scenes = scenes();
    let restless: Vec<usize> = (0..scenes.len()).filter(|at| scenes[*at].sees(None).is_some()).collect();
    assert_eq!(restless, [0; 0], "these scenes change by themselves");
    // The canvas looks whether their keys are down; see the tests of the Review screen.
    let mut done: BTreeSet<String> =
        [ReviewAction::HideOverlays, ReviewAction::Magnify].map(|held| name(&held.into())).into();
    for action in samples() {
        if !done.contains(&name(&action)) && scenes.iter().any(|scene| scene.sees(Some(&action)).is_some()) {
            done.insert(name(&action));
        }
    }
    let left: BTreeSet<String> = samples().iter().map(name).filter(|name| !done.contains(name)).collect();
    assert!(left.is_empty(), "nothing was seen of {left:?}");
}

/// The title that the window is given when what is open is seen anew, if it is given one.
fn title(bench: Bench) -> Option<String> {
    let mut harness = Harness::builder()
        .build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(bench), Box::new(Asked::default())));
    harness.state_mut().project = None;
    harness.step();
    let commands = harness.output().viewport_output.values().flat_map(|viewport| viewport.commands.clone());
    commands.filter_map(|command| if let ViewportCommand::Title(title) = command { Some(title) } else { None }).last()
}

#[test]
fn the_windows_title_names_the_project() {
    let name = Bench::project().view().project.as_ref().map(|project| project.name.clone()).unwrap();
    assert_eq!(title(Bench::project()), Some(format!("{name} - Overread")));
    assert_eq!(title(Bench::start_screen()), None, "as it was opened: Overread");
}

#[test]
fn what_a_blind_reader_is_refused_is_refused_before_a_path_is_asked_for() {
    let asked_of = |blind: bool, action: Action| {
        let (bench, asked) = (Bench::project(), Asked::default());
        if blind {
            bench.edit_project(|project| project.reading = ReadingMode::Blind);
        }
        let (own, dialogs) = (bench.clone(), Box::new(asked.clone()));
        let mut harness =
            Harness::builder().build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(own), dialogs));
        harness.run();
        bench.take_commands();
        act(&mut harness, &action);
        harness.step();
        let sent = bench.take_commands();
        let export = sent.iter().any(|command| matches!(command, Command::Project(ProjectCommand::Export(_))));
        (asked.0.lock().unwrap().len(), export)
    };
    assert_eq!(asked_of(false, Action::ExportCsv), (1, false));
    assert_eq!(asked_of(true, Action::ExportCsv), (0, true), "the session says why");
    assert_eq!(asked_of(true, Action::Relink), (1, false), "moved images are looked for all the same");
}
