//! Stands between the window and the session, and holds changes of what models are measured by until the person has said
//! once in this sitting that they are meant.

use crate::domain::{ImageId, Split};
use crate::session::{
    Command, Edit, Explained, Fetched, Header, HeatPicture, ImageRow, Picture, PictureRequest, Preview, PreviewRequest,
    ProjectView, Thumbnail, View, Workbench,
};
use std::cell::RefCell;
use std::sync::Arc;

/// The session behind a question that is asked once for each project that is opened.
pub(super) struct Guard {
    bench: Box<dyn Workbench>,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    allowed: bool,
    /// In the order they were asked for: what touches test images, and what came after it before the person answered.
    held: Vec<Command>,
}

impl Guard {
    /// Nothing is allowed yet.
    pub fn new(bench: Box<dyn Workbench>) -> Self {
        Self { bench, state: RefCell::default() }
    }

    /// Another project, or none, is open: it is asked again.
    pub fn another_project(&self) {
        *self.state.borrow_mut() = State::default();
    }

    /// Whether something waits for an answer.
    pub fn waits(&self) -> bool {
        !self.state.borrow().held.is_empty()
    }

    /// The person meant it: what was held is done, and nothing is asked any more in this sitting.
    pub fn allow(&self) {
        let held = {
            let mut state = self.state.borrow_mut();
            state.allowed = true;
            std::mem::take(&mut state.held)
        };
        held.into_iter().for_each(|command| self.bench.send(command));
    }

    /// The person did not mean it: what was held of test images is forgotten, and so is what would take back something
    /// else now. The image it was about, to go back to.
    pub fn forget(&self) -> Option<ImageId> {
        let held = std::mem::take(&mut self.state.borrow_mut().held);
        let view = self.bench.view();
        let project = view.project.as_deref()?;
        let first = held.iter().find_map(|command| match command {
            Command::Annotate { image, .. } => Some(*image),
            _ => None,
        });
        for command in held {
            let steps = matches!(command, Command::Undo | Command::Redo | Command::UndoSplit);
            if !steps && !touches_test(project, &command) {
                self.bench.send(command);
            }
        }
        first
    }
}

/// Whether a command would change what models are measured by.
fn touches_test(project: &ProjectView, command: &Command) -> bool {
    let of = |image: &ImageId| project.rows.iter().find(|row| row.id == *image);
    let is_test = |image: &ImageId| of(image).is_some_and(|row| row.split == Split::Test);
    match command {
        Command::Annotate { image, edit, .. } => {
            of(image).is_some_and(|row| row.split == Split::Test && changes_truth(row, edit))
        }
        Command::Undo => project.undo_touches_test,
        Command::Redo => project.redo_touches_test,
        Command::KeepOne(sets) | Command::MoveTogether(sets) => sets.iter().flatten().any(is_test),
        Command::ApplySplit => project.data.plan.as_ref().is_some_and(|plan| plan.test_changes),
        Command::UndoSplit => project.data.history.iter().any(|line| line.undoable && line.touches_test),
        _ => false,
    }
}

/// Whether an edit makes another truth of an image than there is. What only confirms it does not.
fn changes_truth(row: &ImageRow, edit: &Edit) -> bool {
    match edit {
        Edit::Label(class) => *class != row.label.map(usize::from),
        Edit::Accept => row.label.is_none(),
        Edit::Replace => row.predicted.map(|(class, _)| class) != row.label,
        Edit::NothingHere => !row.boxes.known || row.boxes.drawn > 0,
        Edit::DrawBox { .. }
        | Edit::ChangeBox { .. }
        | Edit::DeleteBox { .. }
        | Edit::DrawBoxes(_)
        | Edit::AcceptBox { .. }
        | Edit::AcceptBoxes { .. } => true,
        Edit::Confirm
        | Edit::Flag(_)
        | Edit::Note(_)
        | Edit::Measure(_)
        | Edit::ChangeMeasurement { .. }
        | Edit::DeleteMeasurement { .. } => false,
    }
}

impl Workbench for Guard {
    fn view(&self) -> Arc<View> {
        self.bench.view()
    }

    fn send(&self, command: Command) {
        let mut state = self.state.borrow_mut();
        // What came after must not overtake it.
        let changes = matches!(
            command,
            Command::Annotate { .. }
                | Command::Undo
                | Command::Redo
                | Command::KeepOne(_)
                | Command::MoveTogether(_)
                | Command::ApplySplit
                | Command::UndoSplit
        );
        let held = changes
            && !state.allowed
            && (!state.held.is_empty()
                || self.bench.view().project.as_deref().is_some_and(|project| touches_test(project, &command)));
        if held {
            state.held.push(command);
        } else {
            drop(state);
            self.bench.send(command);
        }
    }

    fn pictures(&self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        self.bench.pictures(requests)
    }

    fn picture(&self, request: PictureRequest) -> Fetched<Picture> {
        self.bench.picture(request)
    }

    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        self.bench.thumbnail(image)
    }

    fn heat_map(&self, image: ImageId, explained: Explained) -> Fetched<HeatPicture> {
        self.bench.heat_map(image, explained)
    }

    fn preview(&self, request: PreviewRequest) -> Fetched<Preview> {
        self.bench.preview(request)
    }

    fn header(&self, image: ImageId) -> Fetched<Header> {
        self.bench.header(image)
    }
}
