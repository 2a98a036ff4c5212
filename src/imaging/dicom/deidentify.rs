//! De-identification by the Basic Application Level Confidentiality Profile of DICOM PS3.15, annex E.
//!
//! Every attribute of table E.1-1 is removed, emptied or replaced, in sequences too; private attributes and those the
//! standard does not know are removed. Unique identifiers are replaced by ones that depend on a key, so that the files
//! of a study stay together. What stays is copied byte by byte, whatever its character set. Of pixel data only the
//! picture stays (see `clean_pixels`). Pictures are not looked at: words burned into them stay, and the report warns of
//! them.

use super::clean_pixels;
use super::confidential::{self, Action};
use super::elements::{self, Content, Element};
use super::file::Dicom;
use super::metadata::keyed;
use super::problem::DicomProblem;
use super::structure::{DEFLATED, Encoding, is_pixels};
use super::unknown_vr;
use dicom_core::VR;
use dicom_core::dictionary::DataDictionary;
use dicom_core::header::Tag;
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_object::FileMetaTableBuilder;
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
    let mut work =
        Work { how, file: &file, report: DeidentificationReport::default(), has_pixels: false, uncompressed: false };
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
    let mut kept = work.data_set(whole, 0)?;
    let mut put = |element: Element<'static>| kept.insert(element.tag, element);
    if let Some(patient) = patient {
        put(text(tags::PATIENT_ID, VR::LO, &patient));
        put(text(tags::PATIENT_NAME, VR::PN, &patient));
    }
    put(text(tags::PATIENT_IDENTITY_REMOVED, VR::CS, "YES"));
    put(text(tags::DEIDENTIFICATION_METHOD, VR::LO, "DICOM PS3.15 basic profile"));
    let dates = if how.shift_days.is_some() { "MODIFIED" } else { "REMOVED" };
    put(text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, VR::CS, dates));
    // CID 7050: the basic profile, and the option for moved dates.
    let mut codes = vec![code("113100", "Basic Application Confidentiality Profile")];
    if how.shift_days.is_some() {
        codes.push(code("113107", "Retain Longitudinal Temporal Information Modified Dates Option"));
    }
    put(Element { tag: tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE, vr: VR::SQ, value: Content::Items(codes) });
    let uid = |tag| kept.get(&tag).and_then(|element| element.bytes()).map(written).filter(|uid| !uid.is_empty());
    let syntax = match file.parts.transfer_syntax.as_str() {
        _ if work.uncompressed => "1.2.840.10008.1.2.1",
        DEFLATED => "1.2.840.10008.1.2.1",
        other => other,
    };
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(uid(tags::SOP_CLASS_UID).unwrap_or_default())
        .media_storage_sop_instance_uid(uid(tags::SOP_INSTANCE_UID).unwrap_or_else(|| work.uid("")))
        .build()
        .map_err(|_| failed("written"))?;
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    meta.write(&mut out).map_err(|_| failed("written"))?;
    let kept: Vec<Element<'_>> = kept.into_values().collect();
    elements::write(&kept, Encoding::of(syntax), &mut out)?;
    Ok((out, work.report))
}

/// A value without its padding, as text of the basic character set.
fn written(value: &[u8]) -> String {
    let text = value.split(|&byte| byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).trim_matches(' ').to_owned()
}

fn text(tag: Tag, vr: VR, value: &str) -> Element<'static> {
    Element::of_bytes(tag, vr, value.as_bytes().to_vec())
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

fn code(value: &str, meaning: &str) -> Vec<Element<'static>> {
    vec![
        text(tags::CODE_VALUE, VR::SH, value),
        text(tags::CODING_SCHEME_DESIGNATOR, VR::SH, "DCM"),
        text(tags::CODE_MEANING, VR::LO, meaning),
    ]
}

struct Work<'a> {
    how: &'a Deidentification,
    file: &'a Dicom<'a>,
    report: DeidentificationReport,
    /// The element with the picture has been met.
    has_pixels: bool,
    /// Its picture was compressed and no longer is.
    uncompressed: bool,
}

