//! A model file goes round, and damaged or foreign ones are refused by name.

use super::*;
use crate::domain::recipe::{Greys, SimpleCnn};
use crate::domain::{ClassList, ImageFile, ModelCard, Preprocessing};
use crate::imaging::{DecodedImage, Samples};
use crate::nn::{Compute, Params, weights};
use candle_core::{Device, Tensor};
use std::collections::HashMap;
use std::path::Path;

fn card(classes: &[&str]) -> ModelCard {
    ModelCard {
        format: ModelCard::FORMAT,
        name: "m1".into(),
        architecture: SimpleCnn {
            channels: vec![4, 6],
            batch_norm: true,
            hidden: 0,
            global_pooling: true,
            dropout: 0.2,
        }
        .into(),
        classes: ClassList::from_names(classes, false).expect("names"),
        preprocessing: Preprocessing { width: 24, height: 16, ..Preprocessing::default() },
        recipe: None,
        head: None,
        data_digest: "00".into(),
        threshold: None,
        decided: None,
        created_ms: 5,
    }
}

fn write_model(path: &Path, card: &ModelCard, seed: u64) {
    let params = Params::new(&Device::Cpu, seed);
    crate::models::build(card.architecture.classifier().unwrap(), &card.preprocessing, card.classes.len(), &params)
        .expect("network");
    save(path, card, &params).expect("saved");
}

fn picture(seed: u32) -> DecodedImage {
    let samples = Samples::Gray8((0..40 * 30u32).map(|i| (i * (seed + 3) % 251) as u8).collect());
    DecodedImage {
        width: 40,
        height: 30,
        samples,
        bits: 8,
        truncated: false,
        orientation: 1,
        shape: 1.0,
        remarks: Vec::new(),
        taken: None,
    }
}

/// What the file says when its tensors and card went through `change`.
fn refusal(change: impl FnOnce(&mut HashMap<String, Tensor>, &mut HashMap<String, String>)) -> String {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("model.safetensors");
    write_model(&path, &card(&["a", "b"]), 1);
    let (mut tensors, mut metadata) = weights::read(&path, &Device::Cpu).expect("read");
    change(&mut tensors, &mut metadata);
    let tensors: Vec<_> = tensors.into_iter().collect();
    weights::write(&path, &tensors, &metadata).expect("written");
    let said = Classifier::open(&path, &Compute::cpu()).err().expect("refused").to_string();
    assert!(said.contains("model.safetensors") && !said.contains('\n'), "{said}");
    said
}

