//! Counts by class and split for the Data and Train screens, made once a view and not once a frame.

use crate::domain::{Presence, Split};
use crate::session::{ImageRow, ProjectView, RowFindings};
use std::sync::{Arc, Weak};

/// How many images there are of each class in each split.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// What was counted; not kept alive by that.
    rows: Option<Weak<Vec<ImageRow>>>,
    /// By class, then in the order of [`Split::ALL`]; in projects of findings those on which each is present.
    pub classes: Vec<[usize; 3]>,
    /// Without a label, or of which nothing is known of any finding, by split.
    pub unlabelled: [usize; 3],
    /// With a label a person has looked at, by split.
    pub reviewed: [usize; 3],
    /// With a label, by split.
    pub labelled: [usize; 3],
    /// With a label, and with boxes known, whose files are there, by split: what can be trained on.
    pub usable: [usize; 3],
    pub usable_boxes: [usize; 3],
    /// Of which all boxes are known, by split.
    pub boxes_known: [usize; 3],
    /// With a box, by split.
    pub with_boxes: [usize; 3],
    /// Reviewed with a box, and reviewed without any.
    pub reviewed_boxes: [usize; 2],
    /// Reviewed, by class.
    pub reviewed_by_class: Vec<usize>,
    /// On which all findings are absent, by split, and how many of these are reviewed.
    pub no_finding: [usize; 3],
    pub reviewed_no_finding: usize,
}

impl Summary {
    /// Counts again if the rows or the number of classes are others than last time.
    pub fn follow(&mut self, project: &ProjectView) {
        let same = self.rows.as_ref().is_some_and(|rows| std::ptr::eq(rows.as_ptr(), Arc::as_ptr(&project.rows)));
        if !same || self.classes.len() != project.classes.len() {
            *self = Self::of(&project.rows, project.classes.len());
        }
    }

    fn of(rows: &Arc<Vec<ImageRow>>, classes: usize) -> Self {
        let mut summary = Self {
            rows: Some(Arc::downgrade(rows)),
            classes: vec![[0; 3]; classes],
            reviewed_by_class: vec![0; classes],
            ..Self::default()
        };
        for row in rows.iter() {
            let split = index(row.split);
            summary.boxes_known[split] += usize::from(row.boxes.known);
            summary.usable_boxes[split] += usize::from(row.boxes.known && !row.missing);
            summary.with_boxes[split] += usize::from(row.boxes.drawn > 0);
            if row.reviewed && row.boxes.known {
                summary.reviewed_boxes[usize::from(row.boxes.drawn == 0)] += 1;
            }
            if let Some(findings) = &row.findings {
                summary.usable[split] += usize::from(findings.is_known() && !row.missing);
                summary.count_findings(row, findings);
                continue;
            }
            let class = row.label.map(usize::from).filter(|&c| c < classes);
            match class {
                Some(class) => {
                    summary.classes[class][split] += 1;
                    summary.labelled[split] += 1;
                    summary.usable[split] += usize::from(!row.missing);
                    if row.reviewed {
                        summary.reviewed[split] += 1;
                        summary.reviewed_by_class[class] += 1;
                    }
                }
                None => summary.unlabelled[split] += 1,
            }
        }
        summary
    }

    /// An image counts in each of its findings that is present.
    fn count_findings(&mut self, row: &ImageRow, findings: &RowFindings) {
        let split = index(row.split);
        let known = findings.is_known();
        self.unlabelled[split] += usize::from(!known);
        self.labelled[split] += usize::from(known);
        self.reviewed[split] += usize::from(known && row.reviewed);
        for (class, reviewed) in self
            .classes
            .iter_mut()
            .zip(&mut self.reviewed_by_class)
            .enumerate()
            .filter_map(|(place, counts)| (findings.get(place).known == Some(Presence::Present)).then_some(counts))
        {
            class[split] += 1;
            *reviewed += usize::from(row.reviewed);
        }
        if findings.is_none() {
            self.no_finding[split] += 1;
            self.reviewed_no_finding += usize::from(row.reviewed);
        }
    }

