//! What the window sends when it is used, by key and by what a screen reader calls its parts.

mod fits;
mod keys;
mod learning;
mod leaving;
mod models;
mod narrow;
mod readers;
mod remembers;
mod screens;
mod settings;
mod start;
mod test_images;

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable};
use overread::domain::{ModelId, RunId, ThresholdGoal};
use overread::session::fixture::{Bench, box_comparison};
use overread::session::{
    Command, Deidentify, DemoKind, DeskCommand, Edit, Elsewhere, ExportFormat, ExportRequest, Format, Goal,
    ImportSource, ImportState, JobKind, JobView, Notice, NoticeKind, Offer, PastNotice, Pictures, PretrainedState,
    ProjectCommand, Since, StartFrom, TestChanges, UnfinishedRun, Unseen, Workbench,
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

/// Also below the visible part of a list.
fn press(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_by_role_and_label(Role::Button, name).click_accesskit();
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
