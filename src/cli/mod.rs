//! The command line: one file a command. Results go to standard output as sentences or, with `--json`, as one object a
//! line; errors go to standard error as one sentence, with an exit code that is not 0.

mod adjudicate;
mod agreement;
mod assign;
mod assignments;
mod audit;
pub mod bench;
mod convert;
mod decode;
mod demo;
mod evaluate;
mod explain;
mod export;
mod fusion;
mod import;
mod influence;
mod info;
mod interrupt;
mod label;
mod left_out;
mod map_test;
mod merge;
mod models;
mod npy;
mod output;
mod predict;
mod progress;
mod project;
mod readers;
mod repair;
mod report;
mod share;
mod sign_off;
mod similar;
mod simulate;
mod split;
mod study;
mod sweep;
mod thresholds;
mod train;
mod verify;
mod weights;

use crate::session::timing::WindowTrial;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::path::PathBuf;

/// Review what a model says about medical images. Not a medical device.
#[derive(Debug, Parser)]
#[command(name = "overread", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// The project to open in the window; without one, the window offers the demo.
    project: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make synthetic radiographs and a project of them.
    Demo(demo::Args),
    /// Make a project of a folder of images.
    Import(import::Args),
    /// Make of one class an image several findings an image, or the other way round.
    Convert(convert::Args),
    /// Say what is in a project.
    Info(info::Args),
    /// Train a model.
    Train(train::Args),
    /// Train one recipe with many settings and seeds.
    Sweep(sweep::Args),
    /// Measure a model on one split of its project.
    Evaluate(evaluate::Args),
    /// Apply a model to images.
    Predict(predict::Args),
    /// Show where in an image a model's answer comes from.
    Explain(explain::Args),
    /// Write the labels of a project in another format.
    Export(export::Args),
    /// Show the images most like one.
    Similar(similar::Args),
    /// Label images.
    Label(label::Args),
    /// Decode an image to its stored values or to what is displayed.
    Decode(decode::Args),
    /// List, show, export, promote and import models.
    Models(models::Args),
    /// List and download pretrained weights.
    Weights(weights::Args),
    /// Measure the speed of training or inference.
    Bench(bench::Args),
    /// Divide the images of a project anew.
    Split(split::Args),
    /// Say how far the readers of a project agree.
    Agreement(agreement::Args),
    /// Assign images to readers: balanced, evened out, seeded.
    Assign(assign::Args),
    /// Show some images with a wrong answer of the model for a while, to see how far readers follow it.
    Study(study::Args),
    /// Say how far readers are with what was assigned to them.
    Assignments(assignments::Args),
    /// Say who has worked in a project, as what, and how much; or say as what somebody reads.
    Readers(readers::Args),
    /// Bring what several readers said of each image into force, by a rule.
    Adjudicate(adjudicate::Args),
    /// Say what the model does to its readers: before and after it was revealed.
    Influence(influence::Args),
    /// Sign images off: what is said of them is locked until they are reopened.
    SignOff(sign_off::Args),
    /// Reopen images that are signed off, for a reason.
    Reopen(sign_off::ReopenArgs),
    /// Take in what the readers of another copy of a project say.
    Merge(merge::Args),
    /// Write the small copy of a project that somebody else merges from.
    Share(share::Args),
    /// Replay labelling over a project to see what an order of its queue saves.
    Simulate(simulate::Args),
    /// List the events of a project's log, by image, reader, day and kind, or write them to a file.
    Audit(audit::Args),
    /// Check the chain of a project's annotation log.
    Verify(verify::Args),
    /// Put a damaged project right with its newest whole backup.
    Repair(repair::Args),
}

impl Cli {
    /// Whether networks may run: in all that does not only move data about.
    pub fn runs_networks(&self) -> bool {
        !matches!(
            self.command,
            Some(
                Command::Adjudicate(_)
                    | Command::Audit(_)
                    | Command::Assign(_)
                    | Command::Assignments(_)
                    | Command::Agreement(_)
                    | Command::Readers(_)
                    | Command::Import(_)
                    | Command::Convert(_)
                    | Command::Influence(_)
                    | Command::Info(_)
                    | Command::Merge(_)
                    | Command::Export(_)
                    | Command::Decode(_)
                    | Command::Share(_)
                    | Command::Split(_)
                    | Command::Verify(_)
                    | Command::Repair(_)
                    | Command::SignOff(_)
                    | Command::Reopen(_)
            )
        )
    }
}

