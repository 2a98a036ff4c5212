//! Images that a file lists without an annotation: whether somebody looked at them, no file of this kind says.

use crate::interchange::model::draft::DraftSaid;
use crate::interchange::model::options::Unannotated;
use crate::interchange::resolve::named::{Repeated, Taken};

/// How many there are, and the first.
#[derive(Default)]
pub struct Listed {
    pub count: usize,
    first: String,
    /// Images of which something is said.
    annotated: usize,
}

impl Listed {
    /// Looks at an image of which all files were heard, and takes it as a person wishes.
    pub fn settle(&mut self, taken: &mut Taken, how: Unannotated) {
        if !taken.image.said.is_empty() || !taken.image.unannotated {
            self.annotated += usize::from(!taken.image.said.is_empty());
            return;
        }
        if self.count == 0 {
            self.first.clone_from(&taken.name);
        }
        self.count += 1;
        match how {
            Unannotated::Unseen => {}
            Unannotated::Negative => {
                taken.image.said.push(DraftSaid { nothing_found: true, ..DraftSaid::default() });
            }
        }
    }

    /// What became of them, where there are any.
    pub fn sentence(&self, how: Unannotated) -> Option<String> {
        let (count, all) = (self.count, self.count + self.annotated);
        let more = if count > 1 { format!(" and {} more", count - 1) } else { String::new() };
        let are = if count == 1 { "is listed" } else { "are listed" };
        let what = match how {
            Unannotated::Unseen => {
                "taken as not assessed, because the file does not say that somebody looked; --unannotated negative (in \
                 the window Without annotation: Nothing to draw) takes them as looked at, with nothing to draw"
            }
            Unannotated::Negative => "taken as looked at, with nothing to draw, as you said",
        };
        (count > 0)
            .then(|| format!("{count} of {all} images {are} without an annotation ({}{more}): {what}.", self.first))
    }
}

impl Repeated {
    /// What became of boxes that came again.
    pub fn sentences(self) -> impl Iterator<Item = String> {
        let boxes = |count: usize| format!("{count} {}", if count == 1 { "box" } else { "boxes" });
        let once = (self.once > 0).then(|| {
            format!("{} stood in several files with the same id, class and corners: taken once.", boxes(self.once))
        });
        let alike = (self.alike > 0).then(|| {
            format!(
                "{} stood in several files with the same class and corners, but other ids: both are kept; leave one of the \
                 files out if they mean the same.",
                boxes(self.alike)
            )
        });
        once.into_iter().chain(alike)
    }
}
