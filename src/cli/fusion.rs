//! How boxes of several looks at one image are fused, as commands take it.

use crate::inference::Fusion;
use anyhow::{Result, bail};

/// The choice of a fusion.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct FusionArg {
    /// For boxes with --tta: keep the best of boxes that overlap (nms), or average them (weighted); nms where it is left out.
    #[arg(long, value_enum, requires = "tta")]
    fusion: Option<Choice>,
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
            None | Some(Choice::Nms) => Fusion::Nms,
            Some(Choice::Weighted) => Fusion::Weighted,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self.fusion {
            None | Some(Choice::Nms) => "nms",
            Some(Choice::Weighted) => "weighted",
        }
    }

    /// Refuses a choice for a model that has no boxes to fuse.
    ///
    /// # Errors
    /// Where there is one and the model gives classes.
    pub fn check(self, draws_boxes: bool) -> Result<()> {
        if self.fusion.is_some() && !draws_boxes {
            bail!("--fusion is for models that draw boxes, this one gives the whole image a class: leave it out");
        }
        Ok(())
    }
}