/// What is left to do after the command line has done its part.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing.
    Done,
    /// Open the window, on a project or on the start screen.
    Window(Option<PathBuf>),
    /// Measure the window without a screen, and print what came of it.
    Measure(WindowTrial),
}

/// Runs the command that was asked for.
pub fn run(arguments: Cli) -> Result<Next> {
    let Some(command) = arguments.command else {
        return Ok(Next::Window(arguments.project));
    };
    match command {
        Command::Demo(args) => return demo::run(&args),
        Command::Import(args) => import::run(&args)?,
        Command::Convert(args) => convert::run(&args)?,
        Command::Info(args) => info::run(&args)?,
        Command::Train(args) => train::run(&args)?,
        Command::Sweep(args) => sweep::run(&args)?,
        Command::Evaluate(args) => evaluate::run(&args)?,
        Command::Predict(args) => predict::run(&args)?,
        Command::Explain(args) => explain::run(&args)?,
        Command::Export(args) => export::run(&args)?,
        Command::Similar(args) => similar::run(&args)?,
        Command::Label(args) => label::run(&args)?,
        Command::Decode(args) => decode::run(&args)?,
        Command::Models(args) => models::run(&args)?,
        Command::Weights(args) => weights::run(&args)?,
        Command::Bench(args) => return bench::run(&args),
        Command::Split(args) => split::run(&args)?,
        Command::Adjudicate(args) => adjudicate::run(&args)?,
        Command::Study(args) => study::run(&args)?,
        Command::Assign(args) => assign::run(&args)?,
        Command::Assignments(args) => assignments::run(&args)?,
        Command::Influence(args) => influence::run(&args)?,
        Command::Audit(args) => audit::run(&args)?,
        Command::Agreement(args) => agreement::run(&args)?,
        Command::Readers(args) => readers::run(&args)?,
        Command::Merge(args) => merge::run(&args)?,
        Command::Share(args) => share::run(&args)?,
        Command::SignOff(args) => sign_off::run(&args)?,
        Command::Reopen(args) => sign_off::reopen(&args)?,
        Command::Simulate(args) => simulate::run(&args)?,
        Command::Verify(args) => verify::run(&args)?,
        Command::Repair(args) => repair::run(&args)?,
    }
    Ok(Next::Done)
}

/// An error with its causes as one line, but for the rows of a table, which begin with two blanks.
pub fn one_sentence(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let part = cause.to_string();
        // Errors that already repeat their cause would say it twice.
        if text.contains(part.trim()) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(part.trim());
    }
    let mut said = String::new();
    for line in text.lines() {
        if line.starts_with("  ") {
            said.push('\n');
            said.push_str(line.trim_end());
            continue;
        }
        for word in line.split_whitespace() {
            if !said.is_empty() {
                said.push(' ');
            }
            said.push_str(word);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_argument_table_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_path_alone_opens_the_window() {
        let cli = Cli::try_parse_from(["overread", "knees.overread"]).expect("a path is enough");
        assert_eq!(run(cli).expect("nothing can fail yet"), Next::Window(Some("knees.overread".into())));
    }

    #[test]
    fn causes_are_said_once_and_on_one_line() {
        let error = anyhow::anyhow!("no such file\n(os error 2)").context("knees.overread cannot be opened");
        assert_eq!(one_sentence(&error), "knees.overread cannot be opened: no such file (os error 2)");
        let error = anyhow::anyhow!("too short").context("a.png: too short");
        assert_eq!(one_sentence(&error), "a.png: too short");
        let table = anyhow::anyhow!("a.pth does not fit:\n  expected    found\n  fc.bias 2   -");
        assert_eq!(one_sentence(&table), "a.pth does not fit:\n  expected    found\n  fc.bias 2   -");
    }
}
