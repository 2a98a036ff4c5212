//! Stands between the window and the session, and holds changes of what models are measured by until the person has said
//! once in this sitting that they are meant.

use crate::domain::{Findings, ImageId, Split};
use crate::session::{
    Command, Edit, Fetched, Header, HeatPicture, ImageRow, ManyEdit, MapRequest, Picture, PictureRequest, Preview,
    PreviewRequest, ProjectCommand, ProjectView, RowFindings, Thumbnail, Values, ValuesRequest, View, Workbench,
};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// The session behind a question that is asked once for each project that is opened.
pub(super) struct Guard {
    bench: Box<dyn Workbench>,
    state: RefCell<State>,
    places: RefCell<Places>,
}

#[derive(Default)]
struct State {
    allowed: bool,
    /// In the order they were asked for: what touches test images, and what came after it before the person answered.
    held: Vec<Command>,
    /// What it is about is known once the session has done what was sent before: a step back, and all that came after.
    later: VecDeque<Command>,
}

/// The places of images among the rows, made anew where the rows do not bear one out: going through 100,000 rows at each edit
/// would be seen.
#[derive(Default)]
struct Places {
    of: HashMap<ImageId, usize>,
    /// How often they were made.
    made: usize,
}

impl Places {
    /// The row of an image.
    fn row<'p>(&mut self, project: &'p ProjectView, image: ImageId) -> Option<&'p ImageRow> {
        let found = |of: &HashMap<ImageId, usize>| project.rows.get(*of.get(&image)?).filter(|row| row.id == image);
        if let Some(row) = found(&self.of) {
            return Some(row);
        }
        self.of = project.rows.iter().enumerate().map(|(at, row)| (row.id, at)).collect();
        self.made += 1;
        found(&self.of)
    }
}

/// What becomes of a command.
enum Verdict {
    Send,
    Ask,
    Wait,
}

impl Guard {
    /// Nothing is allowed yet.
    pub fn new(bench: Box<dyn Workbench>) -> Self {
        Self { bench, state: RefCell::default(), places: RefCell::default() }
    }

    /// Another project, or none, is open: it is asked again.
    pub fn another_project(&self) {
        *self.state.borrow_mut() = State::default();
    }

    /// Whether something waits for an answer.
    pub fn waits(&self) -> bool {
        !self.state.borrow().held.is_empty()
    }

    /// Goes on with what waited for the session; to be called in every frame.
    pub fn settle(&self) {
        loop {
            let mut state = self.state.borrow_mut();
            let Some(command) = state.later.pop_front() else { return };
            match self.verdict(&state, &command) {
                Verdict::Send => {
                    drop(state);
                    self.bench.send(command);
                }
                Verdict::Ask => state.held.push(command),
                Verdict::Wait => return state.later.push_front(command),
            }
        }
    }

    fn verdict(&self, state: &State, command: &Command) -> Verdict {
        if state.allowed || !changes(command) {
            return Verdict::Send;
        }
        // What came after must not overtake it.
        if !state.held.is_empty() {
            return Verdict::Ask;
        }
        match self.bench.view().project.as_deref() {
            Some(project) if steps(command) && !project.saved => Verdict::Wait,
            Some(project) if self.touches_test(project, command) => Verdict::Ask,
            _ => Verdict::Send,
        }
    }

