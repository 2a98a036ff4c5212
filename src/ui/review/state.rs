//! What the Review screen remembers between frames, and what actions do to it.

use super::canvas::geometry::Turn;
use super::canvas::{self, Tool};
use super::detail;
use super::note::Draft;
use super::queue;
use super::selection::Selection;
use super::textures::ThumbnailCache;
use crate::domain::prediction::top_class;
use crate::domain::{BoxId, DisplayState, ImageId, MeasurementId, ShownPrediction, Voi};
use crate::session::{
    Command, Edit, Explained, ImageDetail, ImageRow, PictureRequest, ProjectCommand, ProjectView, Sort, Stepped, View,
};
use crate::ui::action::{Action, Grid, Screen};
use std::collections::HashMap;

/// State of the Review screen. One lives as long as the window; another project resets it.
#[derive(Default)]
pub struct ReviewState {
    pub(super) selection: Selection,
    looked: Option<ImageId>,
    project: Option<std::path::PathBuf>,
    /// After a label or an accept the next image comes by itself.
    pub(super) stay: bool,
    pub(super) queue_folded: bool,
    pub(super) detail_folded: bool,
    /// How many pictures stand beside each other.
    pub(super) grid: Grid,
    /// Those that the session was asked for.
    pub(super) page: Vec<ImageId>,
    displays: HashMap<ImageId, Display>,
    pub(super) heat: Heat,
    /// The threshold while a person moves it, and the one in force when that began.
    pub(super) moved_threshold: Option<(f64, f64)>,
    pub(super) canvas: canvas::State,
    pub(super) note: Draft,
    /// The last undo or redo whose image was shown.
    stepped: u64,
    pub(super) header: detail::header::State,
    pub(super) queue: queue::State,
    pub(super) thumbnails: ThumbnailCache,
}

/// How one image is displayed, where a person changed it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Display {
    pub voi: Voi,
    pub invert: bool,
    pub turn: Turn,
}

impl Display {
    /// The picture of an image displayed so, its longer side at most so many pixels.
    pub(super) fn request(self, image: ImageId, side: usize) -> PictureRequest {
        PictureRequest { image, voi: self.voi, invert: self.invert, side }
    }
}

/// The heat map overlay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heat {
    pub shown: bool,
    /// The class it explains; `None` follows the model's own.
    pub class: Option<usize>,
    /// 0 to 1.
    pub opacity: f32,
}

impl Default for Heat {
    fn default() -> Self {
        Self { shown: false, class: None, opacity: 0.6 }
    }
}

/// The selected image with what is known of it.
#[derive(Clone, Copy)]
pub struct Current<'v> {
    pub project: &'v ProjectView,
    pub row: &'v ImageRow,
    /// Absent until the session has looked it up.
    pub detail: Option<&'v ImageDetail>,
}

impl Current<'_> {
    /// Class probabilities of the active model.
    pub fn probabilities(&self) -> Option<&[f32]> {
        Some(self.detail?.prediction.as_ref()?.probabilities.as_slice())
    }

    /// The class the model says.
    pub fn predicted(&self) -> Option<usize> {
        self.probabilities().and_then(top_class).or(self.row.predicted.map(|(class, _)| usize::from(class)))
    }

    /// Boxes of readers or of an import.
    pub fn drawn(&self) -> usize {
        self.detail.map_or(usize::from(self.row.boxes.drawn), |d| d.annotation.boxes.len())
    }

    /// A person looked at it.
    pub fn is_reviewed(&self) -> bool {
        self.detail.map_or(self.row.reviewed, |d| d.annotation.reviewed)
    }

    /// The class that readers say.
    pub fn label(&self) -> Option<usize> {
        self.detail.map_or(self.row.label.map(usize::from), |d| d.annotation.label)
    }
}

impl ReviewState {
    /// The image looked at.
    pub fn selected(&self) -> Option<ImageId> {
        self.selection.image()
    }

