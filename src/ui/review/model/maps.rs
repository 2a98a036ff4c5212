//! What heat maps can be of: the models and layers to choose from.

use crate::domain::{MapLayer, map_layers};
use crate::session::{MapRequest, ModelRow, ProjectView};

/// The models whose maps can be laid beside the active one's: of its kind, about the same classes, and with a file that can be
/// used. The active one is among them.
pub fn models(project: &ProjectView) -> Vec<&ModelRow> {
    let Some(active) = project.models.iter().find(|model| Some(model.record.id) == project.active) else {
        return Vec::new();
    };
    let (boxes, names) = (active.record.card.architecture.draws_boxes(), active.record.card.classes.names());
    let fits = |model: &&ModelRow| {
        let card = &model.record.card;
        model.problem.is_none() && card.architecture.draws_boxes() == boxes && card.classes.names() == names
    };
    project.models.iter().filter(fits).collect()
}

/// The layers that a map can look at; none where the method looks at none or there is nothing to choose.
pub fn layers(project: &ProjectView, request: &MapRequest) -> Vec<MapLayer> {
    let id = request.model.or(project.active);
    let model = project.models.iter().find(|model| Some(model.record.id) == id);
    let Some(card) = model.map(|model| &model.record.card).filter(|_| request.method.has_layers()) else {
        return Vec::new();
    };
    let layers = map_layers(&card.architecture, &card.preprocessing);
    if layers.len() > 1 { layers } else { Vec::new() }
}
