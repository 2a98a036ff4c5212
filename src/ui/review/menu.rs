//! The menu of an image or of several chosen ones: the same in the queue, in the grid and on the bar that counts them.

use super::state::ReviewState;
use crate::domain::{Class, Presence, Split};
use crate::session::{ProjectView, RowFindings};
use crate::ui::action::{Grid, ManyAction, ReviewAction};
use crate::ui::context::PanelContext;
use crate::ui::fonts;
use crate::ui::phrases::thousands;
use crate::ui::theme::radius;
use crate::ui::widgets;
use egui::{CornerRadius, Event, Modifiers, PointerButton, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

const WIDTH: f32 = 280.0;
/// The most that its list is high before it scrolls.
const HIGHEST: f32 = 640.0;
/// Why what would tell or change the words of others cannot be done.
const OWN: &str = "Not while you read without the others.";

/// A line of the menu: what it says, what it asks for, or why that makes no sense here.
struct Line {
    text: String,
    action: ReviewAction,
    problem: Option<&'static str>,
}

/// Shows what can be done to the chosen images; a press closes it.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, review: &ReviewState, project: &ProjectView) {
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 1.0;
    let count = review.chosen(project).len();
    let heading = if count == 1 { "1 image".to_owned() } else { format!("{} images", thousands(count)) };
    ui.label(widgets::caption(cx.theme, heading));
    let highest = (ui.ctx().content_rect().height() - 64.0).min(HIGHEST);
    widgets::menu_scroll(highest).show(ui, |ui| {
        let example = if count == 1 { examples(review, project) } else { Vec::new() };
        let parts = [labels(project), others(review, project, count), example, places(project)];
        for part in parts.iter().filter(|part| !part.is_empty()) {
            ui.separator();
            part.iter().for_each(|line| show_line(ui, cx, line));
        }
    });
}

fn labels(project: &ProjectView) -> Vec<Line> {
    let read_only = project.read_only.as_ref().map(|_| "The project is open read-only.");
    let of_boxes = project.is_about_boxes() && !project.classes.findings;
    let why = "Here boxes have classes, and images have none.";
    let line = |(place, name): (usize, String)| {
        let text = match (project.classes.findings, project.classes.is_negative(place)) {
            (true, true) => format!("{name}: no finding"),
            (true, false) => format!("{name} present, again absent"),
            (false, _) => format!("Label {name}"),
        };
        Line { text, action: ReviewAction::Label(place), problem: read_only.or(of_boxes.then_some(why)) }
    };
    project.classes_in_order().map(|(place, class)| line((place, class.name.clone()))).collect()
}

/// What makes the image an example of a class: of those it is said to be of, and where nothing is said, of any.
fn examples(review: &ReviewState, project: &ProjectView) -> Vec<Line> {
    let read_only = project.read_only.as_ref().map(|_| "The project is open read-only.");
    let row = review.image().and_then(|image| project.rows.iter().find(|row| row.id == image));
    let Some(row) = row else { return Vec::new() };
    let boxes = project.detail.as_deref().filter(|detail| detail.image == row.id);
    let said = |place: usize| {
        let present = |findings: &RowFindings| findings.get(place).known == Some(Presence::Present);
        row.label.map(usize::from) == Some(place)
            || row.findings.as_ref().is_some_and(present)
            || boxes.is_some_and(|detail| detail.annotation.boxes.iter().any(|one| one.class == place))
    };
    let any = project.classes_in_order().any(|(place, _)| said(place));
    let line = |(place, class): (usize, &Class)| {
        let is = project.class_looks.example(place) == Some(row.id);
        let verb = if is { "No longer the example of" } else { "Use as example of" };
        let problem = read_only.or(own(project));
        Line { text: format!("{verb} {}", class.name), action: ReviewAction::Example(place), problem }
    };
    project.classes_in_order().filter(|(place, _)| !any || said(*place)).map(line).collect()
}

fn own(project: &ProjectView) -> Option<&'static str> {
    project.reading.is_own().then_some(OWN)
}

