//! One open project in one thread: its store, what is shown of it, and the commands that change it. The window's
//! session, the command line and the tests all drive this.

use crate::domain::{
    Annotation, Decision, DecisionEvent, EventId, ImageId, ImageRecord, ImportRecord, LoggedEvent, ModelId,
    ModelRecord, Prediction, RunId, RunRecord, Split,
};
use crate::nn::Compute;
use crate::session::project::allowed::allowed_while_reading;
use crate::session::project::assigning::list::Assigned;
use crate::session::project::by_features::ByFeatures;
use crate::session::project::deciding::TEST_CLOSED;
use crate::session::project::heat_outside::HeatOutside;
use crate::session::project::order::{Matcher, NameOrder};
use crate::session::project::own_reading::OwnReadings;
use crate::session::project::reader;
use crate::session::project::refitting::Refitting;
use crate::session::project::robustness;
use crate::session::project::saving::SavePlan;
use crate::session::project::studying::Studying;
use crate::session::project::told::Told;
use crate::session::project::yardstick::Yardsticks;
use crate::session::protocol::command::ProjectCommand;
use crate::session::protocol::error::SessionError;
use crate::session::protocol::import_view::ImportRow;
use crate::session::protocol::task::{Order, Report, Work};
use crate::session::protocol::threshold_choice::OnValidation;
use crate::session::protocol::view::{DataState, ProjectView};
use crate::session::protocol::words;
use crate::store::{Access, Store};
use jiff::Zoned;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// An open project. Vectors are in order of import; `at` finds the place of an image.
pub struct Core {
    pub(in crate::session) store: Store,
    pub(in crate::session) images: Vec<ImageRecord>,
    pub(in crate::session) at: HashMap<ImageId, usize>,
    pub(in crate::session) annotations: Vec<Annotation>,
    /// What the active model says.
    pub(in crate::session) predictions: HashMap<ImageId, Prediction>,
    pub(in crate::session) models: Vec<ModelRecord>,
    pub(in crate::session) runs: Vec<RunRecord>,
    pub(in crate::session) missing: HashSet<ImageId>,
    pub(in crate::session) yardsticks: Yardsticks,
    pub(in crate::session) names: NameOrder,
    pub(in crate::session) matcher: Matcher,
    pub(in crate::session) looked: Option<ImageId>,
    /// Since when it is.
    pub(in crate::session) looked_since: Option<(ImageId, Instant)>,
    /// The present reader's own readings, where these are on screen.
    pub(in crate::session) own: OwnReadings,
    /// The list of readings that was assigned to the present reader.
    pub(in crate::session) assigned: Option<Assigned>,
    /// The images on screen beside each other.
    pub(in crate::session) page: Vec<ImageId>,
    /// The rows know who last said something of them.
    pub(in crate::session) said_read: bool,
    /// What is to be worked out for an order by features.
    pub(in crate::session) by_features: ByFeatures,
    pub(in crate::session) heat_outside: HeatOutside,
    /// The head that learns while somebody labels.
    pub(in crate::session) refitting: Refitting,
    /// The study that runs, and what came of studies.
    pub(in crate::session) studying: Studying,
    /// The run in progress.
    pub(in crate::session) training: Option<RunId>,
    /// A sweep is going on.
    pub(in crate::session) sweeping: Arc<AtomicBool>,
    pub(in crate::session) view: ProjectView,
    /// Sentences not fetched yet.
    pub(in crate::session) notices: Vec<Told>,
    /// What undo would take back.
    pub(in crate::session) undo_event: Option<EventId>,
    /// The change of the splits that would be taken back.
    pub(in crate::session) undo_split_change: Option<i64>,
    /// Image files moved since somebody asked.
    pub(in crate::session) sources_changed: bool,
    /// When it was opened, in ms since 1970-01-01 UTC.
    pub(in crate::session) opened_ms: i64,
    /// Counts changes of what the data are made of.
    pub(in crate::session) data_version: u64,
}

