//! Names of readers that differ from a known one by capitals or spaces alone: nobody is asked who it is, so that a name that is
//! typed otherwise once is another reader, with a list and a way of reading of its own.

/// A name without capitals and spaces.
fn plain(name: &str) -> String {
    name.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect()
}

/// A sentence where a name is none of the known ones and differs from one by capitals or spaces alone.
pub(in crate::session) fn like_known<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut like = None;
    for other in known {
        if other == name {
            return None;
        }
        if plain(other) == plain(name) {
            like.get_or_insert(other);
        }
    }
    like.map(|other| {
        format!(
            "\u{201c}{name}\u{201d} is another reader than \u{201c}{other}\u{201d}, who is known here: where that is the same \
             person, use the known name"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_like_another_by_capitals_and_spaces_alone() {
        let known = ["Ann Lee", "ben"];
        for like in ["ann lee", "AnnLee", "Ann  Lee"] {
            let said = like_known(like, known).unwrap();
            assert!(said.contains(like) && said.contains("\u{201c}Ann Lee\u{201d}"), "{said}");
        }
        for other in ["Ann Lee", "Ann", "bens", "ben"] {
            assert_eq!(like_known(other, known), None, "{other}");
        }
        // Who is known by both names is known.
        assert_eq!(like_known("ann", ["Ann", "ann"]), None);
    }
}
