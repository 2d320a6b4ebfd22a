//! The check `cla` of `pyflow submit`. It asks while the target is fetched; where nothing is
//! configured it is not there and asks nobody.

use super::{Answered, Asking, Question};
use crate::checkout::mailmap::Mailmap;
use crate::checkout::read::Reader;
use crate::cla::{Answer, Part, Person, Reply, identity};
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

/// What is on file of the person who works here.
pub struct Own {
    /// Name and address.
    pub who: String,
    /// What was asked.
    pub called: String,
    /// What it said.
    pub reply: Reply,
    /// Where one signs.
    pub how_to_sign: String,
}

impl<'a> StackCheck<'a> {
    /// `None` where the project has not said that it wants agreements.
    pub fn new(context: &Context<'a>) -> Option<Self> {
        let settings = &context.settings;
        if matches!(settings.cla.registry, Registry::Unset | Registry::None) {
            return None;
        }
        let credential = Some(context.credential());
        let asking = Asking::new(
            settings,
            &context.checkout,
            &context.git_config,
            context.observe,
            credential,
            context.accepted,
        );
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

    /// What is on file of the person who works here; `None` where only uploads are told about.
    pub fn own(&self, reader: &Reader<'_>, target: Option<&CommitId>) -> Result<Option<Own>> {
        if matches!(self.asking.registry(), Registry::Status(..)) {
            return Ok(None);
        }
        let mailmap = target.map(|target| Mailmap::at(reader, target)).transpose()?.flatten();
        let known = self.asking.known(mailmap.as_ref());
        let mut people = self.asking.people(&[], &known);
        identity::and_here(&mut people, &known);
        people.truncate(1);
        let question = Question { people: &people, commits: &[], reader, target, refresh: true };
        let own = |Answered { person, reply, .. }: Answered| Own {
            who: person.display(),
            called: self.asking.called(),
            how_to_sign: self.asking.how_to_sign(),
            reply,
        };
        Ok(self.asking.ask(&question).into_iter().next().map(own))
    }

    /// The check's result.
    pub fn into_check(self, asked: &Asked, drafts: &[Draft]) -> Check {
        if !self.look_only {
            self.asking.remember();
        }
        let (no_answer, answered): (Vec<&Answered>, Vec<&Answered>) =
            asked.answered.iter().partition(|answered| answered.reply.answer == Answer::CouldNotAsk);
        let mut findings: Vec<Finding> =
            answered.into_iter().filter_map(|answered| self.finding(answered, drafts)).collect();
        // A registry that is down is one thing to tell, however many people it would be asked about.
        for same in no_answer.chunk_by(|one, next| one.reply == next.reply) {
            findings.push(could_not_ask(same));
        }
        Check::new(CheckName::Cla, findings)
    }

    fn finding(&self, answered: &Answered, drafts: &[Draft]) -> Option<Finding> {
        let Answered { person, reply, .. } = answered;
        if reply.answer == Answer::Signed || !reply.needed {
            return None;
        }
        let stops = reply.answer == Answer::NotSigned && person.counts();
        let who = called(person);
        let (has, is) = if who == "you" { ("have", "are") } else { ("has", "is") };
        let called = self.asking.called();
        let about = reply.text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
        let text = match reply.answer {
            Answer::NotSigned => format!("{who} {has} not signed the contributor agreement, says {called}{about}"),
            _ => format!("{who} {is} not known to {called}: no contributor agreement is on file{about}"),
        };
        let mut hints = reply.hints.clone();
        if hints.is_empty() {
            hints.push(self.asking.how_to_sign());
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

/// How a person is named in a finding.
fn called(person: &Person) -> String {
    if person.parts.contains(&Part::Uploader) { "you".to_owned() } else { person.display() }
}

/// The people for whom one reason kept the question from being answered.
fn could_not_ask(same: &[&Answered]) -> Finding {
    const NAMED: usize = 3;
    let mut people: Vec<String> = same.iter().take(NAMED).map(|answered| called(&answered.person)).collect();
    if let Some(more @ 1..) = same.len().checked_sub(NAMED) {
        people.push(format!("{more} more"));
    }
    let last = people.pop().unwrap_or_default();
    let people = if people.is_empty() { last } else { format!("{} and {last}", people.join(", ")) };
    let (about, hints) =
        same.first().map_or((None, Vec::new()), |first| (first.reply.text.clone(), first.reply.hints.clone()));
    let about = about.map(|text| format!(": {text}")).unwrap_or_default();
    let text = format!("the contributor agreement of {people} could not be asked about{about}");
    Finding { verdict: Verdict::Warning, kind: Kind::No, commit: None, text, hints }
}
