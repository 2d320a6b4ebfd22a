//! The contributor agreement in `pyflow status`, where it costs no round trip of its own: the review
//! server is asked for its own agreements while it is asked for the changes, a list in the tree is
//! read, and of any other registry what it said to `submit` or `cla` a moment ago.

use crate::checkout::mailmap::Mailmap;
use crate::cla::{Answer, Person, Reply};
use crate::commands::cla::{Asking, Question};
use crate::commands::context::Context;
use crate::config::cla::Registry;
use crate::gate::next::{Unsigned, ago};
use crate::names::CommitId;

/// The registry, and what it says of the person who asks.
pub(super) struct Agreements<'a> {
    asking: Asking<'a>,
    own: Option<Reply>,
}

impl<'a> Agreements<'a> {
    /// Asks nobody.
    pub(super) fn of(context: &Context<'a>) -> Self {
        let credential = Some(context.credential());
        let asking = Asking::new(
            &context.settings,
            &context.checkout,
            &context.git_config,
            context.observe,
            credential,
            context.accepted,
        );
        Self { asking, own: None }
    }

    /// Asks the review server, where that keeps them.
    pub(super) fn ask(&mut self) {
        if matches!(self.asking.registry(), Registry::Gerrit) {
            self.own = Some(self.asking.own());
        }
    }

    /// Whether the project has said that it wants agreements.
    pub(super) const fn are_wanted(&self) -> bool {
        !matches!(self.asking.registry(), Registry::Unset | Registry::None)
    }

    /// Whether the registry calls the person a core developer, as far as that is remembered.
    pub(super) fn core_developer(&self) -> Option<bool> {
        self.asking.core_developer()
    }

    /// Whose agreement is missing for a commit; `mine` tells whether whoever asks uploads it.
    pub(super) fn missing(
        &self,
        context: &Context<'_>,
        commit: &CommitId,
        target: Option<&CommitId>,
        mine: bool,
    ) -> Vec<Unsigned> {
        let registry = self.asking.registry();
        if let Registry::Gerrit = registry {
            return self.own.iter().filter(|_| mine).filter_map(|reply| self.unsigned("you", reply)).collect();
        }
        let reader = context.checkout.read();
        // The newest patch set may not have been fetched.
        let Ok(commit) = reader.commit(commit) else { return Vec::new() };
        let mailmap = target.and_then(|target| Mailmap::at(reader, target).ok().flatten());
        let commits = [commit];
        let mut people = self.asking.people(&commits, &self.asking.known(mailmap.as_ref()));
        people.retain(Person::counts);
        match (registry, target) {
            (Registry::File(_), Some(_)) => {
                let question = Question { people: &people, commits: &[], reader, target, refresh: false };
                let answered = self.asking.ask(&question);
                answered.iter().filter_map(|one| self.unsigned(&one.person.display(), &one.reply)).collect()
            }
            (Registry::File(_), None) => Vec::new(),
            _ => people.iter().filter_map(|person| self.remembered(person)).collect(),
        }
    }

    /// What the registry said lately, with the time that has gone since.
    fn remembered(&self, person: &Person) -> Option<Unsigned> {
        let at = self.asking.unsigned(person)?;
        let age = crate::observe::now().duration_since(at).unsigned_abs();
        let text = format!("{}, said {} {}", person.display(), self.asking.called(), ago(age));
        Some(Unsigned::Missing { text, how: self.asking.how_to_sign() })
    }

    fn unsigned(&self, who: &str, reply: &Reply) -> Option<Unsigned> {
        let says = self.asking.called();
        match (reply.needed, reply.answer) {
            (false, _) | (true, Answer::Signed) => None,
            (true, Answer::NotSigned | Answer::Unknown) => {
                Some(Unsigned::Missing { text: format!("{who}, says {says}"), how: self.asking.how_to_sign() })
            }
            (true, Answer::CouldNotAsk) => {
                Some(Unsigned::NotTold(reply.text.clone().unwrap_or_else(|| format!("{says} did not answer"))))
            }
        }
    }
}
