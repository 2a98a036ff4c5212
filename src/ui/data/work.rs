//! How the labelling goes: what is left, today's pace, what was said of which class, and what changed last.

use crate::session::{ProjectCommand, ProjectView, WorkView, Worked};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases;
use crate::ui::review::class_title;
use crate::ui::theme::space;
use crate::ui::widgets;
use egui::{Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

/// The list of what changed last is no higher than this, in points.
const LIST: f32 = 180.0;

/// Shows it, once it was counted.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView) {
    let theme = cx.theme;
    let Some(work) = &project.data.work else {
        // Counted only while somebody looks.
        cx.commands.push(ProjectCommand::CountWork.into());
        return;
    };
    ui.spacing_mut().item_spacing.y = space::XS;
    widgets::section(ui, theme, "Work");
    let left = project.counts.unreviewed;
    let of = phrases::count(project.counts.images, "image", "images");
    ui.label(widgets::strong(theme, format!("{} left of {of}", phrases::thousands(left))));
    line(ui, cx, project, "You today", &work.today);
    line(ui, cx, project, "You since the project was opened", &work.sitting);
    if let Some(pace) = work.today.per_hour().or(work.sitting.per_hour()).filter(|_| left > 0) {
        let text = format!("At this pace the rest takes {}.", hours(left as f64 / pace));
        ui.label(widgets::caption(theme, text));
    }
    recent(ui, cx, work);
}

fn line(ui: &mut Ui, cx: &PanelContext<'_>, project: &ProjectView, when: &str, worked: &Worked) {
    if worked.images == 0 {
        ui.label(widgets::caption(cx.theme, format!("{when}: nothing said yet.")));
        return;
    }
    let mut text = format!("{when}: {}", phrases::count(worked.images, "image", "images"));
    if let Some(pace) = worked.per_hour() {
        text.push_str(&format!(", {} an hour", phrases::thousands(pace.round() as usize)));
    }
    let classes: Vec<String> = worked
        .by_class
        .iter()
        .map(|(class, count)| {
            let name = class_title(&project.classes, &project.classes.name(*class));
            format!("{name} ({})", phrases::thousands(*count))
        })
        .collect();
    if !classes.is_empty() {
        text.push_str(&format!("; {}", classes.join(", ")));
    }
    ui.add(egui::Label::new(widgets::body(cx.theme, text + ".")).wrap());
}

/// "40 minutes", "3 hours", by what it comes to.
fn hours(hours: f64) -> String {
    if hours < 1.5 {
        phrases::count((hours * 60.0).ceil().max(1.0) as usize, "minute", "minutes")
    } else {
        phrases::count(hours.round() as usize, "hour", "hours")
    }
}

/// What changed last; a press goes to the image.
fn recent(ui: &mut Ui, cx: &mut PanelContext<'_>, work: &WorkView) {
    if work.recent.is_empty() {
        return;
    }
    let theme = cx.theme;
    ui.add_space(space::S);
    ui.label(widgets::caption(theme, "Changed last, by whoever works here; press one to go to its image"));
    ScrollArea::vertical().id_salt("recent changes").max_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for one in &work.recent {
            let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
            let text = format!("{}  {}  {}: {}", one.time, one.who, one.name, one.what.replace(" -> ", " \u{2192} "));
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
            if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, 4, theme.raised);
            }
            let galley = widgets::elided(ui.painter(), &text, fonts::regular(12.0), theme.text, rect.width() - 8.0);
            widgets::line(ui.painter(), rect.left() + 4.0, rect.center().y, galley);
            if response.on_hover_text(&text).clicked() {
                cx.push(ReviewAction::Show(one.image));
            }
        }
    });
}
