//! What is remembered of answers, so that not every `submit` asks again.
//!
//! Only a yes counts in place of an answer, and for one hour: who has just signed must not wait, and
//! a signature that was taken back is noticed soon. A no is kept for `status`, which asks nobody for
//! it. Pure; `checkout` keeps the file.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::identity::same_address;
use super::{Answer, Person, Reply};

/// The file's name in pyflow's folder.
pub const FILE: &str = "cla.json";
/// How long an answer holds.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// More people than anybody's stacks have in an hour; a bound for the file.
const MOST: usize = 500;

/// Who had signed when, and who had not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    signed: Vec<Entry>,
    unsigned: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    registry: String,
    email: String,
    account: Option<String>,
    core_developer: Option<bool>,
    found_by: Option<String>,
    at: Timestamp,
}

impl Entry {
    /// One from the future was written by a clock that is wrong.
    fn holds(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        !age.is_negative() && age < LIFETIME
    }
}

impl Memory {
    /// What is known of this person from before, and since when.
    pub fn recall(&self, registry: &str, person: &Person, now: Timestamp) -> Option<(Reply, Timestamp)> {
        let known = |entry: &&Entry| entry.registry == registry && same_address(&entry.email, &person.email);
        let entry = self.signed.iter().find(known).filter(|entry| !entry.email.is_empty() && entry.holds(now))?;
        let reply = Reply {
            account: entry.account.clone(),
            core_developer: entry.core_developer,
            found_by: entry.found_by.clone(),
            ..Reply::plain(Answer::Signed)
        };
        Some((reply, entry.at))
    }

    /// Remembers a yes, forgets what was known of anybody else who was asked about, and of all others
    /// what no longer holds. Tells whether anything is different now.
    pub fn learn<'p>(
        &mut self,
        registry: &str,
        answers: impl IntoIterator<Item = (&'p Person, &'p Reply)>,
        now: Timestamp,
    ) -> bool {
        let before = self.clone();
        for list in [&mut self.signed, &mut self.unsigned] {
            list.retain(|entry| entry.holds(now));
        }
        for (person, reply) in answers {
            for list in [&mut self.signed, &mut self.unsigned] {
                list.retain(|entry| entry.registry != registry || !same_address(&entry.email, &person.email));
            }
            let list = match reply.answer {
                Answer::Signed => &mut self.signed,
                Answer::NotSigned | Answer::Unknown => &mut self.unsigned,
                Answer::CouldNotAsk => continue,
            };
            if !person.email.is_empty() {
                list.push(Entry {
                    registry: registry.to_owned(),
                    email: person.email.clone(),
                    account: reply.account.clone(),
                    core_developer: reply.core_developer,
                    found_by: reply.found_by.clone(),
                    at: now,
                });
            }
        }
        for list in [&mut self.signed, &mut self.unsigned] {
            let excess = list.len().saturating_sub(MOST);
            list.drain(..excess);
        }
        *self != before
    }

    /// Since when the registry is known to have nothing on file of this person.
    pub fn unsigned(&self, registry: &str, person: &Person, now: Timestamp) -> Option<Timestamp> {
        let known = |entry: &&Entry| entry.registry == registry && same_address(&entry.email, &person.email);
        self.unsigned.iter().find(known).filter(|entry| entry.holds(now)).map(|entry| entry.at)
    }

    /// Whether the registry calls this address a core developer's; `None` where that is not known.
    pub fn core_developer(&self, registry: &str, email: &str, now: Timestamp) -> Option<bool> {
        let known = |entry: &&Entry| entry.registry == registry && same_address(&entry.email, email);
        self.signed.iter().find(known).filter(|entry| entry.holds(now))?.core_developer
    }
}