#[test]
fn a_saved_model_predicts_the_same_in_any_batch() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.safetensors");
    let card = card(&["a", "b", "c"]);
    write_model(&path, &card, 7);
    let first = std::fs::read(&path).expect("bytes");
    write_model(&path, &ModelCard { created_ms: card.created_ms + 1, ..card.clone() }, 7);
    assert_eq!(first, std::fs::read(&path).expect("bytes"), "the same model is the same file, whenever it is made");

    let classifier = Classifier::open(&path, &Compute::cpu()).expect("opened");
    assert_eq!(classifier.card(), &ModelCard { created_ms: 0, ..card });
    let pictures: Vec<_> = (0..5).map(picture).collect();
    let together = classifier.predict(&pictures).expect("predicted");
    for (picture, output) in pictures.into_iter().zip(&together) {
        assert!((output.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let alone = classifier.predict(&[picture]).expect("predicted");
        for (a, b) in alone[0].logits.iter().zip(&output.logits) {
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
    }
    assert_ne!(together[0].logits, together[1].logits);
    assert!(classifier.predict(&[]).expect("nothing").is_empty());
    assert!(matches!(classifier.predict_inputs(vec![vec![0.0; 7]]), Err(ModelError::InputSize { expected: 384, .. })));
}

#[test]
fn test_time_augmentation_does_not_see_left_from_right() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.safetensors");
    write_model(&path, &card(&["a", "b"]), 7);
    let classifier = Classifier::open(&path, &Compute::cpu()).expect("opened");
    let input: Vec<f32> = (0..384).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect();
    let mirrored: Vec<f32> = input.chunks(24).flat_map(|row| row.iter().rev().copied()).collect();
    let plain = classifier.predict_inputs(vec![input.clone(), mirrored.clone()]).expect("plain");
    assert_ne!(plain[0], plain[1]);
    let inputs = vec![input, mirrored];
    let both = classifier.predict_inputs_tta(inputs.clone()).expect("averaged");
    assert_eq!(both[0], both[1]);
    assert!((both[0].logits[0] - (plain[0].logits[0] + plain[1].logits[0]) / 2.0).abs() < 1e-5);
    // Unless it may: it did not learn from mirrored pictures, or its classes are sides.
    let unmirrored = ModelCard { recipe: Some(crate::domain::Recipe::default()), ..card(&["a", "b"]) };
    for card in [unmirrored, card(&["left", "right"])] {
        write_model(&path, &card, 7);
        let classifier = Classifier::open(&path, &Compute::cpu()).expect("opened");
        let [once, again] = [Classifier::predict_inputs, Classifier::predict_inputs_tta]
            .map(|predict| predict(&classifier, inputs.clone()).expect("predicted"));
        assert_eq!(once, again);
    }
}

#[test]
fn files_are_predicted_in_order_and_bad_ones_say_why() {
    let folder = tempfile::tempdir().expect("folder");
    let model = folder.path().join("m.safetensors");
    write_model(&model, &card(&["a", "b"]), 7);
    let classifier = Classifier::open(&model, &Compute::cpu()).expect("opened");
    let mut files: Vec<ImageFile> = Vec::new();
    for index in 0..7u32 {
        let path = folder.path().join(format!("{index}.png"));
        if index == 3 {
            std::fs::write(&path, "no picture").expect("file");
        } else {
            let Samples::Gray8(gray) = picture(index).samples else { unreachable!() };
            crate::imaging::write::write_png_gray(&path, 40, 30, &gray).expect("png");
        }
        files.push(ImageFile::first(path));
    }
    let expected = classifier.predict(&[picture(4)]).expect("predicted");
    let mut heard = Vec::new();
    predict_files(&classifier, &files, PredictOptions::plain(2), &mut |index, answer| {
        heard.push((index, answer));
        true
    });
    assert_eq!(heard.iter().map(|(i, _)| *i).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    assert!(heard[3].1.as_ref().is_err_and(|why| why.contains("3.png")), "{:?}", heard[3].1);
    let got = heard[4].1.as_ref().expect("predicted");
    assert!((got.logits[0] - expected[0].logits[0]).abs() < 1e-5);

    let mut count = 0;
    predict_files(&classifier, &files, PredictOptions::plain(2), &mut |_, _| {
        count += 1;
        count < 3
    });
    assert_eq!(count, 3, "a false ends it");
}

/// Takes two pictures together, and says how many there were.
struct Pairs;

impl Predictor for Pairs {
    type Input = ();

    fn most_together(&self) -> usize {
        2
    }

    fn prepare(&self, _: &DecodedImage, _: PredictOptions) {}

    fn answer(&self, inputs: Vec<()>, _: PredictOptions) -> Result<Vec<Output>, ModelError> {
        Ok(inputs.iter().map(|()| Output::from_logits(vec![inputs.len() as f32])).collect())
    }
}

#[test]
fn no_more_pictures_are_taken_together_than_the_model_wants() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("a.png");
    crate::imaging::write::write_png_gray(&path, 2, 2, &[9; 4]).expect("png");
    let files = vec![ImageFile::first(path); 5];
    let mut together = Vec::new();
    predict_files(&Pairs, &files, PredictOptions::plain(16), &mut |_, answer| {
        together.push(answer.expect("predicted").logits[0]);
        true
    });
    assert_eq!(together, [2.0, 2.0, 2.0, 2.0, 1.0]);
}

#[test]
fn a_picture_that_is_cut_short_is_told_with_what_can_be_seen_of_it() {
    let folder = tempfile::tempdir().expect("folder");
    let [whole, cut] = ["whole.png", "cut.png"].map(|name| folder.path().join(name));
    let noise: Vec<u8> = (0..10_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    crate::imaging::write::write_png_gray(&whole, 100, 100, &noise).expect("png");
    let bytes = std::fs::read(&whole).expect("bytes");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).expect("cut");
    let files = [whole, cut].map(ImageFile::first);
    let mut visible = Vec::new();
    predict_files(&Pairs, &files, PredictOptions::plain(2), &mut |_, answer| {
        let output = answer.expect("predicted");
        visible.push((output.visible, output.cut_short("a.png")));
        true
    });
    assert_eq!(visible[0], (None, None));
    let (share, sentence) = &visible[1];
    assert!(share.is_some_and(|share| (0.3..0.7).contains(&share)), "{share:?}");
    assert!(sentence.as_ref().is_some_and(|text| text.starts_with("a.png is cut short; the ")), "{sentence:?}");
}

#[test]
fn pixels_that_stand_apart_from_all_others_are_told() {
    let folder = tempfile::tempdir().expect("folder");
    let [plain, hot] = ["plain.png", "hot.png"].map(|name| folder.path().join(name));
    let mut values: Vec<u16> = (0..4096).map(|at| 20_000 + at % 4000).collect();
    for file in [&plain, &hot] {
        let image = image::ImageBuffer::<image::Luma<u16>, _>::from_raw(64, 64, values.clone()).expect("a picture");
        image.save(file).expect("written");
        values[7] = 65_535;
    }
    let mut remarks = Vec::new();
    predict_files(&Pairs, &[plain, hot].map(ImageFile::first), PredictOptions::plain(2), &mut |_, answer| {
        remarks.push(answer.expect("predicted").remarks);
        true
    });
    assert!(remarks[0].is_empty(), "{remarks:?}");
    assert!(remarks[1].len() == 1 && remarks[1][0].contains("less than a thousandth of its pixels"), "{remarks:?}");
}

#[test]
fn every_damage_has_its_own_sentence() {
    let zeros = |shape: &[usize]| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu).expect("zeros");
    assert!(refusal(|_, metadata| metadata.clear()).contains("models import"));
    assert!(
        refusal(|_, metadata| {
            metadata.insert(ModelCard::KEY.into(), "{\"format\": 99, \"of\": \"the future\"}".into());
        })
        .contains("newer Overread (form 99")
    );
    assert!(
        refusal(|_, metadata| {
            metadata.insert(ModelCard::KEY.into(), "{\"format\": 1}".into());
        })
        .contains("cannot be used")
    );
    let said = refusal(|tensors, _| {
        tensors.remove("blocks.0.conv.weight");
    });
    assert!(said.contains("lacks 1") && said.contains("blocks.0.conv.weight"), "{said}");
    let said = refusal(|tensors, _| {
        tensors.insert("fc.weight".into(), zeros(&[5, 6]));
        tensors.insert("fc.bias".into(), zeros(&[5]));
    });
    assert!(said.contains("lists 2 classes") && said.contains('5'), "{said}");
    let said = refusal(|tensors, _| {
        tensors.insert("blocks.1.conv.weight".into(), zeros(&[6, 4, 5, 5]));
    });
    assert!(said.contains("[6, 4, 5, 5]"), "{said}");
    let said = refusal(|tensors, _| {
        tensors.insert("extra".into(), zeros(&[1]));
    });
    assert!(said.contains("no place for") && said.contains("extra"), "{said}");
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let said = refusal(|tensors, _| {
            tensors.insert("fc.bias".into(), Tensor::new(&[0.0, bad], &Device::Cpu).expect("bias"));
        });
        assert!(said.contains("fc.bias"), "{said}");
    }
}

