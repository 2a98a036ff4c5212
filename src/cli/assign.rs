//! `overread assign`: who is to read which images, seeded and evened out.

use super::assignments::{named, share};
use super::output::Output;
use super::project::ProjectArg;
use crate::domain::{AssignmentPlan, AssignmentState, ReadingMode, Reads, Split, Strata};
use crate::nn::Compute;
use crate::session::project::reader;
use crate::session::query::{Known, read};
use crate::session::{AssignmentPreview, ChosenImages, Core, Filter, ProjectCommand, ReadingsAsked};
use anyhow::{Result, anyhow, bail};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Who reads: names, with commas between.
    #[arg(long, value_delimiter = ',', required_unless_present_any = ["name", "end", "delete", "reopen"])]
    readers: Vec<String>,
    /// One more who reads, whose name may hold a comma; can be given several times.
    #[arg(long, value_name = "READER")]
    name: Vec<String>,
    /// How they read while the plan is open, whatever they chose; without it each reads as the reader chose.
    #[arg(long, value_enum)]
    reading: Option<Way>,
    /// Readers of each image.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "doubled")]
    per_image: usize,
    /// The share of the images that two read, "20%"; one reads each of the others.
    #[arg(long, value_name = "PERCENT")]
    doubled: Option<String>,
    /// Images of each reader's own list that come again later in it, to a reader who reads blind or before a reveal.
    #[arg(long, value_name = "N", default_value_t = 0)]
    repeats: usize,
    /// Images that lie at least between the two readings.
    #[arg(long, value_name = "N", default_value_t = 10)]
    gap: usize,
    /// Images with a reviewed label that every reader gets, and whose labels none of them has had a part in.
    #[arg(long, value_name = "N", default_value_t = 0)]
    honeypots: usize,
    /// Even the lists out by the label in force, or by how unsure the active model is (in quarters).
    #[arg(long, value_enum)]
    stratify: Option<Stratify>,
    /// All images of a patient go to the same readers; lists then differ in length, and are not evened out.
    #[arg(long)]
    patients_together: bool,
    /// The same images, readers and seed give the same lists.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which images: all, train, validation, test, or what a search of the queue finds, as "not:reviewed".
    #[arg(long, default_value = "all")]
    images: String,
    /// Of these so many, drawn by the seed.
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Who assigns; the log keeps it.
    #[arg(long)]
    reader: Option<String>,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    /// End the newest open plan, or the one that begins so (`overread assignments` lists them).
    #[arg(long, value_name = "PLAN", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["delete", "reopen"])]
    end: Option<String>,
    /// Delete a plan; what was read stays, and undo in the window brings the plan back.
    #[arg(long, value_name = "PLAN", conflicts_with = "reopen")]
    delete: Option<String>,
    /// Open a plan again that has ended.
    #[arg(long, value_name = "PLAN")]
    reopen: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Stratify {
    Class,
    Uncertainty,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Way {
    /// With the model and the label in force in sight.
    Assisted,
    /// Without the model and the others.
    Blind,
    /// Blind until a reading is committed.
    Reveal,
}

impl From<Way> for ReadingMode {
    fn from(way: Way) -> Self {
        match way {
            Way::Assisted => Self::Assisted,
            Way::Blind => Self::Blind,
            Way::Reveal => Self::Reveal,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    let project = &args.project.project;
    let mut core = if args.dry_run { Core::open_to_look(project)? } else { Core::open(project)? };
    if let (Some(why), false) = (core.view().read_only.clone(), args.dry_run) {
        bail!(why);
    }
    let name = args.reader.clone().unwrap_or_else(reader::default_reader);
    core.act_as(&name);
    let states = [
        (&args.end, Some(AssignmentState::Ended), "ended"),
        (&args.delete, None, "deleted; what was read stays"),
        (&args.reopen, Some(AssignmentState::Open), "open again"),
    ];
    for (wanted, state, said) in states {
        if let Some(wanted) = wanted {
            let plan = named(&core, wanted)?;
            if !args.dry_run {
                core.set_assignment(&plan.digest, state)?;
            }
            out.json(&json!({"plan": plan.digest, "state": state}))?;
            return out.text(format!("plan {}: {said}", plan.digest.get(..12).unwrap_or(&plan.digest)));
        }
    }
    let asked = asked(args, &mut core)?;
    let preview = core.plan_readings(&asked)?;
    let digest = if args.dry_run { None } else { Some(core.put_assignment(&preview)?) };
    out.json(&json!({
        "plan": digest,
        "asked": preview.plan,
        "images": preview.images,
        "shared": preview.shared,
        "readers": preview.readers,
        "by_stratum": preview.by_stratum.iter().map(|(name, counts)| json!({"stratum": name, "readings": counts})).collect::<Vec<_>>(),
        "remarks": preview.remarks,
    }))?;
    say(out, &preview, digest.as_deref())
}

/// The names of those who read.
fn readers(args: &Args) -> Vec<String> {
    args.readers.iter().chain(&args.name).cloned().collect()
}

fn asked(args: &Args, core: &mut Core) -> Result<ReadingsAsked> {
    let reads = match &args.doubled {
        None if args.per_image == 0 => bail!("0 readings of each image are none: say --per-image 1 or more"),
        None => Reads::Each(args.per_image),
        Some(text) => Reads::Doubled(share(text)?),
    };
    let strata = match args.stratify {
        None => Strata::None,
        Some(Stratify::Class) => Strata::Class,
        Some(Stratify::Uncertainty) => Strata::Uncertainty,
    };
    let images = match args.images.as_str() {
        "all" => ChosenImages::All,
        "train" => ChosenImages::Of(Split::Train),
        "validation" => ChosenImages::Of(Split::Validation),
        "test" => ChosenImages::Of(Split::Test),
        text => {
            let classes = core.view().classes.clone();
            let readers = core.store().said_by()?.into_keys().collect::<Vec<_>>();
            let known = Known { classes: &classes, readers: &readers, attributes: &[] };
            let (terms, name) = read(text, &known).map_err(|why| anyhow!("--images {text:?}: {}", why.sentence))?;
            let filter = Filter { terms, name, ..Filter::default() };
            core.apply(ProjectCommand::SetFilter(filter), &Compute::cpu())?;
            ChosenImages::Shown
        }
    };
    let plan = AssignmentPlan {
        readers: readers(args),
        reading: args.reading.map(ReadingMode::from),
        reads,
        repeats: args.repeats,
        gap: args.gap,
        honeypots: args.honeypots,
        strata,
        patients_together: args.patients_together,
        seed: args.seed,
        ..AssignmentPlan::default()
    };
    Ok(ReadingsAsked { plan, images, sample: args.sample, honeypots_shown: false })
}

fn say(out: Output, preview: &AssignmentPreview, digest: Option<&str>) -> Result<()> {
    let would = if digest.is_some() { "" } else { " would be" };
    out.text(format!("{} images{would} assigned, {} of them to two or more readers", preview.images, preview.shared))?;
    for one in &preview.readers {
        let mut text = format!("  {}: {} readings", one.name, one.readings);
        if one.honeypots > 0 {
            text.push_str(&format!(", {} of them honeypots", one.honeypots));
        }
        if one.repeats > 0 {
            text.push_str(&format!(", {} repeats", one.repeats));
        }
        if one.read > 0 {
            text.push_str(&format!("; {} are read already", one.read));
        }
        out.text(text)?;
    }
    if preview.by_stratum.len() > 1 {
        for (stratum, counts) in &preview.by_stratum {
            let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
            out.text(format!("  {stratum}: {}", counts.join(", ")))?;
        }
    }
    for remark in &preview.remarks {
        out.text(remark)?;
    }
    match digest {
        Some(digest) => out.text(format!(
            "plan {}; each reader starts in the own list. How far they are: overread assignments",
            digest.get(..12).unwrap_or(digest)
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn readers_whose_names_hold_a_comma_are_named_one_by_one() {
        let of = |words: &[&str]| {
            let line = ["assign", "--project", "p"].iter().chain(words);
            Line::try_parse_from(line).map(|line| line.args)
        };
        let args = of(&["--readers", "ann,ben", "--name", "Lee, M", "--name", "Cleo", "--reading", "blind"]).unwrap();
        assert_eq!(readers(&args), ["ann", "ben", "Lee, M", "Cleo"]);
        assert_eq!(args.reading.map(ReadingMode::from), Some(ReadingMode::Blind));
        assert_eq!(readers(&of(&["--name", "Lee, M"]).unwrap()), ["Lee, M"]);
        assert!(of(&[]).is_err(), "somebody has to read");
    }
}
