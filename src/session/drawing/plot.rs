//! A plot with two axes, as SVG.

use super::text::{escape, shortened};
use std::fmt::Write;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 330.0;
/// Room around the plot for numbers and names: left, top, right, bottom.
const LEFT: f64 = 58.0;
const TOP: f64 = 34.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 46.0;
/// Room between the plot and the legend, and a row of it.
const LEGEND: f64 = 12.0;
const ROW: f64 = 17.0;
/// Points nearer than this to the one before are left out, in pixels.
const NEAR: f64 = 0.4;

/// Colours that people with colour-blindness tell apart (Okabe and Ito), dark enough on paper.
pub(in crate::session) const COLOURS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9"];
/// For what is there to compare with.
pub(in crate::session) const GREY: &str = "#767676";

/// What an axis shows.
pub(in crate::session) struct Axis {
    pub name: String,
    pub low: f64,
    pub high: f64,
}

impl Axis {
    pub fn new(name: &str, low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { name: name.to_owned(), low, high }
    }

    /// Round numbers to write beside it.
    fn ticks(&self) -> Vec<f64> {
        let raw = (self.high - self.low) / 5.0;
        let power = 10f64.powf(raw.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| *step >= raw * 0.999).unwrap_or(raw);
        let first = (self.low / step - 1e-9).ceil() as i64;
        (first..first + 20).map(|n| n as f64 * step).take_while(|at| *at <= self.high + step * 1e-6).collect()
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Stroke {
    Whole,
    Dashed,
    Dotted,
}

/// Something drawn.
pub(in crate::session) enum Mark {
    Line {
        name: String,
        colour: &'static str,
        stroke: Stroke,
        points: Vec<[f64; 2]>,
    },
    /// Dots with upright intervals where they have some.
    Dots {
        name: String,
        colour: &'static str,
        points: Vec<([f64; 2], Option<[f64; 2]>)>,
    },
    /// From the first to the second height, between two places.
    Bars {
        name: String,
        colour: &'static str,
        bars: Vec<([f64; 2], [f64; 2])>,
    },
}

impl Mark {
    fn legend(&self) -> (&str, &'static str, Option<Stroke>) {
        match self {
            Self::Line { name, colour, stroke, .. } => (name, colour, Some(*stroke)),
            Self::Dots { name, colour, .. } | Self::Bars { name, colour, .. } => (name, colour, None),
        }
    }
}

/// A plot.
pub(in crate::session) struct Plot {
    pub title: String,
    /// What one would see, for who cannot.
    pub alternative: String,
    pub x: Axis,
    pub y: Axis,
    /// Heights are counts of which the sign says only on which side they are.
    pub mirrored: bool,
    pub marks: Vec<Mark>,
}

impl Plot {
    /// The drawing, well formed.
    pub fn svg(&self) -> String {
        let named: Vec<_> = self.marks.iter().map(Mark::legend).filter(|(name, ..)| !name.is_empty()).collect();
        let height = HEIGHT + LEGEND + ROW * named.len() as f64;
        let mut out = head(&self.title, &self.alternative, [WIDTH, height]);
        // Writing to a String cannot fail.
        let _ = self.frame(&mut out).and_then(|()| self.marks.iter().try_for_each(|mark| self.mark(&mut out, mark)));
        for (at, (name, colour, stroke)) in named.into_iter().enumerate() {
            let _ = legend(&mut out, HEIGHT + LEGEND + ROW * at as f64, name, colour, stroke);
        }
        out.push_str("</svg>\n");
        out
    }

    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let share = |axis: &Axis, value: f64| ((value - axis.low) / (axis.high - axis.low)).clamp(0.0, 1.0);
        let (wide, tall) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        [LEFT + wide * share(&self.x, x), TOP + tall * (1.0 - share(&self.y, y))]
    }

    fn frame(&self, out: &mut String) -> std::fmt::Result {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        writeln!(
            out,
            "<text x=\"{LEFT}\" y=\"18\" font-size=\"14\" font-weight=\"600\">{}</text>",
            escape(&shortened(&self.title, 44))
        )?;
        for tick in self.x.ticks() {
            let [x, _] = self.at([tick, self.y.low]);
            writeln!(out, "<path d=\"M{x:.1} {TOP}V{bottom}\" stroke=\"#e4e4e4\"/>")?;
            let below = bottom + 15.0;
            writeln!(out, "<text x=\"{x:.1}\" y=\"{below}\" text-anchor=\"middle\">{}</text>", short(tick))?;
        }
        for tick in self.y.ticks() {
            let [_, y] = self.at([self.x.low, tick]);
            writeln!(out, "<path d=\"M{LEFT} {y:.1}H{right}\" stroke=\"#e4e4e4\"/>")?;
            let shown = short(if self.mirrored { tick.abs() } else { tick });
            writeln!(out, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{shown}</text>", LEFT - 6.0, y + 4.0)?;
        }
        writeln!(out, "<path d=\"M{LEFT} {TOP}V{bottom}H{right}\" fill=\"none\" stroke=\"#555\"/>")?;
        let (middle, below) = ((LEFT + right) / 2.0, bottom + 34.0);
        writeln!(out, "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>", escape(&self.x.name))?;
        let middle = (TOP + bottom) / 2.0;
        let turned = format!("transform=\"rotate(-90 14 {middle})\" x=\"14\" y=\"{middle}\"");
        writeln!(out, "<text {turned} text-anchor=\"middle\">{}</text>", escape(&self.y.name))
    }

    fn mark(&self, out: &mut String, mark: &Mark) -> std::fmt::Result {
        match mark {
            Mark::Line { colour, stroke, points, .. } => {
                let mut path = String::new();
                let mut before: Option<[f64; 2]> = None;
                for (at, point) in points.iter().enumerate().filter(|(_, [x, y])| x.is_finite() && y.is_finite()) {
                    let [x, y] = self.at(*point);
                    let near = before.is_some_and(|[a, b]| (x - a).abs() < NEAR && (y - b).abs() < NEAR);
                    if near && at + 1 < points.len() {
                        continue;
                    }
                    write!(path, "{}{x:.1} {y:.1}", if before.is_some() { 'L' } else { 'M' })?;
                    before = Some([x, y]);
                }
                let dashes = dashes(*stroke);
                writeln!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>")
            }
            Mark::Dots { colour, points, .. } => points.iter().try_for_each(|(point, interval)| {
                let [x, y] = self.at(*point);
                if let Some([low, high]) = interval {
                    let ([_, low], [_, high]) = (self.at([point[0], *low]), self.at([point[0], *high]));
                    writeln!(out, "<path d=\"M{x:.1} {low:.1}V{high:.1}\" stroke=\"{colour}\" stroke-width=\"1.2\"/>")?;
                }
                writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"{colour}\"/>")
            }),
            Mark::Bars { colour, bars, .. } => bars.iter().try_for_each(|([left, right], [from, to])| {
                let ([x, y], [end, base]) = (self.at([*left, from.max(*to)]), self.at([*right, from.min(*to)]));
                let (wide, tall) = ((end - x - 1.0).max(0.5), base - y);
                writeln!(
                    out,
                    "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"{colour}\"/>"
                )
            }),
        }
    }
}

/// The opening of a drawing with its name and what one would see.
pub(in crate::session) fn head(title: &str, alternative: &str, [width, height]: [f64; 2]) -> String {
    let (title, alternative) = (escape(title), escape(alternative));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{title}. {alternative}\" viewBox=\"0 0 {width} \
         {height}\" width=\"{width}\" height=\"{height}\" font-size=\"12\" fill=\"#1b1b1b\">\n<title>{title}</title>\n\
         <desc>{alternative}</desc>\n"
    )
}

