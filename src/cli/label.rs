//! `overread label`: labels one image, or a stream of them from standard input.
//!
//! Where an image may have several findings, a class is one of them with what is said of it (`Mass`, `Mass=absent`,
//! `Mass=uncertain`, `Mass=unassessed`), or `no finding`.
//!
//! The stream has a line `IMAGE<TAB>CLASS` for each label and an answer for each line: `ok <event id>` once the label is
//! committed to disk, and never before; or `error <why>`. A driver that is told `ok` may rely on it whatever happens
//! next.

use super::output::line;
use super::project::{self, ImageIndex, ProjectArg};
use crate::domain::class_list::means_nothing_to_find;
use crate::domain::{Annotation, Change, ClassList, EventId, Findings, ImageId, ImageRecord, Presence, signed_by};
use crate::store::Store;
use anyhow::{Context, Result, bail};
use std::collections::HashMap;
use std::io::BufRead;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Who labels; the log keeps it.
    #[arg(long)]
    reader: Option<String>,
    /// The image, by its name in the project; `-` reads lines `IMAGE<TAB>CLASS` from standard input.
    image: String,
    /// The class. Of several findings one with what is said of it (`Mass`, `Mass=absent`, `Mass=uncertain`, `Mass=unassessed`), or
    /// `no finding`.
    class: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let store = args.project.write()?;
    let images = store.images()?;
    let mut labelling = Labelling {
        classes: store.classes()?,
        annotations: store.annotations()?,
        reader: args.reader.clone().unwrap_or_else(crate::session::project::reader::default_reader),
        store,
    };
    let index = ImageIndex::new(&images);
    match (&*args.image, &args.class) {
        ("-", None) => stream(&mut labelling, &index, std::io::stdin().lock()),
        ("-", Some(_)) => bail!("with `-` classes come from standard input: leave the class out"),
        (image, Some(class)) => {
            let event = labelling.label(by_name(index.find(image)?), class)?;
            line(&format!("ok {event}"))
        }
        (image, None) => bail!("which class is {image}? The classes are {}", labelling.classes.names().join(", ")),
    }
}

fn stream(labelling: &mut Labelling, index: &ImageIndex<'_>, input: impl BufRead) -> Result<()> {
    for (number, text) in input.lines().enumerate() {
        let text = text.with_context(|| format!("line {} of standard input cannot be read", number + 1))?;
        if text.trim().is_empty() {
            continue;
        }
        let answer = match text.split_once('\t') {
            Some((image, class)) => index.find(image.trim()).and_then(|i| labelling.label(by_name(i), class.trim())),
            None => Err(anyhow::anyhow!("line {} has no tab between image and class", number + 1)),
        };
        match answer {
            Ok(event) => line(&format!("ok {event}"))?,
            Err(why) => line(&format!("error {}", super::one_sentence(&why)))?,
        }
    }
    Ok(())
}

struct Labelling {
    store: Store,
    classes: ClassList,
    annotations: HashMap<ImageId, Annotation>,
    reader: String,
}

impl Labelling {
    /// Labels an image; when this returns an event, it is on disk.
    fn label(&mut self, (image, name): (ImageId, &str), class: &str) -> Result<EventId> {
        let state = self.annotations.entry(image).or_default();
        if let Some(by) = signed_by(&state.signed) {
            bail!(
                "{name} is signed off by {by}, and nothing said of it changes: reopen it first (overread reopen, with a reason)"
            );
        }
        let change = if self.classes.findings {
            let new = stated(&self.classes, &state.findings, class)?;
            let (old, old_reviewed, new_reviewed) = (state.findings.clone(), state.reviewed, !new.is_empty());
            Change::Findings { old, new, old_reviewed, new_reviewed, accepted: false }
        } else {
            labelled(state, project::class(&self.classes, class)?)
        };
        let event = self.store.append(&self.reader, image, change, None, None, None)?;
        event.change.apply(state);
        Ok(event.id)
    }
}

fn by_name(image: &ImageRecord) -> (ImageId, &str) {
    (image.id, &image.name)
}

fn labelled(state: &Annotation, class: usize) -> Change {
    Change::Label {
        old: state.label,
        new: Some(class),
        old_reviewed: state.reviewed,
        new_reviewed: true,
        accepted: false,
    }
}

/// What was said of the findings with one more statement: `Mass`, `Mass=absent`, `Mass=uncertain`, `Mass=unassessed`, or that there
/// is none.
fn stated(classes: &ClassList, now: &Findings, said: &str) -> Result<Findings> {
    let absent = || classes.finding_places().map(|place| (place, Presence::Absent)).collect();
    if means_nothing_to_find(said) && classes.index_of(said).is_none() {
        return Ok(absent());
    }
    let (name, presence) = match said.rsplit_once('=') {
        // A finding may be called so itself.
        Some((name, word)) if classes.index_of(said).is_none() => match word {
            // The second is what it was called before.
            "unassessed" | "unseen" => (name, None),
            word => {
                let known = Presence::ALL.into_iter().find(|presence| presence.name() == word);
                let known = known.with_context(|| {
                    format!("{said:?}: say NAME, NAME=present, NAME=absent, NAME=uncertain or NAME=unassessed")
                })?;
                (name, Some(known))
            }
        },
        Some(_) | None => (said, Some(Presence::Present)),
    };
    let place = project::class(classes, name)?;
    if !classes.finding_places().any(|finding| finding == place) {
        return Ok(absent());
    }
    Ok(now.clone().with(place, presence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_about_findings_are_typed_by_name() {
        use Presence::{Absent, Present, Uncertain};
        let classes = ClassList::of_findings(&["Effusion", "Mass", "a=b"]).unwrap();
        let of = |said: &[(usize, Presence)]| said.iter().copied().collect::<Findings>();
        let now = of(&[(0, Present)]);
        let said = |text| stated(&classes, &now, text).unwrap();
        assert_eq!(said("mass"), of(&[(0, Present), (1, Present)]));
        assert_eq!(said("Effusion=uncertain"), of(&[(0, Uncertain)]));
        assert_eq!(said("Effusion=unassessed"), of(&[]));
        assert_eq!(said("Effusion=unseen"), of(&[]));
        assert_eq!(said("a=b"), of(&[(0, Present), (2, Present)]));
        assert_eq!(said("No Finding"), of(&[(0, Absent), (1, Absent), (2, Absent)]));
        assert!(stated(&classes, &now, "Mass=maybe").unwrap_err().to_string().contains("uncertain"));
        assert!(stated(&classes, &now, "Nodule").is_err());
    }
}
