//! The note of an image while it is typed: sent once when the person is done with it, never lost on the way.

use crate::domain::ImageId;

/// Text typed about one image.
#[derive(Debug, Default)]
pub struct Draft {
    image: Option<ImageId>,
    text: String,
    /// What the log says, as far as this field knows.
    known: String,
    /// What the log said before the last change was sent; the view may go on saying it for a moment.
    before: Option<String>,
    /// The field should get the keyboard.
    pub focus: bool,
}

impl Draft {
    /// The text to edit. What the session says is taken over unless the person has typed something else meanwhile.
    pub fn text(&mut self, image: ImageId, note: &str) -> &mut String {
        if self.image != Some(image) {
            let (text, known) = (note.to_owned(), note.to_owned());
            *self = Self { image: Some(image), text, known, before: None, focus: self.focus };
        } else if self.before.as_deref() == Some(note) {
            return &mut self.text;
        } else if self.known != note {
            if self.text == self.known {
                note.clone_into(&mut self.text);
            }
            note.clone_into(&mut self.known);
        }
        self.before = None;
        &mut self.text
    }

    /// The image and its new note, once, if it was changed.
    pub fn take_changed(&mut self) -> Option<(ImageId, String)> {
        let text = self.text.trim_end();
        if text == self.known {
            return None;
        }
        self.before = Some(std::mem::replace(&mut self.known, text.to_owned()));
        self.text.clone_from(&self.known);
        Some((self.image?, self.known.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ImageId = ImageId(1);
    const B: ImageId = ImageId(2);

    #[test]
    fn a_change_is_given_out_once_for_the_image_it_was_typed_at() {
        let mut draft = Draft::default();
        assert_eq!(draft.take_changed(), None);
        draft.text(A, "").push_str("cortex irregular\n");
        assert_eq!(draft.take_changed(), Some((A, "cortex irregular".into())));
        assert_eq!(draft.take_changed(), None);
        assert_eq!(draft.text(B, "old"), "old");
        assert_eq!(draft.take_changed(), None);
    }

    #[test]
    fn what_the_session_says_replaces_only_what_was_not_touched() {
        let mut draft = Draft::default();
        draft.text(A, "one");
        assert_eq!(draft.text(A, "undone"), "undone");
        draft.text(A, "undone").push('!');
        assert_eq!(draft.text(A, "other"), "undone!");
        assert_eq!(draft.take_changed(), Some((A, "undone!".into())));
    }

    #[test]
    fn a_note_that_was_just_sent_is_not_replaced_by_the_view_before_it() {
        let mut draft = Draft::default();
        draft.text(A, "").push_str("new");
        draft.take_changed();
        assert_eq!(draft.text(A, ""), "new");
        assert_eq!(draft.text(A, "new"), "new");
        assert_eq!(draft.text(A, ""), "", "that is an undo");
    }
}
