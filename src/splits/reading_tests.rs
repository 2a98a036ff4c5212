//! Plans of readings: what is so of every one of them.

use super::*;
use crate::domain::Strata;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn key(at: usize) -> ImageKey {
    ImageKey(format!("{at:064x}"), 0)
}

fn candidate(at: usize, strata: usize) -> Candidate {
    Candidate {
        key: key(at),
        stratum: format!("stratum {}", (at * at + at / 3) % strata),
        patient: (!at.is_multiple_of(5)).then(|| format!("patient {}", at / 3)),
    }
}

/// The images of a reader's list by why they are there, in order.
fn of(assigned: &Assigned, reader: usize, turn: Turn) -> Vec<(usize, ImageKey)> {
    let order = assigned.list.of(reader).enumerate();
    order.filter(|(_, (_, one))| *one == turn).map(|(at, (key, _))| (at, key.clone())).collect()
}

fn spread(counts: impl Iterator<Item = usize> + Clone) -> usize {
    counts.clone().max().unwrap_or_default() - counts.min().unwrap_or_default()
}

#[test]
fn every_plan_gives_each_image_its_readers_and_each_reader_as_much() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for round in 0..300 {
        let (readers, images) = (random.random_range(1..7usize), random.random_range(0..90usize));
        let strata = random.random_range(1..6usize);
        let reads = match random.random_range(0..2) {
            0 => Reads::Each(random.random_range(1..5)),
            _ => Reads::Doubled(random.random_range(0..101)),
        };
        let plan = AssignmentPlan {
            readers: (0..readers).map(|at| format!("reader {at}")).collect(),
            reads,
            repeats: random.random_range(0..8),
            gap: random.random_range(0..15),
            honeypots: random.random_range(0..6),
            strata: Strata::Class,
            seed: random.random_range(0..1000),
            ..AssignmentPlan::default()
        };
        let mut candidates: Vec<Candidate> = (0..images).map(|at| candidate(at, strata)).collect();
        let known: Vec<Candidate> = (80..84).map(|at| candidate(at, strata)).collect();
        let made = assign_readings(&plan, &candidates, &known);
        let honeypots = plan.honeypots.min(known.len());
        let plain: Vec<Vec<ImageKey>> =
            (0..readers).map(|r| of(&made, r, Turn::Plain).into_iter().map(|(_, key)| key).collect()).collect();
        let told = format!("round {round}: {plan:?}");
        // Every image that is no honeypot has its number of readers, each another one.
        let pots: BTreeSet<ImageKey> = of(&made, 0, Turn::Honeypot).into_iter().map(|(_, key)| key).collect();
        assert_eq!(pots.len(), honeypots, "{told}");
        let mut twice = 0;
        for image in candidates.iter().filter(|one| !pots.contains(&one.key)) {
            let count = plain.iter().filter(|list| list.contains(&image.key)).count();
            let times: usize = plain.iter().flatten().filter(|key| **key == image.key).count();
            assert_eq!(times, count, "{told}: nobody gets it twice");
            match reads {
                Reads::Each(each) => assert_eq!(count, each.min(readers), "{told}"),
                Reads::Doubled(_) => assert!(count == 1 || count == 2.min(readers), "{told}"),
            }
            twice += usize::from(count > 1);
        }
        assert_eq!(twice, made.shared, "{told}");
        let there = candidates.iter().filter(|one| !pots.contains(&one.key)).count();
        if let (Reads::Doubled(percent), true) = (reads, readers > 1) {
            assert_eq!(twice, (there * usize::from(percent) + 50) / 100, "{told}");
        }
        // Loads, over all and in each stratum.
        assert!(spread(plain.iter().map(Vec::len)) <= 1, "{told}");
        assert!(made.by_stratum.iter().all(|(_, counts)| spread(counts.iter().copied()) <= 1), "{told}");
        // Honeypots are everybody's; repeats come once, later than the first, with enough between.
        for reader in 0..readers {
            let here: BTreeSet<ImageKey> = of(&made, reader, Turn::Honeypot).into_iter().map(|(_, key)| key).collect();
            assert_eq!(here, pots, "{told}");
            let first: HashMap<ImageKey, usize> =
                of(&made, reader, Turn::Plain).into_iter().map(|(at, key)| (key, at)).collect();
            let again = of(&made, reader, Turn::Repeat);
            let distinct: BTreeSet<&ImageKey> = again.iter().map(|(_, key)| key).collect();
            assert_eq!(distinct.len(), again.len(), "{told}");
            assert!(again.iter().all(|(at, key)| *at > first[key] + plan.gap), "{told}");
            let enough = first.len() > plan.gap + plan.repeats;
            assert!(again.len() == plan.repeats || !enough, "{told}");
        }
        // The order that images were imported in is of no matter.
        candidates.reverse();
        let half = candidates.len() / 2;
        candidates.rotate_left(half);
        assert_eq!(assign_readings(&plan, &candidates, &known), made, "{told}");
        if there > 8 {
            let other = AssignmentPlan { seed: plan.seed + 1, ..plan.clone() };
            assert_ne!(assign_readings(&other, &candidates, &known).list, made.list, "{told}");
        }
    }
}

