//! The left side: which recipe, on which images, with which settings, and the button.

use super::{State, all, augmentation, preview, start};
use crate::domain::recipe::{Architecture, ClassifierArchitecture, Imbalance, Optimizer, Resize, Schedule, SimpleCnn};
use crate::domain::{Metric, Preprocessing, Recipe};
use crate::session::ProjectView;
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::phrases;
use crate::ui::summary::Summary;
use crate::ui::theme::{CONTROL_HEIGHT, Theme, space};
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Margin, Ui};

pub(super) const NAME_WIDTH: f32 = 118.0;

/// Shows it; `beside` where the runs stand beside it, and all settings by name there.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    summary: &Summary,
    state: &mut State,
    beside: bool,
) {
    let theme = cx.theme;
    let foot = egui::Frame::new().fill(theme.panel).inner_margin(Margin { left: 16, right: 16, top: 10, bottom: 16 });
    egui::Panel::bottom("train button").frame(foot).resizable(false).show_separator_line(false).show(ui, |ui| {
        button(ui, cx, project, summary, state);
    });
    let frame = egui::Frame::new().inner_margin(Margin { left: 16, right: 16, top: 16, bottom: 0 });
    egui::CentralPanel::default().frame(frame).show(ui, |ui| {
        egui::ScrollArea::vertical().id_salt("recipe").auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            widgets::section(ui, theme, "Recipe");
            picker(ui, theme, project, state);
            let boxes = state.recipe().is_some_and(|r| r.architecture.draws_boxes());
            train_on(ui, theme, project, summary, boxes);
            start::show(ui, cx, project, state);
            ui.add_space(space::XS);
            ui.horizontal(|ui| {
                widgets::section(ui, theme, "Settings");
                let original = state.recipe().and_then(|r| project.recipes.iter().find(|k| k.name == r.name));
                if let (Some(original), Some(edited)) = (original, state.recipe())
                    && original != edited
                {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        let back =
                            Button::new("Reset").name("Reset the settings to the recipe's").style(ButtonStyle::Quiet);
                        if back.height(20.0).ui(ui, theme).clicked() {
                            state.recipe = Some(original.clone());
                        }
                    });
                }
            });
            let State { recipe, more, preview, all, .. } = state;
            if let Some(recipe) = recipe {
                main_settings(ui, theme, recipe, summary, &mut preview.open);
                let text = if *more { "Fewer settings" } else { "More settings" };
                if Button::new(text).style(ButtonStyle::Quiet).ui(ui, theme).clicked() {
                    *more = !*more;
                }
                if *more {
                    more_settings(ui, theme, recipe);
                }
                let opened = all::button(ui, theme, all);
                // Beside the recipe there is more room for them.
                if !beside {
                    let original = project.recipes.iter().find(|k| k.name == recipe.name);
                    let shown = ui.scope(|ui| all::show(ui, theme, recipe, original, all)).response;
                    if opened {
                        shown.scroll_to_me(Some(egui::Align::TOP));
                    }
                }
            }
            ui.add_space(space::S);
        });
    });
}

fn button(ui: &mut Ui, cx: &mut PanelContext<'_>, project: &ProjectView, summary: &Summary, state: &mut State) {
    let theme = cx.theme;
    ui.spacing_mut().item_spacing.y = space::S;
    let hurdle = state.hurdle(cx.view, project, summary);
    match &hurdle {
        Some(hurdle) => ui.add(egui::Label::new(widgets::caption(theme, &hurdle.why)).wrap()),
        None => ui.label(widgets::caption(theme, "It trains in the background. You can go on labelling.")),
    };
    let free = hurdle.is_none();
    // With another number of lines the panel is of another height, which it would have a frame late.
    let lines = Some(hurdle.as_ref().map(|hurdle| (hurdle.why.clone(), hurdle.help.is_some())));
    if state.lines != lines {
        state.lines = lines;
        ui.ctx().request_discard("what keeps a run from starting changed");
    }
    if let Some(help) = hurdle.and_then(|hurdle| hurdle.help)
        && Button::new(&help.button()).full_width().ui(ui, theme).clicked()
    {
        help.press(state, cx);
    }
    let train = Button::new("Train").key(cx.key(Action::Train)).style(ButtonStyle::Primary).full_width().height(34.0);
    if train.enabled(free).ui(ui, theme).clicked() {
        cx.push(Action::Train);
    }
}

