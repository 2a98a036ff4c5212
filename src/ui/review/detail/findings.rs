//! In projects of findings: what is known of each, with the model's probability beside it, and what a reader makes of it.

use super::{confirm, example, how_it_stands, marks_line, sentence};
use crate::domain::{ClassList, Findings, Presence};
use crate::session::{Edit, ImageRow, findings_in_words};
use crate::ui::action::ReviewAction;
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::{Theme, radius};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Color32, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, UiBuilder, WidgetInfo, pos2, vec2};

/// Findings shown; of a longer list those of which somebody says something and the likeliest of the rest.
const SHOWN: usize = 16;
/// Of the line with the name, and of the one with the bar, in points.
const LINE: f32 = 25.0;
const BAR: f32 = 15.0;
/// Of one sign that says what a finding is.
const SIGN: egui::Vec2 = vec2(25.0, 20.0);
/// Room for the key before a name.
const KEY: f32 = 15.0;

/// What can be said of a finding, with the sign and the words for it.
const STATES: [(Option<Presence>, &str, &str); 4] = [
    (Some(Presence::Present), "+", "present"),
    (Some(Presence::Absent), "−", "absent"),
    (Some(Presence::Uncertain), "?", "uncertain"),
    (None, "·", "not assessed"),
];

/// Of which findings the model is not sure: " The model is not sure of Mass, Nodule." Nothing where it is, or may not say so.
pub(super) fn doubt(unsure: &[usize], classes: &ClassList) -> String {
    if unsure.is_empty() {
        return String::new();
    }
    let names: Vec<String> = unsure.iter().map(|place| classes.name(*place)).collect();
    format!(" The model is not sure of {}.", names.join(", "))
}

/// What the model says of all of them, beside what readers say.
pub(super) fn verdict(answered: &Findings, known: &Findings, reviewed: bool, classes: &ClassList) -> String {
    if answered.is_empty() {
        return "The model is sure of no finding.".to_owned();
    }
    let says = findings_in_words(answered, classes);
    let who = if reviewed { "you say" } else { "the import says" };
    // Of what it is not sure of it says nothing that could differ.
    let same = answered.iter().all(|(finding, said)| known.get(finding) == Some(said));
    match (known.is_empty(), same) {
        (true, _) => format!("The model says {says}. Nobody has said anything of any finding yet."),
        (false, true) => format!("The model says {says}; {who} the same."),
        (false, false) => format!("The model says {says}; {who} {}.", findings_in_words(known, classes)),
    }
}

/// What a reader can say.
pub(super) fn your_findings(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
) {
    let theme = cx.theme;
    let read_only = current.fixed();
    let known = current.findings();
    let tooltip = cx.tooltip(ReviewAction::Unlabel);
    let cleared = widgets::section_with(ui, theme, "Findings", |ui| {
        let button = Button::new("Clear").name("Take back what is said of all findings").style(ButtonStyle::Link);
        let shown = !known.is_empty() && read_only.is_none();
        shown && button.ui(ui, theme).on_hover_text(tooltip).clicked()
    });
    if cleared {
        cx.push(ReviewAction::Unlabel);
    }
    ui.scope(|ui| {
        if read_only.is_some() {
            ui.disable();
        }
        list(ui, cx, review, current, &known);
        let none = known.all_absent(current.project.classes.finding_places());
        let key = cx.key(ReviewAction::NothingHere);
        let button = Button::new("No finding").style(ButtonStyle::Answer).key(key).on(none);
        let response = button.width(ui.available_width()).height(30.0).ui(ui, theme);
        let response = response.on_hover_text(cx.tooltip(ReviewAction::NothingHere));
        if response.on_disabled_hover_text(read_only.as_deref().unwrap_or_default()).clicked() {
            cx.push(ReviewAction::NothingHere);
        }
        confirm(ui, cx, review, current, read_only.as_deref());
    });
    how_it_stands(ui, cx, review, current);
    marks_line(ui, cx, review, current);
}

fn list(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    known: &Findings,
) {
    let theme = cx.theme;
    let findings: Vec<usize> = current.project.classes.finding_places().collect();
    let in_order = current.project.classes_in_order().map(|(place, _)| place);
    let all: Vec<usize> = in_order.filter(|place| findings.contains(place)).collect();
    if all.is_empty() {
        sentence(ui, theme, "The project has no findings: name them on the Data screen.");
        return;
    }
    let shown = if review.all_findings { all.clone() } else { shown(&all, known, current) };
    let explained = review.explained(current).map(|explained| explained.class());
    let mut edit = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        for finding in &shown {
            let said = known.get(*finding);
            edit = row(ui, cx, review, current, (*finding, said), explained == Some(*finding)).or(edit.take());
        }
    });
    if let Some(edit) = edit {
        review.annotate(cx.commands, cx.view, current.row.id, edit);
    }
    if shown.len() < all.len() || (review.all_findings && all.len() > SHOWN) {
        let text = if review.all_findings { "Show fewer".to_owned() } else { format!("Show all {}", all.len()) };
        if Button::new(&text).name(format!("{text} findings")).style(ButtonStyle::Link).ui(ui, theme).clicked() {
            review.all_findings = !review.all_findings;
        }
    }
    let signs = STATES.map(|(_, sign, words)| format!("{sign} {words}")).join("   ");
    ui.label(widgets::faint(theme, signs));
}

