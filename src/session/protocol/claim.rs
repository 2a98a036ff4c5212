//! What a report claims of when a model's threshold was fixed, and whether the log bears it out.

use crate::domain::{
    Besides, DecisionEvent, Mark, ModelId, Prespecified, Reached, Share, Standing, ThresholdBy, late_besides,
    prespecified, prespecified_classes,
};
use serde::{Deserialize, Serialize};

/// The end of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    /// The number of its last event, 0 where it is empty.
    pub event: i64,
    /// The hash of that event, hexadecimal.
    pub head: String,
}

/// What the log showed of a model's threshold when a report was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    pub sentence: String,
    /// Its number in the project.
    pub model_id: ModelId,
    /// The log as it was then.
    pub log: LogEnd,
    #[serde(flatten)]
    pub shown: Prespecified,
    /// The same of each class that ever had a threshold of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassClaim>,
    /// What was decided besides thresholds after the model's test images were first looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub late: Vec<Late>,
}

/// What was decided besides thresholds after the model's test images were first looked at, and the last event that did so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Late {
    pub of: Besides,
    pub decided: Mark,
}

/// What the log showed of one class's own threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassClaim {
    pub class: String,
    #[serde(flatten)]
    pub shown: Prespecified,
}

impl Claim {
    /// Reads it off the decisions of a log.
    pub fn of(decisions: &[DecisionEvent], model_id: ModelId, log: LogEnd) -> Self {
        let shown = prespecified(decisions, model_id);
        let classes: Vec<ClassClaim> = prespecified_classes(decisions, model_id)
            .into_iter()
            .map(|(class, shown)| ClassClaim { class, shown })
            .collect();
        let late = late_besides(decisions, model_id).into_iter().map(|(of, decided)| Late { of, decided }).collect();
        let claim = Self { sentence: String::new(), model_id, log, shown, classes, late };
        Self { sentence: claim.sentences().join(" "), ..claim }
    }

    /// What the log shows, one by one: of the model's one threshold, unless nobody chose it and classes have their own, and of
    /// each class, and of what else was decided too late. The sentence is all of these.
    pub fn sentences(&self) -> Vec<String> {
        let of_model = self.shown.standing != Standing::NotChosen || self.classes.is_empty();
        let of_model = of_model.then(|| sentence(&self.shown));
        let of_classes = self.classes.iter().map(|of| format!("{}: {}", of.class, sentence(&of.shown)));
        of_model.into_iter().chain(of_classes).chain(self.late.iter().map(Late::sentence)).collect()
    }

    /// The classes whose threshold was chosen or taken away after the test split was opened.
    pub fn exploratory_classes(&self) -> impl Iterator<Item = &str> {
        let late = self.classes.iter().filter(|of| of.shown.standing == Standing::Exploratory);
        late.map(|of| of.class.as_str())
    }

    /// Whether any threshold was chosen or taken away after the test split was opened.
    pub fn is_exploratory(&self) -> bool {
        self.shown.standing == Standing::Exploratory || self.exploratory_classes().next().is_some()
    }

