//! The right panel: what the model says, what the reader says, and what was said before.

mod box_review;
mod boxes;
mod compared;
mod example;
mod findings;
pub(super) mod header;
mod history;
mod learned;
mod map;
mod measurements;
mod readers;
mod reading;
mod signing;

use super::model::current::Current;
use super::model::stated;
use super::model::words::not_sure;
use super::state::ReviewState;
use crate::domain::ClassThresholds;
use crate::domain::class_list::Class;
use crate::domain::{ClassList, ModelStatus, Split};
use crate::ui::action::{Action, ReviewAction, Screen};
use crate::ui::context::PanelContext;
use crate::ui::theme::{Theme, radius, space};
use crate::ui::widgets::{self, Button, ButtonStyle, Glyph, ProbabilityBar};
use egui::{Frame, Key, KeyboardShortcut, Label, Margin, Modifiers, ScrollArea, TextEdit, vec2};

/// Bars shown; a longer class list shows the likeliest of it.
const BARS: usize = 7;

/// Shows the panel.
pub fn show(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState) {
    let view = cx.view;
    let Some(current) = review.current(view) else { return };
    ScrollArea::vertical().auto_shrink([false, false]).id_salt("detail").show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 14, right: 14, top: 12, bottom: 16 }).show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, 6.0);
            if let Some(why) = cx.read_only() {
                banner(ui, cx.theme, &format!("Read-only: {why}"));
            }
            if current.row.split == Split::Test && !current.project.reading.is_own() {
                test_image(ui, cx.theme);
            }
            reading::show(ui, cx, &current);
            signing::show(ui, cx, &current);
            if !current.project.reading.is_own() || current.is_revealed() {
                model_says(ui, cx, review, &current);
                compared::show(ui, cx, &current);
                ui.add_space(space::M);
            }
            if current.project.classes.findings {
                findings::your_findings(ui, cx, review, &current);
            } else if current.project.is_about_boxes() {
                box_review::your_boxes(ui, cx, review, &current);
            } else {
                your_label(ui, cx, review, &current);
            }
            readers::show(ui, cx, review, &current);
            signing::offer(ui, cx, &current);
            ui.add_space(space::M);
            boxes::show(ui, cx, review, &current);
            measurements::show(ui, cx, review, &current);
            note(ui, cx, review, &current);
            ui.add_space(space::M);
            if review.hide_readers && current.detail.is_some_and(|detail| !detail.readers.words.is_empty()) {
                sentence(ui, cx.theme, "The history is hidden while it is hidden who said what.");
                return header::show(ui, cx, &mut review.header, &current);
            }
            history::show(ui, cx, current.detail.map_or(&[][..], |d| &d.history));
            header::show(ui, cx, &mut review.header, &current);
        });
    });
}

fn banner(ui: &mut egui::Ui, theme: &Theme, text: &str) {
    let frame = Frame::new()
        .fill(theme.wash(theme.warning, 0.12))
        .stroke(egui::Stroke::new(1.0, theme.wash(theme.warning, 0.5)))
        .corner_radius(radius::M)
        .inner_margin(Margin::symmetric(10, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(widgets::body(theme, text)).wrap());
    });
    ui.add_space(space::S);
}

/// Says what changing this image's label would do.
fn test_image(ui: &mut egui::Ui, theme: &Theme) {
    let frame = Frame::new()
        .fill(theme.wash(theme.accent, 0.10))
        .stroke(egui::Stroke::new(1.0, theme.wash(theme.accent, 0.45)))
        .corner_radius(radius::M)
        .inner_margin(Margin::symmetric(10, 7));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        let text = "Test image: it measures models. Changing its label or boxes changes the yardstick.";
        ui.add(Label::new(widgets::caption(theme, text).color(theme.text)).wrap());
    });
    ui.add_space(space::S);
}

fn sentence(ui: &mut egui::Ui, theme: &Theme, text: impl Into<String>) {
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
}