/// Those to show, in the same order.
fn shown(all: &[usize], known: &Findings, current: &Current<'_>) -> Vec<usize> {
    let answered = current.answered().unwrap_or_default();
    let says = |finding: usize| {
        let said = known.get(finding).is_some_and(|said| said != Presence::Absent);
        said || answered.get(finding) == Some(Presence::Present)
    };
    let probability = |finding: usize| {
        current.probabilities().and_then(|all| all.get(finding).copied()).filter(|p| p.is_finite()).unwrap_or_default()
    };
    let mut by_weight = all.to_vec();
    by_weight.sort_by(|a, b| says(*b).cmp(&says(*a)).then(probability(*b).total_cmp(&probability(*a))));
    by_weight.truncate(SHOWN);
    all.iter().copied().filter(|finding| by_weight.contains(finding)).collect()
}

/// A finding: its key and name, what can be said of it, and under it the model's probability with the threshold. What was
/// pressed.
fn row(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    review: &mut ReviewState,
    current: &Current<'_>,
    (finding, said): (usize, Option<Presence>),
    explained: bool,
) -> Option<Edit> {
    let theme = cx.theme;
    let name = current.project.classes.name(finding);
    let least = current.project.finding_thresholds.as_deref().and_then(|all| all.get(finding).copied());
    let value = current.probabilities().and_then(|all| all.get(finding).copied()).filter(|_| least.is_some());
    let bar = value.zip(least);
    let unsure = current.unsure().contains(&finding);
    let height = LINE + if bar.is_some() { BAR } else { 0.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let upper = rect.with_max_y(rect.top() + LINE);
    let signs = upper.with_min_x(upper.right() - SIGN.x * STATES.len() as f32);
    let edit = states(ui, cx, (finding, said), &name, signs);

    let sense = if bar.is_some() { Sense::click() } else { Sense::hover() };
    let place = upper.with_max_x(signs.left() - 6.0);
    let response = ui.interact(place, ui.scope_id().with(("finding", finding)), sense);
    let spoken = match bar {
        Some((p, least)) if unsure => format!("{name} {p:.2}, present from {least:.2} on, not sure"),
        Some((p, least)) => format!("{name} {p:.2}, present from {least:.2} on"),
        None => name.clone(),
    };
    let role = if bar.is_some() { Role::Button } else { Role::Label };
    response.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), explained, &spoken));
    if explained || (bar.is_some() && response.hovered()) {
        ui.painter().rect_filled(place.shrink2(vec2(0.0, 2.0)), radius::S, theme.raised);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, theme, place.shrink(2.0), radius::S);
    }
    let key = cx.key(ReviewAction::Label(finding));
    let cap = ui.painter().layout_no_wrap(key, fonts::medium(fonts::SMALL), theme.faint);
    widgets::line(ui.painter(), place.left() + 4.0, place.center().y, cap);
    let (font, ink) = match said {
        Some(Presence::Present | Presence::Uncertain) => (fonts::medium(13.0), theme.text),
        Some(Presence::Absent) | None => (fonts::regular(13.0), theme.muted),
    };
    let left = place.left() + KEY + 3.0;
    let text = widgets::elided(ui.painter(), &name, font, ink, place.right() - left - 2.0);
    widgets::line(ui.painter(), left, place.center().y, text);
    if let Some((p, least)) = bar {
        let lower = Rect::from_min_max(pos2(left, upper.bottom()), rect.max);
        let differs = said.and_then(Presence::known).is_some_and(|said| said != (f64::from(p) >= least));
        probability(ui, theme, lower, (p, least), (differs, unsure));
    }
    let about = if bar.is_some() { format!("Heat map of {name}") } else { name };
    if example::hover(response, cx, &mut review.thumbnails, current.project, (finding, &about)).clicked() {
        review.heat.shown = true;
        review.heat.first.class = (Some(finding) != current.predicted()).then_some(finding);
    }
    edit
}

