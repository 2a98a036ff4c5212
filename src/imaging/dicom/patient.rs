//! Whose picture it is, under a name that tells nothing: images of one patient belong together, and who that is need not
//! be known for it.

use super::file::Dicom;
use super::metadata::keyed;
use crate::files::hash;
use dicom_dictionary_std::tags;

/// What patients' identifiers are hashed with. Who has the key can test guesses of an identifier, so it stays in the
/// project and is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientKey([u8; 32]);

impl PatientKey {
    /// A new one from the system's generator.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn random() -> Result<Self, std::io::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Reads what [`Self::to_hex`] wrote; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let pairs = text.as_bytes().as_chunks::<2>();
        if pairs.0.len() != bytes.len() || !pairs.1.is_empty() {
            return None;
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs.0) {
            let digit = |b: u8| char::from(b).to_digit(16);
            *byte = (digit(*high)? * 16 + digit(*low)?) as u8;
        }
        Some(Self(bytes))
    }

    /// 64 hexadecimal digits.
    pub fn to_hex(&self) -> String {
        hash::hex(&self.0)
    }
}

impl std::fmt::Debug for PatientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientKey(..)")
    }
}

/// What becomes of the patients' identifiers in DICOM headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patients {
    /// They are not looked at.
    #[default]
    Ignored,
    /// A keyed hash of each tells which images are of one patient.
    Hashed(PatientKey),
    /// They are kept as they are, by a person's choice.
    Kept,
}

impl Dicom<'_> {
    /// A name for the patient that is the same for all of a patient's files and tells nothing without the key: the
    /// first 16 hexadecimal digits of HMAC-SHA-256 (RFC 2104) of issuer and PatientID. `None` without a PatientID.
    pub fn patient(&self, key: &[u8; 32]) -> Option<String> {
        let id = self.text(tags::PATIENT_ID)?;
        let issuer = self.text(tags::ISSUER_OF_PATIENT_ID).unwrap_or_default();
        let mut name = keyed(key, format!("{issuer}\n{id}").as_bytes());
        name.truncate(16);
        Some(name)
    }

    /// The group of the patient's images; `None` without a PatientID, or where it is not to be looked at.
    pub fn group(&self, patients: &Patients) -> Option<String> {
        match patients {
            Patients::Ignored => None,
            Patients::Hashed(PatientKey(key)) => self.patient(key),
            Patients::Kept => self.text(tags::PATIENT_ID),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference_check::{element, small};
    use super::*;

    #[test]
    fn keys_are_written_read_and_never_shown() {
        let key = PatientKey::random().unwrap();
        assert_eq!(PatientKey::from_hex(&key.to_hex()), Some(key.clone()));
        assert_ne!(key, PatientKey::random().unwrap());
        assert!(!format!("{:?}", Patients::Hashed(key.clone())).contains(&key.to_hex()[..8]));
        for wrong in ["", "ab", "zz"] {
            assert_eq!(PatientKey::from_hex(&wrong.repeat(32)).is_some(), wrong == "ab", "{wrong}");
        }
    }

    #[test]
    fn patients_are_hashed_or_kept_or_ignored() {
        // The header of `small` begins with group 0028, so the identifier goes before it.
        let mut bytes = small(b"MONOCHROME2 ", &[], [1, 2]);
        let at = bytes.windows(4).position(|w| w == [0x28, 0, 2, 0]).unwrap();
        bytes.splice(at..at, element((0x10, 0x20), b"LO", b"4711"));
        let file = Dicom::parse(&bytes).unwrap();
        // RFC 2104 with a key of zeros over "\n4711", by Python's hmac.
        let key = PatientKey::from_hex(&"00".repeat(32)).unwrap();
        assert_eq!(file.group(&Patients::Hashed(key)).as_deref(), Some("a7ba2e1c691b107d"));
        assert_eq!(file.group(&Patients::Kept).as_deref(), Some("4711"));
        assert_eq!(file.group(&Patients::Ignored), None);
    }
}