fn model_says(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    let project = current.project;
    let theme = cx.theme;
    widgets::section_with(ui, theme, "The model says", |_| {});
    learned::show(ui, theme, current);
    if project.threshold.is_some() {
        return box_review::model_says(ui, cx, review, current);
    }
    let waiting = project.models.iter().find(|model| model.record.status == ModelStatus::Candidate);
    if let Some(model) = waiting.filter(|_| project.active.is_none()) {
        sentence(
            ui,
            theme,
            format!(
                "{} is trained and waits. Once it is promoted, its predictions are shown here.",
                model.record.card.name
            ),
        );
        let button = Button::new("Compare").tooltip(cx.tooltip(Action::GoTo(Screen::Evaluate)));
        if button.ui(ui, theme).clicked() {
            cx.push(Action::GoTo(Screen::Evaluate));
        }
        return;
    }
    if project.active.is_none() {
        sentence(ui, theme, "No model yet. Train one on the labels there are, and its predictions are shown here.");
        let button = Button::new("Train a model").tooltip(cx.tooltip(Action::GoTo(Screen::Train)));
        if button.ui(ui, theme).clicked() {
            cx.push(Action::GoTo(Screen::Train));
        }
        return;
    }
    let Some(probabilities) = current.probabilities().filter(|p| !p.is_empty()) else {
        let known = current.row.predicted.is_some() || findings::is_on_its_way(current.row);
        let waiting = current.detail.is_none() && known;
        sentence(ui, theme, if waiting { "…" } else { "It has not seen this image yet." });
        return;
    };
    if let Some(answered) = current.answered() {
        let (known, reviewed) = (current.findings(), current.is_reviewed());
        let mut text = findings::verdict(&answered, &known, reviewed, &project.classes);
        text.push_str(&findings::doubt(&current.unsure(), &project.classes));
        text.push_str(&heat_inside(review, current));
        sentence(ui, theme, text);
        if review.heat_is_on() {
            map::show(ui, cx, review, current);
        }
        return;
    }
    let top = project.class_thresholds.called(probabilities);
    let shown = likeliest(probabilities, BARS);
    let names: Vec<String> = shown.iter().map(|(class, _)| project.classes.name(*class)).collect();
    let name_width = ProbabilityBar::name_width(ui, names.iter().map(String::as_str), 128.0);
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for ((class, value), name) in shown.iter().zip(&names) {
            let color = widgets::class_color(theme, &project.classes, *class);
            let bar = ProbabilityBar { name, value: *value, color, leading: Some(*class) == top, name_width };
            if bar.ui(ui, theme).on_hover_text(format!("Heat map of {name}")).clicked() {
                review.heat.shown = true;
                review.heat.first.class = (Some(*class) != top).then_some(*class);
            }
        }
    });
    let doubt = project.answers.and_then(|rule| not_sure(probabilities, rule, &project.classes));
    let doubt = doubt.or_else(|| below_all(&project.class_thresholds, probabilities));
    let mut text = verdict(&project.classes, &project.class_thresholds, probabilities, (current.label(), doubt));
    if probabilities.len() > shown.len() {
        text.insert_str(0, &format!("{} more are less likely. ", probabilities.len() - shown.len()));
    }
    text.push_str(&heat_inside(review, current));
    ui.add_space(2.0);
    sentence(ui, theme, text);
    if review.heat_is_on() {
        map::show(ui, cx, review, current);
    }
}

/// How much of the heat lies inside readers' boxes, where there are both.
fn heat_inside(review: &ReviewState, current: &Current<'_>) -> String {
    let Some(share) = review.canvas.heat_share() else { return String::new() };
    let boxes = current.detail.map_or(0, |d| d.annotation.boxes.len());
    let inside = if boxes == 1 { "your box" } else { "your boxes" };
    format!(" {:.0} % of the heat lies inside {inside}.", share * 100.0)
}

/// The classes to show, in the order of the class list; where there are too many, the likeliest.
fn likeliest(probabilities: &[f32], most: usize) -> Vec<(usize, f32)> {
    let mut all: Vec<(usize, f32)> = probabilities.iter().copied().enumerate().collect();
    if all.len() > most {
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all.truncate(most);
        all.sort_by_key(|(class, _)| *class);
    }
    all
}