/// The signs of what can be said of a finding; the edit that the pressed one asks for.
fn states(
    ui: &mut egui::Ui,
    cx: &PanelContext<'_>,
    (finding, said): (usize, Option<Presence>),
    name: &str,
    place: Rect,
) -> Option<Edit> {
    let theme = cx.theme;
    let mut pressed = None;
    // A child that does not move the cursor.
    let ui =
        &mut ui.new_child(UiBuilder::new().max_rect(place).layout(egui::Layout::left_to_right(egui::Align::Center)));
    ui.spacing_mut().item_spacing.x = 0.0;
    for (presence, sign, words) in STATES {
        let (rect, response) = ui.allocate_exact_size(SIGN, Sense::click());
        let (on, enabled) = (said == presence, ui.is_enabled());
        let spoken = format!("{name}: {words}");
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, on, &spoken));
        let (fill, line, ink) = look(theme, presence, on, enabled && response.hovered());
        let at = rect.shrink2(vec2(1.0, 0.0));
        ui.painter().rect(at, radius::S, fill, Stroke::new(1.0, line), StrokeKind::Inside);
        if response.has_focus() {
            widgets::focus_ring(ui, theme, at, radius::S);
        }
        let galley = ui.painter().layout_no_wrap(sign.to_owned(), fonts::semibold(13.0), ink);
        ui.painter().galley(at.center() - galley.size() / 2.0, galley, ink);
        let key = match presence {
            Some(Presence::Present) => cx.key(ReviewAction::Label(finding)),
            Some(Presence::Uncertain) => cx.key(ReviewAction::Uncertain(finding)),
            Some(Presence::Absent) | None => String::new(),
        };
        let tip = if key.is_empty() { spoken } else { format!("{spoken} ({key})") };
        let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(tip);
        // Nothing else disables it.
        let why = cx.read_only().unwrap_or("Signed off: reopen it first, with a reason");
        if response.on_disabled_hover_text(why).clicked() {
            pressed = Some(Edit::Finding { finding, presence });
        }
    }
    pressed
}

/// Fill, outline and ink of a sign.
fn look(theme: &Theme, presence: Option<Presence>, on: bool, over: bool) -> (Color32, Color32, Color32) {
    if !on {
        let (fill, ink) = if over { (theme.hover, theme.text) } else { (theme.panel, theme.muted) };
        return (fill, theme.line, ink);
    }
    let color = match presence {
        Some(Presence::Present) => theme.truth,
        Some(Presence::Absent) => theme.muted,
        Some(Presence::Uncertain) => theme.warning,
        None => theme.outline,
    };
    (theme.mix(theme.panel, color, 0.25), color, theme.text)
}

/// The bar with a mark at the threshold, and the figure.
fn probability(ui: &egui::Ui, theme: &Theme, place: Rect, (p, least): (f32, f64), (differs, unsure): (bool, bool)) {
    let there = f64::from(p) >= least;
    let ink = match (unsure, differs, there) {
        (true, ..) => theme.warning,
        (false, true, _) => theme.prediction,
        (false, false, true) => theme.text,
        (false, false, false) => theme.muted,
    };
    let y = place.top() + 5.0;
    // The doubt stands in words, too, and not in the colour alone.
    let words = if unsure { format!("not sure {p:.2}") } else { format!("{p:.2}") };
    let figure = ui.painter().layout_no_wrap(words, fonts::regular(fonts::SMALL), ink);
    let from = place.right() - figure.size().x;
    widgets::line(ui.painter(), from, y, figure);
    let track = Rect::from_min_max(pos2(place.left(), y - 2.5), pos2(from - 10.0, y + 2.5));
    let color = if differs { theme.prediction } else { theme.accent };
    let color = if there { color } else { theme.mix(theme.panel, color, 0.55) };
    widgets::bar(ui.painter(), track, p, color, theme.line);
    let at = egui::lerp(track.left()..=track.right(), (least as f32).clamp(0.0, 1.0));
    ui.painter().vline(at, (y - 5.0)..=(y + 5.0), Stroke::new(1.5, theme.text));
}

/// Whether the model waits to be heard: the row knows its answer before the detail is there.
pub(super) fn is_on_its_way(row: &ImageRow) -> bool {
    row.findings.as_ref().is_some_and(|findings| findings.is_answered())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubt_names_the_findings_that_the_model_is_not_sure_of() {
        let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
        assert_eq!(doubt(&[], &classes), "");
        assert_eq!(doubt(&[1, 2], &classes), " The model is not sure of Mass, Nodule.");
    }

    #[test]
    fn the_verdict_says_what_both_say_in_words() {
        let classes = ClassList::of_findings(&["Effusion", "Mass", "Nodule"]).unwrap();
        let of = |states: [Option<Presence>; 3]| -> Findings {
            states.into_iter().enumerate().filter_map(|(at, said)| Some((at, said?))).collect()
        };
        let (yes, no) = (Some(Presence::Present), Some(Presence::Absent));
        let answered = of([yes, yes, no]);
        for (known, reviewed, expected) in [
            (of([None; 3]), false, "The model says Effusion, Mass. Nobody has said anything of any finding yet."),
            (of([yes, no, no]), true, "The model says Effusion, Mass; you say Effusion."),
            (
                of([yes, Some(Presence::Uncertain), None]),
                true,
                "The model says Effusion, Mass; you say Effusion, perhaps Mass.",
            ),
            (of([no; 3]), false, "The model says Effusion, Mass; the import says no finding."),
            (answered.clone(), true, "The model says Effusion, Mass; you say the same."),
        ] {
            assert_eq!(verdict(&answered, &known, reviewed, &classes), expected);
        }
        let (sure, none) = (of([yes, None, no]), of([None; 3]));
        assert_eq!(verdict(&sure, &answered, true, &classes), "The model says Effusion; you say the same.");
        assert_eq!(verdict(&none, &answered, true, &classes), "The model is sure of no finding.");
    }
}
