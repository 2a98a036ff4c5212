//! How boxes of several looks at one image are fused, as commands take it.

use crate::inference::Fusion;

/// The choice of a fusion.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct FusionArg {
    /// For boxes with --tta: keep the best of boxes that overlap (nms), or average them (weighted).
    #[arg(long, value_enum, default_value = "nms")]
    fusion: Choice,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Choice {
    Nms,
    Weighted,
}

impl FusionArg {
    /// What was chosen.
    pub fn fusion(self) -> Fusion {
        match self.fusion {
            Choice::Nms => Fusion::Nms,
            Choice::Weighted => Fusion::Weighted,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self.fusion {
            Choice::Nms => "nms",
            Choice::Weighted => "weighted",
        }
    }
}