fn legend(out: &mut String, y: f64, name: &str, colour: &str, stroke: Option<Stroke>) -> std::fmt::Result {
    let middle = y - 4.0;
    match stroke {
        Some(stroke) => {
            let (end, dashes) = (LEFT + 26.0, dashes(stroke));
            writeln!(out, "<path d=\"M{LEFT} {middle}H{end}\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}/>")?;
        }
        None => {
            let (x, y) = (LEFT + 8.0, middle - 5.0);
            writeln!(out, "<rect x=\"{x}\" y=\"{y}\" width=\"10\" height=\"10\" fill=\"{colour}\"/>")?;
        }
    }
    writeln!(out, "<text x=\"{}\" y=\"{y}\">{}</text>", LEFT + 34.0, escape(&shortened(name, 50)))
}

fn dashes(stroke: Stroke) -> &'static str {
    match stroke {
        Stroke::Whole => "",
        Stroke::Dashed => " stroke-dasharray=\"7 4\"",
        Stroke::Dotted => " stroke-dasharray=\"2 4\"",
    }
}

/// A number beside an axis, without needless digits.
fn short(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded == 0.0 { "0".to_owned() } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_lie_on_the_axis() {
        let ticks: Vec<String> = Axis::new("", 0.0, 1.0).ticks().into_iter().map(short).collect();
        assert_eq!(ticks, ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        let ticks: Vec<String> = Axis::new("", -0.06, 0.5).ticks().into_iter().map(short).collect();
        assert_eq!(ticks, ["0", "0.2", "0.4"]);
        assert!(Axis::new("", 0.0, 0.0).ticks().len() > 1, "an axis of nothing has a length");
    }

    #[test]
    fn a_plot_says_what_it_shows_and_stays_text() {
        let points = vec![[0.0, 0.0], [0.0001, 0.0001], [1.0, 1.0]];
        let line = Mark::Line { name: "<b>".into(), colour: GREY, stroke: Stroke::Dashed, points };
        let (x, y) = (Axis::new("x", 0.0, 1.0), Axis::new("y", 0.0, 1.0));
        let plot =
            Plot { title: "ROC".into(), alternative: "a \"b\"".into(), x, y, mirrored: false, marks: vec![line] };
        let svg = plot.svg();
        assert!(svg.contains("<title>ROC</title>") && svg.contains("role=\"img\"") && svg.contains("a &quot;b&quot;"));
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"));
        assert!(svg.contains("M58.0 284.0L386.0 34.0\""), "a point on the one before is left out: {svg}");
    }
}
