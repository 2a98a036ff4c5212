//! Where the heat of a map lies beside the boxes that readers drew.

use super::means::means;
use crate::domain::map_test::Pointing;
use crate::domain::{HeatMap, TrueBox};
use std::collections::BTreeSet;

/// Places along each side at which heat and area are measured.
const SAMPLES: u32 = 128;

/// One map beside the boxes of its class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Whether the middle of its largest cell lies in a box, the first of equal ones; never for an empty map.
    pub hit: bool,
    /// The share of the heat above zero inside the boxes, 0 to 1.
    pub heat: f64,
    /// The share of the image's area that the boxes cover, 0 to 1.
    pub chance: f64,
}

/// Lays a map beside boxes on an image of this size in pixels.
pub fn placed(map: &HeatMap, boxes: &[TrueBox], (width, height): (u32, u32)) -> Placed {
    let inside = |x: f64, y: f64| boxes.iter().any(|one| one.rect.contains(x, y));
    let (mut heat, mut all, mut covered) = (0.0, 0.0, 0u32);
    for row in 0..SAMPLES {
        for column in 0..SAMPLES {
            let at = |index: u32, side: u32| (f64::from(index) + 0.5) / f64::from(SAMPLES) * f64::from(side);
            let (x, y) = (at(column, width), at(row, height));
            let value = map.heat_at(x, y);
            all += value;
            if inside(x, y) {
                heat += value;
                covered += 1;
            }
        }
    }
    let mut largest = (0.0f32, None);
    for (at, &value) in map.values.iter().enumerate() {
        if value > largest.0 {
            largest = (value, Some(at));
        }
    }
    let middle = |at: usize| {
        let cell = |index: usize, from: f64, extent: f64, cells: usize| {
            from + (index as f64 + 0.5) * extent / cells.max(1) as f64
        };
        let columns = map.width.max(1);
        let x = cell(at % columns, map.covers.xmin, map.covers.width(), map.width);
        let y = cell(at / columns, map.covers.ymin, map.covers.height(), map.height);
        inside(x, y)
    };
    Placed {
        hit: largest.1.is_some_and(middle),
        heat: if all > 0.0 { heat / all } else { 0.0 },
        chance: f64::from(covered) / f64::from(SAMPLES * SAMPLES),
    }
}

/// The pointing game over maps, each with the number of its image and the group that this belongs to; `None` without any. Groups
/// are drawn whole for the intervals.
pub fn pointing(maps: &[(usize, String, Placed)]) -> Option<Pointing> {
    if maps.is_empty() {
        return None;
    }
    let hit = |one: &Placed| f64::from(u8::from(one.hit));
    let rows: Vec<(&str, [f64; 2])> =
        maps.iter().map(|(_, group, one)| (group.as_str(), [hit(one), one.heat])).collect();
    let [right, heat] = means(&rows);
    Some(Pointing {
        images: maps.iter().map(|(image, _, _)| image).collect::<BTreeSet<_>>().len(),
        maps: maps.len(),
        hits: maps.iter().filter(|(_, _, one)| one.hit).count(),
        right,
        heat,
        chance: maps.iter().map(|(_, _, one)| one.chance).sum::<f64>() / maps.len() as f64,
    })
}
