//! What the window costs over a project, measured without a screen: it is driven as a person would drive it, over a real
//! session, and the time of each frame and of each answer is taken. Painting itself is the graphics card's and left out.

use crate::domain::ReadingMode;
use crate::session::protocol::timing::{Meanwhile, Timed, WindowFigures, WindowTrial};
use crate::session::{
    Filter, Options, Places, ProjectCommand, ProjectView, Review, Session, SessionError, Sort, View, Workbench,
    trial_copy,
};
use crate::ui::{App, fitting_recipe};
use egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, ViewportId, vec2};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The window's size in points.
const SIZE: egui::Vec2 = vec2(1440.0, 900.0);
/// Frames of one after the other have at least this between their beginnings, as on a screen of 60 Hz.
const FRAME: Duration = Duration::from_micros(16_667);
/// Who labels in the copy.
const READER: &str = "Measurement";
/// How long an answer is waited for.
const LONGEST: Duration = Duration::from_secs(120);

/// Measures the window over a copy of a project.
///
/// # Errors
/// When the project cannot be copied or opened, or has no images.
pub fn measure(trial: &WindowTrial) -> Result<WindowFigures, SessionError> {
    let copy = trial_copy(&trial.project)?;
    let home = tempfile::tempdir().map_err(|e| SessionError::refused(format!("no temporary folder: {e}")))?;
    let mut options = Options::of_this_machine(Some(copy.path().to_path_buf()))?;
    options.places = Places::at(home.path());
    let news = Arc::new(AtomicBool::new(false));
    let heard = news.clone();
    let begun = Instant::now();
    let session = Session::start(options, move || heard.store(true, Ordering::Release))?;
    let view = until(&session, |view| {
        let refused = view.project.is_none() && !view.notices.is_empty();
        refused || view.project.as_ref().is_some_and(|project| !project.queue.is_empty())
    })?;
    let open = milliseconds(begun);
    let Some(project) = view.project.clone() else {
        let why = view.notices.first().map(|notice| notice.text.clone());
        return Err(SessionError::refused(why.unwrap_or_else(|| "the project did not open".to_owned())));
    };
    let images = project.rows.len();
    // Somebody who sees the model, whoever reads in the project, and whatever asks who does.
    session.send(ProjectCommand::SetReader(READER.to_owned()).into());
    session.send(ProjectCommand::SetReadingMode { mode: ReadingMode::Assisted, everyone: false }.into());
    let assisted = |project: &ProjectView| project.reader == READER && project.reading == ReadingMode::Assisted;
    let _ = until(&session, |view| view.project.as_deref().is_some_and(assisted))?;
    if trial.meanwhile == Meanwhile::Training {
        let Some(recipe) = fitting_recipe(&view, &project) else {
            return Err(SessionError::refused("no recipe fits the images: label some first"));
        };
        session.send(ProjectCommand::Train(Box::new(recipe)).into());
        let _ = until(&session, |view| view.project.as_ref().is_some_and(|p| p.training.is_some()))?;
    }
    let answers = answers(&session, trial.rounds)?;
    let mut driven = Driven::new(session, news, trial.pause);
    for _ in 0..trial.rounds {
        driven.round();
    }
    let open = Timed { what: "open".to_owned(), milliseconds: vec![open] };
    Ok(WindowFigures { images, open, answers, frames: driven.frames })
}

/// How long the queue takes to be another one.
fn answers(session: &Session, rounds: usize) -> Result<Vec<Timed>, SessionError> {
    let filter = |filter: Filter| ProjectCommand::SetFilter(filter);
    let of_class = Filter { label: Some(0), ..Filter::default() };
    let unreviewed = Filter { review: Some(Review::Unreviewed), ..Filter::default() };
    let named = Filter { name: "12".to_owned(), ..Filter::default() };
    // After each of them all images are asked for by name again, which is measured as what it is.
    let wishes = [
        ("filter: first class", filter(of_class)),
        ("filter: unreviewed", filter(unreviewed)),
        ("search: part of the name", filter(named)),
        ("order: uncertainty", ProjectCommand::SetSort(Sort::Uncertainty)),
        ("order: label", ProjectCommand::SetSort(Sort::Label)),
        ("order: random", ProjectCommand::SetSort(Sort::Random(7))),
    ];
    let mut all = Vec::new();
    for (what, wish) in wishes {
        let mut timed = Timed { what: what.to_owned(), milliseconds: Vec::new() };
        for _ in 0..rounds {
            let milliseconds = answer(session, wish.clone())?;
            if is_so(&session.view(), &wish) {
                timed.milliseconds.push(milliseconds);
            }
            answer(session, filter(Filter::default()))?;
            answer(session, ProjectCommand::SetSort(Sort::Name))?;
        }
        // What cannot be had of this project, as an order by a model that is not there, took no time.
        if !timed.milliseconds.is_empty() {
            all.push(timed);
        }
    }
    Ok(all)
}

