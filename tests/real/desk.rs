//! A window over a real session on disk, driven by keys and by what a screen reader calls its parts.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use overread::domain::ImageId;
use overread::nn::Compute;
use overread::session::{
    Command, Fetched, Header, HeatPicture, MapRequest, Options, Picture, PictureRequest, Places, Preview,
    PreviewRequest, ProjectView, Session, Thumbnail, Values, ValuesRequest, View, Workbench,
};
use overread::ui::App;
use overread::ui::dialogs::{Answer, Ask, Dialogs};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The session, which the window and the test both hold.
#[derive(Clone)]
struct Shared(Arc<Session>);

impl Workbench for Shared {
    fn view(&self) -> Arc<View> {
        self.0.view()
    }
    fn send(&self, command: Command) {
        self.0.send(command);
    }
    fn pictures(&self, requests: &[PictureRequest]) -> Vec<Fetched<Picture>> {
        self.0.pictures(requests)
    }
    fn thumbnail(&self, image: ImageId) -> Fetched<Thumbnail> {
        self.0.thumbnail(image)
    }
    fn heat_maps(&self, requests: &[MapRequest]) -> Vec<Fetched<HeatPicture>> {
        self.0.heat_maps(requests)
    }
    fn heat_progress(&self, request: &MapRequest) -> Option<(usize, usize)> {
        self.0.heat_progress(request)
    }
    fn drop_heat_map(&self) {
        self.0.drop_heat_map();
    }
    fn preview(&self, request: PreviewRequest) -> Fetched<Preview> {
        self.0.preview(request)
    }
    fn header(&self, image: ImageId) -> Fetched<Header> {
        self.0.header(image)
    }
    fn values(&self, request: ValuesRequest) -> Fetched<Values> {
        self.0.values(request)
    }
}

/// Answers every question of the window for a path with the next of these; then with none.
#[derive(Clone, Default)]
pub struct Answers(Arc<Mutex<(Vec<PathBuf>, Vec<Ask>)>>);

impl Answers {
    pub fn next(&self, path: impl Into<PathBuf>) {
        self.0.lock().unwrap().0.push(path.into());
    }
}

impl Dialogs for Answers {
    fn ask(&mut self, ask: Ask, ctx: &egui::Context) {
        self.0.lock().unwrap().1.push(ask);
        ctx.request_repaint();
    }

    fn poll(&mut self) -> Option<(Ask, Answer)> {
        let (paths, asked) = &mut *self.0.lock().unwrap();
        let ask = asked.pop()?;
        let answer = if paths.is_empty() { Answer::Cancelled } else { Answer::Path(paths.remove(0)) };
        Some((ask, answer))
    }
}

/// Counts what the session has to show, so that nobody sleeps.
#[derive(Default)]
struct News {
    count: Mutex<u64>,
    came: Condvar,
}

/// A window with its session.
pub struct Desk {
    pub window: Harness<'static, App>,
    pub answers: Answers,
    bench: Shared,
    news: Arc<News>,
}

impl Desk {
    /// With the settings of the folder `home`, and a project open at once.
    pub fn open(home: &Path, project: Option<&Path>) -> Self {
        let (news, answers) = (Arc::new(News::default()), Answers::default());
        let heard = news.clone();
        let options =
            Options { places: Places::at(home), open: project.map(Path::to_path_buf), ..Options::new(Compute::cpu()) };
        let session = Session::start(options, move || {
            *heard.count.lock().unwrap() += 1;
            heard.came.notify_all();
        });
        let bench = Shared(Arc::new(session.unwrap()));
        let (held, dialogs) = (bench.clone(), answers.clone());
        let window = Harness::builder()
            .with_size([1440.0, 900.0])
            .build_eframe(move |cc| App::with_dialogs(&cc.egui_ctx, Box::new(held), Box::new(dialogs)));
        let mut desk = Self { window, answers, bench, news };
        if project.is_some() {
            desk.until("the project", |view| view.project.is_some());
            desk.quiet();
        }
        desk
    }

    pub fn view(&self) -> Arc<View> {
        self.bench.view()
    }

    pub fn project(&self) -> Arc<ProjectView> {
        self.view().project.clone().expect("a project is open")
    }

    /// Past the window, for what a test needs and does not try.
    pub fn send(&self, command: Command) {
        self.bench.send(command);
    }

    /// Paints until the session shows this.
    pub fn until(&mut self, what: &str, test: impl Fn(&View) -> bool) {
        let mut seen = 0;
        for _ in 0..100_000 {
            self.window.step();
            if test(&self.bench.view()) {
                // Once more, so that the window shows it too.
                self.window.run_steps(2);
                return;
            }
            let count = self.news.count.lock().unwrap();
            let (count, timeout) =
                self.news.came.wait_timeout_while(count, Duration::from_secs(120), |count| *count == seen).unwrap();
            let notices = || self.bench.view().notices.clone();
            assert!(!timeout.timed_out(), "waited in vain for {what}: {:?}", notices());
            seen = *count;
        }
        panic!("no end of news before {what}");
    }

    /// Until everything is saved, nothing runs and the image looked at is known.
    pub fn quiet(&mut self) {
        // A project that was left on another screen, or with a filter that shows nothing, opens without looking at an image.
        let elsewhere = |p: &ProjectView| {
            let left = p.workplace.as_ref().map(|left| left.screen.as_str());
            p.queue.is_empty() || left.is_some_and(|screen| !["", "Review"].contains(&screen))
        };
        let known = |p: &ProjectView| p.detail.is_some() || elsewhere(p);
        let quiet = |view: &View| view.jobs.is_empty() && view.project.as_ref().is_none_or(|p| p.saved && known(p));
        self.still("quiet", quiet);
    }

    /// Until all that was sent is carried out and this is so, and stays so once the window has seen it: a key or a click
    /// that had to wait for it may have been sent since.
    pub fn still(&mut self, what: &str, test: impl Fn(&View) -> bool) -> Arc<View> {
        let bench = self.bench.0.clone();
        loop {
            self.until(what, |view| bench.caught_up() && test(view));
            let view = self.view();
            if bench.caught_up() && test(&view) {
                return view;
            }
        }
    }

    pub fn key(&mut self, key: Key) {
        self.key_with(Modifiers::NONE, key);
    }

    pub fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run_steps(3);
    }

    /// A key and the text it makes, as a keyboard sends them.
    pub fn typed(&mut self, text: &str) {
        self.window.event(Event::Text(text.to_owned()));
        self.window.run_steps(2);
    }

    pub fn ctrl(&mut self, key: Key) {
        self.key_with(Modifiers::CTRL | Modifiers::COMMAND, key);
    }

    pub fn press(&mut self, name: &str) {
        self.window.get_by_role_and_label(Role::Button, name).click_accesskit();
        self.window.run_steps(3);
    }
}
