//! What the Review screen remembers between frames, and what follows when the view or the selection changes. What it asks of
//! the session is pushed to a list of commands, which the window sends.

use super::actions::Asked;
use super::canvas;
use super::detail;
use super::folding::{Panels, Side};
use super::model::boxes::Under;
use super::model::current::Current;
use super::model::display::Heat;
use super::model::marked::Marked;
use super::model::note::Draft;
use super::model::selection::{Page, Selection};
use super::model::stated::{Offer, Stated};
use super::model::threshold::{Threshold, counting};
use super::queue;
use super::views::Views;
use crate::domain::{AnnotatedBox, DisplayState, ImageId, PredictedBox, ReadingMode, Rect, ShownPrediction, Voi};
use crate::session::{
    Command, Edit, Explained, Filter, ImageSet, ProjectCommand, ProjectView, Stepped, View, Workplace,
};
use crate::ui::action::{Grid, OnScreen, Screen};
use crate::ui::widgets::ThumbnailCache;
use std::sync::Arc;

/// State of the Review screen. One lives as long as the window; another project resets it.
#[derive(Default)]
pub struct ReviewState {
    pub(super) selection: Selection,
    /// The images chosen together.
    pub(super) marked: Marked,
    /// What the window has to ask for.
    pub(super) asked: Option<Asked>,
    looked: Option<ImageId>,
    project: Option<std::path::PathBuf>,
    /// After a label or an accept the next image comes by itself.
    pub(super) stay: bool,
    /// Who said what is not shown where several readers said something.
    pub(super) hide_readers: bool,
    pub(super) queue_folded: bool,
    pub(super) detail_folded: bool,
    /// The panels that the last frame showed, and what was pressed open where there is no room for it.
    pub(super) panels: Panels,
    pub(super) opened: Option<Side>,
    /// As the panels were drawn, in points.
    pub(super) queue_width: Option<f32>,
    pub(super) detail_width: Option<f32>,
    /// How the project was left, once the screen is so again.
    pub(super) workplace: Option<Arc<Workplace>>,
    /// Also those of a long list of findings that say little.
    pub(super) all_findings: bool,
    /// How many pictures stand beside each other.
    pub(super) grid: Grid,
    /// Those that the session was asked for.
    page: Vec<ImageId>,
    pub(super) views: Views,
    pub(super) heat: Heat,
    pub(super) threshold: Threshold,
    pub(super) canvas: canvas::State,
    pub(super) note: Draft,
    /// The last undo or redo whose image was shown.
    stepped: u64,
    pub(super) header: detail::header::State,
    pub(super) queue: queue::State,
    /// The screen that the images looked at come from, with their title and the filter before.
    came_from: Option<CameFrom>,
    pub(super) thumbnails: ThumbnailCache,
}

/// Where images to be looked at come from.
struct CameFrom {
    screen: Screen,
    title: String,
    before: Filter,
}

/// Images that another screen sent here.
impl ReviewState {
    /// Remembers the way back; what the queue is narrowed to.
    pub fn look_at(&mut self, set: ImageSet, screen: Screen, project: &ProjectView) -> Filter {
        let before = match self.came_from.take() {
            // From one set to the next the way back leads past both.
            Some(earlier) if project.filter.only.as_ref().is_some_and(|only| only.title == earlier.title) => {
                earlier.before
            }
            Some(_) | None => project.filter.clone(),
        };
        self.came_from = Some(CameFrom { screen, title: set.title.clone(), before });
        Filter { only: Some(set), ..Filter::default() }
    }

    /// The screen to go back to while its images are shown, and the filter that was there before.
    pub(super) fn way_back(&self, project: &ProjectView) -> Option<(Screen, Filter)> {
        let shown = project.filter.only.as_ref()?;
        let from = self.came_from.as_ref().filter(|from| from.title == shown.title)?;
        Some((from.screen, from.before.clone()))
    }
}

/// What is on the screen.
impl ReviewState {
    /// The image looked at.
    pub fn selected(&self) -> Option<ImageId> {
        self.selection.image()
    }

