//! The keys as they come: the contents of the keymap's table.

use super::action::{Action, Grid, ManyAction, ReviewAction, Screen, When};
use super::keymap::{Entry, Section};
use super::shortcut::Shortcut;
use crate::domain::Split;
use crate::domain::class_list::means_nothing_to_find;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// An action, its id, its title, its keys, and when it makes sense.
type Line<A = Action> = (A, &'static str, &'static str, &'static [&'static str], When);

/// The whole table for a project with these classes, or findings, shown in such an order of their places; without any, the keys
/// of classes are named by their places.
pub(super) fn entries(classes: &[String], order: &[usize], findings: bool) -> Vec<Entry> {
    let mut all = Vec::new();
    section(&mut all, Section::Queue, QUEUE);
    section(&mut all, Section::Queue, MANY);
    if findings {
        keys_of_findings(&mut all, classes, order);
    } else {
        labels(&mut all, classes, order);
    }
    section(&mut all, Section::Annotation, ANNOTATION);
    section(&mut all, Section::Annotation, STEPS);
    examples(&mut all, classes, order);
    section(&mut all, Section::Boxes, BOXES);
    section(&mut all, Section::Picture, PICTURE);
    presets(&mut all);
    section(&mut all, Section::Project, PROJECT);
    section(&mut all, Section::General, GENERAL);
    for entry in &mut all {
        let held = [ReviewAction::HideOverlays, ReviewAction::Magnify];
        entry.held = held.into_iter().any(|action| entry.action == Action::Review(action));
        let of_findings = FINDINGS.iter().find(|(action, _)| findings && entry.action == Action::Review(*action));
        if let Some((_, title)) = of_findings {
            entry.title = (*title).to_owned();
        }
    }
    all
}

const QUEUE: &[Line<ReviewAction>] = &[
    (ReviewAction::Next, "next", "Next image", &["Right", "D"], When::Review),
    (ReviewAction::Previous, "previous", "Previous image", &["Left", "A"], When::Review),
    (ReviewAction::NextUnreviewed, "next-unreviewed", "Next unreviewed image", &["Ctrl Right", "U"], When::Review),
    (ReviewAction::First, "first", "First image", &["Home"], When::Review),
    (ReviewAction::Last, "last", "Last image", &["End"], When::Review),
    (ReviewAction::NextPage, "next-page", "Next page of the grid", &["PageDown"], When::Grid),
    (ReviewAction::PreviousPage, "previous-page", "Previous page of the grid", &["PageUp"], When::Grid),
    (ReviewAction::RowDown, "row-down", "Image below, in the grid the row below", &["Down"], When::Review),
    (ReviewAction::RowUp, "row-up", "Image above, in the grid the row above", &["Up"], When::Review),
    (ReviewAction::FocusFilter, "find-image", "Find an image by name", &["Ctrl F"], When::Project),
    (ReviewAction::CycleSort, "sort", "Change the order of the queue", &["S"], When::Review),
    (
        ReviewAction::ToggleAutoAdvance,
        "auto-advance",
        "Next image after a label (auto-advance)",
        &["Shift A"],
        When::Review,
    ),
];

const MANY: &[Line<ReviewAction>] = &[
    (ReviewAction::Many(ManyAction::ChooseAll), "choose-all", "Choose all of the filter", &["Ctrl A"], When::Review),
    (
        ReviewAction::Many(ManyAction::ChooseThis),
        "choose-this",
        "Choose this image with others, or leave it out",
        &["Ctrl Space"],
        When::Review,
    ),
    (
        ReviewAction::Many(ManyAction::ChooseNext),
        "choose-next",
        "Choose the next image too",
        &["Shift Down", "Shift Right"],
        When::Review,
    ),
    (
        ReviewAction::Many(ManyAction::ChoosePrevious),
        "choose-previous",
        "Choose the previous image too",
        &["Shift Up", "Shift Left"],
        When::Review,
    ),
    (
        ReviewAction::Many(ManyAction::AcceptPage),
        "accept-page",
        "Confirm every image of the page, else take the model's",
        &["Ctrl Enter"],
        When::Grid,
    ),
    (
        ReviewAction::Many(ManyAction::Move(Split::Train)),
        "to-train",
        "Move the chosen images to Train",
        &[],
        When::ReviewWritable,
    ),
    (
        ReviewAction::Many(ManyAction::Move(Split::Validation)),
        "to-validation",
        "Move the chosen images to Validation",
        &[],
        When::ReviewWritable,
    ),
    (
        ReviewAction::Many(ManyAction::Move(Split::Test)),
        "to-test",
        "Move the chosen images to Test",
        &[],
        When::ReviewWritable,
    ),
    (ReviewAction::Many(ManyAction::SignOffPage), "sign-off-page", "Sign off all images of the page", &[], When::Grid),
    (
        ReviewAction::Many(ManyAction::Export),
        "export-chosen",
        "Export the labels of the chosen images as CSV",
        &[],
        When::Review,
    ),
    (ReviewAction::Similar, "similar", "Show similar images", &[], When::Review),
    (ReviewAction::ToggleLearning, "learn", "Learn while you label, or stop", &[], When::ReviewWritable),
];

