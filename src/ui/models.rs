//! The Models screen: every model with where it comes from and how it does; promote, roll back, discard, export.

mod about;
mod adding;

use super::action::{Action, Screen};
use super::context::PanelContext;
use super::evaluate::{decide, since, status_tag};
use super::fonts;
use super::phrases::{self, figure, short_hash};
use super::theme::{radius, space};
use super::widgets::{self, Button, ButtonStyle};
use crate::domain::recipe::{Greys, Head};
use crate::domain::{ClassificationReport, ModelCard, ModelId};
use crate::session::{ModelRow, ProjectCommand, ProjectView};
use egui::{CornerRadius, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo};
use std::path::Path;

/// What the screen remembers: the model whose details are shown, and what is said of a file that is to become one.
#[derive(Default)]
pub struct State {
    chosen: Option<ModelId>,
    adding: adding::State,
    about: about::State,
}

impl State {
    /// A file is chosen to become a model: what was said was of another.
    pub fn begin_adding(&mut self) {
        self.adding = adding::State::default();
    }

    /// A file says how pictures were prepared for the weights that are looked at.
    pub fn prepare_as(&mut self, file: &Path) {
        self.adding.prepare_as(file);
    }
}

/// Shows it.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, state: &mut State) {
    let theme = cx.theme;
    let known = |id: &ModelId| project.models.iter().any(|m| m.record.id == *id);
    let first = project.active.filter(known).or(project.models.first().map(|m| m.record.id));
    let chosen = state.chosen.filter(known).or(first);
    let frame = egui::Frame::new().inner_margin(egui::Margin::symmetric(22, 20));
    widgets::screen_scroll("models").show(ui, |ui| {
        frame.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = space::L;
            match &project.weights {
                Some(weights) => adding::show(ui, cx, project, weights, &mut state.adding),
                None => state.adding = adding::State::default(),
            }
            if project.models.is_empty() {
                widgets::card(ui, theme, |ui| {
                    ui.label(widgets::heading(theme, "No model yet"));
                    ui.label(widgets::caption(
                        theme,
                        "Models you train are kept here, with what they began with and their figures.",
                    ));
                    ui.horizontal(|ui| {
                        if Button::new("Go to Train").style(ButtonStyle::Primary).ui(ui, theme).clicked() {
                            cx.push(Action::GoTo(Screen::Train));
                        }
                        adding::choose(ui, cx);
                    });
                });
                return;
            }
            widgets::card(ui, theme, |ui| {
                widgets::section_with(ui, theme, "Models", |ui| adding::choose(ui, cx));
                ui.add_space(space::XS);
                list(ui, cx, project, chosen, state);
            });
            if let Some(row) = chosen.and_then(|id| project.models.iter().find(|m| m.record.id == id)) {
                widgets::card(ui, theme, |ui| details(ui, cx, project, row, &mut state.about));
            }
        });
    });
}

/// Left edges of the columns as shares of the width.
const COLUMNS: [(&str, f32); 6] =
    [("Name", 0.0), ("Made", 0.30), ("Parent", 0.40), ("Data", 0.53), ("Test", 0.61), ("", 0.78)];
/// Where there is no room for these: name and test, and under them when it was made and what can be done with it.
const NARROW_COLUMNS: [(&str, f32); 2] = [("Name", 0.0), ("Test", 0.62)];
/// Below this width the list has two lines a model.
const NARROW: f32 = 720.0;
const LINE: f32 = 40.0;

fn columns(width: f32) -> &'static [(&'static str, f32)] {
    if width < NARROW { &NARROW_COLUMNS } else { &COLUMNS }
}

