//! What is drawn belongs to the seed and the copy, and settings do not meddle with each other.

use super::*;
use crate::domain::recipe::{Blur, Clahe, CoarseDropout, Gamma, RandomCrop};

const SHAPE: Shape = Shape { width: 16, height: 12 };

fn picture() -> Vec<f32> {
    let value = |x: u32, y: u32| ((37 * x + 59 * y + (x * y) % 97 * 3) % 256) as f32 / 255.0;
    (0..192).map(|i| value(i % 16, i / 16)).collect()
}

fn old_settings() -> Augmentation {
    Augmentation {
        horizontal_flip: true,
        vertical_flip: true,
        rotation: 20.0,
        shift: 0.1,
        scale: 0.2,
        brightness: 0.2,
        contrast: 0.3,
        ..Augmentation::default()
    }
}

fn every_new_setting() -> Augmentation {
    Augmentation {
        shear: 8.0,
        gamma: Gamma { probability: 1.0, ..Gamma::default() },
        crop: RandomCrop { probability: 1.0, ..RandomCrop::default() },
        blur: Blur { probability: 1.0, ..Blur::default() },
        clahe: Clahe { probability: 1.0, ..Clahe::default() },
        dropout: CoarseDropout { probability: 1.0, ..CoarseDropout::default() },
        ..old_settings()
    }
}

fn of(epoch: usize, image: usize, copy: usize) -> CopyOf {
    CopyOf { image, copy, epoch }
}

#[test]
fn recipes_from_before_the_other_settings_existed_draw_what_they_drew() {
    // Bit patterns of every 31st value as version 0.1.0 made them.
    let made: [(u64, CopyOf, [u32; 7]); 3] = [
        (7, of(2, 3, 1), [1040483815, 1041688847, 1064496521, 1060668337, 1057878463, 1054704532, 1040483815]),
        (20260101, of(0, 0, 0), [1046480936, 1051283675, 1057278941, 1058783846, 1060136650, 1056328102, 1058693508]),
        (1, of(9, 250, 2), [0, 1048191766, 1052080033, 1063137242, 1040803076, 1058657878, 1050317237]),
    ];
    for (seed, copy, expected) in made {
        let out = Variation::draw(&old_settings(), seed, copy).planes(picture(), SHAPE);
        for (value, expected) in out.iter().step_by(31).zip(expected) {
            let expected = f32::from_bits(expected);
            // Sine and cosine may differ by a bit between systems.
            assert!((value - expected).abs() < 1e-5, "{value} is not {expected}");
        }
    }
}

#[test]
fn a_setting_leaves_the_draws_of_the_others_as_they_were() {
    for copy in 0..20 {
        let all = Variation::draw(&every_new_setting(), 5, of(1, 2, copy));
        let old = Variation::draw(&old_settings(), 5, of(1, 2, copy));
        assert_eq!(Warp { shear: (0.0, 0.0), crop: warp::Crop::WHOLE, ..all.warp }, old.warp);
        assert_eq!(Tone { power: 1.0, ..all.tone }, old.tone);
        let without_crop = Augmentation { crop: Augmentation::default().crop, ..every_new_setting() };
        let without = Variation::draw(&without_crop, 5, of(1, 2, copy));
        assert_eq!((&without.holes, without.blur, without.clahe), (&all.holes, all.blur, all.clahe));
        assert_eq!((without.warp.shear, without.tone), (all.warp.shear, all.tone));
    }
}

#[test]
fn draws_belong_to_seed_epoch_image_and_copy() {
    let made = |seed, copy| Variation::draw(&every_new_setting(), seed, copy).planes(picture(), SHAPE);
    assert_eq!(made(1, of(2, 3, 0)), made(1, of(2, 3, 0)));
    for other in [made(2, of(2, 3, 0)), made(1, of(3, 3, 0)), made(1, of(2, 4, 0)), made(1, of(2, 3, 1))] {
        assert_ne!(made(1, of(2, 3, 0)), other);
    }
    let none = Variation::draw(&Augmentation::default(), 1, of(2, 3, 0));
    assert_eq!(none.planes(picture(), SHAPE), picture());
}

#[test]
fn probabilities_are_shares_of_the_copies() {
    let mut settings = every_new_setting();
    (settings.warp_probability, settings.tone_probability) = (0.25, 0.75);
    settings.blur.probability = 0.5;
    let drawn: Vec<Variation> = (0..1000).map(|image| Variation::draw(&settings, 3, of(0, image, 0))).collect();
    let share = |test: &dyn Fn(&Variation) -> bool| drawn.iter().filter(|v| test(v)).count();
    assert!((210..290).contains(&share(&|v| v.warp.angle != 0.0)));
    assert!((710..790).contains(&share(&|v| v.tone.contrast != 1.0)));
    assert!((460..540).contains(&share(&|v| v.blur.is_some())));
    assert_eq!(share(&|v| v.clahe.is_some() && !v.holes.is_empty()), 1000);
}

#[test]
fn a_fixed_view_belongs_to_its_copy() {
    let turned = Augmentation { rotation: 30.0, ..Augmentation::default() };
    let blurred = Augmentation { blur: Blur { probability: 1.0, sigma: [1.0, 1.0] }, ..Augmentation::default() };
    let views = Augmentation { view: vec![Augmentation::default(), turned, blurred], ..Augmentation::default() };
    for image in 0..5 {
        let drawn: Vec<Variation> = (0..6).map(|copy| Variation::draw(&views, 1, of(0, image, copy))).collect();
        for (copy, variation) in drawn.iter().enumerate() {
            assert_eq!(variation.warp.moves(), copy % 3 == 1);
            assert_eq!(variation.blur, (copy % 3 == 2).then_some(1.0));
        }
        assert_ne!(drawn[1], drawn[4]);
        assert_eq!(drawn[0].planes(picture(), SHAPE), picture());
    }
}
