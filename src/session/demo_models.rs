//! The small models that ship with the program, so that a demo shows predictions at once.

use super::command::DemoKind;

/// The weight file trained on phantoms of this kind; `None` where none ships.
pub fn demo_model(kind: DemoKind) -> Option<&'static [u8]> {
    match kind {
        DemoKind::Fracture | DemoKind::Knee | DemoKind::Ankle => None,
    }
}
