//! Which run comes next, from the records of those that are done: nothing else has to be remembered over a restart.

use super::{Method, Sweep};
use crate::domain::sweep::{Settings, Trial, TrialRecord};

impl Sweep {
    /// The next run; `None` when all are done.
    pub fn next(&self, records: &[TrialRecord]) -> Option<Trial> {
        let mut number = 0;
        let mut among: Vec<&Settings> = self.candidates.iter().collect();
        for rung in 0.. {
            let epochs = self.epochs_of(rung);
            for settings in &among {
                for &seed in &self.seeds {
                    number += 1;
                    let trial = Trial {
                        number,
                        rung,
                        settings: (*settings).clone(),
                        seed,
                        epochs: epochs.unwrap_or_else(|| self.own_epochs(settings)),
                    };
                    if !records.iter().any(|record| record.trial.is_same(&trial)) {
                        return Some(trial);
                    }
                }
            }
            if self.is_last(rung, among.len()) {
                return None;
            }
            among = self.best(&among, rung, records);
        }
        None
    }

    /// How many runs there are in all.
    pub fn runs(&self) -> usize {
        let (mut settings, mut runs) = (self.candidates.len(), 0);
        for rung in 0.. {
            runs += settings * self.seeds.len();
            if self.is_last(rung, settings) {
                break;
            }
            settings = settings.div_ceil(self.keep_one_of);
        }
        runs
    }

    /// Epochs of all runs together, to tell how much is left.
    pub fn epochs(&self) -> usize {
        let (mut settings, mut epochs) = (self.candidates.len(), 0);
        for rung in 0.. {
            let of_rung = match self.epochs_of(rung) {
                Some(each) => settings * each,
                None => self.candidates.iter().map(|settings| self.own_epochs(settings)).sum(),
            };
            epochs += of_rung * self.seeds.len();
            if self.is_last(rung, settings) {
                break;
            }
            settings = settings.div_ceil(self.keep_one_of);
        }
        epochs
    }

    /// The epochs of a rung of a halving.
    fn epochs_of(&self, rung: usize) -> Option<usize> {
        let times = u32::try_from(rung).ok().and_then(|rung| self.keep_one_of.checked_pow(rung));
        let epochs = times.and_then(|times| self.first_epochs.checked_mul(times)).unwrap_or(usize::MAX);
        (self.method == Method::Halving).then_some(epochs.min(self.recipe.epochs))
    }

    /// The epochs of a run where the method does not say: they may be one of the settings.
    fn own_epochs(&self, settings: &Settings) -> usize {
        self.with(settings).map_or(self.recipe.epochs, |recipe| recipe.epochs)
    }

    fn is_last(&self, rung: usize, settings: usize) -> bool {
        settings <= 1 || self.epochs_of(rung).is_none_or(|epochs| epochs >= self.recipe.epochs)
    }

    /// The better part of the settings of a rung, by their mean over the seeds; of equal ones the earlier.
    fn best<'s>(&self, among: &[&'s Settings], rung: usize, records: &[TrialRecord]) -> Vec<&'s Settings> {
        let score = |settings: &Settings| {
            let of = records.iter().filter(|r| r.trial.rung == rung && r.trial.settings == *settings);
            let figures: Vec<Option<f64>> = of.map(|record| record.figures.get(self.by)).collect();
            // One that failed with a seed is not to be relied upon.
            let sum = figures.iter().copied().sum::<Option<f64>>().filter(|sum| !figures.is_empty() && sum.is_finite());
            let mean = sum.map(|sum| sum / figures.len() as f64);
            match (mean, self.by.lower_is_better()) {
                (Some(mean), true) => -mean,
                (Some(mean), false) => mean,
                (None, _) => f64::NEG_INFINITY,
            }
        };
        let mut ranked: Vec<(f64, usize, &Settings)> =
            among.iter().enumerate().map(|(at, settings)| (score(settings), at, *settings)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ranked.truncate(among.len().div_ceil(self.keep_one_of));
        ranked.into_iter().map(|(_, _, settings)| settings).collect()
    }
}
