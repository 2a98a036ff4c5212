//! The order of the parts that an attribute makes of the images: measures by their numbers, words by the alphabet.

use std::cmp::Ordering;

/// Orders values of an attribute: images without one first, then measures and bands of them ("below 20", "20 to 29 years",
/// "1024 x 768") by their numbers, then words.
pub fn in_order(a: &Option<String>, b: &Option<String>) -> Ordering {
    let (Some(first), Some(second)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    let by_number = match (measure(first), measure(second)) {
        (Some(first), Some(second)) => {
            let numbers = first.numbers.iter().zip(&second.numbers).map(|(a, b)| a.total_cmp(b));
            let begin = |of: &Measure| of.numbers.first().copied().unwrap_or_default();
            begin(&first)
                .total_cmp(&begin(&second))
                .then(first.is_open_below.cmp(&second.is_open_below).reverse())
                .then(numbers.fold(Ordering::Equal, Ordering::then))
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_number.then_with(|| first.cmp(second))
}

/// The numbers of a value that is a measure or a band of it.
struct Measure {
    numbers: Vec<f64>,
    /// "below 20" ends where "20 to 29" begins.
    is_open_below: bool,
}

/// A value that begins with a number, or with a word that says on which side of one it lies.
fn measure(value: &str) -> Option<Measure> {
    let value = value.trim();
    let below = ["below ", "under ", "less than ", "up to ", "<"].iter().find_map(|word| value.strip_prefix(word));
    let above = ["above ", "over ", "more than ", "from ", "at least ", ">"];
    let above = above.iter().find_map(|word| value.strip_prefix(word));
    let rest = below.or(above).unwrap_or(value).trim_start_matches([' ', '=']);
    let digits = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let sign = if rest.starts_with('-') { -1.0 } else { 1.0 };
    let mut numbers: Vec<f64> =
        digits.split(|c| !is_of_number(c)).filter_map(|number| number.trim_end_matches('.').parse().ok()).collect();
    numbers.first_mut().into_iter().for_each(|first| *first *= sign);
    Some(Measure { numbers, is_open_below: below.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(values: &[&str]) -> Vec<String> {
        let mut values: Vec<Option<String>> = values.iter().map(|value| Some((*value).to_owned())).collect();
        values.push(None);
        values.sort_by(in_order);
        values.into_iter().map(|value| value.unwrap_or_else(|| "-".to_owned())).collect()
    }

    #[test]
    fn measures_are_ordered_by_their_numbers_and_words_by_the_alphabet() {
        assert_eq!(sorted(&["1024 x 768", "512 x 512", "1024 x 512"]), ["-", "512 x 512", "1024 x 512", "1024 x 768"]);
        let ages = ["90 years and more", "100 to 109 years", "0 to 9 years", "20 to 29 years"];
        assert_eq!(sorted(&ages), ["-", "0 to 9 years", "20 to 29 years", "90 years and more", "100 to 109 years"]);
        let thirds = ["36 % to 50 %", "50 % and more", "below 36 %"];
        assert_eq!(sorted(&thirds), ["-", "below 36 %", "36 % to 50 %", "50 % and more"]);
        assert_eq!(sorted(&["-0.5", "-2", "10", "9.5"]), ["-", "-2", "-0.5", "9.5", "10"]);
        assert_eq!(sorted(&["lateral", "PA", "8 bit", "16 bit"]), ["-", "8 bit", "16 bit", "PA", "lateral"]);
    }
}
