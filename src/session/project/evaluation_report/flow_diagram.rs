//! The way of the images from their sources to the figures, as a drawing.

use super::Judged;
use super::study::{Count, Flow};
use crate::domain::{AnswerKind, Split};
use crate::session::drawing::numbers::counted;
use crate::session::drawing::plot::head;
use crate::session::drawing::text::{escape, shortened};
use std::fmt::Write;

const WIDTH: f64 = 700.0;
/// The middle of what goes on, and how wide its boxes are.
const MIDDLE: f64 = 200.0;
const WIDE: f64 = 300.0;
/// Where the boxes of what is left out begin, and how wide they are.
const ASIDE: f64 = 390.0;
const ASIDE_WIDE: f64 = 300.0;
const SPLIT_WIDE: f64 = 216.0;
const LINE: f64 = 17.0;
const GAP: f64 = 34.0;

/// The drawing.
pub(super) fn svg(flow: &Flow, judged: &Judged) -> String {
    let mut drawing = Drawing { out: String::new(), y: 8.0 };
    let mut source = vec![format!(
        "{} brought {}",
        counted(flow.imports, "import", "imports"),
        counted(flow.imported, "image", "images")
    )];
    if flow.imports == 0 {
        source = vec!["How the images came in is not kept".to_owned()];
    }
    let left_out: Vec<String> = flow.left_out.iter().map(|(why, count)| format!("{count}: {why}")).collect();
    let bottom = drawing.step(&source, ("Entries left out at import", &left_out));
    drawing.down(bottom);
    let bottom = drawing.step(&of("In the project", &flow.in_project), ("", &[]));
    drawing.branch(bottom);
    drawing.splits(&flow.splits, judged.split);
    let mut not_judged = Vec::new();
    let unknown = match judged.card.answers() {
        AnswerKind::Class => "no label",
        AnswerKind::Findings => "no finding looked at",
        AnswerKind::Boxes => "boxes not known",
    };
    for (count, why) in [(flow.without_truth, unknown), (flow.unreadable, "could not be read")] {
        if count > 0 {
            not_judged.push(format!("{count}: {why}"));
        }
    }
    let split = flow.without_truth + flow.unreadable + flow.judged;
    let split = format!("In the {} split: {}", judged.split.name(), counted(split, "image", "images"));
    let bottom = drawing.step(&[split], ("Not judged", &not_judged));
    drawing.down(bottom);
    let groups = judged.performance.as_ref().map(|p| format!("of {}", counted(p.groups, "group", "groups")));
    let last: Vec<String> =
        [format!("Judged: {}", counted(flow.judged, "image", "images"))].into_iter().chain(groups).collect();
    drawing.rectangle(MIDDLE - WIDE / 2.0, WIDE, &last, true);
    let height = drawing.y + LINE * last.len() as f64 + 22.0;
    let alternative =
        format!("{} imported, {} in the project, {} judged.", flow.imported, flow.in_project.images, flow.judged);
    let head = head("Flow of the images", &alternative, [WIDTH, height]);
    format!("{head}{}</svg>\n", drawing.out)
}

fn of(what: &str, count: &Count) -> Vec<String> {
    let mut lines = vec![format!("{what}: {}", counted(count.images, "image", "images"))];
    if count.groups > 0 {
        lines
            .push(format!("of {}", counted(count.groups, "group (patient, uploader)", "groups (patients, uploaders)")));
    }
    if count.groups > 0 && count.without_group > 0 {
        lines.push(format!("and {} of no known group", count.without_group));
    }
    lines
}

/// The middle of a split's box.
fn centre(at: usize) -> f64 {
    10.0 + SPLIT_WIDE / 2.0 + at as f64 * (SPLIT_WIDE + 12.0)
}

struct Drawing {
    out: String,
    y: f64,
}