impl Core {
    /// Opens a project; read-only where it cannot be written, with the reason in the view.
    pub fn open(dir: &Path) -> Result<Self, SessionError> {
        Self::with_store(Store::open(dir, Access::Write)?)
    }

    /// Opens a project only to look at it, in nobody's way.
    pub fn open_to_look(dir: &Path) -> Result<Self, SessionError> {
        Self::with_store(Store::open(dir, Access::ReadOnly)?)
    }

    fn with_store(store: Store) -> Result<Self, SessionError> {
        let database = store.dir().join("project.db");
        Self::read(store).map_err(|error| match error {
            SessionError::Store(error) => error.at(&database).into(),
            other => other,
        })
    }

    fn read(store: Store) -> Result<Self, SessionError> {
        let started = Instant::now();
        let meta = store.meta()?;
        let images = store.images()?;
        let at = images.iter().enumerate().map(|(index, image)| (image.id, index)).collect();
        let mut stated = store.annotations()?;
        let annotations = images.iter().map(|image| stated.remove(&image.id).unwrap_or_default()).collect();
        let read_only = store.read_only_reason().map(|why| format!("{} is open read-only: {why}", meta.name));
        let reader = reader::of_project(&store)?;
        let view = ProjectView {
            path: store.dir().to_path_buf(),
            name: meta.name,
            read_only,
            classes: Arc::new(meta.classes),
            reader,
            saved: true,
            test_closed: store.setting(TEST_CLOSED)?.unwrap_or_default(),
            recipes: Arc::new(crate::training::recipe::builtin()),
            ..ProjectView::default()
        };
        let view = ProjectView { imports: imports(&store)?, ..view };
        let runs = store.runs()?;
        let mut core = Self {
            store,
            images,
            at,
            annotations,
            predictions: HashMap::new(),
            models: Vec::new(),
            runs,
            missing: HashSet::new(),
            yardsticks: Yardsticks::default(),
            names: NameOrder::default(),
            matcher: Matcher::default(),
            looked: None,
            looked_since: None,
            own: OwnReadings::default(),
            assigned: None,
            page: Vec::new(),
            said_read: false,
            by_features: ByFeatures::default(),
            heat_outside: HeatOutside::default(),
            refitting: Refitting::default(),
            studying: Studying::default(),
            training: None,
            sweeping: Arc::default(),
            view,
            notices: Vec::new(),
            undo_event: None,
            undo_split_change: None,
            sources_changed: true,
            opened_ms: words::now_ms(),
            data_version: 0,
        };
        core.read_assigned(None)?;
        core.read_study()?;
        core.load_rows()?;
        core.view.map_tests = Arc::new(core.kept_map_tests()?);
        core.date_map_tests();
        core.read_refitting()?;
        core.view.robustness = Arc::new(robustness::kept(&core.store)?);
        tracing::info!(images = core.images.len(), elapsed = ?started.elapsed(), "project opened");
        Ok(core)
    }

    /// Reads images, statements and classes anew, after an import; what is to be done then.
    pub(in crate::session) fn reload(&mut self) -> Result<Vec<Work>, SessionError> {
        self.images = self.store.images()?;
        self.at = self.images.iter().enumerate().map(|(index, image)| (image.id, index)).collect();
        self.read_statements()?;
        self.view.classes = Arc::new(self.store.classes()?);
        self.view.imports = imports(&self.store)?;
        self.sources_changed = true;
        self.read_study()?;
        self.load_rows()?;
        Ok(self.opening_work())
    }

    /// What the window paints.
    pub fn view(&self) -> &ProjectView {
        &self.view
    }

    /// The images, in order of import.
    pub fn images(&self) -> &[ImageRecord] {
        &self.images
    }

    /// What readers said, in the same order.
    pub fn annotations(&self) -> &[Annotation] {
        &self.annotations
    }

    /// The registered models, the oldest first.
    pub fn models(&self) -> &[ModelRecord] {
        &self.models
    }

