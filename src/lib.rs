//! Overread: a workbench for over-reading what a model says about medical pictures. A second radiologist over-reads a
//! first reading; here the first reader is a model. It is no medical device.
//!
//! # The loop
//! Open images, let a model predict, see why and how sure, accept, correct or draw, retrain, see whether the new model
//! is better on images it never saw, promote it or roll back, and go on with the image most worth a look.
//!
//! # The house
//! One crate, floors from top to bottom. A floor may use those below it and none above; `tests/layering.rs` holds the
//! table and reads every file's `use` lines against it.
//!
//! | floor | what it is | what it never touches |
//! |---|---|---|
//! | `main.rs` | reads the arguments, starts the log, opens the window or runs one command | logic |
//! | [`measure`] | drives the window over a real session without a screen, and takes the times | painting |
//! | [`ui`] | the window: screens, panels, canvas, keymap, theme. Of our own code it sees the session's read models and commands, and the domain | tensors, SQL, files |
//! | [`cli`] | one file a command; prints sentences, or one JSON object a line | the window |
//! | [`session`] | the workbench without a window: commands in, read models out; undo, the queue's order, running jobs | the window |
//! | [`jobs`] | named background workers with progress, time left and a reason to stop; a panic becomes an error | |
//! | [`pretrained`] | weights that others trained: a catalogue, a folder of what is here, downloading what a person asks for | the window, tensors |
//! | [`store`] | a project on disk: SQLite, the append-only annotation log, the model registry, caches that may be deleted | tensors |
//! | [`interchange`] | other people's files: one folder a format to read, one file a format to write; a reading says what it took and what it left out and why | |
//! | [`training`] | recipes, samples and augmentation, the loop, checkpoints, early stopping, sweeps; speaks through events only | SQL, the window |
//! | [`explain`] | where in a picture an answer comes from: Grad-CAM, D-RISE | |
//! | [`inference`] | a model file, opened and applied to pictures | |
//! | [`evaluation`] | figures for classes and boxes and agreement between readers, as pure functions of arrays | tensors, files |
//! | [`models`] | one file a network, with torchvision's tensor names; each gives its features and its head. Those that draw boxes have a folder | |
//! | [`nn`] | layers, operators with gradients, losses, optimizers, schedules, seeded initialisation, weight files | |
//! | [`phantom`] | synthetic radiographs whose truth is known, for the demo and for tests | |
//! | [`imaging`] | decoding, orientation, windowing, resizing, preprocessing, colour maps | |
//! | [`splits`] | images divided into training, validation and test: stratified, groups together, seeded | all I/O |
//! | [`files`] | writing whole or not at all; content hashes | |
//! | [`machine`] | which vector instructions the processor has and which are used | |
//! | [`domain`] | what a reader talks about: images, classes, annotations, predictions, recipes, models; plain values | all I/O |
//!
//! Four floors have rooms, each using those before it: `interchange` (model, source, resolve, writing, formats, export),
//! `imaging` (codecs, dicom), `session` (protocol, services, importing, project, demo, desk) and `ui` (action, keymap,
//! context, widgets, review, app; in `review` model, then queue, canvas and detail beside each other). The same test holds
//! them.
//!
//! # Three walks through it
//! *A correction*: the key `2` is looked up in the keymap, becomes a [`session::Command`] (held back on a test image until
//! the person has said that it is meant), and the session has the store append an event. Only when that is committed do
//! the read models change, and the row, the history and "saved" with them.
//!
//! *A pixel*: a file is decoded to its stored values. A worker makes RGBA of them for the screen; the model's own
//! preprocessing makes its input of the same stored values, by the picture's own first window, never of what a person has
//! turned, zoomed or windowed on the screen.
//!
//! *A model*: a recipe and a list of samples become a job on its own thread, whose events become curves. Its best
//! weights become a file, the file a row in the registry, and inference opens that file. Nothing travels back up.
//!
//! # One word, one meaning
//!
//! | word | what it means here |
//! |---|---|
//! | picture, image | the pixels of a file; an image is a picture (or a frame of one) as an entry of a project |
//! | class, grade | one of the names a project tells images or boxes apart by; a grade is a class of an ordered list |
//! | label | the class somebody gave a whole image; never a box, never what a model says |
//! | box | a rectangle with a class, in pixels of the upright picture: drawn by a reader, or of a model with a score |
//! | finding | what a column or row of somebody's table says is to be seen on an image; it becomes a label or a box |
//! | prediction | what a model says of an image: probabilities of classes, or boxes with scores |
//! | reader | a person who labels or draws, by name, and what stands for one: `import` and `import:NAME`. The code that reads a format is an importer |
//! | annotation | all that readers have said of one image; reviewed once a person has said or confirmed it |
//! | accept, confirm | accept: take the model's word where nobody has said anything. Confirm: what is said is right |
//! | event | one change in the log, with who, when, what was before and what the model had said |
//! | split | training, validation or test: the part an image is in. The act is dividing |
//! | group | images that must not be torn apart by a split, mostly those of one patient |
//! | draft | what a file says, in its own names and units, before a picture was looked at |
//! | settle | to find the pictures of a draft, measure them and put boxes into their pixels |
//! | reading | what settling a draft gave: images, what readers said, what was left out and why |
//! | recipe | all settings of a training, by name; a file in TOML |
//! | run | one training by a recipe, from its start to a model, or cancelled, or to be resumed |
//! | sweep, trial | a sweep is many runs of one recipe with different settings and seeds; a trial is one of them |
//! | model | the best weights of a run, with all that is needed to use and judge them; one file |
//! | candidate, promoted, discarded | a model not yet decided on; one that was or is active; one decided against |
//! | active | the one promoted model whose predictions are shown |
//! | threshold | the score from which a model's box counts; in a schedule, the gain that counts as one |
//! | truth | what figures compare with: readers' labels and boxes, in phantoms what was painted |
//! | yardstick | the labels and boxes of the test images that a model's figures were made on; test changes say what became of them since |
//! | command | what the window or a script asks of the session, as a value |
//! | action | what a key or button asks of the window; a review action, of the Review screen |
//! | panel | a part of the window that is painted from a view; it says what it asks for as actions and commands, and sends nothing |
//! | view, read model | what the session shows, as values |
//! | task, job | a task is long work as a value; a job is the thread that does one, with its progress |
//! | notice, remark | a notice is a sentence of the session to the person; a remark is one of an importer about a source |
//!
//! # Invariants
//! 1. Source images are opened for reading only, always.
//! 2. Acknowledged means committed: what is shown as saved is in the log on disk.
//! 3. The log is append-only. Replaying it from empty gives the current state exactly, and each event carries the hash
//!    of the one before, so that an altered log is noticed.
//! 4. A correction never alters a prediction; both stay visible.
//! 5. The same recipe, data and seed on CPU give the same weights, byte for byte, on any number of threads, on one processor
//!    ([`machine::Vectors`] says what differs between two). A run resumed after a kill ends in the same weights as one never stopped.
//! 6. A model's preprocessing travels inside its file and is what inference uses.
//! 7. Test images never enter training, thresholds or early stopping, and images of one group never lie in two splits.
//! 8. The trainer and the window never share weights in memory: a finished model arrives as a file.
//! 9. The window's thread does no file, SQL or tensor work.
//! 10. Nothing goes over the network unless a person asks for a download; then only to the address the catalogue names,
//!     and what comes is checked against a known hash.

pub mod cli;
pub mod domain;
pub mod evaluation;
pub mod explain;
pub mod files;
pub mod imaging;
pub mod inference;
pub mod interchange;
pub mod jobs;
pub mod machine;
pub mod measure;
pub mod models;
pub mod nn;
pub mod phantom;
pub mod pretrained;
pub mod session;
pub mod splits;
pub mod store;
pub mod training;
pub mod ui;