    /// All images of a class, or on which a finding is present.
    pub fn of_class(&self, class: usize) -> usize {
        self.classes.get(class).map_or(0, |splits| splits.iter().sum())
    }

    /// The largest training class over the smallest; `None` with fewer than two classes that have images.
    pub fn imbalance(&self) -> Option<f64> {
        let train: Vec<usize> = self.classes.iter().map(|s| s[0]).collect();
        let (least, most) = (train.iter().min()?, train.iter().max()?);
        (train.len() > 1 && *least > 0).then(|| *most as f64 / *least as f64)
    }
}

fn index(split: Split) -> usize {
    match split {
        Split::Train => 0,
        Split::Validation => 1,
        Split::Test => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClassList, ImageId};
    use crate::session::RowBoxes;
    use crate::session::RowFinding;

    fn row(split: Split, label: Option<u16>, reviewed: bool) -> ImageRow {
        ImageRow {
            id: ImageId(1),
            name: "a.png".into(),
            width: 1,
            height: 1,
            split,
            label,
            reviewed,
            flagged: false,
            predicted: None,
            uncertainty: 0.0,
            missing: false,
            boxes: RowBoxes::default(),
            named: None,
            findings: None,
            facts: Arc::default(),
        }
    }

    #[test]
    fn counts_by_class_and_split_and_survives_labels_that_no_class_has() {
        let rows = vec![
            row(Split::Train, Some(0), true),
            row(Split::Train, Some(0), false),
            row(Split::Test, Some(1), false),
            row(Split::Train, Some(1), false),
            row(Split::Validation, Some(9), false),
            row(Split::Validation, None, false),
        ];
        let classes = ClassList::from_names(&["a", "b"], false).expect("two names");
        let project = ProjectView { rows: Arc::new(rows), classes: Arc::new(classes), ..ProjectView::default() };
        let mut summary = Summary::default();
        summary.follow(&project);
        assert_eq!((summary.labelled, summary.usable), ([3, 0, 1], [3, 0, 1]));
        let mut rows = (*project.rows).clone();
        rows[0].missing = true;
        let gone = ProjectView { rows: Arc::new(rows), ..project.clone() };
        let mut of_gone = Summary::default();
        of_gone.follow(&gone);
        assert_eq!((of_gone.labelled, of_gone.usable), ([3, 0, 1], [2, 0, 1]), "a file that is gone trains nothing");
        assert_eq!(summary.classes, [[2, 0, 0], [1, 0, 1]]);
        assert_eq!(summary.unlabelled, [0, 2, 0]);
        assert_eq!(summary.reviewed, [1, 0, 0]);
        let absent = |n| vec![RowFinding { known: Some(Presence::Absent), ..RowFinding::default() }; n];
        let present = || RowFinding { known: Some(Presence::Present), ..RowFinding::default() };
        let of = |findings, reviewed| ImageRow { findings: Some(findings), ..row(Split::Train, None, reviewed) };
        let both = of(RowFindings::new([present(), present()], false), true);
        let (none, unsaid) = (of(RowFindings::new(absent(2), true), false), of(RowFindings::default(), false));
        let found = Summary::of(&Arc::new(vec![both, none, unsaid]), 2);
        assert_eq!(
            (found.classes, found.labelled, found.reviewed_by_class),
            (vec![[1, 0, 0]; 2], [2, 0, 0], vec![1; 2])
        );
        assert_eq!((found.no_finding, found.unlabelled, found.reviewed), ([1, 0, 0], [1, 0, 0], [1, 0, 0]));
        let boxes = |drawn| RowBoxes { known: true, drawn, ..RowBoxes::default() };
        let reviewed = |drawn| ImageRow { boxes: boxes(drawn), ..row(Split::Train, None, true) };
        let open = ImageRow { boxes: boxes(1), ..row(Split::Train, None, false) };
        let rows = Arc::new(vec![reviewed(2), reviewed(0), reviewed(1), open]);
        assert_eq!(Summary::of(&rows, 2).reviewed_boxes, [2, 1]);
        assert_eq!(summary.of_class(1), 2);
        assert_eq!(summary.of_class(7), 0);
        assert_eq!(summary.imbalance(), Some(2.0));
    }
}