fn others(review: &ReviewState, project: &ProjectView, count: usize) -> Vec<Line> {
    let read_only = project.read_only.as_ref().map(|_| "The project is open read-only.");
    let of_one_class = !project.is_about_boxes() && !project.classes.findings;
    let no_none = "Images here have one class: there is no \u{201c}nothing\u{201d}.";
    let not_grid = "It is for the grid: press L.";
    let line = |text: &str, action, problem: Option<&'static str>| Line {
        text: text.to_owned(),
        action,
        problem: read_only.or(problem),
    };
    let confirm = if project.reading.is_own() { "Confirm" } else { "Confirm, else take the model's" };
    let mut all = vec![
        line(confirm, ReviewAction::Accept, None),
        line("Nothing here", ReviewAction::NothingHere, of_one_class.then_some(no_none)),
        line("Flag, again unflag", ReviewAction::ToggleFlag, None),
        line("Key image, again none", ReviewAction::ToggleKey, None),
        line("Take the label away", ReviewAction::Unlabel, None),
    ];
    let own = "Sign-offs are not shown in a reading of your own.";
    let own = project.reading.is_own().then_some(own);
    // There is room for few lines: what makes no sense is left out.
    let signed = review.signed_of(project).len();
    if signed < count {
        all.push(line("Sign off", ReviewAction::SignOff, own));
    }
    if signed > 0 {
        all.push(line("Reopen\u{2026}", ReviewAction::Reopen, None));
    }
    if count == 1 {
        let problem = (review.grid == Grid::One).then_some(not_grid);
        all.push(line("Confirm the whole page", ReviewAction::Many(ManyAction::AcceptPage), problem));
        if problem.is_none() {
            all.push(line("Sign off the whole page", ReviewAction::Many(ManyAction::SignOffPage), own));
        }
    }
    all
}

fn places(project: &ProjectView) -> Vec<Line> {
    let read_only = project.read_only.as_ref().map(|_| "The project is open read-only.");
    let running = project.training.as_ref().is_some_and(|training| training.running);
    let waits = running.then_some("A run is in progress, and the splits decide what it may see.");
    let to = |split: Split| Line {
        text: format!("Move to the {} split", split.name()),
        action: ReviewAction::Many(ManyAction::Move(split)),
        problem: read_only.or(own(project)).or(waits),
    };
    let export = Line {
        text: "Export labels as CSV\u{2026}".to_owned(),
        action: ReviewAction::Many(ManyAction::Export),
        problem: own(project),
    };
    let all = Line {
        text: "Choose all of the filter".to_owned(),
        action: ReviewAction::Many(ManyAction::ChooseAll),
        problem: None,
    };
    let no_model = (project.active.is_none() || project.threshold.is_some())
        .then_some("Only a model that says classes or findings compares images.");
    let similar =
        Line { text: "Similar images".to_owned(), action: ReviewAction::Similar, problem: own(project).or(no_model) };
    Split::ALL.into_iter().map(to).chain([export, all, similar]).collect()
}

fn show_line(ui: &mut Ui, cx: &mut PanelContext<'_>, line: &Line) {
    let theme = cx.theme;
    let ink = if line.problem.is_some() { theme.faint } else { theme.text };
    let key = cx.key(line.action);
    let key = ui.painter().layout_no_wrap(key, fonts::regular(fonts::SMALL), theme.muted);
    let room = WIDTH - 24.0 - key.size().x;
    let text = widgets::elided(ui.painter(), &line.text, fonts::regular(fonts::BODY), ink, room);
    let why = line
        .problem
        .map(|why| widgets::elided(ui.painter(), why, fonts::regular(fonts::SMALL), theme.faint, WIDTH - 16.0));
    let height = if why.is_some() { 40.0 } else { 26.0 };
    let sense = if why.is_some() { Sense::hover() } else { Sense::click() };
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, height), sense);
    let spoken = line.problem.map_or_else(|| line.text.clone(), |why| format!("{}. {why}", line.text));
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, line.problem.is_none(), &spoken));
    if why.is_none() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, CornerRadius::same(radius::S), theme.hover);
    }
    widgets::line(ui.painter(), rect.left() + 8.0, rect.top() + 13.0, text);
    let at = rect.right_top() + Vec2::new(-8.0 - key.size().x, 13.0 - key.size().y / 2.0);
    ui.painter().galley(at, key, theme.muted);
    if let Some(why) = why {
        widgets::line(ui.painter(), rect.left() + 8.0, rect.top() + 30.0, why);
    }
    if response.clicked() {
        cx.push(line.action);
        ui.close();
    }
}

/// What was held when the button was let go: by the end of a slow frame it may be let go too.
pub(super) fn held(ui: &Ui) -> Modifiers {
    ui.input(|input| {
        let released = input.events.iter().rev().find_map(|event| match event {
            Event::PointerButton { button: PointerButton::Primary, pressed: false, modifiers, .. } => Some(*modifiers),
            _ => None,
        });
        released.unwrap_or(input.modifiers)
    })
}
