//! The Data screen: what the data are made of, what is wrong with them, how they are divided, the class list, and the
//! way out.

mod adjudication;
mod assigning;
mod audit;
mod class_line;
mod class_place;
mod classes;
mod counts;
mod influence;
mod kind;
mod over_time;
mod overview;
mod problems;
mod readers;
mod readings;
mod splits;
mod studying;
mod work;

use super::action::Action;
use super::context::PanelContext;
use super::export;
use super::imports;
use super::phrases;
use super::summary::Summary;
use super::theme::space;
use super::widgets::ThumbnailCache;
use super::widgets::{self, Button, ButtonStyle};
use crate::domain::class_list::ClassList;
use crate::session::{Analysis, DataState, ImageSet, ProjectCommand, ProjectView};
use egui::Ui;
use std::sync::Arc;

/// A part of the screen.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Overview,
    Problems,
    Splits,
    Classes,
    Readers,
    Audit,
    Imports,
    Export,
}

const TABS: [Tab; 8] =
    [Tab::Overview, Tab::Problems, Tab::Splits, Tab::Classes, Tab::Readers, Tab::Audit, Tab::Imports, Tab::Export];

impl Tab {
    /// Each part keeps how far it is scrolled.
    fn name(self) -> &'static str {
        match self {
            Tab::Overview => "overview",
            Tab::Problems => "problems",
            Tab::Splits => "splits",
            Tab::Classes => "classes",
            Tab::Readers => "readers",
            Tab::Audit => "audit",
            Tab::Imports => "imports",
            Tab::Export => "export",
        }
    }
}

/// What the screen remembers: which part is shown, and what is typed.
#[derive(Default)]
pub struct State {
    tab: Tab,
    splits: splits::State,
    readers: readers::State,
    audit: audit::State,
    assigning: assigning::State,
    studying: studying::State,
    thumbnails: ThumbnailCache,
    /// The list the names below were taken from.
    from: Option<Arc<ClassList>>,
    edited: ClassList,
    pub export: export::State,
}

impl State {
    /// Shows the class list, and below it what an image has.
    pub fn go_to_classes(&mut self) {
        self.tab = Tab::Classes;
    }

    fn follow(&mut self, project: &ProjectView) {
        if self.from.as_deref() != Some(&*project.classes) {
            self.from = Some(Arc::clone(&project.classes));
            self.edited = (*project.classes).clone();
        }
    }

    fn problem(&self) -> Option<String> {
        ClassList::from_names(&self.edited.names(), self.edited.ordinal).err().map(|e| format!("{e}."))
    }

    fn changed(&self) -> bool {
        self.from.as_deref().is_some_and(|from| *from != self.edited)
    }
}

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, summary: &Summary, state: &mut State) {
    state.follow(project);
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(22, 20));
    widgets::screen_scroll(("data", state.tab.name())).show(ui, |ui| {
        frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            tabs(ui, cx, project, state);
            trouble(ui, cx, project);
            match state.tab {
                Tab::Overview => {
                    widgets::card(ui, cx.theme, |ui| counts::show(ui, cx, project, summary));
                    widgets::card(ui, cx.theme, |ui| work::show(ui, cx, project));
                    looked_through(ui, cx, project, |ui, cx, analysis| {
                        overview::show(ui, cx, project, analysis, state);
                    });
                }
                Tab::Problems => looked_through(ui, cx, project, |ui, cx, analysis| {
                    problems::show(ui, cx, project, analysis, state);
                }),
                Tab::Splits => splits::show(ui, cx, project, &mut state.splits),
                Tab::Classes => {
                    widgets::card(ui, cx.theme, |ui| classes::show(ui, cx, project, summary, state));
                    kind::show(ui, cx, project);
                }
                Tab::Readers => {
                    widgets::card(ui, cx.theme, |ui| assigning::show(ui, cx, project, &mut state.assigning));
                    widgets::card(ui, cx.theme, |ui| studying::show(ui, cx, project, &mut state.studying));
                    readers::show(ui, cx, project, &mut state.readers);
                }
                Tab::Audit => {
                    widgets::card(ui, cx.theme, |ui| audit::show(ui, cx, project, &mut state.audit));
                }
                Tab::Imports => {
                    widgets::card(ui, cx.theme, |ui| imports::show(ui, cx, project));
                }
                Tab::Export => {
                    widgets::card(ui, cx.theme, |ui| export::show(ui, cx, project, &mut state.export));
                }
            }
        });
    });
}