    fn touches_test(&self, project: &ProjectView, command: &Command) -> bool {
        touches_test(project, &mut self.places.borrow_mut(), command)
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

    /// The person did not mean it: what was held of test images is forgotten, and so is what the person took back
    /// since and what would take back something else now. The image it was about, to go back to.
    pub fn forget(&self) -> Option<ImageId> {
        let held = std::mem::take(&mut self.state.borrow_mut().held);
        let view = self.bench.view();
        let project = view.project.as_deref()?;
        let first = held.iter().find_map(|command| match command {
            Command::Project(ProjectCommand::Annotate { image, .. }) => Some(*image),
            _ => None,
        });
        for command in as_stepped(held) {
            if !self.touches_test(project, &command) {
                self.bench.send(command);
            }
        }
        first
    }
}

/// Whether a command changes something that may be about test images.
fn changes(command: &Command) -> bool {
    let makes = matches!(
        command,
        Command::Project(ProjectCommand::Annotate { .. })
            | Command::Project(ProjectCommand::AnnotateMany { .. })
            | Command::Project(ProjectCommand::MoveTo { .. })
            | Command::Project(ProjectCommand::EmptyClass { .. })
            | Command::Project(ProjectCommand::KeepOne(_))
            | Command::Project(ProjectCommand::MoveTogether(_))
            | Command::Project(ProjectCommand::ApplySplit)
            | Command::Project(ProjectCommand::Convert)
    );
    makes || steps(command)
}

/// Whether a command takes something back or does it again.
fn steps(command: &Command) -> bool {
    matches!(
        command,
        Command::Project(ProjectCommand::Undo)
            | Command::Project(ProjectCommand::Redo)
            | Command::Project(ProjectCommand::UndoSplit)
    )
}

/// What is left of changes once the steps back and forth among them are done; what would go further back is not.
fn as_stepped(held: Vec<Command>) -> Vec<Command> {
    let (mut left, mut undone) = (Vec::new(), Vec::new());
    for command in held {
        match command {
            Command::Project(ProjectCommand::Undo) => undone.extend(left.pop()),
            Command::Project(ProjectCommand::Redo) => left.extend(undone.pop()),
            Command::Project(ProjectCommand::UndoSplit) => {}
            other => {
                undone.clear();
                left.push(other);
            }
        }
    }
    left
}

/// Whether a command would change what models are measured by.
fn touches_test(project: &ProjectView, places: &mut Places, command: &Command) -> bool {
    // What a reader says for himself is no truth yet.
    if project.reading.is_own() {
        return false;
    }
    let mut of = |image: &ImageId| places.row(project, *image);
    match command {
        Command::Project(ProjectCommand::Annotate { image, edit, .. }) => {
            of(image).is_some_and(|row| row.split == Split::Test && changes_truth(row, edit))
        }
        Command::Project(ProjectCommand::AnnotateMany { images, edit }) => {
            let mut test = images.iter().filter_map(of).filter(|row| row.split == Split::Test);
            test.any(|row| many_changes_truth(row, edit))
        }
        Command::Project(ProjectCommand::MoveTo { images, split }) => {
            let asked: HashSet<ImageId> = images.iter().copied().collect();
            let chosen = || project.rows.iter().filter(|row| asked.contains(&row.id));
            let groups: HashSet<&str> = chosen().filter_map(|row| row.facts.group.as_deref()).collect();
            // Pictures of one patient move together.
            let goes = |row: &&ImageRow| {
                asked.contains(&row.id) || row.facts.group.as_deref().is_some_and(|group| groups.contains(group))
            };
            project
                .rows
                .iter()
                .filter(|row| row.split != *split)
                .filter(goes)
                .any(|row| row.split == Split::Test || *split == Split::Test)
        }
        Command::Project(ProjectCommand::EmptyClass { class, .. }) => {
            let said = |row: &ImageRow| match &row.findings {
                Some(findings) => findings.get(*class).known.is_some(),
                None => row.label.map(usize::from) == Some(*class),
            };
            // Of which class boxes are is not in a row.
            project.rows.iter().any(|row| row.split == Split::Test && (said(row) || row.boxes.drawn > 0))
        }
        Command::Project(ProjectCommand::TakeWord { image, .. }) => {
            of(image).is_some_and(|row| row.split == Split::Test)
        }
        Command::Project(ProjectCommand::Adjudicate) => {
            project.data.adjudication.as_ref().is_some_and(|plan| plan.test_images > 0)
        }
        Command::Project(ProjectCommand::Undo) => project.undo_touches_test,
        Command::Project(ProjectCommand::Redo) => project.redo_touches_test,
        Command::Project(ProjectCommand::KeepOne(sets)) | Command::Project(ProjectCommand::MoveTogether(sets)) => {
            sets.iter().flatten().filter_map(of).any(|row| row.split == Split::Test)
        }
        Command::Project(ProjectCommand::ApplySplit) => {
            project.data.plan.as_ref().is_some_and(|plan| plan.test_changes)
        }
        Command::Project(ProjectCommand::Convert) => {
            project.data.conversion.as_ref().is_some_and(|plan| plan.as_ref().is_ok_and(|plan| plan.test_images > 0))
        }
        Command::Project(ProjectCommand::UndoSplit) => {
            project.data.history.iter().any(|line| line.undoable && line.touches_test)
        }
        _ => false,
    }
}

/// Whether an action on many images makes another truth of this one.
fn many_changes_truth(row: &ImageRow, edit: &ManyEdit) -> bool {
    match edit {
        ManyEdit::Label(class) => changes_truth(row, &Edit::Label(*class)),
        ManyEdit::Finding { finding, presence } => {
            changes_truth(row, &Edit::Finding { finding: *finding, presence: *presence })
        }
        ManyEdit::NothingHere => changes_truth(row, &Edit::NothingHere),
        // What somebody said is confirmed; what nobody said anything of becomes what the model says.
        ManyEdit::Accept { threshold: Some(_) } => !row.reviewed && !row.boxes.known,
        ManyEdit::Accept { threshold: None } => changes_truth(row, &Edit::Accept),
        ManyEdit::Flag(_) | ManyEdit::Key(_) => false,
    }
}

/// Whether an edit makes another truth of an image than there is. What only confirms it does not.
fn changes_truth(row: &ImageRow, edit: &Edit) -> bool {
    if let Some(findings) = &row.findings
        && let Some(changes) = changes_findings(findings, edit)
    {
        return changes || (matches!(edit, Edit::NothingHere) && row.boxes.drawn > 0);
    }
    match edit {
        Edit::Label(class) => *class != row.label.map(usize::from),
        Edit::Finding { .. } => true,
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
        | Edit::Key(_)
        | Edit::Note(_)
        | Edit::Measure(_)
        | Edit::ChangeMeasurement { .. }
        | Edit::DeleteMeasurement { .. } => false,
    }
}

/// Whether an edit makes other findings than are known; `None` for edits of other things.
fn changes_findings(known: &RowFindings, edit: &Edit) -> Option<bool> {
    let now = known.known();
    let after = match edit {
        Edit::Label(_) => Findings::default(),
        Edit::Finding { finding, presence } => now.clone().with(*finding, *presence),
        Edit::Accept => now.clone().filled_with(&known.answered()?),
        Edit::Replace => known.answered()?.filled_with(&now),
        Edit::NothingHere => return Some(!known.is_none()),
        Edit::DrawBox { .. }
        | Edit::ChangeBox { .. }
        | Edit::DeleteBox { .. }
        | Edit::DrawBoxes(_)
        | Edit::AcceptBox { .. }
        | Edit::AcceptBoxes { .. }
        | Edit::Confirm
        | Edit::Flag(_)
        | Edit::Key(_)
        | Edit::Note(_)
        | Edit::Measure(_)
        | Edit::ChangeMeasurement { .. }
        | Edit::DeleteMeasurement { .. } => return None,
    };
    Some(after != now)
}

impl Workbench for Guard {
    fn view(&self) -> Arc<View> {
        self.bench.view()
    }

