//! Every screen in windows and text of all sizes: what can be pressed lies in the window, and on nothing else that can be.

use super::*;
use egui::Rect;

/// Windows in pixels, with the sizes of text in each.
const SIZES: [([f32; 2], f32); 7] = [
    ([1000.0, 650.0], 2.0),
    ([1000.0, 650.0], 1.0),
    ([1000.0, 650.0], 0.8),
    ([1440.0, 900.0], 2.0),
    ([1440.0, 900.0], 1.4),
    ([3840.0, 2160.0], 2.0),
    ([3840.0, 2160.0], 0.8),
];

type Way = fn(&mut Harness<'_, App>);

/// Every screen, with how it is reached.
fn screens() -> Vec<(&'static str, Bench, Way)> {
    let import = Bench::start_screen();
    import.send(Command::Desk(DeskCommand::ReadSource(ImportSource::at("/home/reader/fracture"))));
    vec![
        ("start", Bench::start_screen(), |_| {}),
        ("import", import, |_| {}),
        ("review", Bench::project(), |_| {}),
        ("review, heat map", Bench::project(), |harness| harness.key_press(Key::G)),
        ("review, grid", Bench::boxes(), |harness| harness.key_press(Key::L)),
        ("review, boxes", Bench::boxes(), |harness| harness.key_press(Key::B)),
        ("review, measuring", Bench::project(), |harness| harness.key_press(Key::M)),
        ("review, findings", Bench::findings(), |_| {}),
        ("review, queue", Bench::boxes(), |harness| opened(harness, "queue")),
        ("review, details", Bench::boxes(), |harness| opened(harness, "details")),
        ("data", Bench::project(), |harness| ctrl(harness, Key::Num2)),
        ("problems", Bench::project(), |harness| data(harness, "Problems")),
        ("splits", Bench::project(), |harness| data(harness, "Splits")),
        ("classes", Bench::project(), |harness| data(harness, "Classes")),
        ("imports", Bench::project(), |harness| data(harness, "Imports")),
        ("export", Bench::project(), |harness| data(harness, "Export")),
        ("train", Bench::project(), |harness| ctrl(harness, Key::Num3)),
        ("train, running", Bench::training(), |harness| ctrl(harness, Key::Num3)),
        ("evaluate", Bench::project(), |harness| ctrl(harness, Key::Num4)),
        ("models", Bench::project(), |harness| ctrl(harness, Key::Num5)),
        ("settings", Bench::project(), |harness| ctrl(harness, Key::Comma)),
        ("palette", Bench::project(), |harness| ctrl(harness, Key::P)),
        ("keys", Bench::project(), |harness| harness.key_press(Key::F1)),
    ]
}

fn data(harness: &mut Harness<'_, App>, name: &str) {
    ctrl(harness, Key::Num2);
    part(harness, name);
}

/// Opens a panel where the window had folded it.
fn opened(harness: &mut Harness<'_, App>, what: &str) {
    if let Some(button) = harness.query_by_role_and_label(Role::Button, &format!("Show the {what}")) {
        button.click();
    }
}

/// What can be pressed in the layer that lies over the others: its name, all of it, and what of it is seen.
fn pressable(harness: &Harness<'_, App>) -> Vec<(String, Rect, Rect)> {
    let ids = |node: &egui_kittest::Node<'_>| (node.accesskit_node().locate().0, node.accesskit_node().label());
    let names: std::collections::HashMap<_, _> = harness
        .query_all_by(|node| !matches!(node.role(), Role::Label | Role::Image | Role::Splitter | Role::Window))
        .map(|node| ids(&node))
        .collect();
    harness.ctx.viewport(|viewport| {
        let widgets = &viewport.prev_pass.widgets;
        let modal = |layer: &egui::LayerId| layer.order == egui::Order::Foreground;
        let over = widgets.layers().any(|(layer, all)| modal(layer) && !all.is_empty());
        let seen = |layer: &egui::LayerId| modal(layer) == over && layer.order != egui::Order::Tooltip;
        let all = widgets.layers().filter(|(layer, _)| seen(layer)).flat_map(|(_, all)| all);
        let pressed = all.filter(|one| one.enabled && one.sense.senses_click());
        let named = pressed.filter_map(|one| {
            let name = names.get(&one.id.accesskit_id())?.clone()?;
            Some((name, one.rect, one.interact_rect))
        });
        named.filter(|(_, _, seen)| seen.width() > 1.0 && seen.height() > 1.0).collect()
    })
}

#[test]
fn what_can_be_pressed_lies_in_the_window_and_on_nothing_else() {
    let mut wrong = Vec::new();
    for (size, scale) in SIZES {
        let points = [size[0] / scale, size[1] / scale];
        for (name, bench, way) in screens() {
            let mut harness = Harness::builder().with_size(points).with_max_steps(12).build_eframe(move |cc| {
                App::with_dialogs(&cc.egui_ctx, Box::new(bench), Box::new(Answers(Answer::Cancelled, Vec::new())))
            });
            harness.run();
            way(&mut harness);
            harness.run();
            let all = pressable(&harness);
            let at = format!("{name} at {size:?}, text {scale}");
            if all.len() < 2 {
                wrong.push(format!("{at}: {} to press", all.len()));
            }
            let window = Rect::from_min_size(egui::Pos2::ZERO, points.into()).expand(0.5);
            for (index, (one, whole, seen)) in all.iter().enumerate() {
                if !window.contains_rect(*seen) {
                    wrong.push(format!("{at}: {one:?} leaves the window: {seen:?}"));
                }
                // What is cut at a side can be reached by scrolling up and down only.
                if seen.left() > whole.left() + 1.0 || seen.right() < whole.right() - 1.0 {
                    wrong.push(format!("{at}: {one:?} is cut at a side: {whole:?}, of which {seen:?}"));
                }
                for (other, its, its_seen) in &all[index + 1..] {
                    let both = seen.intersect(*its_seen);
                    // A button within a line that can be pressed is meant.
                    let within = whole.contains_rect(*its) || its.contains_rect(*whole);
                    if both.width() > 1.0 && both.height() > 1.0 && !within {
                        wrong.push(format!("{at}: {one:?} lies over {other:?}: {seen:?}, {its_seen:?}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}