/// Whether the queue is as it was wished.
fn is_so(view: &View, wish: &ProjectCommand) -> bool {
    let Some(project) = &view.project else { return false };
    match wish {
        ProjectCommand::SetFilter(filter) => project.filter == *filter,
        ProjectCommand::SetSort(sort) => project.sort == *sort,
        _ => false,
    }
}

/// Milliseconds until a wish is in the view.
fn answer(session: &Session, wish: ProjectCommand) -> Result<f64, SessionError> {
    let begun = Instant::now();
    session.send(wish.into());
    while !session.caught_up() {
        if begun.elapsed() > LONGEST {
            return Err(SessionError::refused("no answer came: is the disk full, or the machine short of memory?"));
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    Ok(milliseconds(begun))
}

/// Waits for something to be seen.
fn until(session: &Session, test: impl Fn(&View) -> bool) -> Result<Arc<View>, SessionError> {
    let begun = Instant::now();
    loop {
        let view = session.view();
        if test(&view) {
            return Ok(view);
        }
        if begun.elapsed() > LONGEST {
            return Err(SessionError::refused("nothing is seen of the project after two minutes"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn milliseconds(since: Instant) -> f64 {
    1e3 * since.elapsed().as_secs_f64()
}

/// A window without a screen.
struct Driven {
    ctx: Context,
    app: App,
    begun: Instant,
    /// The session has something new.
    news: Arc<AtomicBool>,
    /// Between one key and the next.
    pause: Duration,
    /// When the next frame is wanted.
    next: Instant,
    frames: Vec<Timed>,
}

impl Driven {
    fn new(session: Session, news: Arc<AtomicBool>, pause: Duration) -> Self {
        let (ctx, now) = (Context::default(), Instant::now());
        let app = App::new(&ctx, Box::new(session));
        let mut driven = Self { ctx, app, begun: now, news, pause, next: now, frames: Vec::new() };
        // Fonts and first pictures are made once; a question that is asked at the beginning is left.
        driven.rest("beginning", Duration::from_secs(1));
        driven.press("beginning", Key::Escape, Modifiers::NONE);
        driven
    }

    /// What a person does who reviews, each step many times.
    fn round(&mut self) {
        let steps = [
            ("next image", Key::ArrowDown, Modifiers::NONE, 60),
            ("confirm and next", Key::Enter, Modifiers::NONE, 30),
            ("undo", Key::Z, Modifiers::COMMAND, 10),
        ];
        for (what, key, modifiers, times) in steps {
            (0..times).for_each(|_| self.press(what, key, modifiers));
        }
        // One picture, four, nine, and back to one.
        (0..2).for_each(|_| self.press("to the grid", Key::L, Modifiers::NONE));
        (0..20).for_each(|_| self.press("next page of the 3 x 3 grid", Key::PageDown, Modifiers::NONE));
        (0..20).for_each(|_| self.press("next image in the grid", Key::ArrowRight, Modifiers::NONE));
        self.press("to the grid", Key::L, Modifiers::NONE);
    }

    /// Presses a key and lets it go, then looks until the next one is due.
    fn press(&mut self, what: &str, key: Key, modifiers: Modifiers) {
        let due = Instant::now() + self.pause;
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(what, vec![event(true), event(false)]);
        self.rest(what, due.saturating_duration_since(Instant::now()));
    }

    /// Paints whatever is wanted for a while.
    fn rest(&mut self, what: &str, long: Duration) {
        let due = Instant::now() + long;
        while Instant::now() < due {
            if self.news.swap(false, Ordering::AcqRel) || Instant::now() >= self.next {
                self.frame(what, Vec::new());
            } else {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn frame(&mut self, what: &str, events: Vec<Event>) {
        let begun = Instant::now();
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SIZE)),
            time: Some(self.begun.elapsed().as_secs_f64()),
            focused: true,
            events,
            ..RawInput::default()
        };
        let app = &mut self.app;
        let output = self.ctx.run_ui(input, |ui| app.frame(ui));
        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let milliseconds = milliseconds(begun);
        drop(shapes);
        match self.frames.iter_mut().find(|timed| timed.what == what) {
            Some(timed) => timed.milliseconds.push(milliseconds),
            None => self.frames.push(Timed { what: what.to_owned(), milliseconds: vec![milliseconds] }),
        }
        let wanted = output.viewport_output.get(&ViewportId::ROOT).map(|own| own.repaint_delay);
        let wanted = wanted.unwrap_or(Duration::MAX).max(FRAME);
        // A delay without an end is none.
        self.next = begun.checked_add(wanted).unwrap_or(begun + LONGEST);
        std::thread::sleep(FRAME.saturating_sub(begun.elapsed()));
    }
}
