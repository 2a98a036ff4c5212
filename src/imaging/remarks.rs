//! What a person should know of a picture that was read all the same.

/// Sentences about one picture, each once. They name no value that may tell who a patient is, and say the same of every
/// file that has the same fault, so that many of them can be counted as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks(Vec<String>);

impl Remarks {
    /// Notes a sentence, without its full stop, unless it is there already.
    pub fn say(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.0.contains(&sentence) {
            self.0.push(sentence);
        }
    }

    /// The sentences, in the order they were said.
    pub fn into_vec(self) -> Vec<String> {
        self.0
    }
}
