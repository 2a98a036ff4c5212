//! The models that ship with the program: small, made by the shipped recipes, and right on phantoms they never saw.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use overread::domain::prediction::top_class;
use overread::imaging::DecodedImage;
use overread::inference::Classifier;
use overread::nn::Compute;
use overread::phantom::{self, Kind};
use overread::session::{DemoKind, demo_model, demo_recipe};
use overread::training::recipe;

/// Neither the seed the models were made with nor one the window or the command line uses by itself.
const UNSEEN_SEED: u64 = 4242;
const PHANTOMS: u64 = 90;

#[test]
fn shipped_models_are_small_and_made_by_the_shipped_recipes() {
    let mut bytes = 0;
    for (demo, _) in kinds() {
        bytes += demo_model(demo).expect("a model ships").len();
        let recipe = recipe::find(demo_recipe(demo)).expect("the recipe is built in");
        assert_eq!(open(demo).card().recipe.as_ref(), Some(&recipe), "{demo:?}");
    }
    assert!(bytes < 2_000_000, "{bytes} bytes ship");
}

#[test]
fn shipped_models_are_right_on_phantoms_they_never_saw() {
    for (demo, kind) in kinds() {
        let classifier = open(demo);
        let names = kind.class_names();
        let mut right = 0;
        for index in 0..PHANTOMS {
            let phantom = phantom::generate(kind, UNSEEN_SEED, index);
            let picture = DecodedImage::from_gray8(phantom.width, phantom.height, phantom.gray).expect("a picture");
            let output = classifier.predict(&[picture]).expect("a prediction").remove(0);
            let class = top_class(&output.probabilities).expect("classes");
            right += usize::from(classifier.card().classes.name(class) == names[phantom.class]);
        }
        let accuracy = right as f64 / PHANTOMS as f64;
        println!("{demo:?}: {accuracy:.3} of {PHANTOMS} unseen phantoms");
        assert!(accuracy > 0.7, "{demo:?}: {accuracy}");
    }
}

fn kinds() -> [(DemoKind, Kind); 3] {
    [(DemoKind::Fracture, Kind::Fracture), (DemoKind::Knee, Kind::Knee), (DemoKind::Ankle, Kind::Ankle)]
}

fn open(demo: DemoKind) -> Classifier {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("model.safetensors");
    std::fs::write(&file, demo_model(demo).expect("a model ships")).expect("written");
    Classifier::open(&file, &Compute::cpu()).expect("a whole model")
}
