//! What else tables and files say of images: columns of few different values (view, body part, hardware) are kept to
//! count and filter by. What may name a person, a day or a single image is not.

use std::collections::HashSet;

/// A column of more different values than this tells images apart and not kinds of them.
const MOST_VALUES: usize = 24;
/// Longer values are prose.
const LONGEST: usize = 48;
/// Words in a column's name that say it is nobody's business, or the single image's.
const PRIVATE: [&str; 32] = [
    "id",
    "ids",
    "uid",
    "guid",
    "uuid",
    "name",
    "names",
    "surname",
    "firstname",
    "lastname",
    "date",
    "day",
    "time",
    "birth",
    "birthday",
    "dob",
    "mrn",
    "ssn",
    "accession",
    "path",
    "file",
    "filename",
    "url",
    "uri",
    "link",
    "email",
    "phone",
    "address",
    "comment",
    "note",
    "notes",
    "report",
];

/// A column whose values come one by one, and what was seen of them.
#[derive(Clone, Debug)]
pub struct Column {
    may_be_kept: bool,
    different: HashSet<String>,
    filled: usize,
}

impl Column {
    /// One of this name, without values.
    pub fn of(name: &str) -> Self {
        let is_private = words(name).iter().any(|word| PRIVATE.contains(&word.as_str()));
        Self { may_be_kept: !is_private && !name.trim().is_empty(), different: HashSet::new(), filled: 0 }
    }

    /// The next value; whether it may still be kept, which the name alone may forbid.
    pub fn take(&mut self, value: &str) -> bool {
        if !self.may_be_kept || value.is_empty() {
            return self.may_be_kept;
        }
        self.filled += 1;
        if !self.different.contains(value) {
            self.may_be_kept =
                self.different.len() < MOST_VALUES && value.chars().count() <= LONGEST && !is_date(value);
            self.different.insert(value.to_owned());
        }
        self.may_be_kept
    }

    /// Whether it may be kept, by its name and all its values. Of a value for each image nothing can be learned.
    pub fn is_kept(&self) -> bool {
        let different = self.different.len();
        self.may_be_kept && different > 0 && (different == 1 || self.filled >= 2 * different)
    }
}

/// Whether a column may be kept, by its name and all the values in it.
pub fn is_kept<'a>(name: &str, mut values: impl Iterator<Item = &'a str>) -> bool {
    let mut column = Column::of(name);
    values.all(|value| column.take(value)) && column.is_kept()
}

/// The words of a name in lower case: `PatientID` and `patient_id` are both "patient", "id".
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if (c.is_uppercase() && before.is_lowercase()) || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(last) = words.last_mut()
        {
            last.extend(c.to_lowercase());
        }
        before = c;
    }
    words
}

/// Whether a value is a day or an instant: 2017-03-09, 9.3.2017, 20170309.
fn is_date(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '/', '.', ' ', 'T', ':']).collect();
    let number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let year = |part: &&str| part.len() == 4 && number(part) && (part.starts_with("19") || part.starts_with("20"));
    match parts.as_slice() {
        [one] => one.len() == 8 && number(one) && (one.starts_with("19") || one.starts_with("20")),
        [a, b, c, ..] => number(a) && number(b) && number(c) && (year(a) || year(c)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_kept_and_names_days_and_singles_are_not() {
        let few = ["AP", "PA", "AP", "PA", "", "AP"];
        let cases: [(&str, &[&str], bool); 12] = [
            ("View Position", &few, true),
            ("hardware", &["0", "1", "0", "1"], true),
            ("constant", &["x"], true),
            ("empty", &["", ""], false),
            ("PatientID", &few, false),
            ("patient_name", &few, false),
            ("Study Date", &few, false),
            ("when", &["2017-03-09", "2017-03-09"], false),
            ("seen", &["20170309", "20170309"], false),
            ("each", &["a", "b", "c"], false),
            ("idle", &few, true),
            ("prose", &["a very long remark about the picture that nobody would filter by"; 3], false),
        ];
        for (name, values, kept) in cases {
            assert_eq!(is_kept(name, values.iter().copied()), kept, "{name}");
        }
        let takes = |name: &str, value: &str| Column::of(name).take(value);
        assert!(takes("view", "AP") && takes("view", ""));
        assert!(!takes("patient_name", "x") && !takes("patient_name", "") && !takes("seen", "20170309"));
        let many: Vec<String> = (0..100).map(|n| (n / 2).to_string()).collect();
        assert!(!is_kept("age", many.iter().map(String::as_str)));
    }
}
