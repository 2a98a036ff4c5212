//! What is done to several chosen images at once.

use crate::domain::{ImageId, Presence, Split};
use crate::session::{Command, ManyEdit, ProjectCommand, ProjectView, RowFindings, Toll, View, taken_along};
use crate::ui::action::{Grid, ManyAction, ReviewAction};
use crate::ui::phrases::thousands;
use crate::ui::review::model::selection::Selection;
use crate::ui::review::state::ReviewState;
use std::collections::HashSet;
use std::sync::Arc;

/// What the window has to ask before it is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Whether it is meant: a headline, what it comes to, what the button says, and what is sent then.
    Whether { title: String, text: String, button: &'static str, command: Box<Command> },
    /// Where the labels of these images go.
    Export(Arc<Vec<ImageId>>),
    /// Why these images are reopened.
    Reason(Vec<ImageId>),
}

impl ReviewState {
    /// What the window has to ask for, once.
    pub fn take_asked(&mut self) -> Option<Asked> {
        self.asked.take()
    }

    /// The images an action is about: those chosen together, else the one looked at.
    pub(in crate::ui::review) fn chosen(&self, project: &ProjectView) -> Vec<ImageId> {
        if self.marked.are_several() { self.marked.in_order(project) } else { self.image().into_iter().collect() }
    }

    /// Does an action to all chosen images, where there are several and it is one that can be done to several. Says whether
    /// it was.
    pub(super) fn on_many(&mut self, action: ReviewAction, commands: &mut Vec<Command>, view: &View) -> bool {
        let Some(project) = view.project.as_deref().filter(|_| self.marked.are_several()) else { return false };
        let images = self.marked.in_order(project);
        let rows = || {
            let chosen: HashSet<ImageId> = images.iter().copied().collect();
            project.rows.iter().filter(move |row| chosen.contains(&row.id))
        };
        let presence = |finding: usize, next: fn(bool) -> Option<Presence>, of: Presence| {
            let is = |findings: &RowFindings| findings.get(finding).known == Some(of);
            next(rows().all(|row| row.findings.as_ref().is_some_and(is)))
        };
        let edit = match action {
            ReviewAction::Label(_) if project.is_about_boxes() && !project.classes.findings => return true,
            ReviewAction::Label(class) if class >= project.classes.len() => return true,
            ReviewAction::Label(class) if !project.classes.findings => ManyEdit::Label(Some(class)),
            ReviewAction::Label(class) if project.classes.is_negative(class) => ManyEdit::NothingHere,
            ReviewAction::Label(finding) => {
                let next = |all: bool| Some(if all { Presence::Absent } else { Presence::Present });
                ManyEdit::Finding { finding, presence: presence(finding, next, Presence::Present) }
            }
            ReviewAction::Uncertain(finding) => {
                let next = |all: bool| (!all).then_some(Presence::Uncertain);
                ManyEdit::Finding { finding, presence: presence(finding, next, Presence::Uncertain) }
            }
            ReviewAction::Unlabel => ManyEdit::Label(None),
            ReviewAction::Accept => self.accepting(project),
            ReviewAction::NothingHere => ManyEdit::NothingHere,
            ReviewAction::ToggleFlag => ManyEdit::Flag(!rows().all(|row| row.flagged)),
            ReviewAction::ToggleKey => ManyEdit::Key(!rows().all(|row| row.facts.key)),
            _ => return false,
        };
        self.ask_or_send(commands, project, images, edit);
        true
    }

    fn accepting(&self, project: &ProjectView) -> ManyEdit {
        ManyEdit::Accept { threshold: self.threshold.of_all(project).filter(|_| project.threshold.is_some()) }
    }

    /// Sends an action on many images, or has it asked first where it would overrule what readers said.
    fn ask_or_send(
        &mut self,
        commands: &mut Vec<Command>,
        project: &ProjectView,
        images: Vec<ImageId>,
        edit: ManyEdit,
    ) {
        if project.read_only.is_some() {
            return;
        }
        let toll = Toll::of(project, &images, &edit);
        let command = Command::Project(ProjectCommand::AnnotateMany { images, edit: edit.clone() });
        if toll.overruled == 0 {
            commands.push(command);
            return;
        }
        let of = thousands(toll.images);
        let title = match &edit {
            ManyEdit::Label(Some(class)) => {
                format!("Label {of} images \u{201c}{}\u{201d}?", project.classes.name(*class))
            }
            ManyEdit::Label(None) => format!("Take away what was said of {of} images?"),
            ManyEdit::Finding { finding, presence } => format!(
                "Say \u{201c}{} {}\u{201d} of {of} images?",
                project.classes.name(*finding),
                presence.map_or("not assessed", Presence::name)
            ),
            ManyEdit::NothingHere | ManyEdit::Accept { .. } | ManyEdit::Flag(_) | ManyEdit::Key(_) => {
                format!("Say that nothing is on {of} images?")
            }
        };
        let who = match (toll.of_readers, toll.overruled - toll.of_readers) {
            (readers, 0) => format!("Of {} of them a reader has said something else", thousands(readers)),
            (0, imported) => format!("{} of them have something else from an import", thousands(imported)),
            (readers, imported) => format!(
                "Of {} of them a reader has said something else, and {} have something else from an import",
                thousands(readers),
                thousands(imported)
            ),
        };
        let text = format!("{who}, which is replaced. Undo brings all of it back in one step.");
        self.asked = Some(Asked::Whether { title, text, button: "Replace it", command: Box::new(command) });
    }

