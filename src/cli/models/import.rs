//! `overread models import`: weights that Overread or somebody else wrote, as a model of the project.

use super::row;
use crate::cli::bench::architecture;
use crate::cli::output::Output;
use crate::cli::project::ProjectArg;
use crate::domain::recipe::Interpolation;
use crate::domain::{Architecture, ModelCard, ModelId};
use crate::inference::{Adopted, Foreign, Outputs, Preparation, Rule};
use crate::nn::{Compute, weights};
use crate::session::{Core, TestChanges};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A .safetensors or .pth file; of a checkpoint the weights are found beside whatever else it holds.
    file: PathBuf,
    #[command(flatten)]
    project: ProjectArg,
    /// The network, where the file does not say: resnet18, efficientnet_b0, fasterrcnn-resnet50-fpn-v2, ...
    #[arg(long)]
    arch: Option<String>,
    /// The project's classes or findings in the order of the last layer, where the file does not say. torchvision's
    /// ImageFolder numbers them in the order of text: 1,10,2. Else the project's order is taken, and that is told. What the
    /// network calls otherwise is given the project's name here.
    #[arg(long, value_delimiter = ',', value_name = "A,B,..")]
    classes: Vec<String>,
    /// Outputs, of those that --classes names, that are no finding of the project, such as "No Finding": the model has them
    /// no more. Only where images have several findings.
    #[arg(long, value_delimiter = ',', value_name = "A,B,..")]
    leave_out: Vec<String>,
    /// How pictures were prepared: torchvision (the shorter side, then the centre), stretch, letterbox, or a file: the
    /// [preprocessing] of a recipe, preprocessor_config.json of transformers, or timm's config.json. Where nothing is said, a
    /// classifier with torchvision's names gets torchvision's preset, a network that draws boxes letterbox.
    #[arg(long, value_name = "RULE|FILE")]
    preprocessing: Option<String>,
    /// With torchvision the length of the shorter side (256 of 224), else the input's size: 256 or 320x256 (width, height).
    #[arg(long, value_name = "N|WxH", value_parser = sides)]
    resize: Option<(usize, usize)>,
    /// The centre that torchvision's rule keeps: 224 or 320x256 (width, height).
    #[arg(long, value_name = "N|WxH", value_parser = sides)]
    crop: Option<(usize, usize)>,
    /// Side of the input in pixels: 224, and 1024 for a network that draws boxes, if not given.
    #[arg(long)]
    size: Option<usize>,
    /// What was subtracted from each channel of values from 0 to 1; one number is for all channels.
    #[arg(long, value_delimiter = ',', value_name = "R,G,B")]
    mean: Vec<f32>,
    /// By what the rest was divided; one number is for all channels.
    #[arg(long, value_delimiter = ',', value_name = "R,G,B")]
    std: Vec<f32>,
    /// Channels of a picture, 1 (grey) or 3; the file says it itself, and this is checked against it.
    #[arg(long)]
    channels: Option<usize>,
    /// How pixels between pixels were made: nearest, bilinear, bicubic or lanczos; torchvision's preset if not given.
    #[arg(long, value_parser = interpolation)]
    interpolation: Option<Interpolation>,
    /// What the outputs are, where their number does not say: softmax (one a class), sigmoid (a single one, or in a project
    /// of findings one a finding, which is taken there if not given), corn or coral (one a step between grades).
    #[arg(long, value_enum)]
    head: Option<HeadArg>,
    /// The key under which a checkpoint holds the weights, such as model_ema; else found, and told where there are several.
    #[arg(long)]
    key: Option<String>,
    /// What to call it; else the file's name. A file that Overread wrote has a name of its own. Where another model has it, a
    /// number is put behind it, which is told.
    #[arg(long)]
    name: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum HeadArg {
    Softmax,
    Sigmoid,
    Corn,
    Coral,
}

impl From<HeadArg> for Outputs {
    fn from(head: HeadArg) -> Self {
        match head {
            HeadArg::Softmax => Self::Softmax,
            HeadArg::Sigmoid => Self::Sigmoid,
            HeadArg::Corn => Self::Corn,
            HeadArg::Coral => Self::Coral,
        }
    }
}

/// "256" or "320x256".
fn sides(text: &str) -> Result<(usize, usize), String> {
    let number = |text: &str| text.trim().parse::<usize>().ok().filter(|n| *n > 0);
    let both = match text.split_once(['x', 'X']) {
        Some((width, height)) => number(width).zip(number(height)),
        None => number(text).map(|side| (side, side)),
    };
    both.ok_or_else(|| format!("{text:?} is no size: write 256, or 320x256 for width and height"))
}

