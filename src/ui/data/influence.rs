//! What the model does to its readers: readings that were committed before it was revealed, and what became of them; what readers
//! who saw it all along did not leave; and how long an image is looked at.

use crate::domain::AnswerKind;
use crate::session::{
    Assisted, BoxFates, CountedPart, Influences, LearningCurve, MadeOf, OfReader, PlantedOf, Quartiles, TimesOf, Truths,
};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Cell, Column, Table, plot};
use egui::{Label, Ui};
use egui_plot::{AxisHints, Line, PlotPoints, Points};

const HEIGHT: f32 = 150.0;

/// Whether there is anything to show.
pub(super) fn is_there(found: &Influences) -> bool {
    !found.readers.is_empty() || !found.assisted.is_empty() || !found.planted.is_empty() || !found.times.is_empty()
}

/// Shows it; `chosen` is the reader whose times are drawn.
pub(super) fn show(ui: &mut Ui, cx: &PanelContext<'_>, found: &Influences, chosen: &mut usize) {
    let theme = cx.theme;
    widgets::section(ui, theme, "What the model does to its readers");
    if found.readers.is_empty() {
        caption(
            ui,
            theme,
            "No reading was committed before the model was revealed: \"Reveal after commit\" in the reader's menu makes such readings.",
        );
    } else {
        revealed(ui, theme, found);
    }
    if !found.assisted.is_empty() {
        assisted(ui, theme, &found.assisted);
    }
    if !found.planted.is_empty() {
        planted(ui, theme, &found.planted);
    }
    boxes(ui, theme, found);
    times(ui, theme, &found.times, chosen);
    ui.add_space(space::S);
    made_of(found.made_of).into_iter().for_each(|text| caption(ui, theme, text));
}

fn caption(ui: &mut Ui, theme: &Theme, text: impl Into<String>) {
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
}

/// The names of the readers and models at the left of a table, and columns of numbers.
fn columns<const N: usize>(titles: [&str; N]) -> Vec<Column> {
    let mut columns = vec![Column::left("Reader"), Column::left("Model")];
    columns.extend(titles.map(Column::right));
    columns
}

fn table(ui: &mut Ui, theme: &Theme, columns: Vec<Column>, rows: Vec<Vec<Cell>>) {
    Table { columns, rows, pressable: false, chosen: None }.ui(ui, theme);
}

fn who(reader: &str, model: &str) -> Vec<Cell> {
    let reader = if reader.is_empty() { "all" } else { reader };
    vec![Cell::strong(reader), Cell::new(model)]
}

fn revealed(ui: &mut Ui, theme: &Theme, found: &Influences) {
    caption(
        ui,
        theme,
        "Readings that were committed before the model was revealed, and what became of them. \"Misled\" is how often a wrong answer \
         was taken by a reader who had said something else (automation bias), \"gained\" the same of right ones; \"overridden\" is \
         how often the model's answer was not what the reader said in the end. In brackets 95 % intervals (Wilson).",
    );
    let together = found.models.iter().filter(|_| found.readers.len() > 1);
    let all: Vec<&OfReader> = found.readers.iter().chain(together).collect();
    let titles = ["Answers", "Agreed before", "Agreed after", "Took its answer", "Overridden"];
    let rows = all.iter().map(|one| {
        let of = &one.all;
        let mut cells = who(&one.reader, &one.model);
        cells.push(answers(one.asked, of.answers));
        let parts = [of.agreed_first, of.agreed_last, of.followed, of.overrides.overridden];
        cells.extend(parts.map(|part| Cell::new(share(part))));
        cells
    });
    table(ui, theme, columns(titles), rows.collect());
    if all.iter().any(|one| one.all.right_model.of > 0) {
        ui.add_space(space::S);
        caption(ui, theme, "Who was right, where the truth was settled by others than the reader.");
        let titles = ["Right before", "Right after", "Right: the model", "Gained", "Misled", "Truth"];
        let rows = all.iter().filter(|one| one.all.right_model.of > 0).map(|one| {
            let of = &one.all;
            let mut cells = who(&one.reader, &one.model);
            let parts = [of.right_first, of.right_last, of.right_model, of.gained, of.misled];
            cells.extend(parts.map(|part| Cell::new(share(part))));
            cells.push(Cell::new(truths(of.truths)));
            cells
        });
        table(ui, theme, columns(titles), rows.collect());
    }
    for one in found.readers.iter().filter(|one| !one.over_time.is_empty()) {
        let parts: Vec<String> = one.over_time.iter().map(|part| share(part.followed)).collect();
        caption(
            ui,
            theme,
            format!("{}, {}, took its answer over time: {}", one.reader, one.model, parts.join(", then ")),
        );
    }
}

