//! Choosing columns by what a screen reader calls the controls.

use crate::session::fixture::Bench;
use crate::session::{
    BoxColumns, Command, DeskCommand, Format, ImportSource, InCell, Mapping, TableHead, Workbench as _,
};
use crate::ui::App;
use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

fn table(header: &str) -> TableHead {
    let columns: Vec<String> = header.split(',').map(str::to_owned).collect();
    let rows = vec![columns.iter().map(|name| format!("a {name}")).collect()];
    TableHead { file: "t.csv".into(), suggested: Mapping::of(&columns), columns, rows, remembered: false }
}

/// The import dialog of a table.
fn dialog(bench: &Bench, table: TableHead) -> Harness<'static, App> {
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/data/t.csv"))));
    bench.edit(|view| {
        let import = Arc::make_mut(view.import.as_mut().unwrap());
        (import.format, import.table) = (Some(Format::CSV), Some(table));
    });
    let bench = bench.clone();
    let mut harness =
        Harness::builder().with_size([1280.0, 1600.0]).build_eframe(|cc| App::new(&cc.egui_ctx, Box::new(bench)));
    harness.run();
    harness
}

fn choose(harness: &mut Harness<'_, App>, control: &str, choice: &str) {
    harness.get_by_role_and_label(Role::ComboBox, control).click_accesskit();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, choice).click_accesskit();
    harness.run();
}

fn shown(harness: &Harness<'_, App>, control: &str) -> String {
    harness.get_by_role_and_label(Role::ComboBox, control).value().unwrap_or_default()
}

fn read(harness: &mut Harness<'_, App>, bench: &Bench) -> ImportSource {
    bench.take_commands();
    harness.get_by_role_and_label(Role::Button, "Read with these columns").click_accesskit();
    harness.run();
    match bench.take_commands().pop() {
        Some(Command::Desk(DeskCommand::ReadSource(source))) => source,
        other => panic!("it is not read again: {other:?}"),
    }
}

#[test]
fn none_overrules_what_a_name_suggests() {
    let bench = Bench::start_screen();
    let table = table("image,label,patient,xmin,ymin,xmax,ymax");
    let mut harness = dialog(&bench, table.clone());
    assert_eq!((shown(&harness, "Column of class"), shown(&harness, "Column of patient or group")), {
        ("label".to_owned(), "patient".to_owned())
    });
    choose(&mut harness, "Column of class", "none");
    choose(&mut harness, "Column of patient or group", "none");
    choose(&mut harness, "Form of the box", "none");
    let source = read(&mut harness, &bench);
    let suggested = table.suggested.clone().unwrap();
    let expected = Mapping { class: None, group: None, boxes: None, ..suggested };
    assert_eq!((&source.path, source.columns.as_ref()), (&"/data/t.csv".into(), Some(&expected)));
    // As the table is then read: by names, of which the empty one says that there is none.
    assert_eq!(Mapping::given(&table.columns, &table.told(&expected)), Ok(expected));
}

#[test]
fn columns_that_no_name_tells_are_chosen_one_by_one() {
    let bench = Bench::start_screen();
    let mut harness = dialog(&bench, table("Foto,Befund,l,o,r,u"));
    assert!(harness.query_by_label("Say which column names the image.").is_some());
    choose(&mut harness, "Column of image", "Foto");
    choose(&mut harness, "Column of class", "Befund");
    choose(&mut harness, "Form of the box", "left, top, right, bottom");
    let button = |harness: &Harness<'_, App>| {
        harness.get_by_role_and_label(Role::Button, "Read with these columns").accesskit_node().is_disabled()
    };
    assert!(button(&harness) && harness.query_by_label_contains("which columns hold the box").is_some());
    for (side, column) in [("left", "l"), ("top", "o"), ("right", "r"), ("bottom", "u")] {
        choose(&mut harness, &format!("Column of {side}"), column);
    }
    assert!(!button(&harness));
    let mapping = read(&mut harness, &bench).columns.unwrap();
    assert_eq!((mapping.image, mapping.class), (0, Some(1)));
    assert_eq!(mapping.boxes, Some(BoxColumns::Corners([2, 3, 4, 5])));
}

#[test]
fn what_was_chosen_before_stands_there_and_is_said() {
    let bench = Bench::start_screen();
    let mut table = table("image,label,note");
    table.suggested = table.suggested.map(|told| Mapping { class: Some(2), ..told });
    table.remembered = true;
    let harness = dialog(&bench, table);
    assert_eq!(shown(&harness, "Column of class"), "note");
    assert!(harness.query_by_label_contains("as they were chosen before").is_some());
}

#[test]
fn what_the_numbers_of_one_cell_are_can_be_said() {
    let bench = Bench::start_screen();
    let table = table("image,label,bbox");
    for (kind, order) in [
        ("left, top, right, bottom in one cell", InCell::Corners),
        ("left, top, width, height in one cell", InCell::Size),
    ] {
        let mut harness = dialog(&bench, table.clone());
        assert_eq!(shown(&harness, "Form of the box"), "all four in one cell");
        choose(&mut harness, "Form of the box", kind);
        assert_eq!(shown(&harness, "Column of all four in one cell"), "bbox", "{kind}");
        let mapping = read(&mut harness, &bench).columns.unwrap();
        assert_eq!(mapping.boxes, Some(BoxColumns::OneCell(2, Some(order))));
        assert_eq!(Mapping::given(&table.columns, &table.told(&mapping)), Ok(mapping));
    }
}
