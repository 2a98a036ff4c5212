//! Maps are made by the model that they are of, kept, and given up when nobody looks.

use super::*;
use crate::domain::recipe::{self, DetectorArchitecture, SimpleCnn};
use crate::domain::{Architecture, ClassList, ModelCard, Preprocessing};
use crate::inference;
use crate::models;
use crate::nn::Params;
use crate::session::test_project::{small, tiny};
use std::path::Path;
use std::sync::mpsc;

/// A model as it is before training.
fn model(folder: &Path, architecture: Architecture) -> PathBuf {
    let preprocessing = Preprocessing { channels: 1, width: 64, height: 64, ..Preprocessing::default() };
    let classes = ClassList::from_names(&["dark", "bright"], false).unwrap();
    let card = ModelCard {
        format: ModelCard::FORMAT,
        name: architecture.name().into(),
        architecture,
        classes,
        preprocessing,
        recipe: None,
        head: None,
        data_digest: String::new(),
        threshold: None,
        decided: None,
        created_ms: 0,
    };
    let params = Params::new(Compute::cpu().device(), 3);
    match &card.architecture {
        Architecture::Detector(network) => {
            models::faster_rcnn::FasterRcnn::new(network, &card.preprocessing, 2, &params).unwrap();
        }
        Architecture::Classifier(network) => {
            models::build(network, &card.preprocessing, 2, &params).unwrap();
        }
    }
    let path = folder.join(format!("{}.safetensors", card.name));
    inference::save(&path, &card, &params).unwrap();
    path
}

#[test]
fn boxes_are_explained_by_the_model_that_draws_them_and_images_by_the_one_that_does_not() {
    let project = small(2);
    let sources = Sources::default();
    sources.set(project.open().images(), &std::collections::HashSet::new(), None);
    let (send, news) = mpsc::channel();
    let send = Mutex::new(send);
    let repaint: Repaint = Arc::new(move || send.lock().unwrap().send(()).unwrap_or_default());
    let pictures = Arc::new(PictureService::start(sources.clone(), Arc::new(|| {})).unwrap());
    let service = HeatService::start(sources, pictures, Compute::cpu(), repaint).unwrap();
    let request = |image, method, explained| MapRequest { image, model: None, explained, method, layer: None };
    let fetch = |request: MapRequest| service.heat_maps(&[request]).pop().unwrap();
    let wait = |wanted: MapRequest| loop {
        match fetch(wanted) {
            Fetched::Ready(heat) => break Ok(heat),
            Fetched::Failed(why) => break Err(why.to_string()),
            Fetched::Loading(_) => news.recv().unwrap(),
        }
    };
    let made_by = |method, explained| wait(request(project.ids[0], method, explained));
    let made = |explained| made_by(MapMethod::GradCam, explained);
    let of_box = |xmin: f64| {
        let rect = Rect { xmin, ymin: 4.0, xmax: xmin + 8.0, ymax: 12.0 };
        Explained::Box { class: 1, rect }
    };
    assert!(made(of_box(2.0)).unwrap_err().contains("no model"));

    let settings =
        recipe::DetectorSettings { pyramid_channels: 8, head_units: 16, ..recipe::DetectorSettings::light() };
    let detector = model(project.dir.path(), DetectorArchitecture::on_resnet18(settings).into());
    service.set_models(Some(ModelId(1)), vec![(ModelId(1), detector.clone())]);
    let (left, right) = (made(of_box(2.0)).unwrap(), made(of_box(22.0)).unwrap());
    assert!(left.score.is_some_and(|score| (0.0..=1.0).contains(&score)), "{:?}", left.score);
    assert!(left.map.at(26.0, 8.0) == 0.0 && right.map.at(6.0, 8.0) == 0.0, "each around its box");
    assert_ne!(left.score, right.score, "each is judged by what lies there");
    assert!(Arc::ptr_eq(&left, &made(of_box(2.0)).unwrap()), "it is kept by its box");
    assert!(made(Explained::Class(1)).unwrap_err().contains("choose one"));

    let two_blocks = SimpleCnn { channels: vec![4, 6], ..SimpleCnn::default() };
    let both = vec![(ModelId(1), detector), (ModelId(2), model(project.dir.path(), two_blocks.into()))];
    service.set_models(Some(ModelId(2)), both);
    assert_eq!(made(Explained::Class(1)).unwrap().score, None);
    assert!(made(of_box(2.0)).unwrap_err().contains("draws no boxes"));

    let signed = made_by(MapMethod::Occlusion, Explained::Class(1)).unwrap();
    assert!(signed.map.signed && signed.map != made(Explained::Class(1)).unwrap().map);
    assert!(made_by(MapMethod::DRise, Explained::Class(1)).unwrap_err().contains("explains boxes"));
    let other = MapRequest { model: Some(ModelId(1)), ..request(project.ids[0], MapMethod::GradCam, of_box(2.0)) };
    assert_eq!(wait(other).unwrap().map, left.map, "a model that is not the active one");
    let gone = MapRequest { model: Some(ModelId(9)), ..other };
    assert!(wait(gone).unwrap_err().contains("choose another one"));
    // Two on screen at once, of one layer each.
    let first = MapRequest { layer: Some(1), ..request(project.ids[0], MapMethod::GradCam, Explained::Class(1)) };
    let both = loop {
        let found = service.heat_maps(&[first, MapRequest { layer: None, ..first }]);
        if let [Fetched::Ready(a), Fetched::Ready(b)] = &found[..] {
            break [a.clone(), b.clone()];
        }
        news.recv().unwrap();
    };
    assert!(both[0].width > both[1].width, "the first layer is the finest");
    assert!(both[1].map.strength > 0.0 || both[1].map.is_empty());
    assert_eq!(wait(MapRequest { layer: Some(99), ..first }).unwrap().map, both[1].map, "there are not so many layers");

    let slow = request(project.ids[1], MapMethod::Rise, Explained::Class(0));
    assert_eq!(service.progress(&slow), None, "nothing is being made");
    assert!(matches!(fetch(slow), Fetched::Loading(_)));
    service.give_up();
    while service.progress(&slow).is_some() || news.recv().is_ok() && service.progress(&slow).is_some() {}
    assert!(matches!(fetch(slow), Fetched::Loading(_)), "nobody wanted it any more");
}

/// A map of a thousand passes of which only the first is waited for.
#[test]
fn a_slow_map_is_given_up_by_moving_on_and_begun_again_by_coming_back() {
    let project = small(2);
    let sources = Sources::default();
    sources.set(project.open().images(), &std::collections::HashSet::new(), None);
    let pictures = PictureService::start(sources.clone(), Arc::new(|| {})).unwrap();
    let file = model(project.dir.path(), tiny().architecture);
    let key = |method| Key {
        model: Arc::new((ModelId(1), file.clone())),
        image: project.ids[0],
        class: 0,
        rect: None,
        method,
        layer: None,
    };
    let kept = Kept::default();
    let mut passes = Vec::new();
    let make = |method, passes: &mut Vec<(usize, usize)>, most| {
        kept.make(&sources, &pictures, &Compute::cpu(), &key(method), &mut |done, total| {
            passes.push((done, total));
            passes.len() < most
        })
    };
    assert_eq!(make(MapMethod::Rise, &mut passes, 1).map(|heat| heat.map), Err(Unmade::GivenUp));
    assert_eq!(passes.len(), 1);
    assert!(passes[0].0 < passes[0].1);
    assert!(make(MapMethod::Rise, &mut Vec::new(), usize::MAX).is_ok());
}
