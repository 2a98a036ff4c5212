//! `overread readers`: who has worked in a project, as what, and how much.

use super::output::Output;
use super::project::ProjectArg;
use crate::domain::{ReaderDescription, ReaderRole};
use crate::session::Core;
use crate::session::project::describing::{self, KnownReader};
use crate::session::project::reader;
use anyhow::{Result, bail};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("said").args(["role", "qualification"]).multiple(true)))]
pub struct Args {
    #[command(flatten)]
    project: ProjectArg,
    /// Say of this reader the role, the qualification or both. It is kept as it is said: nobody is asked to prove it.
    #[arg(long, value_name = "NAME", requires = "said")]
    set: Option<String>,
    /// As what the reader reads.
    #[arg(long, value_enum, requires = "set")]
    role: Option<Role>,
    /// What qualifies the reader, as "radiologist, 12 years"; it stands in the evaluation report, so write no name. Empty takes it
    /// away.
    #[arg(long, value_name = "TEXT", requires = "set")]
    qualification: Option<String>,
    /// Who says so; the log keeps it.
    #[arg(long, requires = "set")]
    reader: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Role {
    Reader,
    SecondReader,
    Adjudicator,
    Student,
    Teacher,
}

impl From<Role> for ReaderRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Reader => Self::Reader,
            Role::SecondReader => Self::SecondReader,
            Role::Adjudicator => Self::Adjudicator,
            Role::Student => Self::Student,
            Role::Teacher => Self::Teacher,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args) -> Result<()> {
    let out = Output::new(args.json);
    if let Some(name) = &args.set {
        set(args, name.trim())?;
    }
    let readers = describing::readers(&args.project.read()?)?;
    let all: Vec<Value> = readers.iter().map(object).collect();
    out.json(&json!({ "readers": all, "note": NOTE }))?;
    if readers.is_empty() {
        out.text("Nobody has said anything of an image here, and nobody is described.")?;
    }
    for one in &readers {
        out.text(line(one))?;
    }
    out.text(NOTE)
}

/// What the names are worth.
const NOTE: &str =
    "Names, roles and qualifications are as people said them on this machine: nobody is asked for a password.";

fn set(args: &Args, name: &str) -> Result<()> {
    let mut core = Core::open(&args.project.project)?;
    if let Some(why) = core.view().read_only.clone() {
        bail!(why);
    }
    core.act_as(&args.reader.clone().unwrap_or_else(reader::default_reader));
    // What is not said stays.
    let before = core.store().described_readers()?.remove(name).map(|known| known.description).unwrap_or_default();
    let role = args.role.map_or(before.role, ReaderRole::from);
    let new = ReaderDescription::new(role, args.qualification.as_deref().unwrap_or(&before.qualification));
    core.describe_reader(name, &new)?;
    Ok(())
}

fn object(one: &KnownReader) -> Value {
    let known = one.description.as_ref();
    json!({
        "name": one.name,
        "role": known.map(|known| known.role),
        "qualification": known.map(|known| known.qualification.clone()),
        "images": one.images,
        "imported": one.imported,
    })
}

/// "ada: Second reader, radiologist, 12 years; 40 images".
fn line(one: &KnownReader) -> String {
    let known =
        one.description.as_ref().map_or_else(|| "nothing said of the role".to_owned(), |known| known.in_words());
    let images = if one.images == 1 { "1 image".to_owned() } else { format!("{} images", one.images) };
    let imported = if one.imported { ", from an import or another copy" } else { "" };
    format!("{}: {known}; {images}{imported}", one.name)
}
