//! A forest plot: a figure and its interval of each part of the images, one below the other.

use super::Drawing;
use super::numbers::number;
use super::plot::{COLOURS, GREY, head};
use super::text::{escape, shortened};
use crate::domain::performance::{FindingFigure, Subgroup, Subgroups};
use std::fmt::Write;

const WIDTH: f64 = 560.0;
const LEFT: f64 = 170.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 34.0;
const ROW: f64 = 24.0;

/// A part that has the figure, with its ends where it has an interval.
type Known<'a> = (&'a Subgroup, f64, Option<[f64; 2]>);

fn known(of: &Subgroups) -> impl Iterator<Item = Known<'_>> {
    of.parts.iter().filter_map(|part| {
        let estimate = part.figure(FindingFigure::Auroc)?;
        Some((part, estimate.value?, estimate.interval))
    })
}

/// AUROC of each part.
pub fn draw(of: &Subgroups) -> Drawing {
    Drawing { name: "forest", svg: svg(of), caption: caption(of) }
}

/// What one sees.
fn caption(of: &Subgroups) -> String {
    let parts: Vec<String> = known(of).map(|(part, value, _)| format!("{} {}", part.name(), number(value))).collect();
    if parts.is_empty() {
        return format!("AUROC of {} by {}: no part has images with and without it.", of.finding, of.attribute);
    }
    format!(
        "AUROC of {} by {}: {}. A part without a line has too few patients or groups for an interval; dashed is chance.",
        of.finding,
        of.attribute,
        parts.join(", ")
    )
}

fn svg(of: &Subgroups) -> String {
    let rows: Vec<Known<'_>> = known(of).collect();
    let height = TOP + ROW * rows.len() as f64 + 34.0;
    let mut out = head(&format!("AUROC by {}", of.attribute), &caption(of), [WIDTH, height]);
    // Writing to a String cannot fail.
    let _ = rows_of(&mut out, of, &rows);
    out.push_str("</svg>\n");
    out
}

fn x(share: f64) -> f64 {
    LEFT + (WIDTH - LEFT - RIGHT) * share.clamp(0.0, 1.0)
}

fn rows_of(out: &mut String, of: &Subgroups, rows: &[Known<'_>]) -> std::fmt::Result {
    let title = escape(&shortened(&format!("AUROC of {} by {}", of.finding, of.attribute), 60));
    writeln!(out, "<text x=\"8\" y=\"18\" font-size=\"14\" font-weight=\"600\">{title}</text>")?;
    let bottom = TOP + ROW * rows.len() as f64;
    for tick in 0..=5 {
        let share = f64::from(tick) / 5.0;
        let at = x(share);
        writeln!(out, "<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#e4e4e4\"/>")?;
        writeln!(out, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{share:.1}</text>", bottom + 16.0)?;
    }
    let chance = x(0.5);
    writeln!(out, "<path d=\"M{chance:.1} {TOP}V{bottom}\" stroke=\"{GREY}\" stroke-dasharray=\"4 3\"/>")?;
    for (at, (part, value, interval)) in rows.iter().enumerate() {
        let middle = TOP + ROW * (at as f64 + 0.5);
        let base = middle + 4.0;
        let name = escape(&shortened(&format!("{} ({})", part.name(), part.images), 26));
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
        let svg = svg(&of);
        assert_eq!((svg.matches("<circle").count(), svg.matches("stroke-width=\"2\"").count()), (2, 1));
        // The plot is 240 wide from 170 on.
        assert!(svg.contains("M290.0 46.0H410.0") && svg.contains("cx=\"350.0\""), "{svg}");
        assert!(svg.contains("a &lt;b&gt;") && !svg.contains("<b>"));
    }
}
