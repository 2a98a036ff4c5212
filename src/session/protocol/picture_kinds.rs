//! What kinds of files the pictures of a project are.

/// How many images are of which kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureKinds {
    /// With a DICOM header.
    pub dicom: usize,
    /// That store colours, even where all of them are greys.
    pub colour: usize,
}
