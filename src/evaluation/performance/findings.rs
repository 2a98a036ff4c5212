//! Several findings an image, each judged on the images on which it was looked at.

use super::{Finding, Judged, OverFindings, Prepared, Together};
use crate::domain::{Findings, ModelRecord, Presence};
use crate::evaluation::bootstrap::Groups;
use crate::evaluation::findings::JudgedFindings;

impl Prepared {
    /// One finding a class of the list, in its order; a class that is none (images with nothing to find) was looked at on no
    /// image.
    pub(super) fn of_findings(of: &Judged<'_>, said: &[Findings], taken: &[usize]) -> Self {
        let places: Vec<usize> = of.classes.finding_places().collect();
        let threshold = |place: usize| of.thresholds.of(place).unwrap_or(ModelRecord::THRESHOLD);
        let known = |at: &usize, place: usize| said.get(*at)?.get(place).and_then(Presence::known);
        let score = |at: &usize, place: usize| {
            of.probabilities.get(*at).and_then(|row| row.get(place)).map_or(f64::NAN, |p| f64::from(*p))
        };
        let finding = |place: usize| {
            let is_finding = places.contains(&place);
            let statements = taken.iter().map(|at| known(at, place).filter(|_| is_finding));
            Finding::of_statements(statements, taken.iter().map(|at| score(at, place)), threshold(place))
        };
        let findings = (0..of.classes.len()).filter_map(finding).collect();
        let row = |at: &usize| places.iter().map(|place| known(at, *place)).collect::<Vec<_>>();
        let truth: Vec<Vec<Option<bool>>> = taken.iter().map(row).collect();
        let scores = |at: &usize| {
            let row = of.probabilities.get(*at);
            places.iter().filter_map(|place| row.and_then(|row| row.get(*place)).copied()).collect::<Vec<f32>>()
        };
        let probabilities: Vec<Vec<f32>> = taken.iter().map(scores).collect();
        let thresholds: Vec<f64> = places.iter().map(|place| threshold(*place)).collect();
        let judged =
            JudgedFindings { truth: &truth, probabilities: &probabilities, groups: &[], thresholds: &thresholds };
        let overall = OverFindings::new(&judged);
        Self {
            truth: Vec::new(),
            predicted: Vec::new(),
            right: overall.right(&judged),
            groups: Groups::new(taken.iter().map(|at| of.groups.get(*at).and_then(Option::as_ref))),
            findings,
            overall: Together::Findings(Box::new(overall)),
        }
    }
}
