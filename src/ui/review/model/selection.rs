//! Which image is looked at, and what the next one is while the queue changes under it.

use crate::domain::{ImageId, Presence, Split};
use crate::session::{Filter, ImageRow, ProjectView, Sort};
use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

/// The selected image and its place in the queue. Looking through the rows happens once a view, never once a frame.
#[derive(Debug, Default)]
pub struct Selection {
    project: PathBuf,
    revision: Option<u64>,
    image: Option<ImageId>,
    /// Index into `rows`.
    row: usize,
    /// Index into the queue; absent when the image is not, or no longer, in it.
    position: Option<usize>,
    /// Where in the queue the image would be if it is not: the index of the nearest image that followed it.
    gap: usize,
    queue: Arc<Vec<u32>>,
    filter: Filter,
    sort: Sort,
    /// Whose list it may be.
    reader: String,
    tally: Tally,
    /// What the tally was made of: it is made anew for other rows only, and not for each step of a run.
    tallied: Option<(Weak<Vec<ImageRow>>, usize)>,
}

/// Numbers of images for the filter's choices that [`crate::session::Counts`] does not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By index into the class list; of findings those on which each is present.
    pub labels: Vec<usize>,
    /// On which all findings are absent, and of which nothing is known of any.
    pub no_finding: usize,
    pub unsaid: usize,
}

/// Images of the queue that stand beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Indices into the rows, in the order of the queue.
    pub rows: Vec<usize>,
    /// The place of the first in the queue, from 0, and how many there are in all.
    pub first: usize,
    pub of: usize,
}

impl Selection {
    /// The selected image.
    pub fn image(&self) -> Option<ImageId> {
        self.image
    }

