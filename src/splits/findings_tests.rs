//! Divisions of images with several findings against other programs (`tests/reference/split_findings.py`), ties and groups.

use super::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Divided {
    images: Vec<String>,
    groups: Option<Vec<Option<String>>>,
    ratios: [f64; 3],
    seed: u64,
    splits: String,
}

#[derive(Deserialize)]
struct Quality {
    images: Vec<String>,
    ratios: [f64; 3],
    label: f64,
    examples: f64,
    label_at_random: f64,
}

#[derive(Deserialize)]
struct Reference {
    equal: Vec<Divided>,
    quality: Vec<Quality>,
    patients: Vec<Divided>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../tests/reference/expected/split_findings.json")).unwrap()
}

/// A letter a finding: 1 there, 0 not, anything else not looked at.
fn statements(images: &[String]) -> Vec<Vec<Option<bool>>> {
    let one = |letter| match letter {
        '1' => Some(true),
        '0' => Some(false),
        _ => None,
    };
    images.iter().map(|row| row.chars().map(one).collect()).collect()
}

fn ratios([train, validation, test]: [f64; 3]) -> SplitRatios {
    SplitRatios { train, validation, test }
}

fn split(rows: &[Vec<Option<bool>>], groups: &[Option<String>], of: [f64; 3], seed: u64) -> Vec<Split> {
    let images = rows.iter().enumerate();
    let images = images.map(|(at, row)| (row.as_slice(), groups.get(at).and_then(Option::as_deref)));
    assign_findings(images, ratios(of), seed)
}

fn letters(splits: &[Split]) -> String {
    splits.iter().filter_map(|split| split.name().chars().nth(1)).collect()
}

/// How many images of each split have this finding; without one, how many there are.
fn count(splits: &[Split], rows: &[Vec<Option<bool>>], finding: Option<usize>) -> [usize; 3] {
    Split::ALL.map(|of| {
        let counts = |row: &[Option<bool>]| finding.is_none_or(|finding| row[finding] == Some(true));
        splits.iter().zip(rows).filter(|(split, row)| **split == of && counts(row)).count()
    })
}

#[test]
fn without_a_tie_it_is_what_iterative_stratification_makes() {
    let cases = reference().equal;
    assert!(cases.len() >= 2);
    for case in cases {
        assert!(case.images.len() >= 300);
        assert_eq!(letters(&split(&statements(&case.images), &[], case.ratios, case.seed)), case.splits);
    }
}

#[test]
fn patients_and_findings_not_looked_at_go_as_described() {
    for case in reference().patients {
        let (rows, groups) = (statements(&case.images), case.groups.unwrap());
        assert!(rows.iter().flatten().any(Option::is_none));
        let splits = split(&rows, &groups, case.ratios, case.seed);
        assert_eq!(letters(&splits), case.splits);
        let mut of: HashMap<&str, Split> = HashMap::new();
        for (group, split) in groups.iter().zip(&splits).filter_map(|(group, split)| Some((group.as_deref()?, split))) {
            assert_eq!(of.entry(group).or_insert(*split), split);
        }
        // Groups and rows the other way round: the same, and another seed is another division.
        let with_group: Vec<usize> = (0..rows.len()).filter(|at| groups[*at].is_some()).collect();
        let taken = |order: &[usize], seed| {
            let rows: Vec<_> = order.iter().map(|at| rows[*at].clone()).collect();
            let groups: Vec<_> = order.iter().map(|at| groups[*at].clone()).collect();
            split(&rows, &groups, case.ratios, seed)
        };
        let forward = taken(&with_group, 3);
        let mut backward = taken(&with_group.iter().rev().copied().collect::<Vec<_>>(), 3);
        backward.reverse();
        assert_eq!(forward, backward);
        assert_ne!(forward, taken(&with_group, 4));
    }
}

/// How far the odds of each finding and the sizes are from what they should be: LD and ED of the paper.
fn deviations(splits: &[Split], rows: &[Vec<Option<bool>>], of: [f64; 3]) -> [f64; 2] {
    let findings = rows[0].len();
    let sizes = count(splits, rows, None);
    let odds = |having: f64, all: f64| having / (all - having);
    let mut label = 0.0;
    for finding in 0..findings {
        let having = count(splits, rows, Some(finding));
        let whole = odds(having.iter().sum::<usize>() as f64, rows.len() as f64);
        label +=
            having.iter().zip(sizes).map(|(n, all)| (odds(*n as f64, all as f64) - whole).abs()).sum::<f64>() / 3.0;
    }
    let examples =
        sizes.iter().zip(of).map(|(size, share)| (*size as f64 - share * rows.len() as f64).abs()).sum::<f64>();
    [label / findings as f64, examples / 3.0]
}