    /// Holds it against the decisions of the log up to the event that it names, whose hash there is `head`.
    ///
    /// # Errors
    /// What does not agree, as a sentence.
    pub fn check(&self, decisions: &[DecisionEvent], head: Option<&str>) -> Result<(), String> {
        match head {
            None if self.log.event > 0 => {
                return Err(format!("this log ends before event {}, after which the report was made", self.log.event));
            }
            Some(head) if head != self.log.head => {
                return Err(format!(
                    "event {} of this log is not the one that the report was made after",
                    self.log.event
                ));
            }
            None | Some(_) => {}
        }
        let before: Vec<DecisionEvent> =
            decisions.iter().filter(|event| event.id.0 <= self.log.event).cloned().collect();
        let mut right = Self::of(&before, self.model_id, self.log.clone());
        if self.late.is_empty() {
            // Reports said nothing of it once.
            right.late.clear();
            right.sentence = right.sentences().join(" ");
        }
        let (said, found) = (&self.shown, &right.shown);
        let differs = |what: &str| Err(format!("{what} is not what the log shows, which is: {}", right.sentence));
        if said.threshold != found.threshold {
            return differs("the threshold");
        }
        if said.standing != found.standing {
            return differs("whether it was fixed before");
        }
        if (&said.fixed, &said.moved, said.earlier, &said.chosen)
            != (&found.fixed, &found.moved, found.earlier, &found.chosen)
        {
            return differs("the event that fixed the threshold");
        }
        if (&said.opened, &said.opened_for_other) != (&found.opened, &found.opened_for_other) {
            return differs("the event that opened the test split");
        }
        if self.classes != right.classes {
            return differs("the threshold of a class");
        }
        if *self != right {
            return differs("the sentence");
        }
        Ok(())
    }
}

impl Late {
    /// In words, with the day and the number of the event.
    fn sentence(&self) -> String {
        let what = match self.of {
            Besides::Calibration => "the calibration",
            Besides::NotSure => "the rule for “not sure”",
        };
        let (day, of_log) = (day(self.decided.time_ms), of_log(&self.decided));
        format!("Exploratory: {what} was changed on {day}, {of_log}, after the test split was opened.")
    }
}

/// What the log shows, in words: "Threshold 0.310 fixed on 2026-01-15, event 12 of the project's log, before the test split
/// was first opened, event 14."
pub fn sentence(shown: &Prespecified) -> String {
    let opened = shown.opened.as_ref();
    let mut text = match (shown.standing, &shown.fixed, shown.threshold) {
        (Standing::Exploratory | Standing::Fixed, Some(fixed), Some(threshold)) if shown.earlier => format!(
            "Exploratory: threshold {} was there when the project began to log such choices, {}; when it was chosen is not \
             known.",
            number(threshold),
            of_log(fixed)
        ),
        (Standing::Fixed, Some(fixed), Some(threshold)) => {
            let how = if shown.from_training { "chosen in training and fixed" } else { "fixed" };
            let fixed = format!("Threshold {} {how} on {}, {}", number(threshold), day(fixed.time_ms), of_log(fixed));
            match opened {
                Some(opened) => format!("{fixed}, before the test split was first opened, {}.", event(opened)),
                None => format!("{fixed}. The test split was not opened for this model yet."),
            }
        }
        (Standing::Exploratory, Some(fixed), threshold) => {
            let what = match threshold {
                Some(threshold) if !shown.from_training => format!("threshold {} chosen", number(threshold)),
                Some(_) | None => "a threshold taken away".to_owned(),
            };
            let after = opened.map(|opened| format!(" ({})", event(opened))).unwrap_or_default();
            format!(
                "Exploratory: {what} on {}, {}, after the test split was opened{after}.",
                day(fixed.time_ms),
                of_log(fixed)
            )
        }
        (Standing::NotChosen | Standing::Fixed | Standing::Exploratory, ..) => {
            let opened = opened.map(|opened| {
                format!(
                    " For this model the test split was first opened on {}, {}.",
                    day(opened.time_ms),
                    of_log(opened)
                )
            });
            format!("Not chosen: nobody chose a threshold for this model.{}", opened.unwrap_or_default())
        }
    };
    text.push_str(&chosen(shown.chosen.as_ref()));
    if let Some(moved) = &shown.moved {
        text.push_str(&format!(
            " It was moved with the calibration, so that it divides the answers as before, {}.",
            event(moved)
        ));
    }
    if let Some(other) = &shown.opened_for_other {
        text.push_str(&format!(" For another model the test split had been opened before that, {}.", event(other)));
    }
    text
}

