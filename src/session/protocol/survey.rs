//! What is found in a project's data: counts, attributes, problems, shortcuts.

use crate::domain::ImageId;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    pub images: usize,
    /// Images by class, then of no class; in the order of [`crate::domain::Split::ALL`]. An image with a label
    /// counts in its class, one without in each finding that is present and each class of its boxes, here and in all
    /// that follows.
    pub splits: Vec<[usize; 3]>,
    /// Images whose picture was not measured yet: without brightness, bit depth and near duplicates.
    pub unmeasured: usize,
    /// Image size, bit depth, colour mode and so on, with what a header or table says.
    pub attributes: Vec<AttributeTable>,
    /// By class, then of no class: the mean share of each sixteenth of the greys, black to white; empty without a
    /// measured image.
    pub brightness: Vec<Vec<f64>>,
    /// By class: some of its images, spread over all of them.
    pub examples: Vec<Vec<ImageId>>,
    pub groups: usize,
    /// Those that were found, the gravest first.
    pub problems: Vec<Problem>,
    /// The strongest first.
    pub shortcuts: Vec<Shortcut>,
    /// What imports said a person should look at, such as copies in two classes of which one was kept.
    pub said_at_import: Vec<String>,
}

/// How often an attribute has which value.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeTable {
    /// "image size", "view".
    pub name: String,
    /// The most frequent first; images without one have the value "not given".
    pub values: Vec<ValueCount>,
    /// How many different values there are in all.
    pub distinct: usize,
}

/// The images with one value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueCount {
    pub value: String,
    pub images: Vec<ImageId>,
    /// By class, then of no class.
    pub by_class: Vec<usize>,
    /// In the order of [`crate::domain::Split::ALL`].
    pub by_split: [usize; 3],
}

/// What is wrong with a set of images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// The same picture, or nearly, with different labels, or with a finding that is present on one and absent on another.
    ConflictingLabels,
    /// The same picture, or nearly, in several splits.
    DuplicatesAcrossSplits,
    /// Images of one group in several splits.
    GroupsAcrossSplits,
    /// Files of the same content.
    ExactDuplicates,
    /// Pictures that look alike.
    NearDuplicates,
}

impl ProblemKind {
    /// The gravest first.
    pub const ALL: [ProblemKind; 5] = [
        ProblemKind::ConflictingLabels,
        ProblemKind::DuplicatesAcrossSplits,
        ProblemKind::GroupsAcrossSplits,
        ProblemKind::ExactDuplicates,
        ProblemKind::NearDuplicates,
    ];

    /// As lists and files call it.
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::ConflictingLabels => "duplicates with different labels",
            ProblemKind::DuplicatesAcrossSplits => "duplicates across splits",
            ProblemKind::GroupsAcrossSplits => "groups across splits",
            ProblemKind::ExactDuplicates => "exact duplicates",
            ProblemKind::NearDuplicates => "near duplicates",
        }
    }
}

/// One kind of problem, with every set of images that has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub sets: Vec<Vec<ImageId>>,
}

/// An attribute that tells the class better than chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Shortcut {
    pub attribute: String,
    /// Cross-validated, of a table from value to class; see [`crate::evaluation::shortcut`].
    pub balanced_accuracy: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    pub chance: f64,
    /// "Colour mode alone tells the class for 87 % of the images (chance 50 %)"; of findings "tells Effusion for".
    pub sentence: String,
    /// "greyscale: 92 % Fractured of 210; colour: 88 % Non_fractured of 270".
    pub detail: String,
}
