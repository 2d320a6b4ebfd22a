//! The check `cla` of `pyflow submit`. It asks while the target is fetched; where nothing is
//! configured it is not there and asks nobody.

use super::{Answered, Asking, Question};
use crate::checkout::mailmap::Mailmap;
use crate::checkout::read::Reader;
use crate::cla::{Answer, Part, Person};
use crate::commands::context::Context;
use crate::config::cla::Registry;
use crate::error::{Kind, Result};
use crate::names::CommitId;
use crate::review::checks::{Check, CheckName, Finding, Verdict};
use crate::review::model::Draft;

/// Asks about the people of a stack.
pub struct StackCheck<'a> {
    asking: Asking<'a>,
    look_only: bool,
}

/// What was said of them.
#[derive(Default)]
pub struct Asked {
    answered: Vec<Answered>,
    /// The commits as they are sent.
    sent: Vec<CommitId>,
}

impl<'a> StackCheck<'a> {
    /// `None` where the project has not said that it wants agreements.
    pub fn new(context: &Context<'a>) -> Option<Self> {
        let settings = &context.settings;
        if matches!(settings.cla.registry, Registry::Unset | Registry::None) {
            return None;
        }
        let credential = Some(context.credential());
        let asking = Asking::new(settings, &context.checkout, &context.git_config, context.observe, credential);
        Some(Self { asking, look_only: context.checkout.is_look_only() })
    }

    /// Asks about everybody in these commits, but those that `before` has.
    pub fn ask(&self, reader: &Reader<'_>, drafts: &[Draft], target: &CommitId, before: &Asked) -> Result<Asked> {
        let ids: Vec<CommitId> = drafts.iter().map(|draft| draft.original.clone()).collect();
        let sent: Vec<CommitId> = drafts.iter().map(|draft| draft.commit.clone()).collect();
        let mut commits = reader.commits(&ids)?;
        // A status is that of the commit that the server has.
        for (commit, sent) in commits.iter_mut().zip(&sent) {
            commit.id = sent.clone();
        }
        let mailmap = Mailmap::at(reader, target)?;
        let people = self.asking.people(&commits, &self.asking.known(mailmap.as_ref()));
        let holds = match self.asking.registry() {
            // The list may have changed with the target.
            Registry::File(_) => false,
            Registry::Status(..) => before.sent == sent,
            _ => true,
        };
        let find = |person: &Person| before.answered.iter().find(|answered| holds && answered.person == *person);
        let open: Vec<_> = people.iter().filter(|person| find(person).is_none()).cloned().collect();
        let question = Question { people: &open, commits: &sent, reader, target: Some(target), refresh: false };
        let mut asked = self.asking.ask(&question).into_iter();
        let answered = people.iter().filter_map(|person| find(person).cloned().or_else(|| asked.next())).collect();
        Ok(Asked { answered, sent })
    }

    /// The check's result.
    pub fn into_check(self, asked: &Asked, drafts: &[Draft]) -> Check {
        if !self.look_only {
            self.asking.remember();
        }
        let findings = asked.answered.iter().filter_map(|answered| self.finding(answered, drafts)).collect();
        Check::new(CheckName::Cla, findings)
    }

    fn finding(&self, answered: &Answered, drafts: &[Draft]) -> Option<Finding> {
        let Answered { person, reply, .. } = answered;
        if reply.answer == Answer::Signed || !reply.needed {
            return None;
        }
        let stops = reply.answer == Answer::NotSigned && person.counts();
        let who = if person.parts.contains(&Part::Uploader) { "you".to_owned() } else { person.display() };
        let (has, is) = if who == "you" { ("have", "are") } else { ("has", "is") };
        let called = self.asking.called();
        let about = reply.text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let text = match reply.answer {
            Answer::NotSigned => format!("{who} {has} not signed the contributor agreement, says {called}{about}"),
            Answer::Unknown => format!("{who} {is} not known to {called}: no contributor agreement is on file{about}"),
            _ => format!("whether {who} {has} signed the contributor agreement could not be asked{about}"),
        };
        let mut hints = reply.hints.clone();
        if reply.answer != Answer::CouldNotAsk {
            hints.insert(0, self.asking.how_to_sign());
        }
        if stops {
            hints.push("or send it all the same: `--no-verify=cla`".to_owned());
        }
        let first = person.commits.first();
        let commit = drafts.iter().find(|draft| Some(&draft.commit) == first).map(|draft| draft.original.clone());
        let verdict = if stops { Verdict::Stop } else { Verdict::Warning };
        Some(Finding { verdict, kind: Kind::No, commit, text, hints })
    }
}
