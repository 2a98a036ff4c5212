//! One table of everything that can be asked for: its name, keys and when it makes sense. Tooltips, menus, the F1 help,
//! the palette and the keyboard itself all read it.

use super::action::{Action, OnScreen, ReviewAction, Screen, When};
use super::shortcut::Shortcut;
use super::turns::{Turns, belongs_to_text};
use crate::session::{OwnKeys, View};
use egui::{Event, Key};
use std::borrow::Cow;

/// A group of actions in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    General,
    Queue,
    Picture,
    Annotation,
    Boxes,
    Project,
}

impl Section {
    pub const ALL: [Section; 6] =
        [Section::Queue, Section::Annotation, Section::Boxes, Section::Picture, Section::Project, Section::General];

    /// What its head says.
    pub fn title(self) -> &'static str {
        match self {
            Section::General => "Window",
            Section::Queue => "Queue",
            Section::Picture => "Picture",
            Section::Annotation => "Label and mark",
            Section::Boxes => "Boxes",
            Section::Project => "Project",
        }
    }
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub action: Action,
    /// What the settings call it. Keys of labels are kept by the class's name instead.
    pub id: Cow<'static, str>,
    /// What people read.
    pub title: String,
    pub keys: Vec<Shortcut>,
    pub section: Section,
    pub when: When,
    /// Acts while the key is down instead of when it goes down.
    pub held: bool,
}

/// The table.
#[derive(Clone, Debug)]
pub struct Keymap {
    entries: Vec<Entry>,
    /// The same with the keys it comes with.
    defaults: Vec<Entry>,
    classes: Vec<String>,
    /// Their places in the order they are shown in, which is that of their digits.
    order: Vec<usize>,
    /// The classes are findings.
    findings: bool,
    own: OwnKeys,
    problems: Vec<String>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(Vec::new(), OwnKeys::default())
    }
}

impl Keymap {
    /// The table for a project with these classes (none where no project is open), and with a person's own keys. A key
    /// of their own is taken from whatever comes with it.
    pub fn of(classes: Vec<String>, own: OwnKeys) -> Self {
        let order = (0..classes.len()).collect();
        Self::made(classes, order, false, own)
    }

    /// The same for a project whose images may have several of these findings.
    pub fn of_findings(findings: Vec<String>, own: OwnKeys) -> Self {
        let order = (0..findings.len()).collect();
        Self::made(findings, order, true, own)
    }

    fn made(classes: Vec<String>, order: Vec<usize>, findings: bool, own: OwnKeys) -> Self {
        let defaults = super::default_keys::entries(&classes, &order, findings);
        let entries = defaults.clone();
        let mut keymap = Self { entries, defaults, classes, order, findings, own, problems: Vec::new() };
        keymap.take_own();
        keymap
    }

    /// Takes over other classes or other keys, where they are others.
    pub fn follow(&mut self, view: &View) {
        let list = view.project.as_ref().map(|project| &project.classes);
        let classes = list.map(|list| list.classes.as_slice()).unwrap_or_default();
        let findings = list.is_some_and(|list| list.findings);
        let looks = view.project.as_ref().map(|project| &project.class_looks);
        let order = looks.map(|looks| looks.order(classes.len())).unwrap_or_default();
        let same = findings == self.findings
            && order == self.order
            && classes.iter().map(|class| &class.name).eq(&self.classes);
        if *view.keys != self.own || !same {
            let classes = classes.iter().map(|class| class.name.clone()).collect();
            *self = Self::made(classes, order, findings, (*view.keys).clone());
        }
    }