    /// The selected image's row and detail in this view.
    pub(super) fn current<'v>(&self, view: &'v View) -> Option<Current<'v>> {
        let project = view.project.as_deref()?;
        // Nobody would see in the list what is done to an image while nothing passes its filter.
        let row = self.selection.row(project).filter(|_| !project.queue.is_empty())?;
        let detail = project.detail.as_deref().filter(|d| d.image == row.id);
        Some(Current { project, row, detail })
    }

    /// The images beside each other.
    pub(super) fn shown_page(&self) -> Page {
        self.selection.page(self.grid.side().pow(2))
    }

    /// What of the picture is on the screen.
    pub fn shown(&self, view: &View) -> OnScreen {
        if self.grid != Grid::One {
            return OnScreen { grid: true, ..OnScreen::default() };
        }
        let Some(current) = self.current(view) else { return OnScreen::default() };
        let boxes = !current.boxes().is_empty() || self.found(&current).next().is_some();
        OnScreen { boxes, chosen: self.chosen_box(&current).is_some(), grid: false }
    }

    /// What Enter confirms, or why there is nothing.
    pub(super) fn stated(&self, current: &Current<'_>) -> Result<Stated, &'static str> {
        Stated::of(current, self.threshold.of(current.project), self.canvas.is_drawing(current.row.id))
    }

    /// The model's word where somebody has said something else.
    pub(super) fn offer(&self, current: &Current<'_>) -> Option<Offer> {
        Offer::of(current, self.threshold.of(current.project), self.canvas.is_drawing(current.row.id))
    }

    /// The model's boxes that are shown, each with its place in the prediction.
    pub(super) fn found<'v>(&self, current: &Current<'v>) -> impl Iterator<Item = (usize, &'v PredictedBox)> + use<'v> {
        counting(current.found(), self.threshold.of(current.project).unwrap_or_default())
    }

    /// The chosen box that a reader drew.
    pub(super) fn chosen_box<'v>(&self, current: &Current<'v>) -> Option<&'v AnnotatedBox> {
        let chosen = self.canvas.chosen?;
        current.boxes().iter().find(|one| one.id == chosen)
    }
}

/// The heat map.
impl ReviewState {
    /// Whether a heat map may be on screen.
    pub(super) fn heat_is_on(&self) -> bool {
        self.heat.shown && self.grid == Grid::One
    }

    /// What the heat map on screen for this image explains, of two the left one.
    pub(super) fn explained(&self, current: &Current<'_>) -> Option<Explained> {
        self.explained_by(current, self.heat.first)
    }

    /// The box whose heat map is shown when heat maps are, with its class and place: the chosen one, else the model's best
    /// of those shown.
    pub(super) fn explained_box(&self, current: &Current<'_>) -> Option<(Under, usize, Rect)> {
        if let Some(one) = self.chosen_box(current) {
            return Some((Under::Drawn(one.id), one.class, one.rect));
        }
        let chosen = self.found(current).find(|(index, _)| Some(*index) == self.canvas.chosen_found);
        let best = || self.found(current).max_by(|a, b| a.1.score.total_cmp(&b.1.score));
        chosen.or_else(best).map(|(index, one)| (Under::Found(index), one.class, one.rect))
    }

    /// Whether the model looked at the image and there is no box whose heat map could be shown.
    pub(super) fn finds_nothing(&self, current: &Current<'_>) -> bool {
        let looked = current.project.threshold.is_some() && current.row.boxes.seen && current.detail.is_some();
        looked && self.explained_box(current).is_none()
    }
}

/// From one view, image or project to the next.
impl ReviewState {
    /// Takes a new view in before painting it: another project starts afresh, the selection finds its place.
    pub(super) fn follow(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(project) = view.project.as_deref() else { return };
        if self.project.as_ref() != Some(&project.path) {
            let stepped = project.stepped.map_or(0, |before| before.serial);
            let kept =
                (self.stay, self.queue_folded, self.detail_folded, self.grid, (self.heat.opacity, self.heat.lines));
            *self = Self { project: Some(project.path.clone()), stepped, ..Self::default() };
            (self.stay, self.queue_folded, self.detail_folded, self.grid, (self.heat.opacity, self.heat.lines)) = kept;
        }
        self.threshold.follow(project);
        self.queue.search.follow(project, self.canvas.clock);
        let before = self.selection.image();
        if self.selection.follow(project, view.revision) {
            self.marked.follow(project);
        }
        let stepped = project.stepped.filter(|now| now.serial > self.stepped);
        if let Some(Stepped { serial, image }) = stepped {
            self.stepped = serial;
            // What changed is seen, wherever one was.
            self.selection.choose_image(project, image);
            self.queue.reveal = true;
        }
        self.settle(commands, view, before);
        self.find_as_left(commands, view);
        self.look_at_page(commands, project);
    }