fn tabs(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let found = project.data.analysis.as_ref().map_or(0, |a| a.problems.iter().map(|p| p.sets.len()).sum());
    let problems = if found == 0 { "Problems".to_owned() } else { format!("Problems {}", phrases::thousands(found)) };
    let names = ["Overview", problems.as_str(), "Splits", "Classes", "Readers", "Audit", "Imports", "Export"];
    ui.horizontal_wrapped(|ui| {
        let chosen = TABS.iter().position(|tab| *tab == state.tab);
        if let Some(tab) = widgets::segmented_fitting(ui, cx.theme, &names, chosen).and_then(|at| TABS.get(at)) {
            state.tab = *tab;
        }
        if project.data.state == DataState::Running {
            ui.label(widgets::caption(cx.theme, "Looking through the data…"));
        }
    });
    // Also where another part is shown first: the number of problems belongs to the tab.
    if project.data.state == DataState::Wanted && !project.rows.is_empty() {
        cx.commands.push(ProjectCommand::Analyse.into());
    }
}

/// Shows what was found, or why there is nothing yet.
fn looked_through(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    show: impl FnOnce(&mut Ui, &mut PanelContext<'_>, &Analysis),
) {
    if let DataState::Ended(why) = &project.data.state {
        widgets::card(ui, cx.theme, |ui| {
            ui.label(widgets::strong(cx.theme, "The data were not looked through").color(cx.theme.warning));
            ui.add(egui::Label::new(widgets::body(cx.theme, format!("Because {why}."))).wrap());
            if Button::new("Look through the data").ui(ui, cx.theme).clicked() {
                cx.send(ProjectCommand::Analyse);
            }
        });
    }
    match &project.data.analysis {
        Some(analysis) => show(ui, cx, analysis),
        None if project.rows.is_empty() => {
            ui.label(widgets::caption(cx.theme, "The project has no images: import some."));
        }
        None => {
            ui.label(widgets::caption(
                cx.theme,
                "Duplicates, attributes and examples are shown once they are counted.",
            ));
        }
    }
}

/// What images of no class are called.
fn unclassed(project: &ProjectView) -> &'static str {
    match project.is_about_boxes() {
        _ if project.classes.findings => "Nothing present",
        true => "No box",
        false => "No label",
    }
}

/// How many images a class has; absent while that is not counted.
fn images_of(project: &ProjectView, summary: &Summary, class: usize) -> Option<usize> {
    if !project.is_about_boxes() || project.classes.findings {
        return Some(summary.of_class(class));
    }
    let counted = project.data.analysis.as_ref()?.splits.get(class).map(|splits| splits.iter().sum());
    Some(counted.unwrap_or(0))
}

/// Shows a set of images in the queue.
fn open(cx: &mut PanelContext<'_>, set: ImageSet) {
    cx.push(Action::LookAt(set, super::Screen::Data));
}

/// What stands in the way, each with what to do about it.
fn trouble(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    let writable = project.read_only.is_none();
    if let Some(why) = &project.read_only {
        widgets::card(ui, theme, |ui| {
            ui.label(widgets::strong(theme, "Read-only").color(theme.warning));
            ui.add(egui::Label::new(widgets::body(theme, why)).wrap());
        });
    }
    if project.missing > 0 {
        widgets::card(ui, theme, |ui| {
            ui.label(
                widgets::strong(theme, format!("{} not where the project says", are(project.missing)))
                    .color(theme.warning),
            );
            let text = "They were moved, renamed, or lie on a drive that is not connected. Show the folder they are in now; they are matched by their content.";
            ui.add(egui::Label::new(widgets::body(theme, text)).wrap());
            widgets::action_button(ui, cx, Action::Relink, Some("Find them…"), ButtonStyle::Plain, writable);
        });
    }
    if project.wrong_on_purpose > 0 {
        widgets::card(ui, theme, |ui| {
            let text = format!(
                "This is a demo: {} a wrong label on purpose, as real data do. “Disagree” in the queue finds them.",
                if project.wrong_on_purpose == 1 {
                    "1 image has".to_owned()
                } else {
                    format!("{} images have", phrases::thousands(project.wrong_on_purpose))
                }
            );
            ui.add(egui::Label::new(widgets::body(theme, text)).wrap());
        });
    }
}

fn are(count: usize) -> String {
    if count == 1 { "1 image is".into() } else { format!("{} images are", phrases::thousands(count)) }
}
