//! The images in the order to look at them.

use crate::domain::{ImageId, Presence, Split};
use crate::session::protocol::query::Term;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which images are in the queue; every part narrows it further.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Images with this label (index into the class list).
    pub label: Option<usize>,
    pub split: Option<Split>,
    pub review: Option<Review>,
    pub flagged: bool,
    /// Key images alone.
    pub key: bool,
    /// The model's class differs from the label.
    pub disagreement: bool,
    /// The model says that it is not sure.
    pub unsure: bool,
    pub boxes: Option<Boxes>,
    pub findings: Option<OfFindings>,
    /// What a person asked for in words, see [`query`](crate::session::protocol::query).
    pub terms: Vec<Term>,
    /// Part of the name, ignoring case.
    pub name: String,
    /// What is left of the list that was assigned to the reader, in its order.
    pub assigned: bool,
    /// Only these: a cell of a confusion matrix, the images that flipped.
    #[serde(skip)]
    pub only: Option<ImageSet>,
}

/// A named set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageSet {
    /// "truth Fractured, predicted Non_fractured".
    pub title: String,
    pub images: Arc<Vec<ImageId>>,
}

/// Whether a person has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Review {
    Unreviewed,
    Reviewed,
}

/// What is to be said of an image's boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Boxes {
    /// Readers drew some.
    Some,
    /// Somebody looked and found nothing to draw.
    None,
    /// The model misses one.
    Missed,
    /// The model has one beside its place.
    Shifted,
    /// The model has one that is not there.
    Extra,
}

/// What is to be known of an image's findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfFindings {
    /// This of one finding; with no presence that nobody looked at it.
    Said { finding: usize, presence: Option<Presence> },
    /// All are absent.
    None,
    /// Nothing of any.
    Unsaid,
}

/// The queue's order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// By name, test images last.
    #[default]
    Name,
    /// In the order of the named set that is shown, as of images that are like one; without a set by name.
    Likeness,
    /// As they were imported.
    Import,
    /// Shuffled, the same for the same number.
    Random(u64),
    /// By label, in the order of the classes; those without one last. Of findings those with the most first.
    Label,
    /// By the class that the model says, in the order of the classes; the surest of each first.
    Class,
    /// What was said last comes first; nothing said last.
    Time,
    /// By patient, those of one beside each other; images without one last.
    Patient,
    /// The largest first, by pixels.
    Size,
    /// Where the model gives this class the highest probability first (index into the class list).
    Probability(u16),
    /// Most uncertain first.
    Uncertainty,
    /// Where the two likeliest classes are nearest to each other first.
    Margin,
    /// Where the likeliest class is least likely first.
    LeastConfidence,
    /// Labels that are likely to be wrong first, by confident learning, the least likely of them before; then those that are not.
    LabelErrors,
    /// Images near the centres of clusters first, of which every beginning is diverse; by name what is near none.
    ColdStart,
    /// Always the one furthest from all that is labelled and comes before it.
    KCentre,
    /// What the model takes for a class with few labels first, before what has a label; of one class the most uncertain.
    RareClass,
    /// Where readers differ most first; images that fewer than two have read last.
    ReadersApart,
    /// Where the models of the comparison differ most from the active one first.
    ModelsApart,
    /// What was said longest ago first; nothing said last.
    Oldest,
    /// Where the model is not sure first, those with the most classes in its answer before; among equals the most uncertain.
    NotSure,
    /// The most confident disagreements with the label first; where the model draws boxes, the most of them.
    Disagreement,
    /// Most boxes first: the readers', else the model's.
    Boxes,
    /// The surest box of the model first.
    BestScore,
    /// Where the model is surest that this finding is present first (index into the class list).
    Finding(u16),
    /// Most missed, shifted or superfluous boxes of the model first.
    Missed,
    Shifted,
    Extra,
    /// Most boxes of the model of the right class in the wrong place first (localisation errors; Hoiem, Chodpathumwan and Dai 2012),
    /// also where they overlap the readers' by less than those that count as shifted.
    WrongPlace,
    /// The right class with most of the model's heat (Grad-CAM) outside the readers' boxes of it first; only of a model that gives
    /// images a class or findings.
    HeatOutside,
}

