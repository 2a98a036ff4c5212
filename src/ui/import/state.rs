//! What a person has set in the import dialog, and the command it makes.

use crate::domain::class_list::folded;
use crate::domain::{ClassList, SplitRatios};
use crate::session::{
    Command, DeskCommand, FoundClass, ImportSource, ImportSummary, ImportView, Mapping, NewProject, PatientIds, Sample,
    TableHead, View,
};
use crate::ui::context::PanelContext;
use crate::ui::dialogs::expand_home;
use egui::{TextureHandle, Ui};
use std::path::{Path, PathBuf};

/// What a person has set so far.
#[derive(Default)]
pub struct State {
    source: ImportSource,
    /// What was read has been taken over into the fields below.
    filled: bool,
    /// What is opened next is for the open project.
    add_next: bool,
    /// It goes into the open project.
    pub(super) add: bool,
    pub(super) project: String,
    /// Names found and what they are called here.
    pub(super) renamed: Vec<(String, String)>,
    /// For images without classes, one a line.
    pub(super) typed: String,
    pub(super) ordinal: bool,
    /// An image may have several of the classes, each a finding of its own.
    pub(super) findings: bool,
    pub(super) ratios: SplitRatios,
    pub(super) group: String,
    pub(super) seed: u64,
    pub(super) reader: String,
    /// Patterns to leave out, separated by commas.
    pub(super) exclude: String,
    pub(super) columns: Option<Mapping>,
    /// The table whose columns those are.
    table: Option<TableHead>,
    pub(super) textures: Vec<(Sample, TextureHandle)>,
    /// What the session was last asked to preview.
    previewed: Option<NewProject>,
}

impl State {
    /// Where the project goes, as chosen in a dialog.
    pub fn set_project(&mut self, path: &Path) {
        self.project = path.display().to_string();
    }

    /// Whether what is opened next is meant for the open project.
    pub fn open_next(&mut self, add: bool) {
        self.add_next = add;
    }

    /// Forgets what was set: the dialog is gone, and begins anew even with the same source.
    pub fn close(&mut self) {
        if self.source != ImportSource::default() {
            *self = Self { add_next: self.add_next, ..Self::default() };
        }
    }

    /// Whether it goes into the open project.
    pub fn adds(&self) -> bool {
        self.add
    }

    pub(super) fn follow(&mut self, import: &ImportView, summary: Option<&ImportSummary>, writable: bool) {
        if self.source.path != import.source.path {
            let add_next = self.add_next;
            *self = Self { add: add_next, add_next, seed: 1, ..Self::default() };
        }
        if self.source != import.source {
            self.source = import.source.clone();
            self.filled = false;
            self.exclude = import.source.exclude.join(", ");
        }
        self.add &= writable;
        if let (Some(summary), false) = (summary, self.filled) {
            self.filled = true;
            if self.project.is_empty() {
                self.project = summary.project.display().to_string();
            }
            // What was said of the same classes holds on.
            if !self.renamed.iter().map(|(found, _)| found).eq(summary.classes.iter().map(|class| &class.name)) {
                let as_found = |class: &FoundClass| (class.name.clone(), class.name.clone());
                self.renamed = summary.classes.iter().map(as_found).collect();
                self.ordinal = summary.ordinal;
                self.findings = summary.findings;
            }
            self.previewed = None;
            self.textures.clear();
        }
        if let Some(table) = import.table.as_ref().filter(|table| self.table.as_ref() != Some(*table)) {
            self.columns = import.source.columns.clone().or_else(|| table.suggested.clone());
            self.table = Some(table.clone());
        }
    }

    /// The source as it is to be read again.
    pub fn source(&self) -> ImportSource {
        let exclude = self.exclude.split(',').map(str::trim).filter(|pattern| !pattern.is_empty());
        let exclude: Vec<String> = exclude.map(str::to_owned).collect();
        // Columns are told by their places, and another table may be the first then.
        let columns = self.source.columns.clone().filter(|_| exclude == self.source.exclude);
        ImportSource { exclude, columns, ..self.source.clone() }
    }