/// Where a part of a model's line lies, by its place in [`COLUMNS`]; `None` where there is no room for it.
fn place(rect: Rect, index: usize) -> Option<Rect> {
    let at = |left: f32, right: f32, line: usize| {
        let size = Vec2::new((right - left) * rect.width() - 12.0, LINE);
        let corner = egui::pos2(rect.left() + 8.0 + left * rect.width(), rect.top() + line as f32 * (LINE - 6.0));
        Rect::from_min_size(corner, size)
    };
    if rect.width() >= NARROW {
        let left = COLUMNS.get(index)?.1;
        return Some(at(left, COLUMNS.get(index + 1).map_or(1.0, |column| column.1), 0));
    }
    match index {
        0 => Some(at(0.0, 0.62, 0)),
        1 => Some(at(0.0, 0.3, 1)),
        4 => Some(at(0.62, 1.0, 0)),
        5 => Some(at(0.3, 1.0, 1)),
        _ => None,
    }
}

fn list(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, chosen: Option<ModelId>, state: &mut State) {
    let theme = cx.theme;
    let width = ui.available_width();
    ui.spacing_mut().item_spacing.y = 0.0;
    let (head, _) = ui.allocate_exact_size(Vec2::new(width, 24.0), Sense::empty());
    for (title, share) in columns(width) {
        let galley = ui.painter().layout_no_wrap((*title).to_owned(), fonts::regular(12.0), theme.muted);
        let at = egui::pos2(head.left() + 8.0 + share * width, head.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.muted);
    }
    for row in project.models.iter() {
        line(ui, cx, project, row, chosen == Some(row.record.id), state);
    }
}

fn line(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    row: &ModelRow,
    chosen: bool,
    state: &mut State,
) {
    let theme = cx.theme;
    let record = &row.record;
    let width = ui.available_width();
    let height = if width < NARROW { 2.0 * LINE - 6.0 } else { LINE };
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &record.card.name));
    let response = match since(project, record.id) {
        Some(since) => response.on_hover_text(format!("{since}: evaluate it again")),
        None => response,
    };
    if chosen || ui.rect_contains_pointer(rect) {
        let fill = if chosen { theme.raised } else { theme.wash(theme.raised, 0.6) };
        ui.painter().rect_filled(rect, CornerRadius::same(radius::S), fill);
    }
    if response.has_focus() {
        widgets::focus_ring(ui, theme, rect.shrink(2.0), radius::S);
    }
    ui.painter().hline(rect.x_range(), rect.top(), theme.hairline());
    if response.clicked() {
        state.chosen = Some(record.id);
    }
    let texts = [
        row.created.clone(),
        row.parent_name.clone().unwrap_or_else(|| "–".into()),
        short_hash(&record.card.data_digest),
        record.test.as_ref().map_or_else(|| "–".into(), main_figure),
    ];
    for (index, text) in texts.into_iter().enumerate() {
        let Some(part) = place(rect, index + 1) else { continue };
        let color = if index == 3 { theme.text } else { theme.muted };
        let mut job = egui::text::LayoutJob::simple_singleline(text, fonts::regular(13.0), color);
        job.wrap = egui::text::TextWrapping::truncate_at_width(part.width().max(0.0));
        let galley = ui.painter().layout_job(job);
        // With what became of the test images under it.
        let up = if index == 3 && since(project, record.id).is_some() { 7.0 } else { 0.0 };
        ui.painter().galley(egui::pos2(part.left(), part.center().y - galley.size().y / 2.0 - up), galley, color);
    }
    if let (Some(since), Some(part)) = (since(project, record.id), place(rect, 4)) {
        let mut job = egui::text::LayoutJob::simple_singleline(since, fonts::regular(fonts::SMALL), theme.warning);
        job.wrap = egui::text::TextWrapping::truncate_at_width(part.width().max(0.0));
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(egui::pos2(part.left(), part.center().y + 4.0), galley, theme.warning);
    }
    let name_at = place(rect, 0).unwrap_or(rect);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    {
        let ui = &mut ui.new_child(UiBuilder::new().max_rect(name_at).layout(layout));
        ui.add(egui::Label::new(widgets::strong(theme, &*record.card.name)).truncate());
        status_tag(ui, cx, project, record.id);
        match &row.problem {
            _ if record.deleted => drop(widgets::tag(ui, theme, "in the bin", theme.muted)),
            Some(problem) => drop(widgets::tag(ui, theme, "unusable", theme.error).on_hover_text(problem)),
            None => {}
        }
    }
    let buttons = place(rect, 5).unwrap_or(rect).with_max_x(rect.right() - 8.0);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    let ui = &mut ui.new_child(UiBuilder::new().max_rect(buttons).layout(layout));
    if record.deleted { about::restore(ui, cx, project, row) } else { decide(ui, cx, project, record.id) }
}