#[test]
fn every_two_readers_share_about_as_many_images() {
    let readers: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let plan = AssignmentPlan { readers, reads: Reads::Each(2), ..AssignmentPlan::default() };
    let images: Vec<Candidate> = (0..60).map(|at| candidate(at, 1)).collect();
    let made = assign_readings(&plan, &images, &[]);
    let list = |reader| of(&made, reader, Turn::Plain).into_iter().map(|(_, key)| key).collect::<BTreeSet<_>>();
    let lists: Vec<BTreeSet<ImageKey>> = (0..4).map(list).collect();
    for a in 0..4 {
        for b in 0..a {
            let both = lists[a].intersection(&lists[b]).count();
            assert!((8..=12).contains(&both), "{a} and {b} share {both} of 60, a sixth is 10");
        }
    }
}

#[test]
fn a_patient_goes_to_the_same_readers_where_that_is_asked_for() {
    let plan = AssignmentPlan {
        readers: ["a", "b", "c"].map(str::to_owned).to_vec(),
        reads: Reads::Doubled(30),
        patients_together: true,
        ..AssignmentPlan::default()
    };
    let images: Vec<Candidate> = (0..90).map(|at| candidate(at, 3)).collect();
    let made = assign_readings(&plan, &images, &[]);
    let lists: Vec<BTreeSet<ImageKey>> =
        (0..3).map(|r| of(&made, r, Turn::Plain).into_iter().map(|(_, key)| key).collect()).collect();
    let mut by_patient: HashMap<&str, BTreeSet<Vec<bool>>> = HashMap::new();
    for image in &images {
        let read: Vec<bool> = lists.iter().map(|list| list.contains(&image.key)).collect();
        assert!(read.contains(&true));
        if let Some(patient) = &image.patient {
            by_patient.entry(patient).or_default().insert(read);
        }
    }
    assert!(by_patient.values().all(|ways| ways.len() == 1), "{by_patient:?}");
    assert!(spread(lists.iter().map(BTreeSet::len)) <= 3, "at most one patient's images");
    let apart = assign_readings(&AssignmentPlan { patients_together: false, ..plan }, &images, &[]);
    assert_ne!(apart.list, made.list);
}

#[test]
fn what_cannot_be_met_is_said() {
    let readers = vec!["a".to_owned(), "b".to_owned()];
    let images: Vec<Candidate> = (0..6).map(|at| candidate(at, 1)).collect();
    let plan = AssignmentPlan {
        readers,
        reads: Reads::Each(3),
        repeats: 4,
        gap: 4,
        honeypots: 2,
        ..AssignmentPlan::default()
    };
    let made = assign_readings(&plan, &images, &[candidate(50, 1)]);
    let [pots, readings, repeats] = &made.unmet[..] else { panic!("{:?}", made.unmet) };
    assert!(pots.starts_with("1 of 2 honeypots"), "{pots}");
    assert!(readings.starts_with("2 readings of each image instead of 3"), "{readings}");
    assert!(repeats.contains("of 4 repeats"), "{repeats}");
    assert_eq!(assign_readings(&AssignmentPlan::default(), &images, &[]), Assigned::default());
}