    /// The classes the project will have, in order, each once.
    pub(super) fn classes(&self) -> Vec<String> {
        if self.renamed.is_empty() {
            let names = self.typed.split([',', '\n']).map(str::trim).filter(|n| !n.is_empty());
            return names.map(str::to_owned).collect();
        }
        let mut names: Vec<String> = Vec::new();
        for (_, name) in &self.renamed {
            // The import makes one class of those that differ in case or blanks only, and says so.
            if !names.iter().any(|known| folded(known) == folded(name)) {
                names.push(name.trim().to_owned());
            }
        }
        names
    }

    /// What is wrong with the fields, as a sentence; `None` when it can be done.
    pub(super) fn problem(&self, import: &ImportView, summary: &ImportSummary) -> Option<String> {
        if summary.images == 0 {
            return Some("There is no readable image here: choose another folder.".into());
        }
        if let Some(error) = self.group_problem() {
            return Some(error);
        }
        if self.renamed.iter().any(|(_, name)| name.trim().is_empty()) {
            return Some("A class has no name: give every class a name.".into());
        }
        if !self.add && self.source.patients.is_none() && summary.patients.is_some_and(|how| how != PatientIds::Hashed)
        {
            // As the open project has it, which says nothing of another one.
            return Some("Say what becomes of each PatientID in the new project.".into());
        }
        if self.add {
            return match &import.merge {
                Some(Err(why)) => Some(why.clone()),
                _ => None,
            };
        }
        let classes = self.classes();
        // One is enough where it is boxes that are told apart from the rest of the picture, or findings that are there or not.
        if classes.len() < if summary.boxes > 0 || self.findings { 1 } else { 2 } {
            return Some("A project needs at least two classes: name them, one a line.".into());
        }
        if let Err(error) = ClassList::from_names(&classes, self.ordinal) {
            return Some(format!("{error}."));
        }
        if self.project.trim().is_empty() {
            return Some("Say where the project goes.".into());
        }
        let SplitRatios { train, validation, test } = self.ratios;
        if summary.splits.is_empty() && (train <= 0.0 || train + validation + test <= 0.0) {
            return Some("Some images must be for training.".into());
        }
        None
    }

    fn group_problem(&self) -> Option<String> {
        let pattern = self.group.trim();
        if pattern.is_empty() {
            return None;
        }
        regex::Regex::new(pattern).err().map(|_| format!("{pattern:?} is no regular expression: check its brackets."))
    }

    /// What is to be done.
    pub(super) fn command(&self, view: &View) -> Command {
        match view.project.as_ref().filter(|_| self.add) {
            Some(project) => Command::Desk(DeskCommand::AddImages(self.new_project(project.path.clone()))),
            None => Command::Desk(DeskCommand::CreateProject(self.new_project(expand_home(&self.project)))),
        }
    }

    fn new_project(&self, project: PathBuf) -> NewProject {
        let moved = self.renamed.iter().filter(|(from, to)| from != to.trim());
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        NewProject {
            source: self.source.path.clone(),
            project,
            classes: self.classes(),
            ordinal: self.ordinal && !self.findings,
            findings: Some(self.findings),
            ratios: self.ratios,
            seed: self.seed,
            group_pattern: text(&self.group),
            exclude: self.source.exclude.clone(),
            class_map: moved.map(|(from, to)| (from.clone(), to.trim().to_owned())).collect(),
            reader: text(&self.reader),
        }
    }

    /// Asks what adding it would do, once the fields are left alone.
    pub(super) fn preview(&mut self, ui: &Ui, cx: &mut PanelContext<'_>) {
        let Some(project) = cx.view.project.as_ref().filter(|_| self.add) else { return };
        let now = self.new_project(project.path.clone());
        let typing = ui.ctx().egui_wants_keyboard_input();
        if !typing && self.group_problem().is_none() && self.previewed.as_ref() != Some(&now) {
            self.previewed = Some(now.clone());
            cx.send(DeskCommand::PreviewMerge(now));
        }
    }
}
