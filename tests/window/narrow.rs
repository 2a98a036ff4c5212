//! The bars where there is little room: nothing lies over anything else, and all that is left can be pressed.

use super::*;

/// The window of this size in points, with a job in the status bar.
fn narrow(size: [f32; 2]) -> Harness<'static, App> {
    let bench = Bench::project();
    bench.edit(|view| {
        view.jobs = vec![JobView {
            id: 5,
            kind: JobKind::Export,
            name: "Exporting as COCO".to_owned(),
            progress: Some(0.3),
            seconds_left: Some(1342.0),
            message: "3 of 10 images".to_owned(),
            cancellable: true,
        }];
    });
    let mut harness = Harness::builder().with_size(size).build_eframe(move |cc| {
        App::with_dialogs(&cc.egui_ctx, Box::new(bench), Box::new(Answers(Answer::Cancelled, Vec::new())))
    });
    harness.run();
    harness
}

/// How the names begin of what is in the bars.
const PARTS: [&str; 17] = [
    "Review",
    "Data",
    "Train",
    "Evaluate",
    "Models",
    "Screen",
    "Find anything",
    "Reader ",
    "Model ",
    "wrist",
    "saved",
    "Exporting",
    "Cancel Exporting",
    "22 min",
    "CPU",
    "read-only",
    "Progress",
];

/// What of them is there, with where it lies.
fn parts(harness: &Harness<'_, App>, height: f32) -> Vec<(String, egui::Rect)> {
    let middle =
        |rect: &egui::Rect| (rect.center().y - 20.0).abs() < 3.0 || (rect.center().y - (height - 14.0)).abs() < 3.0;
    let is_part = |name: &str| PARTS.iter().any(|part| name.starts_with(part)) || name.ends_with("reviewed");
    harness
        .query_all_by(|node| node.label().is_some_and(|name| is_part(&name)))
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .filter(|(_, rect)| middle(rect) && rect.width() > 0.0)
        .collect()
}

#[test]
fn nothing_in_the_bars_lies_over_anything_else() {
    for size in [[1440.0, 900.0], [1000.0, 650.0], [830.0, 540.0], [714.0, 464.0], [500.0, 400.0]] {
        let harness = narrow(size);
        let parts = parts(&harness, size[1]);
        for name in ["Find anything", "Cancel Exporting as COCO"] {
            let (_, rect) = parts.iter().find(|(of, _)| of == name).unwrap_or_else(|| panic!("{name} at {size:?}"));
            assert!(rect.right() <= size[0] && rect.left() >= 0.0, "{name} at {size:?}: {rect:?}");
        }
        for (at, (one, a)) in parts.iter().enumerate() {
            for (other, b) in &parts[at + 1..] {
                let both = a.intersect(*b);
                let over = both.width() > 1.0 && both.height() > 1.0;
                assert!(!over, "{one:?} lies over {other:?} at {size:?}: {a:?}, {b:?}");
            }
        }
    }
}

#[test]
fn a_long_name_of_the_project_gives_way_before_the_model_does() {
    let shows_model = |name: &str, width: f32| {
        let bench = Bench::project();
        bench.edit_project(|project| project.name = name.to_owned());
        let mut harness = Harness::builder().with_size([width, 400.0]).build_eframe(move |cc| {
            App::with_dialogs(&cc.egui_ctx, Box::new(bench), Box::new(Answers(Answer::Cancelled, Vec::new())))
        });
        harness.run();
        let found = harness.query_by(|node| {
            node.role() == Role::Button && node.label().is_some_and(|label| label.starts_with("Model "))
        });
        let window = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(width, 400.0));
        found.is_some_and(|node| window.contains_rect(node.rect()))
    };
    let long = "Radiographs of both knees, standing, 2019 to 2024, second reading";
    let widths: Vec<f32> = (0..12).map(|step| 500.0 + 25.0 * step as f32).collect();
    let [short, long] =
        ["knee films", long].map(|name| widths.iter().map(|w| shows_model(name, *w)).collect::<Vec<_>>());
    assert_eq!(short, long, "at {widths:?}");
    assert!(short.contains(&true));
}