fn interpolation(text: &str) -> Result<Interpolation, String> {
    let known = Interpolation::ALL.map(Interpolation::name).join(", ");
    Interpolation::from_name(text).ok_or_else(|| format!("there is no {text:?}: use one of {known}"))
}

impl Args {
    /// The option that says something which a file that Overread wrote says itself.
    fn said_of_a_foreign_file(&self) -> Option<&'static str> {
        let given = [
            ("--arch", self.arch.is_some()),
            ("--classes", !self.classes.is_empty()),
            ("--leave-out", !self.leave_out.is_empty()),
            ("--preprocessing", self.preprocessing.is_some()),
            ("--resize", self.resize.is_some()),
            ("--crop", self.crop.is_some()),
            ("--size", self.size.is_some()),
            ("--mean", !self.mean.is_empty()),
            ("--std", !self.std.is_empty()),
            ("--channels", self.channels.is_some()),
            ("--interpolation", self.interpolation.is_some()),
            ("--head", self.head.is_some()),
            ("--key", self.key.is_some()),
            ("--name", self.name.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(option, _)| option)
    }

    fn preparation(&self) -> Result<Preparation> {
        let rule = match self.preprocessing.as_deref() {
            None => None,
            Some("torchvision") => Some(Rule::Torchvision),
            Some("stretch") => Some(Rule::Stretch),
            Some("letterbox") => Some(Rule::Letterbox),
            Some(file) if std::path::Path::new(file).is_file() => Some(Rule::File(file.into())),
            Some(other) => {
                bail!(
                    "--preprocessing {other}: there is no such file, and the rules are torchvision, stretch and letterbox"
                )
            }
        };
        Ok(Preparation {
            rule,
            resize: self.resize,
            crop: self.crop,
            size: self.size,
            mean: self.mean.clone(),
            std: self.std.clone(),
            interpolation: self.interpolation,
        })
    }
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<()> {
    let mut core = Core::open(&args.project.project)?;
    let compute = Compute::cpu();
    let out = Output::new(args.json);
    let file = args.file.display();
    let (_, metadata) = match &args.key {
        // Only a checkpoint has keys, and it has no description.
        Some(_) => Default::default(),
        None => weights::read(&args.file, compute.device())?,
    };
    if metadata.contains_key(ModelCard::KEY) {
        if let Some(option) = args.said_of_a_foreign_file() {
            bail!("{file} says itself for what it is: leave {option} out");
        }
        let id = core.import_model(&args.file, &compute)?;
        return say(&core, id, None, out);
    }
    let Some(arch) = &args.arch else {
        bail!("{file} does not say for what network it is: add --arch with one of {}", Architecture::names());
    };
    let stem = args.file.file_stem().map(|s| s.to_string_lossy().into_owned());
    let foreign = Foreign {
        file: &args.file,
        name: args.name.clone().or(stem).unwrap_or_else(|| "imported".to_owned()),
        architecture: architecture(arch)?,
        classes: args.classes.clone(),
        leave_out: args.leave_out.clone(),
        preparation: args.preparation()?,
        channels: args.channels,
        outputs: args.head.map(Outputs::from),
        key: args.key.clone(),
    };
    let (id, adopted) = core.adopt_weights(&foreign, &compute)?;
    say(&core, id, Some(&adopted), out)
}

fn say(core: &Core, id: ModelId, adopted: Option<&Adopted>, out: Output) -> Result<()> {
    let record = core.models().iter().find(|m| m.id == id).context("the model is not in the registry")?;
    let p = &record.card.preprocessing;
    let mut object = row(record, None, TestChanges::default());
    if let Some(fields) = object.as_object_mut() {
        fields.insert("classes".to_owned(), json!(record.card.classes.names()));
        fields.insert("preprocessing".to_owned(), json!(p));
        fields.insert("answers".to_owned(), json!(record.card.answers().words()));
        if let Some(adopted) = adopted {
            fields.insert("class_order_of_file".to_owned(), json!(adopted.order));
            fields.insert("left_out_of_file".to_owned(), json!(adopted.left_out));
            fields.insert("notes".to_owned(), json!(adopted.notes));
            fields.insert("warnings".to_owned(), json!(adopted.warnings));
        }
    }
    out.json(&object)?;
    out.text(format!("{} is model {id}, a candidate", record.card.name))?;
    out.text(format!("pictures: {}; {}", p.sentence(), p.greys.sentence()))?;
    if let Some(adopted) = adopted {
        let what = record.card.answers().words();
        let what = if record.card.architecture.draws_boxes() { "classes" } else { what };
        out.text(format!("{what} in the order of its last layer: {}", adopted.order.join(", ")))?;
        for note in &adopted.notes {
            out.text(format!("note: {note}"))?;
        }
        for warning in &adopted.warnings {
            out.text(format!("warning: {warning}"))?;
        }
    }
    Ok(())
}
