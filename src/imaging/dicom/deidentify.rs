//! De-identification by the Basic Application Level Confidentiality Profile of DICOM PS3.15, annex E.
//!
//! Every attribute of table E.1-1 is removed, emptied or replaced, in sequences too; private attributes and those the
//! standard does not know are removed. Unique identifiers are replaced by ones that depend on a key, so that the files
//! of a study stay together. Pixels are not looked at: words burned into them stay, and the report warns of them.

use super::confidential::{self, Action};
use super::file::Dicom;
use super::metadata::keyed;
use super::problem::DicomProblem;
use super::structure::DEFLATED;
use dicom_core::dictionary::DataDictionary;
use dicom_core::header::Tag;
use dicom_core::value::{DataSetSequence, PrimitiveValue, Value};
use dicom_core::{DataElement, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_object::mem::InMemElement;
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use std::collections::BTreeMap;

/// How files are de-identified; the same for all files that belong together.
#[derive(Clone, Debug)]
pub struct Deidentification {
    /// What replaced identifiers depend on. Who has it can find out whether a file is a known patient's.
    pub key: [u8; 32],
    /// Dates are moved by this many days and keep their distances; without it they are removed.
    pub shift_days: Option<i32>,
}

/// A name in place of another, the same for the same key, kind and name: 16 hexadecimal digits of HMAC-SHA-256.
pub fn pseudonym(key: &[u8; 32], kind: &str, name: &str) -> String {
    let mut digits = keyed(key, format!("{kind}\n{name}").as_bytes());
    digits.truncate(16);
    digits
}

/// By how many days a patient's dates are moved: one to ten years back, the same whenever the key is the same.
pub fn days_for(key: &[u8; 32], patient: &str) -> i32 {
    let digits = keyed(key, format!("days\n{patient}").as_bytes());
    let drawn = digits.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(0);
    -365 - (drawn % 3_288) as i32
}

/// What was done to one file. It names attributes, never values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeidentificationReport {
    /// How often each attribute was removed, by keyword or, for private ones, by tag.
    pub removed: BTreeMap<String, usize>,
    pub emptied: BTreeMap<String, usize>,
    pub replaced: BTreeMap<String, usize>,
    /// What a person has to look at.
    pub warnings: Vec<String>,
}

/// The de-identified file and what was done.
///
/// # Errors
/// When the file cannot be read whole or written; see [`DicomProblem`].
pub fn deidentify(bytes: &[u8], how: &Deidentification) -> Result<(Vec<u8>, DeidentificationReport), DicomProblem> {
    let file = Dicom::parse(bytes)?;
    let failed = |what: &str| DicomProblem::Damaged(format!("it cannot be {what} for de-identification"));
    let whole = file.whole().ok_or_else(|| failed("read whole"))?;
    let mut work = Work { how, report: DeidentificationReport::default() };
    match file.text(tags::BURNED_IN_ANNOTATION).as_deref() {
        Some("NO") => {}
        Some("YES") => work.report.warnings.push("the header says that words are burned into the pixels".into()),
        _ if usually_has_words(&file) => work.report.warnings.push(
            "words are likely burned into the pixels: the header does not say, and pictures of this kind usually have some"
                .into(),
        ),
        _ => work.report.warnings.push("words may be burned into the pixels: the header does not say".into()),
    }
    let patient = file.patient(&how.key);
    let mut object = work.object(whole);
    if let Some(patient) = patient {
        object.put(DataElement::new(tags::PATIENT_ID, VR::LO, PrimitiveValue::from(patient.clone())));
        object.put(DataElement::new(tags::PATIENT_NAME, VR::PN, PrimitiveValue::from(patient)));
    }
    let text = |tag, vr, value: &str| DataElement::new(tag, vr, PrimitiveValue::from(value));
    object.put(text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, "YES"));
    object.put(text(tags::DEIDENTIFICATION_METHOD, VR::LO, "DICOM PS3.15 basic profile"));
    let dates = if how.shift_days.is_some() { "MODIFIED" } else { "REMOVED" };
    object.put(text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, VR::CS, dates));
    // CID 7050: the basic profile, and the option for moved dates.
    let mut codes = vec![code("113100", "Basic Application Confidentiality Profile")];
    if how.shift_days.is_some() {
        codes.push(code("113107", "Retain Longitudinal Temporal Information Modified Dates Option"));
    }
    object.put(DataElement::new(tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE, VR::SQ, DataSetSequence::from(codes)));
    let uid = |tag| {
        object.element_opt(tag).ok().flatten().and_then(|element| element.to_str().ok()).map(|uid| uid.into_owned())
    };
    let syntax = match file.parts.transfer_syntax.as_str() {
        DEFLATED => "1.2.840.10008.1.2.1",
        other => other,
    };
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(uid(tags::SOP_CLASS_UID).unwrap_or_default())
        .media_storage_sop_instance_uid(uid(tags::SOP_INSTANCE_UID).unwrap_or_else(|| work.uid("")));
    let mut out = Vec::new();
    let written = object.with_meta(meta).map_err(|_| failed("written"))?.write_all(&mut out);
    written.map_err(|_| failed("written"))?;
    Ok((out, work.report))
}