    /// Choosing several images, and what is done to several alone.
    pub(super) fn many(&mut self, action: ManyAction, commands: &mut Vec<Command>, view: &View) {
        let Some(project) = view.project.as_deref() else { return };
        match action {
            ManyAction::ChooseAll => self.marked.all(project),
            ManyAction::ChooseThis => {
                if let Some(image) = self.image() {
                    self.marked.toggle(image, None);
                }
            }
            ManyAction::ChooseNext => self.extend(commands, view, 1),
            ManyAction::ChoosePrevious => self.extend(commands, view, -1),
            ManyAction::AcceptPage => self.accept_page(commands, project),
            ManyAction::SignOffPage => self.sign_off(commands, view, true),
            ManyAction::Move(split) => self.move_chosen(commands, project, split),
            ManyAction::Export => {
                let images = self.chosen(project);
                if !images.is_empty() {
                    self.asked = Some(Asked::Export(Arc::new(images)));
                }
            }
        }
    }

    /// Goes on in the queue and takes all from where the range began to there in.
    fn extend(&mut self, commands: &mut Vec<Command>, view: &View, by: isize) {
        let before = self.image();
        let kept = std::mem::take(&mut self.marked);
        self.go(commands, view, |selection: &mut Selection, project| selection.step(project, by));
        self.marked = kept;
        if let (Some(project), Some(image)) = (view.project.as_deref(), self.image()) {
            self.marked.range(project, before, image, false);
        }
    }

    fn accept_page(&mut self, commands: &mut Vec<Command>, project: &ProjectView) {
        if self.grid == Grid::One {
            return;
        }
        let page = self.shown_page();
        let images: Vec<ImageId> = page.rows.iter().filter_map(|&row| Some(project.rows.get(row)?.id)).collect();
        let edit = self.accepting(project);
        self.ask_or_send(commands, project, images, edit);
    }

    fn move_chosen(&mut self, commands: &mut Vec<Command>, project: &ProjectView, split: Split) {
        let images = self.chosen(project);
        if images.is_empty() || project.read_only.is_some() {
            return;
        }
        let (count, along) = (images.len(), taken_along(project, &images));
        let command = Command::Project(ProjectCommand::MoveTo { images, split });
        if along == 0 {
            commands.push(command);
            return;
        }
        let of = |n: usize| if n == 1 { "1 image".to_owned() } else { format!("{} images", thousands(n)) };
        self.asked = Some(Asked::Whether {
            title: format!("Move {} to the {} split?", of(count + along), split.name()),
            text: format!(
                "{} of the same patients {} along: what a model was trained on cannot test it. It can be undone under \
                 Splits.",
                of(along),
                if along == 1 { "goes" } else { "go" }
            ),
            button: "Move them",
            command: Box::new(command),
        });
    }

    /// A press on an image, with Ctrl or Shift held or neither: it is looked at, and chosen with others or alone.
    pub(in crate::ui::review) fn press(
        &mut self,
        commands: &mut Vec<Command>,
        view: &View,
        image: ImageId,
        held: egui::Modifiers,
    ) {
        let before = self.image();
        let mut kept = std::mem::take(&mut self.marked);
        self.go(commands, view, |selection, project| selection.choose_image(project, image));
        let Some(project) = view.project.as_deref() else { return };
        if held.shift {
            kept.range(project, before, image, held.command);
        } else if held.command {
            kept.toggle(image, before);
        } else {
            kept.begin(Some(image));
        }
        self.marked = kept;
    }

    /// A press of the other button: the menu is about the chosen images, or about this one alone where it is none of them.
    pub(in crate::ui::review) fn press_for_menu(&mut self, commands: &mut Vec<Command>, view: &View, image: ImageId) {
        if !self.marked.has(image) {
            self.press(commands, view, image, egui::Modifiers::NONE);
        }
    }
}
