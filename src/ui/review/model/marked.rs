//! Which images are chosen together, to be labelled, accepted, flagged, moved or exported with one action.

use crate::domain::ImageId;
use crate::session::ProjectView;
use std::collections::HashSet;

/// The images chosen together. One image alone is the one looked at, and needs none of this.
#[derive(Debug, Default)]
pub struct Marked {
    images: HashSet<ImageId>,
    /// Where a range begins.
    anchor: Option<ImageId>,
}

impl Marked {
    pub fn has(&self, image: ImageId) -> bool {
        self.images.contains(&image)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.images.len()
    }

    /// Whether an action is about several images.
    pub fn are_several(&self) -> bool {
        self.images.len() > 1
    }

    pub fn clear(&mut self) {
        self.images.clear();
        self.anchor = None;
    }

    /// Begins anew at this image.
    pub fn begin(&mut self, image: Option<ImageId>) {
        self.images.clear();
        self.anchor = image;
    }

    /// Takes an image in, or out where it is among them. `now` is the image looked at, which counts as chosen before.
    pub fn toggle(&mut self, image: ImageId, now: Option<ImageId>) {
        if self.images.is_empty() {
            self.images.extend(now);
        }
        if !self.images.remove(&image) {
            self.images.insert(image);
        }
        self.anchor = Some(image);
    }

    /// Takes in all from where the range begins, else from `now`, to an image, in the order of the queue; with `add` besides
    /// those that are chosen already.
    pub fn range(&mut self, project: &ProjectView, now: Option<ImageId>, to: ImageId, add: bool) {
        // An image that the view jumped to, as undo and a search do, begins a range of its own.
        let begun = |anchor: &ImageId| now.is_none_or(|now| now == *anchor || self.images.contains(&now));
        let from = self.anchor.filter(begun).or(now).unwrap_or(to);
        if !add {
            self.images.clear();
        }
        let place = |image: ImageId| in_queue(project).position(|one| one == image);
        let (Some(a), Some(b)) = (place(from), place(to)) else {
            self.images.insert(to);
            return;
        };
        self.images.extend(in_queue(project).skip(a.min(b)).take(a.abs_diff(b) + 1));
        self.anchor = Some(from);
    }

    /// All that the filter shows.
    pub fn all(&mut self, project: &ProjectView) {
        self.images = in_queue(project).collect();
    }

    /// Those chosen that the filter shows, in the order of the queue.
    pub fn in_order(&self, project: &ProjectView) -> Vec<ImageId> {
        in_queue(project).filter(|image| self.images.contains(image)).collect()
    }

    /// Lets go of what is not in the queue any more: nobody would see what is done to it.
    pub fn follow(&mut self, project: &ProjectView) {
        if !self.images.is_empty() {
            self.images = self.in_order(project).into_iter().collect();
            if !self.are_several() {
                self.images.clear();
            }
        }
    }
}

fn in_queue(project: &ProjectView) -> impl Iterator<Item = ImageId> + '_ {
    project.queue.iter().filter_map(|&row| Some(project.rows.get(row as usize)?.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Workbench as _;
    use crate::session::fixture::Bench;
    use std::sync::Arc;

    fn queue() -> (Arc<ProjectView>, Vec<ImageId>) {
        let project = Bench::project().view().project.clone().expect("the bench has a project");
        let ids = in_queue(&project).collect();
        (project, ids)
    }

    #[test]
    fn a_range_goes_either_way_from_where_it_began_and_ctrl_adds_or_takes_out() {
        let (project, ids) = queue();
        let mut marked = Marked::default();
        marked.range(&project, Some(ids[4]), ids[6], false);
        assert_eq!(marked.in_order(&project), ids[4..=6]);
        marked.range(&project, Some(ids[6]), ids[2], false);
        assert_eq!(marked.in_order(&project), ids[2..=4], "it begins where it began");
        marked.toggle(ids[9], Some(ids[2]));
        marked.toggle(ids[3], Some(ids[9]));
        assert_eq!(marked.in_order(&project), [ids[2], ids[4], ids[9]]);
        marked.range(&project, None, ids[5], true);
        assert_eq!(marked.in_order(&project), [ids[2], ids[3], ids[4], ids[5], ids[9]]);
        marked.begin(Some(ids[9]));
        marked.range(&project, Some(ids[2]), ids[3], false);
        assert_eq!(marked.in_order(&project), ids[2..=3], "the view had jumped since");
        marked.clear();
        marked.toggle(ids[1], Some(ids[0]));
        assert_eq!(marked.in_order(&project), ids[..2], "the image looked at was chosen");
    }

    #[test]
    fn what_leaves_the_queue_is_not_chosen_any_more() {
        let (project, ids) = queue();
        let mut marked = Marked::default();
        marked.all(&project);
        assert_eq!(marked.len(), project.queue.len());
        let fewer = ProjectView { queue: Arc::new(project.queue[..3].to_vec()), ..(*project).clone() };
        marked.follow(&fewer);
        assert_eq!(marked.in_order(&project), ids[..3]);
    }
}