/// Ultrasound, endoscopy, photographs, screenshots and scanned films come with words in their pixels.
fn usually_has_words(file: &Dicom<'_>) -> bool {
    let modality = file.text(tags::MODALITY).unwrap_or_default();
    let class = file.text(tags::SOP_CLASS_UID).unwrap_or_default();
    matches!(modality.as_str(), "US" | "IVUS" | "ES" | "XC" | "GM" | "OT" | "DG" | "HC" | "ECG")
        // Secondary Capture Image Storage and its multi-frame kinds (PS3.4 table B.5-1).
        || class.starts_with("1.2.840.10008.5.1.4.1.1.7")
        || file.text(tags::CONVERSION_TYPE).is_some()
}

fn code(value: &str, meaning: &str) -> InMemDicomObject {
    InMemDicomObject::from_element_iter([
        DataElement::new(tags::CODE_VALUE, VR::SH, PrimitiveValue::from(value)),
        DataElement::new(tags::CODING_SCHEME_DESIGNATOR, VR::SH, PrimitiveValue::from("DCM")),
        DataElement::new(tags::CODE_MEANING, VR::LO, PrimitiveValue::from(meaning)),
    ])
}

struct Work<'a> {
    how: &'a Deidentification,
    report: DeidentificationReport,
}

impl Work<'_> {
    fn object(&mut self, from: InMemDicomObject) -> InMemDicomObject {
        let kept: Vec<InMemElement> = from.into_iter().filter_map(|element| self.element(element)).collect();
        InMemDicomObject::from_element_iter(kept)
    }

    fn element(&mut self, element: InMemElement) -> Option<InMemElement> {
        let (tag, vr) = (element.header().tag, element.header().vr());
        let name = super::header::name(tag);
        let name = if matches!(name.as_str(), "private" | "unknown") { tag.to_string() } else { name };
        // What the standard does not know may hold anything; group lengths no longer fit.
        let unknown = StandardDataDictionary.by_tag(tag).is_none() || tag.element() == 0;
        let action = if unknown { Action::Remove } else { confidential::action(tag) };
        if !matches!(action, Action::Keep | Action::Uid)
            && let Some(moved) = self.moved(tag, vr, &element)
        {
            *self.report.replaced.entry(name).or_default() += 1;
            return Some(moved);
        }
        match action {
            Action::Keep => Some(self.kept(element)),
            Action::Remove => {
                *self.report.removed.entry(name).or_default() += 1;
                None
            }
            Action::Zero => {
                *self.report.emptied.entry(name).or_default() += 1;
                Some(empty(tag, vr))
            }
            Action::Dummy => {
                *self.report.replaced.entry(name).or_default() += 1;
                Some(dummy(tag, vr))
            }
            Action::Uid => {
                *self.report.replaced.entry(name).or_default() += 1;
                let old = element.to_str().map(|text| text.into_owned()).unwrap_or_default();
                let new: Vec<String> = old.split('\\').map(|one| self.uid(one)).collect();
                Some(DataElement::new(tag, VR::UI, PrimitiveValue::from(new.join("\\"))))
            }
        }
    }

    /// An attribute that stays; the items of a sequence are looked through.
    fn kept(&mut self, element: InMemElement) -> InMemElement {
        let (tag, vr) = (element.header().tag, element.header().vr());
        match element.into_value() {
            Value::Sequence(sequence) => {
                let items: Vec<_> = sequence.into_items().into_iter().map(|item| self.object(item)).collect();
                DataElement::new(tag, VR::SQ, DataSetSequence::from(items))
            }
            other => DataElement::new(tag, vr, other),
        }
    }

    /// A date or time of the table, moved, where dates are to be moved; birth dates never are.
    fn moved(&self, tag: Tag, vr: VR, element: &InMemElement) -> Option<InMemElement> {
        let days = self.how.shift_days?;
        if tag.group() == 0x0010 || tag.group() % 2 == 1 || !matches!(vr, VR::DA | VR::DT | VR::TM) {
            return None;
        }
        let text = element.to_str().ok()?;
        let parts: Option<Vec<String>> =
            text.split('\\').map(|one| shifted(one.trim_matches([' ', '\0']), vr, days)).collect();
        Some(DataElement::new(tag, vr, PrimitiveValue::from(parts?.join("\\"))))
    }

    /// An identifier for another: a UUID-derived one (PS3.5 annex B.2) of the keyed hash. The standard's own stay.
    fn uid(&self, old: &str) -> String {
        let old = old.trim_matches([' ', '\0']);
        if old.starts_with("1.2.840.10008.") {
            return old.to_owned();
        }
        let digits = keyed(&self.how.key, format!("UID\n{old}").as_bytes());
        let number = u128::from_str_radix(digits.get(..32).unwrap_or("0"), 16).unwrap_or(0);
        // The bits that make it a UUID of version 4 and of the standard's variant (RFC 9562, section 4).
        let number = number & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        format!("2.25.{number}")
    }
}

