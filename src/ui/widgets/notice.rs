//! Messages in the lower right corner until dismissed.

use super::{Button, Look};
use crate::session::{Command, NoticeKind};
use crate::ui::context;
use crate::ui::theme::space;
use egui::{Align2, Area, CornerRadius, Id, Order, Sense, Vec2};

/// At most this many are shown at once, the newest; the rest come up as these are dismissed.
const SHOWN: usize = 4;

/// Shows the session's notices over everything else.
pub fn notices(ctx: &egui::Context, cx: &mut context::Ui<'_>) {
    let view = cx.view;
    if view.notices.is_empty() {
        return;
    }
    let hidden = view.notices.len().saturating_sub(SHOWN);
    let area =
        Area::new(Id::unique("notices")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, Vec2::new(-16.0, -44.0));
    area.show(ctx, |ui| {
        ui.set_max_width(380.0);
        ui.spacing_mut().item_spacing.y = space::S;
        if hidden > 0 {
            ui.label(super::faint(cx.theme, format!("and {hidden} older")));
        }
        for notice in view.notices.iter().skip(hidden) {
            let (mark, word, color) = match notice.kind {
                NoticeKind::Info => ("✓", "Done", cx.theme.truth),
                NoticeKind::Warning => ("!", "Note", cx.theme.warning),
                NoticeKind::Error => ("×", "Problem", cx.theme.error),
            };
            super::dialog_frame(cx.theme).corner_radius(8).inner_margin(egui::Margin::symmetric(14, 10)).show(
                ui,
                |ui| {
                    ui.set_width(352.0);
                    ui.horizontal_top(|ui| {
                        let (rect, _) = ui.allocate_exact_size(Vec2::splat(18.0), Sense::empty());
                        ui.painter().rect_filled(rect, CornerRadius::same(9), cx.theme.wash(color, 0.2));
                        let galley =
                            ui.painter().layout_no_wrap(mark.to_owned(), crate::ui::fonts::semibold(12.0), color);
                        ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
                        let name = format!("{word}: {}", notice.text);
                        ui.vertical(|ui| {
                            ui.set_width(272.0);
                            let text = egui::Label::new(super::body(cx.theme, &*notice.text)).wrap();
                            super::named(ui.add(text), &name);
                        });
                        let dismiss =
                            Button::new("×").name("Dismiss").look(Look::Quiet).height(22.0).tooltip("Dismiss");
                        if dismiss.ui(ui, cx.theme).clicked() {
                            cx.send(Command::DismissNotice(notice.id));
                        }
                    });
                },
            );
        }
    });
}