impl<'a> Work<'a> {
    /// What stays of a data set, by tag.
    fn data_set(&mut self, from: Vec<Element<'a>>, depth: usize) -> Result<BTreeMap<Tag, Element<'a>>, DicomProblem> {
        let mut kept = BTreeMap::new();
        for element in from {
            // What stands behind the picture does not change how it is read.
            let late = depth == 0 && self.has_pixels && kept.contains_key(&element.tag);
            if let Some(element) = self.element(element, depth)?
                && !late
            {
                kept.insert(element.tag, element);
            }
        }
        Ok(kept)
    }

    fn element(&mut self, element: Element<'a>, depth: usize) -> Result<Option<Element<'a>>, DicomProblem> {
        let (tag, vr) = (element.tag, element.vr);
        let name = super::problem::name(tag);
        let name = if matches!(name.as_str(), "private" | "unknown") { tag.to_string() } else { name };
        if is_pixels(tag) && depth == 0 && !self.has_pixels {
            self.has_pixels = true;
            let clean = clean_pixels::clean(element, self.file)?;
            self.uncompressed = clean.uncompressed;
            for (what, times) in clean.found {
                *self.report.removed.entry(what.to_owned()).or_default() += times;
            }
            return Ok(Some(clean.element));
        }
        let action = action(&element);
        if !matches!(action, Action::Keep | Action::Uid)
            && let Some(moved) = self.moved(&element)
        {
            *self.report.replaced.entry(name).or_default() += 1;
            return Ok(Some(moved));
        }
        let count = match action {
            Action::Keep => return self.kept(element, depth).map(Some),
            Action::Remove => &mut self.report.removed,
            Action::Zero => &mut self.report.emptied,
            Action::Dummy | Action::Uid => &mut self.report.replaced,
        };
        *count.entry(name).or_default() += 1;
        Ok(match action {
            Action::Keep | Action::Remove => None,
            Action::Zero => Some(empty(tag, vr)),
            Action::Dummy => Some(dummy(tag, vr)),
            Action::Uid => {
                let old = element.bytes().map(written).unwrap_or_default();
                let new: Vec<String> = old.split('\\').map(|one| self.uid(one)).collect();
                Some(text(tag, VR::UI, &new.join("\\")))
            }
        })
    }

    /// An attribute that stays; the items of a sequence are looked through.
    fn kept(&mut self, element: Element<'a>, depth: usize) -> Result<Element<'a>, DicomProblem> {
        let Element { tag, vr, value } = element;
        let value = match value {
            Content::Items(items) => {
                let clean = |item| self.data_set(item, depth + 1).map(|elements| elements.into_values().collect());
                Content::Items(items.into_iter().map(clean).collect::<Result<_, _>>()?)
            }
            // Readers show texts up to a zero and pass over the rest.
            Content::Bytes(bytes) if is_text(vr) && bytes.contains(&0) => {
                let shown = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
                Content::Bytes(shown.to_vec().into())
            }
            other => other,
        };
        Ok(Element { tag, vr, value })
    }

    /// A date or time of the table, moved, where dates are to be moved; birth dates never are.
    fn moved(&self, element: &Element<'_>) -> Option<Element<'a>> {
        let days = self.how.shift_days?;
        let (tag, vr) = (element.tag, element.vr);
        let is_time = matches!(vr, VR::DA | VR::DT | VR::TM) && unknown_vr::representation(tag, false) == vr;
        if tag.group() == 0x0010 || !is_time {
            return None;
        }
        let parts: Option<Vec<String>> =
            written(element.bytes()?).split('\\').map(|one| shifted(one.trim_matches(' '), vr, days)).collect();
        Some(text(tag, vr, &parts?.join("\\")))
    }

    /// An identifier for another: a UUID-derived one (PS3.5 annex B.2) of the keyed hash. The standard's own stay.
    fn uid(&self, old: &str) -> String {
        if is_standard(old) {
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

/// What becomes of an element. What the standard does not know may hold anything, and so may values that are not of the
/// dictionary's kind; group lengths no longer fit, nor do tables of where compressed frames begin. Commands, the file's
/// header and directories (groups below 0008) have no place in a data set.
fn action(element: &Element<'_>) -> Action {
    let tag = element.tag;
    let unknown = StandardDataDictionary.by_tag(tag).is_none() || tag.element() == 0 || tag.group() < 0x0008;
    let offsets = [
        tags::EXTENDED_OFFSET_TABLE,
        tags::EXTENDED_OFFSET_TABLE_LENGTHS,
        tags::ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH,
    ];
    if unknown || is_pixels(tag) || offsets.contains(&tag) {
        return Action::Remove;
    }
    let action = confidential::action(tag);
    let sequence = unknown_vr::representation(tag, false) == VR::SQ;
    let fits = match &element.value {
        Content::Bytes(bytes) => !sequence || bytes.is_empty(),
        Content::Items(_) => sequence,
        Content::Fragments(_) => false,
    };
    if action == Action::Keep && !fits { Action::Remove } else { action }
}

/// Identifiers of the standard that attributes of the table may have: frames of reference, palettes, well-known
/// instances (PS3.6 annex A). No other number is let through because it begins as theirs do.
fn is_standard(uid: &str) -> bool {
    let Some(rest) = uid.strip_prefix("1.2.840.10008.") else { return false };
    let known = ["1.4.", "1.5.", "1.20", "1.40", "1.42", "15.1."].iter().any(|start| rest.starts_with(start));
    let short = |part: &str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
    known && rest.split('.').count() <= 4 && rest.split('.').all(short)
}

fn is_text(vr: VR) -> bool {
    match vr {
        VR::AE
        | VR::AS
        | VR::CS
        | VR::DA
        | VR::DS
        | VR::DT
        | VR::IS
        | VR::LO
        | VR::LT
        | VR::PN
        | VR::SH
        | VR::ST
        | VR::TM
        | VR::UC
        | VR::UI
        | VR::UR
        | VR::UT => true,
        VR::AT
        | VR::FD
        | VR::FL
        | VR::OB
        | VR::OD
        | VR::OF
        | VR::OL
        | VR::OV
        | VR::OW
        | VR::SL
        | VR::SQ
        | VR::SS
        | VR::SV
        | VR::UL
        | VR::UN
        | VR::US
        | VR::UV => false,
    }
}

fn empty(tag: Tag, vr: VR) -> Element<'static> {
    let value = if vr == VR::SQ { Content::Items(Vec::new()) } else { Content::Bytes(Vec::new().into()) };
    Element { tag, vr, value }
}

/// A value of its kind that says nothing. Sequences get no item: one without content would be valid of none of them.
fn dummy(tag: Tag, vr: VR) -> Element<'static> {
    let value: &[u8] = match vr {
        VR::DA => b"19000101",
        VR::DT => b"19000101000000",
        VR::TM => b"000000",
        VR::AS => b"000Y",
        VR::IS | VR::DS => b"0",
        VR::AE | VR::CS | VR::LO | VR::LT | VR::PN | VR::SH | VR::ST | VR::UC | VR::UT => b"REMOVED",
        // A domain that never is (RFC 2606).
        VR::UR => b"https://removed.invalid",
        // The identifier of nothing (PS3.5 annex B.2 with the UUID of zeros).
        VR::UI => b"2.25.0",
        VR::SS | VR::US => &[0; 2],
        VR::AT | VR::FL | VR::OB | VR::OF | VR::OL | VR::OW | VR::SL | VR::UL | VR::UN => &[0; 4],
        VR::FD | VR::OD | VR::OV | VR::SV | VR::UV => &[0; 8],
        VR::SQ => return empty(tag, vr),
    };
    Element::of_bytes(tag, vr, value)
}
