//! Images nobody has looked at, in formats that have no word for them: an image without a box is one without findings
//! there, whether or not somebody looked.

use super::{Outgoing, WRITERS, Written};
use crate::interchange::model::format::Format;
use crate::interchange::model::reading::Said;
use crate::interchange::writing::draws;

/// What becomes of such images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unseen {
    /// They are not in the export.
    #[default]
    LeaveOut,
    /// They go out as looked at, with nothing to draw.
    AsNegative,
}

/// Whether a format has no word for an image nobody has looked at.
pub fn takes_silence_for_none(format: Format) -> bool {
    WRITERS.iter().any(|writer| writer.format == format && writer.silent)
}

/// The images that go out in a format, and what is told of the others. A label says nothing of boxes: where boxes are drawn
/// at all, an image that has only a label is no image without any.
pub fn settle(format: Format, images: Vec<Outgoing>, how: Unseen, written: &mut Written) -> Vec<Outgoing> {
    let any = images.iter().any(|one| draws(&one.image));
    // YOLO's layout of class folders holds labels, and images without one are told there.
    if !takes_silence_for_none(format) || (format == Format::YOLO && !any) {
        return images;
    }
    let name = format.name();
    let (mut unseen, mut labelled, mut kept) = (0usize, 0usize, Vec::with_capacity(images.len()));
    for mut one in images {
        let says_nothing = one.image.said.iter().all(Said::is_empty);
        if draws(&one.image) || (!any && !says_nothing && how == Unseen::LeaveOut) {
            kept.push(one);
            continue;
        }
        *if says_nothing { &mut unseen } else { &mut labelled } += 1;
        match how {
            Unseen::LeaveOut => {
                let why = if says_nothing {
                    format!("nobody has looked at it, and {name} would take it for an image without findings")
                } else {
                    format!(
                        "it has a label, but nobody has drawn or looked for boxes, and {name} would take it for an image \
                         without findings"
                    )
                };
                written.left_out.push((one.image.name, why));
            }
            Unseen::AsNegative => {
                match one.image.said.last_mut() {
                    Some(said) => said.nothing_found = true,
                    None => one.image.said.push(Said { nothing_found: true, ..Said::default() }),
                }
                kept.push(one);
            }
        }
    }
    for (count, which) in [(unseen, "nobody has looked at"), (labelled, "have a label, but nobody looked for boxes")] {
        if count == 0 {
            continue;
        }
        let images = if count == 1 { "1 image".to_owned() } else { format!("{count} images") };
        let of =
            if which.starts_with("nobody") { format!("{images} {which}") } else { format!("{images} that {which}") };
        written.lost.push(match how {
            Unseen::LeaveOut => format!(
                "Left out: {of}. {name} would take them for images without findings; --unseen as-negative (in the window \
                 Not assessed: As negatives) writes them so."
            ),
            Unseen::AsNegative => format!("Written as images without findings, as you said: {of}."),
        });
    }
    if !any && how == Unseen::LeaveOut && !kept.is_empty() {
        written.lost.push(format!(
            "No box is drawn and nobody looked for any: other tools take all {} images for images without findings.",
            kept.len()
        ));
    }
    kept
}
