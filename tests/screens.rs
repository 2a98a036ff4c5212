//! Pictures of the main screens, compared with those in `tests/snapshots`. They need a graphics adapter (in software:
//! Debian's mesa-vulkan-drivers); without one the tests say so and pass, except where the variable CI is set.
//! `UPDATE_SNAPSHOTS=1 cargo test --release --test screens` makes them anew: look at every one before committing it.

use egui_kittest::kittest::{AccessKitNode, Queryable};
use egui_kittest::wgpu::WgpuTestRenderer;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use overread::session::fixture::{Bench, box_comparison};
use overread::session::{
    Command, DeskCommand, ImportSource, Invalidated, ProjectCommand, SplitLine, ThemeChoice, WeightsAsked, Workbench,
};
use overread::ui::App;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The size the screens are designed for.
const SIZE: [f32; 2] = [1280.0, 800.0];

fn renderer() -> Option<WgpuTestRenderer> {
    let renderer = catch_unwind(AssertUnwindSafe(WgpuTestRenderer::new)).ok();
    if renderer.is_none() {
        assert!(std::env::var_os("OVERREAD_NO_SKIPS").is_none(), "no graphics adapter: install mesa-vulkan-drivers");
        println!("skipped: no graphics adapter");
    }
    renderer
}

/// Shows the bench, does something to it and compares the picture.
fn screen(name: &str, size: [f32; 2], bench: &Bench, act: impl FnOnce(&mut Harness<'_, App>)) {
    let Some(renderer) = renderer() else { return };
    let window = bench.clone();
    let mut harness = Harness::builder()
        .with_size(size)
        .renderer(renderer)
        .build_eframe(move |cc| App::new(&cc.egui_ctx, Box::new(window)));
    take(&mut harness, name, act);
}

/// Does what is to be seen, puts the pointer away and takes the picture.
fn take(harness: &mut Harness<'_, App>, name: &str, act: impl FnOnce(&mut Harness<'_, App>)) {
    harness.run();
    act(harness);
    harness.run();
    harness.remove_cursor();
    harness.run();
    // Versions of the software adapter round the edges of shapes differently; a moved or missing part is more than this.
    let options = SnapshotOptions::new().threshold(2.0).max_failed_pixels(300);
    harness.snapshot_options(name, &options);
}