const ANNOTATION: &[Line<ReviewAction>] = &[
    (ReviewAction::Accept, "accept", "Confirm what is there, else take the model's", &["Enter"], When::ReviewWritable),
    (ReviewAction::Unlabel, "unlabel", "Take the label away", &["Backspace"], When::ReviewWritable),
    (ReviewAction::ToggleFlag, "flag", "Flag the image", &["X"], When::ReviewWritable),
    (ReviewAction::ToggleKey, "key-image", "Mark the image as a key image", &["Shift X"], When::ReviewWritable),
    (ReviewAction::SignOff, "sign-off", "Sign off: lock what is said of the image", &["Alt S"], When::ReviewWritable),
    (
        ReviewAction::Reopen,
        "reopen",
        "Reopen what is signed off, with a reason",
        &["Alt Shift S"],
        When::ReviewWritable,
    ),
    (ReviewAction::FocusNote, "note", "Write a note", &["N"], When::ReviewWritable),
    (
        ReviewAction::TakeModels,
        "take-models",
        "Replace what is there by the model's",
        &["Shift T"],
        When::ReviewWritable,
    ),
    (ReviewAction::DrawBox, "box", "Draw a box", &["B"], When::ReviewWritable),
    (ReviewAction::Measure, "measure", "Measure a length or an angle", &["M"], When::ReviewWritable),
    (ReviewAction::Delete, "delete", "Delete the chosen box or measurement", &["Delete"], When::ReviewWritable),
];

/// What some actions are called where images have findings.
const FINDINGS: &[(ReviewAction, &str)] = &[
    (ReviewAction::Accept, "Confirm what is there, and take the model's where nobody has said anything"),
    (ReviewAction::Unlabel, "Take back what is said of all findings"),
    (ReviewAction::TakeModels, "Replace what is there by the model's"),
    (ReviewAction::NothingHere, "No finding: all are absent, no boxes"),
];

const STEPS: &[Line] = &[
    (Action::Undo, "undo", "Undo", &["Ctrl Z"], When::CanUndo),
    (Action::Redo, "redo", "Redo", &["Ctrl Shift Z", "Ctrl Y"], When::CanRedo),
];

const BOXES: &[Line<ReviewAction>] = &[
    (ReviewAction::AcceptBox, "accept-box", "Accept the model's box under the pointer", &["T"], When::ReviewWritable),
    (ReviewAction::NothingHere, "nothing-here", "Nothing here: reviewed, no boxes", &["E"], When::ReviewWritable),
    (ReviewAction::ConfirmBoxes, "confirm-boxes", "The boxes are right as they stand", &["K"], When::ReviewWritable),
    (ReviewAction::CopyBoxes, "copy-boxes", "Copy the boxes to the next image", &["C"], When::ReviewWritable),
    (ReviewAction::ThresholdUp, "threshold-up", "Fewer boxes of the model (threshold up)", &["."], When::Review),
    (ReviewAction::ThresholdDown, "threshold-down", "More boxes of the model (threshold down)", &[","], When::Review),
    (ReviewAction::SideBySide, "side-by-side", "Side by side: drawn and model, two models", &["Y"], When::Review),
    (ReviewAction::NextBox, "next-box", "Next box", &["Tab"], When::BoxesThere),
    (ReviewAction::PreviousBox, "previous-box", "Previous box", &["Shift Tab"], When::BoxesThere),
    (ReviewAction::DuplicateBox, "duplicate-box", "Duplicate the chosen box", &["Ctrl D"], When::BoxChosen),
    (ReviewAction::Nudge(-1, 0), "nudge-left", "Move the chosen box left", &["Alt Left"], When::BoxChosen),
    (ReviewAction::Nudge(1, 0), "nudge-right", "Move the chosen box right", &["Alt Right"], When::BoxChosen),
    (ReviewAction::Nudge(0, -1), "nudge-up", "Move the chosen box up", &["Alt Up"], When::BoxChosen),
    (ReviewAction::Nudge(0, 1), "nudge-down", "Move the chosen box down", &["Alt Down"], When::BoxChosen),
    (
        ReviewAction::Nudge(-10, 0),
        "nudge-left-10",
        "Move the box left by 10 pixels",
        &["Alt Shift Left"],
        When::BoxChosen,
    ),
    (
        ReviewAction::Nudge(10, 0),
        "nudge-right-10",
        "Move the box right by 10 pixels",
        &["Alt Shift Right"],
        When::BoxChosen,
    ),
    (ReviewAction::Nudge(0, -10), "nudge-up-10", "Move the box up by 10 pixels", &["Alt Shift Up"], When::BoxChosen),
    (
        ReviewAction::Nudge(0, 10),
        "nudge-down-10",
        "Move the box down by 10 pixels",
        &["Alt Shift Down"],
        When::BoxChosen,
    ),
];