/// How sure the model is, with its doubt where it is not sure, and whether that is what the label says, in words.
fn verdict(
    classes: &ClassList,
    thresholds: &ClassThresholds,
    probabilities: &[f32],
    (label, doubt): (Option<usize>, Option<String>),
) -> String {
    let Some(top) = thresholds.called(probabilities) else { return String::new() };
    let value = |class: usize| probabilities.get(class).copied().unwrap_or_default();
    let second = (0..probabilities.len()).filter(|&c| c != top).max_by(|&a, &b| value(a).total_cmp(&value(b)));
    let (first, p) = (classes.name(top), value(top));
    let undecided = thresholds.is_empty() && stated::undecided(probabilities).is_some();
    let sure = match second {
        _ if let (Some(threshold), [_, p]) = (thresholds.of(1), probabilities) => {
            format!("Called {first}: {} is called from {threshold:.2} on, and here it is {p:.2}.", classes.name(1))
        }
        _ if !thresholds.is_empty() => by_thresholds(classes, thresholds, probabilities, top),
        Some(second) if undecided => format!("Undecided between {first} and {}.", classes.name(second)),
        _ if p >= 0.95 => format!("Almost certain: {first}."),
        _ if p >= 0.8 => format!("Fairly sure: {first}."),
        Some(second) => format!("Leans to {first}; {} is possible.", classes.name(second)),
        None => format!("{first}."),
    };
    // Whoever is not sure is not almost certain.
    let sure = match doubt {
        Some(doubt) if !thresholds.is_empty() => format!("{doubt} {sure}"),
        Some(doubt) => doubt,
        None => sure,
    };
    match label {
        Some(label) if label == top && !undecided => format!("{sure} The label agrees."),
        Some(label) => format!("{sure} The label says {}.", classes.name(label)),
        None => sure,
    }
}

/// Why one of more than two classes is called, where some have thresholds of their own.
fn by_thresholds(classes: &ClassList, thresholds: &ClassThresholds, probabilities: &[f32], called: usize) -> String {
    let p = |class: usize| probabilities.get(class).copied().unwrap_or_default();
    let (name, own) = (classes.name(called), thresholds.of(called));
    match own {
        Some(threshold) if f64::from(p(called)) >= threshold => {
            format!("Called {name}: it is called from {threshold:.2} on, and here it is {:.2}.", p(called))
        }
        Some(threshold) => format!("{name} is the most probable with {:.2}, called from {threshold:.2} on.", p(called)),
        None => match (0..probabilities.len()).find(|class| *class != called && p(*class) > p(called)) {
            Some(more) => format!(
                "Called {name}: {} is more probable with {:.2}, but called from {:.2} on only.",
                classes.name(more),
                p(more),
                thresholds.of(more).unwrap_or_default()
            ),
            None => format!("Called {name}: no class with a threshold reaches its own."),
        },
    }
}

/// That no class is likely enough, where every one has a threshold.
fn below_all(thresholds: &ClassThresholds, probabilities: &[f32]) -> Option<String> {
    thresholds.is_unsure(probabilities).then(|| "Not sure: no class reaches its threshold.".to_owned())
}

fn your_label(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    let theme = cx.theme;
    let label = current.label();
    let read_only = current.fixed();
    let writable = read_only.is_none();
    // What is in force may be another's word or an import's.
    let heading = if current.project.reading.is_own() { "Your label" } else { "Label" };
    let cleared = widgets::section_with(ui, theme, heading, |ui| {
        let shown = label.is_some() && writable;
        let tooltip = cx.tooltip(ReviewAction::Unlabel);
        let button = Button::new("Clear").name("Clear the label").style(ButtonStyle::Link);
        shown && button.ui(ui, theme).on_hover_text(tooltip).clicked()
    });
    if cleared {
        cx.push(ReviewAction::Unlabel);
    }
    ui.scope(|ui| {
        if !writable {
            ui.disable();
        }
        classes(ui, cx, (current, &mut review.thumbnails), label, read_only.as_deref());
        confirm(ui, cx, review, current, read_only.as_deref());
    });
    how_it_stands(ui, cx, review, current);
    marks_line(ui, cx, review, current);
}

