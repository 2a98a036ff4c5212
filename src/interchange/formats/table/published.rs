//! Tables as they are published, told by their columns: what their numbers mean stands in no header.

use super::mapping::normal;

/// The class of RSNA's images with a box, letters only.
pub const OPACITY: &str = "lungopacity";

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// RSNA Pneumonia Detection Challenge 2018 (kaggle.com/c/rsna-pneumonia-detection-challenge/data): a row a box or an
    /// image; `Target` 1 is evidence of pneumonia, 0 none.
    Rsna,
    /// What RSNA says of the same images besides (stage_2_detailed_class_info.csv): whether they show an opacity, or
    /// something else, or are normal.
    RsnaClasses,
    /// Open Images (storage.googleapis.com/openimages/web/factsfigures_v7.html): `Confidence` 0 says that an image is
    /// not of the class.
    OpenImages,
    /// GRAZPEDWRI-DX (Nagy et al. 2022, Scientific Data 9): `fracture_visible` is 1 or empty.
    Graz,
}

impl Published {
    /// The one with such columns.
    pub fn of(columns: &[String]) -> Option<Self> {
        let names: Vec<String> = columns.iter().map(|name| normal(name)).collect();
        let has = |wanted: &[&str]| wanted.iter().all(|name| names.iter().any(|have| have == name));
        if has(&["patientid", "x", "y", "width", "height", "target"]) {
            Some(Self::Rsna)
        } else if names == ["patientid", "class"] {
            Some(Self::RsnaClasses)
        } else if has(&["imageid", "source", "labelname", "confidence"]) {
            Some(Self::OpenImages)
        } else if has(&["filestem", "fracturevisible"]) {
            Some(Self::Graz)
        } else {
            None
        }
    }

    /// The column of its classes, by letters and digits of its name, where a header does not tell.
    pub fn class_column(self) -> Option<&'static str> {
        match self {
            Self::Graz => Some("fracturevisible"),
            Self::Rsna | Self::RsnaClasses | Self::OpenImages => None,
        }
    }

    /// Columns that are of a box or a row, not of the image.
    pub fn is_of_a_row(self, column: &str) -> bool {
        match self {
            Self::OpenImages => true,
            Self::Rsna | Self::RsnaClasses | Self::Graz => column.eq_ignore_ascii_case("target"),
        }
    }
}