    /// The runs, the oldest first.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// The project on disk, to look into.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The images whose files are not there, as far as was looked.
    pub fn missing(&self) -> &HashSet<ImageId> {
        &self.missing
    }

    /// The images are shown again after others were.
    pub(in crate::session) fn show_files_again(&mut self) {
        self.sources_changed = true;
    }

    /// Whether image files moved since the last call.
    pub fn take_sources_changed(&mut self) -> bool {
        std::mem::take(&mut self.sources_changed)
    }

    /// What there is to do once a project is open: looking which files are there, from which the predictions that are
    /// missing follow.
    pub fn opening_work(&self) -> Vec<Work> {
        vec![self.check_files()]
    }

    /// An image by its path, its name, or the last part of its name where only one image has that; as the command line
    /// takes it.
    pub fn find_image(&self, word: &str) -> Result<ImageId, SessionError> {
        let path = std::path::absolute(word).ok();
        let exact = self.images.iter().find(|i| i.name == word || Some(&i.path) == path.as_ref());
        if let Some(image) = exact {
            return Ok(image.id);
        }
        let mut ending = self.images.iter().filter(|i| words::short(&i.name) == word);
        match (ending.next(), ending.next()) {
            (Some(image), None) => Ok(image.id),
            (Some(one), Some(other)) => Err(SessionError::refused(format!(
                "{word} could be {} or {}: give the whole name",
                one.name, other.name
            ))),
            _ => Err(SessionError::refused(format!(
                "the project has no image {word}: see its list with `overread info`"
            ))),
        }
    }

    /// Carries out a command on this project; what comes back is long work to be done, here or elsewhere.
    pub fn apply(&mut self, command: ProjectCommand, compute: &Compute) -> Result<Vec<Work>, SessionError> {
        if self.view.reading.is_own() {
            allowed_while_reading(&command)?;
        }
        self.refuse_while_studying(&command)?;
        let work = self.execute(command, compute).and_then(|work| self.with_what_follows(work));
        self.hide_what_may_not_be_seen();
        work
    }

    /// With the work that follows from what changed.
    fn with_what_follows(&mut self, mut work: Vec<Work>) -> Result<Vec<Work>, SessionError> {
        work.extend(self.follow_changes()?);
        work.extend(self.order_work()?);
        work.extend(self.heat_work()?);
        self.heed_log()?;
        Ok(work)
    }

    /// Takes back (`back`) or repeats; the work that follows where that was about a model.
    fn step(&mut self, back: bool) -> Result<Vec<Work>, SessionError> {
        let event = if back { self.undo()? } else { self.redo()? };
        if let Some(LoggedEvent::Decision(DecisionEvent { decision: Decision::Assignment { .. }, .. })) = &event {
            self.assignments_changed()?;
        }
        self.judged_anew(event.as_ref())
    }

