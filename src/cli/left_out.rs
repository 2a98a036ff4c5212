//! What was left out, told so that hundreds of files with one reason do not bury the rest.

use std::collections::HashMap;

/// Of each reason so many files are named.
const NAMED: usize = 10;

/// Lines about files that were left out: the first of each reason, then how many more there are; with `all` every one.
pub(super) fn lines<'a>(left_out: impl Iterator<Item = (&'a str, &'a str)>, all: bool) -> Vec<String> {
    let mut reasons: Vec<(usize, Vec<String>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (file, why) in left_out {
        let place = *places.entry(kind(why)).or_insert_with(|| {
            reasons.push((0, Vec::new()));
            reasons.len() - 1
        });
        if let Some((count, named)) = reasons.get_mut(place) {
            *count += 1;
            if all || *count <= NAMED {
                named.push(format!("left out: {file}: {why}"));
            }
        }
    }
    let told = |(count, mut named): (usize, Vec<String>)| {
        let more = count - named.len();
        if more > 0 {
            let files = if more == 1 { "file" } else { "files" };
            named.push(format!("left out: {more} more {files} for the same reason; --all-left-out names each"));
        }
        named
    };
    reasons.into_iter().flat_map(told).collect()
}

/// A reason without what differs between files: numbers, and names in quotes.
fn kind(why: &str) -> String {
    let (mut kind, mut quoted, mut in_number) = (String::new(), false, false);
    for letter in why.chars() {
        let is_number = letter.is_ascii_digit();
        match letter {
            '"' => quoted = !quoted,
            _ if quoted || (is_number && in_number) => {}
            _ if is_number => kind.push('#'),
            letter => kind.push(letter),
        }
        in_number = is_number;
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_ten_of_each_reason_are_named_and_the_rest_counted() {
        let all: Vec<(String, String)> = (0..126)
            .map(|at| match at {
                7 => ("x.png".to_owned(), "is no picture".to_owned()),
                at => (format!("{at}.png"), format!("line {at} names \"class {at}\", which is not there")),
            })
            .collect();
        let of = |named: bool| lines(all.iter().map(|(file, why)| (file.as_str(), why.as_str())), named);
        let folded = of(false);
        assert_eq!(folded.len(), 10 + 1 + 1, "{folded:#?}");
        assert_eq!(folded[9], "left out: 10.png: line 10 names \"class 10\", which is not there");
        assert_eq!(folded[10], "left out: 115 more files for the same reason; --all-left-out names each");
        assert_eq!(folded[11], "left out: x.png: is no picture");
        assert_eq!(of(true).len(), 126);
        assert_eq!(lines(all[..10].iter().map(|(a, b)| (a.as_str(), b.as_str())), false).len(), 10);
    }
}
