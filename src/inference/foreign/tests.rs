//! Weights from elsewhere, from the file to a model.

use super::*;
use crate::domain::recipe::{ClassifierArchitecture, SimpleCnn};
use crate::imaging::{DecodedImage, Samples};
use crate::inference::{Model, Output, softmax};
use candle_core::Device;

/// A network small enough for a test; torchvision's are tried by `tests/reference/foreign.py`.
fn small() -> ClassifierArchitecture {
    SimpleCnn { channels: vec![4, 6], ..SimpleCnn::default() }.into()
}

fn list(names: &[&str]) -> ClassList {
    ClassList::from_names(names, false).unwrap()
}

pub(super) fn words(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Tensors of the small network, of so many channels and answers.
pub(super) fn tensors(channels: usize, answers: usize) -> HashMap<String, Tensor> {
    let params = Params::new(&Device::Cpu, 3);
    let p = Preprocessing { channels, ..Preprocessing::default() };
    models::build(&small(), &p, answers, &params).unwrap();
    params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect()
}

pub(super) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn with(tensors: HashMap<String, Tensor>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tensors: Vec<(String, Tensor)> = tensors.into_iter().collect();
        weights::write(&folder.path().join("theirs.safetensors"), &tensors, &HashMap::new()).unwrap();
        Self { folder }
    }

    pub(super) fn adopt(
        &self,
        project: &ClassList,
        change: impl FnOnce(&mut Foreign<'_>),
    ) -> Result<Adopted, ForeignError> {
        let file = self.folder.path().join("theirs.safetensors");
        let preparation = Preparation {
            rule: Some(Rule::Stretch),
            size: Some(16),
            mean: vec![0.5],
            std: vec![0.25],
            ..Preparation::default()
        };
        let mut said = Foreign {
            file: &file,
            name: "theirs".into(),
            architecture: small().into(),
            classes: Vec::new(),
            leave_out: Vec::new(),
            preparation,
            channels: None,
            outputs: None,
            key: None,
        };
        change(&mut said);
        adopt(&said, project, &Compute::cpu(), &self.folder.path().join("ours.safetensors"))
    }

    /// Probabilities of a picture, by the file that was written.
    fn probabilities(&self) -> Vec<f32> {
        self.output().probabilities
    }

    /// What the file that was written answers to a picture.
    pub(super) fn output(&self) -> Output {
        let model = Model::open(&self.folder.path().join("ours.safetensors"), &Compute::cpu()).unwrap();
        let Model::Classifier(classifier) = model else { panic!("a classifier") };
        let samples = (0..20u32 * 20).map(|i| (i * 7 % 251) as u8).collect();
        let image = DecodedImage::from_gray8(20, 20, samples).unwrap();
        classifier.predict(&[image]).unwrap().remove(0)
    }

    pub(super) fn refused(&self, project: &ClassList, change: impl FnOnce(&mut Foreign<'_>), word: &str) {
        let why = self.adopt(project, change).unwrap_err().to_string();
        assert!(why.contains(word) && why.contains("theirs.safetensors"), "{why}");
        assert!(!why.contains("ours.safetensors"), "{why}");
    }
}

#[test]
fn the_order_of_the_last_layer_is_brought_to_the_projects() {
    let place = Place::with(tensors(3, 3));
    let project = list(&["1", "2", "10"]);
    let guessed = place.adopt(&project, |_| ()).unwrap();
    let plain = place.probabilities();
    assert_eq!(guessed.order, ["1", "2", "10"]);
    assert!(guessed.notes.iter().any(|note| note.contains("the project's order was taken: 1, 2, 10")), "{guessed:?}");
    assert!(guessed.warnings.len() == 1 && guessed.warnings[0].contains("--classes 1,10,2"), "{guessed:?}");

    let said = place.adopt(&project, |said| said.classes = words(&["1", "10", "2"])).unwrap();
    assert_eq!((said.order, said.warnings), (words(&["1", "10", "2"]), Vec::new()));
    let moved = place.probabilities();
    assert_eq!(moved, [plain[0], plain[2], plain[1]]);
    // In text order nothing is to be warned of.
    assert!(place.adopt(&list(&["a", "b", "c"]), |_| ()).unwrap().warnings.is_empty());
    place.refused(&project, |said| said.classes = words(&["1", "10", "3"]), "no class \"3\"");
    place.refused(&project, |said| said.classes = words(&["1", "10"]), "2 is missing");
}

#[test]
fn one_output_is_the_probability_of_the_second_class() {
    let theirs = tensors(3, 1);
    let place = Place::with(theirs.clone());
    let adopted = place.adopt(&list(&["no", "yes"]), |_| ()).unwrap();
    assert!(
        adopted.notes.iter().any(|note| note.contains("sigmoid") && note.contains("probability of yes")),
        "{adopted:?}"
    );
    let both = place.probabilities();
    // The same output by a last layer whose first row is nothing: softmax of 0 and z is the sigmoid of z.
    let with_zero = |name: &str| {
        let tensor = &theirs[name];
        Tensor::cat(&[&tensor.zeros_like().unwrap(), tensor], 0).unwrap()
    };
    let mut two = theirs.clone();
    for name in ["fc.weight", "fc.bias"] {
        two.insert(name.into(), with_zero(name));
    }
    let reference = Place::with(two);
    reference.adopt(&list(&["no", "yes"]), |_| ()).unwrap();
    for (a, b) in both.iter().zip(reference.probabilities()) {
        assert!((a - b).abs() < 1e-7, "{both:?}");
    }
    // Named the other way round, it is the other class's.
    place.adopt(&list(&["no", "yes"]), |said| said.classes = words(&["yes", "no"])).unwrap();
    assert!((place.probabilities()[0] - both[1]).abs() < 1e-7);
    place.refused(&list(&["a", "b", "c"]), |_| (), "a single output (a sigmoid, or a measured value)");
}

#[test]
fn grey_weights_are_for_grey_pictures_and_say_so() {
    let place = Place::with(tensors(1, 2));
    let project = list(&["no", "yes"]);
    let adopted = place.adopt(&project, |_| ()).unwrap();
    assert_eq!((adopted.card.preprocessing.channels, adopted.card.preprocessing.mean), (1, vec![0.5]));
    assert_eq!(place.probabilities().len(), 2);
    let unsaid = |said: &mut Foreign<'_>| (said.preparation.mean, said.preparation.std) = (Vec::new(), Vec::new());
    place.refused(&project, unsaid, "grey pictures, 1 channel");
    place.refused(&project, |said| said.channels = Some(3), "it is for grey pictures, 1 channel, not for 3 channels");
    place.refused(&list(&["a", "b", "c"]), |_| (), "2 outputs for 3 classes");
}

#[test]
fn steps_between_grades_are_asked_for_and_give_their_probabilities() {
    let theirs = tensors(3, 3);
    let place = Place::with(theirs.clone());
    let project = ClassList::from_names(&["0", "1", "2", "3"], true).unwrap();
    place.refused(&project, |_| (), "--head corn or --head coral");
    let adopted = place.adopt(&project, |said| said.outputs = Some(Outputs::Corn)).unwrap();
    assert_eq!(adopted.card.head(), Head::Corn);
    let corn = place.probabilities();
    assert!(corn.len() == 4 && (corn.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{corn:?}");
    place.refused(
        &project,
        |said| (said.outputs, said.classes) = (Some(Outputs::Corn), words(&["3", "2", "1", "0"])),
        "steps of one scale",
    );

    // CORAL: one score, three thresholds that fall.
    let mut coral = theirs;
    coral.remove("fc.bias");
    let weight = coral.remove("fc.weight").unwrap().narrow(0, 0, 1).unwrap();
    coral.insert("fc.coral_weights.weight".into(), weight);
    let thresholds = |values: &[f32]| Tensor::new(values, &Device::Cpu).unwrap();
    coral.insert("fc.coral_bias".into(), thresholds(&[1.0, 0.0, -1.5]));
    let place = Place::with(coral.clone());
    let adopted = place.adopt(&project, |_| ()).unwrap();
    assert_eq!(adopted.card.head(), Head::Coral);
    let ours = place.probabilities();
    // The score follows from the first class's probability, and the others from the score.
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let score = ((1.0 - ours[0]) / ours[0]).ln() - 1.0;
    let above = [sigmoid(score + 1.0), sigmoid(score), sigmoid(score - 1.5)];
    let expected = [1.0 - above[0], above[0] - above[1], above[1] - above[2], above[2]];
    for (a, b) in ours.iter().zip(expected) {
        assert!((a - b).abs() < 1e-5, "{ours:?} against {expected:?}");
    }
    coral.insert("fc.coral_bias".into(), thresholds(&[1.0, 2.0, -1.5]));
    Place::with(coral).refused(&project, |_| (), "do not fall");
    assert_eq!(softmax(&[0.0, 0.0]), [0.5, 0.5]);
}

#[test]
fn what_does_not_fit_is_shown_as_a_table_and_undefined_numbers_by_the_files_own_name() {
    let mut theirs = tensors(3, 2);
    theirs.remove("blocks.1.bn.bias");
    let wrong = Tensor::zeros((4, 3, 5, 5), DType::F32, &Device::Cpu).unwrap();
    theirs.insert("blocks.0.conv.weight".into(), wrong);
    let prefixed = theirs.iter().map(|(name, tensor)| (format!("net.{name}"), tensor.clone())).collect();
    let why = Place::with(prefixed).adopt(&list(&["a", "b"]), |_| ()).unwrap_err().to_string();
    for part in [
        "expected",
        "blocks.0.conv.weight 4 x 3 x 3 x 3",
        "blocks.0.conv.weight 4 x 3 x 5 x 5",
        "blocks.1.bn.bias 6",
        "\"net.\"",
    ] {
        assert!(why.contains(part), "{part} in {why}");
    }
    let mut nan = tensors(3, 2);
    nan.insert("fc.bias".into(), Tensor::new(&[f32::NAN, 0.0], &Device::Cpu).unwrap());
    Place::with(nan).refused(&list(&["a", "b"]), |_| (), "undefined numbers in fc.bias");
}

/// `tests/reference/preset.py`: what torchvision, Pillow and torch make of a picture.
fn preset() -> serde_json::Value {
    serde_json::from_str(include_str!("../../../tests/reference/expected/preset.json")).unwrap()
}

/// The script's picture.
fn picture(width: u32, height: u32) -> DecodedImage {
    let value = |x: u32, y: u32, c: u32| {
        let v = (37 * (x + 11 * c) + 59 * y + ((x + 11 * c) * y) % 97 * 3) % 256;
        (if x < width / 2 { (v / 4 + 2 * y + c) % 256 } else { v }) as u8
    };
    let pixels = (0..height).flat_map(|y| (0..width).flat_map(move |x| (0..3).map(move |c| value(x, y, c))));
    let grey = DecodedImage::from_gray8(width, height, vec![0; (width * height) as usize]).unwrap();
    DecodedImage { samples: Samples::Rgb8(pixels.collect()), ..grey }
}

fn floats(value: &serde_json::Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

#[test]
fn pixels_between_pixels_are_pillows() {
    let cases = preset()["filters"].as_array().unwrap().clone();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let (from, to) = (floats(&case["from"]), floats(&case["to"]));
        let interpolation = crate::domain::recipe::Interpolation::from_name(case["name"].as_str().unwrap()).unwrap();
        let p = Preprocessing {
            interpolation,
            rounded: true,
            width: to[0] as usize,
            height: to[1] as usize,
            ..Preprocessing::imagenet(Resize::Stretch, 8)
        };
        let planes = crate::imaging::preprocess::to_planes(&picture(from[0] as u32, from[1] as u32), &p);
        let rows = planes[..p.width * p.height].chunks(p.width).step_by(7);
        let ours: Vec<f32> = rows.flat_map(|row| row.iter().step_by(5).map(|v| v * 255.0)).collect();
        let theirs = floats(&case["values"]);
        assert_eq!(ours.len(), theirs.len());
        let apart = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
        println!(
            "{}: {} of {} values are not Pillow's",
            case["name"],
            apart.clone().filter(|d| *d > 0.5).count(),
            ours.len()
        );
        assert!(apart.clone().all(|d| d < 1.001), "{}: {ours:?} against {theirs:?}", case["name"]);
    }
}

#[test]
fn torchvisions_networks_answer_as_in_torchvision_when_nothing_is_said() {
    let expected = preset();
    for name in ["resnet18", "densenet121", "efficientnet_b0"] {
        let case = &expected["networks"][name];
        let architecture = Architecture::from_name(name).unwrap();
        let params = Params::new(&Device::Cpu, 0);
        let plain = Preprocessing::imagenet(Resize::Stretch, 64);
        models::build(architecture.classifier().unwrap(), &plain, 3, &params).unwrap();
        crate::nn::formula::fill(&params);
        let place = Place::with(params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect());
        let answers = |preparation: Preparation| {
            let change =
                |said: &mut Foreign<'_>| (said.architecture, said.preparation) = (architecture.clone(), preparation);
            let adopted = place.adopt(&list(&["a", "b", "c"]), change).unwrap();
            assert_eq!(adopted.card.preprocessing.width, 64);
            let model = Model::open(&place.folder.path().join("ours.safetensors"), &Compute::cpu()).unwrap();
            let Model::Classifier(classifier) = model else { panic!("a classifier") };
            let picture = picture(301, 199);
            (classifier.predict(std::slice::from_ref(&picture)).unwrap().remove(0).logits, classifier.input(&picture))
        };
        let theirs = floats(&case["logits"]);
        let spread = theirs.iter().fold(0f32, |most, v| most.max(v.abs()));
        let apart = |ours: &[f32], theirs: &[f32]| {
            ours.iter().zip(theirs).fold(0f32, |most, (a, b)| most.max((a - b).abs())) / spread
        };
        let (unsaid, input) = answers(Preparation { size: Some(64), ..Preparation::default() });
        let seen = floats(&case["input"]);
        let ours =
            input.chunks(64 * 64).flat_map(|plane| plane.chunks(64).step_by(9).flat_map(|row| row.iter().step_by(9)));
        assert_eq!(seen.len(), 3 * 8 * 8);
        for (a, b) in ours.zip(&seen) {
            assert!((a - b).abs() < 1.01 / 255.0 / 0.224, "{name}: {a} against {b}");
        }
        println!("{name}: {:.1e} of the largest logit", apart(&unsaid, &theirs));
        assert!(
            apart(&unsaid, &theirs) < 1e-3 && apart(&unsaid, &theirs) * spread < 7e-4,
            "{name}: {unsaid:?} against {theirs:?}"
        );
        let (stretched, _) =
            answers(Preparation { rule: Some(Rule::Stretch), size: Some(64), ..Preparation::default() });
        assert!(apart(&stretched, &floats(&case["stretched"])) < 1e-3, "{name}: {stretched:?}");
        // By formula an EfficientNet's gates say much the same of every picture; its input was compared above.
        if name != "efficientnet_b0" {
            assert!(apart(&stretched, &theirs) > 5e-3, "{name}: another preparation must show");
        }
    }
}
