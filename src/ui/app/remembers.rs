//! What the window finds again at the next start: its colours and text size, where it lies, and how the project is left.
//! It is handed to the session once it has stayed the same for a moment, and before the window or the project is closed.

use super::App;
use crate::session::{
    Command, DeskCommand, Filter, Preferences, ProjectView, ThemeChoice, View, WindowPlace, Workbench as _, Workplace,
};
use crate::ui::action::Screen;
use crate::ui::theme::Theme;
use egui::Context;
use std::path::PathBuf;
use std::sync::Arc;

/// How often is looked what changed, and for how long it has to stay the same then, in seconds.
const LOOKS: f64 = 0.5;
const STAYS: f64 = 0.8;

/// What was found again, and what of it changed since.
#[derive(Default)]
pub(super) struct Remembers {
    /// The preferences last taken over.
    preferences: Option<Arc<Preferences>>,
    /// How the open project was left, once the window is so again.
    found: Option<Arc<Workplace>>,
    project: Settling<(PathBuf, Workplace)>,
    window: Settling<WindowPlace>,
    /// When it is looked again.
    next: f64,
}

/// A value that is handed over once it has stayed the same for a moment.
struct Settling<T> {
    handed: Option<T>,
    newest: Option<(T, f64)>,
}

impl<T> Default for Settling<T> {
    fn default() -> Self {
        Self { handed: None, newest: None }
    }
}

impl<T: PartialEq + Clone> Settling<T> {
    /// Takes the value as it is now; what to hand over, where it has settled. With `at_once` that is not waited for.
    fn settled(&mut self, now: T, time: f64, at_once: bool) -> Option<T> {
        if self.handed.as_ref() == Some(&now) {
            self.newest = None;
            return None;
        }
        let since = match &self.newest {
            Some((newest, since)) if *newest == now => *since,
            Some(_) | None => time,
        };
        if at_once || time - since >= STAYS {
            (self.handed, self.newest) = (Some(now.clone()), None);
            return Some(now);
        }
        self.newest = Some((now, since));
        None
    }

    fn waits(&self) -> bool {
        self.newest.is_some()
    }
}

impl App {
    /// Takes over colours and text size where the preferences are others.
    pub(super) fn follow_preferences(&mut self, ctx: &Context, view: &View) {
        let same = self.remembers.preferences.as_ref().is_some_and(|taken| Arc::ptr_eq(taken, &view.preferences));
        let appearance = &view.preferences.appearance;
        if !same {
            self.remembers.preferences = Some(view.preferences.clone());
            self.theme_choice = appearance.theme;
            let size = appearance.shown_text_size();
            if (ctx.zoom_factor() - size).abs() > 1e-3 {
                ctx.set_zoom_factor(size);
            }
        }
        let dark = match self.theme_choice {
            ThemeChoice::Dark => true,
            ThemeChoice::Light => false,
            ThemeChoice::System => ctx.system_theme() != Some(egui::Theme::Light),
        };
        if self.theme.dark != dark {
            self.theme = if dark { Theme::dark() } else { Theme::light() };
            self.theme.apply(ctx);
        }
    }

    /// Shows the other colours, and remembers it.
    pub(super) fn toggle_theme(&mut self, ctx: &Context, view: &View) {
        self.theme_choice = if self.theme.dark { ThemeChoice::Light } else { ThemeChoice::Dark };
        self.theme = if self.theme.dark { Theme::light() } else { Theme::dark() };
        self.theme.apply(ctx);
        let mut preferences = (*view.preferences).clone();
        preferences.appearance.theme = self.theme_choice;
        self.bench.send(Command::Desk(DeskCommand::SetPreferences(preferences)));
    }

    /// Shows text larger or smaller, or of the usual size for `None`, and remembers it.
    pub(super) fn zoom_text(&mut self, ctx: &Context, view: &View, by: Option<f32>) {
        let mut preferences = (*view.preferences).clone();
        preferences.appearance.text_size = by.map_or(1.0, |by| ((ctx.zoom_factor() + by) * 10.0).round() / 10.0);
        let size = preferences.appearance.shown_text_size();
        preferences.appearance.text_size = size;
        ctx.set_zoom_factor(size);
        self.bench.send(Command::Desk(DeskCommand::SetPreferences(preferences)));
    }