impl Drawing {
    /// A box of what goes on, with what is left out beside it; where it ends.
    fn step(&mut self, lines: &[String], (title, aside): (&str, &[String])) -> f64 {
        let top = self.y;
        let own = self.rectangle(MIDDLE - WIDE / 2.0, WIDE, lines, false);
        let mut bottom = top + own;
        if !aside.is_empty() {
            let lines: Vec<String> = std::iter::once(title.to_owned()).chain(aside.iter().cloned()).collect();
            let tall = self.rectangle(ASIDE, ASIDE_WIDE, &lines, false);
            let at = top + own / 2.0;
            self.arrow([MIDDLE + WIDE / 2.0, at], [ASIDE, at]);
            bottom = bottom.max(top + tall);
        }
        self.y = bottom + GAP;
        top + own
    }

    /// An arrow from there to the next box.
    fn down(&mut self, from: f64) {
        self.arrow([MIDDLE, from], [MIDDLE, self.y]);
    }

    /// Arrows from there to the three splits.
    fn branch(&mut self, from: f64) {
        let turn = self.y - GAP / 2.0;
        let centres = [0, 1, 2].map(centre);
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "<path d=\"M{MIDDLE} {from}V{turn}\" stroke=\"#555\"/>");
        let _ = writeln!(self.out, "<path d=\"M{} {turn}H{}\" stroke=\"#555\"/>", centres[0], centres[2]);
        centres.into_iter().for_each(|x| self.arrow([x, turn], [x, self.y]));
    }

    /// The three splits beside each other; the one that goes on has a thick edge.
    fn splits(&mut self, counts: &[Count; 3], judged: Split) {
        let lines = Split::ALL.iter().zip(counts).map(|(split, count)| {
            let mut lines = vec![format!("{}: {}", split.name(), counted(count.images, "image", "images"))];
            if count.groups > 0 {
                lines.push(format!("{} known", counted(count.groups, "group", "groups")));
            }
            lines
        });
        let lines: Vec<Vec<String>> = lines.collect();
        let most = lines.iter().map(Vec::len).max().unwrap_or(1);
        for (at, (split, lines)) in Split::ALL.iter().zip(&lines).enumerate() {
            self.rectangle(centre(at) - SPLIT_WIDE / 2.0, SPLIT_WIDE, lines, *split == judged);
        }
        let bottom = self.y + LINE * most as f64 + 14.0;
        let from = Split::ALL.iter().position(|split| *split == judged).unwrap_or(0);
        let x = centre(from);
        self.y = bottom + GAP;
        let turn = bottom + GAP / 2.0;
        let _ = writeln!(self.out, "<path d=\"M{x} {bottom}V{turn}H{MIDDLE}\" fill=\"none\" stroke=\"#555\"/>");
        self.arrow([MIDDLE, turn], [MIDDLE, self.y]);
    }

    /// A box with lines of text at the present height; how tall it is.
    fn rectangle(&mut self, x: f64, wide: f64, lines: &[String], thick: bool) -> f64 {
        let tall = LINE * lines.len() as f64 + 14.0;
        let (y, edge) = (self.y, if thick { 2.5 } else { 1.0 });
        let shape = format!("x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{tall}\"");
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "<rect {shape} fill=\"#f7f9fb\" stroke=\"#555\" stroke-width=\"{edge}\"/>");
        for (at, line) in lines.iter().enumerate() {
            let (middle, y) = (x + wide / 2.0, y + 19.0 + LINE * at as f64);
            let line = escape(&shortened(line, (wide / 6.2) as usize));
            let _ = writeln!(self.out, "<text x=\"{middle}\" y=\"{y}\" text-anchor=\"middle\">{line}</text>");
        }
        tall
    }

    fn arrow(&mut self, [x, y]: [f64; 2], [to_x, to_y]: [f64; 2]) {
        let _ = writeln!(self.out, "<path d=\"M{x} {y}L{to_x} {to_y}\" stroke=\"#555\"/>");
        let head = if to_x > x { format!("M{to_x} {to_y}l-8 -4v8z") } else { format!("M{to_x} {to_y}l-4 -8h8z") };
        let _ = writeln!(self.out, "<path d=\"{head}\" fill=\"#555\"/>");
    }
}
