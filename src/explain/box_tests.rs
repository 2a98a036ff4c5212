//! A box's map is torchvision's with autograd, is read off the level that made the box, and stays where the box looks.

use super::d_rise::Target;
use super::*;
use crate::domain::recipe::{self, DetectorArchitecture, Resize};
use crate::domain::{ClassList, ModelCard, Preprocessing, Rect};
use crate::imaging::DecodedImage;
use crate::inference::{Detector, Examined};
use crate::models::faster_rcnn::torchvision_check::{expected, prepare};
use crate::models::faster_rcnn::{Candidate, FasterRcnn, level_of};
use crate::nn::formula::{assert_close, list, picture, values};
use crate::nn::{Compute, Params, Region};
use candle_core::{Device, IndexOp, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The networks of `tests/reference/detector.py` with weights by formula, and the first of its pictures.
fn torchvisions() -> impl Iterator<Item = (&'static str, FasterRcnn, Tensor, serde_json::Value)> {
    let narrow = recipe::DetectorSettings { pyramid_channels: 32, head_units: 48, ..recipe::DetectorSettings::light() };
    let narrow = recipe::DetectorSettings { proposals_in_use: [150, 150], ..narrow };
    let wide = recipe::DetectorSettings { proposals_in_use: [100, 50], ..recipe::DetectorSettings::default() };
    let networks = [
        ("resnet50", DetectorArchitecture::on_resnet50(wide)),
        ("resnet18", DetectorArchitecture::on_resnet18(narrow)),
    ];
    networks.into_iter().map(|(name, architecture)| {
        let case = expected()[name].clone();
        let side = case["size"].as_u64().expect("a size") as usize;
        let preprocessing = Preprocessing { channels: 3, width: side, height: side, ..Preprocessing::default() };
        let params = Params::new(&Device::Cpu, 0);
        let network = FasterRcnn::new(&architecture, &preprocessing, 3, &params).expect("network");
        prepare(&params, &case);
        // As long as the script's two pictures, so that the first has the same numbers.
        let x = picture(&case, &[2, 3, side, side]).narrow(0, 0, 1).expect("the first");
        (name, network, x, case)
    })
}

/// The grids before they are divided.
#[test]
fn grids_of_regions_agree_with_autograd_on_torchvision() {
    for (name, network, x, case) in torchvisions() {
        let pyramid = network.pyramid(&x).expect("pyramid");
        let maps = case["grad_cam"].as_array().expect("maps");
        assert_eq!(maps.len(), 2);
        for map in maps {
            let region: [f32; 4] = serde_json::from_value(map["region"].clone()).expect("four edges");
            let class = map["label"].as_u64().expect("a label") as usize - 1;
            let (grid, score) = box_cam::raw(&network, &pyramid, region, (class, BoxCam::GradCam)).expect("grid");
            let what = format!("{name}, level {}", level_of(&region));
            assert_eq!(map["level"], level_of(&region), "{what}");
            assert_eq!(serde_json::json!(grid.dims()), map["shape"], "{what}");
            assert_close(&what, &list(&grid), &map["values"], 1e-3);
            assert!(list(&grid).iter().any(|value| *value > 0.0), "{what}: nothing to tell by");
            assert!((f64::from(score) - map["score"].as_f64().expect("a score")).abs() < 1e-4, "{what}: {score}");
        }
    }
}

/// A place's value of HiResCAM is by how much the logit rises where all its features grow a little, and no other's do.
#[test]
fn a_place_of_hires_cam_is_what_its_features_add_to_the_logit() {
    for (name, network, x, case) in torchvisions() {
        let pyramid = network.pyramid(&x).expect("pyramid");
        // Where the features of a place speak most for a class: there is something to tell by.
        let regions = case["grad_cam"].as_array().expect("maps").iter().map(|map| map["region"].clone());
        let regions: Vec<[f32; 4]> =
            regions.map(|region| serde_json::from_value(region).expect("four edges")).collect();
        let pairs = regions.iter().flat_map(|region| (0..3).map(move |class| (*region, class)));
        let of = |(region, class): ([f32; 4], usize)| {
            let (grid, _) = box_cam::raw(&network, &pyramid, region, (class, BoxCam::HiResCam)).expect("grid");
            let values = list(&grid);
            let (most, value) = values.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("a place");
            (region, class, grid, most, *value)
        };
        let best = pairs.map(of).max_by(|a, b| a.4.total_cmp(&b.4));
        let (region, class, grid, most, value) = best.expect("regions");
        assert!(value > 0.0, "{name}: nothing to tell by");
        let level = level_of(&region);
        let (height, width) = grid.dims2().expect("a grid");
        let grown = |share: f32| {
            let mut scale = vec![1.0f32; height * width];
            scale[most] += share;
            let scale = Tensor::from_vec(scale, (1, 1, height, width), &Device::Cpu).expect("scale");
            let mut pyramid = pyramid.clone();
            pyramid[level] = pyramid[level].broadcast_mul(&scale).expect("grown");
            let of = [Region { image: 0, rect: region }];
            let logits = network.class_scores(&pyramid, &of).expect("logits").i(0).expect("one");
            f64::from(logits.to_vec1::<f32>().expect("values")[class + 1])
        };
        let step = 0.02;
        let rise = (grown(step) - grown(-step)) / (2.0 * f64::from(step));
        let value = f64::from(value);
        assert!((rise - value).abs() < 0.03 * value.abs() + 1e-4, "{name}: {rise}, the map has {value}");
    }
}

/// What is left of a box behind masks.
#[test]
fn what_masks_leave_of_a_box_agrees_with_torchvision() {
    for (name, network, x, case) in torchvisions() {
        let case = &case["d_rise"];
        let number = |field: &str| case[field].as_u64().expect("a number") as usize;
        let (class, masks, cells) = (number("label") - 1, number("masks"), number("cells"));
        let candidates = |x: &Tensor| network.candidates(x, class).expect("candidates").remove(0);
        let by_share = |a: &Candidate, b: &Candidate| a.shares[class + 1].total_cmp(&b.shares[class + 1]);
        let best = candidates(&x).into_iter().max_by(by_share).expect("one");
        let target = Target { rect: best.rect, shares: best.shares };
        let (_, _, height, width) = x.dims4().expect("four");
        let grid = list(&values("masks", &[masks, cells, cells]));
        let likeness = grid.chunks(cells * cells).map(|grid| {
            let shown = |at: usize| grid[at / width * cells / height * cells + at % width * cells / width] > 0.0;
            let mask: Vec<f32> = (0..height * width).map(|at| if shown(at) { 1.0 } else { 0.0 }).collect();
            let mask = Tensor::from_vec(mask, (1, 1, height, width), &Device::Cpu).expect("mask");
            target.likeness(&candidates(&x.broadcast_mul(&mask).expect("masked")))
        });
        let found: Vec<f32> = likeness.collect();
        assert!(found.iter().all(|one| (0.005..0.999).contains(one)), "{name}: nothing to tell by: {found:?}");
        assert_close(name, &found, &case["likeness"], 1e-3);
    }
}

#[test]
fn masks_are_by_seed_and_show_their_share() {
    let masks = Masks { cells: 5, shown: 0.3, ..Masks::default() };
    let drawn = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..60).map(|_| masks.draw(&mut rng, 33, 47)).collect::<Vec<_>>()
    };
    let all = drawn(1);
    assert!(all == drawn(1) && all != drawn(2) && all[0] != all[1]);
    assert!(all.iter().flatten().all(|shown| (0.0..=1.0).contains(shown)));
    let mean = all.iter().flatten().sum::<f32>() / all.iter().map(Vec::len).sum::<usize>() as f32;
    assert!((mean - 0.3).abs() < 0.03, "{mean}");
    // Along a row the grid changes in steps of a cell, not of a pixel.
    assert!(all[0].chunks(47).all(|row| row.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.12)));
}