/// A date, date and time, or time moved by whole days; `None` where it is none.
fn shifted(text: &str, vr: VR, days: i32) -> Option<String> {
    if text.is_empty() {
        return Some(String::new());
    }
    if vr == VR::TM {
        return text.bytes().all(|b| b.is_ascii_digit() || b == b'.').then(|| text.to_owned());
    }
    let date = text.get(..8)?;
    let rest = text.get(8..)?;
    let number = |part: Option<&str>| part?.parse::<i16>().ok();
    let (year, month, day) = (number(date.get(..4))?, number(date.get(4..6))?, number(date.get(6..8))?);
    let date = jiff::civil::Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let date = date.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    let allowed = rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-'));
    (allowed && (vr == VR::DT || rest.is_empty()))
        .then(|| format!("{:04}{:02}{:02}{rest}", date.year(), date.month(), date.day()))
}

fn empty(tag: Tag, vr: VR) -> InMemElement {
    if vr == VR::SQ {
        return DataElement::new(tag, vr, DataSetSequence::<InMemDicomObject>::from(Vec::new()));
    }
    DataElement::new(tag, vr, PrimitiveValue::Empty)
}

/// A value of its kind that says nothing.
fn dummy(tag: Tag, vr: VR) -> InMemElement {
    let text = match vr {
        VR::DA => "19000101",
        VR::DT => "19000101000000",
        VR::TM => "000000",
        VR::AS => "000Y",
        VR::IS | VR::DS => "0",
        VR::AE | VR::CS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT => "REMOVED",
        _ => return empty(tag, vr),
    };
    DataElement::new(tag, vr, PrimitiveValue::from(text))
}
