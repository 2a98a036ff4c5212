//! By how much of their paths images with one file name are told apart.

/// Where the shortest end of each path begins that no other has, in bytes; `None` where the file's name alone is one.
///
/// Ends grow by a folder at a time, and only those that are still alike go on. They are compared by a number made of their
/// bytes: should two different ends get the same, one that is longer than need be is shown, never one that is too short.
pub(super) fn tails(paths: &[&str]) -> Vec<Option<usize>> {
    struct End {
        at: usize,
        /// The path that is not taken in yet; absent when all of it is.
        left: Option<usize>,
        hash: u64,
    }
    let mut starts = vec![None; paths.len()];
    let begin = |(at, path): (usize, &&str)| End { at, left: Some(path.len()), hash: 0xcbf2_9ce4_8422_2325 };
    let mut open: Vec<End> = paths.iter().enumerate().map(begin).collect();
    let mut first = true;
    while !open.is_empty() {
        for end in &mut open {
            let left = end.left.take().and_then(|length| paths.get(end.at)?.get(..length));
            let Some(left) = left else { continue };
            let cut = left.rfind('/');
            let from = cut.map_or(0, |cut| cut + 1);
            end.hash = fnv(end.hash, left.get(from..).unwrap_or_default());
            end.left = cut;
            if !first && let Some(start) = starts.get_mut(end.at) {
                *start = Some(from);
            }
        }
        open.sort_unstable_by_key(|end| end.hash);
        let alike = open.chunk_by(|a, b| a.hash == b.hash).filter(|alike| alike.len() > 1);
        // A path that is taken in whole has no longer end.
        let longer = alike.flatten().filter(|end| end.left.is_some());
        open = longer.map(|end| End { at: end.at, left: end.left, hash: end.hash }).collect();
        first = false;
    }
    starts
}

/// Fowler, Noll and Vo's hash (FNV-1a, 64 bits) going on from an earlier one; a part of a path ends with a slash.
fn fnv(hash: u64, text: &str) -> u64 {
    text.bytes().chain([b'/']).fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends<'a>(paths: &[&'a str]) -> Vec<&'a str> {
        let file = |path: &str| path.rfind('/').map_or(0, |cut| cut + 1);
        tails(paths).iter().zip(paths).map(|(start, path)| &path[start.unwrap_or_else(|| file(path))..]).collect()
    }

    #[test]
    fn files_of_one_name_get_as_much_of_their_path_as_tells_them_apart() {
        let paths = [
            "train/patient00012/study1/view1_frontal.jpg",
            "train/patient00012/study2/view1_frontal.jpg",
            "train/patient00013/study1/view1_frontal.jpg",
            "valid/patient00013/study1/view1_frontal.jpg",
            "train/patient00013/study1/view2_lateral.jpg",
            "other/film.dcm#0",
            "film.dcm#0",
            "other/film.dcm#1",
        ];
        let wanted = [
            "patient00012/study1/view1_frontal.jpg",
            "study2/view1_frontal.jpg",
            "train/patient00013/study1/view1_frontal.jpg",
            "valid/patient00013/study1/view1_frontal.jpg",
            "view2_lateral.jpg",
            "other/film.dcm#0",
            "film.dcm#0",
            "film.dcm#1",
        ];
        assert_eq!(ends(&paths), wanted);
        assert_eq!(ends(&["a/b.png", "a/b.png"]), ["a/b.png"; 2], "nothing tells these apart");
        assert_eq!(ends(&["ab/c.png", "b/c.png"]), ["ab/c.png", "b/c.png"]);
        assert!(tails(&["a/b.png", "a/c.png"]).iter().all(Option::is_none));
    }

    #[test]
    fn four_hundred_thousand_paths_are_told_apart() {
        let paths: Vec<String> = (0..400_000).map(|at| format!("p{:05}/study{}/view1.jpg", at / 4, at % 4)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let ends: std::collections::HashSet<&str> = ends(&paths).into_iter().collect();
        assert_eq!(ends.len(), paths.len());
    }
}
