//! Threads that make what the window asks for, the newest wish first: the one loop behind pictures, thumbnails, heat
//! maps and previews.

use crate::session::protocol::pictures::Fetched;
use crate::session::services::lru::Lru;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Asks the window for a repaint.
pub type Repaint = Arc<dyn Fn() + Send + Sync>;

/// What is wanted and what there is already; the threads of one [`Worker`] share it.
pub trait Wishes: Send + 'static {
    /// One thing to make.
    type Task;
    /// What comes of it.
    type Made;
    /// The next thing to make, from now on busy; `None` while there is nothing to do.
    fn next(&mut self) -> Option<Self::Task>;
    /// The task is no longer busy.
    fn release(&mut self, task: &Self::Task);
    /// Takes in what came of a task, or why nothing did.
    fn keep(&mut self, task: Self::Task, made: Result<Self::Made, Unmade>);
}

/// Why something was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmade {
    /// It cannot be made; a sentence why.
    Failed(String),
    /// Nobody wanted it any more. It can be wished for again.
    GivenUp,
}

impl From<String> for Unmade {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

/// Running threads; they end when it is dropped.
pub struct Worker<W: Wishes> {
    shared: Arc<Shared<W>>,
}

struct Shared<W> {
    state: Mutex<State<W>>,
    wake: Condvar,
    repaint: Repaint,
    what: &'static str,
}

struct State<W> {
    wishes: W,
    /// Grows when everything is forgotten, so that what was begun before is not kept.
    generation: u64,
    ended: bool,
}

impl<W: Wishes> Worker<W> {
    /// Starts so many threads, each with a maker of its own. `what` they make is named in threads and sentences.
    pub fn start<M, E>(
        what: &'static str,
        threads: usize,
        wishes: W,
        repaint: Repaint,
        maker: impl Fn() -> M,
    ) -> std::io::Result<Self>
    where
        M: FnMut(&W::Task) -> Result<W::Made, E> + Send + 'static,
        E: Into<Unmade>,
    {
        let state = Mutex::new(State { wishes, generation: 0, ended: false });
        let worker = Self { shared: Arc::new(Shared { state, wake: Condvar::new(), repaint, what }) };
        for thread in 0..threads {
            let (shared, mut make) = (worker.shared.clone(), maker());
            std::thread::Builder::new().name(format!("{what}-{thread}")).spawn(move || shared.work(&mut make))?;
        }
        Ok(worker)
    }

    /// Looks at what there is or changes what is wanted.
    pub fn look<R>(&self, look: impl FnOnce(&mut W) -> R) -> R {
        look(&mut self.shared.lock().wishes)
    }

    /// Tells the threads that there is something to do.
    pub fn wake(&self) {
        self.shared.wake.notify_all();
    }

    /// Forgets: what is being made now will not be kept.
    pub fn reset(&self, forget: impl FnOnce(&mut W)) {
        let mut state = self.shared.lock();
        state.generation += 1;
        forget(&mut state.wishes);
    }
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Send + Sync + 'static> Worker<Shelf<K, V>> {
    /// What is on the shelf under this key, begun if it is not there yet.
    pub fn fetch(&self, key: K) -> Fetched<V> {
        let fetched = self.look(|shelf| shelf.fetch(key));
        if matches!(fetched, Fetched::Loading(_)) {
            self.wake();
        }
        fetched
    }
}

impl<W: Wishes> Drop for Worker<W> {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.wake.notify_all();
    }
}

impl<W: Wishes> Shared<W> {
    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work<E: Into<Unmade>>(&self, make: &mut impl FnMut(&W::Task) -> Result<W::Made, E>) {
        let mut state = self.lock();
        while !state.ended {
            let Some(task) = state.wishes.next() else {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let generation = state.generation;
            drop(state);
            let made = catch_unwind(AssertUnwindSafe(|| make(&task).map_err(Into::into))).unwrap_or_else(|_| {
                let why = format!("the {} could not be made: report this as a fault of the program", self.what);
                Err(Unmade::Failed(why))
            });
            state = self.lock();
            state.wishes.release(&task);
            if generation == state.generation {
                state.wishes.keep(task, made);
                (self.repaint)();
            }
            // Another thread may have passed over what was busy.
            self.wake.notify_all();
        }
    }
}

/// Failures remembered at most.
const FAILURES: usize = 4096;

/// Wishes of one kind: what was made is kept by key while there is room, what failed is not tried again.
pub struct Shelf<K, V> {
    made: Lru<K, Arc<V>>,
    failed: HashMap<K, Arc<str>>,
    /// The newest last.
    wanted: Vec<K>,
    busy: HashSet<K>,
    waiting: usize,
    bytes: fn(&V) -> usize,
}

impl<K: Hash + Eq + Clone, V> Shelf<K, V> {
    /// Keeps `budget` bytes, as `bytes` counts them, and lets `waiting` wishes wait; older ones are dropped, the window
    /// asks again when it still needs them.
    pub fn new(budget: usize, waiting: usize, bytes: fn(&V) -> usize) -> Self {
        let (wanted, busy) = (Vec::new(), HashSet::new());
        Self { made: Lru::new(budget), failed: HashMap::new(), wanted, busy, waiting, bytes }
    }

    fn fetch(&mut self, key: K) -> Fetched<V> {
        if let Some(made) = self.made.get(&key) {
            return Fetched::Ready(made);
        }
        if let Some(why) = self.failed.get(&key) {
            return Fetched::Failed(why.clone());
        }
        if !self.busy.contains(&key) {
            // Asked for again means still on screen: it moves to the front.
            self.wanted.retain(|waiting| *waiting != key);
            self.wanted.push(key);
            if self.wanted.len() > self.waiting {
                self.wanted.remove(0);
            }
        }
        Fetched::Loading(None)
    }