/// The same in a window of so many pixels with text of this size, in both themes. The picture is made smaller than the window:
/// what lies where is seen all the same.
fn sized(
    name: &str,
    (size, text): ([f32; 2], f32),
    bench: &Bench,
    act: impl Fn(&mut Harness<'_, App>),
) -> SnapshotResults {
    let mut results = SnapshotResults::new();
    let points = [size[0] / text, size[1] / text];
    for (theme, choice) in [("dark", ThemeChoice::Dark), ("light", ThemeChoice::Light)] {
        let Some(renderer) = renderer() else { return results };
        bench.edit(|view| Arc::make_mut(&mut view.preferences).appearance.theme = choice);
        let window = bench.clone();
        let mut harness = Harness::builder()
            .with_size(points)
            .with_pixels_per_point((WIDEST / points[0]).min(1.0))
            .with_max_steps(12)
            .renderer(renderer)
            .build_eframe(move |cc| App::new(&cc.egui_ctx, Box::new(window)));
        let percent = (text * 100.0).round();
        take(&mut harness, &format!("sized/{name}-{}-{percent}-{theme}", size[0]), &act);
        results.extend_harness(&mut harness);
    }
    results
}

/// The widest picture of a sized window, in pixels.
const WIDEST: f32 = 720.0;
/// Windows in pixels and sizes of text.
const SIZED: [([f32; 2], f32); 6] = [
    ([1000.0, 650.0], 1.0),
    ([1000.0, 650.0], 2.0),
    ([1440.0, 900.0], 1.0),
    ([1440.0, 900.0], 2.0),
    ([3840.0, 2160.0], 1.0),
    ([3840.0, 2160.0], 2.0),
];

#[test]
fn review_in_windows_and_text_of_all_sizes() {
    let mut results = SnapshotResults::new();
    for size in SIZED {
        results.extend(sized("review", size, &Bench::boxes(), |harness| harness.key_press(egui::Key::B)));
    }
}

#[test]
fn train_in_windows_and_text_of_all_sizes() {
    let mut results = SnapshotResults::new();
    for size in SIZED {
        results.extend(sized("train", size, &Bench::training(), |harness| {
            harness.key_press_modifiers(egui::Modifiers::CTRL | egui::Modifiers::COMMAND, egui::Key::Num3);
        }));
    }
}

fn tab(harness: &mut Harness<'_, App>, name: &str) {
    harness.get_by_role_and_label(egui::Role::Tab, name).click();
    harness.run();
}

#[test]
fn start() {
    screen("start", SIZE, &Bench::start_screen(), |_| {});
}

#[test]
fn import() {
    let bench = Bench::start_screen();
    bench.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/home/reader/fracture"))));
    screen("import", SIZE, &bench, |_| {});
}

#[test]
fn review() {
    screen("review", SIZE, &Bench::project(), |_| {});
}

#[test]
fn review_two_maps() {
    screen("review-two-maps", SIZE, &Bench::project(), |harness| {
        harness.key_press_modifiers(egui::Modifiers::ALT, egui::Key::G);
        harness.run();
        harness.get_by_label("Method of the right heat map").click();
        harness.run();
        harness.get_by_label("Occlusion").click();
    });
}

#[test]
fn review_boxes() {
    screen("review-boxes", SIZE, &Bench::boxes(), |harness| harness.key_press(egui::Key::Tab));
}

#[test]
fn review_findings() {
    screen("review-findings", SIZE, &Bench::findings(), |harness| {
        use egui::Key;
        // The second image: an effusion, perhaps a mass; then of the nodule that it is absent, and the heat map of the mass.
        for key in [Key::ArrowRight, Key::Num3, Key::Num3] {
            harness.key_press(key);
            harness.run();
        }
        harness.get_by_label("Mass 0.09, present from 0.30 on").click();
        harness.run();
    });
}

#[test]
fn review_grid() {
    screen("review-grid", SIZE, &Bench::boxes(), |harness| {
        for key in [egui::Key::L, egui::Key::L, egui::Key::ArrowDown, egui::Key::ArrowRight] {
            harness.key_press(key);
            harness.run();
        }
    });
}

#[test]
fn review_small_and_light() {
    screen("review-small-light", [960.0, 600.0], &Bench::project(), |harness| {
        harness.key_press_modifiers(egui::Modifiers::CTRL | egui::Modifiers::SHIFT, egui::Key::L);
    });
}

#[test]
fn data() {
    let bench = Bench::project();
    bench.edit_project(|p| (p.missing, p.wrong_on_purpose) = (3, 18));
    screen("data", SIZE, &bench, |harness| tab(harness, "Data"));
}

/// Chooses a part of the Data screen.
fn part(harness: &mut Harness<'_, App>, name: &str) {
    tab(harness, "Data");
    let named = |node: &AccessKitNode<'_>| node.label().is_some_and(|label| label.starts_with(name));
    harness.get_by(|node| node.role() == egui::accesskit::Role::RadioButton && named(node)).click();
    harness.run();
}

#[test]
fn data_conversion() {
    screen("data-conversion", SIZE, &Bench::findings(), |harness| {
        part(harness, "Classes");
        harness.get_by_label("Convert to one class an image…").click();
    });
}

#[test]
fn data_problems() {
    screen("data-problems", [1280.0, 1400.0], &Bench::project(), |harness| part(harness, "Problems"));
}

#[test]
fn data_splits() {
    let bench = Bench::project();
    screen("data-splits", [1280.0, 900.0], &bench, |harness| {
        part(harness, "Splits");
        harness.get_by_role_and_label(egui::Role::Button, "Show what would move").click();
        harness.run();
        let line = SplitLine {
            time: "10:42".into(),
            who: "Reader 1".into(),
            what: "copies in one split".into(),
            moved: 3,
            undoable: true,
            touches_test: false,
            mine: true,
        };
        bench.edit_project(|p| {
            let model = p.models[0].record.id;
            let plan = p.data.plan.as_mut().map(Arc::make_mut).expect("a division was worked out");
            plan.invalidated = vec![Invalidated { id: model, model: "small-cnn-3".into(), images: 4 }];
            plan.test_changes = true;
            p.data.history = Arc::new(vec![line]);
        });
    });
}

#[test]
fn data_export() {
    screen("data-export", SIZE, &Bench::project(), |harness| {
        part(harness, "Export");
        harness.get_by_role_and_label(egui::Role::ComboBox, "Format of the export").click();
        harness.run();
        harness.get_by_role_and_label(egui::Role::MenuItem, "COCO").click();
        harness.run();
        harness.get_by_label("De-identify").click();
        harness.run();
        harness.get_by_role_and_label(egui::Role::Button, "Export").click();
    });
}

#[test]
fn train_running() {
    screen("train", SIZE, &Bench::training(), |harness| tab(harness, "Train"));
}

#[test]
fn train_done() {
    let bench = Bench::training();
    bench.send(Command::Desk(DeskCommand::StopTraining));
    bench.edit(|v| v.jobs.clear());
    screen("train-done", SIZE, &bench, |harness| tab(harness, "Train"));
}

#[test]
fn train_sweeps() {
    screen("train-sweeps", SIZE, &Bench::project(), |harness| {
        tab(harness, "Train");
        harness.get_by_role_and_label(egui::Role::RadioButton, "Sweeps").click();
        harness.run();
    });
}

#[test]
fn train_findings() {
    screen("train-findings", SIZE, &Bench::findings(), |harness| tab(harness, "Train"));
}

#[test]
fn train_small() {
    screen("train-small", [960.0, 600.0], &Bench::training(), |harness| tab(harness, "Train"));
}

#[test]
fn train_from_pretrained() {
    screen("train-pretrained", SIZE, &Bench::project(), |harness| {
        tab(harness, "Train");
        for (field, choice) in [("Recipe", "ResNet-18"), ("Start from", "ResNet-18, ImageNet  (47 MB to download)")] {
            harness.get_by_role_and_label(egui::Role::ComboBox, field).click();
            harness.run();
            harness.get_by_role_and_label(egui::Role::MenuItem, choice).click();
            harness.run();
        }
        harness.get_by_role_and_label(egui::Role::Button, "Download ResNet-18, ImageNet").click();
    });
}

#[test]
fn train_all_settings() {
    screen("train-all-settings", SIZE, &Bench::project(), |harness| {
        tab(harness, "Train");
        harness.get_by_role_and_label(egui::Role::Button, "All settings by name").click_accesskit();
        harness.run();
        harness.get_by_role_and_label(egui::Role::TextInput, "epochs").scroll_to_me();
        harness.run();
    });
}

#[test]
fn train_preview() {
    screen("train-preview", SIZE, &Bench::project(), |harness| {
        tab(harness, "Train");
        harness.get_by_label("Show preview").click();
    });
}

#[test]
fn evaluate() {
    screen("evaluate", SIZE, &Bench::project(), |harness| tab(harness, "Evaluate"));
}

#[test]
fn evaluate_boxes() {
    let bench = Bench::boxes();
    bench.edit_project(|p| p.comparison = Some(Arc::new(box_comparison(&p.rows, &p.classes))));
    screen("evaluate-boxes", [1280.0, 1500.0], &bench, |harness| tab(harness, "Evaluate"));
}

#[test]
fn models() {
    screen("models", SIZE, &Bench::project(), |harness| tab(harness, "Models"));
}

/// A file whose outputs are told beside what a person has to say of it.
#[test]
fn models_from_a_file() {
    let bench = Bench::findings();
    bench.send(Command::Project(ProjectCommand::LookAtWeights(Box::new(WeightsAsked::of("/home/reader/three.pth")))));
    screen("models-add", [1280.0, 900.0], &bench, |harness| {
        tab(harness, "Models");
        harness.get_by_label("Move Mass up").click();
        harness.run();
        harness.get_by_label("This is the order of its last layer").click();
    });
}

#[test]
fn models_light() {
    screen("models-light", SIZE, &Bench::project(), |harness| {
        harness.key_press_modifiers(egui::Modifiers::CTRL | egui::Modifiers::SHIFT, egui::Key::L);
        tab(harness, "Models");
    });
}

#[test]
fn keys() {
    screen("keys", SIZE, &Bench::project(), |harness| harness.key_press(egui::Key::F1));
}

#[test]
fn palette() {
    screen("palette", SIZE, &Bench::project(), |harness| {
        harness.key_press_modifiers(egui::Modifiers::CTRL, egui::Key::P);
        harness.run();
        harness.get_by_role_and_label(egui::Role::TextInput, "Find anything").type_text("tra");
    });
}

#[test]
fn settings() {
    screen("settings", SIZE, &Bench::project(), |harness| {
        harness.key_press_modifiers(egui::Modifiers::CTRL | egui::Modifiers::COMMAND, egui::Key::Comma);
    });
}

#[test]
fn settings_of_storage_in_a_small_light_window() {
    let bench = Bench::project();
    bench.edit(|view| Arc::make_mut(&mut view.preferences).appearance.theme = ThemeChoice::Light);
    screen("settings-small-light", [1000.0, 650.0], &bench, |harness| {
        harness.key_press_modifiers(egui::Modifiers::CTRL | egui::Modifiers::COMMAND, egui::Key::Comma);
        harness.run();
        tab(harness, "Storage");
    });
}