const PICTURE: &[Line<ReviewAction>] = &[
    (ReviewAction::CycleGrid, "grid", "Grid of 1, 4 or 9 pictures", &["L"], When::Review),
    (ReviewAction::ShowGrid(Grid::One), "one-picture", "One picture", &["Shift Enter", "O"], When::Review),
    (ReviewAction::ShowGrid(Grid::Two), "grid-2", "Grid of 2 × 2 pictures", &[], When::Review),
    (ReviewAction::ShowGrid(Grid::Three), "grid-3", "Grid of 3 × 3 pictures", &[], When::Review),
    (ReviewAction::ToggleHeat, "heat-map", "Heat map", &["G"], When::Review),
    (ReviewAction::NextHeatClass, "heat-class", "Heat map of the next class or box", &["Shift G"], When::Review),
    (ReviewAction::NextHeatMethod, "heat-method", "Heat map by the next method", &["Ctrl G"], When::Review),
    (ReviewAction::NextHeatLayer, "heat-layer", "Heat map of the next layer", &["Ctrl Shift G"], When::Review),
    (ReviewAction::TwoHeatMaps, "two-heat-maps", "Two heat maps side by side", &["Alt G"], When::Review),
    (
        ReviewAction::OtherHeatMap,
        "other-heat-map",
        "Keys for the other heat map of two",
        &["Alt Shift G"],
        When::Review,
    ),
    (ReviewAction::HeatLines, "heat-lines", "Heat map as lines instead of colour", &["H"], When::Review),
    (ReviewAction::HeatStronger, "heat-stronger", "Stronger heat map", &["]"], When::Review),
    (ReviewAction::HeatWeaker, "heat-weaker", "Weaker heat map", &["["], When::Review),
    (ReviewAction::HideOverlays, "hide-overlays", "Hold to hide overlays", &["Space"], When::Review),
    (ReviewAction::MoveMode, "move", "Move the picture", &["V"], When::Review),
    (ReviewAction::WindowMode, "window", "Window: drag for width and centre", &["W"], When::Review),
    (ReviewAction::Fit, "fit", "Fit the picture", &["F"], When::Review),
    (ReviewAction::Zoom1to1, "zoom-1-1", "Actual pixels (1:1)", &["Z"], When::Review),
    (ReviewAction::ZoomIn, "zoom-in", "Zoom in", &["+", "="], When::Review),
    (ReviewAction::ZoomOut, "zoom-out", "Zoom out", &["Minus"], When::Review),
    (ReviewAction::Invert, "invert", "Invert grey values", &["I"], When::Review),
    (ReviewAction::RotateView, "rotate", "Rotate the view by 90°", &["R"], When::Review),
    (ReviewAction::FlipHorizontally, "flip-horizontally", "Flip left and right", &["Shift H"], When::Review),
    (ReviewAction::FlipVertically, "flip-vertically", "Flip top and bottom", &["Shift V"], When::Review),
    (ReviewAction::ResetView, "reset-view", "Show the picture as its file says", &["Shift R"], When::Review),
    (ReviewAction::ToggleKeepView, "keep-view", "Keep the view for the next image", &["Shift K"], When::Review),
    (ReviewAction::ToggleLinked, "linked", "Zoom and window the grid's pictures together", &["Shift L"], When::Grid),
    (ReviewAction::PlayFrames, "play", "Play the frames of a file (cine), or stop", &["P"], When::Review),
    (ReviewAction::PlayFaster, "play-faster", "Play the frames faster", &["Shift P"], When::Review),
    (ReviewAction::PlaySlower, "play-slower", "Play the frames slower", &["Alt P"], When::Review),
    (ReviewAction::TrueSize, "true-size", "True size, by the size of its pixels", &["Shift S"], When::Review),
    (ReviewAction::KeepWindow, "keep-window", "Keep this window among the presets", &["Shift W"], When::Review),
    (ReviewAction::Magnify, "magnify", "Hold to magnify", &["Q"], When::Review),
    (ReviewAction::MouseForLabelling, "mouse-labelling", "Mouse for labelling", &[], When::Review),
    (ReviewAction::MouseOfWorkstation, "mouse-workstation", "Mouse as at a workstation", &[], When::Review),
    (ReviewAction::UndoView, "undo-view", "Take back the last change of the view", &["Shift Z"], When::Review),
    (ReviewAction::Escape, "escape", "Leave the tool, or what is chosen", &["Esc"], When::Review),
];

