//! What a reader who reads without the model and without the others must not be shown. Every part of the view is named, so
//! that whoever adds one has to say whether it may be seen.

use crate::session::protocol::view::{DataView, ProjectView, Recall};
use std::sync::Arc;

/// Takes out whatever tells of other readers, or of how models did.
pub(in crate::session) fn mask(view: &mut ProjectView) {
    let ProjectView {
        // Of the project and of how it is looked at.
        path: _,
        name: _,
        read_only: _,
        classes: _,
        class_looks: _,
        reader: _,
        // The reader's own alone.
        about_reader: _,
        readers: _,
        reading: _,
        committed: _,
        // How much is left of the reader's own list.
        assigned: _,
        // Everybody is told that one runs.
        study: _,
        follows_planted,
        about_boxes: _,
        workplace: _,
        saved: _,
        missing: _,
        recipes: _,
        pictures: _,
        demo: _,
        filter: _,
        sort: _,
        random_arm: _,
        queue: _,
        // Made of the reader's own readings, and of the model only where that was revealed.
        rows: _,
        counts: _,
        detail: _,
        page: _,
        undo: _,
        redo: _,
        stepped: _,
        undo_touches_test,
        redo_touches_test,
        // Which model answers, and from where on: needed to show what is revealed.
        active: _,
        models: _,
        threshold: _,
        class_thresholds: _,
        finding_thresholds: _,
        answers: _,
        finding_rules: _,
        // How models did, what was compared, and what others said.
        map_tests,
        robustness,
        weights,
        runs,
        training,
        sweeps,
        comparison,
        recall,
        beside,
        exported,
        reported,
        imports,
        wrong_on_purpose,
        data,
        refit,
        calibration,
        findings_calibration,
        box_calibration,
        test_closed: _,
    } = view;
    (*undo_touches_test, *redo_touches_test) = (false, false);
    (*map_tests, *robustness, *runs, *sweeps) = Default::default();
    (*weights, *training, *comparison, *exported, *reported) = Default::default();
    (*beside, *imports, *recall) = (Arc::default(), Arc::default(), Recall::Done);
    (*wrong_on_purpose, *follows_planted) = Default::default();
    *refit = Arc::default();
    *data = DataView::default();
    (*calibration, *findings_calibration, *box_calibration) = Default::default();
}

/// Takes out which models there are and all that they say.
pub(in crate::session) fn mask_models(view: &mut ProjectView) {
    (view.active, view.threshold, view.answers) = Default::default();
    (view.models, view.class_thresholds) = Default::default();
    (view.finding_thresholds, view.finding_rules) = Default::default();
}
