//! What is remembered, and what becomes of a file that cannot be read.

use super::*;
use crate::domain::{ImageId, Split, Voi};
use crate::interchange::Role;
use crate::interchange::{Format, Frame, Unannotated, VocBase};
use crate::session::protocol::preferences::appearance::ThemeChoice;
use crate::session::protocol::queue::{Filter, Sort};
use crate::session::protocol::workplace::{ImageDisplay, Workplace};

#[test]
fn the_reader_is_remembered_and_damage_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(&dir.path().join("deep"));
    assert_eq!(places.reader(), default_reader());
    places.set_reader("Dr A").unwrap();
    assert_eq!(places.reader(), "Dr A");
    let project = dir.path().join("x.overread");
    let import = Unfinished {
        patients: None,
        findings: true,
        source: "/data/x".into(),
        images: Some("/data/pictures".into()),
        exclude: vec!["a*".into()],
        format: Some(Format::VOC),
        voc_base: Some(VocBase::One),
        frame: Some(Frame::Raw),
        unannotated: Unannotated::Negative,
        unlabelled: true,
        project,
        into: false,
    };
    places.begin_import(import.clone()).unwrap();
    assert_eq!((places.reader().as_str(), places.unfinished()), ("Dr A", None), "nothing was noted");
    std::fs::write(notes::beside(&import.project), "").unwrap();
    assert_eq!(places.unfinished(), Some(import.clone()));
    let other = Unfinished { project: dir.path().join("y.overread"), ..import.clone() };
    places.begin_import(other.clone()).unwrap();
    assert_eq!(places.unfinished(), Some(import.clone()), "nothing was noted of the other yet");
    std::fs::write(notes::beside(&other.project), "").unwrap();
    assert_eq!(places.unfinished(), Some(other.clone()));
    let again = Unfinished { exclude: Vec::new(), ..import.clone() };
    places.begin_import(again.clone()).unwrap();
    assert_eq!(places.unfinished(), Some(again), "the last one is offered");
    places.end_import(&import.project).unwrap();
    assert_eq!(places.unfinished(), Some(other), "then the one before it");
    std::fs::write(places.settings_file(), "{\"reader\": 7").unwrap();
    assert_eq!(places.reader(), default_reader());
}

#[test]
fn the_way_of_making_heat_maps_is_remembered_and_an_unknown_one_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    assert_eq!(places.map_methods(), MapMethods::default());
    let methods = MapMethods::default().with(false, MapMethod::Occlusion).with(true, MapMethod::DRise);
    places.set_map_methods(methods).unwrap();
    places.set_reader("Dr A").unwrap();
    assert_eq!((places.map_methods(), places.reader().as_str()), (methods, "Dr A"));
    assert_eq!(methods.with(true, MapMethod::Rise), methods, "what explains no boxes is not for them");
    std::fs::write(places.settings_file(), r#"{"reader": "Dr A", "map_of_images": "of-tomorrow"}"#).unwrap();
    assert_eq!((places.map_methods(), places.reader().as_str()), (MapMethods::default(), "Dr A"));
}

#[test]
fn keys_are_remembered_beside_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    places.set_reader("Dr A").unwrap();
    assert_eq!(places.keys(), OwnKeys::default());
    let keys = OwnKeys {
        actions: [("fit".to_owned(), Vec::new())].into(),
        classes: [("fracture".to_owned(), vec!["F".to_owned()])].into(),
    };
    places.set_keys(&keys).unwrap();
    assert_eq!((places.keys(), places.reader().as_str()), (keys, "Dr A"));
}

#[test]
fn the_last_tables_are_remembered_each_once() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    let table = |header: &str, class: &str| KnownTable {
        header: vec![header.into()],
        columns: vec![(Role::Class, class.into())],
    };
    for number in 0..=TABLES {
        places.remember_tables(&[table(&number.to_string(), "")]).unwrap();
    }
    places.set_reader("Dr A").unwrap();
    places.remember_tables(&[table("7", "x")]).unwrap();
    let tables = places.tables();
    assert_eq!((tables.len(), &tables[0], tables.last()), (TABLES, &table("1", ""), Some(&table("7", "x"))));
    assert_eq!(tables.iter().filter(|table| table.header == ["7"]).count(), 1);
}

