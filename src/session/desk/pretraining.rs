//! What runs start from: pretrained weights that can be downloaded, and doing so in a job.

use crate::domain::{Architecture, Recipe};
use crate::jobs::{CancelReason, JobContext};
use crate::pretrained::{DownloadError, Downloaded, Going, Pretrained, Progress, Shelf};
use crate::session::desk::Desk;
use crate::session::desk::job_board::{Ended, Kind};
use crate::session::desk::notices::Tried;
use crate::session::protocol::command::{ProjectCommand, StartFrom};
use crate::session::protocol::view::{PretrainedState, PretrainedView};
use std::sync::Arc;

/// The weights of a shelf with what is known of each; `running` gives the job that downloads one.
pub(in crate::session) fn views(shelf: &Shelf, running: impl Fn(&str) -> Option<u64>) -> Vec<PretrainedView> {
    let networks = Architecture::all();
    let view = |entry: &Pretrained| PretrainedView {
        name: entry.name.to_owned(),
        title: entry.title.to_owned(),
        architecture: networks
            .iter()
            .map(Architecture::name)
            .find(|n| entry.is_for(n))
            .unwrap_or(entry.architecture)
            .into(),
        size: entry.size(),
        made_with: entry.made_with.describe(),
        figures: entry.figures.to_owned(),
        licence: entry.licence.to_owned(),
        url: entry.url.to_owned(),
        state: match (running(entry.name), shelf.kept(entry)) {
            (_, Downloaded::Whole(_)) => PretrainedState::There,
            (Some(job), _) => PretrainedState::Downloading { job },
            (None, Downloaded::Part(bytes)) => {
                PretrainedState::Part { share: (bytes as f64 / entry.bytes().max(1) as f64).clamp(0.0, 1.0) as f32 }
            }
            (None, Downloaded::Nothing) => PretrainedState::Absent,
        },
    };
    shelf.entries().iter().map(view).collect()
}

impl Desk {
    /// Looks again at what is downloaded.
    pub(in crate::session) fn refresh_pretrained(&mut self) {
        self.view.pretrained = Arc::new(views(&self.places.shelf(), |name| self.board.download(name)));
    }

    /// Downloads weights in a job.
    pub(in crate::session) fn download(&mut self, name: &str) {
        let shelf = self.places.shelf();
        let entry = match shelf.find(name) {
            Ok(entry) => entry,
            Err(error) => return self.failed_to(Tried::download(name), error.to_string()),
        };
        if self.board.runs(Kind::Download(entry.name)) {
            return;
        }
        let kind = (Kind::Download(entry.name), self.project);
        let attempt = self.notices.attempt(Tried::download(name));
        self.board.start(kind, &format!("Downloading {}", entry.title), move |context| {
            shelf.download(entry, &mut |progress| follow(context, progress)).map(|_| Ended::Said(Some(attempt)))
        });
        self.refresh_pretrained();
    }

    /// Starts a run from pretrained weights, which are a file by then.
    pub(in crate::session) fn train_from_pretrained(&mut self, recipe: Box<Recipe>, name: &str) {
        let file: Result<_, DownloadError> = self.places.shelf().start_for(name, recipe.architecture.name());
        match file {
            Ok(file) => self.in_project(ProjectCommand::TrainFrom { recipe, start: StartFrom::File(file) }),
            Err(error) => self.failed_to(Tried::Train, error.to_string()),
        }
    }
}

fn follow(context: &JobContext, progress: Progress) -> Going {
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let text = format!("{:.0} of {:.0} MB", megabytes(progress.done), megabytes(progress.total));
    context.progress(progress.done as f32 / progress.total.max(1) as f32, text);
    match context.cancelled() {
        None | Some(CancelReason::Superseded) => Going::On,
        Some(_) => Going::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_named_as_recipes_name_them() {
        let data = tempfile::tempdir().unwrap();
        let views = views(&Shelf::in_dir(data.path()), |name| (name == "resnet34").then_some(7));
        let of = |name: &str| views.iter().find(|v| v.name == name).unwrap();
        for architecture in Architecture::all().iter().filter(|a| a.is_torchvisions()) {
            assert!(views.iter().any(|v| v.architecture == architecture.name()), "{}", architecture.name());
        }
        assert_eq!(of("efficientnet_b0").architecture, "efficientnet-b0");
        assert_eq!(of("resnet18").state, PretrainedState::Absent);
        assert_eq!(of("resnet34").state, PretrainedState::Downloading { job: 7 });
    }
}
