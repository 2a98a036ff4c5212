//! Writing a drawing of the window to a file.

use crate::files::atomically;
use crate::imaging::write::png_rgba;
use crate::nn::Compute;
use crate::session::protocol::drawn::{Drawn, DrawnForm};
use crate::session::protocol::error::SessionError;
use crate::session::protocol::task::{Order, Report, Task};
use std::path::PathBuf;

/// A drawing and where it goes.
#[derive(Clone, Debug)]
pub struct SavePlan {
    pub drawn: Drawn,
    pub to: PathBuf,
}

impl Task for SavePlan {
    fn name(&self) -> String {
        "Writing a drawing".into()
    }

    fn run(self: Box<Self>, _: &Compute, _: &dyn Fn() -> Order, tell: &mut dyn FnMut(Report)) {
        let bytes = match &self.drawn.form {
            DrawnForm::Svg(text) => Ok(text.as_bytes().to_vec()),
            DrawnForm::Pixels { width, height, rgba } => png_rgba(*width, *height, rgba),
        };
        let written = bytes.and_then(|bytes| atomically(&self.to, |out| out.write_all(&bytes)));
        tell(match written {
            Ok(()) => Report::Wrote { what: "the drawing", to: self.to },
            Err(error) => Report::Failed(SessionError::file(&self.to, "written", &error).to_string()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::protocol::command::ProjectCommand;
    use crate::session::test_project::{send, small};

    #[test]
    fn a_drawing_is_written_as_it_is_kept_and_a_file_that_cannot_be_is_said() {
        let project = small(4);
        let mut core = project.open();
        let svg = Drawn { name: "roc".into(), form: DrawnForm::Svg("<svg/>".into()) };
        let to = project.dir.path().join("roc.svg");
        send(&mut core, ProjectCommand::SaveDrawing { drawn: svg.clone(), to: to.clone() }).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), "<svg/>");
        assert!(core.take_notices()[0].1.starts_with("the drawing was written to "));
        let rgba = [[9, 8, 7, 255], [1, 2, 3, 255]].concat();
        let form = DrawnForm::Pixels { width: 2, height: 1, rgba: rgba.into() };
        let to = project.dir.path().join("roc.png");
        let drawn = Drawn { name: "roc".into(), form };
        assert_eq!((svg.ending(), drawn.ending()), ("svg", "png"));
        send(&mut core, ProjectCommand::SaveDrawing { drawn, to: to.clone() }).unwrap();
        assert!(std::fs::read(&to).unwrap().starts_with(b"\x89PNG"));
        let nowhere = project.dir.path().join("missing/roc.svg");
        let refused = send(&mut core, ProjectCommand::SaveDrawing { drawn: svg, to: nowhere }).unwrap_err().to_string();
        assert!(refused.contains("roc.svg"), "{refused}");
    }
}