#[test]
fn a_new_demo_never_lands_in_an_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    let first = places.new_demo("knee");
    std::fs::create_dir_all(&first).unwrap();
    assert_ne!(places.new_demo("knee"), first);
}

#[test]
fn settings_lie_in_the_folder_of_settings_and_are_taken_over_once() {
    let dir = tempfile::tempdir().unwrap();
    let (config, data) = (dir.path().join("config"), dir.path().join("data"));
    let older = Places::at(&data);
    older.set_reader("Dr A").unwrap();
    let places = Places::of(&config, &data);
    assert_eq!(places.reader(), default_reader());
    assert_eq!(places.mend(), [""; 0]);
    assert_eq!(places.reader(), "Dr A");
    assert_eq!((places.settings_file(), older.settings_file().exists()), (config.join("settings.json"), false));
    assert_eq!(places.data_dir(), data);
    places.set_reader("Dr B").unwrap();
    older.set_reader("Dr C").unwrap();
    assert_eq!((places.mend(), places.reader()), (Vec::new(), "Dr B".to_owned()), "the new file is not written over");
}

#[test]
fn a_broken_file_is_put_aside_and_said_and_one_wrong_field_costs_itself() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    assert_eq!(places.mend(), [""; 0], "no file is no damage");
    let broken = "{\"reader\": \"Dr A\", \"keys\": {";
    let aside = |said: &[String]| {
        let (_, path) = said[0].rsplit_once("The file as it was is ").unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    for _ in 0..2 {
        std::fs::write(places.settings_file(), broken).unwrap();
        let said = places.mend();
        assert_eq!((said.len(), aside(&said).as_str()), (1, broken), "{said:?}");
        assert!(said[0].contains("settings.json is broken"), "{said:?}");
        assert!(!places.settings_file().exists());
        assert_eq!(places.mend(), [""; 0], "it is said once");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "the first that was put aside is not written over");

    let wrong = r#"{"reader": "Dr A", "preferences": {"appearance": {"theme": "pink", "text_size": 1.25}}}"#;
    std::fs::write(places.settings_file(), wrong).unwrap();
    let said = places.mend();
    assert!(said[0].contains("preferences.appearance.theme") && said[0].contains("all others are kept"), "{said:?}");
    assert_eq!(aside(&said), wrong);
    let appearance = places.preferences().appearance;
    assert_eq!((places.reader().as_str(), appearance.text_size), ("Dr A", 1.25));
    assert_eq!(appearance.theme, ThemeChoice::Dark);
    assert_eq!(places.mend(), [""; 0]);
}

#[test]
fn each_reader_finds_a_project_as_that_reader_left_it() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    let (one, other) = (Path::new("/data/a.overread"), Path::new("/data/b.overread"));
    let left = |name: &str| {
        let filter = Filter { name: name.into(), split: Some(Split::Test), ..Filter::default() };
        let display =
            ImageDisplay { image: ImageId(3), voi: Voi::Window(40.5, 400.0), inverted: true, turns: 3, mirrored: true };
        Workplace {
            filter,
            sort: Sort::Finding(2),
            image: Some(ImageId(3)),
            displays: vec![display],
            ..Default::default()
        }
    };
    assert_eq!(places.workplace(one, "ada"), None);
    places.set_workplace(one, "ada", &left("x")).unwrap();
    places.set_workplace(one, "bob", &left("y")).unwrap();
    places.set_workplace(other, "ada", &left("z")).unwrap();
    assert_eq!(places.workplace(one, "ada"), Some(left("x")));
    assert_eq!(places.workplace(one, "bob"), Some(left("y")));
    assert_eq!(places.workplace(other, "ada"), Some(left("z")));
    assert_eq!(places.workplace(other, "bob"), None);
    for number in 0..210 {
        places.set_workplace(Path::new(&format!("/data/{number}")), "ada", &left("x")).unwrap();
    }
    assert_eq!(std::fs::read_dir(places.workplaces()).unwrap().count(), 200);
}

#[test]
fn a_place_that_no_window_has_is_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let places = Places::at(dir.path());
    let place = WindowPlace { corner: Some([-30.0, 20.0]), size: [1000.0, 700.0], maximised: true };
    places.set_window(place).unwrap();
    assert_eq!(places.window(), Some(place));
    places.set_window(WindowPlace { size: [0.0, 700.0], ..place }).unwrap();
    assert_eq!(places.window(), None);
}