/// For what and on what a threshold was chosen, and what it came to there.
fn chosen(by: Option<&ThresholdBy>) -> String {
    let Some(ThresholdBy::Goal { goal, on, reached }) = by else { return String::new() };
    let images = if on.images == 1 { "image" } else { "images" };
    let reached = reached.map(|Reached { sensitivity, specificity }| {
        let share = |share: Share| format!("{:.3} ({:.3} to {:.3})", share.value, share.low, share.high);
        format!("; there its sensitivity is {}, its specificity {}", share(sensitivity), share(specificity))
    });
    let reached = reached.unwrap_or_default();
    format!(" It was chosen for {goal} on {} {} {images}{reached}.", on.images, on.split.name())
}

fn event(mark: &Mark) -> String {
    format!("event {}", mark.event)
}

fn of_log(mark: &Mark) -> String {
    format!("event {} of the project's log", mark.event)
}

/// A threshold to read; one that three digits after the point would make 0 or 1 in full.
fn number(value: f64) -> String {
    let short = format!("{value:.3}");
    if (short == "0.000" && value > 0.0) || (short == "1.000" && value < 1.0) { value.to_string() } else { short }
}

/// "2026-01-15", in UTC.
fn day(time_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(time_ms).map_or_else(|_| "-".to_owned(), |t| t.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Decision, EventId, ThresholdBy};

    const MODEL: ModelId = ModelId(2);

    fn log(choice_first: bool) -> Vec<DecisionEvent> {
        let by = ThresholdBy::Hand;
        let chosen =
            Decision::Threshold { model: MODEL, name: "a".into(), class: None, old: None, new: Some(0.31), by };
        let opened = Decision::TestOpened { model: Some(MODEL), name: "a".into(), images: 9, earlier: false };
        let mut decisions = vec![chosen, opened];
        if !choice_first {
            decisions.reverse();
        }
        let event = |(at, decision): (i64, Decision)| DecisionEvent {
            id: EventId(12 + 2 * at),
            time_ms: 1_768_435_200_000 + at,
            reader: "ada".into(),
            decision,
            undoes: None,
            hash: format!("hash {at}"),
        };
        (0..).zip(decisions).map(event).collect()
    }

    fn claim(choice_first: bool) -> Claim {
        Claim::of(&log(choice_first), MODEL, LogEnd { event: 15, head: "end".into() })
    }

    #[test]
    fn what_else_was_decided_after_the_opening_is_exploratory_too() {
        let mut decisions = log(true);
        let of = |id: i64, new: Option<f64>| DecisionEvent {
            id: EventId(id),
            decision: Decision::Temperature { model: MODEL, name: "a".into(), old: None, new, on: None },
            ..decisions[0].clone()
        };
        let (before, after, other) = (of(13, Some(2.0)), of(15, Some(3.0)), of(16, None));
        let end = LogEnd { event: 16, head: "end".into() };
        decisions.insert(1, before);
        assert!(Claim::of(&decisions, MODEL, end.clone()).late.is_empty());
        decisions.push(after);
        decisions.push(other);
        let claim = Claim::of(&decisions, MODEL, end.clone());
        let said = "Exploratory: the calibration was changed on 2026-01-15, event 16 of the project's log, after the test \
                    split was opened.";
        assert_eq!(claim.sentences()[1..], [said.to_owned()]);
        assert!(claim.sentence.ends_with(said) && claim.check(&decisions, Some("end")).is_ok());
        let earlier = Claim { late: Vec::new(), ..claim.clone() };
        let earlier = Claim { sentence: earlier.sentences().join(" "), ..earlier };
        assert!(earlier.check(&decisions, Some("end")).is_ok(), "a report from before it was said");
        let wrong = Late { of: Besides::NotSure, ..claim.late[0].clone() };
        assert!(Claim { late: vec![wrong], ..claim }.check(&decisions, Some("end")).is_err());
    }

    #[test]
    fn sentences_name_both_events_and_the_day() {
        assert_eq!(
            claim(true).sentence,
            "Threshold 0.310 fixed on 2026-01-15, event 12 of the project's log, before the test split was first opened, \
             event 14."
        );
        assert_eq!(
            claim(false).sentence,
            "Exploratory: threshold 0.310 chosen on 2026-01-15, event 14 of the project's log, after the test split was \
             opened (event 12)."
        );
        let nothing = Claim::of(&[], MODEL, LogEnd { event: 0, head: String::new() });
        assert_eq!(nothing.sentence, "Not chosen: nobody chose a threshold for this model.");
    }

    #[test]
    fn a_moved_threshold_is_told_in_words_that_hold_of_boxes_too() {
        let mut shown = claim(true).shown;
        shown.moved = Some(Mark { event: EventId(15), ..shown.opened.clone().unwrap() });
        let said = sentence(&shown);
        assert!(said.ends_with("so that it divides the answers as before, event 15."), "{said}");
        assert!(!said.contains("images are called"), "{said}");
    }

    #[test]
    fn whatever_is_altered_does_not_agree_and_a_longer_log_does() {
        let (right, log) = (claim(true), log(true));
        assert_eq!(right.check(&log, Some("end")), Ok(()));
        let mut later = log.clone();
        later.push(DecisionEvent { id: EventId(16), ..log[0].clone() });
        assert_eq!(right.check(&later, Some("end")), Ok(()), "what came after the report does not count");
        let refused = |change: &dyn Fn(&mut Claim), part: &str| {
            let mut claim = right.clone();
            change(&mut claim);
            let why = claim.check(&log, Some("end")).unwrap_err();
            assert!(why.contains(part), "{why}");
        };
        refused(&|claim| claim.shown.threshold = Some(0.3), "the threshold is not");
        refused(&|claim| claim.shown.standing = Standing::NotChosen, "fixed before");
        refused(&|claim| claim.shown.fixed.as_mut().unwrap().event = EventId(3), "that fixed the threshold");
        refused(&|claim| claim.shown.fixed.as_mut().unwrap().time_ms -= 1, "that fixed the threshold");
        refused(&|claim| claim.shown.opened = None, "that opened the test split");
        refused(&|claim| claim.sentence = claim.sentence.replace("0.31", "0.13"), "the sentence");
        refused(&|claim| claim.model_id = ModelId(9), "the threshold is not");
        assert!(right.check(&log, None).unwrap_err().contains("ends before event 15"));
        assert!(right.check(&log, Some("other")).unwrap_err().contains("not the one"));
        let mut claim = claim(false);
        claim.shown.standing = Standing::Fixed;
        assert!(claim.check(&self::log(false), Some("end")).is_err(), "a late choice cannot be made an early one");
    }

    #[test]
    fn thresholds_of_classes_are_told_one_by_one_and_none_can_be_altered() {
        let mut events = log(true);
        for event in &mut events {
            if let Decision::Threshold { model, name, old, new, by, .. } = event.decision.clone() {
                event.decision = Decision::ClassThreshold { model, name, class: "mass".into(), old, new, by };
            }
        }
        let claim = Claim::of(&events, MODEL, LogEnd { event: 15, head: "end".into() });
        assert!(
            claim.sentence.starts_with("mass: Threshold 0.310 fixed on 2026-01-15, event 12"),
            "{}",
            claim.sentence
        );
        assert!(!claim.is_exploratory() && claim.check(&events, Some("end")).is_ok());
        let mut altered = claim.clone();
        altered.classes[0].shown.threshold = Some(0.2);
        assert!(altered.check(&events, Some("end")).unwrap_err().contains("the threshold of a class"));
        altered.classes.clear();
        assert!(altered.check(&events, Some("end")).is_err());
        let text = serde_json::to_string(&claim).unwrap();
        assert_eq!(serde_json::from_str::<Claim>(&text).unwrap(), claim);
        events.swap(0, 1);
        (events[0].id, events[1].id) = (events[1].id, events[0].id);
        assert!(Claim::of(&events, MODEL, LogEnd { event: 15, head: "end".into() }).is_exploratory());
    }
}