/// The button that does what Enter does, and where the model says something else, the one that takes its word.
fn confirm(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    review: &ReviewState,
    current: &Current<'_>,
    read_only: Option<&str>,
) {
    let theme = cx.theme;
    let classes = &current.project.classes;
    let stated = review.stated(current);
    let text = match &stated {
        _ if let Some(text) = reading::enter(current) => text.to_owned(),
        Ok(stated) => stated.button(classes, !review.stay),
        Err(_) => stated::empty_button(!review.stay),
    };
    let why = read_only.or(stated.as_ref().err().copied()).unwrap_or_default();
    let key = cx.key(ReviewAction::Accept);
    let button = Button::new(&text).style(ButtonStyle::Lead).key(key).width(ui.available_width()).height(34.0);
    let response = ui
        .add_enabled_ui(stated.is_ok(), |ui| button.ui(ui, theme))
        .inner
        .on_hover_text(cx.tooltip(ReviewAction::Accept));
    if response.on_disabled_hover_text(why).clicked() {
        cx.push(ReviewAction::Accept);
    }
    if let Some(offer) = review.offer(current) {
        let (text, key) = (offer.button(classes), cx.key(ReviewAction::TakeModels));
        let button = Button::new(&text).style(ButtonStyle::Answer).key(key).width(ui.available_width()).height(30.0);
        let response = button.ui(ui, theme);
        let response = response.on_hover_text(format!("{text}. {}", cx.tooltip(ReviewAction::TakeModels)));
        if response.on_disabled_hover_text(why).clicked() {
            cx.push(ReviewAction::TakeModels);
        }
    }
}

/// The sentence under the buttons.
fn how_it_stands(ui: &mut egui::Ui, cx: &PanelContext<'_>, review: &ReviewState, current: &Current<'_>) {
    let key = cx.keymap.key_text(&ReviewAction::Accept.into()).unwrap_or_else(|| "The button".to_owned());
    let key = current.may_change().then_some(key.as_str());
    let text = match review.stated(current) {
        Ok(_) if current.project.reading.is_own() => reading::stands(current).to_owned(),
        Ok(stated) => stated.sentence(current, key),
        Err(why) => why.to_owned(),
    };
    sentence(ui, cx.theme, text);
}

/// The flag, and whether the next image comes by itself.
fn marks_line(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &ReviewState, current: &Current<'_>) {
    let theme = cx.theme;
    let read_only = current.fixed();
    let writable = read_only.is_none();
    ui.horizontal(|ui| {
        let flagged = current.detail.map_or(current.row.flagged, |d| d.annotation.flagged);
        let button =
            Button::new(if flagged { "Flagged" } else { "Flag" }).name("Flag").style(ButtonStyle::Tool).on(flagged);
        let button = button.glyph(Glyph::Flag, theme.warning).key(cx.key(ReviewAction::ToggleFlag));
        let flag = ui.add_enabled_ui(writable, |ui| button.ui(ui, theme));
        let flag = flag.inner.on_hover_text(cx.tooltip(ReviewAction::ToggleFlag));
        if flag.on_disabled_hover_text(read_only.as_deref().unwrap_or_default()).clicked() {
            cx.push(ReviewAction::ToggleFlag);
        }
        let key = ui.add_enabled_ui(writable, |ui| {
            Button::of_glyph(Glyph::Star, "Key image").on(current.is_key()).ui(ui, theme)
        });
        let key = key.inner.on_hover_text(cx.tooltip(ReviewAction::ToggleKey));
        if key.on_disabled_hover_text(read_only.as_deref().unwrap_or_default()).clicked() {
            cx.push(ReviewAction::ToggleKey);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut goes_on = !review.stay;
            let text = widgets::caption(theme, "Auto-advance");
            let response = ui.checkbox(&mut goes_on, text).on_hover_text(cx.tooltip(ReviewAction::ToggleAutoAdvance));
            if response.changed() {
                cx.push(ReviewAction::ToggleAutoAdvance);
            }
        });
    });
}

/// A class's name, with what it means where somebody said so.
fn meaning(class: &Class) -> String {
    if class.description.is_empty() { class.name.clone() } else { format!("{}: {}", class.name, class.description) }
}