    /// What was used last among those whose key passes.
    pub fn newest(&self, test: impl Fn(&K) -> bool) -> Option<Arc<V>> {
        self.made.newest(test)
    }

    /// Forgets what is wanted but for what passes.
    pub fn keep_wishes(&mut self, test: impl Fn(&K) -> bool) {
        self.wanted.retain(test);
    }

    /// Forgets what is wanted and what failed; what was made stays.
    pub fn forget_wishes(&mut self) {
        self.wanted.clear();
        self.failed.clear();
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.forget_wishes();
        self.made.clear();
    }
}

impl<K: Hash + Eq + Clone + Send + 'static, V: Send + Sync + 'static> Wishes for Shelf<K, V> {
    type Task = K;
    type Made = V;

    fn next(&mut self) -> Option<K> {
        let key = self.wanted.pop()?;
        self.busy.insert(key.clone());
        Some(key)
    }

    fn release(&mut self, key: &K) {
        self.busy.remove(key);
    }

    fn keep(&mut self, key: K, made: Result<V, Unmade>) {
        match made {
            Ok(made) => {
                let bytes = (self.bytes)(&made);
                self.made.put(key, Arc::new(made), bytes);
            }
            Err(Unmade::GivenUp) => {}
            Err(Unmade::Failed(why)) => {
                if self.failed.len() >= FAILURES {
                    self.failed.clear();
                }
                self.failed.insert(key, why.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossbeam_channel::{Receiver, Sender, unbounded};

    struct Bench {
        worker: Worker<Shelf<u32, String>>,
        /// One message whenever something was made or failed.
        painted: Receiver<()>,
        /// The maker answers one task for each message here.
        go: Sender<()>,
    }

    fn bench(waiting: usize) -> Bench {
        let (paint, painted) = unbounded();
        let (go, gate) = unbounded::<()>();
        let repaint: Repaint = Arc::new(move || paint.send(()).unwrap_or_default());
        let shelf = Shelf::new(1000, waiting, String::len);
        let mut given_up = false;
        let worker = Worker::start("number", 1, shelf, repaint, || {
            let gate = gate.clone();
            move |key: &u32| {
                gate.recv().map_err(|e| e.to_string())?;
                assert_ne!(*key, 13, "unlucky");
                match *key {
                    14 if !std::mem::replace(&mut given_up, true) => Err(Unmade::GivenUp),
                    101.. => Err(Unmade::Failed(format!("{key} is too large"))),
                    _ => Ok(key.to_string()),
                }
            }
        });
        Bench { worker: worker.unwrap(), painted, go }
    }

    impl Bench {
        fn fetch(&self, key: u32) -> Fetched<String> {
            self.worker.fetch(key)
        }

        fn made(&self, key: u32) -> Fetched<String> {
            self.fetch(key);
            self.go.send(()).unwrap();
            self.painted.recv().unwrap();
            self.fetch(key)
        }
    }

    #[test]
    fn what_was_made_is_kept_and_what_failed_says_why() {
        let bench = bench(4);
        assert_eq!(bench.fetch(7), Fetched::Loading(None));
        assert_eq!(bench.made(7), Fetched::Ready(Arc::new("7".to_owned())));
        assert_eq!(bench.made(200), Fetched::Failed("200 is too large".into()));
        let Fetched::Failed(why) = bench.made(13) else { panic!("a panic passes for a result") };
        assert!(why.contains("the number could not be made"), "{why}");
        assert_eq!(bench.made(8), Fetched::Ready(Arc::new("8".to_owned())));
        assert_eq!(bench.made(14), Fetched::Loading(None), "what was given up is begun again when it is wished for");
        bench.go.send(()).unwrap();
        bench.painted.recv().unwrap();
        assert_eq!(bench.fetch(14), Fetched::Ready(Arc::new("14".to_owned())));
        assert_eq!(bench.worker.look(|shelf| shelf.newest(|key| *key < 8)), Some(Arc::new("7".to_owned())));
        bench.worker.reset(Shelf::clear);
        assert_eq!(bench.fetch(7), Fetched::Loading(None));
    }

    #[test]
    fn wishes_beyond_those_that_may_wait_are_dropped_the_oldest_first() {
        let mut shelf: Shelf<u32, String> = Shelf::new(1000, 2, String::len);
        for key in [1, 2, 3, 2] {
            shelf.fetch(key);
        }
        assert_eq!((shelf.next(), shelf.next(), shelf.next()), (Some(2), Some(3), None));
        shelf.fetch(3);
        assert_eq!(shelf.next(), None, "what is being made is wanted again");
        shelf.release(&3);
        shelf.fetch(3);
        assert_eq!(shelf.next(), Some(3));
    }

    #[test]
    fn what_was_begun_before_a_reset_is_not_kept() {
        let mut shelf: Shelf<u32, String> = Shelf::new(1000, 2, String::len);
        shelf.fetch(1);
        shelf.clear();
        assert_eq!(shelf.next(), None);
        let bench = bench(4);
        bench.fetch(5);
        bench.worker.reset(Shelf::clear);
        bench.fetch(6);
        // One for 5, where the thread had begun it already.
        bench.go.send(()).unwrap();
        bench.go.send(()).unwrap();
        bench.painted.recv().unwrap();
        assert_eq!(bench.worker.look(|shelf| shelf.newest(|_| true)), Some(Arc::new("6".to_owned())));
        assert_eq!(bench.worker.look(|shelf| shelf.newest(|key| *key == 5)), None);
    }
}
