//! Opens the native window.

use super::app::App;
use crate::session::{Options, Session, SessionError, Workbench};
use egui::ViewportBuilder;
use std::path::PathBuf;
use thiserror::Error;

/// Why there is no window.
#[derive(Debug, Error)]
pub enum RunError {
    /// No display, no graphics adapter, or the connection was lost.
    #[error(
        "the window could not be opened: {0}. On Linux a display (X11 or Wayland) and a Vulkan or OpenGL driver are \
         needed (Debian: mesa-vulkan-drivers); everything else works from the command line, see overread --help"
    )]
    Window(String),
    /// The session did not start.
    #[error("{0}")]
    Session(String),
}

/// Opens the window, on a project or on the start screen. Returns when it is closed.
pub fn run(project: Option<PathBuf>) -> Result<(), RunError> {
    run_over(|repaint| -> Result<Session, SessionError> {
        Session::start(Options::of_this_machine(project)?, move || repaint())
    })
}

/// Opens the window over the workbench that `start` makes. `start` gets a function that asks for a repaint, to be
/// called from any thread when something new can be seen. Returns when the window is closed.
pub fn run_over<W, E>(
    start: impl FnOnce(std::sync::Arc<dyn Fn() + Send + Sync>) -> Result<W, E>,
) -> Result<(), RunError>
where
    W: Workbench + 'static,
    E: std::fmt::Display,
{
    let viewport = ViewportBuilder::default()
        .with_title("Overread")
        .with_app_id("overread")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([960.0, 600.0])
        .with_drag_and_drop(true)
        .with_icon(super::icon::icon());
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let mut failed = None;
    let note = &mut failed;
    let shown = eframe::run_native(
        "overread",
        options,
        Box::new(move |cc| {
            let ctx = cc.egui_ctx.clone();
            match start(std::sync::Arc::new(move || ctx.request_repaint())) {
                Ok(bench) => Ok(Box::new(App::new(&cc.egui_ctx, Box::new(bench)))),
                Err(error) => {
                    *note = Some(error.to_string());
                    Err(error.to_string().into())
                }
            }
        }),
    );
    match (shown, failed) {
        (_, Some(why)) => Err(RunError::Session(why)),
        (Err(error), None) => Err(RunError::Window(error.to_string())),
        (Ok(()), None) => Ok(()),
    }
}