fn picker(ui: &mut Ui, theme: &Theme, project: &ProjectView, state: &mut State) {
    let (title, description) = state.recipe().map_or(("none", ""), |r| (r.title.as_str(), r.description.as_str()));
    let (title, description) = (title.to_owned(), description.to_owned());
    widgets::labelled(ui, theme, "Recipe", NAME_WIDTH, &description, |ui| {
        let width = ui.available_width();
        widgets::drop_down(ui, theme, "Recipe", &title, width, |ui| {
            for recipe in project.recipes.iter() {
                let chosen = state.recipe().is_some_and(|r| r.name == recipe.name);
                if widgets::choice(ui, theme, &recipe.title, chosen) && !chosen {
                    // What a run starts from goes with its network.
                    if state.recipe().is_none_or(|r| r.architecture.name() != recipe.architecture.name()) {
                        state.start = None;
                    }
                    state.recipe = Some(recipe.clone());
                }
            }
        });
    });
}

fn train_on(ui: &mut Ui, theme: &Theme, project: &ProjectView, summary: &Summary, boxes: bool) {
    // An image on which somebody looked for boxes and found none is learned from, too.
    let (known, usable) = match boxes {
        true => (summary.boxes_known, summary.usable_boxes),
        false => (summary.labelled, summary.usable),
    };
    let [train, validation, test] = usable;
    // Of the test split nothing is left out: nothing is learned from it.
    let [planted, in_validation, _] = project.follows_planted;
    let (train, validation) = (train.saturating_sub(planted), validation.saturating_sub(in_validation));
    let of_training = |counts: &[usize; 3]| counts.first().copied().unwrap_or(0);
    let help = counted_in_words(
        [train, validation, test],
        of_training(&project.counts.splits),
        [of_training(&known), planted],
        boxes,
    );
    widgets::labelled(ui, theme, "Train on", NAME_WIDTH, &help, |ui| {
        ui.add_space(5.0);
        let more = match boxes {
            true => format!("{} with boxes", phrases::thousands(of_training(&summary.with_boxes))),
            false => format!("{} reviewed", phrases::thousands(of_training(&summary.reviewed))),
        };
        let text = format!("{} · {more}", phrases::count(train, "image", "images"));
        ui.label(widgets::body(theme, text));
    });
}

/// What else there is beside the images trained on, and what of the `all` training images is left out and why; of `known` the
/// answer is known, and `planted` of these follow an answer that a study had planted.
fn counted_in_words(
    [train, validation, test]: [usize; 3],
    all: usize,
    [known, planted]: [usize; 2],
    boxes: bool,
) -> String {
    let mut said =
        format!("{} for validation, {} for the test", phrases::thousands(validation), phrases::thousands(test));
    let what = if boxes { "of which no boxes are known" } else { "without a label" };
    let (without, gone) = (all.saturating_sub(known), known.saturating_sub(train + planted));
    let follow = "labelled as a study had planted, until they are said again";
    let parts = [(without, what), (planted, follow), (gone, "whose files are missing")];
    let left: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{} {why}", phrases::thousands(count)))
        .collect();
    if !left.is_empty() {
        said.push_str(&format!(". Left out: {}", left.join(", ")));
    }
    said
}