#[test]
fn findings_and_sizes_are_as_even_as_elsewhere() {
    for case in reference().quality {
        let rows = statements(&case.images);
        let mut mean = [0.0; 2];
        for seed in 0..40 {
            let one = deviations(&split(&rows, &[], case.ratios, seed), &rows, case.ratios);
            mean.iter_mut().zip(one).for_each(|(mean, one)| *mean += one / 40.0);
        }
        println!("deviation: LD {:.5} (elsewhere {:.5}), ED {:.3}", mean[0], case.label, mean[1]);
        assert!(mean[0] <= 1.01 * case.label, "LD {mean:?}, elsewhere {}", case.label);
        assert!(mean[1] <= case.examples + 1e-9, "ED {mean:?}, elsewhere {}", case.examples);
        assert!(mean[0] < 0.2 * case.label_at_random);
    }
}

#[test]
fn ties_of_splits_and_of_findings_go_by_the_seed() {
    // Two images, two splits that lack as much: whichever is first is drawn.
    let rows = vec![vec![Some(true)], vec![Some(false)]];
    let first = |seed| split(&rows, &[], [0.0, 1.0, 1.0], seed);
    let drawn: Vec<Vec<Split>> = (0..20).map(first).collect();
    assert!(drawn.iter().all(|splits| splits[0] != splits[1] && !splits.contains(&Split::Train)), "{drawn:?}");
    assert!(drawn.iter().any(|splits| splits[0] == Split::Validation));
    assert!(drawn.iter().any(|splits| splits[0] == Split::Test));
}

#[test]
fn a_tie_of_a_finding_goes_to_the_split_that_lacks_most_images() {
    // A group takes the two images of the rarer finding to one split. Of the other both lack as many, so its first image goes
    // to the second split, the next to the first, and the last, again with a tie, to the second.
    let rows = [[true, false], [true, false], [false, true], [false, true], [false, true]];
    let rows: Vec<_> = rows.map(|row| row.map(Some).to_vec()).into();
    let groups = [Some("a"), Some("a"), None, None, None].map(|group| group.map(str::to_owned));
    for seed in 0..20 {
        let splits = split(&rows, &groups, [50.0, 0.0, 50.0], seed);
        assert_eq!(splits[0], splits[1]);
        assert_eq!(splits.iter().filter(|split| **split == splits[0]).count(), 3, "{splits:?}");
    }
}

#[test]
fn what_is_not_looked_at_counts_as_nothing_and_nothing_is_spread() {
    let rows: Vec<Vec<Option<bool>>> = (0..100)
        .map(|at| match at % 4 {
            0 => vec![],
            1 => vec![None, None],
            2 => vec![Some(false), None],
            _ => vec![Some(false), Some(true)],
        })
        .collect();
    let splits = split(&rows, &[], [80.0, 10.0, 10.0], 1);
    assert_eq!(count(&splits, &rows, None), [80, 10, 10]);
    let of_last = |of| splits.iter().zip(&rows).filter(|(s, row)| **s == of && row.last() == Some(&Some(true))).count();
    assert_eq!(of_last(Split::Train), 20);
}

#[test]
fn a_split_without_a_ratio_stays_empty_and_nonsense_trains() {
    let rows = vec![vec![Some(true), Some(false)]; 30];
    // One group more than any split should have: what is lacking falls below 0, and the closed one is still not taken.
    let groups: Vec<Option<String>> = (0..30).map(|at| (at < 25).then(|| "p".to_owned())).collect();
    for seed in 0..5 {
        let splits = split(&rows, &groups, [50.0, 0.0, 50.0], seed);
        assert_eq!(count(&splits, &rows, None)[1], 0);
        assert_eq!(count(&split(&rows, &[], [70.0, 0.0, 30.0], seed), &rows, None), [21, 0, 9]);
        assert_eq!(count(&split(&rows, &[], [0.0, f64::NAN, -4.0], seed), &rows, None), [30, 0, 0]);
    }
    assert!(split(&[], &[], [80.0, 10.0, 10.0], 1).is_empty());
}

#[test]
fn few_images_leave_no_wanted_split_empty() {
    let said: Vec<Vec<Option<bool>>> = (0..6).map(|at| vec![Some(at % 2 == 0), Some(at == 3)]).collect();
    let groups: Vec<String> = (0..6).map(|at| format!("p{at}")).collect();
    let images = || said.iter().map(Vec::as_slice).zip(groups.iter().map(|group| Some(group.as_str())));
    let usual = assign_findings(images(), SplitRatios { train: 80.0, validation: 10.0, test: 10.0 }, 1);
    let count = |all: &[Split], split| all.iter().filter(|of| **of == split).count();
    assert_eq!(Split::ALL.map(|split| count(&usual, split)), [4, 1, 1]);
    let none = assign_findings(images(), SplitRatios { train: 80.0, validation: 0.0, test: 20.0 }, 1);
    assert_eq!(count(&none, Split::Validation), 0, "nobody asked for one");
    let alone = assign_findings(images().take(1), SplitRatios { train: 80.0, validation: 10.0, test: 10.0 }, 1);
    assert_eq!(alone, [Split::Train]);
}