#[test]
fn d_rise_goes_from_zero_to_one_and_ends_when_told_to() {
    let (detector, image, examined) = examined(Resize::Pad);
    let rect = Rect { xmin: 41.0, ymin: 22.0, xmax: 69.0, ymax: 52.0 };
    let masks = Masks { count: 10, ..Masks::default() };
    let mut heard = Vec::new();
    let map = |on: &mut dyn FnMut(usize) -> bool| d_rise(&detector, &image, (&examined, (0, rect)), &masks, on);
    let whole = map(&mut |done| {
        heard.push(done);
        true
    });
    let whole = whole.expect("map").expect("not stopped");
    assert_eq!(heard, [8, 10]);
    assert_eq!((whole.width, whole.height), (160, 144));
    let least = whole.values.iter().copied().fold(f32::INFINITY, f32::min);
    let most = whole.values.iter().copied().fold(0.0, f32::max);
    assert_eq!((least, most), (0.0, 1.0));
    assert_eq!(map(&mut |done| done < 8).expect("no error"), None);
}

const WIDTH: u32 = 120;
const HEIGHT: u32 = 80;

/// A small network as it is before training, but that makes boxes twice as wide and high as their proposals, and what it
/// finds on a picture with a bright square.
pub(super) fn examined(resize: Resize) -> (Detector, DecodedImage, Examined) {
    let settings = recipe::DetectorSettings {
        pyramid_channels: 12,
        head_units: 24,
        anchor_sizes: vec![16.0, 32.0, 64.0, 128.0, 256.0],
        nms_iou: 0.9,
        ..recipe::DetectorSettings::light()
    };
    let architecture = DetectorArchitecture::on_resnet18(settings);
    let preprocessing = Preprocessing {
        channels: 1,
        resize,
        width: 160,
        height: 144,
        mean: vec![0.0],
        std: vec![1.0],
        ..Preprocessing::default()
    };
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: "boxes".into(),
        architecture: architecture.clone().into(),
        classes: ClassList::from_names(&["a", "b"], false).expect("names"),
        preprocessing,
        recipe: None,
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    let params = Params::new(&Device::Cpu, 3);
    FasterRcnn::new(&architecture, &card.preprocessing, 2, &params).expect("network");
    let all = params.all();
    let (_, shifts) =
        all.iter().find(|(name, _)| name.ends_with("bbox_pred.bias") && name.starts_with("roi")).expect("it");
    // The last two of a box's four numbers are five times the logarithm of its growth.
    let doubled: Vec<f32> = (0..12).map(|at| if at % 4 < 2 { 0.0 } else { 5.0 * 2f32.ln() }).collect();
    shifts.set(&Tensor::new(doubled, &Device::Cpu).expect("shifts")).expect("set");
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.safetensors");
    crate::inference::save(&path, &card, &params).expect("saved");
    let detector = Detector::open(&path, &Compute::cpu()).expect("opened");
    let bright = |i: u32| (40..70).contains(&(i % WIDTH)) && (20..55).contains(&(i / WIDTH));
    let samples = (0..WIDTH * HEIGHT).map(|i| if bright(i) { 230 } else { 20 + (i * 31 % 17) as u8 }).collect();
    let image = DecodedImage::from_gray8(WIDTH, HEIGHT, samples).expect("image");
    let examined = detector.examine(&image).expect("examined");
    (detector, image, examined)
}