fn main_settings(ui: &mut Ui, theme: &Theme, recipe: &mut Recipe, summary: &Summary, preview_open: &mut bool) {
    input_size(ui, theme, &mut recipe.preprocessing);
    widgets::labelled(ui, theme, "Batch", NAME_WIDTH, "", |ui| {
        let width = ui.available_width();
        widgets::number(ui, &mut recipe.batch, "Batch", 1..=1024, 0.2, width);
    });
    let help = recipe.patience.map_or_else(String::new, |p| format!("Stops after {p} without gain"));
    widgets::labelled(ui, theme, "Epochs", NAME_WIDTH, &help, |ui| {
        let width = ui.available_width();
        if widgets::number(ui, &mut recipe.epochs, "Epochs", 1..=10_000, 0.2, width).changed()
            && let Schedule::Cosine { warmup_epochs, .. } = &mut recipe.schedule
        {
            *warmup_epochs = (*warmup_epochs).min(recipe.epochs);
        }
    });
    optimizer(ui, theme, recipe);
    augmentation::show(ui, theme, &mut recipe.augmentation);
    preview::switch(ui, theme, preview_open);
    if !recipe.architecture.draws_boxes() {
        imbalance(ui, theme, &mut recipe.imbalance, summary);
    }
    widgets::labelled(ui, theme, "Seed", NAME_WIDTH, "", |ui| {
        let width = ui.available_width();
        widgets::number(ui, &mut recipe.seed, "Seed", 0..=u64::MAX, 1.0, width);
    });
}

fn input_size(ui: &mut Ui, theme: &Theme, p: &mut Preprocessing) {
    let help = match p.resize {
        Resize::Stretch => "Stretched to a square".to_owned(),
        Resize::Pad => "Whole image, padded with black".to_owned(),
        Resize::ShorterSideThenCrop(side) => format!("Shorter side to {side}, then the centre"),
    };
    let help = format!("{help}, {}", if p.channels == 1 { "grey" } else { "colour" });
    widgets::labelled(ui, theme, "Image size", NAME_WIDTH, &help, |ui| {
        let width = ui.available_width();
        let before = p.width;
        let mut side = p.width;
        let response = widgets::number(ui, &mut side, "Image size", 16..=1024, 1.0, width);
        if response.changed() && side != before {
            if let Resize::ShorterSideThenCrop(shorter) = &mut p.resize {
                // The share of the picture that the crop keeps stays the same.
                let scaled = (*shorter as f64 * side as f64 / before.max(1) as f64).round() as usize;
                *shorter = scaled.max(side);
            }
            (p.width, p.height) = (side, side);
        }
    });
}

fn optimizer(ui: &mut Ui, theme: &Theme, recipe: &mut Recipe) {
    let name = match recipe.optimizer {
        Optimizer::Sgd { .. } => "SGD with momentum",
        Optimizer::Adam { .. } => "Adam",
        Optimizer::AdamW { .. } => "AdamW",
    };
    widgets::labelled(ui, theme, "Optimizer", NAME_WIDTH, "", |ui| {
        let width = ui.available_width();
        widgets::drop_down(ui, theme, "Optimizer", name, width, |ui| {
            let learning_rate = recipe.optimizer.learning_rate();
            let weight_decay = *decay_of(&mut recipe.optimizer);
            for (choice, other) in [
                ("SGD with momentum", Optimizer::Sgd { learning_rate, momentum: 0.9, nesterov: true, weight_decay }),
                ("Adam", Optimizer::Adam { learning_rate, weight_decay }),
                ("AdamW", Optimizer::AdamW { learning_rate, weight_decay }),
            ] {
                if widgets::choice(ui, theme, choice, choice == name) && choice != name {
                    recipe.optimizer = other;
                }
            }
        });
    });
    let help = match &recipe.schedule {
        Schedule::Constant => "The same throughout".to_owned(),
        Schedule::Step { every, gamma } => format!("Times {gamma} every {every} epochs"),
        Schedule::Cosine { warmup_epochs: 0, .. } => "Falls along a cosine".to_owned(),
        Schedule::Cosine { warmup_epochs, .. } => {
            format!("Rises for {}, then falls along a cosine", phrases::count(*warmup_epochs, "epoch", "epochs"))
        }
        Schedule::Plateau { factor, patience, .. } => format!("Times {factor} after {patience} epochs without gain"),
        Schedule::OneCycle { .. } => "Rises to this, then falls to almost nothing".to_owned(),
    };
    widgets::labelled(ui, theme, "Learning rate", NAME_WIDTH, &help, |ui| {
        let width = ui.available_width();
        let rate = rate_of(&mut recipe.optimizer);
        let speed = (*rate * 0.02).max(1e-8);
        let drag = egui::DragValue::new(rate)
            .range(1e-7..=10.0)
            .speed(speed)
            .custom_formatter(|value, _| phrases::rate(value));
        widgets::drag_value(ui, drag, "Learning rate", egui::vec2(width, CONTROL_HEIGHT));
    });
}