    /// Tells the session which images are beside each other, where that changed.
    fn look_at_page(&mut self, commands: &mut Vec<Command>, project: &ProjectView) {
        let rows = if self.grid == Grid::One { Vec::new() } else { self.shown_page().rows };
        let page: Vec<ImageId> = rows.into_iter().filter_map(|row| Some(project.rows.get(row)?.id)).collect();
        if page != self.page {
            self.page.clone_from(&page);
            commands.push(Command::Project(ProjectCommand::LookAtPage(page)));
        }
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
            self.carry(before, now, view.preferences.reading.keep_view);
            self.queue.reveal = true;
        }
        if let Some(image) = now
            && self.looked != now
        {
            self.looked = now;
            commands.push(Command::Project(ProjectCommand::Look { image }));
        }
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
        if self.selection.image() != before {
            // What is looked at alone is what the next key is about.
            self.marked.clear();
        }
        self.queue.reveal = true;
        self.settle(commands, view, before);
    }

    /// Shows so many pictures beside each other.
    pub(super) fn show_grid(&mut self, grid: Grid) {
        if self.grid != grid {
            self.grid = grid;
            self.canvas.leave_picture();
            self.queue.reveal = true;
        }
    }

    /// Whether keys have to wait: a field is about to get the keyboard, or what they concern is about to be there.
    pub fn awaits_keyboard(&self, ctx: &egui::Context, view: &View) -> bool {
        let note = self.note.focus && self.current(view).is_some_and(|c| c.may_change());
        note || self.queue.search.awaits_keyboard(ctx.text_edit_focused())
            || self.canvas.awaits_new_box()
            || self.canvas.measuring.awaits_keyboard()
    }

    /// What was sent was held back and is not done.
    pub fn take_back(&mut self) {
        self.canvas.take_back();
    }

    /// What was sent waits for an answer of the person: it is not refused yet.
    pub fn hold_sent(&mut self, now: f64) {
        self.canvas.hold_sent(now);
    }

    /// The image that is chosen.
    pub fn image(&self) -> Option<ImageId> {
        self.selection.image()
    }

    /// No field gets the keyboard that was asked for it.
    pub fn forget_keyboard(&mut self) {
        self.note.focus = false;
        self.queue.search.forget_keyboard();
        self.canvas.measuring.forget_keyboard();
        self.canvas.forget_new_box();
    }
}

/// What is said of images.
impl ReviewState {
    /// Asks for a change of an image's annotation, with what is on screen. Nothing is asked for of a read-only project.
    pub(super) fn annotate(&self, commands: &mut Vec<Command>, view: &View, image: ImageId, edit: Edit) {
        let Some(project) = view.project.as_deref().filter(|p| p.read_only.is_none()) else { return };
        let detail = project.detail.as_deref().filter(|d| d.image == image);
        let thresholds = self.threshold.of(project);
        let learned_from = detail.and_then(|d| d.learned_from);
        let shown = detail.and_then(|d| d.prediction.as_ref());
        let shown = shown.map(|p| ShownPrediction { learned_from, ..ShownPrediction::of(p, thresholds.as_ref()) });
        let display = self.displayed(view, image);
        commands.push(Command::Project(ProjectCommand::Annotate { image, edit, shown, display }));
    }

    /// Commits the reading of the selected image where the reader's way of reading asks for that and it was not yet, or else
    /// goes on; whether it did either. What was said of the image is committed as it stands.
    pub(super) fn commit_or_go_on(&mut self, commands: &mut Vec<Command>, view: &View) -> bool {
        let Some(current) = self.current(view).filter(|c| c.project.reading == ReadingMode::Reveal) else {
            return false;
        };
        let Some(detail) = current.detail else { return true };
        let (image, untouched) = (detail.image, detail.annotation.is_untouched());
        if detail.committed {
            self.go(commands, view, |selection, project| selection.step(project, 1));
        } else if untouched {
            return false;
        } else if current.project.read_only.is_none() {
            self.commit_note(commands, view);
            let display = self.displayed(view, image);
            commands.push(Command::Project(ProjectCommand::CommitReading { image, display }));
        }
        true
    }

    /// How an image is displayed now, for the log.
    fn displayed(&self, view: &View, image: ImageId) -> DisplayState {
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
        let maps =
            self.current(view).filter(|c| c.row.id == image).map(|c| self.shown_maps(view, &c)).unwrap_or_default();
        let (turned, mirrored) = (display.turn.degrees(), display.turn.is_mirrored());
        let inverted = display.invert;
        // For how long it was looked at the session knows.
        let looked_ms = None;
        DisplayState { window, preset, inverted, turned, mirrored, heat_map, heat_box, maps, looked_ms }
    }

    /// Asks for what was typed as a note and was not sent yet. The window calls it before anything that could lose it.
    pub fn commit_note(&mut self, commands: &mut Vec<Command>, view: &View) {
        if let Some((image, text)) = self.note.take_changed() {
            self.annotate(commands, view, image, Edit::Note(text));
        }
    }

    /// Shows boxes from another score on; with `keep` it is kept with the model where the project can be changed.
    pub(super) fn set_threshold(&mut self, commands: &mut Vec<Command>, project: &ProjectView, to: f64, keep: bool) {
        let kept = self.threshold.move_to(project, to).filter(|_| keep);
        commands.extend(kept.map(Command::Project));
    }
}
