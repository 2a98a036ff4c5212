//! The models that ship with the program: small, made by the shipped recipes, and right on phantoms they never saw.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail loudly")]

use overread::domain::prediction::top_class;
use overread::domain::{MapMethod, TrueBox};
use overread::explain::How;
use overread::explain::truth::{Case, test_maps};
use overread::imaging::DecodedImage;
use overread::inference::{Classifier, Model};
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

/// Where the fracture of each phantom lies is known, so that maps of a model of whole images can be tested by their place.
#[test]
fn maps_of_the_shipped_model_point_at_fractures_it_never_saw() {
    let model = Model::Classifier(Box::new(open(DemoKind::Fracture)));
    let of = |phantom: &phantom::Phantom| {
        let class = model.card().classes.index_of(Kind::Fracture.class_names()[phantom.class]).expect("its class");
        let rect = phantom.finding.expect("a fracture");
        Case { boxes: vec![TrueBox { class, rect, crowd: false }], group: Some(phantom.group.clone()) }
    };
    let all = (0..).map(|index| phantom::generate(Kind::Fracture, UNSEEN_SEED, index));
    let broken: Vec<phantom::Phantom> = all.filter(|phantom| phantom.finding.is_some()).take(24).collect();
    let cases: Vec<Case> = broken.iter().map(of).collect();
    let load = &mut |index: usize| {
        let phantom = &broken[index];
        Ok(DecodedImage::from_gray8(phantom.width, phantom.height, phantom.gray.clone()).expect("a picture"))
    };
    for method in [MapMethod::GradCam, MapMethod::HiResCam] {
        let found = test_maps(&model, &How::from(method), &cases, load, &mut |_, _| true);
        let found = found.expect("a test").expect("not stopped");
        println!("{}: {}", method.name(), found.verdict());
        let pointing = found.pointing.as_ref().expect("boxes");
        assert!(pointing.beats_chance(), "{found:?}");
        let heat = pointing.heat.interval.expect("patients enough");
        assert!(heat[0] > pointing.chance, "{found:?}");
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
