//! Who gets the keyboard: the screens, what lies over them, or a field that is about to be there.

use super::App;
use crate::session::{View, Workbench as _};
use crate::ui::action::{Action, Screen};
use crate::ui::settings;
use crate::ui::turns::Turns;
use egui::Context;

/// A dialog of the system takes the keyboard within this many seconds; where there is none, it is known before.
const DIALOG_OPENS: f64 = 1.0;

impl App {
    /// Whether something lies over the screens and takes the keys.
    pub(super) fn covered(&self) -> bool {
        self.palette.is_some()
            || self.help
            || self.past
            || self.settings.is_some()
            || self.confirm.is_some()
            || self.path_prompt.is_some()
            || self.reason.is_some()
            || self.who_reads.is_some()
    }

    pub(super) fn keys(&self, ctx: &Context, view: &View) -> Vec<Action> {
        let settings = self.settings.as_ref().is_some_and(settings::State::waits_for_a_key);
        if settings {
            return Vec::new();
        }
        if self.covered() || egui::Popup::is_any_open(ctx) {
            // Keys that open what is open close it again.
            return self.closing().into_iter().filter(|a| self.keymap.take(ctx, a)).collect();
        }
        self.keymap.pressed(ctx, self.screen, view, self.review.shown(view))
    }

    /// The actions that close what lies over the screens.
    pub(super) fn closing(&self) -> Vec<Action> {
        let palette = self.palette.is_some().then_some(Action::Palette);
        let settings = self.settings.is_some().then_some(Action::Settings);
        let past = self.past.then_some(Action::PastNotices);
        palette.into_iter().chain(self.help.then_some(Action::Help)).chain(past).chain(settings).collect()
    }

    /// Says what the next frame has to know of the keyboard.
    pub(super) fn prepare_keys(&mut self, ctx: &Context) {
        let view = self.bench.view();
        let covered = self.covered() || egui::Popup::is_any_open(ctx);
        let keys = if covered {
            let closing = self.closing();
            closing.iter().filter_map(|action| self.keymap.entry(action)).flat_map(|e| e.keys.clone()).collect()
        } else {
            self.keymap.turning(self.screen, &view, self.review.shown(&view))
        };
        let awaited = self.awaits_keyboard(ctx, &view);
        if !Turns::prepare(ctx, awaited, keys) {
            tracing::warn!("what the keyboard waited for did not come; what was typed meanwhile is gone");
            self.stepping = false;
            self.review.forget_keyboard();
            self.top_bar.edit_reader = false;
        }
    }

    /// Whether a field is about to get the keyboard, or another image is about to be shown.
    fn awaits_keyboard(&mut self, ctx: &Context, view: &View) -> bool {
        if self.confirm.is_some() {
            // What is asked for under the question comes after its answer, which must not wait for it.
            return false;
        }
        if self.stepping {
            // A key means something else on the image that it leads to.
            return true;
        }
        self.asked_path.take_if(|since| ctx.input(|i| i.time) - *since > DIALOG_OPENS);
        if self.palette.is_some() || self.path_prompt.is_some() || self.reason.is_some() {
            return !ctx.text_edit_focused();
        }
        let painted = view.project.is_some() && view.import.is_none();
        if !painted || self.screen != Screen::Review {
            self.review.forget_keyboard();
        }
        self.top_bar.edit_reader &= painted;
        self.asked_path.is_some() || self.top_bar.edit_reader || self.review.awaits_keyboard(ctx, view)
    }
}
