//! A forest plot: a figure and its interval of each part of the images, one below the other.

use super::Drawing;
use super::numbers::number;
use super::plot::{COLOURS, GREY, head};
use super::text::{escape, shortened};
use crate::domain::performance::{BoxFigure, BoxSubgroup, BoxSubgroups, FindingFigure, Subgroup, Subgroups};
use std::fmt::Write;

const WIDTH: f64 = 560.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 34.0;
const ROW: f64 = 24.0;

/// What is drawn: a figure of each part that has it, with its ends where it has an interval.
struct Forest<'a> {
    figure: &'static str,
    of: String,
    by: &'a str,
    /// Name, images, value.
    rows: Vec<(&'a str, usize, f64, Option<[f64; 2]>)>,
    /// Where chance is, for figures that have such a place.
    chance: Option<f64>,
}

impl<'a> Forest<'a> {
    fn of(of: &'a Subgroups) -> Self {
        let row = |part: &'a Subgroup| {
            let estimate = part.figure(FindingFigure::Auroc)?;
            Some((part.name(), part.images, estimate.value?, estimate.interval))
        };
        let rows = of.parts.iter().filter_map(row).collect();
        Self { figure: "AUROC", of: of.finding.clone(), by: &of.attribute, rows, chance: Some(0.5) }
    }

    fn of_boxes(of: &'a BoxSubgroups) -> Self {
        let row = |part: &'a BoxSubgroup| {
            let estimate = part.figure(BoxFigure::Map50)?;
            Some((part.name(), part.images, estimate.value?, estimate.interval))
        };
        let rows = of.parts.iter().filter_map(row).collect();
        Self { figure: BoxFigure::Map50.words().title, of: "boxes".to_owned(), by: &of.attribute, rows, chance: None }
    }

    /// What one sees.
    fn caption(&self) -> String {
        let Self { figure, of, by, rows, chance } = self;
        let parts: Vec<String> = rows.iter().map(|(name, _, value, _)| format!("{name} {}", number(*value))).collect();
        if parts.is_empty() {
            return format!("{figure} of {of} by {by}: no part has images with and without it.");
        }
        let chance = chance.map_or("", |_| "; dashed is chance");
        format!(
            "{figure} of {of} by {by}: {}. A part without a line has too few patients or groups for an interval{chance}.",
            parts.join(", ")
        )
    }

    fn drawing(&self) -> Drawing {
        Drawing { name: "forest", svg: svg(self), caption: self.caption() }
    }
}

/// AUROC of each part.
pub fn draw(of: &Subgroups) -> Drawing {
    Forest::of(of).drawing()
}

/// mAP@0.5 of each part.
pub fn draw_boxes(of: &BoxSubgroups) -> Drawing {
    Forest::of_boxes(of).drawing()
}

fn svg(of: &Forest<'_>) -> String {
    let height = TOP + ROW * of.rows.len() as f64 + 34.0;
    let mut out = head(&format!("{} by {}", of.figure, of.by), &of.caption(), [WIDTH, height]);
    // Writing to a String cannot fail.
    let _ = rows_of(&mut out, of);
    out.push_str("</svg>\n");
    out
}

fn x(share: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * share.clamp(0.0, 1.0)
}

fn rows_of(out: &mut String, of: &Forest<'_>) -> std::fmt::Result {
    let (rows, title) = (&of.rows, escape(&shortened(&format!("{} of {} by {}", of.figure, of.of, of.by), 60)));
    writeln!(out, "<text x=\"8\" y=\"18\" font-size=\"14\" font-weight=\"600\">{title}</text>")?;
    let bottom = TOP + ROW * rows.len() as f64;
    for tick in 0..=5 {
        let share = f64::from(tick) / 5.0;
        let at = x(share);
        writeln!(out, "<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#e4e4e4\"/>")?;
        writeln!(out, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{share:.1}</text>", bottom + 16.0)?;
    }
    if let Some(chance) = of.chance.map(x) {
        writeln!(out, "<path d=\"M{chance:.1} {TOP}V{bottom}\" stroke=\"{GREY}\" stroke-dasharray=\"4 3\"/>")?;
    }
    for (at, (name, images, value, interval)) in rows.iter().enumerate() {
        let middle = TOP + ROW * (at as f64 + 0.5);
        let base = middle + 4.0;
        let name = escape(&shortened(&format!("{name} ({images})"), 26));
        writeln!(out, "<text x=\"{}\" y=\"{base:.1}\" text-anchor=\"end\">{name}</text>", LEFT - 10.0)?;
        let colour = COLOURS[0];
        let said = match interval {
            Some([low, high]) => {
                writeln!(
                    out,
                    "<path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                    x(*low),
                    x(*high)
                )?;
                format!("{} ({} to {})", number(*value), number(*low), number(*high))
            }
            None => number(*value),
        };
        writeln!(out, "<circle cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"4\" fill=\"{colour}\"/>", x(*value))?;
        writeln!(out, "<text x=\"{}\" y=\"{base:.1}\">{said}</text>", WIDTH - RIGHT + 12.0)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::performance::Estimate;

    #[test]
    fn each_part_has_a_row_and_one_without_an_interval_no_line() {
        let part = |name: &str, interval| Subgroup {
            value: Some(name.into()),
            images: 40,
            figures: vec![(FindingFigure::Auroc, Estimate { value: Some(0.75), interval, why: None })],
            ..Subgroup::default()
        };
        let of = Subgroups {
            attribute: "view".into(),
            finding: "a <b>".into(),
            parts: vec![part("frontal", Some([0.5, 1.0])), part("lateral", None), Subgroup::default()],
        };
        let svg = svg(&Forest::of(&of));
        assert_eq!((svg.matches("<circle").count(), svg.matches("stroke-width=\"2\"").count()), (2, 1));
        // The plot is 240 wide from 170 on.
        assert!(svg.contains("M290.0 46.0H410.0") && svg.contains("cx=\"350.0\""), "{svg}");
        assert!(svg.contains("a &lt;b&gt;") && !svg.contains("<b>"));
    }
}