const PROJECT: &[Line] = &[
    (Action::GoTo(Screen::Review), "go-review", "Go to Review", &["Ctrl 1"], When::Project),
    (Action::GoTo(Screen::Data), "go-data", "Go to Data", &["Ctrl 2"], When::Project),
    (Action::GoTo(Screen::Train), "go-train", "Go to Train", &["Ctrl 3"], When::Project),
    (Action::GoTo(Screen::Evaluate), "go-evaluate", "Go to Evaluate", &["Ctrl 4"], When::Project),
    (Action::GoTo(Screen::Models), "go-models", "Go to Models", &["Ctrl 5"], When::Project),
    (Action::Train, "train", "Train", &["Ctrl R"], When::Writable),
    (Action::ChooseWeights, "choose-weights", "Choose a weight file to start from", &[], When::Writable),
    (Action::StopTraining, "stop-training", "Stop training, keep the best so far", &[], When::Training),
    (Action::CancelTraining, "cancel-training", "Cancel training, keep nothing", &[], When::Training),
    (Action::ExportCsv, "export-csv", "Export labels as CSV", &["Ctrl E"], When::Project),
    (Action::Relink, "relink", "Find moved images", &[], When::Writable),
    (Action::Merge, "merge", "Merge another copy of the project", &[], When::Writable),
    (Action::ImportModel, "import-model", "Add a model from a file", &[], When::Writable),
    (Action::Convert, "convert", "Convert: one class or several findings an image", &[], When::Writable),
    (Action::EditReader, "reader", "Change the reader", &["Alt R"], When::Project),
    (Action::CloseProject, "close-project", "Close the project", &["Ctrl W"], When::Project),
];

const GENERAL: &[Line] = &[
    (Action::OpenImages, "open-images", "Open images", &["Ctrl O"], When::Always),
    (Action::OpenFile, "open-file", "Open an annotation file", &[], When::Always),
    (Action::AddImages, "add-images", "Add images to this project", &[], When::Writable),
    (Action::AddFile, "add-file", "Add images from an annotation file", &[], When::Writable),
    (Action::ResumeImport, "resume-import", "Go on with the interrupted import", &[], When::Unfinished),
    (Action::ForgetImport, "forget-import", "Forget the interrupted import", &[], When::Unfinished),
    (Action::OpenProject, "open-project", "Open a project", &["Ctrl Shift O"], When::Always),
    (Action::TryDemo, "demo", "Try the demo", &["Ctrl Shift D"], When::Always),
    (Action::Palette, "palette", "Find anything", &["Ctrl P"], When::Always),
    (Action::Help, "keys", "All keys", &["F1"], When::Always),
    (Action::ChangeKeys, "change-keys", "Change the keys", &[], When::Always),
    (Action::Settings, "settings", "Settings", &["Ctrl ,"], When::Always),
    (Action::Review(ReviewAction::ToggleQueue), "queue", "Show or hide the queue", &["Ctrl B"], When::Review),
    (Action::Review(ReviewAction::ToggleDetail), "detail", "Show or hide the details", &["Ctrl J"], When::Review),
    (Action::ToggleTheme, "theme", "Dark or light", &["Ctrl Shift L"], When::Always),
    (Action::TextLarger, "text-larger", "Larger text", &["Ctrl +", "Ctrl ="], When::Always),
    (Action::TextSmaller, "text-smaller", "Smaller text", &["Ctrl Minus"], When::Always),
    (Action::TextNormal, "text-normal", "Normal text size", &["Ctrl 0"], When::Always),
    (Action::FullScreen, "full-screen", "Full screen", &["F11"], When::Always),
    (Action::PastNotices, "past-notices", "Notices of this session", &[], When::Always),
    (Action::DismissNotices, "dismiss", "Dismiss messages", &["Shift Esc"], When::Notices),
    (Action::Quit, "quit", "Quit", &["Ctrl Q"], When::Always),
];

