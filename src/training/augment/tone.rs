//! Brightness, contrast and gamma.

/// What is drawn for the tones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tone {
    /// Added, on the 0..1 scale.
    pub brightness: f32,
    /// Multiplies the difference from the picture's mean.
    pub contrast: f32,
    /// What every value is raised to.
    pub power: f32,
}

impl Tone {
    pub(super) const STILL: Self = Self { brightness: 0.0, contrast: 1.0, power: 1.0 };

    /// Values stay between 0 and 1.
    pub(super) fn apply(&self, planes: &mut [f32]) {
        if planes.is_empty() {
            return;
        }
        if (self.brightness, self.contrast) != (0.0, 1.0) {
            let mean = (planes.iter().map(|v| f64::from(*v)).sum::<f64>() / planes.len() as f64) as f32;
            for value in planes.iter_mut() {
                *value = ((*value - mean) * self.contrast + mean + self.brightness).clamp(0.0, 1.0);
            }
        }
        if self.power != 1.0 {
            planes.iter_mut().for_each(|value| *value = value.max(0.0).powf(self.power));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tone_stays_between_black_and_white() {
        let mut planes = vec![0.0, 0.5, 1.0];
        Tone { brightness: 0.25, contrast: 0.5, power: 1.0 }.apply(&mut planes);
        assert_eq!(planes, [0.5, 0.75, 1.0]);
        let mut planes = vec![0.0, 0.5, 1.0];
        Tone { power: 2.0, ..Tone::STILL }.apply(&mut planes);
        assert_eq!(planes, [0.0, 0.25, 1.0]);
    }
}