    /// Goes to the screen that was left, where the session says anew how the project was left.
    pub(super) fn find_screen(&mut self, project: Option<&ProjectView>) {
        let left = project.and_then(|project| project.workplace.clone());
        let same = match (&self.remembers.found, &left) {
            (Some(found), Some(left)) => Arc::ptr_eq(found, left),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if same {
            return;
        }
        if let Some(screen) = left.as_ref().and_then(|left| Screen::ALL.into_iter().find(|s| s.title() == left.screen))
        {
            self.screen = screen;
        }
        let kept = project.zip(left.as_deref()).map(|(project, left)| (project.path.clone(), left.clone()));
        self.remembers.project = Settling { handed: kept, newest: None };
        self.remembers.found = left;
    }

    /// Hands over what has stayed as it is for a moment.
    pub(super) fn remember(&mut self, ctx: &Context, view: &View) {
        let time = ctx.input(|i| i.time);
        if time < self.remembers.next {
            ctx.request_repaint_after_secs((self.remembers.next - time) as f32);
            return;
        }
        self.remembers.next = time + LOOKS;
        self.remember_project(view, time, false);
        if let Some(now) = window_place(ctx, self.remembers.window.handed)
            && let Some(place) = self.remembers.window.settled(now, time, false)
        {
            self.bench.send(Command::Desk(DeskCommand::KeepWindow(place)));
        }
        if self.remembers.project.waits() || self.remembers.window.waits() {
            ctx.request_repaint_after_secs(LOOKS as f32);
        }
    }

    /// Hands over all that changed: the window or the project is closed.
    pub(super) fn remember_left(&mut self, view: &View) {
        self.remember_project(view, 0.0, true);
        if let Some((place, _)) = self.remembers.window.newest.take() {
            self.bench.send(Command::Desk(DeskCommand::KeepWindow(place)));
        }
    }

    fn remember_project(&mut self, view: &View, time: f64, at_once: bool) {
        // While it is asked who reads, nothing is that reader's yet.
        let known = |project: &&ProjectView| project.readers.is_none() && project.workplace.is_some();
        if let Some(project) = view.project.as_deref().filter(known) {
            let now = (project.path.clone(), self.left(project));
            if let Some((path, left)) = self.remembers.project.settled(now, time, at_once) {
                self.bench.send(Command::Desk(DeskCommand::KeepWorkplace(path, Box::new(left))));
            }
        }
    }

    /// How the project is now.
    fn left(&self, project: &ProjectView) -> Workplace {
        Workplace {
            screen: self.screen.title().to_owned(),
            // A set of images from another screen is not there any more at the next start.
            filter: Filter { only: None, ..project.filter.clone() },
            sort: project.sort,
            random_arm: project.random_arm,
            ..self.review.left(project)
        }
    }
}

/// Where the window lies; `None` where that is not known, or nothing to be found again.
fn window_place(ctx: &Context, before: Option<WindowPlace>) -> Option<WindowPlace> {
    // Points of the window are as large as its text.
    let scale = ctx.zoom_factor();
    let content = ctx.content_rect().size();
    ctx.input(|input| {
        let window = input.viewport();
        // Without a screen there is no window but a test's.
        window.monitor_size?;
        if window.minimized == Some(true) || window.fullscreen == Some(true) {
            return None;
        }
        let size = window.inner_rect.map_or(content, |inner| inner.size()) * scale;
        let corner = window.outer_rect.map(|outer| [outer.left() * scale, outer.top() * scale]);
        let maximised = window.maximized == Some(true);
        match before {
            // What it was before it was maximised is what it goes back to.
            Some(before) if maximised => Some(WindowPlace { maximised, ..before }),
            Some(_) | None => WindowPlace { corner, size: [size.x, size.y], maximised }.sane(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_handed_over_once_it_stays_or_at_the_end() {
        let mut settling = Settling::default();
        assert_eq!(settling.settled(1, 0.0, false), None);
        assert_eq!(settling.settled(2, 0.5, false), None, "it moves");
        assert_eq!(settling.settled(2, 1.0, false), None, "for too short a time");
        assert!(settling.waits());
        assert_eq!(settling.settled(2, 1.5, false), Some(2));
        assert_eq!((settling.settled(2, 9.0, false), settling.waits()), (None, false), "once");
        assert_eq!(settling.settled(3, 9.1, true), Some(3), "at the end");
        assert_eq!(settling.settled(3, 9.2, true), None);
    }
}