fn details(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, row: &ModelRow, about: &mut about::State) {
    let theme = cx.theme;
    let card = &row.record.card;
    widgets::with_buttons(ui, |ui, buttons| {
        if !buttons {
            ui.label(widgets::heading(theme, &*card.name));
            status_tag(ui, cx, project, row.record.id);
            return;
        }
        {
            if Button::new("Export…").name(format!("Export {}", card.name)).ui(ui, theme).clicked() {
                cx.push(Action::ExportModel(row.record.id));
            }
            let tip = "What it is, what it learned from and how it does, as Markdown";
            let write = Button::new("Model card…").name(format!("Write the card of {}", card.name));
            if write.tooltip(tip).ui(ui, theme).clicked() {
                cx.push(Action::ExportCard(row.record.id));
            }
            let evaluate = Button::new("Evaluate").name(format!("Evaluate {}", card.name));
            if evaluate.enabled(row.problem.is_none()).ui(ui, theme).clicked() {
                let active = project.active.filter(|a| *a != row.record.id);
                cx.send(ProjectCommand::Compare { candidate: row.record.id, active });
                cx.push(Action::GoTo(Screen::Evaluate));
            }
            about::delete(ui, cx, project, row);
        }
    });
    if let Some(problem) = &row.problem {
        ui.add(egui::Label::new(widgets::body(theme, problem).color(theme.error)).wrap());
    }
    about::words(ui, cx, project, row, about);
    ui.add_space(space::S);
    let p = &card.preprocessing;
    let mut facts = vec![
        ("Network", card.architecture.name().to_owned()),
        ("Input", format!("{} × {} pixels, {}", p.width, p.height, if p.channels == 1 { "grey" } else { "colour" })),
        ("Classes", card.classes.names().join(", ")),
    ];
    if !card.data_digest.is_empty() {
        facts.push(("Data", format!("digest {}", short_hash(&card.data_digest))));
    }
    facts.extend(about::training(project, row));
    // Only of models that get something else than what is shown there is anything to know.
    if p.greys == Greys::FullDepth {
        facts.push(("Greys", p.greys.sentence().to_owned()));
    }
    facts.extend(of_elsewhere(card));
    if let Some(recipe) = &card.recipe {
        facts.push((
            "Recipe",
            format!(
                "{} · {} · batch {} · seed {}",
                recipe.title,
                phrases::count(recipe.epochs, "epoch at most", "epochs at most"),
                recipe.batch,
                recipe.seed
            ),
        ));
    }
    if let Some(test) = &row.record.test {
        facts.extend(test_figures(test));
        if let Some(since) = since(project, row.record.id) {
            facts.push(("", format!("{since}: evaluate again")));
        }
    }
    facts.push(("File", row.record.file.display().to_string()));
    egui::Grid::new("model facts").num_columns(2).spacing([24.0, 7.0]).min_row_height(16.0).show(ui, |ui| {
        for (name, value) in facts {
            ui.label(widgets::caption(theme, name));
            ui.add(egui::Label::new(widgets::body(theme, value)).wrap());
            ui.end_row();
        }
    });
}

/// What no recipe says of weights that were brought in: how pictures are prepared for them, and what their outputs are.
fn of_elsewhere(card: &ModelCard) -> Vec<(&'static str, String)> {
    if card.recipe.is_some() {
        return Vec::new();
    }
    let mut facts = vec![("Prepared", card.preprocessing.sentence())];
    match card.head() {
        Head::Classes => {}
        Head::Findings => facts.push(("Outputs", "one a finding, each with a sigmoid of its own".to_owned())),
        Head::Corn => {
            facts.push(("Outputs", "steps between grades, each given that its grade is reached (CORN)".to_owned()))
        }
        Head::Coral => facts.push(("Outputs", "steps between grades (CORAL)".to_owned())),
    }
    facts
}

