//! The system's event loop with a look at its screens before the window is made, so that none opens off all of them.
//!
//! eframe reads the screens only for what it remembers itself, so its own application is wrapped here.

use crate::session::ScreenArea;
use eframe::{EframeWinitApplication, UserEvent};
use std::cell::RefCell;
use std::rc::Rc;
use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, StartCause, WindowEvent};
use winit::event_loop::ActiveEventLoop;
use winit::window::WindowId;

/// The screens as they were when the window was made, the first one first.
pub type Screens = Rc<RefCell<Vec<ScreenArea>>>;

/// eframe's application, which hears of the screens before it starts.
pub struct WithScreens<'a> {
    pub inner: EframeWinitApplication<'a>,
    pub screens: Screens,
}

fn screens(event_loop: &ActiveEventLoop) -> Vec<ScreenArea> {
    let first = event_loop.primary_monitor();
    let others = event_loop.available_monitors().filter(|monitor| Some(monitor) != first.as_ref());
    let area = |monitor: winit::monitor::MonitorHandle| {
        let scale = monitor.scale_factor();
        let (corner, size) = (monitor.position().to_logical::<f32>(scale), monitor.size().to_logical::<f32>(scale));
        ScreenArea { corner: [corner.x, corner.y], size: [size.width, size.height] }
    };
    first.clone().into_iter().chain(others).map(area).filter(|area| area.size.iter().all(|side| *side > 0.0)).collect()
}

impl ApplicationHandler<UserEvent> for WithScreens<'_> {
    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        self.inner.new_events(event_loop, cause);
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        *self.screens.borrow_mut() = screens(event_loop);
        self.inner.resumed(event_loop);
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: UserEvent) {
        self.inner.user_event(event_loop, event);
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, window: WindowId, event: WindowEvent) {
        self.inner.window_event(event_loop, window, event);
    }

    fn device_event(&mut self, event_loop: &ActiveEventLoop, device: DeviceId, event: DeviceEvent) {
        self.inner.device_event(event_loop, device, event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.inner.about_to_wait(event_loop);
    }

    fn suspended(&mut self, event_loop: &ActiveEventLoop) {
        self.inner.suspended(event_loop);
    }

    fn exiting(&mut self, event_loop: &ActiveEventLoop) {
        self.inner.exiting(event_loop);
    }
}