fn decay_of(optimizer: &mut Optimizer) -> &mut f64 {
    match optimizer {
        Optimizer::Sgd { weight_decay, .. }
        | Optimizer::Adam { weight_decay, .. }
        | Optimizer::AdamW { weight_decay, .. } => weight_decay,
    }
}

fn rate_of(optimizer: &mut Optimizer) -> &mut f64 {
    match optimizer {
        Optimizer::Sgd { learning_rate, .. }
        | Optimizer::Adam { learning_rate, .. }
        | Optimizer::AdamW { learning_rate, .. } => learning_rate,
    }
}

fn imbalance(ui: &mut Ui, theme: &Theme, imbalance: &mut Imbalance, summary: &Summary) {
    let all = [
        (Imbalance::None, "Nothing"),
        (Imbalance::ClassWeights, "Class weights"),
        (Imbalance::WeightedSampling, "Show rare classes more often"),
        (Imbalance::Oversampling, "Repeat images of rare classes"),
    ];
    let text = all.iter().find(|(i, _)| i == imbalance).map_or("Nothing", |(_, text)| text);
    let help = match summary.imbalance() {
        Some(ratio) if ratio < 1.5 => "The classes are about even".to_owned(),
        Some(ratio) => format!("The largest class has {ratio:.1} times the images of the smallest"),
        None => String::new(),
    };
    widgets::labelled(ui, theme, "Imbalance", NAME_WIDTH, &help, |ui| {
        let width = ui.available_width();
        widgets::drop_down(ui, theme, "Imbalance", text, width, |ui| {
            for (value, text) in all {
                if widgets::choice(ui, theme, text, value == *imbalance) {
                    *imbalance = value;
                }
            }
        });
    });
}