    /// A sentence for every key of the person's own that could not be taken over.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    fn take_own(&mut self) {
        let own = self.own.clone();
        let mut given: Vec<usize> = Vec::new();
        for id in own.actions.keys().filter(|id| !self.entries.iter().any(|entry| entry.id == id.as_str())) {
            self.problems.push(format!("{id:?} is nothing that has a key: it is passed over"));
        }
        for at in 0..self.entries.len() {
            let Some(texts) = self.entries.get(at).and_then(|entry| self.told(&own, entry)) else { continue };
            let mut keys = Vec::new();
            for text in texts {
                match Shortcut::parse(text) {
                    Ok(key) if given.iter().any(|other| self.has(*other, &key)) => {
                        let title = self.entries.get(at).map_or("", |entry| &*entry.title);
                        self.problems.push(format!("{} has two meanings: it stays without \"{title}\"", key.text()));
                    }
                    Ok(key) => keys.push(key),
                    Err(error) => self.problems.push(error.to_string()),
                }
            }
            for (other, entry) in self.entries.iter_mut().enumerate() {
                if other == at {
                    entry.keys.clone_from(&keys);
                } else {
                    entry.keys.retain(|key| !keys.contains(key));
                }
            }
            given.push(at);
        }
    }

    fn has(&self, at: usize, key: &Shortcut) -> bool {
        self.entries.get(at).is_some_and(|entry| entry.keys.contains(key))
    }

    /// Under which name the keys of a line that is about a class are kept, where that is known: the class's, and for saying
    /// that it is uncertain one made of it.
    fn class_of(&self, entry: &Entry) -> Option<Cow<'_, str>> {
        match entry.action {
            Action::Review(ReviewAction::Label(index)) => Some(self.classes.get(index)?.into()),
            Action::Review(ReviewAction::Uncertain(index)) => {
                Some(format!("{} (uncertain)", self.classes.get(index)?).into())
            }
            Action::Review(ReviewAction::Example(index)) => {
                Some(format!("{} (example)", self.classes.get(index)?).into())
            }
            _ => None,
        }
    }

    fn told<'o>(&self, own: &'o OwnKeys, entry: &Entry) -> Option<&'o Vec<String>> {
        match self.class_of(entry) {
            Some(class) => own.classes.get(&*class),
            None => own.actions.get(&*entry.id),
        }
    }

    /// Whether a line has keys of the person's own.
    pub fn is_own(&self, entry: &Entry) -> bool {
        self.told(&self.own, entry).is_some()
    }

    /// Whether there are any.
    pub fn has_own(&self) -> bool {
        self.own != OwnKeys::default()
    }

    /// What else a key asks for now.
    pub fn others_with(&self, key: &Shortcut, than: &Action) -> Vec<&Entry> {
        self.entries.iter().filter(|entry| entry.action != *than && entry.keys.contains(key)).collect()
    }

    /// The person's keys with these for an action, or those it comes with for `None`. Whatever else had one of them
    /// loses it.
    pub fn with(&self, action: &Action, keys: Option<Vec<Shortcut>>) -> OwnKeys {
        let mut own = self.own.clone();
        let Some(entry) = self.entry(action) else { return own };
        let default = self.defaults.iter().find(|entry| entry.action == *action).map(|entry| &entry.keys);
        let keys = keys.as_ref().or(default).cloned().unwrap_or_default();
        for other in self.entries.iter().filter(|other| other.action != *action && self.is_own(other)) {
            let left: Vec<Shortcut> = other.keys.iter().filter(|key| !keys.contains(key)).copied().collect();
            if left.len() < other.keys.len() {
                self.tell(&mut own, other, Some(&left));
            }
        }
        self.tell(&mut own, entry, (default != Some(&keys)).then_some(&keys));
        own
    }

    fn tell(&self, own: &mut OwnKeys, entry: &Entry, keys: Option<&Vec<Shortcut>>) {
        let (told, name) = match self.class_of(entry) {
            Some(class) => (&mut own.classes, class.into_owned()),
            None => (&mut own.actions, entry.id.clone().into_owned()),
        };
        match keys {
            Some(keys) => told.insert(name, keys.iter().map(Shortcut::stored).collect()),
            None => told.remove(&name),
        };
    }

    /// Every line, in the order of the help.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line of an action.
    pub fn entry(&self, action: &Action) -> Option<&Entry> {
        self.entries.iter().find(|e| e.action == *action)
    }

    /// The first key of an action as people read it: "Ctrl Shift Z".
    pub fn key_text(&self, action: &Action) -> Option<String> {
        Some(self.entry(action)?.keys.first()?.text())
    }

    /// What an action is called.
    pub fn title(&self, action: &Action) -> &str {
        self.entry(action).map_or("", |e| &e.title)
    }

    /// What an action does, with its keys: "Next image (Right, D)".
    pub fn tooltip(&self, action: &Action) -> String {
        let Some(entry) = self.entry(action) else { return String::new() };
        if entry.keys.is_empty() {
            return entry.title.clone();
        }
        let keys: Vec<String> = entry.keys.iter().map(Shortcut::text).collect();
        format!("{} ({})", entry.title, keys.join(", "))
    }

    /// The keys of four directions, left, right, up and down, as people read them together: "Alt Arrows", or each where they
    /// are not the arrow keys with the same held; `None` where none has a key.
    pub fn arrows_text(&self, directions: &[Action; 4]) -> Option<String> {
        const ARROWS: [Key; 4] = [Key::ArrowLeft, Key::ArrowRight, Key::ArrowUp, Key::ArrowDown];
        let keys: Vec<Shortcut> =
            directions.iter().filter_map(|action| self.entry(action)?.keys.first().copied()).collect();
        let first = keys.first()?;
        let together = keys.len() == 4
            && keys.iter().zip(ARROWS).all(|(key, arrow)| key.key == arrow && key.modifiers == first.modifiers);
        if together {
            return Some(first.text().replace("Left", "Arrows"));
        }
        Some(keys.iter().map(Shortcut::text).collect::<Vec<_>>().join(", "))
    }

    /// Whether one of a held action's keys is down and no text is being typed.
    pub fn is_down(&self, ctx: &egui::Context, action: &Action) -> bool {
        if ctx.text_edit_focused() {
            return false;
        }
        let Some(entry) = self.entry(action) else { return false };
        ctx.input(|i| entry.keys.iter().any(|s| i.key_down(s.key) && s.matches(s.key, i.modifiers)))
    }

    /// Whether one of an action's keys was pressed just now; takes it out of the input.
    pub fn take(&self, ctx: &egui::Context, action: &Action) -> bool {
        let Some(entry) = self.entry(action) else { return false };
        ctx.input_mut(|input| {
            let before = input.events.len();
            input.events.retain(|event| {
                let Event::Key { key, physical_key, pressed: true, modifiers, .. } = event else { return true };
                !entry.keys.iter().any(|s| s.is_sent(*key, *physical_key, *modifiers))
            });
            input.events.len() < before
        })
    }

    /// The lines that make sense for what is on screen.
    fn at_hand<'a>(&'a self, screen: Screen, view: &'a View, shown: OnScreen) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| {
            let (at_hand, when) = match entry.when {
                When::BoxChosen => (shown.chosen, entry.when),
                When::BoxesThere => (shown.boxes, entry.when),
                When::Grid => (shown.grid, entry.when),
                // What it takes back may have been asked for just before it, so that the view has nothing yet.
                When::CanUndo | When::CanRedo => (true, When::Writable),
                _ => (true, entry.when),
            };
            at_hand && !entry.held && when.holds(screen, view)
        })
    }

    /// The keys after which a key may mean something else than it does now; see `Turns::prepare`.
    pub fn turning(&self, screen: Screen, view: &View, shown: OnScreen) -> Vec<Shortcut> {
        let turning = self.at_hand(screen, view, shown).filter(|entry| entry.action.turns());
        turning.flat_map(|entry| entry.keys.iter().copied()).collect()
    }

    /// The keys of a step back and of one forth.
    pub fn steps(&self) -> Vec<Shortcut> {
        let entries = [Action::Undo, Action::Redo].into_iter().filter_map(|action| self.entry(&action));
        entries.flat_map(|entry| entry.keys.iter().copied()).collect()
    }

    /// Takes the pressed keys that mean something now out of the input and returns what they ask for, in their order. While
    /// text is typed only keys that no text field uses are taken. A key held down asks once, but for what one goes through.
    pub fn pressed(&self, ctx: &egui::Context, screen: Screen, view: &View, shown: OnScreen) -> Vec<Action> {
        // Escape has taken the keyboard from a field before this: it was that field's all the same.
        let typing = ctx.text_edit_focused() || Turns::was_typing(ctx);
        let focused = ctx.memory(|m| m.focused().is_some());
        let mut asked: Vec<Action> = Vec::new();
        let mut tabbed = false;
        ctx.input_mut(|input| {
            input.events.retain(|event| {
                let Event::Key { key, physical_key, pressed: true, modifiers, repeat } = event else { return true };
                if asked.last().is_some_and(Action::turns) {
                    // What it means is not known before that is done.
                    return true;
                }
                let meant = self
                    .at_hand(screen, view, shown)
                    .filter(|entry| entry.keys.iter().any(|s| s.is_sent(*key, *physical_key, *modifiers)));
                let Some(entry) = meant.min_by_key(|e| e.when != When::BoxChosen) else { return true };
                let own = if typing { belongs_to_text(*key, *modifiers) } else { focused && moves_focus(*key) };
                if own {
                    return true;
                }
                if !*repeat || entry.action.repeats() {
                    asked.push(entry.action.clone());
                }
                tabbed |= *key == Key::Tab;
                false
            });
        });
        if tabbed {
            // Else the first control would get the keyboard.
            ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::None));
        }
        asked
    }
}

