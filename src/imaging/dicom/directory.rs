//! DICOMDIR (PS3.3 annex F, PS3.10 section 8): the index of a file-set, read for the files it names.

use super::file::Dicom;
use super::problem::DicomProblem;
use dicom_dictionary_std::tags;

impl Dicom<'_> {
    /// The files that a DICOMDIR names, as paths below its folder with `/`, in its order; empty for other files.
    ///
    /// # Errors
    /// When the list is damaged.
    pub fn referenced_files(&self) -> Result<Vec<String>, DicomProblem> {
        let Ok(Some(records)) = self.header.element_opt(tags::DIRECTORY_RECORD_SEQUENCE) else { return Ok(Vec::new()) };
        let records = records.items().ok_or(DicomProblem::NoItem(tags::DIRECTORY_RECORD_SEQUENCE))?;
        let path =
            |text: &str| text.split('\\').map(|part| part.trim_matches([' ', '\0'])).collect::<Vec<_>>().join("/");
        let file = |record: &dicom_object::InMemDicomObject| {
            let element = record.element_opt(tags::REFERENCED_FILE_ID).ok()??;
            // Each part of the path is a value of its own.
            let text = element.to_multi_str().ok()?.join("\\");
            Some(path(&text)).filter(|path| !path.is_empty())
        };
        Ok(records.iter().filter_map(file).collect())
    }
}
