//! How the classes are shown, as the project keeps it.

use crate::session::project::core::Core;
use crate::session::protocol::class_looks::ClassLooks;
use crate::session::protocol::error::SessionError;
use std::sync::Arc;

/// The setting that holds it.
const CLASS_LOOKS: &str = "class_looks";

impl Core {
    /// Shows what is kept. What is of no class or of no image of the project any more is not shown.
    pub(in crate::session) fn show_class_looks(&mut self) -> Result<(), SessionError> {
        let kept: ClassLooks = self.store.setting(CLASS_LOOKS)?.unwrap_or_default();
        // That an image is an example of a class is somebody's word about it.
        let shows = |image| self.may_show(image) && self.at.contains_key(&image);
        let shown = kept.that_holds(self.view.classes.len(), shows);
        if *self.view.class_looks != shown {
            self.view.class_looks = Arc::new(shown);
        }
        Ok(())
    }

    /// Shows classes in another order or with other examples.
    pub(in crate::session) fn set_class_looks(&mut self, looks: ClassLooks) -> Result<(), SessionError> {
        self.check_writable()?;
        let count = self.view.classes.len();
        let holds = looks.clone().that_holds(count, |image| self.at.contains_key(&image));
        if (0..count).any(|class| looks.example(class) != holds.example(class)) {
            return Err(SessionError::refused("an example is an image of the project: choose one of them"));
        }
        self.store.set_setting(CLASS_LOOKS, &holds)?;
        self.show_class_looks()
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::ImageId;
    use crate::session::protocol::command::{Edit, ProjectCommand};
    use crate::session::test_project::{annotate, send, small};

    #[test]
    fn order_and_examples_survive_other_names_merging_and_the_next_start() {
        let project = small(10);
        let mut core = project.open();
        let looks = core.view().class_looks.with_rank(2, 1, 0).with_example(1, Some(project.ids[3]));
        send(&mut core, ProjectCommand::SetClassLooks(looks.clone())).unwrap();
        let mut classes = (*core.view().classes).clone();
        classes.classes[1].name = "light".into();
        send(&mut core, ProjectCommand::SetClasses(classes)).unwrap();
        send(&mut core, ProjectCommand::EmptyClass { class: 1, into: Some(0) }).unwrap();
        send(&mut core, ProjectCommand::Undo).unwrap();
        send(&mut core, annotate(project.ids[0], Edit::Label(Some(1)))).unwrap();
        assert_eq!(*core.view().class_looks, looks);
        drop(core);
        let core = project.open();
        assert_eq!(
            (core.view().class_looks.order(2), core.view().class_looks.example(1)),
            (vec![1, 0], Some(project.ids[3]))
        );
        assert_eq!(core.annotations()[0].label, Some(1), "labels are what they were");
    }

    #[test]
    fn an_image_that_is_not_there_is_no_example() {
        let project = small(4);
        let mut core = project.open();
        let gone = core.view().class_looks.with_example(0, Some(ImageId(999)));
        let why = send(&mut core, ProjectCommand::SetClassLooks(gone.clone())).unwrap_err().to_string();
        assert!(why.contains("an image of the project"), "{why}");
        core.store.set_setting(super::CLASS_LOOKS, &gone).unwrap();
        drop(core);
        assert_eq!(project.open().view().class_looks.example(0), None, "no example, and no error");
    }
}