fn section<A: Clone + Into<Action>>(all: &mut Vec<Entry>, section: Section, lines: &[Line<A>]) {
    for (action, id, title, keys, when) in lines {
        // The table's own test reads every key back, so none is lost here.
        let keys = keys.iter().filter_map(|k| Shortcut::parse(k).ok()).collect();
        let (action, title) = (action.clone().into(), (*title).to_owned());
        all.push(Entry { action, id: (*id).into(), title, keys, section, when: *when, held: false });
    }
}

/// A line of each class, or of the first nine places where no class is known.
fn labels(all: &mut Vec<Entry>, classes: &[String], order: &[usize]) {
    let named: Vec<Cow<'_, str>> = if classes.is_empty() {
        (1..=9).map(|place| format!("class {place}").into()).collect()
    } else {
        classes.iter().map(|name| Cow::Borrowed(name.as_str())).collect()
    };
    let digits = class_digits(classes, order, named.len());
    let mut places: Vec<usize> = (0..named.len()).collect();
    places.sort_by_key(|place| rank(order, *place));
    for index in places {
        let (Some(name), Some(digit)) = (named.get(index), digits.get(index)) else { continue };
        all.push(Entry {
            action: ReviewAction::Label(index).into(),
            id: format!("class-{}", index + 1).into(),
            title: format!("Label with {name}"),
            keys: digit.and_then(|digit| Shortcut::parse(&digit.to_string()).ok()).into_iter().collect(),
            section: Section::Annotation,
            when: When::ReviewWritable,
            held: false,
        });
    }
}

/// The rank of a place in an order; of a place that it does not name, its own.
fn rank(order: &[usize], place: usize) -> usize {
    order.iter().position(|one| *one == place).unwrap_or(place)
}

/// A line of each class that makes the image an example of it.
fn examples(all: &mut Vec<Entry>, classes: &[String], order: &[usize]) {
    let named = order.iter().filter_map(|place| Some((*place, classes.get(*place)?)));
    all.extend(named.map(|(place, name)| Entry {
        action: ReviewAction::Example(place).into(),
        id: format!("example-{}", place + 1).into(),
        title: format!("Use as example of {name}, again not"),
        keys: Vec::new(),
        section: Section::Annotation,
        when: When::ReviewWritable,
        held: false,
    }));
}

/// Two lines of each finding: whether it is present, and with Shift that it is uncertain.
fn keys_of_findings(all: &mut Vec<Entry>, findings: &[String], order: &[usize]) {
    let mut lines: Vec<(usize, &String)> = findings.iter().enumerate().collect();
    lines.sort_by_key(|(place, _)| rank(order, *place));
    for (at, (index, name)) in lines.into_iter().enumerate() {
        let key = |held: &str| {
            let digit = (at < 9).then(|| Shortcut::parse(&format!("{held}{}", at + 1)).ok()).flatten();
            digit.into_iter().collect()
        };
        let mut line = |action: ReviewAction, id: String, title: String, keys| {
            let (section, when, held) = (Section::Annotation, When::ReviewWritable, false);
            all.push(Entry { action: action.into(), id: id.into(), title, keys, section, when, held });
        };
        let id = format!("class-{}", index + 1);
        if means_nothing_to_find(name) {
            // It was a class before the list was one of findings.
            line(ReviewAction::Label(index), id, format!("{name}: all findings are absent"), key(""));
            continue;
        }
        line(ReviewAction::Label(index), id, format!("{name} present, again absent"), key(""));
        let uncertain = format!("{name} uncertain, again not assessed");
        line(ReviewAction::Uncertain(index), format!("uncertain-{}", index + 1), uncertain, key("Shift "));
    }
}