    fn send(&self, command: Command) {
        let mut state = self.state.borrow_mut();
        if !state.later.is_empty() {
            return state.later.push_back(command);
        }
        match self.verdict(&state, &command) {
            Verdict::Send => {
                drop(state);
                self.bench.send(command);
            }
            Verdict::Ask => state.held.push(command),
            Verdict::Wait => state.later.push_back(command),
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

    fn heat_maps(&self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>> {
        self.bench.heat_maps(requests)
    }

    fn heat_progress(&self, request: &MapRequest) -> Option<(usize, usize)> {
        self.bench.heat_progress(request)
    }

    fn drop_heat_map(&self) {
        self.bench.drop_heat_map();
    }

    fn preview(&self, request: PreviewRequest) -> Fetched<Preview> {
        self.bench.preview(request)
    }

    fn header(&self, image: ImageId) -> Fetched<Header> {
        self.bench.header(image)
    }

    fn values(&self, request: ValuesRequest) -> Fetched<Values> {
        self.bench.values(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DisplayState;
    use crate::session::fixture::Bench;

    fn of(bench: &Bench, split: Split) -> ImageId {
        bench.view().project.as_ref().unwrap().rows.iter().find(|row| row.split == split).unwrap().id
    }

    fn annotate(image: ImageId, edit: Edit) -> Command {
        Command::Project(ProjectCommand::Annotate { image, edit, shown: None, display: DisplayState::default() })
    }

    #[test]
    fn a_step_back_waits_until_it_is_known_what_it_takes_back() {
        let bench = Bench::project();
        let guard = Guard::new(Box::new(bench.clone()));
        let (back, look) = (
            Command::Project(ProjectCommand::Undo),
            Command::Project(ProjectCommand::Look { image: of(&bench, Split::Train) }),
        );
        guard.send(back.clone());
        assert_eq!(bench.take_commands(), std::slice::from_ref(&back));
        bench.edit_project(|project| project.saved = false);
        guard.send(back.clone());
        guard.send(look.clone());
        guard.settle();
        assert_eq!(bench.take_commands(), [], "the session is still at the first");
        bench.edit_project(|project| (project.saved, project.undo_touches_test) = (true, true));
        guard.settle();
        assert!(guard.waits(), "the second is about a test image");
        assert_eq!(bench.take_commands(), [look]);
        guard.allow();
        assert_eq!(bench.take_commands(), [back]);
    }

    #[test]
    fn of_findings_only_what_makes_another_truth_is_asked_about() {
        use crate::domain::Presence::{Absent, Present};
        let bench = Bench::findings();
        let image = of(&bench, Split::Test);
        let asked = |edit: Edit| {
            let guard = Guard::new(Box::new(bench.clone()));
            guard.send(annotate(image, edit));
            guard.waits()
        };
        bench.send(annotate(image, Edit::Label(None)));
        let say = |finding, presence| Edit::Finding { finding, presence };
        assert!(asked(say(0, Some(Present))) && asked(Edit::Accept) && asked(Edit::NothingHere));
        for finding in 0..3 {
            bench.send(annotate(image, say(finding, Some(Absent))));
        }
        assert!(!asked(Edit::NothingHere) && !asked(Edit::Accept) && !asked(Edit::Confirm));
        assert!(!asked(say(0, Some(Absent))) && asked(say(0, None)) && asked(Edit::Label(None)));
    }

    #[test]
    fn of_many_images_it_is_asked_once_where_a_test_image_is_among_them() {
        let bench = Bench::project();
        let (test, train) = (of(&bench, Split::Test), of(&bench, Split::Train));
        bench.send(annotate(test, Edit::Label(Some(0))));
        let asked = |command: ProjectCommand| {
            let guard = Guard::new(Box::new(bench.clone()));
            guard.send(Command::Project(command));
            guard.waits()
        };
        let many = |images: &[ImageId], edit| ProjectCommand::AnnotateMany { images: images.to_vec(), edit };
        assert!(asked(many(&[train, test], ManyEdit::Label(Some(1)))));
        assert!(!asked(many(&[train, test], ManyEdit::Flag(true))));
        assert!(!asked(many(&[train, test], ManyEdit::Accept { threshold: None })), "it only confirms");
        assert!(!asked(many(&[train], ManyEdit::Label(Some(1)))));
        let to = |images: &[ImageId], split| ProjectCommand::MoveTo { images: images.to_vec(), split };
        assert!(asked(to(&[train], Split::Test)) && asked(to(&[test], Split::Train)));
        assert!(!asked(to(&[train], Split::Validation)));
        assert!(asked(ProjectCommand::EmptyClass { class: 0, into: Some(1) }));
    }

    #[test]
    fn images_are_looked_up_and_found_again_where_the_rows_are_others() {
        let bench = Bench::project();
        let guard = Guard::new(Box::new(bench.clone()));
        let (test, train) = (of(&bench, Split::Test), of(&bench, Split::Train));
        for _ in 0..3 {
            guard.send(annotate(train, Edit::Flag(true)));
            guard.send(annotate(train, Edit::Label(None)));
        }
        assert_eq!(guard.places.borrow().made, 1, "rows that are only changed are not gone through again");
        bench.edit_project(|project| {
            let rows = Arc::make_mut(&mut project.rows);
            rows.reverse();
            rows.truncate(rows.len() - 1);
        });
        guard.send(annotate(train, Edit::Label(Some(1))));
        assert!(!guard.waits());
        guard.send(annotate(test, Edit::Label(None)));
        assert!(guard.waits(), "it is still known to be a test image");
    }

    #[test]
    fn what_was_taken_back_while_the_question_was_open_is_not_done() {
        let bench = Bench::project();
        let guard = Guard::new(Box::new(bench.clone()));
        let image = of(&bench, Split::Test);
        let all = [
            annotate(image, Edit::Label(None)),
            annotate(image, Edit::Flag(true)),
            Command::Project(ProjectCommand::Undo),
            annotate(image, Edit::Note("x".into())),
            Command::Project(ProjectCommand::Undo),
            Command::Project(ProjectCommand::Redo),
        ];
        all.into_iter().for_each(|command| guard.send(command));
        assert_eq!(guard.forget(), Some(image));
        assert_eq!(bench.take_commands(), [annotate(image, Edit::Note("x".into()))]);
    }
}
