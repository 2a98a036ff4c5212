//! Sets of keys for people who are used to another viewer. They become the person's own keys, so that each can be changed
//! and all can be taken back.

use crate::session::OwnKeys;

/// OHIF's default keys for what this window has, and other keys for what they displace. Digits stay those of the classes,
/// and Space hides what lies on the picture.
const OHIF: &[(&str, &[&str])] = &[
    ("next", &["Down", "Right", "D"]),
    ("previous", &["Up", "Left", "A"]),
    ("row-down", &["Alt Shift PageDown"]),
    ("row-up", &["Alt Shift PageUp"]),
    ("fit", &["=", "F"]),
    ("zoom-in", &["+"]),
    ("flip-horizontally", &["H"]),
    ("flip-vertically", &["V"]),
    ("heat-lines", &["Shift H"]),
    ("move", &["Shift V"]),
];

/// A person's keys with those of OHIF in place of what they had for the same actions.
pub fn like_ohif(own: &OwnKeys) -> OwnKeys {
    let mut own = own.clone();
    for (id, keys) in OHIF {
        own.actions.insert((*id).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect());
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::action::ReviewAction;
    use crate::ui::keymap::Keymap;

    #[test]
    fn the_set_fits_the_table_and_leaves_other_own_keys_alone() {
        let mut own = OwnKeys::default();
        own.actions.insert("invert".to_owned(), vec!["Q".to_owned()]);
        let keymap = Keymap::of(vec!["a".into(), "b".into()], like_ohif(&own));
        assert_eq!(keymap.problems(), [] as [String; 0]);
        let key = |action: ReviewAction| keymap.key_text(&action.into()).unwrap_or_default();
        assert_eq!(
            [ReviewAction::FlipHorizontally, ReviewAction::FlipVertically, ReviewAction::Next].map(key),
            ["H", "V", "Down"]
        );
        assert_eq!([ReviewAction::HeatLines, ReviewAction::Invert, ReviewAction::Fit].map(key), ["Shift H", "Q", "="]);
        assert_eq!(key(ReviewAction::Label(1)), "2");
        let all: Vec<String> = keymap.entries().iter().flat_map(|entry| entry.keys.iter().map(|k| k.text())).collect();
        let mut once = all.clone();
        once.sort();
        once.dedup();
        assert!(all.iter().filter(|key| *key == "Down").count() == 1, "{all:?}");
    }
}
