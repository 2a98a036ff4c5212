//! What each output of the last layer answers, in its order: shown, changed, and said to be right by a person.

use crate::domain::ClassList;
use crate::ui::theme::{Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;

/// What an output answers.
#[derive(Clone, Debug, PartialEq)]
enum Answer {
    /// One of the project's classes or findings.
    Of(String),
    /// Nothing that the project has.
    LeftOut,
    /// Nobody has said yet.
    Unsaid,
}

/// The outputs in the order of the last layer.
#[derive(Default)]
pub(super) struct Order {
    outputs: Vec<Answer>,
    /// From what the list was made: names of the project, whether they are findings, outputs of the file.
    of: (Vec<String>, bool, Option<usize>),
    /// A person says that it is so.
    pub confirmed: bool,
}

impl Order {
    /// Lists the outputs anew where the file has others, or the project other classes.
    pub(super) fn follow(&mut self, classes: &ClassList, boxes: bool, outputs: Option<usize>) {
        let findings = classes.findings && !boxes;
        let names: Vec<String> = if findings {
            classes.finding_places().map(|place| classes.name(place)).collect()
        } else {
            classes.names()
        };
        let of = (names, findings, outputs);
        if self.of == of {
            return;
        }
        let (names, findings, outputs) = &of;
        // An output that is no finding of the project can be anywhere: which one is nobody's guess.
        let list = match outputs {
            Some(outputs) if *findings && *outputs != names.len() => vec![Answer::Unsaid; *outputs],
            _ => names.iter().cloned().map(Answer::Of).collect(),
        };
        *self = Self { outputs: list, of, confirmed: false };
    }

    /// The names to be said in the order of the last layer; none as long as nobody says that they are right.
    pub(super) fn classes(&self) -> Vec<String> {
        if !self.confirmed && self.is_as_listed() {
            return Vec::new();
        }
        let name = |(at, answer): (usize, &Answer)| match answer {
            Answer::Of(name) => Some(name.clone()),
            Answer::LeftOut => Some(left_out(at)),
            Answer::Unsaid => None,
        };
        self.outputs.iter().enumerate().map(name).collect::<Option<_>>().unwrap_or_default()
    }

    /// The names of those outputs that the model shall not answer.
    pub(super) fn left_out(&self) -> Vec<String> {
        if self.classes().is_empty() {
            return Vec::new();
        }
        let outputs = self.outputs.iter().enumerate();
        outputs.filter(|(_, answer)| **answer == Answer::LeftOut).map(|(at, _)| left_out(at)).collect()
    }

    /// Nothing was changed.
    fn is_as_listed(&self) -> bool {
        let (names, ..) = &self.of;
        self.outputs.len() == names.len()
            && self.outputs.iter().zip(names).all(|(answer, name)| *answer == Answer::Of(name.clone()))
    }

    /// Another order than that of before is nobody's word yet.
    fn set(&mut self, outputs: Vec<Answer>) {
        self.outputs = outputs;
        self.confirmed = false;
    }

    /// Of every output it is said what it answers.
    pub(super) fn is_said(&self) -> bool {
        !self.outputs.contains(&Answer::Unsaid)
    }

    fn swap(&mut self, a: usize, b: usize) {
        let mut outputs = self.outputs.clone();
        if a < outputs.len() && b < outputs.len() {
            outputs.swap(a, b);
            self.set(outputs);
        }
    }

    /// An output answers this; another that did does not any more.
    fn put(&mut self, at: usize, answer: Answer) {
        let mut outputs = self.outputs.clone();
        for (other, was) in outputs.iter_mut().enumerate() {
            if other == at {
                *was = answer.clone();
            } else if *was == answer && matches!(answer, Answer::Of(_)) {
                *was = Answer::Unsaid;
            }
        }
        self.set(outputs);
    }

    /// As Python's `sorted` has names, by which torchvision's ImageFolder numbers classes.
    fn as_text(&self) -> Vec<Answer> {
        let (mut names, ..) = self.of.clone();
        names.sort();
        names.into_iter().map(Answer::Of).collect()
    }
}

/// What an output is called that is left out.
fn left_out(at: usize) -> String {
    format!("output {}", at + 1)
}

/// Shows the outputs.
pub(super) fn show(ui: &mut Ui, theme: &Theme, classes: &ClassList, order: &mut Order) {
    let (names, findings, _) = order.of.clone();
    let what = if findings { "Findings" } else { "Classes" };
    let help = "In the order of its last layer, as it was trained; nothing in the file says which it is.";
    widgets::labelled(ui, theme, what, super::NAME_WIDTH, help, |ui| {
        for at in 0..order.outputs.len() {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                row(ui, theme, &names, findings, order, at);
            });
        }
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let sorted = order.as_text();
            let fits = sorted.len() == order.outputs.len();
            if fits && sorted != order.outputs {
                let tip = "1, 10, 2: torchvision's ImageFolder numbers classes so";
                if Button::new("As text").name("Order as text").tooltip(tip).ui(ui, theme).clicked() {
                    order.set(sorted);
                }
            }
            let own: Vec<Answer> = names.iter().cloned().map(Answer::Of).collect();
            if own.len() == order.outputs.len() && own != order.outputs {
                let button = Button::new("As in the project").name("Order as in the project");
                if button.ui(ui, theme).clicked() {
                    order.set(own);
                }
            }
        });
        let said = order.is_said();
        ui.add_enabled_ui(said, |ui| widgets::check(ui, &mut order.confirmed, "This is the order of its last layer"));
        if !said {
            let text = format!("Say of each output which {} it answers.", if findings { "finding" } else { "class" });
            ui.label(widgets::caption(theme, text).color(theme.warning));
        }
        if findings && classes.classes.iter().any(|class| class.negative) {
            ui.label(widgets::caption(theme, "That there is nothing to find is no finding: leave such an output out."));
        }
    });
}

