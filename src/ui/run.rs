//! Opens the native window.

use super::app::App;
use super::screens::{Screens, WithScreens};
use crate::session::{Options, Places, Session, SessionError, WindowPlace, Workbench};
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
    run_over(Places::of_user().window(), |repaint| -> Result<Session, SessionError> {
        Session::start(Options::of_this_machine(project)?, move || repaint())
    })
}

/// Opens the window over the workbench that `start` makes. `start` gets a function that asks for a repaint, to be
/// called from any thread when something new can be seen; `place` is where the window lay the last time. Returns when the
/// window is closed.
pub fn run_over<W, E>(
    place: Option<WindowPlace>,
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
    let screens = Screens::default();
    let seen = screens.clone();
    let options = eframe::NativeOptions {
        viewport,
        // By then the screens are known.
        window_builder: Some(Box::new(move |viewport| match place {
            Some(place) => put(viewport, place.within(&seen.borrow())),
            None => viewport,
        })),
        ..Default::default()
    };
    let (mut failed, mut made) = (None, false);
    let (note, there) = (&mut failed, &mut made);
    let lost = |error: winit::error::EventLoopError| RunError::Window(error.to_string());
    let event_loop = winit::event_loop::EventLoop::<eframe::UserEvent>::with_user_event().build().map_err(lost)?;
    let inner = eframe::create_native(
        "overread",
        options,
        Box::new(move |cc| {
            *there = true;
            let ctx = cc.egui_ctx.clone();
            match start(std::sync::Arc::new(move || ctx.request_repaint())) {
                Ok(bench) => Ok(Box::new(App::new(&cc.egui_ctx, Box::new(bench)))),
                Err(error) => {
                    *note = Some(error.to_string());
                    Err(error.to_string().into())
                }
            }
        }),
        &event_loop,
    );
    let shown = event_loop.run_app(&mut WithScreens { inner, screens });
    if !made && shown.is_ok() {
        // eframe has put the reason into the log, and nowhere else.
        return Err(RunError::Window("no graphics adapter took it, the lines above say why".to_owned()));
    }
    match (shown, failed) {
        (_, Some(why)) => Err(RunError::Session(why)),
        (Err(error), None) => Err(RunError::Window(error.to_string())),
        (Ok(()), None) => Ok(()),
    }
}

/// A window in this place.
fn put(viewport: ViewportBuilder, place: WindowPlace) -> ViewportBuilder {
    let viewport = viewport.with_inner_size(place.size).with_maximized(place.maximised);
    match place.corner {
        Some(corner) => viewport.with_position(corner),
        None => viewport,
    }
}