fn more_settings(ui: &mut Ui, theme: &Theme, recipe: &mut Recipe) {
    schedule(ui, theme, &mut recipe.schedule, recipe.epochs);
    widgets::labelled(ui, theme, "Stop early", NAME_WIDTH, "Epochs without gain; 0 never stops early", |ui| {
        let width = ui.available_width();
        let mut patience = recipe.patience.unwrap_or(0);
        if widgets::number(ui, &mut patience, "Stop early after epochs", 0..=1000, 0.1, width).changed() {
            recipe.patience = Some(patience).filter(|p| *p > 0);
        }
    });
    widgets::labelled(ui, theme, "Weight decay", NAME_WIDTH, "", |ui| {
        let width = ui.available_width();
        let decay = decay_of(&mut recipe.optimizer);
        let drag = egui::DragValue::new(decay).range(0.0..=1.0).speed(1e-4).custom_formatter(|v, _| phrases::rate(v));
        widgets::drag_value(ui, drag, "Weight decay", egui::vec2(width, CONTROL_HEIGHT));
    });
    let text = best_by_words(recipe.best_by);
    widgets::labelled(ui, theme, "Keep", NAME_WIDTH, "", |ui| {
        let width = ui.available_width();
        widgets::drop_down(ui, theme, "Keep the weights of", &text, width, |ui| {
            for value in Metric::of_kind(recipe.answers()) {
                if widgets::choice(ui, theme, &best_by_words(value), value == recipe.best_by) {
                    recipe.best_by = value;
                }
            }
        });
    });
    if recipe.architecture.draws_boxes() {
        let help = "Stages of the backbone that never learn, given pretrained weights";
        widgets::labelled(ui, theme, "Frozen stages", NAME_WIDTH, help, |ui| {
            let width = ui.available_width();
            widgets::number(ui, &mut recipe.frozen_stages, "Frozen stages", 0..=5, 0.05, width);
        });
        return;
    }
    widgets::labelled(ui, theme, "Smoothing", NAME_WIDTH, "Share of each label spread over all classes", |ui| {
        let width = ui.available_width();
        widgets::number(ui, &mut recipe.label_smoothing, "Label smoothing", 0.0..=0.9, 0.005, width);
    });
    if let Some(dropout) = dropout(&mut recipe.architecture) {
        widgets::labelled(ui, theme, "Dropout", NAME_WIDTH, "", |ui| {
            let width = ui.available_width();
            widgets::number(ui, dropout, "Dropout", 0.0..=0.95, 0.005, width);
        });
    }
    if recipe.architecture.is_torchvisions() {
        let help = "Epochs in which only the last layer learns";
        widgets::labelled(ui, theme, "Backbone frozen", NAME_WIDTH, help, |ui| {
            let width = ui.available_width();
            let epochs = &mut recipe.freeze_backbone_epochs;
            widgets::number(ui, epochs, "Backbone frozen for epochs", 0..=1000, 0.1, width);
        });
    }
}

/// The share of units dropped before the last layer, of networks that drop any.
fn dropout(architecture: &mut Architecture) -> Option<&mut f64> {
    match architecture {
        Architecture::Classifier(ClassifierArchitecture::SimpleCnn(SimpleCnn { dropout, .. }))
        | Architecture::Classifier(ClassifierArchitecture::EfficientNetB0 { dropout, .. }) => Some(dropout),
        Architecture::Classifier(
            ClassifierArchitecture::ResNet18
            | ClassifierArchitecture::ResNet34
            | ClassifierArchitecture::ResNet50
            | ClassifierArchitecture::DenseNet121,
        )
        | Architecture::Detector(_) => None,
    }
}

fn best_by_words(best_by: Metric) -> String {
    let way = if best_by.lower_is_better() { "Lowest" } else { "Highest" };
    format!("{way} {}", best_by.name())
}

fn schedule(ui: &mut Ui, theme: &Theme, schedule: &mut Schedule, epochs: usize) {
    let all = [
        ("Constant", Schedule::Constant),
        ("Cosine", Schedule::cosine(1)),
        ("In steps", Schedule::Step { every: (epochs / 3).max(1), gamma: 0.1 }),
        ("Lower on a plateau", Schedule::plateau(0.1, 3)),
        ("One cycle", Schedule::one_cycle()),
    ];
    let same = |other: &Schedule| std::mem::discriminant(other) == std::mem::discriminant(schedule);
    let now = all.iter().position(|(_, s)| same(s));
    let text = now.and_then(|i| all.get(i)).map_or("Constant", |(text, _)| text);
    let mut chosen = None;
    widgets::labelled(ui, theme, "Schedule", NAME_WIDTH, "", |ui| {
        let width = ui.available_width();
        widgets::drop_down(ui, theme, "Schedule", text, width, |ui| {
            for (index, (text, value)) in all.iter().enumerate() {
                if widgets::choice(ui, theme, text, now == Some(index)) && now != Some(index) {
                    chosen = Some(value.clone());
                }
            }
        });
    });
    if let Some(chosen) = chosen {
        *schedule = chosen;
    }
}
