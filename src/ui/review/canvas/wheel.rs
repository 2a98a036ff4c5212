//! What the wheel does over a picture: zoom at the pointer, or on to the next image, as a person has it.

use crate::session::{Mouse, WheelUse};
use egui::{Event, MouseWheelUnit, Ui};

/// Points of a touch pad's way that are a notch of a wheel.
const NOTCH: f32 = 50.0;
/// Images that one frame goes on by at most, however far the wheel was turned meanwhile.
const MOST: f32 = 12.0;

/// What is left of a notch from the frames before.
#[derive(Default)]
pub struct State {
    rolled: f32,
}

/// What the wheel asks for in this frame.
pub(super) struct Turned {
    /// 1 for no zoom.
    pub zoom: f64,
    /// Images to go on by, negative back.
    pub images: i32,
}

/// Reads the wheel while the pointer is over the picture.
pub(super) fn read(ui: &Ui, state: &mut State, mouse: Mouse) -> Turned {
    let (smooth, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
    let (mut by_hand, mut notches) = (false, 0.0);
    ui.input(|i| {
        for event in &i.events {
            match event {
                Event::Zoom(_) => by_hand = true,
                Event::MouseWheel { unit, delta, modifiers, .. } => {
                    let does = if modifiers.command { mouse.ctrl_wheel } else { mouse.wheel };
                    if does == WheelUse::Images {
                        notches += match unit {
                            MouseWheelUnit::Point => delta.y / NOTCH,
                            MouseWheelUnit::Line | MouseWheelUnit::Page => delta.y,
                        };
                    }
                }
                _ => {}
            }
        }
    });
    let mut zoom = 1.0;
    if mouse.wheel == WheelUse::Zoom {
        zoom *= f64::from(smooth / 240.0).exp();
    }
    // Two fingers on a touch pad mean zoom, whatever the wheel does.
    if mouse.ctrl_wheel == WheelUse::Zoom || by_hand {
        zoom *= f64::from(pinch);
    }
    state.rolled = (state.rolled + notches).clamp(-MOST, MOST);
    let whole = state.rolled.trunc();
    state.rolled -= whole;
    // Towards the person is on.
    Turned { zoom, images: -(whole as i32) }
}