fn planted(ui: &mut Ui, theme: &Theme, all: &[PlantedOf]) {
    ui.add_space(space::S);
    caption(
        ui,
        theme,
        "Automation bias by wrong answers that studies had planted: how often they were followed, and how often the model's own \
         answers, where the truth is known. The planted ones are in no other figure.",
    );
    let titles = ["Followed planted", "Followed wrong", "Followed right"];
    let rows = all.iter().map(|one| {
        let mut cells = who(&one.reader, &one.model);
        let of = one.followed;
        cells.extend([of.planted, of.wrong, of.right].map(|part| Cell::new(share(part))));
        cells
    });
    table(ui, theme, columns(titles), rows.collect());
}

fn assisted(ui: &mut Ui, theme: &Theme, all: &[Assisted]) {
    ui.add_space(space::S);
    caption(
        ui,
        theme,
        "With the model on screen all along: how often what a reader said last is not what the model says, and who was right there.",
    );
    let titles = ["Images", "Answers", "Overridden", "There right: reader", "There right: model", "Truth"];
    let rows = all.iter().map(|one| {
        let of = &one.overrides;
        let mut cells = who(&one.reader, &one.model);
        cells.extend([Cell::new(phrases::thousands(one.readings)), answers(one.asked, of.answers)]);
        cells.extend([of.overridden, of.reader_right, of.model_right].map(|part| Cell::new(share(part))));
        cells.push(Cell::new(truths(one.truths)));
        cells
    });
    table(ui, theme, columns(titles), rows.collect());
}

/// What became of a model's boxes.
fn boxes(ui: &mut Ui, theme: &Theme, found: &Influences) {
    let together = found.models.iter().filter(|_| found.readers.len() > 1);
    let revealed = found.readers.iter().chain(together).filter_map(|one| Some((one, one.boxes?)));
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (one, boxes) in revealed {
        rows.push(fates(&one.reader, &one.model, "before the reveal", boxes.before));
        rows.push(fates(&one.reader, &one.model, "after it", boxes.after));
    }
    let assisted = found.assisted.iter().filter_map(|one| Some((one, one.boxes?)));
    rows.extend(assisted.map(|(one, boxes)| fates(&one.reader, &one.model, "on screen all along", boxes)));
    if rows.is_empty() {
        return;
    }
    ui.add_space(space::S);
    caption(
        ui,
        theme,
        "The model's boxes as they were shown, in what the reader drew: kept where both overlap by half of their union (IoU 0.5), moved \
         by a tenth or more. An answer above is a place where anybody drew a box.",
    );
    table(ui, theme, columns(["", "Kept", "Moved", "Not there", "More"]), rows);
}

fn fates(reader: &str, model: &str, when: &str, of: BoxFates) -> Vec<Cell> {
    let mut cells = who(reader, model);
    cells.push(Cell::new(when));
    cells.extend([of.kept, of.moved, of.deleted, of.added].map(|count| Cell::new(phrases::thousands(count))));
    cells
}

fn times(ui: &mut Ui, theme: &Theme, times: &[TimesOf], chosen: &mut usize) {
    let Some(one) = times.get(*chosen).or(times.first()) else { return };
    ui.add_space(space::M);
    widgets::section(ui, theme, "Time an image");
    if times.len() > 1 {
        let names: Vec<&str> = times.iter().map(|one| one.reader.as_str()).collect();
        let at = (*chosen).min(times.len() - 1);
        if let Some(at) = widgets::segmented_fitting(ui, theme, &names, Some(at)) {
            *chosen = at;
        }
        ui.add_space(space::S);
    }
    caption(ui, theme, in_words(one));
    if !one.curve.blocks.is_empty() {
        ui.add_space(space::S);
        curve(ui, theme, one);
    }
}

/// "12.4 s (8.0 to 15.2)".
fn seconds(of: &Quartiles) -> String {
    let [lower, median, upper] = [of.lower, of.median, of.upper].map(|ms| format!("{:.1}", ms / 1000.0));
    format!("{median} s ({lower} to {upper})")
}

/// What the curve says.
fn in_words(of: &TimesOf) -> String {
    let LearningCurve { readings, times_ms, trend, .. } = &of.curve;
    let all = times_ms.as_ref().map_or_else(String::new, seconds);
    let count = phrases::count(*readings, "image", "images");
    let mut text = format!(
        "{}: {count}, median {all} from when an image came on screen to the commit, or to the last word before another image; in \
         brackets the quartiles. First readings alone.",
        of.reader
    );
    if let Some(trend) = trend {
        let p = trend
            .p
            .map_or_else(String::new, |p| if p < 0.001 { ", p < 0.001".to_owned() } else { format!(", p = {p:.3}") });
        let rho = phrases::plain(trend.spearman);
        text.push_str(&format!(" With the number of images read time goes by Spearman's rho {rho}{p}."));
    }
    text
}