    /// Its row, checked against the rows given.
    pub fn row<'p>(&self, project: &'p ProjectView) -> Option<&'p ImageRow> {
        project.rows.get(self.row).filter(|row| Some(row.id) == self.image)
    }

    /// Its index in the queue.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// Numbers of images by label.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Takes a new view in: the image stays the same where it can, and its place is found again. An image that left
    /// the queue because of what was just said about it stays on screen; one that the person's own new filter hides
    /// makes room for the nearest that followed it. Says whether the view is another one.
    pub fn follow(&mut self, project: &ProjectView, revision: u64) -> bool {
        if self.revision == Some(revision) && self.project == project.path {
            return false;
        }
        if self.project != project.path {
            *self = Self { project: project.path.clone(), ..Self::default() };
        }
        let narrowed = self.filter != project.filter || self.sort != project.sort;
        self.revision = Some(revision);
        let same = |(rows, classes): &(Weak<Vec<ImageRow>>, usize)| {
            std::ptr::eq(rows.as_ptr(), Arc::as_ptr(&project.rows)) && *classes == project.classes.len()
        };
        if !self.tallied.as_ref().is_some_and(same) {
            self.tally = tally(project);
            self.tallied = Some((Arc::downgrade(&project.rows), project.classes.len()));
        }

        let before = std::mem::replace(&mut self.queue, Arc::clone(&project.queue));
        let old = self.position.unwrap_or(self.gap);
        if self.row(project).is_none()
            && let Some(image) = self.image
        {
            match project.rows.iter().position(|row| row.id == image) {
                Some(row) => self.row = row,
                None => self.image = None,
            }
        }
        // Another order is asked for to begin with what it puts first, and so are images that another screen sends.
        let sent = (project.filter.only.is_some() && project.filter.only != self.filter.only)
            || (project.filter.assigned && (!self.filter.assigned || self.reader != project.reader));
        let anew = self.image.is_none() || self.sort != project.sort || sent;
        if !(anew && self.choose(project, 0)) && self.image.is_some() {
            self.position = self.find();
            if self.position.is_none() {
                self.gap = nearest_following(&before, old, &self.queue, project.rows.len());
                if narrowed && !self.queue.is_empty() {
                    self.choose(project, self.gap.min(self.queue.len() - 1));
                }
            }
        }
        if self.filter != project.filter {
            self.filter = project.filter.clone();
        }
        self.sort = project.sort;
        if self.reader != project.reader {
            self.reader.clone_from(&project.reader);
        }
        true
    }

    /// Selects the image at a place of the queue, if there is one.
    pub fn choose(&mut self, project: &ProjectView, position: usize) -> bool {
        let Some((row, found)) =
            self.queue.get(position).and_then(|&row| Some((row as usize, project.rows.get(row as usize)?)))
        else {
            return false;
        };
        (self.image, self.row, self.position) = (Some(found.id), row, Some(position));
        true
    }

    /// Selects an image by its identifier, in the queue or not.
    pub fn choose_image(&mut self, project: &ProjectView, image: ImageId) -> bool {
        let Some(row) = project.rows.iter().position(|row| row.id == image) else { return false };
        (self.image, self.row) = (Some(image), row);
        self.position = self.find();
        true
    }

    /// Goes forward or back in the queue, stopping at its ends. Says whether the image changed.
    pub fn step(&mut self, project: &ProjectView, by: isize) -> bool {
        let Some(last) = self.queue.len().checked_sub(1) else { return false };
        let target = match self.position {
            Some(position) => position.saturating_add_signed(by).min(last),
            // From outside the queue, the nearest following counts as the first step forward.
            None if by > 0 => self.gap.saturating_add_signed(by - 1).min(last),
            None => self.gap.saturating_add_signed(by).min(last),
        };
        self.position != Some(target) && self.choose(project, target)
    }

    /// The page of so many images that the selected one is on. One that is not, or no longer, in the queue is shown
    /// where it would be, so that the others stay where they are until one goes on.
    pub fn page(&self, size: usize) -> Page {
        let (at, outside) = (self.place(), self.position.is_none() && self.image.is_some());
        let of = self.queue.len() + usize::from(outside);
        let first = at / size.max(1) * size;
        let row = |place: usize| match place.cmp(&at) {
            Ordering::Equal if outside => Some(self.row),
            Ordering::Greater if outside => self.queue.get(place - 1).map(|&row| row as usize),
            _ => self.queue.get(place).map(|&row| row as usize),
        };
        Page { rows: (first..of.min(first + size)).filter_map(row).collect(), first, of }
    }

    /// Goes to the first image of the next page or of the one before, so that none of a page is passed over. Says whether
    /// the image changed.
    pub fn turn_page(&mut self, project: &ProjectView, size: usize, forward: bool) -> bool {
        let size = size.max(1);
        let first = self.place() / size * size;
        if !forward {
            return first >= size && self.choose(project, first - size);
        }
        // What follows one that is outside the queue comes an index earlier.
        let outside = usize::from(self.position.is_none());
        let next = first + size;
        next < self.queue.len() + outside && self.choose(project, next - outside)
    }

    /// Goes so many places on in the queue, or stays where there are not so many. Says whether the image changed.
    pub fn leap(&mut self, project: &ProjectView, by: isize) -> bool {
        let outside = self.position.is_none() && by > 0;
        let target = self.place().checked_add_signed(by).map(|target| target - usize::from(outside));
        target.is_some_and(|target| self.choose(project, target))
    }

    /// The place in the queue, or where it would be.
    fn place(&self) -> usize {
        self.position.unwrap_or(self.gap.min(self.queue.len()))
    }

    /// Goes to the next image in the queue that nobody has reviewed, from the start again after the end. Test images are
    /// passed over while others are left, but not by somebody who is at one: they measure models and teach none.
    pub fn next_unreviewed(&mut self, project: &ProjectView) -> bool {
        let at_test = self.row(project).is_some_and(|row| row.split == Split::Test);
        (!at_test && self.next_open(project, |row| row.split != Split::Test)) || self.next_open(project, |_| true)
    }

    fn next_open(&mut self, project: &ProjectView, wanted: impl Fn(&ImageRow) -> bool) -> bool {
        let from = self.position.map_or(self.gap, |at| at + 1).min(self.queue.len());
        let (before, after) = self.queue.split_at(from);
        let open = |&row: &u32| {
            project.rows.get(row as usize).is_some_and(|r| !r.reviewed && Some(r.id) != self.image && wanted(r))
        };
        let found = after.iter().position(open).map(|at| from + at).or_else(|| before.iter().position(open));
        found.is_some_and(|at| self.choose(project, at))
    }

    fn find(&self) -> Option<usize> {
        let row = self.row as u32;
        let hint = self.position.filter(|&at| self.queue.get(at) == Some(&row));
        hint.or_else(|| self.queue.iter().position(|&r| r == row))
    }
}

