//! How the source is read: its format with the reason, and what is left out by name.

use super::state::State;
use crate::session::{DeskCommand, Format, Frame, ImportSource, ImportState, ImportView, Unannotated, VocBase};
use crate::ui::action::Action;
use crate::ui::context::PanelContext;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button};
use egui::Ui;

const NAME_WIDTH: f32 = 130.0;

/// Shows it; another choice reads the source again.
pub fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &mut State, import: &ImportView) {
    let theme = cx.theme;
    widgets::section(ui, theme, "Read as");
    let told = |format: Format| import.formats.iter().find(|(known, _)| *known == format).map(|(_, why)| why.clone());
    let shown = import.format.map_or("…", Format::name);
    let mut chosen = None;
    let mut why = match import.format.and_then(told) {
        Some(why) => format!("Recognised by its files: {why}."),
        None => "The files do not show it; you chose it.".to_owned(),
    };
    for (format, reason) in import.formats.iter().filter(|(format, _)| import.format != Some(*format)) {
        why.push_str(&format!("\nAlso possible: {} ({reason}).", format.name()));
    }
    widgets::labelled(ui, theme, "Format", NAME_WIDTH, &why, |ui| {
        widgets::drop_down(ui, theme, "Format", shown, 220.0, |ui| {
            let there = import.formats.iter().map(|(format, _)| *format);
            let rest = Format::all().filter(|format| told(*format).is_none());
            for format in there.chain(rest) {
                let mark = if told(format).is_some() { "" } else { " (not seen here)" };
                let text = format!("{}{mark}", format.name());
                if widgets::choice(ui, theme, &text, import.format == Some(format)) {
                    chosen = Some(format);
                }
            }
        });
    });
    if let Some(format) = chosen.filter(|format| import.format != Some(*format)) {
        cx.send(DeskCommand::ReadSource(ImportSource { format: Some(format), ..state.source() }));
    }
    if import.format == Some(Format::VOC) {
        pixels(ui, cx, state, import);
    }
    let (turned, unannotated) = match &import.state {
        ImportState::Ready(summary) => (summary.turned > 0, summary.unannotated > 0),
        ImportState::Reading { .. } | ImportState::Failed(_) => (false, false),
    };
    if turned || import.source.frame.is_some() {
        frame(ui, cx, state, import);
    }
    if unannotated || import.source.unannotated != Unannotated::Unseen {
        without_annotation(ui, cx, state, import);
    }
    if import.format != Some(Format::FOLDERS) {
        unlabelled(ui, cx, state, import);
    }
    // Where nothing was found, the pictures may be elsewhere, and without them the format is hard to tell.
    let is_lost = matches!(import.state, ImportState::Failed(_)) || import.source.images.is_some();
    if is_lost || import.format != Some(Format::FOLDERS) {
        pictures(ui, cx, state, import);
    }
    let help = "Names of files and folders to pass over, separated by commas, as in consensus_*, **/masks/*.png.";
    widgets::labelled(ui, theme, "Leave out", NAME_WIDTH, help, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            let field =
                widgets::text_field(ui, theme, &mut state.exclude, "Leave out", "none; for example consensus_*", 300.0);
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            let changed = state.source().exclude != import.source.exclude;
            let again = Button::new("Read again").enabled(changed).ui(ui, theme).clicked();
            if again || (entered && changed) {
                cx.send(DeskCommand::ReadSource(state.source()));
            }
        });
    });
}

/// Where the pictures are that the files speak of.
fn pictures(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, import: &ImportView) {
    let theme = cx.theme;
    let elsewhere = import.source.images.as_ref();
    let place = elsewhere.map_or_else(|| "the annotations' folder".to_owned(), |folder| folder.display().to_string());
    let help = format!("Looked for in {place}. They are only read.");
    widgets::labelled(ui, theme, "Pictures", NAME_WIDTH, &help, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            if Button::new("Choose their folder").ui(ui, theme).clicked() {
                cx.push(Action::ChoosePictures);
            }
            if elsewhere.is_some() && Button::new("Use the annotations' folder").ui(ui, theme).clicked() {
                cx.send(DeskCommand::ReadSource(ImportSource { images: None, ..state.source() }));
            }
        });
    });
}

/// In which frame boxes of turned photos are.
fn frame(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, import: &ImportView) {
    let theme = cx.theme;
    let choices = [None, Some(Frame::Raw), Some(Frame::Oriented)];
    let help = "EXIF turns some photos. Their boxes are of the picture as stored, or of the one turned upright.";
    widgets::labelled(ui, theme, "Boxes are of", NAME_WIDTH, help, |ui| {
        let now = choices.iter().position(|frame| *frame == import.source.frame);
        let names = ["the frame told below", "the stored picture", "the upright picture"];
        if let Some(frame) = widgets::segmented(ui, theme, &names, now).and_then(|at| choices.get(at)) {
            cx.send(DeskCommand::ReadSource(ImportSource { format: import.format, frame: *frame, ..state.source() }));
        }
    });
}

/// What becomes of pictures of which nothing is said.
fn unlabelled(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, import: &ImportView) {
    let theme = cx.theme;
    let help = "Pictures that no annotation names, or whose annotations are empty or cancelled: left out, or taken in to be \
                labelled here.";
    widgets::labelled(ui, theme, "Others", NAME_WIDTH, help, |ui| {
        let now = usize::from(import.source.unlabelled);
        if let Some(at) = widgets::segmented(ui, theme, &["Left out", "Taken in without a label"], Some(now))
            && at != now
        {
            let (format, unlabelled) = (import.format, at == 1);
            cx.send(DeskCommand::ReadSource(ImportSource { format, unlabelled, ..state.source() }));
        }
    });
}

/// What images are that are listed without an annotation.
fn without_annotation(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, import: &ImportView) {
    let theme = cx.theme;
    let choices = [Unannotated::Unseen, Unannotated::Negative];
    let help = "The file does not say whether somebody looked at the images that it lists without an annotation.";
    widgets::labelled(ui, theme, "Without annotation", NAME_WIDTH, help, |ui| {
        let now = choices.iter().position(|what| *what == import.source.unannotated);
        let names = ["Nobody has looked", "Nothing to draw"];
        if let Some(what) = widgets::segmented(ui, theme, &names, now).and_then(|at| choices.get(at)) {
            cx.send(DeskCommand::ReadSource(ImportSource {
                format: import.format,
                unannotated: *what,
                ..state.source()
            }));
        }
    });
}

/// Where Pascal VOC counts pixels from, which its files seldom say.
fn pixels(ui: &mut Ui, cx: &mut PanelContext<'_>, state: &State, import: &ImportView) {
    let theme = cx.theme;
    let choices = [None, Some(VocBase::Zero), Some(VocBase::One)];
    let help = "PASCAL's own sets begin with pixel 1, most tools with 0.";
    widgets::labelled(ui, theme, "Pixels begin", NAME_WIDTH, help, |ui| {
        let now = choices.iter().position(|base| *base == import.source.voc_base);
        let pressed = widgets::segmented(ui, theme, &["As told below", "with 0", "with 1"], now);
        if let Some(base) = pressed.and_then(|at| choices.get(at)) {
            cx.send(DeskCommand::ReadSource(ImportSource { format: import.format, voc_base: *base, ..state.source() }));
        }
    });
}
