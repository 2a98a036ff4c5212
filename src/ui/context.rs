//! What every panel gets for one frame: the session's view and pictures, the theme, the keys, and where to put what it
//! asks for. A panel sends nothing: the window does, after painting.

use super::action::Action;
use super::keymap::Keymap;
use super::theme::Theme;
use crate::domain::ImageId;
use crate::session::{
    Command, Fetched, Header, HeatPicture, MapRequest, Picture, PictureRequest, Preview, PreviewRequest, Thumbnail,
    Values, ValuesRequest, View, Workbench,
};

/// What a panel is painted from, and the lists of what it asks for.
pub struct PanelContext<'a> {
    pub fetch: Fetch<'a>,
    pub view: &'a View,
    pub theme: &'a Theme,
    pub keymap: &'a Keymap,
    /// What follows from what was shown or let go: an image is looked at, a note is left, a drag has ended. Sent in this
    /// order after painting, before any action is done.
    pub commands: &'a mut Vec<Command>,
    /// What a person asked for by pressing something; done in this order after painting.
    pub actions: &'a mut Vec<Action>,
}

impl PanelContext<'_> {
    /// Asks for an action.
    pub fn push(&mut self, action: impl Into<Action>) {
        self.actions.push(action.into());
    }

    /// Asks the session for something, as an action among the others.
    pub fn send(&mut self, command: impl Into<Command>) {
        self.actions.push(Action::Send(command.into()));
    }

    /// Why nothing can be changed, where that is so.
    pub fn read_only(&self) -> Option<&str> {
        self.view.project.as_ref()?.read_only.as_deref()
    }

    /// The key that does an action, "Ctrl P"; empty where there is none.
    pub fn key(&self, action: impl Into<Action>) -> String {
        self.keymap.key_text(&action.into()).unwrap_or_default()
    }

    /// Text for a tooltip: what an action does and its key.
    pub fn tooltip(&self, action: impl Into<Action>) -> String {
        self.keymap.tooltip(&action.into())
    }
}

/// What the session makes once it is asked for: pictures, thumbnails, heat maps, previews, headers. Nothing can be changed
/// through it.
#[derive(Clone, Copy)]
pub struct Fetch<'a>(&'a dyn Workbench);

impl<'a> Fetch<'a> {
    /// From this session.
    pub fn of(bench: &'a dyn Workbench) -> Self {
        Self(bench)
    }

    /// See [`Workbench::pictures`].
    pub fn pictures(self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        self.0.pictures(requests)
    }

    /// See [`Workbench::picture`].
    pub fn picture(self, request: PictureRequest) -> Fetched<Picture> {
        self.0.picture(request)
    }

    /// See [`Workbench::thumbnail`].
    pub fn thumbnail(self, image: ImageId) -> Fetched<Thumbnail> {
        self.0.thumbnail(image)
    }

    /// See [`Workbench::heat_maps`].
    pub fn heat_maps(self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>> {
        self.0.heat_maps(requests)
    }

    /// See [`Workbench::heat_progress`].
    pub fn heat_progress(self, request: &MapRequest) -> Option<(usize, usize)> {
        self.0.heat_progress(request)
    }

    /// See [`Workbench::drop_heat_map`].
    pub fn drop_heat_map(self) {
        self.0.drop_heat_map();
    }

    /// See [`Workbench::preview`].
    pub fn preview(self, request: PreviewRequest) -> Fetched<Preview> {
        self.0.preview(request)
    }

    /// See [`Workbench::header`].
    pub fn header(self, image: ImageId) -> Fetched<Header> {
        self.0.header(image)
    }

    /// See [`Workbench::values`].
    pub fn values(self, request: ValuesRequest) -> Fetched<Values> {
        self.0.values(request)
    }
}