fn classes(
    ui: &mut egui::Ui,
    cx: &mut PanelContext<'_>,
    (current, thumbnails): (&Current<'_>, &mut widgets::ThumbnailCache),
    label: Option<usize>,
    read_only: Option<&str>,
) {
    let classes = &current.project.classes.classes;
    if classes.is_empty() {
        sentence(ui, cx.theme, "The project has no classes: name them on the Data screen.");
        return;
    }
    let longest = classes.iter().map(|c| c.name.chars().count()).max().unwrap_or(0);
    let columns = match (classes.len(), longest) {
        (1, _) => 1,
        (n, 0..=2) => n.clamp(1, 5),
        (n, 3..=7) if n > 2 => 3,
        _ => 2,
    };
    let width = (ui.available_width() - space::S * (columns - 1) as f32) / columns as f32;
    let in_order: Vec<(usize, &Class)> = current.project.classes_in_order().collect();
    for chunk in in_order.chunks(columns) {
        ui.horizontal(|ui| {
            for &(index, class) in chunk {
                let action = ReviewAction::Label(index);
                let (key, name) = (cx.key(action), format!("Label {}", class.name));
                let button =
                    Button::new(&class.name).name(name).style(ButtonStyle::Answer).key(key).on(label == Some(index));
                let response = button.width(width).height(36.0).ui(ui, cx.theme);
                let about = meaning(class);
                let response = example::hover(response, cx, thumbnails, current.project, (index, &about))
                    .on_disabled_hover_text(read_only.unwrap_or_default());
                if response.clicked() {
                    cx.push(action);
                }
            }
        });
    }
}

fn note(ui: &mut egui::Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    widgets::section_with(ui, cx.theme, "Note", |_| {});
    let writable = current.may_change();
    let Some(detail) = current.detail else {
        ui.add_enabled(false, TextEdit::multiline(&mut String::new()).desired_rows(2).desired_width(f32::INFINITY))
            .accessible_name("Note");
        return;
    };
    let text = review.note.text(detail.image, &detail.annotation.note);
    let edit = TextEdit::multiline(text)
        .id_salt("note")
        .hint_text("Add a note…")
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .margin(Margin::symmetric(10, 8))
        .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
    let response = widgets::named(ui.add_enabled(writable, edit), "Note");
    widgets::give_keyboard(&response, &mut review.note.focus);
    let done = response.has_focus() && ui.input(|i| i.key_pressed(Key::Enter) && i.modifiers.is_none());
    if done {
        response.surrender_focus();
    }
    if done || response.lost_focus() {
        review.commit_note(cx.commands, cx.view);
    }
    if response.has_focus() {
        sentence(ui, cx.theme, "Enter keeps it, Shift Enter begins a line.");
    }
    response.on_disabled_hover_text(current.fixed().unwrap_or_default());
}

/// A small cross that removes something.
fn remove(ui: &mut egui::Ui, theme: &Theme, name: &str) -> egui::Response {
    Button::of_glyph(Glyph::Cross, name).on(false).ui(ui, theme)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> ClassList {
        ClassList::from_names(&["0", "1", "2"], true).expect("names")
    }

    #[test]
    fn the_verdict_says_how_sure_and_whether_the_label_agrees() {
        let table = [
            (vec![0.52, 0.48, 0.0], None, "Undecided between 0 and 1."),
            (vec![0.52, 0.48, 0.0], Some(0), "Undecided between 0 and 1. The label says 0."),
            (vec![0.01, 0.98, 0.01], Some(1), "Almost certain: 1. The label agrees."),
            (vec![0.1, 0.85, 0.05], Some(0), "Fairly sure: 1. The label says 0."),
            (vec![0.6, 0.3, 0.1], Some(9), "Leans to 0; 1 is possible. The label says class 9."),
            (vec![1.0], None, "Almost certain: 0."),
            (vec![], Some(1), ""),
        ];
        for (probabilities, label, expected) in table {
            assert_eq!(verdict(&classes(), ClassThresholds::NONE, &probabilities, (label, None)), expected);
        }
        let doubt = || Some("Not sure: a or b.".to_owned());
        let unsure = verdict(&classes(), ClassThresholds::NONE, &[0.97, 0.03], (None, doubt()));
        assert_eq!(unsure, "Not sure: a or b.", "whoever is not sure is not almost certain");
        assert!(
            verdict(&classes(), &ClassThresholds::of_second(Some(0.3)), &[0.6, 0.4], (None, doubt()))
                .starts_with("Not sure: a or b. Called ")
        );
        let called = verdict(&classes(), &ClassThresholds::of_second(Some(0.3)), &[0.6, 0.4], (Some(1), None));
        assert_eq!(called, "Called 1: 1 is called from 0.30 on, and here it is 0.40. The label agrees.");
    }

    #[test]
    fn of_many_classes_the_likeliest_are_shown_in_the_list_s_order() {
        assert_eq!(likeliest(&[0.1, 0.5, 0.0, 0.4], 2), [(1, 0.5), (3, 0.4)]);
        assert_eq!(likeliest(&[0.3, 0.7], 7).len(), 2);
        assert!(likeliest(&[f32::NAN, 0.1, 0.2], 2).len() == 2);
    }
}
