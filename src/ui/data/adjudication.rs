//! Bringing what several readers said into force by a rule, with what a person has to decide.

use super::open;
use crate::domain::{AdjudicationRule, Reliability};
use crate::session::{AdjudicationPlan, ImageSet, ProjectCommand, ProjectView};
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Id, Label, Ui};
use std::sync::Arc;

/// Shows it; of use where two or more have read the same images.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, with_students: &mut bool) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Adjudication");
    let text = "Brings one word of each image that several have read into force. Every reader's own word stays as it is, and the \
                label names its rule and its readers.";
    ui.add(Label::new(widgets::caption(theme, text)).wrap());
    // Of no use where nobody learns.
    if project.data.described.values().any(|known| known.role.is_student()) {
        let tip = "What students say is left out, unless this is chosen before the rule";
        ui.checkbox(with_students, widgets::body(theme, "with students' words")).on_hover_text(tip);
    } else {
        *with_students = false;
    }
    ui.horizontal_wrapped(|ui| {
        for rule in AdjudicationRule::AUTOMATIC {
            let (text, tip) = match rule {
                AdjudicationRule::Majority => (
                    "By majority",
                    "What more than half of the readers say, of the class and of each finding; boxes that more than half drew, \
                     at the mean of their places",
                ),
                AdjudicationRule::Staple => (
                    "Boxes by STAPLE",
                    "Classes and findings by majority. How far each reader's boxes can be relied on is estimated from all boxes of \
                     all readers (expectation maximisation, Warfield 2004; from three readers on). A place counts where it is a \
                     finding with a probability of one half or more, at the mean of the boxes weighted by their readers",
                ),
                AdjudicationRule::All | AdjudicationRule::Chosen => (
                    "Where all agree",
                    "Images of which all say the same; boxes overlap by half or more, and come to lie at the mean of their places",
                ),
            };
            let name = format!("Adjudicate: {}", rule.name());
            let button = Button::new(text).name(name).enabled(project.read_only.is_none());
            if button.tooltip(tip.to_owned()).ui(ui, theme).clicked() {
                cx.send(ProjectCommand::PlanAdjudication { rule, with_students: *with_students });
            }
        }
    });
    if let Some(plan) = project.data.adjudication.clone() {
        ui.add_space(space::S);
        let shown = ui.scope(|ui| planned(ui, cx, project, &plan)).response;
        // A plan that is new comes into sight, however far down its place is.
        let (id, this) = (Id::unique("the plan in sight"), Arc::as_ptr(&plan) as usize);
        if ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default(id), this)) != this {
            shown.scroll_to_me(None);
        }
    }
}

fn planned(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, plan: &AdjudicationPlan) {
    let theme = cx.theme;
    let count = |count| phrases::count(count, "image", "images");
    let decided = plan.decided.len();
    let mut text = format!(
        "{} read by two or more. Rule: {}. Of {decided} the label in force changes or is confirmed, of {} it stands; {} a person has to decide.",
        phrases::count(plan.shared, "image was", "images were"),
        plan.rule.name(),
        plan.stand,
        plan.undecided.len()
    );
    if let Some(why) = &plan.instead {
        text.push_str(&format!(" {why}: by majority instead."));
    }
    let part = |one: &Reliability| format!("{} {:.2}", one.reader, one.weight);
    if !plan.readers.is_empty() {
        let parts: Vec<String> = plan.readers.iter().map(part).collect();
        text.push_str(&format!(" What each reader's boxes count: {}.", parts.join(", ")));
    }
    if plan.left_out > 0 {
        let words = phrases::count(plan.left_out, "word of a student is", "words of students are");
        text.push_str(&format!(" {words} left out."));
    }
    if !plan.signed.is_empty() {
        let signed = phrases::count(plan.signed.len(), "image is", "images are");
        text.push_str(&format!(" {signed} signed off and stay as they are: reopen them first."));
    }
    if plan.test_images > 0 {
        text.push_str(&format!(
            " {} of the test split among them: models are measured by these.",
            count(plan.test_images)
        ));
    }
    ui.add(Label::new(widgets::body(theme, text)).wrap());
    ui.horizontal_wrapped(|ui| {
        let put = format!("Put in force: {}", count(decided));
        let writable = project.read_only.is_none();
        if Button::new(&put).style(ButtonStyle::Primary).enabled(writable && decided > 0).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::Adjudicate);
        }
        let look = format!("Decide {} by hand", count(plan.undecided.len()));
        if Button::new(&look).enabled(!plan.undecided.is_empty()).ui(ui, theme).clicked() {
            let title = format!("to adjudicate (not decided by: {})", plan.rule.name());
            open(cx, ImageSet { title, images: plan.undecided.clone() });
        }
        if !plan.signed.is_empty() && Button::new("Show the signed-off ones").ui(ui, theme).clicked() {
            let title = format!("signed off, and not as by: {}", plan.rule.name());
            open(cx, ImageSet { title, images: plan.signed.clone() });
        }
        if Button::new("Leave it").style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::DismissAdjudication);
        }
    });
}