impl Sort {
    /// Whether anything that a model says shows in the order, so that a person who should not see that must not see it.
    pub fn depends_on_model(self) -> bool {
        match self {
            Self::Name
            | Self::Import
            | Self::Random(_)
            | Self::Label
            | Self::Time
            | Self::Oldest
            | Self::Patient
            | Self::Size
            | Self::ReadersApart => false,
            Self::Class
            // By the features that the model has of images.
            | Self::Likeness
            | Self::Probability(_)
            | Self::Uncertainty
            | Self::Margin
            | Self::LeastConfidence
            | Self::LabelErrors
            | Self::ColdStart
            | Self::KCentre
            | Self::RareClass
            | Self::ModelsApart
            | Self::NotSure
            | Self::Disagreement
            // Where nobody drew any, those of the model.
            | Self::Boxes
            | Self::BestScore
            | Self::Finding(_)
            | Self::Missed
            | Self::Shifted
            | Self::WrongPlace
            | Self::HeatOutside
            | Self::Extra => true,
        }
    }

    /// Whether it puts first what is worth a label, so that part of the queue may be drawn at random instead.
    pub fn is_learned(self) -> bool {
        match self {
            Self::Uncertainty
            | Self::Margin
            | Self::LeastConfidence
            | Self::LabelErrors
            | Self::ColdStart
            | Self::KCentre
            | Self::RareClass
            | Self::ReadersApart
            | Self::ModelsApart
            | Self::NotSure
            | Self::Disagreement => true,
            Self::Name
            | Self::Likeness
            | Self::Import
            | Self::Random(_)
            | Self::Label
            | Self::Class
            | Self::Time
            | Self::Oldest
            | Self::Patient
            | Self::Size
            | Self::Probability(_)
            | Self::Boxes
            | Self::BestScore
            | Self::Finding(_)
            | Self::Missed
            | Self::Shifted
            | Self::WrongPlace
            | Self::HeatOutside
            | Self::Extra => false,
        }
    }
}

impl Filter {
    /// Whether anything that a model says decides which images pass. Of a named set of images nobody knows what they were
    /// chosen by, so it counts as one.
    pub fn depends_on_model(&self) -> bool {
        let Self {
            label: _,
            split: _,
            review: _,
            flagged: _,
            key: _,
            disagreement,
            unsure,
            boxes,
            findings: _,
            terms,
            name: _,
            // It is shuffled, and says nothing of why an image is in it.
            assigned: _,
            only,
        } = self;
        let of_boxes = boxes.is_some_and(|boxes| match boxes {
            Boxes::Some | Boxes::None => false,
            Boxes::Missed | Boxes::Shifted | Boxes::Extra => true,
        });
        *disagreement || *unsure || of_boxes || only.is_some() || terms.iter().any(|term| term.what.depends_on_model())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::protocol::query::{Known, read};

    #[test]
    fn what_shows_the_model_says_so() {
        let classes = crate::domain::ClassList::from_names(&["a", "b"], false).unwrap();
        let shows = |text: &str| {
            let readers = ["Ann".to_owned()];
            let known = Known { classes: &classes, readers: &readers, attributes: &[] };
            let (terms, name) = read(text, &known).unwrap();
            Filter { terms, name, ..Filter::default() }.depends_on_model()
        };
        for text in ["label:a", "not:reviewed", "flagged", "reader:Ann size>10 knee", "boxes>1"] {
            assert!(!shows(text), "{text}");
        }
        for text in ["model:a", "wrong", "label:a class?", "sure>0.5", "uncertainty<0.5"] {
            assert!(shows(text), "{text}");
        }
        let all = Filter::default();
        assert!(!all.depends_on_model());
        assert!(Filter { disagreement: true, ..all.clone() }.depends_on_model());
        assert!(Filter { unsure: true, ..all.clone() }.depends_on_model());
        assert!(Filter { boxes: Some(Boxes::Extra), ..all.clone() }.depends_on_model());
        assert!(!Filter { boxes: Some(Boxes::Some), ..all.clone() }.depends_on_model());
        let only = Some(ImageSet { title: String::new(), images: Arc::default() });
        assert!(Filter { only, ..all }.depends_on_model());
        assert!(Sort::Boxes.depends_on_model() && Sort::RareClass.depends_on_model());
        assert!(!Sort::Oldest.depends_on_model() && !Sort::ReadersApart.depends_on_model());
    }
}
