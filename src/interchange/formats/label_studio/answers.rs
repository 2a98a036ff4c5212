//! Answers about images: their class, or the findings that they have.

use super::fields::Answers;
use super::parse::Export;
use super::results::{choices, choose};
use crate::interchange::model::draft::DraftSaid;
use serde_json::Value;

impl Export<'_> {
    /// An answer to one of several questions about the image; a second one that differs contradicts it.
    pub(super) fn answer(&mut self, file: &str, question: &str, value: &Value, answers: &mut Answers) {
        let chosen: Vec<String> = choices(value).into_iter().map(str::to_owned).collect();
        match answers.get(question) {
            _ if chosen.is_empty() => {}
            None => drop(answers.insert(question.to_owned(), chosen)),
            Some(before) if *before == chosen => {}
            Some(before) => {
                let all = [before.clone(), chosen].concat().join(", ");
                answers.remove(question);
                self.leave_out(file, format!("several choices at once ({all})"));
            }
        }
    }

    /// An answer about the image; a second one that differs contradicts it.
    pub(super) fn choice(&mut self, file: &str, value: &Value, said: &mut DraftSaid) {
        let mut answer = DraftSaid::default();
        choose(value, None, &mut answer);
        let whole = |said: &DraftSaid| (said.label.clone(), said.findings.clone(), said.others_absent);
        let names = |said: &DraftSaid| -> Vec<String> {
            said.label.iter().chain(said.findings.iter().map(|(name, _)| name)).cloned().collect()
        };
        if !answer.is_about_the_whole() || whole(&answer) == whole(said) {
            return;
        }
        if said.is_about_the_whole() {
            let all = [names(said), names(&answer)].concat();
            (said.label, said.findings, said.others_absent) = Default::default();
            return self.leave_out(file, format!("several choices at once ({})", all.join(", ")));
        }
        (said.label, said.findings, said.others_absent) = whole(&answer);
    }
}