fn row(ui: &mut Ui, theme: &Theme, names: &[String], findings: bool, order: &mut Order, at: usize) {
    let number = at + 1;
    ui.label(widgets::caption(theme, format!("{number:>2}.")));
    let Some(answer) = order.outputs.get(at).cloned() else { return };
    let shown = match &answer {
        Answer::Of(name) => name.as_str(),
        Answer::LeftOut => "left out",
        Answer::Unsaid => "choose",
    };
    if findings {
        let mut chosen = None;
        widgets::drop_down(ui, theme, &format!("Output {number} answers"), shown, 220.0, |ui| {
            for name in names {
                let one = Answer::Of(name.clone());
                if widgets::choice(ui, theme, name, answer == one) {
                    chosen = Some(one);
                }
            }
            if widgets::choice(ui, theme, "left out: no finding of the project", answer == Answer::LeftOut) {
                chosen = Some(Answer::LeftOut);
            }
        });
        if let Some(chosen) = chosen {
            order.put(at, chosen);
        }
    } else {
        let name = format!("Output {number}: {shown}");
        let (rect, response) = ui.allocate_exact_size(egui::vec2(220.0, 26.0), egui::Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &name));
        let font = crate::ui::fonts::regular(crate::ui::fonts::BODY);
        let galley = widgets::elided(ui.painter(), shown, font, theme.text, 220.0);
        ui.painter().galley(egui::pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, theme.text);
    }
    let step = |text: &'static str, name: String, may: bool| {
        Button::new(text).name(name).style(ButtonStyle::Quiet).height(26.0).enabled(may)
    };
    if step("↑", format!("Move {shown} up"), at > 0).ui(ui, theme).clicked() {
        order.swap(at, at.saturating_sub(1));
    }
    if step("↓", format!("Move {shown} down"), at + 1 < order.outputs.len()).ui(ui, theme).clicked() {
        order.swap(at, at + 1);
    }
}
