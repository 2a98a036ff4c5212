//! The classes that were found, and what they are called here.

use super::state::State;
use crate::domain::class_list::folded;
use crate::session::ImportSummary;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::widgets;
use egui::{Ui, Vec2};

/// Shows them with how often each is given; two with one name become one.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, summary: &ImportSummary) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Classes");
    if summary.classes.is_empty() && !state.add {
        let edit = egui::TextEdit::multiline(&mut state.typed)
            // It must not look like classes that are there already.
            .hint_text(egui::RichText::new("none; for example\nNormal\nAbnormal").italics().color(theme.faint))
            .desired_rows(3)
            .desired_width(320.0)
            .margin(egui::Margin::symmetric(10, 6));
        widgets::named(ui.add(edit), "Class names");
        widgets::hint(ui, theme, "Nothing here is labelled. Name the classes, one a line; labels come from you.");
    }
    if summary.classes.is_empty() && state.add {
        widgets::hint(ui, theme, "Nothing here is labelled. The images are added as not yet looked at.");
        return;
    }
    let known = cx.view.project.as_ref().filter(|_| state.add).map(|project| project.classes.clone());
    let most = summary.classes.iter().map(|class| class.images.max(class.boxes)).max().unwrap_or(1).max(1);
    let mut before: Vec<String> = Vec::new();
    for (found, (_, name)) in summary.classes.iter().zip(&mut state.renamed) {
        ui.horizontal(|ui| {
            widgets::text_field(ui, theme, name, &format!("Name of class {}", found.name), &found.name, 220.0);
            let share = found.images.max(found.boxes) as f32 / most as f32;
            let (rect, _) = ui.allocate_exact_size(Vec2::new(200.0, 8.0), egui::Sense::empty());
            ui.painter().rect_filled(rect, 3, theme.line);
            let bar = egui::Rect::from_min_size(rect.min, Vec2::new(rect.width() * share, rect.height()));
            ui.painter().rect_filled(bar, 3, theme.accent);
            let images =
                (found.images > 0 || found.boxes == 0).then(|| phrases::count(found.images, "image", "images"));
            let boxes = (found.boxes > 0).then(|| phrases::count(found.boxes, "box", "boxes"));
            let counts: Vec<String> = images.into_iter().chain(boxes).collect();
            ui.label(widgets::body(theme, counts.join(", ")));
            if name.trim() != found.name {
                ui.label(widgets::faint(theme, format!("was {}", found.name)));
            }
            let known_alike = known.as_ref().and_then(|known| {
                known.classes.iter().map(|class| &class.name).find(|one| folded(one) == folded(name))
            });
            let alike = known_alike.or_else(|| before.iter().find(|one| folded(one) == folded(name)));
            if let Some(alike) = alike.filter(|alike| *alike != name.trim()) {
                ui.label(widgets::faint(theme, format!("one class with {alike}, unless you call it otherwise")));
            }
            before.push(name.trim().to_owned());
            if known
                .as_ref()
                .is_some_and(|known| !known.classes.iter().any(|class| folded(&class.name) == folded(name)))
                && found.images + found.boxes > 0
            {
                widgets::tag(ui, theme, "new to the project", theme.warning);
            }
        });
    }
    if state.add {
        widgets::hint(ui, theme, "Give a class the name of one of the project's to make it that one.");
        return;
    }
    if state.findings {
        widgets::hint(ui, theme, "Each is a finding of its own. Two with one name become one.");
        return;
    }
    ui.checkbox(&mut state.ordinal, widgets::body(theme, "The classes are grades in this order"));
    widgets::hint(
        ui,
        theme,
        "For grades such as Kellgren-Lawrence: a near miss then counts less than a far one. Two classes with one name become one.",
    );
}