/// Keys that press or move between focused controls.
fn moves_focus(key: Key) -> bool {
    matches!(key, Key::Tab | Key::Enter | Key::Space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_an_id_or_a_key_at_the_same_time() {
        let keymap = Keymap::default();
        for (index, a) in keymap.entries().iter().enumerate() {
            for b in &keymap.entries()[index + 1..] {
                assert_ne!(a.id, b.id);
                let both = a.when == b.when || a.when == When::Always || b.when == When::Always;
                let shared = a.keys.iter().find(|k| b.keys.contains(k));
                assert!(!both || shared.is_none(), "{} and {} share {shared:?}", a.id, b.id);
            }
            assert!(!a.title.is_empty());
        }
    }

    fn knees() -> Vec<String> {
        ["0", "1", "2"].map(str::to_owned).to_vec()
    }

    fn key(text: &str) -> Shortcut {
        Shortcut::parse(text).unwrap()
    }

    #[test]
    fn a_key_given_to_one_action_is_taken_from_the_other_and_comes_back() {
        let mut keymap = Keymap::of(knees(), OwnKeys::default());
        assert_eq!(keymap.key_text(&ReviewAction::Label(2).into()).as_deref(), Some("2"));
        let fit: Vec<&str> =
            keymap.others_with(&key("F"), &ReviewAction::Label(2).into()).iter().map(|e| &*e.id).collect();
        assert_eq!(fit, ["fit"]);
        keymap = Keymap::of(knees(), keymap.with(&ReviewAction::Label(2).into(), Some(vec![key("F"), key("2")])));
        assert_eq!(
            (keymap.key_text(&ReviewAction::Label(2).into()).as_deref(), keymap.key_text(&ReviewAction::Fit.into())),
            (Some("F"), None)
        );
        // Another project: the class is not there, so the key is free.
        let elsewhere = Keymap::of(vec!["normal".into(), "fracture".into()], keymap.own.clone());
        assert_eq!(elsewhere.key_text(&ReviewAction::Fit.into()).as_deref(), Some("F"));
        assert_eq!(elsewhere.problems(), [""; 0]);
        // Given back to the first one, the other keeps what is left.
        keymap = Keymap::of(knees(), keymap.with(&ReviewAction::Fit.into(), None));
        assert_eq!(keymap.key_text(&ReviewAction::Fit.into()).as_deref(), Some("F"));
        assert_eq!(keymap.key_text(&ReviewAction::Label(2).into()).as_deref(), Some("2"));
        keymap = Keymap::of(knees(), keymap.with(&ReviewAction::Label(2).into(), None));
        assert!(!keymap.has_own(), "{:?}", keymap.own);
    }

    #[test]
    fn that_a_finding_is_uncertain_has_a_key_of_its_own_which_is_kept_by_the_finding_s_name() {
        let findings = || vec!["Effusion".to_owned(), "Mass".to_owned()];
        let keymap = Keymap::of_findings(findings(), OwnKeys::default());
        let mass = Action::Review(ReviewAction::Uncertain(1));
        assert_eq!(keymap.tooltip(&mass), "Mass uncertain, again not assessed (Shift 2)");
        assert_eq!(keymap.title(&ReviewAction::Label(1).into()), "Mass present, again absent");
        let own = keymap.with(&mass, Some(vec![key("Shift M")]));
        let of =
            |names: &[&str]| Keymap::of_findings(names.iter().map(|name| (*name).to_owned()).collect(), own.clone());
        assert_eq!(of(&["Mass", "Effusion"]).key_text(&ReviewAction::Uncertain(0).into()).as_deref(), Some("Shift M"));
        let elsewhere = Keymap::of(knees(), own.clone());
        assert!(elsewhere.problems().is_empty() && elsewhere.entry(&mass).is_none(), "a class cannot be uncertain");
    }

    #[test]
    fn an_action_may_be_without_a_key() {
        let keymap = Keymap::default();
        let keymap = Keymap::of(Vec::new(), keymap.with(&ReviewAction::Next.into(), Some(Vec::new())));
        assert_eq!(keymap.tooltip(&ReviewAction::Next.into()), "Next image");
        assert!(keymap.is_own(keymap.entry(&ReviewAction::Next.into()).unwrap()));
    }

    #[test]
    fn what_is_wrong_with_own_keys_is_told_and_the_rest_holds() {
        let own = OwnKeys {
            actions: [
                ("accept".to_owned(), vec!["D".to_owned()]),
                ("nonsense".to_owned(), vec!["Q".to_owned()]),
                ("next".to_owned(), vec!["Hyper Q".to_owned(), "D".to_owned(), "J".to_owned()]),
            ]
            .into(),
            classes: Default::default(),
        };
        let keymap = Keymap::of(Vec::new(), own);
        assert_eq!(keymap.tooltip(&ReviewAction::Next.into()), "Next image (D, J)", "first in the table");
        assert_eq!(keymap.key_text(&ReviewAction::Accept.into()), None);
        assert_eq!(keymap.problems().len(), 3, "{:?}", keymap.problems());
    }

    #[test]
    fn tooltips_name_the_keys() {
        assert_eq!(Keymap::default().tooltip(&Action::Train), "Train (Ctrl R)");
    }
}
