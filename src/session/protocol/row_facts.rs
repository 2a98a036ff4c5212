//! What is known of an image besides what the queue shows of it: filters and orders go by it.

use std::sync::Arc;

/// What a row is found and ordered by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowFacts {
    /// The patient or whoever else its group is.
    pub group: Option<Arc<str>>,
    /// It is a key image.
    pub key: bool,
    /// Who signed it off; absent while it is open.
    pub signed: Option<Arc<str>>,
    /// One of its sign-offs is of what it says here.
    pub signed_here: bool,
    /// One of its sign-offs was made in another copy in which it said something else.
    pub signed_elsewhere: bool,
    /// The note, where there is one.
    pub note: Option<Arc<str>>,
    /// Where in its name the shortest end begins that no other image has, in bytes; absent where the file's name alone is one.
    pub tail: Option<usize>,
    /// Who last said something of it, and when (ms since 1970-01-01 UTC); absent where nobody did, and until somebody asks
    /// for a filter or an order that goes by it.
    pub said: Option<(Arc<str>, i64)>,
    /// What the active model says of each class; absent where it has not looked or draws boxes.
    pub probabilities: Option<Arc<[f32]>>,
    /// What a model says of each class that has not learned from the image's own label, where that was worked out.
    pub out_of_fold: Option<Arc<[f32]>>,
    /// Its place among the images that an order by features picks, from 0 on.
    pub picked: Option<u32>,
    /// How far apart its readers are, 0 to 1; absent where fewer than two have read it, and until somebody asks for an order
    /// that goes by it.
    pub readers_apart: Option<f32>,
    /// How far apart the active model and the one furthest from it of the comparison are, 0 to 1; absent where no other has
    /// looked, and until somebody asks.
    pub models_apart: Option<f32>,
    /// The share of the heat above zero of a class that the model says rightly that lies outside the readers' boxes of it, 0 to 1,
    /// the largest of several findings; absent where there is none, and until somebody asks.
    pub heat_outside: Option<f32>,
}