/// Medians with quartiles over the order of reading.
fn curve(ui: &mut Ui, theme: &Theme, of: &TimesOf) {
    let blocks = &of.curve.blocks;
    let middle = |block: &crate::session::TimeBlock| block.from as f64 + (block.readings as f64 - 1.0) / 2.0;
    let last = blocks.last().map_or(1.0, |block| (block.from + block.readings) as f64);
    let top = 1.1 * blocks.iter().map(|block| block.times_ms.upper / 1000.0).fold(0.1, f64::max);
    let color = theme.accent;
    let medians: Vec<[f64; 2]> = blocks.iter().map(|one| [middle(one), one.times_ms.median / 1000.0]).collect();
    let shown = plot::still("Time an image over the order of reading", theme, HEIGHT)
        .custom_x_axes(vec![plot::ticks(theme, AxisHints::new_x(), 40.0).formatter(|mark, _| plot::whole(mark.value))])
        .custom_y_axes(vec![plot::ticks(theme, AxisHints::new_y(), 15.0).formatter(|mark, _| plot::decimals(mark))])
        .default_x_bounds(0.0, last)
        .default_y_bounds(0.0, top)
        .show(ui, |ui| {
            ui.set_plot_bounds_x(0.0..=last);
            ui.set_plot_bounds_y(0.0..=top);
            for block in blocks {
                let [low, high] = [block.times_ms.lower, block.times_ms.upper].map(|ms| ms / 1000.0);
                let ends = PlotPoints::from(vec![[middle(block), low], [middle(block), high]]);
                ui.line(Line::new("quartiles", ends).color(theme.muted).width(1.5));
            }
            ui.line(Line::new("median", PlotPoints::from(medians.clone())).color(color).width(1.5));
            ui.points(Points::new("median", PlotPoints::from(medians)).color(color).radius(3.0));
        });
    let told: Vec<String> = blocks
        .iter()
        .map(|block| {
            format!("images {} to {}: {}", block.from, block.from + block.readings - 1, seconds(&block.times_ms))
        })
        .collect();
    let spoken = format!("Seconds an image over the order of reading, {}", told.join("; "));
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &spoken));
    caption(ui, theme, "Seconds an image (median and quartiles) over the order of reading.");
}

fn made_of(of: MadeOf) -> Vec<String> {
    let mut lines = Vec::new();
    if of.committed + of.assisted > 0 {
        lines.push(format!(
            "Made of {} and {} with the model on screen, of {}; what the model answered is told from what the log says was shown, by its \
             thresholds of then.",
            phrases::count(of.committed, "committed reading", "committed readings"),
            phrases::count(of.assisted, "reading", "readings"),
            phrases::count(of.images, "image", "images")
        ));
    }
    if of.without_answer > 0 {
        let count = phrases::count(of.without_answer, "committed reading is", "committed readings are");
        lines.push(format!("{count} not counted: no model had answered, or nothing that can be compared."));
    }
    if of.unsure_thresholds > 0 {
        let count = phrases::count(of.unsure_thresholds, "reading is", "readings are");
        lines.push(format!("{count} judged by a threshold of which it is not known whether it was there then."));
    }
    if of.learned > 0 {
        let count = phrases::count(of.learned, "reading was", "readings were");
        lines.push(format!("{count} made with a head that had learned from corrections."));
    }
    lines
}

fn answers(asked: AnswerKind, count: usize) -> Cell {
    match asked {
        AnswerKind::Class | AnswerKind::Findings => Cell::new(phrases::thousands(count)),
        AnswerKind::Boxes => {
            Cell::new(phrases::count(count, "place", "places")).hint("Places where anybody drew a box")
        }
    }
}

/// "12 imported, 3 adjudicated".
fn truths(of: Truths) -> String {
    let told: Vec<String> = of.counts().map(|(from, count)| format!("{count} {}", from.name())).collect();
    if told.is_empty() { "not known".to_owned() } else { told.join(", ") }
}

/// "3 of 5 (0.23 to 0.88)".
fn share(part: CountedPart) -> String {
    match part.interval {
        Some([low, high]) => format!("{} of {} ({low:.2} to {high:.2})", part.count, part.of),
        None => "none".to_owned(),
    }
}
