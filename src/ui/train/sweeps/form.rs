//! A new sweep: which settings take which values, which seeds, and how they are gone through.

use crate::domain::{Metric, Recipe};
use crate::session::{ProjectCommand, ProjectView, recipe_settings, with_setting};
use crate::ui::context::PanelContext;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::Ui;

const NAME_WIDTH: f32 = 92.0;

/// How settings are gone through.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Method {
    #[default]
    Grid,
    Random,
    Halving,
}

/// What is being put together.
pub(super) struct State {
    name: String,
    method: Method,
    /// Settings with their values, as typed.
    axes: Vec<(String, String)>,
    seeds: String,
    draws: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            name: "sweep-1".into(),
            method: Method::Grid,
            axes: vec![("optimizer.learning_rate".into(), "0.001, 0.004".into())],
            seeds: "1, 2, 3".into(),
            draws: 12,
        }
    }
}

/// Shows the form for a sweep of a recipe, of which `original` is the one that comes with the program.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    project: &ProjectView,
    recipe: &Recipe,
    original: &Recipe,
    state: &mut State,
    busy: Option<&str>,
) {
    let theme = cx.theme;
    widgets::section(ui, theme, "New sweep");
    let text = format!(
        "{} with the settings on the left, but for those that are varied here. Runs go one after another.",
        recipe.title
    );
    ui.add(egui::Label::new(widgets::caption(theme, text)).wrap());
    let width = 260.0;
    widgets::labelled(ui, theme, "Name", NAME_WIDTH, "", |ui| {
        widgets::text_field(ui, theme, &mut state.name, "Name of the sweep", "letters, digits, - and _", width)
    });
    widgets::labelled(ui, theme, "Search", NAME_WIDTH, help(state.method), |ui| {
        let names = ["Grid", "Random", "Successive halving"];
        let all = [Method::Grid, Method::Random, Method::Halving];
        let chosen = all.iter().position(|method| *method == state.method);
        if let Some(method) = widgets::segmented(ui, theme, &names, chosen).and_then(|at| all.get(at)) {
            state.method = *method;
        }
    });
    if state.method != Method::Grid {
        widgets::labelled(ui, theme, "Draw", NAME_WIDTH, "", |ui| {
            widgets::number(ui, &mut state.draws, "Settings to draw", 1..=1000, 1.0, 80.0)
        });
    }
    axes(ui, cx, recipe, state);
    widgets::labelled(ui, theme, "Seeds", NAME_WIDTH, "Each setting is trained once with each.", |ui| {
        widgets::text_field(ui, theme, &mut state.seeds, "Seeds", "1, 2, 3", width)
    });
    let problem = problem(project, recipe, state, busy);
    let begin = Button::new("Begin the sweep").style(ButtonStyle::Primary).enabled(problem.is_none());
    ui.horizontal(|ui| {
        if begin.ui(ui, theme).clicked() {
            let text = text_of(recipe, original, state);
            cx.send(ProjectCommand::Sweep { name: state.name.trim().to_owned(), text });
            state.name = next_name(project, state.name.trim());
        }
        let said = problem.clone().or_else(|| runs(state).map(|runs| format!("{runs} runs")));
        if let Some(said) = said {
            let color = if problem.is_some() { theme.warning } else { theme.muted };
            ui.add(egui::Label::new(widgets::caption(theme, said).color(color)).wrap());
        }
    });
}

/// A name that no sweep has, for the one after this.
fn next_name(project: &ProjectView, now: &str) -> String {
    let taken = |name: &String| name == now || project.sweeps.iter().any(|sweep| sweep.name == *name);
    (1..).map(|number| format!("sweep-{number}")).find(|name| !taken(name)).unwrap_or_default()
}

fn help(method: Method) -> &'static str {
    match method {
        Method::Grid => "Each value with each of the others.",
        Method::Random => "A range is written from..to, with log after it where steps are factors: 0.0001..0.01 log",
        Method::Halving => {
            "Many with few epochs, of which the best third goes on with three times as many. Ranges: 0.0001..0.01 log"
        }
    }
}

fn axes(ui: &mut Ui, cx: &PanelContext<'_>, recipe: &Recipe, state: &mut State) {
    let theme = cx.theme;
    let settings = recipe_settings(recipe);
    let mut away = None;
    for (at, (key, values)) in state.axes.iter_mut().enumerate() {
        widgets::labelled(ui, theme, if at == 0 { "Vary" } else { "" }, NAME_WIDTH, "", |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                let name = format!("Setting {}", at + 1);
                widgets::drop_down(ui, theme, &name, &key.clone(), 240.0, |ui| {
                    for (known, value) in settings.iter().filter(|(known, _)| known != "seed") {
                        if widgets::choice(ui, theme, &format!("{known} = {value}"), known == key) {
                            key.clone_from(known);
                        }
                    }
                });
                let hint = "values, separated by commas";
                widgets::text_field(ui, theme, values, &format!("Values of setting {}", at + 1), hint, 220.0);
                let remove = Button::new("Remove").name(format!("Remove setting {}", at + 1)).style(ButtonStyle::Quiet);
                if remove.ui(ui, theme).clicked() {
                    away = Some(at);
                }
            });
        });
    }
    if let Some(at) = away {
        state.axes.remove(at);
    }
    widgets::labelled(ui, theme, "", NAME_WIDTH, "", |ui| {
        if Button::new("Vary another setting").ui(ui, theme).clicked() {
            let free = settings.iter().find(|(key, _)| {
                !state.axes.iter().any(|(taken, _)| taken == key) && matches!(key.as_str(), "batch" | "epochs")
            });
            let (key, value) = free.or(settings.first()).cloned().unwrap_or_default();
            state.axes.push((key, value));
        }
    });
}