/// The index in `after` of the first image that came after `place` in `before` and is still there, else its length.
fn nearest_following(before: &[u32], place: usize, after: &[u32], rows: usize) -> usize {
    const ABSENT: u32 = u32::MAX;
    let mut places = vec![ABSENT; rows];
    for (at, &row) in after.iter().enumerate() {
        if let Some(slot) = places.get_mut(row as usize) {
            *slot = at as u32;
        }
    }
    let following = before.get(place..).unwrap_or_default();
    following
        .iter()
        .find_map(|&row| places.get(row as usize).copied().filter(|&at| at != ABSENT))
        .map_or(after.len(), |at| at as usize)
}

fn tally(project: &ProjectView) -> Tally {
    let mut labels = vec![0; project.classes.len()];
    let (mut no_finding, mut unsaid) = (0, 0);
    for row in project.rows.iter() {
        if let Some(findings) = &row.findings {
            for (place, count) in labels.iter_mut().enumerate() {
                *count += usize::from(findings.get(place).known == Some(Presence::Present));
            }
            no_finding += usize::from(findings.is_none());
            unsaid += usize::from(!findings.is_known());
        }
        if let Some(count) = row.label.and_then(|label| labels.get_mut(usize::from(label))) {
            *count += 1;
        }
    }
    Tally { labels, no_finding, unsaid }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{ImageSet, Review, RowBoxes};

    fn project(rows: usize, queue: &[u32]) -> ProjectView {
        let rows = (0..rows)
            .map(|i| ImageRow {
                id: ImageId(100 + i as i64),
                name: format!("{i:04}.png").into(),
                width: 10,
                height: 10,
                split: Split::Train,
                label: None,
                reviewed: false,
                flagged: false,
                predicted: None,
                uncertainty: 0.0,
                missing: false,
                boxes: RowBoxes::default(),
                named: None,
                findings: None,
                facts: Arc::default(),
            })
            .collect();
        ProjectView { rows: Arc::new(rows), queue: Arc::new(queue.to_vec()), ..ProjectView::default() }
    }

    fn at(selection: &Selection) -> i64 {
        selection.image().map_or(-1, |id| id.0 - 100)
    }

    #[test]
    fn labels_are_counted_anew_for_other_rows_and_not_for_each_view() {
        let (mut selection, mut project) = (Selection::default(), project(3, &[0, 1, 2]));
        project.classes = Arc::new(crate::domain::ClassList::from_names(&["a", "b"], false).expect("distinct names"));
        selection.follow(&project, 1);
        assert_eq!(selection.tally().labels, [0, 0]);
        let counted = selection.tallied.clone();
        selection.follow(&project, 2);
        assert!(counted.zip(selection.tallied.clone()).is_some_and(|(a, b)| a.0.ptr_eq(&b.0)));
        Arc::make_mut(&mut project.rows)[1].label = Some(1);
        selection.follow(&project, 3);
        assert_eq!(selection.tally().labels, [0, 1], "also where nobody else held the rows");
    }

    #[test]
    fn the_first_of_the_queue_is_selected_and_steps_stop_at_the_ends() {
        let project = project(5, &[3, 1, 4]);
        let mut selection = Selection::default();
        selection.follow(&project, 1);
        assert_eq!(at(&selection), 3);
        assert!(!selection.step(&project, -1));
        assert!(selection.step(&project, 1) && selection.step(&project, 1));
        assert_eq!(at(&selection), 4);
        assert!(!selection.step(&project, 1), "there is nothing after the last");
    }

    #[test]
    fn the_next_reader_begins_in_the_own_list() {
        let of = |reader: &str, queue: &[u32]| ProjectView {
            reader: reader.into(),
            filter: Filter { assigned: true, ..Filter::default() },
            ..project(5, queue)
        };
        let mut selection = Selection::default();
        selection.follow(&of("ann", &[3, 1]), 1);
        selection.follow(&of("ann", &[1]), 2);
        assert_eq!(at(&selection), 3, "what was read just now stays");
        selection.follow(&of("ben", &[4, 0]), 3);
        assert_eq!(at(&selection), 4, "an image of somebody else's list does not");
    }

    #[test]
    fn next_unreviewed_passes_test_images_over_unless_one_is_at_one() {
        let mut of_tests = project(5, &[0, 1, 2, 3, 4]);
        for row in [1, 3] {
            Arc::make_mut(&mut of_tests.rows)[row].split = Split::Test;
        }
        let mut selection = Selection::default();
        selection.follow(&of_tests, 1);
        assert!(selection.next_unreviewed(&of_tests));
        assert_eq!(at(&selection), 2);
        selection.choose(&of_tests, 1);
        Arc::make_mut(&mut of_tests.rows)[2].reviewed = true;
        assert!(selection.next_unreviewed(&of_tests));
        assert_eq!(at(&selection), 3, "somebody who is at a test image goes on with them");
        for row in [0, 4] {
            Arc::make_mut(&mut of_tests.rows)[row].reviewed = true;
        }
        selection.choose(&of_tests, 0);
        assert!(selection.next_unreviewed(&of_tests));
        assert_eq!(at(&selection), 1, "nothing else is left");
    }

    #[test]
    fn another_order_begins_with_its_first_image() {
        let mut selection = Selection::default();
        selection.follow(&project(5, &[0, 1, 2, 3, 4]), 1);
        selection.step(&project(5, &[0, 1, 2, 3, 4]), 1);
        selection.follow(&ProjectView { sort: Sort::Uncertainty, ..project(5, &[4, 3, 1, 0]) }, 2);
        assert_eq!((at(&selection), selection.position()), (4, Some(0)));
    }

    #[test]
    fn images_that_another_screen_sends_begin_with_their_first() {
        let mut selection = Selection::default();
        let all = project(6, &[0, 1, 2, 3, 4, 5]);
        selection.follow(&all, 1);
        selection.choose(&all, 5);
        let only = |title: &str, places: &[usize]| {
            let images = Arc::new(places.iter().map(|&at| all.rows[at].id).collect());
            Filter { only: Some(ImageSet { title: title.into(), images }), ..Filter::default() }
        };
        let sent = ProjectView { filter: only("ann bright, bob dark", &[1, 3]), ..project(6, &[1, 3]) };
        selection.follow(&sent, 2);
        assert_eq!((at(&selection), selection.position()), (1, Some(0)));
        selection.choose(&sent, 1);
        selection.follow(&sent, 3);
        assert_eq!(at(&selection), 3, "and then stay where one is");
        let other = ProjectView { filter: only("ann dark, bob bright", &[0, 3]), ..project(6, &[0, 3]) };
        selection.follow(&other, 4);
        assert_eq!(at(&selection), 0);
    }

    #[test]
    fn an_image_that_leaves_by_its_label_stays_and_next_is_the_one_that_followed() {
        let mut selection = Selection::default();
        let before = project(5, &[0, 1, 2, 3, 4]);
        selection.follow(&before, 1);
        selection.choose(&before, 2);
        let after = project(5, &[0, 1, 3, 4]);
        selection.follow(&after, 2);
        assert_eq!((at(&selection), selection.position()), (2, None));
        selection.follow(&after, 3);
        assert!(selection.step(&after, 1));
        assert_eq!(at(&selection), 3);
        selection.follow(&before, 4);
        selection.choose(&before, 2);
        selection.follow(&after, 5);
        assert!(selection.step(&after, -1));
        assert_eq!(at(&selection), 1);
    }

    #[test]
    fn a_new_filter_that_hides_the_image_chooses_the_nearest_following() {
        let mut selection = Selection::default();
        let before = project(6, &[0, 1, 2, 3, 4, 5]);
        selection.follow(&before, 1);
        selection.choose(&before, 2);
        let filter = Filter { review: Some(Review::Unreviewed), ..Filter::default() };
        selection.follow(&ProjectView { filter: filter.clone(), ..project(6, &[0, 1, 4, 5]) }, 2);
        assert_eq!(at(&selection), 4);
        selection.follow(&ProjectView { filter: Filter { flagged: true, ..filter }, ..project(6, &[0, 1]) }, 3);
        assert_eq!(at(&selection), 1, "nothing follows: the last");
    }

    fn page(selection: &Selection, size: usize) -> (Vec<usize>, usize, usize) {
        let Page { rows, first, of } = selection.page(size);
        (rows, first, of)
    }

    #[test]
    fn a_page_holds_the_selected_image_and_turns_to_the_first_of_the_next() {
        let project = project(9, &[8, 7, 6, 5, 4, 3, 2]);
        let mut selection = Selection::default();
        assert_eq!(page(&selection, 4), (vec![], 0, 0));
        selection.follow(&project, 1);
        assert_eq!(page(&selection, 4), (vec![8, 7, 6, 5], 0, 7));
        assert_eq!(page(&selection, 9), (vec![8, 7, 6, 5, 4, 3, 2], 0, 7));
        assert!(!selection.turn_page(&project, 4, false) && !selection.leap(&project, -2));
        assert!(selection.leap(&project, 2) && selection.step(&project, 1));
        assert_eq!(at(&selection), 5);
        assert!(selection.turn_page(&project, 4, true));
        assert_eq!((at(&selection), page(&selection, 4)), (4, (vec![4, 3, 2], 4, 7)));
        assert!(!selection.turn_page(&project, 4, true) && !selection.leap(&project, 3));
        assert!(selection.turn_page(&project, 4, false));
        assert_eq!(at(&selection), 8, "a page begins with its first image");
    }

    #[test]
    fn an_image_that_left_the_queue_keeps_its_place_on_the_page() {
        let mut selection = Selection::default();
        let before = project(6, &[0, 1, 2, 3, 4, 5]);
        selection.follow(&before, 1);
        selection.choose(&before, 2);
        let after = project(6, &[0, 1, 3, 4, 5]);
        selection.follow(&after, 2);
        assert_eq!(page(&selection, 4), (vec![0, 1, 2, 3], 0, 6));
        assert!(selection.leap(&after, 2));
        assert_eq!((at(&selection), page(&selection, 4)), (4, (vec![0, 1, 3, 4], 0, 5)));
        for (forward, expected) in [(true, 4), (false, 0)] {
            selection.follow(&before, 3);
            selection.choose(&before, 2);
            selection.follow(&after, 4);
            assert!(selection.turn_page(&after, 2, forward));
            assert_eq!(at(&selection), expected, "forward: {forward}");
        }
        let only = project(6, &[]);
        selection.follow(&only, 5);
        assert_eq!(page(&selection, 4), (vec![0], 0, 1), "a filter that leaves nothing");
        assert!(!selection.turn_page(&only, 4, true) && !selection.leap(&only, 1));
    }

    #[test]
    fn a_queue_that_names_rows_which_are_not_there_is_survived() {
        let mut selection = Selection::default();
        let broken = project(2, &[7, 1, 9]);
        selection.follow(&broken, 1);
        assert_eq!(selection.image(), None);
        assert!(!selection.choose(&broken, 2) && !selection.choose(&broken, 99));
        assert!(selection.choose(&broken, 1));
        selection.follow(&project(0, &[]), 2);
        assert_eq!(selection.image(), None);
        assert!(!selection.step(&project(0, &[]), 1));
    }
}