#[test]
fn a_model_without_a_rule_for_greys_keeps_the_older_one() {
    let card = card(&["a", "b"]);
    let mut value = serde_json::to_value(&card).expect("JSON");
    let again: ModelCard = serde_json::from_value(value.clone()).expect("a card");
    assert_eq!((again.preprocessing.greys, &again), (Greys::Shown, &card));
    let preprocessing = value["preprocessing"].as_object_mut().expect("an object");
    assert!(preprocessing.remove("greys").is_some());
    let older: ModelCard = serde_json::from_value(value).expect("a card");
    assert_eq!(older.preprocessing.greys, Greys::FullDepth);
    // A recipe that leaves it open is for a model of today.
    let open: Preprocessing = serde_json::from_str(r#"{"width": 24}"#).expect("a preprocessing");
    assert_eq!(open.greys, Greys::Shown);
}

#[test]
fn cards_that_would_do_harm_are_refused() {
    let changed = |change: fn(&mut ModelCard)| {
        refusal(move |_, metadata| {
            let mut card = card(&["a", "b"]);
            change(&mut card);
            metadata.insert(ModelCard::KEY.into(), serde_json::to_string(&card).expect("card"));
        })
    };
    assert!(changed(|c| c.preprocessing.width = 1 << 40).contains("an input of"));
    assert!(changed(|c| c.preprocessing.std = vec![0.0]).contains("divides by nothing"));
    assert!(changed(|c| c.preprocessing.mean = vec![]).contains("0 means"));
    assert!(changed(|c| c.preprocessing.height = 2).contains("each block halves it"));
    assert!(changed(|c| c.classes.classes.clear()).contains("no classes"));
    let huge = changed(|c| {
        c.architecture = SimpleCnn { hidden: usize::MAX, ..SimpleCnn::default() }.into();
    });
    assert!(huge.contains("larger than any"), "{huge}");
}

#[test]
fn a_project_with_other_classes_is_told_both_lists() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("m.safetensors");
    write_model(&path, &card(&["a", "b"]), 7);
    let classifier = Model::open(&path, &Compute::cpu()).expect("opened");
    let list = |names: &[&str]| ClassList::from_names(names, false).expect("names");
    assert!(classifier.check_classes(&list(&["a", "b"])).is_ok());
    let said = classifier.check_classes(&list(&["b", "a"])).expect_err("swapped").to_string();
    assert!(said.contains("a, b") && said.contains("b, a"), "{said}");
}

#[test]
fn softmax_does_not_overflow() {
    assert_eq!(softmax(&[1000.0, 1000.0]), [0.5, 0.5]);
    assert_eq!(softmax(&[-1000.0, 1000.0]), [0.0, 1.0]);
    assert!(softmax(&[]).is_empty());
}
