//! Which items of the reporting guidelines a block serves.

use super::html::Html;

/// Numbers of items; empty where the guideline has none that asks for just this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Items {
    /// CLAIM, 2024 update: Tejani and others, Radiol Artif Intell 2024;6(4):e240300.
    pub claim: &'static str,
    /// Sounderajah and others, Nat Med 2025;31(10):3283-3289.
    pub stard_ai: &'static str,
    /// Collins and others, BMJ 2024;385:e078378.
    pub tripod_ai: &'static str,
    /// Vasey and others, Nat Med 2022;28(5):924-933; named where a block serves some.
    pub decide_ai: &'static str,
}

const fn items(claim: &'static str, stard_ai: &'static str, tripod_ai: &'static str) -> Items {
    Items { claim, stard_ai, tripod_ai, decide_ai: "" }
}

pub(super) const HEAD: Items = items("1", "1", "1");
pub(super) const FLOW: Items = items("35", "24", "20a");
pub(super) const CHARACTERISTICS: Items = items("36", "25", "20b, 20c");
pub(super) const CHECKS: Items = items("19, 20", "15b", "12a");
pub(super) const TRAINING: Items = items("9, 22 to 26", "14, 15a, 15b", "12b, 12c, 13");
pub(super) const THRESHOLD: Items = items("", "15c", "15");
pub(super) const FIGURES: Items = items("28, 29, 32, 37, 38", "18, 31", "12e, 23a");
pub(super) const MATRIX: Items = items("39", "30", "");
pub(super) const COMPARISON: Items = items("29", "18", "12e");
pub(super) const SUBGROUPS: Items = items("", "", "23a");
pub(super) const PRECISION: Items = items("21", "22", "10");
pub(super) const READERS: Items = items("", "", "");
/// 11: changes of the system, 12: human-computer agreement, 14: human factors with learning curves.
pub(super) const INFLUENCE: Items = Items { decide_ai: "11, 12, 14", ..items("", "", "") };
pub(super) const MAPS: Items = items("", "", "");
pub(super) const MISTAKES: Items = items("39", "", "");
pub(super) const LIMITS: Items = items("40", "33", "26");

impl Items {
    /// "CLAIM 35; STARD-AI 24; TRIPOD+AI 20a".
    pub fn in_words(self) -> String {
        let Self { claim, stard_ai, tripod_ai, decide_ai } = self;
        let of = |guideline: &str, items: &str| match items {
            "" => format!("{guideline}: see checklist"),
            items => format!("{guideline} {items}"),
        };
        let mut all = vec![of("CLAIM", claim), of("STARD-AI", stard_ai), of("TRIPOD+AI", tripod_ai)];
        all.extend((!decide_ai.is_empty()).then(|| of("DECIDE-AI", decide_ai)));
        all.join("; ")
    }
}

/// What the guidelines are and what the marks mean.
pub(super) fn section(page: &mut Html) {
    page.heading("guidelines", "Guidelines", None);
    page.paragraph(
        "Each block names the items that it serves. It does not fill them: whether an item is reported in full is for the \
         person who writes the paper to say, with the checklist in hand.",
    );
    page.list(&[
        "CLAIM: Checklist for Artificial Intelligence in Medical Imaging, 2024 update. Tejani and others, Radiology: \
         Artificial Intelligence 2024;6(4):e240300, doi 10.1148/ryai.240300."
            .to_owned(),
        "STARD-AI: Sounderajah and others, Nature Medicine 2025;31(10):3283-3289, doi 10.1038/s41591-025-03953-8."
            .to_owned(),
        "TRIPOD+AI: Collins and others, BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378.".to_owned(),
        "DECIDE-AI: Vasey and others, Nature Medicine 2022;28(5):924-933, doi 10.1038/s41591-022-01772-9.".to_owned(),
    ]);
}
