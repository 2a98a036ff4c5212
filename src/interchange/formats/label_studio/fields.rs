//! Several questions about an image, each of which asks for findings.

use super::config::Config;
use crate::domain::Presence;
use crate::domain::class_list::{folded, means_nothing_to_find};
use crate::interchange::model::draft::{DraftSaid, is_called_none};
use std::collections::{BTreeMap, BTreeSet};

/// The questions of an export and what is answered to each, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Fields {
    answers: BTreeMap<String, Vec<String>>,
    /// Answers to several questions, [`folded`]: their findings are told apart by the question.
    of_several: BTreeSet<String>,
}

/// What an annotator answered, by question.
pub type Answers = BTreeMap<String, Vec<String>>;

fn is_none(answer: &str) -> bool {
    means_nothing_to_find(answer) || is_called_none(answer)
}

impl Fields {
    /// Of what was answered in an export, and of what may be, as its configuration says.
    pub fn of(answered: &BTreeMap<String, BTreeSet<String>>, config: Option<&Config>) -> Self {
        let mut fields = Self::default();
        for (question, answered) in answered {
            let mut all = config.map_or_else(Vec::new, |config| config.answers(question).to_vec());
            let more: Vec<&String> = answered.iter().filter(|answer| !all.contains(*answer)).collect();
            all.extend(more.into_iter().cloned().collect::<Vec<_>>());
            fields.answers.insert(question.clone(), all);
        }
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for (question, answer) in fields.answers.iter().flat_map(|(q, all)| all.iter().map(move |answer| (q, answer))) {
            if !is_none(answer) && seen.insert(folded(answer), question).is_some_and(|before| before != question) {
                fields.of_several.insert(folded(answer));
            }
        }
        fields
    }

    /// Whether there are several questions.
    pub fn are_several(&self) -> bool {
        self.answers.len() > 1
    }

    /// Whether this is one of them.
    pub fn has(&self, question: &str) -> bool {
        self.answers.contains_key(question)
    }

    /// What the finding is called that is an answer to a question.
    fn finding(&self, question: &str, answer: &str) -> String {
        if self.of_several.contains(&folded(answer)) { format!("{question}: {answer}") } else { answer.to_owned() }
    }

    /// All findings, question by question.
    pub fn findings(&self) -> impl Iterator<Item = String> {
        let all = self.answers.iter().flat_map(|(question, all)| all.iter().map(move |answer| (question, answer)));
        all.filter(|(_, answer)| !is_none(answer)).map(|(question, answer)| self.finding(question, answer))
    }

    /// Says what an annotator answered: those chosen are present, and the others of the same question absent; of a question
    /// without an answer nothing is said.
    pub fn say(&self, answers: &Answers, said: &mut DraftSaid) {
        let whole = self.answers.keys().all(|question| answers.contains_key(question));
        said.others_absent |= whole && !answers.is_empty();
        for (question, chosen) in answers {
            let none = chosen.iter().any(|answer| is_none(answer));
            said.also_none |= none && !chosen.iter().all(|answer| is_none(answer));
            for answer in self.answers.get(question).into_iter().flatten().filter(|answer| !is_none(answer)) {
                let presence = Presence::from(chosen.contains(answer));
                if presence == Presence::Present || !whole {
                    said.findings.push((self.finding(question, answer), presence));
                }
            }
        }
    }

    /// What to say of how they are taken.
    pub fn sentence(&self) -> String {
        let questions: Vec<&str> = self.answers.keys().map(String::as_str).collect();
        let several = match self.of_several.len() {
            0 => "",
            _ => "; an answer that stands in several questions has its question before it",
        };
        format!(
            "the answers to {} are findings each: those chosen are present, others of a question that was answered \
             absent{several} (--column class=NAME takes one question only).",
            questions.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Presence::{Absent, Present};

    fn fields(of: &[(&str, &[&str])]) -> Fields {
        let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        Fields::of(&of.iter().map(|(question, all)| ((*question).to_owned(), set(all))).collect(), None)
    }

    fn said(fields: &Fields, answers: &[(&str, &[&str])]) -> (Vec<(String, Presence)>, bool, bool) {
        let list = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let mut said = DraftSaid::default();
        fields.say(&answers.iter().map(|(question, all)| ((*question).to_owned(), list(all))).collect(), &mut said);
        (said.findings, said.others_absent, said.also_none)
    }

    #[test]
    fn each_answer_is_a_finding_and_one_of_several_questions_has_its_question() {
        let fields = fields(&[("bones", &["fracture", "mass", "normal"]), ("lungs", &["Mass", "normal", "opacity"])]);
        let names = ["fracture", "bones: mass", "lungs: Mass", "opacity"];
        assert_eq!(fields.findings().collect::<Vec<_>>(), names);
        let of = |name: &str, presence| (name.to_owned(), presence);
        let both = said(&fields, &[("bones", &["fracture"]), ("lungs", &["Mass"])]);
        assert_eq!(both, (vec![of("fracture", Present), of("lungs: Mass", Present)], true, false));
        let one = said(&fields, &[("bones", &["normal"])]);
        assert_eq!(one, (vec![of("fracture", Absent), of("bones: mass", Absent)], false, false));
        assert!(said(&fields, &[("bones", &["normal", "fracture"])]).2, "none, and some");
        assert_eq!(said(&fields, &[]), (Vec::new(), false, false));
        assert!(fields.sentence().contains("bones, lungs") && fields.sentence().contains("several questions"));
    }
}
