//! The workbench without a window: commands in, read models out.

pub mod command;
#[doc(hidden)]
pub mod fixture;
pub mod order;
pub mod pictures;
pub mod queue;
pub mod view;
pub mod words;

pub use command::{Command, DemoKind, Edit, NewProject};
pub use pictures::{Fetched, HeatPicture, Picture, PictureRequest, Thumbnail};
pub use queue::{Filter, ImageSet, Review, Sort};
pub use view::*;

use crate::domain::ImageId;
use std::sync::Arc;

/// What the window holds of the session. Every call returns at once; work is done on other threads, which ask for a
/// repaint when something new can be seen.
pub trait Workbench: Send {
    /// The newest view.
    fn view(&self) -> Arc<View>;
    /// Hands a command over.
    fn send(&self, command: Command);
    /// A picture, begun if it is not there yet.
    fn picture(&self, request: PictureRequest) -> Fetched<Picture>;
    /// A thumbnail, begun if it is not there yet.
    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail>;
    /// The active model's heat map for a class, begun if it is not there yet.
    fn heat_map(&self, image: ImageId, class: usize) -> Fetched<HeatPicture>;
}
