//! Weights from elsewhere, from the first look to a model of the project.

use super::*;
use crate::domain::{Architecture, Preprocessing};
use crate::inference::{Preparation, Rule};
use crate::models;
use crate::nn::{Params, weights};
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::view::NoticeKind;
use crate::session::test_project::{Small, send, small, tiny};
use candle_core::Device;
use std::collections::HashMap;
use std::path::PathBuf;

/// A file with the weights of the small network here, for so many classes.
fn weights_for(project: &Small, classes: usize) -> PathBuf {
    let params = Params::new(&Device::Cpu, 5);
    let network = Architecture::default();
    models::build(network.classifier().unwrap(), &Preprocessing::default(), classes, &params).unwrap();
    let tensors: Vec<_> = params.all().into_iter().map(|(name, var)| (name, var.as_detached_tensor())).collect();
    let path = project.dir.path().join("theirs.safetensors");
    weights::write(&path, &tensors, &HashMap::new()).unwrap();
    path
}

fn look_at(core: &mut Core, asked: WeightsAsked) -> WeightsView {
    send(core, ProjectCommand::LookAtWeights(Box::new(asked))).unwrap();
    (**core.view().weights.as_ref().unwrap()).clone()
}

fn fits(view: &WeightsView) -> &WeightsFit {
    let WeightsState::Fits(fit) = &view.state else { panic!("{view:?}") };
    fit
}

fn refused(view: &WeightsView) -> &str {
    let WeightsState::Refused(why) = &view.state else { panic!("{view:?}") };
    why
}

/// As this network's pictures were prepared, which nothing in its file says.
fn said(file: PathBuf) -> WeightsAsked {
    let preparation = Preparation {
        rule: Some(Rule::Stretch),
        size: Some(16),
        mean: vec![0.5],
        std: vec![0.25],
        ..Preparation::default()
    };
    WeightsAsked { preparation, ..WeightsAsked::of(file) }
}

#[test]
fn a_file_is_looked_at_tried_on_and_taken_in_as_it_was_shown() {
    let project = small(10);
    let mut core = project.open();
    let file = weights_for(&project, 2);
    assert!(send(&mut core, ProjectCommand::AddWeights).is_err(), "nothing was looked at");
    let view = look_at(&mut core, WeightsAsked::of(file.clone()));
    let network = view.seen.as_ref().unwrap().network().unwrap();
    assert_eq!((network.architecture.name(), network.outputs), ("simple-cnn", Some(2)));
    assert!(refused(&view).contains("nothing says how pictures were prepared for a simple-cnn"), "{view:?}");
    assert!(send(&mut core, ProjectCommand::AddWeights).is_err(), "it does not fit as it is");

    let view = look_at(&mut core, said(file.clone()));
    assert_eq!((fits(&view).order.join(" "), fits(&view).preprocessing.width), ("dark bright".to_owned(), 16));
    assert!(fits(&view).notes.iter().any(|note| note.contains("nothing says in which order")), "{view:?}");
    assert!(core.models().is_empty());

    let order = vec!["bright".to_owned(), "dark".to_owned()];
    let asked = WeightsAsked { classes: order.clone(), name: " of a friend ".into(), ..said(file) };
    let view = look_at(&mut core, asked);
    assert_eq!(fits(&view).order, order);
    assert!(!fits(&view).notes.iter().any(|note| note.contains("nothing says in which order")));
    send(&mut core, ProjectCommand::AddWeights).unwrap();
    assert_eq!(core.view().weights, None);
    let [model] = core.models() else { panic!("{:?}", core.models()) };
    assert_eq!((model.card.name.as_str(), model.card.classes.names().join(" ")), ("of a friend", "dark bright".into()));
    let said: Vec<String> = core.take_notices().into_iter().map(|(_, text)| text).collect();
    assert!(said.iter().any(|text| text.contains("of a friend is a candidate")), "{said:?}");
}

#[test]
fn what_was_said_last_is_what_is_shown() {
    let project = small(10);
    let mut core = project.open();
    let file = weights_for(&project, 2);
    let (compute, other) = (Compute::cpu(), WeightsAsked { name: "other".into(), ..said(file.clone()) });
    let first = core.look_at_weights(said(file)).unwrap();
    let second = core.look_at_weights(other).unwrap();
    let go = |_: &Report| Order::Go;
    core.perform(vec![second], &compute, &mut { go }).unwrap();
    core.perform(vec![first], &compute, &mut { go }).unwrap();
    let view = core.view().weights.clone().unwrap();
    assert_eq!((view.asked.name.as_str(), fits(&view).name.as_str()), ("other", "other"));
    send(&mut core, ProjectCommand::DismissWeights).unwrap();
    assert_eq!(core.view().weights, None);
}

#[test]
fn what_does_not_fit_is_refused_in_the_command_lines_words() {
    let project = small(10);
    let mut core = project.open();
    let view = look_at(&mut core, said(weights_for(&project, 5)));
    assert!(refused(&view).contains("5 outputs, and the project has 2 classes"), "{view:?}");
    let missing = project.dir.path().join("nothing.pth");
    let view = look_at(&mut core, WeightsAsked::of(missing));
    assert!(view.seen.is_none() && refused(&view).contains("nothing.pth"), "{view:?}");
    // Another network than the file's: a table of what does not fit.
    let network = Architecture::from_name("resnet18");
    let view = look_at(&mut core, WeightsAsked { network, ..said(weights_for(&project, 2)) });
    let why = refused(&view);
    assert!(
        why.contains("does not fit a resnet18") && why.contains("tensors fit;") && why.lines().count() > 3,
        "{why}"
    );
}

#[test]
fn a_file_that_overread_wrote_says_itself_for_what_it_is() {
    let (one, other) = (small(20), small(10));
    let mut core = one.open();
    send(&mut core, ProjectCommand::Train(Box::new(tiny()))).unwrap();
    let file = other.dir.path().join("ours.safetensors");
    core.export_model(core.models()[0].id, &file).unwrap();
    drop(core);
    let mut core = other.open();
    let view = look_at(&mut core, WeightsAsked::of(file.clone()));
    assert!(view.seen.as_ref().unwrap().described);
    assert_eq!(fits(&view).order.join(" "), "dark bright");
    send(&mut core, ProjectCommand::AddWeights).unwrap();
    assert_eq!(core.models().len(), 1);

    let plan = core.plan_conversion(true).unwrap();
    drop(core.convert(&plan).unwrap());
    core.take_notices();
    let view = look_at(&mut core, WeightsAsked::of(file));
    assert!(refused(&view).contains("one class of an image by a softmax"), "{view:?}");
    assert!(core.take_notices().iter().all(|(kind, _)| *kind != NoticeKind::Error));
}
