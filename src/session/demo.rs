//! Makes a demo: phantoms with known truth, a project of them, and the small model that ships with the program.

use super::command::{DemoKind, NewProject};
use super::core::Core;
use super::create;
use super::demo_models::demo_model;
use super::error::SessionError;
use crate::domain::SplitRatios;
use crate::nn::Compute;
use crate::phantom::{self, Kind};
use crate::store::{DemoInfo, Truth};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The setting under which a demo keeps how many of its labels are wrong on purpose.
pub(super) const WRONG: &str = "wrong_on_purpose";

impl DemoKind {
    /// The phantoms it shows.
    pub fn phantoms(self) -> Kind {
        match self {
            DemoKind::Fracture => Kind::Fracture,
            DemoKind::Knee => Kind::Knee,
            DemoKind::Ankle => Kind::Ankle,
        }
    }

    /// `fracture`, `knee`, `ankle`, as the command line takes it.
    pub fn name(self) -> &'static str {
        self.phantoms().name()
    }
}

/// Writes phantoms to `dir/images` and makes `dir/NAME.overread` of them; the project's path. The truth is kept in the
/// project but not given as annotations. `progress` gets images done and how many there will be; `false` ends the work.
pub fn create_demo(
    kind: DemoKind,
    images: usize,
    seed: u64,
    dir: &Path,
    progress: create::ScanProgress,
) -> Result<PathBuf, SessionError> {
    if images == 0 {
        return Err(SessionError::refused("a demo needs at least one image: choose how many"));
    }
    let project = dir.join(format!("{}.overread", kind.name()));
    // Before the phantoms of the project that is there are replaced.
    create::check_free(&project)?;
    let folder = dir.join("images");
    std::fs::create_dir_all(dir).map_err(|e| SessionError::file(dir, "made", &e))?;
    // Writing and reading back are about as much work each.
    let written =
        phantom::write_dataset(&folder, kind.phantoms(), images, seed, &mut |done| progress(done, images * 2))
            .map_err(|e| SessionError::refused(e.to_string()))?;
    let by_name: HashMap<String, &phantom::WrittenPhantom> = written.iter().map(|w| (w.name.clone(), w)).collect();
    let new = NewProject {
        source: folder,
        project,
        classes: kind.phantoms().class_names().into_iter().map(str::to_owned).collect(),
        ordinal: kind.phantoms().ordinal(),
        ratios: SplitRatios::default(),
        seed,
        group_pattern: None,
        exclude: Vec::new(),
        class_map: Vec::new(),
        reader: None,
    };
    let extras = create::Extras {
        demo: Some(DemoInfo { kind: kind.name().to_owned(), images, seed }),
        groups: written.iter().map(|w| (w.name.clone(), w.group.clone())).collect(),
    };
    let created = create::build(&new, extras, &|done, _| progress(images + done, images * 2), |store, ids| {
        let known: Vec<_> = ids.iter().filter_map(|(name, id)| Some((*id, *by_name.get(name)?))).collect();
        let truths: Vec<_> = known.iter().map(|(id, w)| (*id, Truth { class: w.class, finding: w.finding })).collect();
        store.set_truths(&truths)?;
        let wrong = known.iter().filter(|(_, w)| w.class != w.label).count();
        store.set_setting(WRONG, &wrong)?;
        Ok(())
    })?;
    if let Err(error) = add_shipped_model(kind, &created.project) {
        tracing::warn!(%error, "the demo has no model to begin with");
    }
    Ok(created.project)
}

/// Registers the model that ships with the program, where one does, and makes it the active one.
fn add_shipped_model(kind: DemoKind, project: &Path) -> Result<(), SessionError> {
    let Some(bytes) = demo_model(kind) else { return Ok(()) };
    let mut file = tempfile::Builder::new()
        .suffix(".safetensors")
        .tempfile()
        .map_err(|e| SessionError::file(&std::env::temp_dir(), "written to", &e))?;
    file.write_all(bytes).map_err(|e| SessionError::file(file.path(), "written", &e))?;
    let mut core = Core::open(project)?;
    let model = core.import_model(file.path(), &Compute::cpu())?;
    core.promote(model)?;
    Ok(())
}
