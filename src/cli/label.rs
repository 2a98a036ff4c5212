//! `overread label`: labels one image, or a stream of them from standard input.
//!
//! The stream has a line `IMAGE<TAB>CLASS` for each label and an answer for each line: `ok <event id>` once the label is
//! committed to disk, and never before; or `error <why>`. A driver that is told `ok` may rely on it whatever happens
//! next.

use super::output::line;
use super::project::{self, ImageIndex, ProjectArg};
use crate::domain::{Annotation, Change, ClassList, EventId, ImageId};
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
    /// The class.
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
            let event = labelling.label(index.find(image)?.id, class)?;
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
            Some((image, class)) => index.find(image.trim()).and_then(|i| labelling.label(i.id, class.trim())),
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
    fn label(&mut self, image: ImageId, class: &str) -> Result<EventId> {
        let class = project::class(&self.classes, class)?;
        let state = self.annotations.entry(image).or_default();
        let change = Change::Label {
            old: state.label,
            new: Some(class),
            old_reviewed: state.reviewed,
            new_reviewed: true,
            accepted: false,
        };
        let event = self.store.append(&self.reader, image, change, None, None, None)?;
        event.change.apply(state);
        Ok(event.id)
    }
}
