//! The small models that ship with the program, so that a demo shows predictions at once.
//!
//! `packaging/remake-demo-models.sh` makes them with the program itself, on phantoms of a seed that no demo of the window
//! uses; `tests/demo_models.rs` holds them to the shipped recipes and to phantoms they never saw.

use crate::session::protocol::command::DemoKind;

/// The weight file trained on phantoms of this kind; `None` where none ships.
pub fn demo_model(kind: DemoKind) -> Option<&'static [u8]> {
    let bytes: &'static [u8] = match kind {
        DemoKind::Fracture => include_bytes!("../../../assets/demo/fracture.safetensors"),
        DemoKind::Knee => include_bytes!("../../../assets/demo/knee.safetensors"),
        DemoKind::Ankle => include_bytes!("../../../assets/demo/ankle.safetensors"),
        DemoKind::Findings | DemoKind::Boxes => return None,
    };
    Some(bytes)
}

impl DemoKind {
    /// Whether a model for it ships with the program, so that its images have predictions at once.
    pub fn has_model(self) -> bool {
        demo_model(self).is_some()
    }

    /// About how many minutes its recipe trains on two cores, on as many images as the window makes; none where a model
    /// ships.
    pub fn minutes_to_train(self) -> Option<f32> {
        match self {
            DemoKind::Fracture | DemoKind::Knee | DemoKind::Ankle => None,
            DemoKind::Findings => Some(1.5),
            DemoKind::Boxes => Some(2.5),
        }
    }
}

/// The recipe that made it, by name; also what the headless demo trains with.
pub fn demo_recipe(kind: DemoKind) -> &'static str {
    match kind {
        DemoKind::Fracture | DemoKind::Knee => "demo-cnn",
        DemoKind::Ankle => "demo-ankle",
        DemoKind::Findings => "demo-findings",
        DemoKind::Boxes => "demo-boxes",
    }
}