/// The single values of a list.
fn listed(values: &str) -> Vec<&str> {
    values.split(',').map(str::trim).filter(|value| !value.is_empty()).collect()
}

/// A range as typed: its ends, and whether its steps are factors.
fn range(values: &str) -> Option<(f64, f64, bool)> {
    let (from, to) = values.split_once("..")?;
    let (to, log) = match to.trim().strip_suffix("log") {
        Some(to) => (to.trim(), true),
        None => (to.trim(), false),
    };
    Some((from.trim().parse().ok()?, to.parse().ok()?, log))
}

/// How many runs it would be, where that is known beforehand.
fn runs(state: &State) -> Option<usize> {
    let seeds = listed(&state.seeds).len();
    let settings: usize = state.axes.iter().map(|(_, values)| listed(values).len()).product();
    (state.method == Method::Grid).then_some(settings * seeds)
}

fn problem(project: &ProjectView, recipe: &Recipe, state: &State, busy: Option<&str>) -> Option<String> {
    if let Some(why) = project.read_only.as_deref().or(busy) {
        return Some(why.to_owned());
    }
    if project.sweeps.iter().any(|sweep| sweep.name == state.name.trim()) {
        return Some("There is a sweep of that name: go on with it below, or give this one another.".into());
    }
    let seeds = listed(&state.seeds);
    if seeds.is_empty() || seeds.iter().any(|seed| seed.parse::<u64>().is_err()) {
        return Some("Seeds are whole numbers, separated by commas.".into());
    }
    for (at, (key, values)) in state.axes.iter().enumerate() {
        if state.axes.iter().take(at).any(|(before, _)| before == key) {
            return Some(format!("{key} stands here twice."));
        }
        if range(values).is_some() && state.method != Method::Grid {
            continue;
        }
        let values = listed(values);
        if values.is_empty() {
            return Some(format!("Type the values of {key}."));
        }
        if let Some(why) = values.iter().find_map(|value| with_setting(recipe, key, value).err()) {
            return Some(why);
        }
    }
    None
}

/// The file of the sweep: what differs from the recipe as it comes with the program is a setting with one value.
fn text_of(recipe: &Recipe, original: &Recipe, state: &State) -> String {
    let before = recipe_settings(original);
    let changed = recipe_settings(recipe).into_iter().filter(|setting| !before.contains(setting));
    let fixed: Vec<(String, String)> = changed
        .filter(|(key, _)| key != "seed" && key != "best_by" && !state.axes.iter().any(|(axis, _)| axis == key))
        .collect();
    let method = match state.method {
        Method::Grid => String::new(),
        Method::Random => format!("method = \"random\"\ndraws = {}\n", state.draws),
        Method::Halving => format!("method = \"halving\"\ndraws = {}\n", state.draws),
    };
    let mut text = format!("recipe = {:?}\n{method}seeds = [{}]\n", recipe.name, listed(&state.seeds).join(", "));
    if recipe.best_by != Metric::default() {
        text.push_str(&format!("by = {:?}\n", recipe.best_by.in_recipes()));
    }
    text.push_str("\n[settings]\n");
    for (key, values) in fixed.iter().chain(&state.axes) {
        let values = match range(values) {
            Some((from, to, log)) => format!("{{ from = {from:?}, to = {to:?}, log = {log} }}"),
            None => format!("[{}]", listed(values).into_iter().map(quoted).collect::<Vec<_>>().join(", ")),
        };
        text.push_str(&format!("{key:?} = {values}\n"));
    }
    text
}

/// A number or truth value as it is, anything else in quotes.
fn quoted(value: &str) -> String {
    let plain = value.parse::<f64>().is_ok_and(f64::is_finite) || matches!(value, "true" | "false");
    if plain { value.to_owned() } else { format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_what_is_varied_and_what_was_changed() {
        let original = Recipe { name: "demo-cnn".into(), ..Recipe::default() };
        let recipe = Recipe { batch: 8, ..original.clone() };
        let axes = vec![
            ("optimizer.learning_rate".into(), "1e-4..1e-2 log".into()),
            ("schedule.kind".into(), "constant, cosine".into()),
        ];
        let state = State { method: Method::Random, draws: 5, axes, ..State::default() };
        let text = text_of(&recipe, &original, &state);
        let expected = "recipe = \"demo-cnn\"\nmethod = \"random\"\ndraws = 5\nseeds = [1, 2, 3]\n\n[settings]\n\
                        \"batch\" = [8]\n\"optimizer.learning_rate\" = { from = 0.0001, to = 0.01, log = true }\n\
                        \"schedule.kind\" = [\"constant\", \"cosine\"]\n";
        assert_eq!(text, expected);
    }
}
