//! Grey samples whose header says what they mean and how they are to be seen: stored value, modality transform, values
//! of interest, polarity (DICOM PS3.3 C.11.1, C.11.2 and C.7.6.3.1.2).

use crate::domain::Voi;
use std::sync::Arc;

/// Grey samples with their meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// One code a pixel, row by row; [`Greyscale::stored`] gives the stored value.
    pub codes: Vec<u16>,
    pub scale: Arc<Greyscale>,
}

/// From codes to stored values, to values with a meaning, and to what is displayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Greyscale {
    /// The stored value of code 0, and the step from one code to the next; 1 unless values of 32 bits or more had to be
    /// brought to 65,536 codes.
    pub first: f64,
    pub step: f64,
    pub modality: Modality,
    /// Ways to see it, in the header's order; the first is what is shown unless asked otherwise.
    pub presets: Vec<Preset>,
    /// The function of windows that are set by hand.
    pub curve: Curve,
    /// The lowest value is white (MONOCHROME1).
    pub inverted: bool,
    /// Stored values from the first to the second are no measurement: the area outside the picture.
    pub padding: Option<(f64, f64)>,
    /// Smallest and largest value of the picture after the modality transform, without padding.
    pub range: (f64, f64),
    /// The window that shows the whole range, where the header has no preset.
    pub whole: (f64, f64),
}

/// From stored values to values with a meaning (PS3.3 C.11.1).
#[derive(Clone, Debug, PartialEq)]
pub enum Modality {
    /// value = stored * slope + intercept.
    Linear {
        slope: f64,
        intercept: f64,
    },
    Table(Table),
}

/// Outputs for inputs from `first` on; inputs outside take the nearest end (PS3.3 C.11.1.1.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub first: f64,
    pub outputs: Vec<f64>,
}

/// The function of a window (PS3.3 C.11.2.1.2 and C.11.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    Linear,
    LinearExact,
    Sigmoid,
}

/// One of the header's ways to see a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// The header's own words, or "window 1", "table 1".
    pub name: String,
    pub shown: VoiTransform,
}

/// What a preset does to values after the modality transform.
#[derive(Clone, Debug, PartialEq)]
pub enum VoiTransform {
    Window {
        centre: f64,
        width: f64,
    },
    /// Outputs from 0 to 1.
    Table(Table),
}

impl Table {
    /// The output of an input.
    pub fn at(&self, input: f64) -> f64 {
        let last = self.outputs.len().saturating_sub(1) as f64;
        let index = (input - self.first).round().clamp(0.0, last);
        self.outputs.get(index as usize).copied().unwrap_or(0.0)
    }
}

impl Curve {
    /// The displayed value, 0 to 1, under a window.
    pub fn shown(self, value: f64, (centre, width): (f64, f64)) -> f64 {
        match self {
            // LINEAR needs a width of 1 at least (C.11.2.1.2.1); narrower windows are of values finer than whole numbers.
            Curve::Linear if width > 0.0 && width < 1.0 => Curve::LinearExact.shown(value, (centre, width)),
            Curve::Linear => super::window::linear(value, (centre, width)),
            // C.11.2.1.3.2.
            Curve::LinearExact if width > 0.0 => ((value - centre) / width + 0.5).clamp(0.0, 1.0),
            Curve::LinearExact => f64::from(value > centre),
            // C.11.2.1.3.1.
            Curve::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - centre) / width.max(f64::MIN_POSITIVE)).exp()),
        }
    }
}

impl Greyscale {
    /// The stored value of a code.
    pub fn stored(&self, code: u16) -> f64 {
        self.first + self.step * f64::from(code)
    }

    /// The value of a code after the modality transform.
    pub fn value(&self, code: u16) -> f64 {
        let stored = self.stored(code);
        match &self.modality {
            Modality::Linear { slope, intercept } => stored * slope + intercept,
            Modality::Table(table) => table.at(stored),
        }
    }

    /// Whether a code stands for no measurement.
    pub fn is_padding(&self, code: u16) -> bool {
        let stored = self.stored(code);
        self.padding.is_some_and(|(low, high)| (low..=high).contains(&stored))
    }