    /// The selected image's row and detail in this view.
    pub(super) fn current<'v>(&self, view: &'v View) -> Option<Current<'v>> {
        let project = view.project.as_deref()?;
        let row = self.selection.row(project)?;
        let detail = project.detail.as_deref().filter(|d| d.image == row.id);
        Some(Current { project, row, detail })
    }

    /// How the image is displayed.
    pub(super) fn display(&self, image: ImageId) -> Display {
        self.displays.get(&image).copied().unwrap_or_default()
    }

    /// Changes how the image is displayed.
    pub(super) fn set_display(&mut self, image: ImageId, display: Display) {
        if display == Display::default() {
            self.displays.remove(&image);
        } else {
            self.displays.insert(image, display);
        }
    }

    /// Whether a heat map may be on screen.
    pub(super) fn heat_is_on(&self) -> bool {
        self.heat.shown && self.grid == Grid::One
    }

    /// What the heat map on screen for this image explains.
    pub(super) fn explained(&self, current: &Current<'_>) -> Option<Explained> {
        if !self.heat_is_on() || current.project.active.is_none() {
            return None;
        }
        if current.project.threshold.is_some() {
            return self.explained_box(current).map(|(_, class, rect)| Explained::Box { class, rect });
        }
        let chosen = self.heat.class.filter(|&class| class < current.project.classes.len());
        chosen.or_else(|| current.predicted()).map(Explained::Class)
    }

    /// Takes a new view in before painting it: another project starts afresh, the selection finds its place.
    pub(super) fn follow(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(project) = view.project.as_deref() else { return };
        if self.project.as_ref() != Some(&project.path) {
            let stepped = project.stepped.map_or(0, |before| before.serial);
            let kept = (self.stay, self.queue_folded, self.detail_folded, self.grid, self.heat.opacity);
            *self = Self { project: Some(project.path.clone()), stepped, ..Self::default() };
            (self.stay, self.queue_folded, self.detail_folded, self.grid, self.heat.opacity) = kept;
        }
        // Once another is in force: else it would come back with the one it was moved from.
        self.moved_threshold.take_if(|(_, before)| project.threshold != Some(*before));
        self.queue.search.follow(project, self.canvas.clock);
        let before = self.selection.image();
        self.selection.follow(project, view.revision);
        let stepped = project.stepped.filter(|now| now.serial > self.stepped);
        if let Some(Stepped { serial, image }) = stepped {
            self.stepped = serial;
            // What changed is seen, wherever one was.
            self.selection.choose_image(project, image);
            self.queue.reveal = true;
        }
        self.settle(commands, view, before);
        self.look_at_page(commands, project);
    }

    /// Another project is opened or none: it is followed afresh, also where it is the same as before.
    pub fn leave_project(&mut self) {
        self.project = None;
    }

    /// After the selection may have changed: what was typed about the image before is kept, the session is told.
    fn settle(&mut self, commands: &mut Vec<Command>, view: &View, before: Option<ImageId>) {
        let now = self.selection.image();
        if now != before {
            self.commit_note(commands, view);
            self.canvas.another_image();
            self.queue.reveal = true;
        }
        if let Some(image) = now
            && self.looked != now
        {
            self.looked = now;
            commands.push(Command::Project(ProjectCommand::Look { image }));
        }
    }

    /// Whether keys have to wait: a field is about to get the keyboard, or what they concern is about to be there.
    pub fn awaits_keyboard(&self, ctx: &egui::Context, view: &View) -> bool {
        let note = self.note.focus && self.current(view).is_some_and(|c| c.project.read_only.is_none());
        note || self.queue.search.awaits_keyboard(ctx.text_edit_focused()) || self.canvas.awaits_new_box()
    }

    /// What was sent was held back and is not done.
    pub fn take_back(&mut self) {
        self.canvas.take_back();
    }

    /// No field gets the keyboard that was asked for it.
    pub fn forget_keyboard(&mut self) {
        self.note.focus = false;
        self.queue.search.forget_keyboard();
        self.canvas.forget_new_box();
    }

    /// Moves the selection.
    pub(super) fn go(
        &mut self,
        commands: &mut Vec<Command>,
        view: &View,
        to: impl FnOnce(&mut Selection, &ProjectView) -> bool,
    ) {
        let Some(project) = view.project.as_deref() else { return };
        let before = self.selection.image();
        to(&mut self.selection, project);
        self.queue.reveal = true;
        self.settle(commands, view, before);
    }

    /// Sends a change of an image's annotation, with what is on screen. Nothing is sent for a read-only project.
    pub(super) fn annotate(&self, commands: &mut Vec<Command>, view: &View, image: ImageId, edit: Edit) {
        let Some(project) = view.project.as_deref().filter(|p| p.read_only.is_none()) else { return };
        let detail = project.detail.as_deref().filter(|d| d.image == image);
        let shown = detail.and_then(|d| d.prediction.as_ref()).map(|p| ShownPrediction::of(p, self.threshold(project)));
        let display = self.display(image);
        let explained = self.current(view).filter(|c| c.row.id == image).and_then(|c| self.explained(&c));
        let heat_box = match explained {
            Some(Explained::Box { rect, .. }) => Some(rect),
            Some(Explained::Class(_)) | None => None,
        };
        let (window, preset) = match display.voi {
            Voi::Window(centre, width) => (Some((centre, width)), 0),
            Voi::Preset(index) => (None, index),
        };
        let heat_map = explained.map(|explained| explained.class());
        let display = DisplayState { window, preset, inverted: display.invert, heat_map, heat_box };
        commands.push(Command::Project(ProjectCommand::Annotate { image, edit, shown, display }));
    }

    /// Annotates the selected image.
    pub(super) fn annotate_selected(&self, commands: &mut Vec<Command>, view: &View, edit: Edit) {
        if let Some(current) = self.current(view) {
            self.annotate(commands, view, current.row.id, edit);
        }
    }

    /// Sends what was typed as a note and not sent yet. The window calls it before anything that could lose it.
    pub fn commit_note(&mut self, commands: &mut Vec<Command>, view: &View) {
        if let Some((image, text)) = self.note.take_changed() {
            self.annotate(commands, view, image, Edit::Note(text));
        }
    }

    pub(super) fn label(&mut self, commands: &mut Vec<Command>, view: &View, edit: Edit) {
        let goes_on = !self.stay && edit != Edit::Label(None);
        self.annotate_selected(commands, view, edit);
        if goes_on {
            self.go(commands, view, |selection, project| selection.step(project, 1));
        }
    }

    fn change_display(&mut self, change: impl FnOnce(&mut Display)) {
        if let Some(image) = self.selection.image() {
            let mut display = self.display(image);
            change(&mut display);
            self.set_display(image, display);
        }
    }

    /// Explains the next class, or the next of the model's boxes.
    fn next_explained(&mut self, view: &View) {
        let Some(current) = self.current(view) else { return };
        if current.project.threshold.is_some() {
            self.heat.shown = true;
            self.choose_next_found(&current);
            return;
        }
        let classes = current.project.classes.len();
        if classes > 0 {
            let now = self.heat.class.or_else(|| current.predicted()).unwrap_or(0);
            self.heat = Heat { shown: true, class: Some((now + 1) % classes), ..self.heat };
        }
    }

    fn delete_chosen(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(annotation) = self.current(view).and_then(|c| c.detail).map(|d| &d.annotation) else { return };
        let there = |id: &BoxId| annotation.boxes.iter().any(|one| one.id == *id);
        if let Some(id) = self.canvas.chosen.filter(there) {
            self.annotate_selected(commands, view, Edit::DeleteBox { id });
            self.canvas.chosen = None;
        }
        let there = |id: &MeasurementId| annotation.measurements.iter().any(|one| one.id == *id);
        if let Some(id) = self.canvas.measuring.chosen.filter(there) {
            self.annotate_selected(commands, view, Edit::DeleteMeasurement { id });
            self.canvas.measuring.chosen = None;
        }
    }

    /// Does an action that concerns this screen; others are left alone. `view` is the one last painted.
    pub fn on_action(&mut self, action: &Action, commands: &mut Vec<Command>, view: &View) {
        if self.on_grid_action(action, commands, view) {
            return;
        }
        match action {
            Action::Next => self.go(commands, view, |s, p| s.step(p, 1)),
            Action::Previous => self.go(commands, view, |s, p| s.step(p, -1)),
            Action::First => self.go(commands, view, |s, p| s.choose(p, 0)),
            Action::Last => self.go(commands, view, |s, p| s.choose(p, p.queue.len().saturating_sub(1))),
            Action::NextUnreviewed => self.go(commands, view, Selection::next_unreviewed),
            Action::Show(image) => self.go(commands, view, |s, p| s.choose_image(p, *image)),
            Action::FocusFilter => {
                self.queue_folded = false;
                self.queue.search.focus = true;
            }
            Action::CycleSort => {
                if let Some(project) = view.project.as_deref() {
                    commands.push(Command::Project(ProjectCommand::SetSort(queue::sort_after(project))));
                }
            }
            Action::ToggleAutoAdvance => self.stay = !self.stay,
            Action::ToggleQueue => self.queue_folded = !self.queue_folded,
            Action::ToggleDetail => self.detail_folded = !self.detail_folded,

            Action::Label(class) => {
                let known = view.project.as_deref().is_some_and(|p| *class < p.classes.len());
                match view.project.as_deref().filter(|_| known) {
                    Some(project) if project.is_about_boxes() => self.class_of_boxes(commands, view, *class),
                    Some(_) => self.label(commands, view, Edit::Label(Some(*class))),
                    None => {}
                }
            }
            Action::Unlabel => self.label(commands, view, Edit::Label(None)),
            Action::Accept => {
                if let Some(stated) = self.current(view).and_then(|c| self.stated(&c).ok()) {
                    self.label(commands, view, stated.edit());
                }
            }
            Action::TakeModels => {
                // The image stays: what took the place of what is seen there.
                if let Some(offer) = self.current(view).and_then(|c| self.offer(&c)) {
                    self.annotate_selected(commands, view, offer.edit());
                }
            }
            Action::ToggleFlag => {
                if let Some(current) = self.current(view) {
                    let flagged = current.detail.map_or(current.row.flagged, |d| d.annotation.flagged);
                    self.annotate(commands, view, current.row.id, Edit::Flag(!flagged));
                }
            }
            Action::FocusNote => {
                self.detail_folded = false;
                self.note.focus = self.current(view).is_some_and(|c| c.project.read_only.is_none());
            }
            Action::Delete => self.delete_chosen(commands, view),

            Action::GoTo(Screen::Review) => {}
            Action::GoTo(_) | Action::CloseProject | Action::OpenProject | Action::OpenImages | Action::Quit => {
                self.commit_note(commands, view);
            }
            _ => {
                if !self.on_box_action(action, commands, view) {
                    self.on_picture_action(action, view);
                }
            }
        }
    }

    fn on_picture_action(&mut self, action: &Action, view: &View) {
        match action {
            Action::Fit => self.canvas.fit(),
            Action::Zoom1to1 => self.canvas.one_to_one(),
            Action::ZoomIn => self.canvas.zoom_by(1.25),
            Action::ZoomOut => self.canvas.zoom_by(0.8),
            Action::Invert => self.change_display(|d| d.invert = !d.invert),
            Action::RotateView => self.change_display(|d| d.turn = d.turn.clockwise()),
            Action::MoveMode => self.canvas.tool = Tool::Move,
            Action::WindowMode => self.canvas.toggle(Tool::Window),
            Action::DrawBox => self.canvas.toggle(Tool::Box),
            Action::Measure => self.canvas.toggle(Tool::Measure),
            Action::Preset(index) => {
                let presets = self.selected().map(|image| self.canvas.presets(image)).unwrap_or_default();
                if let Some((_, voi)) = presets.get(*index) {
                    self.change_display(|d| d.voi = *voi);
                }
            }
            Action::ToggleHeat => self.heat.shown = !self.heat.shown,
            Action::NextHeatClass => self.next_explained(view),
            Action::HeatStronger => self.heat.opacity = (self.heat.opacity + 0.1).min(1.0),
            Action::HeatWeaker => self.heat.opacity = (self.heat.opacity - 0.1).max(0.1),
            Action::Escape => self.canvas.escape(),
            _ => {}
        }
    }
}

/// What an order of the queue is called.
pub(super) fn sort_title(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "By name, test last",
        Sort::Uncertainty => "Most uncertain first",
        Sort::Disagreement => "Most surprising first",
        Sort::Boxes => "Most boxes first",
        Sort::BestScore => "Surest box first",
        Sort::Missed => "Most missed boxes first",
        Sort::Shifted => "Most shifted boxes first",
        Sort::Extra => "Most extra boxes first",
    }
}