/// The one figure by which models of a list are compared.
fn main_figure(test: &ClassificationReport) -> String {
    match (&test.detection, &test.findings) {
        (Some(boxes), _) => format!("mAP@0.5 {}", figure(boxes.map50)),
        (None, Some(findings)) => format!("mean AUROC {}", figure(findings.macro_auroc)),
        (None, None) => format!("accuracy {}", figure(Some(test.accuracy))),
    }
}

fn test_figures(test: &ClassificationReport) -> [(&'static str, String); 2] {
    let images = phrases::count(test.images, "image", "images");
    if let Some(boxes) = &test.detection {
        let averages = format!("mAP@0.5 {} · mAP@[.5:.95] {}", figure(boxes.map50), figure(boxes.map));
        let of = format!("{images}, {}", phrases::count(boxes.boxes, "box", "boxes"));
        let (precision, recall) = (figure(Some(boxes.precision)), figure(Some(boxes.recall)));
        let counted = format!("precision {precision} · sensitivity {recall} · F1 {}", figure(Some(boxes.f1)));
        return [
            ("Test", format!("{averages} on {of}")),
            ("Boxes", format!("{counted}, counted from a score of {:.2} on", boxes.threshold)),
        ];
    }
    if let Some(findings) = &test.findings {
        let of_each = findings.per_finding.iter().map(|(name, one)| format!("{name}: {}", figure(one.auroc)));
        let exact = figure(findings.exact_match);
        return [
            ("Test", format!("mean AUROC {} on {images} · exact match {exact}", figure(findings.macro_auroc))),
            ("AUROC", of_each.collect::<Vec<_>>().join(" · ")),
        ];
    }
    let recall = test.per_class.iter().map(|(name, m)| format!("{name}: {}", figure(m.recall)));
    [
        ("Test", format!("accuracy {} on {images} · AUROC {}", figure(Some(test.accuracy)), figure(test.auc))),
        ("Sensitivity", recall.collect::<Vec<_>>().join(" · ")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::recipe::{ClassifierArchitecture, Resize};
    use crate::domain::{Architecture, ClassList, Preprocessing, Recipe};

    #[test]
    fn a_model_of_findings_is_known_by_its_mean_auroc() {
        use crate::domain::{FindingMetrics, FindingsReport};
        let one = FindingMetrics { auroc: Some(0.75), ..FindingMetrics::default() };
        let findings = FindingsReport {
            macro_auroc: Some(0.875),
            exact_match: Some(0.5),
            per_finding: [("Mass".to_owned(), one)].into_iter().collect(),
            ..FindingsReport::default()
        };
        let test = ClassificationReport { images: 9, accuracy: 0.25, findings: Some(findings), ..Default::default() };
        assert_eq!(main_figure(&test), "mean AUROC 0.875");
        let [of_all, of_each] = test_figures(&test);
        assert_eq!(of_all, ("Test", "mean AUROC 0.875 on 9 images · exact match 0.500".to_owned()));
        assert_eq!(of_each, ("AUROC", "Mass: 0.750".to_owned()), "a grade's name is a figure, too");
    }

    #[test]
    fn how_pictures_are_prepared_is_told_of_weights_from_elsewhere_only() {
        let mut card = ModelCard {
            format: ModelCard::FORMAT,
            name: "theirs".into(),
            architecture: Architecture::from(ClassifierArchitecture::ResNet18),
            classes: ClassList::default(),
            preprocessing: Preprocessing::imagenet(Resize::ShorterSideThenCrop(256), 224),
            recipe: None,
            head: Some(Head::Coral),
            data_digest: String::new(),
            threshold: None,
            decided: None,
            created_ms: 0,
        };
        let told = of_elsewhere(&card);
        assert_eq!(told.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["Prepared", "Outputs"]);
        assert!(told[0].1.starts_with("the shorter side to 256 pixels (bilinear)") && told[1].1.contains("CORAL"));
        card.recipe = Some(Recipe::default());
        assert!(of_elsewhere(&card).is_empty());
    }
}