    fn execute(&mut self, command: ProjectCommand, compute: &Compute) -> Result<Vec<Work>, SessionError> {
        match command {
            ProjectCommand::Look { image } => self.look(image)?,
            ProjectCommand::LookAtPage(images) => self.look_at_page(images)?,
            ProjectCommand::SetFilter(filter) => self.set_filter(filter)?,
            ProjectCommand::SetSort(sort) => self.set_sort(sort)?,
            ProjectCommand::SetRandomArm(percent) => self.set_random_arm(percent),
            ProjectCommand::SetReader(reader) => return self.change_reader(&reader),
            ProjectCommand::DescribeReader(description) => self.describe_present_reader(&description)?,
            ProjectCommand::SetReadingMode { mode, everyone } => return self.change_reading_mode(mode, everyone),
            ProjectCommand::CommitReading { image, display } => self.commit_reading(image, Some(display))?,
            ProjectCommand::SetClasses(classes) => return self.set_classes(&classes),
            ProjectCommand::SetClassLooks(looks) => self.set_class_looks(looks)?,
            ProjectCommand::EmptyClass { class, into } => _ = self.empty_class(class, into)?,
            ProjectCommand::PlanConversion { findings } => self.show_conversion(findings),
            ProjectCommand::DismissConversion => self.view.data.conversion = None,
            ProjectCommand::Convert => return Ok(self.convert_as_shown(&|_, _| true)?.unwrap_or_default()),
            ProjectCommand::Annotate { image, edit, shown, display } => {
                self.annotate(image, &edit, shown, Some(display))?;
            }
            ProjectCommand::AnnotateMany { images, edit } => _ = self.annotate_many(&images, &edit)?,
            ProjectCommand::SignOff { images } => _ = self.sign_off(&images)?,
            ProjectCommand::Reopen { images, reason } => _ = self.reopen(&images, &reason)?,
            ProjectCommand::Undo => return self.step(true),
            ProjectCommand::Redo => return self.step(false),
            ProjectCommand::CountWork => self.count_work()?,
            ProjectCommand::Merge { other } => return self.merge_at_once(&other),
            ProjectCommand::PlanAdjudication { rule, with_students: all } => return Ok(self.plan_rule(rule, all)),
            ProjectCommand::DismissAdjudication => self.view.data.adjudication = None,
            ProjectCommand::Adjudicate => _ = self.adjudicate()?,
            ProjectCommand::TakeWord { image, reader } => self.take_word(image, &reader)?,
            ProjectCommand::Audit(request) => return Ok(self.audit(request)),
            ProjectCommand::ExportAudit(export) => return Ok(self.export_audit(export)),
            ProjectCommand::VerifyLog => return Ok(self.verify_log()),
            ProjectCommand::CompareReaders(which) => return Ok(self.compare_readers(which)),
            ProjectCommand::Assigning(command) => self.assigning(command)?,
            ProjectCommand::Study(command) => self.study(command)?,
            ProjectCommand::Analyse => return Ok(self.analyse()),
            ProjectCommand::Measure => return Ok(vec![self.measure()?]),
            ProjectCommand::KeepOne(sets) => _ = self.keep_one(&sets)?,
            ProjectCommand::MoveTogether(sets) => self.move_together(&sets)?,
            ProjectCommand::MoveTo { images, split } => self.move_to(&images, split)?,
            ProjectCommand::PlanSplit(options) => return Ok(vec![self.plan_split(options)]),
            ProjectCommand::DismissSplit => self.view.data.plan = None,
            ProjectCommand::ApplySplit => self.apply_shown_split()?,
            ProjectCommand::UndoSplit => self.undo_split()?,
            ProjectCommand::Relink { folder } => return Ok(vec![self.relink(&folder)?]),
            ProjectCommand::Train(recipe) => return Ok(vec![self.train(*recipe, None, compute)?]),
            ProjectCommand::TrainFrom { recipe, start: from } => return self.train_from(*recipe, from, compute),
            ProjectCommand::Sweep { name, text } => return Ok(vec![self.sweep(&name, &text, compute)?]),
            ProjectCommand::ContinueSweep(name) => return Ok(vec![self.continue_sweep(&name, compute)?]),
            ProjectCommand::ResumeRun(run) => return Ok(vec![self.resume(run, compute)?]),
            ProjectCommand::DiscardRun(run) => self.discard_run(run)?,
            ProjectCommand::Compare { candidate, active } => return Ok(vec![self.compare(candidate, active)?]),
            ProjectCommand::RecallComparison => return Ok(self.recall_comparison().into_iter().collect()),
            ProjectCommand::LayBeside(models) => self.view.beside = Arc::new(models),
            ProjectCommand::SaveDrawing { drawn, to } => return Ok(vec![Box::new(SavePlan { drawn, to })]),
            ProjectCommand::WriteReport(request) => return Ok(vec![self.write_report(request)?]),
            ProjectCommand::Promote(model) => return self.promote(model),
            ProjectCommand::Discard(model) => self.discard(model)?,
            ProjectCommand::DescribeModel { model, name, note } => self.describe_model(model, &name, &note)?,
            ProjectCommand::DeleteModel(model) => self.delete_model(model)?,
            ProjectCommand::RestoreModel(model) => self.restore_model(model)?,
            ProjectCommand::EmptyBin => self.empty_bin()?,
            ProjectCommand::SetThreshold { model, threshold } => self.set_threshold(model, threshold)?,
            ProjectCommand::SetClassThreshold { model, class, threshold } => {
                self.set_class_threshold(model, &class, threshold)?;
            }
            ProjectCommand::KeepTestClosed(closed) => self.keep_test_closed(closed)?,
            ProjectCommand::Calibrate { model, active } => {
                return Ok(vec![self.choose_calibration(OnValidation::Temperature { model, active })?]);
            }
            ProjectCommand::Uncalibrate { model, active } => return self.uncalibrate(model, active),
            ProjectCommand::ChooseAnswers { model, miss } => {
                return Ok(vec![self.choose_calibration(OnValidation::Answers { model, miss })?]);
            }
            ProjectCommand::DropAnswers(model) => return self.drop_answers(model),
            ProjectCommand::ChooseThreshold(choice) => return Ok(vec![self.choose_threshold(choice)?]),
            ProjectCommand::TestMap { model, method, layer } => {
                let how = crate::explain::How { layer, ..method.into() };
                return Ok(vec![self.test_map(model, how, self.usual_map_test())?]);
            }
            ProjectCommand::MeasureRobustness { model, kinds } => {
                return Ok(vec![self.measure_robustness(model, kinds, Split::Test)?]);
            }
            ProjectCommand::LookAtWeights(asked) => return Ok(vec![self.look_at_weights(*asked)?]),
            ProjectCommand::AddWeights => return Ok(vec![self.add_weights()?]),
            ProjectCommand::DismissWeights => self.view.weights = None,
            ProjectCommand::ExportModel { model, to } => self.hand_model_out(model, &to, false)?,
            ProjectCommand::ExportCard { model, to } => self.hand_model_out(model, &to, true)?,
            ProjectCommand::Export(request) => {
                self.view.exported = None;
                return Ok(vec![self.export_work(request)]);
            }
            ProjectCommand::DismissExport => self.view.exported = None,
            ProjectCommand::LearnWhileLabelling(on) => self.learn_while_labelling(on)?,
            ProjectCommand::ShowSimilar(image) => return Ok(self.show_similar(image)?.into_iter().collect()),
        }
        Ok(Vec::new())
    }

