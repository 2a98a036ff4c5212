//! What became of the test images since a model was judged by them.

use crate::session::protocol::words;

/// What became of the test images since a model's figures were made; a label given for the first time counts, one that was
/// changed and changed back does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct TestChanges {
    /// Test images whose label, or for a model that draws boxes whose boxes, are others than they were.
    pub changed: usize,
    /// Images that were moved into the test split or out of it.
    pub moved: usize,
    /// The model draws boxes.
    #[serde(skip)]
    pub boxes: bool,
}

impl TestChanges {
    /// "3 test labels changed since", "2 images moved in or out of the test split since"; `None` where nothing did.
    pub fn in_words(self) -> Option<String> {
        let changed = match (self.changed, self.boxes) {
            (0, _) => None,
            (1, false) => Some("1 test label changed".to_owned()),
            (n, false) => Some(format!("{} test labels changed", words::thousands(n))),
            (n, true) => Some(format!("boxes of {} changed", words::test_images(n))),
        };
        let moved =
            (self.moved > 0).then(|| format!("{} moved in or out of the test split", words::images(self.moved)));
        let parts: Vec<String> = changed.into_iter().chain(moved).collect();
        (!parts.is_empty()).then(|| format!("{} since", parts.join(", ")))
    }
}
