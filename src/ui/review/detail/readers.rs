//! What each reader said last of the image, where several have: whoever adjudicates takes one's word with a press, knowing
//! whose it is or not.

use crate::domain::ImageId;
use crate::session::{ProjectCommand, ReaderWord};
use crate::ui::context::PanelContext;
use crate::ui::review::model::current::Current;
use crate::ui::review::state::ReviewState;
use crate::ui::theme::space;
use crate::ui::widgets::{self, Button, ButtonStyle};
use egui::{Label, Ui};

/// Shows a line a reader; nothing where fewer than two have said anything.
pub(super) fn show(ui: &mut Ui, cx: &mut PanelContext<'_>, review: &mut ReviewState, current: &Current<'_>) {
    let Some(detail) = current.detail.filter(|detail| !detail.readers.words.is_empty()) else { return };
    ui.add_space(space::M);
    let title = if detail.readers.differ { "Readers differ" } else { "Readers agree" };
    widgets::section_with(ui, cx.theme, title, |_| {});
    let mut words: Vec<&ReaderWord> = detail.readers.words.iter().collect();
    if review.hide_readers {
        words.sort_by_key(|one| mixed(detail.image, &one.who));
    }
    // Whoever reads for himself takes nobody's word, and has seen already who says what.
    let takes = !current.project.reading.is_own();
    for (at, one) in words.into_iter().enumerate() {
        let hidden = review.hide_readers.then(|| hidden_name(at));
        line(ui, cx, current, one, hidden.as_deref(), takes);
    }
    if takes {
        let text = widgets::caption(cx.theme, "Hide who said what");
        let tip = "Readers are letters, in another order for each image, so that a word is taken for what it says";
        ui.checkbox(&mut review.hide_readers, text).on_hover_text(tip);
    }
}

/// "A", "B": nobody's name.
fn hidden_name(at: usize) -> String {
    u8::try_from(at)
        .ok()
        .filter(|at| *at < 26)
        .map_or_else(|| format!("no. {}", at + 1), |at| char::from(b'A' + at).to_string())
}

/// An order of the readers that is another for each image and the same each time (FNV-1a).
fn mixed(image: ImageId, who: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    image.0.to_le_bytes().into_iter().chain(who.bytes()).fold(start, step)
}

fn line(
    ui: &mut Ui,
    cx: &mut PanelContext<'_>,
    current: &Current<'_>,
    one: &ReaderWord,
    hidden: Option<&str>,
    takes: bool,
) {
    let theme = cx.theme;
    let in_force = if one.in_force { ", as in force" } else { "" };
    let text = match hidden {
        Some(name) => format!("{name}: {}{in_force}", one.what),
        None => format!("{}: {} ({}{in_force})", one.who, one.what, one.time),
    };
    ui.horizontal_wrapped(|ui| {
        ui.add(Label::new(widgets::caption(theme, text)).wrap());
        if one.in_force || !takes {
            return;
        }
        let name = format!("Take {} as {} says", one.what, hidden.unwrap_or(&one.who));
        let button = Button::new("Take").name(name).style(ButtonStyle::Quiet).enabled(current.may_change());
        let tip = "Puts this reader's word in force. It stays that reader's, and your own stays as it is";
        if button.tooltip(tip.to_owned()).ui(ui, theme).clicked() {
            cx.send(ProjectCommand::TakeWord { image: current.row.id, reader: one.who.clone() });
        }
    });
}