/// Whether the map is zero further from the region than the cells it is read off reach.
fn is_around(of: &BoxMap) -> bool {
    let (cell_x, cell_y) = (of.map.covers.width() / of.map.width as f64, of.map.covers.height() / of.map.height as f64);
    let Rect { xmin, ymin, xmax, ymax } = of.region;
    // A sample takes from the cells at its sides, and the map is drawn smooth over half a cell more.
    let (x, y) = (2.5 * cell_x, 2.5 * cell_y);
    let near = Rect { xmin: xmin - x, ymin: ymin - y, xmax: xmax + x, ymax: ymax + y };
    let pixels = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (f64::from(x) + 0.5, f64::from(y) + 0.5)));
    pixels.filter(|(x, y)| !near.contains(*x, *y)).all(|(x, y)| of.map.at(x, y) == 0.0)
}

#[test]
fn a_box_that_was_found_is_read_off_where_it_was_made_and_a_drawn_one_where_it_lies() {
    for resize in [Resize::Pad, Resize::Stretch] {
        let (detector, _, examined) = examined(resize);
        let (mut other_level, mut maps) = (0, 0);
        for (found, on_picture) in &examined.found {
            let of = cam_box(&detector, &examined, (on_picture.class, on_picture.rect), BoxCam::GradCam).expect("map");
            assert!(of.proposed && of.level == found.level, "{resize:?} {found:?}");
            assert!((of.score - found.score).abs() < 1e-5, "{resize:?}: {} is not {}", of.score, found.score);
            assert!(is_around(&of), "{resize:?} {found:?}");
            other_level += usize::from(level_of(&found.rect) != found.level);
            maps += usize::from(of.map.values.contains(&1.0));
        }
        assert!(maps > 3, "{maps} of {} maps show something", examined.found.len());
        assert!(other_level > 0, "no box's own size would have meant another level: this shows nothing");

        let small = Rect { xmin: 41.0, ymin: 22.0, xmax: 69.0, ymax: 52.0 };
        let large = Rect { xmin: 1.0, ymin: 2.0, xmax: 118.0, ymax: 79.0 };
        for (rect, level) in [(small, 0), (large, 1)] {
            let of = cam_box(&detector, &examined, (1, rect), BoxCam::GradCam).expect("map");
            assert_eq!((of.proposed, of.level, of.stride), (false, level, 4 << level), "{resize:?}");
            assert!((of.region.iou(&rect) - 1.0).abs() < 1e-5 && is_around(&of), "{resize:?} {:?}", of.region);
        }
    }
}

#[test]
fn boxes_and_classes_that_are_not_there_are_refused() {
    let (detector, _, examined) = examined(Resize::ShorterSideThenCrop(160));
    let refused =
        |class, rect| cam_box(&detector, &examined, (class, rect), BoxCam::GradCam).err().map(|e| e.to_string());
    let rect = |xmin: f64| Rect { xmin, ymin: 10.0, xmax: xmin + 12.0, ymax: 30.0 };
    assert_eq!(refused(0, rect(50.0)), None);
    assert!(refused(2, rect(50.0)).is_some_and(|why| why.contains("there is no class 2")));
    assert!(refused(0, rect(0.0)).is_some_and(|why| why.contains("none of the box")), "it was cropped away");
    assert!(refused(0, rect(f64::NAN)).is_some_and(|why| why.contains("none of the box")));
}
