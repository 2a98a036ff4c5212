//! Messages in the lower right corner until dismissed.

use super::{Button, ButtonStyle};
use crate::session::{Command, DeskCommand, Notice, NoticeKind, Offer};
use crate::ui::action::{Action, Screen};
use crate::ui::context::PanelContext;
use crate::ui::theme::{Theme, space};
use egui::{Align2, Area, Color32, CornerRadius, Id, Order, Sense, Vec2};
use std::collections::HashMap;
use std::sync::Arc;

/// At most this many are shown at once, the newest; the rest come up as these are dismissed.
const SHOWN: usize = 4;

/// Shows the session's notices over everything else.
pub fn notices(ctx: &egui::Context, cx: &mut PanelContext<'_>, screen: Screen) {
    let view = cx.view;
    // On the Train screen each run that can be resumed has a card, and there and on Evaluate is the new model.
    let here = |notice: &&Notice| match (&notice.offer, screen) {
        (Some(Offer::Train), Screen::Train) => false,
        (Some(Offer::Evaluate(_)), Screen::Train | Screen::Evaluate) => false,
        (Some(Offer::Train | Offer::Evaluate(_) | Offer::Open(_) | Offer::Undo(_) | Offer::Repair(_)) | None, _) => {
            true
        }
    };
    // What tells of a new model has done so once the person was where it is.
    let seen = |notice: &&Notice| matches!(notice.offer, Some(Offer::Evaluate(_))) && !here(notice);
    for notice in view.notices.iter().filter(seen) {
        cx.commands.push(Command::Desk(DeskCommand::DismissNotice(notice.id)));
    }
    let shown: Vec<&Notice> = view.notices.iter().filter(here).collect();
    if shown.is_empty() {
        return;
    }
    let over = ctx.data(|data| data.get_temp::<bool>(Id::unique("notices pointed at"))).unwrap_or(false);
    expire(ctx, cx, over);
    let hidden = shown.len().saturating_sub(SHOWN);
    let area =
        Area::new(Id::unique("notices")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, Vec2::new(-16.0, -44.0));
    let area = area.show(ctx, |ui| {
        ui.set_max_width(380.0);
        ui.spacing_mut().item_spacing.y = space::S;
        if hidden > 0 {
            ui.label(super::faint(cx.theme, format!("and {hidden} older")));
        }
        for notice in shown.iter().skip(hidden) {
            let (mark, word, color) = notice_mark(cx.theme, notice.kind);
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
                            if let Some(made) = &notice.offer {
                                offer(ui, cx, made, notice.id);
                            }
                        });
                        let dismiss =
                            Button::new("×").name("Dismiss").style(ButtonStyle::Quiet).height(22.0).tooltip("Dismiss");
                        if dismiss.ui(ui, cx.theme).clicked() {
                            cx.send(DeskCommand::DismissNotice(notice.id));
                        }
                    });
                },
            );
        }
    });
    let pointed_at = area.response.contains_pointer();
    ctx.data_mut(|data| data.insert_temp(Id::unique("notices pointed at"), pointed_at));
}

/// How a message is marked, what its mark is called, and its colour.
pub fn notice_mark(theme: &Theme, kind: NoticeKind) -> (&'static str, &'static str, Color32) {
    match kind {
        NoticeKind::Passing => ("i", "Note", theme.accent),
        NoticeKind::Info => ("✓", "Done", theme.truth),
        NoticeKind::Warning => ("!", "Note", theme.warning),
        NoticeKind::Error => ("×", "Problem", theme.error),
    }
}

/// The button of what a message offers.
fn offer(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, offer: &Offer, notice: u64) {
    let text = match offer {
        Offer::Evaluate(_) => "Go to Evaluate",
        Offer::Train => "Go to Train",
        Offer::Open(_) => "Open the project",
        Offer::Undo(_) => "Undo",
        Offer::Repair(_) => "Repair with the newest backup",
    };
    let (name, key) = match offer {
        Offer::Undo(what) => (format!("Undo {what}"), cx.key(Action::Undo)),
        Offer::Evaluate(_) | Offer::Train | Offer::Open(_) | Offer::Repair(_) => (text.to_owned(), String::new()),
    };
    if Button::new(text).name(name).key(key).height(26.0).ui(ui, cx.theme).clicked() {
        cx.send(DeskCommand::DismissNotice(notice));
        match offer {
            Offer::Evaluate(_) => cx.push(Action::GoTo(Screen::Evaluate)),
            Offer::Train => cx.push(Action::GoTo(Screen::Train)),
            Offer::Open(path) => cx.send(DeskCommand::OpenProject(path.clone())),
            Offer::Undo(_) => cx.push(Action::Undo),
            Offer::Repair(path) => cx.send(DeskCommand::Repair(path.clone())),
        }
    }
}

/// How long a message stays by itself, in seconds.
fn stays(kind: NoticeKind) -> f64 {
    match kind {
        NoticeKind::Passing => 6.0,
        NoticeKind::Info => 15.0,
        NoticeKind::Warning => 60.0,
        // It goes sooner where the same goes well, or the project is closed.
        NoticeKind::Error => 300.0,
    }
}

/// Puts away what was there long enough; not while somebody points at it.
fn expire(ctx: &egui::Context, cx: &mut PanelContext<'_>, held: bool) {
    let id = Id::unique("notices since");
    let now = ctx.input(|input| input.time);
    let before: Arc<HashMap<u64, f64>> = ctx.data(|data| data.get_temp(id)).unwrap_or_default();
    let mut since = HashMap::new();
    for notice in &cx.view.notices {
        // A model or a run that waits does so until it is seen; what else is offered can be done another way, too.
        let waits = match &notice.offer {
            Some(Offer::Evaluate(_) | Offer::Train | Offer::Repair(_)) => true,
            Some(Offer::Open(_) | Offer::Undo(_)) | None => false,
        };
        if waits {
            continue;
        }
        let stays = stays(notice.kind);
        // A project that was made elsewhere is looked at when what is at hand is done.
        let stays = if matches!(notice.offer, Some(Offer::Open(_))) { stays.max(60.0) } else { stays };
        let first = before.get(&notice.id).copied().filter(|_| !held).unwrap_or(now);
        since.insert(notice.id, first);
        let left = first + stays - now;
        if left <= 0.0 {
            cx.commands.push(Command::Desk(DeskCommand::DismissNotice(notice.id)));
        } else {
            ctx.request_repaint_after_secs(left as f32);
        }
    }
    ctx.data_mut(|data| data.insert_temp(id, Arc::new(since)));
}
