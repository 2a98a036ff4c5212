//! Which heat maps are on screen, and what follows when another one is chosen.

use super::canvas::Painted;
use super::model::current::Current;
use super::model::display::{MapChoice, MapSide};
use super::model::maps::{layers, models};
use super::state::ReviewState;
use crate::domain::{MapMethod, MapMethods, ModelId, ShownMap};
use crate::session::{Command, DeskCommand, Explained, MapRequest, ProjectView, View};
use crate::ui::action::Grid;

impl ReviewState {
    /// Whether two maps are beside each other.
    pub(super) fn has_two_maps(&self, project: &ProjectView) -> bool {
        self.heat_is_on() && self.heat.second.is_some() && project.active.is_some() && !project.study
    }

    /// The maps on screen, the left one first.
    pub(super) fn maps(&self, methods: MapMethods, current: &Current<'_>) -> Vec<MapRequest> {
        let sides: &[MapSide] =
            if self.has_two_maps(current.project) { &[MapSide::Left, MapSide::Right] } else { &[MapSide::Left] };
        sides.iter().filter_map(|side| self.map_of(methods, current, *side)).collect()
    }

    /// The map of one side.
    pub(super) fn map_of(&self, methods: MapMethods, current: &Current<'_>, side: MapSide) -> Option<MapRequest> {
        let choice = self.heat.choice(side);
        let explained = self.explained_by(current, choice)?;
        let boxes = current.project.threshold.is_some();
        let method = choice.method.filter(|method| MapMethod::that_fit(boxes).any(|fits| fits == *method));
        let known = |model: &ModelId| models(current.project).iter().any(|one| one.record.id == *model);
        Some(MapRequest {
            image: current.row.id,
            model: choice.model.filter(known),
            explained,
            method: method.unwrap_or_else(|| methods.of(boxes)),
            // A box was told from one level already.
            layer: choice.layer.filter(|_| !boxes),
        })
    }

    /// What a map explains.
    pub(super) fn explained_by(&self, current: &Current<'_>, choice: MapChoice) -> Option<Explained> {
        let hidden = current.project.reading.is_own() && !current.is_revealed();
        // Where maps were missing only of planted answers, these would be known by that.
        let hidden = hidden || current.project.study;
        if !self.heat_is_on() || current.project.active.is_none() || hidden {
            return None;
        }
        if current.project.threshold.is_some() {
            return self.explained_box(current).map(|(_, class, rect)| Explained::Box { class, rect });
        }
        let chosen = choice.class.filter(|&class| class < current.project.classes.len());
        chosen.or_else(|| current.predicted()).map(Explained::Class)
    }

    /// The maps that can be seen, for the log.
    pub(super) fn shown_maps(&self, view: &View, current: &Current<'_>) -> Vec<ShownMap> {
        let seen = |request: &MapRequest| self.canvas.painted(request).copied();
        let shown = |painted: Painted| {
            let MapRequest { method, model, explained, layer, .. } = painted.request;
            let layer = layer.filter(|_| method.has_layers());
            ShownMap { method, class: explained.class(), model, layer, empty: painted.empty }
        };
        self.maps(view.map_methods, current).iter().filter_map(seen).map(shown).collect()
    }

    /// The heat map on, or off; among several pictures first one of them.
    pub(super) fn toggle_heat(&mut self) {
        self.heat.shown = self.grid != Grid::One || !self.heat.shown;
        self.show_grid(Grid::One);
    }

    /// The other one of two maps in hand; of one map a second one comes first.
    pub(super) fn take_other_map(&mut self, view: &View) {
        if view.project.as_deref().is_some_and(|project| self.has_two_maps(project)) {
            self.heat.in_hand = self.heat.in_hand.other();
        } else {
            self.toggle_two_maps(view);
        }
    }

    /// Ends what is half done, one thing at a time, and after all else two maps beside each other.
    pub(super) fn escape(&mut self) {
        if !self.canvas.escape() && self.heat.second.is_some() {
            self.heat.leave_two();
        }
    }

    /// Two maps beside each other, or one again. Beside the active model's is that of another model where there is one, else
    /// one by another method.
    pub(super) fn toggle_two_maps(&mut self, view: &View) {
        let Some(project) = view.project.as_deref() else { return };
        if self.has_two_maps(project) {
            return self.heat.leave_two();
        }
        let other = models(project).iter().map(|model| model.record.id).find(|id| Some(*id) != project.active);
        let method = other.is_none().then(|| next_method(view, project, self.heat.first.method));
        self.heat.shown = true;
        self.show_grid(Grid::One);
        self.heat.second = Some(MapChoice { model: other, method: method.flatten(), ..self.heat.first });
        self.heat.in_hand = MapSide::Right;
    }

    /// Makes the map in hand by another method: of one map, or of the left one, it is kept for all images.
    pub(super) fn choose_method(&mut self, boxes: bool, side: MapSide, method: MapMethod) -> Option<Command> {
        match side {
            MapSide::Right if self.heat.second.is_some() => {
                self.heat.choice_mut(side).method = Some(method);
                None
            }
            MapSide::Left | MapSide::Right => {
                // A right one that followed stays what it was only if it was chosen.
                self.heat.first.method = None;
                Some(DeskCommand::SetMapMethod { boxes, method }.into())
            }
        }
    }

    /// The map in hand by the next method that fits the project's models.
    pub(super) fn choose_next_method(&mut self, commands: &mut Vec<Command>, view: &View) {
        let Some(project) = view.project.as_deref() else { return };
        self.heat.shown = true;
        let side = self.heat.side_in_hand();
        if let Some(method) = next_method(view, project, self.heat.choice(side).method) {
            commands.extend(self.choose_method(project.threshold.is_some(), side, method));
        }
    }

    /// The map in hand of the next layer, from the last to the one before it and round.
    pub(super) fn choose_next_layer(&mut self, view: &View) {
        self.heat.shown = true;
        let side = self.heat.side_in_hand();
        let Some(current) = self.current(view) else { return };
        let Some(request) = self.map_of(view.map_methods, &current, side) else { return };
        let count = layers(current.project, &request).len();
        if count > 1 {
            let now = request.layer.unwrap_or(count).min(count);
            let next = if now > 1 { now - 1 } else { count };
            self.heat.choice_mut(side).layer = (next < count).then_some(next);
        }
    }
}

/// The method after this one, of those that fit.
fn next_method(view: &View, project: &ProjectView, now: Option<MapMethod>) -> Option<MapMethod> {
    let boxes = project.threshold.is_some();
    let fitting: Vec<MapMethod> = MapMethod::that_fit(boxes).collect();
    let now = now.filter(|now| fitting.contains(now)).unwrap_or_else(|| view.map_methods.of(boxes));
    let after = fitting.iter().cycle().skip_while(|method| **method != now).nth(1);
    after.copied().filter(|method| *method != now)
}