    /// Writes a model, or its card alone, to a file and says so.
    fn hand_model_out(&mut self, model: ModelId, to: &Path, card: bool) -> Result<(), SessionError> {
        let what = if card { "the model card" } else { "the model" };
        if card {
            self.write_model_card(model, to)?
        } else {
            self.export_model(model, to)?
        };
        self.inform(format!("{what} was written to {}", to.display()));
        Ok(())
    }

    /// Takes what long work has to tell into the project; what comes back is work that follows from it.
    pub fn take(&mut self, report: Report) -> Result<Vec<Work>, SessionError> {
        let work = self.take_in(report).and_then(|work| self.with_what_follows(work));
        self.hide_what_may_not_be_seen();
        work
    }

    fn take_in(&mut self, report: Report) -> Result<Vec<Work>, SessionError> {
        match report {
            Report::Progress { .. } => {}
            Report::FilesChecked { missing } => return self.take_files(missing),
            Report::Relinked { moved, still_missing } => return self.take_moved(&moved, still_missing),
            Report::Predicted { model, predictions, failed } => self.take_predictions(model, predictions, &failed)?,
            Report::Training { run, event } => self.take_training_event(run, event)?,
            Report::Trained { run, outcome } => return self.take_trained(run, *outcome),
            Report::Comparable { candidate, active } => return self.take_comparison(candidate, active),
            Report::Judged { model, performance } => self.take_performance(model, *performance),
            Report::Parted { model, subgroups, images } => self.take_subgroups(model, subgroups, images),
            Report::BoxesJudged { model, performance, on } => self.take_box_performance(model, *performance, on),
            Report::BoxesParted { model, subgroups, images } => self.take_box_subgroups(model, subgroups, images),
            Report::BoxesApart { models, difference } => self.take_box_difference(models, *difference),
            Report::AllJudged => self.take_all_judged()?,
            Report::Recalled(comparison) => return self.take_recalled(comparison.map(|comparison| *comparison)),
            Report::Apart { models, difference } => self.take_difference(models, *difference),
            Report::MapTested { model, test } => self.take_map_test(model, *test)?,
            Report::RobustnessMeasured { model, measured } => self.take_robustness(model, measured)?,
            Report::ValidationReady(what) => return self.take_validation(what),
            Report::Reportable(request) => return Ok(vec![self.report_work(request)]),
            Report::Wrote { what, to } => self.inform(format!("{what} was written to {}", to.display())),
            Report::ReportWritten { to, written } => self.take_report(to, written.map(|written| *written))?,
            Report::Exported(exported) => self.view.exported = Some(Arc::new(*exported)),
            Report::Analysed { version, analysis } => self.take_analysis(version, *analysis)?,
            Report::NotAnalysed(why) => self.view.data.state = DataState::Ended(why),
            Report::Adjudicable(planned) => self.take_adjudication(planned.map(|plan| *plan)),
            Report::Audited { version, found } => self.take_audit(version, found),
            Report::LogVerified(verified) => self.view.data.log_verified = Some(verified),
            Report::ReadersCompared { version, found } => self.take_compared_readers(version, found),
            Report::Measured { facts, failed } => self.take_measured(&facts, &failed)?,
            Report::SplitPlanned(plan) => self.view.data.plan = Some(Arc::new(*plan)),
            Report::Trial(_) => self.show_sweeps(),
            Report::Swept { best } => self.take_swept(best)?,
            Report::WeightsLookedAt(view) => self.take_looked(*view),
            Report::WeightsAdopted(made) => self.take_adopted(&made),
            Report::FeaturesRead { model, features } => self.take_features(model, features)?,
            Report::Ordered { number, what, found } => self.take_ordered(number, what, found),
            Report::HeatPlaced { number, found } => self.take_heat(number, found),
            Report::Refitted { number, refitted } => self.take_refitted(number, refitted)?,
            Report::Failed(why) => self.complain(why),
        }
        Ok(Vec::new())
    }