/// The digit that is the key of each class: of grades their own, else the rank of the first nine.
fn class_digits(classes: &[String], order: &[usize], count: usize) -> Vec<Option<u32>> {
    match grades(classes) {
        Some(grades) => grades.into_iter().map(Some).collect(),
        None => {
            (0..count).map(|place| u32::try_from(rank(order, place) + 1).ok().filter(|digit| *digit <= 9)).collect()
        }
    }
}

/// The grades that classes are called by: their names begin with one digit each ("0", "3 severe"), or differ in one digit
/// and in nothing else ("KL 2"); no two are alike.
fn grades(classes: &[String]) -> Option<Vec<u32>> {
    let first = |name: &str| match name.trim_start().as_bytes() {
        [digit, rest @ ..] if digit.is_ascii_digit() && !rest.first().is_some_and(u8::is_ascii_digit) => {
            Some((u32::from(digit - b'0'), String::new()))
        }
        _ => None,
    };
    let only = |name: &str| {
        let mut digits = name.chars().filter_map(|c| c.to_digit(10));
        let (Some(digit), None) = (digits.next(), digits.next()) else { return None };
        Some((digit, name.replace(|c: char| c.is_ascii_digit(), "#")))
    };
    let told = |how: &dyn Fn(&str) -> Option<(u32, String)>| {
        let told: Vec<(u32, String)> = classes.iter().map(|name| how(name)).collect::<Option<_>>()?;
        let (grades, around): (BTreeSet<u32>, BTreeSet<&str>) =
            told.iter().map(|(d, name)| (*d, name.as_str())).unzip();
        (grades.len() == classes.len() && around.len() == 1).then(|| told.iter().map(|(digit, _)| *digit).collect())
    };
    told(&first).or_else(|| told(&only))
}

fn presets(all: &mut Vec<Entry>) {
    for number in 1..=9 {
        all.push(Entry {
            action: ReviewAction::Preset(number - 1).into(),
            id: format!("preset-{number}").into(),
            title: format!("Window preset {number}"),
            keys: Shortcut::parse(&format!("Alt {number}")).into_iter().collect(),
            section: Section::Picture,
            when: When::Review,
            held: false,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_in_the_table_is_one() {
        fn check<A>(lines: &[Line<A>]) {
            for (_, id, _, keys, _) in lines {
                keys.iter().for_each(|key| assert!(Shortcut::parse(key).is_ok(), "{key:?} of {id}"));
            }
        }
        [QUEUE, MANY, ANNOTATION, BOXES, PICTURE].into_iter().for_each(check);
        [STEPS, PROJECT, GENERAL].into_iter().for_each(check);
        assert!(
            entries(&[], &[], false).iter().any(|e| e.action == ReviewAction::Label(8).into() && e.keys.len() == 1)
        );
    }

    #[test]
    fn digits_follow_the_order_that_classes_are_shown_in() {
        let names = ["pronation", "neutral", "supination"].map(str::to_owned);
        for findings in [false, true] {
            let keys: Vec<(String, String)> = entries(&names, &[2, 0, 1], findings)
                .into_iter()
                .filter_map(|entry| match entry.action {
                    Action::Review(ReviewAction::Label(place)) => Some((names[place].clone(), entry.keys[0].text())),
                    _ => None,
                })
                .collect();
            let wanted = [("supination", "1"), ("pronation", "2"), ("neutral", "3")];
            assert_eq!(keys, wanted.map(|(name, key)| (name.to_owned(), key.to_owned())));
        }
    }

    #[test]
    fn the_key_of_a_grade_is_the_grade() {
        let keys = |names: &[&str]| -> String {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let labels = entries(&names, &[], false)
                .into_iter()
                .filter(|entry| matches!(entry.action, Action::Review(ReviewAction::Label(_))));
            labels.map(|entry| entry.keys.first().map_or_else(|| "-".into(), Shortcut::text)).collect()
        };
        assert_eq!(keys(&["0", "1", "2", "3", "4"]), "01234");
        assert_eq!(keys(&["KL 1", "KL 2", "KL 0"]), "120");
        assert_eq!(keys(&["0 none", "1 doubtful", "2 minimal"]), "012");
        assert_eq!(keys(&["pronation", "neutral", "supination"]), "123");
        assert_eq!(keys(&["C5 fracture", "L4 fracture"]), "12", "vertebrae are no grades");
        assert_eq!(keys(&["1", "01"]), "12", "and neither are names with the same digit or two");
        assert_eq!(keys(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]), "123456789-");
    }
}
