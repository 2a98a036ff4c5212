//! What the wheel does over a picture: zoom at the pointer, or on to the next image, as a person has it.

use crate::session::{Mouse, WheelUse};
use egui::{Event, MouseWheelUnit, Ui};

/// Points of a touch pad's way that are a notch of a wheel.
const NOTCH: f32 = 50.0;
/// Images that one frame goes on by at most, however far the wheel was turned meanwhile: each is to be seen.
const MOST: f32 = 1.0;

/// What is left of a notch from the frames before.
#[derive(Default)]
pub struct State {
    rolled: f32,
}

/// How much nearer the wheel asks to come in this frame; 1 for not at all.
pub(super) fn zoom(ui: &Ui, mouse: Mouse) -> f64 {
    let (smooth, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
    let by_hand = ui.input(|i| i.events.iter().any(|event| matches!(event, Event::Zoom(_))));
    let mut zoom = 1.0;
    if mouse.wheel == WheelUse::Zoom {
        zoom *= f64::from(smooth / 240.0).exp();
    }
    // Two fingers on a touch pad mean zoom, whatever the wheel does.
    if mouse.ctrl_wheel == WheelUse::Zoom || by_hand {
        zoom *= f64::from(pinch);
    }
    zoom
}

/// How many images the wheel asks to go on by in this frame, negative back.
pub(super) fn images(ui: &Ui, state: &mut State, mouse: Mouse) -> i32 {
    let notches = |event: &Event| match event {
        Event::MouseWheel { unit, delta, modifiers, .. } => {
            let does = if modifiers.command { mouse.ctrl_wheel } else { mouse.wheel };
            let notches = match unit {
                MouseWheelUnit::Point => delta.y / NOTCH,
                MouseWheelUnit::Line | MouseWheelUnit::Page => delta.y,
            };
            if does == WheelUse::Images { notches } else { 0.0 }
        }
        _ => 0.0,
    };
    let rolled: f32 = ui.input(|i| i.events.iter().map(notches).sum());
    state.rolled = (state.rolled + rolled).clamp(-MOST, MOST);
    let whole = state.rolled.trunc();
    state.rolled -= whole;
    // Towards the person is on.
    -(whole as i32)
}