    /// Does work in this thread, and what follows from it; `listen` sees every report before it is taken in and says
    /// whether to go on. The first error is returned once the rest has been taken in.
    pub fn perform(
        &mut self,
        work: Vec<Work>,
        compute: &Compute,
        listen: &mut dyn FnMut(&Report) -> Order,
    ) -> Result<(), SessionError> {
        let mut waiting = std::collections::VecDeque::from(work);
        let mut failure = None;
        while let Some(next) = waiting.pop_front() {
            let order = std::cell::Cell::new(Order::Go);
            next.run(compute, &|| order.get(), &mut |report| {
                order.set(listen(&report));
                if let Report::Failed(why) = &report {
                    failure.get_or_insert_with(|| SessionError::refused(why.clone()));
                }
                match self.take(report) {
                    Ok(more) => waiting.extend(more),
                    Err(error) => {
                        failure.get_or_insert(error);
                        order.set(Order::Leave);
                    }
                }
            });
        }
        failure.map_or(Ok(()), Err)
    }

    /// A sentence why nothing can be changed, as an error.
    pub(in crate::session) fn check_writable(&self) -> Result<(), SessionError> {
        self.view.read_only.as_ref().map_or(Ok(()), |why| Err(SessionError::refused(why.clone())))
    }
}

/// The imports, the newest first.
pub(in crate::session) fn imports(store: &Store) -> Result<Arc<Vec<ImportRow>>, SessionError> {
    let now = Zoned::now();
    let row = |record: ImportRecord| ImportRow { when: words::day_and_time(record.time_ms, &now), record };
    Ok(Arc::new(store.imports()?.into_iter().rev().map(row).collect()))
}