    /// The window that is meant, or the range of the table; a preset that is not there is the first. Centre and width,
    /// in values after the modality transform.
    pub fn window(&self, voi: Voi) -> (f64, f64) {
        match (voi, self.shown(voi)) {
            (Voi::Window(centre, width), _) => (centre, width),
            (_, Some(VoiTransform::Window { centre, width })) => (*centre, *width),
            (_, Some(VoiTransform::Table(table))) => {
                let width = table.outputs.len() as f64;
                (table.first + width / 2.0, width)
            }
            (_, None) => self.whole,
        }
    }

    fn shown(&self, voi: Voi) -> Option<&VoiTransform> {
        let Voi::Preset(index) = voi else { return None };
        self.presets.get(index).or(self.presets.first()).map(|preset| &preset.shown)
    }

    /// What each code from 0 to `last` is displayed as, 0 (black) to 1. Polarity is applied last; padding is black.
    pub fn displayed(&self, voi: Voi, last: u16) -> Vec<f32> {
        let table = match self.shown(voi) {
            Some(VoiTransform::Table(table)) => Some(table),
            _ => None,
        };
        let window = self.window(voi);
        let shown = |code: u16| {
            if self.is_padding(code) {
                return 0.0;
            }
            let value = self.value(code);
            let shown = table.map_or_else(|| self.curve.shown(value, window), |table| table.at(value));
            (if self.inverted { 1.0 - shown } else { shown }) as f32
        };
        (0..=last).map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale() -> Greyscale {
        Greyscale {
            first: -4.0,
            step: 1.0,
            modality: Modality::Linear { slope: 2.0, intercept: 10.0 },
            presets: Vec::new(),
            curve: Curve::Linear,
            inverted: false,
            padding: Some((-4.0, -4.0)),
            range: (4.0, 10.0),
            whole: (7.0, 7.0),
        }
    }

    #[test]
    fn polarity_comes_last_and_padding_is_black_either_way() {
        let plain = scale().displayed(Voi::Window(7.5, 7.0), 3);
        let inverted = Greyscale { inverted: true, ..scale() }.displayed(Voi::Window(7.5, 7.0), 3);
        assert_eq!((plain[0], inverted[0]), (0.0, 0.0), "padding");
        assert_eq!((plain[1], plain[3]), (0.0, 2.0 / 3.0));
        assert!(plain.iter().zip(&inverted).skip(1).all(|(a, b)| (a + b - 1.0).abs() < 1e-6));
    }

    #[test]
    fn the_standards_three_functions_differ_as_it_says() {
        // PS3.3 C.11.2.1.3.2: for c=2048, w=4096 LINEAR_EXACT maps 0 to the lowest and 4096 to the highest output.
        assert_eq!(Curve::LinearExact.shown(0.0, (2048.0, 4096.0)), 0.0);
        assert_eq!(Curve::LinearExact.shown(4096.0, (2048.0, 4096.0)), 1.0);
        assert_eq!(Curve::LinearExact.shown(1024.0, (2048.0, 4096.0)), 0.25);
        assert_eq!(Curve::Sigmoid.shown(2048.0, (2048.0, 4096.0)), 0.5);
        let quarter = Curve::Sigmoid.shown(3072.0, (2048.0, 4096.0));
        assert!((quarter - 1.0 / (1.0 + (-1f64).exp())).abs() < 1e-12);
        assert_eq!(Curve::Linear.shown(4095.0, (2048.0, 4096.0)), 1.0);
    }

    #[test]
    fn a_table_of_the_header_is_used_until_a_window_is_set() {
        let table = Table { first: 4.0, outputs: vec![0.0, 0.25, 0.5, 1.0] };
        let preset = Preset { name: "table 1".into(), shown: VoiTransform::Table(table) };
        let narrow = Preset { name: "bone".into(), shown: VoiTransform::Window { centre: 7.0, width: 3.0 } };
        let scale = Greyscale { presets: vec![preset, narrow], ..scale() };
        assert_eq!(scale.displayed(Voi::default(), 3)[1..], [0.0, 0.5, 1.0]);
        assert_ne!(scale.displayed(Voi::Window(7.0, 20.0), 3)[1..], [0.0, 0.5, 1.0]);
        assert_eq!(scale.displayed(Voi::Preset(1), 3), scale.displayed(Voi::Window(7.0, 3.0), 3));
        assert_eq!((scale.window(Voi::Preset(1)), scale.window(Voi::Preset(9))), ((7.0, 3.0), (6.0, 4.0)));
    }
}
