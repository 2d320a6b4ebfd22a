//! How this project's registry is asked: who it is, as whom it is asked, and what is remembered of
//! its answers. Nothing is looked up, and nobody contacted, before there is something to ask.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::checkout::Checkout;
use crate::checkout::exec::Git;
use crate::checkout::journal::StateDir;
use crate::checkout::mailmap::Mailmap;
use crate::checkout::object::Commit;
use crate::checkout::read::Reader;
use crate::cla::identity::{self, Known};
use crate::cla::memory::{self, Memory};
use crate::cla::{self, Agreements, ClaRegistry, Clacheck, List, Part, Person, Reply, Roundup, Rule, Statuses, Web};
use crate::commands::context::{environment, limits};
use crate::config::cla::Registry;
use crate::config::{ClaSettings, GitConfig, ReviewSettings, Settings};
use crate::error::{Error, Result};
use crate::http::Client;
use crate::names::{CommitId, Scheme, ServerUrl};
use crate::observe::{self, Observe};
use crate::secret::{Held, Ladder, Role};

/// The registry, and what is needed to ask it.
pub(crate) struct Asking<'a> {
    settings: ClaSettings,
    review: ReviewSettings,
    git: Git<'a>,
    observe: &'a dyn Observe,
    /// The review server's, where it has been looked for already.
    credential: Option<Arc<Held<'a>>>,
    /// Whether the servers have been accepted by name.
    accepted: bool,
    /// Git's `user.name` and `user.email`.
    here: Option<(String, String)>,
    state: StateDir,
    memory: Mutex<Memory>,
}

/// What is asked about.
pub(crate) struct Question<'q> {
    /// The people.
    pub people: &'q [Person],
    /// The stack as the server gets it, oldest first.
    pub commits: &'q [CommitId],
    /// Reads the list of a registry that is a file.
    pub reader: &'q Reader<'q>,
    /// Where that file is read.
    pub target: Option<&'q CommitId>,
    /// Whether what is remembered counts.
    pub refresh: bool,
}

/// A person, what was said of them, and when, where that is remembered.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub person: Person,
    pub reply: Reply,
    pub remembered: Option<Timestamp>,
}

impl<'a> Asking<'a> {
    /// The registry of these settings.
    pub(crate) fn new(
        settings: &Settings,
        checkout: &Checkout<'a>,
        git_config: &GitConfig,
        observe: &'a dyn Observe,
        credential: Option<Arc<Held<'a>>>,
        accepted: bool,
    ) -> Self {
        let text = |key: &str| git_config.text(key).map(str::to_owned);
        let state = StateDir::new(checkout.state_dir());
        // Nothing depends on it: one that cannot be read is as good as none.
        let memory = state.load(memory::FILE).ok().flatten().unwrap_or_default();
        Self {
            settings: settings.cla.clone(),
            review: settings.review.clone(),
            git: checkout.git.clone(),
            observe,
            credential,
            accepted,
            here: text("user.email").map(|email| (text("user.name").unwrap_or_default(), email)),
            state,
            memory: Mutex::new(memory),
        }
    }

    pub(crate) const fn registry(&self) -> &Registry {
        &self.settings.registry
    }

    /// Whose agreement counts. Where nothing is configured, the review server is asked.
    pub(crate) const fn rule(&self) -> Rule {
        match self.settings.registry {
            Registry::Gerrit | Registry::Unset => Rule::Uploader,
            Registry::Roundup(_) | Registry::Status(..) | Registry::File(_) | Registry::None => Rule::Authors,
        }
    }

    /// Its name and its address, for documents.
    pub(crate) fn name_and_place(&self) -> (&'static str, Option<String>) {
        match &self.settings.registry {
            Registry::Gerrit | Registry::Unset => ("gerrit", Some(self.review.url.value.to_string())),
            Registry::Roundup(url) => ("roundup", Some(url.value.to_string())),
            Registry::Status(url, _) => ("status", Some(url.value.to_string())),
            Registry::File(path) => ("file", Some(path.to_string())),
            Registry::None => ("none", None),
        }
    }

    /// For messages: what is asked.
    pub(crate) fn called(&self) -> String {
        match &self.settings.registry {
            Registry::Gerrit | Registry::Unset => "the review server".to_owned(),
            Registry::Roundup(url) => format!("the tracker {}", url.value),
            Registry::Status(_, context) => format!("the status `{context}`"),
            Registry::File(path) => path.to_string(),
            Registry::None => "nobody".to_owned(),
        }
    }

    /// The page where people sign.
    pub(crate) fn sign_url(&self) -> Option<String> {
        if let Some(page) = &self.settings.sign {
            return Some(page.value.to_string());
        }
        match &self.settings.registry {
            // Gerrit's own page of agreements.
            Registry::Gerrit | Registry::Unset if self.review.url.value.scheme() != Scheme::Ssh => {
                Some(self.review.url.value.join("settings#Agreements"))
            }
            _ => None,
        }
    }

    /// What to do where an agreement is missing.
    pub(crate) fn how_to_sign(&self) -> String {
        match (self.rule(), self.sign_url()) {
            (Rule::Uploader, Some(page)) => format!("sign it: `pyflow cla sign`, or on {page}"),
            (Rule::Authors, Some(page)) => format!("sign it on {page}"),
            (_, None) => "the project's guide for contributors says where one signs".to_owned(),
        }
    }

    /// What is behind the addresses.
    pub(crate) fn known<'m>(&self, mailmap: Option<&'m Mailmap>) -> Known<'m> {
        Known { here: self.here.clone(), login: self.settings.login.as_ref().map(|login| login.value.clone()), mailmap }
    }

    /// Those who count for these commits, and who would commit here.
    pub(crate) fn people(&self, commits: &[Commit], known: &Known<'_>) -> Vec<Person> {
        match self.rule() {
            Rule::Uploader => vec![self.uploader()],
            Rule::Authors => identity::of_commits(commits, known),
        }
    }

    /// Gerrit tells only of the account that asks; name and address are what the person calls themselves.
    fn uploader(&self) -> Person {
        let (name, email) = self.here.clone().unwrap_or_default();
        Person { name, email, handles: Vec::new(), parts: [Part::Uploader].into(), commits: Vec::new() }
    }

    /// Answers for everybody, from memory where that holds.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Vec<Answered> {
        let now = observe::now();
        let key = self.remembers();
        let recall = |person: &Person| {
            let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            key.as_deref().filter(|_| !question.refresh).and_then(|key| memory.recall(key, person, now))
        };
        let known: Vec<Option<(Reply, Timestamp)>> = question.people.iter().map(recall).collect();
        let open: Vec<Person> =
            question.people.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(p, _)| p.clone()).collect();
        let replies = if open.is_empty() { Vec::new() } else { self.ask_now(question, &open) };
        if let Some(key) = &key {
            let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
            memory.learn(key, open.iter().zip(&replies), now);
        }
        let mut replies = replies.into_iter();
        let answered = |(person, known): (&Person, Option<(Reply, Timestamp)>)| {
            let (reply, remembered) = match known {
                Some((reply, at)) => (reply, Some(at)),
                None => (replies.next().unwrap_or_else(|| Reply::could_not_ask(&Error::unknown("no answer"))), None),
            };
            Answered { person: person.clone(), reply, remembered }
        };
        question.people.iter().zip(known).map(answered).collect()
    }

    /// Keeps what was learnt for the next hour.
    pub(crate) fn remember(&self) {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if self.state.load::<Memory>(memory::FILE).ok().flatten().unwrap_or_default() == *memory {
            return;
        }
        if let Err(error) = self.state.save(memory::FILE, &*memory) {
            // It is asked again next time.
            self.observe.trace(&error.message);
        }
    }

    /// The name under which answers are remembered: only where asking is slow, and the answer does
    /// not depend on who asks.
    fn remembers(&self) -> Option<String> {
        match &self.settings.registry {
            Registry::Roundup(url) => Some(format!("roundup {}", url.value)),
            _ => None,
        }
    }

    /// Whether the tracker calls this person a core developer, as far as that is remembered.
    pub(crate) fn core_developer(&self) -> Option<bool> {
        let (_, email) = self.here.as_ref()?;
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.core_developer(&self.remembers()?, email, observe::now())
    }

    /// Since when this person is known to have nothing on file; nobody is asked.
    pub(crate) fn unsigned(&self, person: &Person) -> Option<Timestamp> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.unsigned(&self.remembers()?, person, observe::now())
    }

    /// What the review server has on file of the person who asks.
    pub(crate) fn own(&self) -> Reply {
        let replies = self.agreements().map(|agreements| cla::ask(&agreements, &[self.uploader()]));
        match replies.map(|replies| replies.into_iter().next()) {
            Ok(Some(reply)) => reply,
            Ok(None) => Reply::could_not_ask(&Error::unknown("no answer")),
            Err(why) => Reply::could_not_ask(&why),
        }
    }

    fn ask_now(&self, question: &Question<'_>, people: &[Person]) -> Vec<Reply> {
        let asked = self.connect(question).map(|registry| cla::ask(&*registry, people));
        asked.unwrap_or_else(|why| vec![Reply::could_not_ask(&why); people.len()])
    }

    fn connect(&self, question: &Question<'_>) -> Result<Box<dyn ClaRegistry + '_>> {
        Ok(match &self.settings.registry {
            Registry::Gerrit | Registry::Unset => Box::new(self.agreements()?),
            Registry::Roundup(url) => {
                let web = self.web(&url.value)?;
                if web.is_authenticated() { Box::new(Roundup { web }) } else { Box::new(Clacheck { web }) }
            }
            Registry::Status(url, context) => Box::new(Statuses {
                web: self.web(&url.value)?,
                context: context.as_str().to_owned(),
                commits: question.commits.to_vec(),
            }),
            Registry::File(path) => {
                let target = question.target.ok_or_else(|| {
                    Error::state(format!("{path} is read on the target, and there is none"))
                        .hint("`git fetch` brings the target's branch")
                })?;
                let bytes = question.reader.file_at(target, path.as_str())?.ok_or_else(|| {
                    Error::state(format!("{path} ({}) is not in the target's tree", self.settings.origin))
                        .hint("check `cla.path`; the file counts once it has landed")
                })?;
                Box::new(List::parse(path.as_str(), &bytes)?)
            }
            Registry::None => Box::new(List::default()),
        })
    }

    /// The agreements of the review server.
    pub(crate) fn agreements(&self) -> Result<Agreements<'a>> {
        let url = &self.review.url.value;
        if url.scheme() == Scheme::Ssh {
            return Err(Error::state(format!("{url} tells of agreements over https only"))
                .hint("set `review.url` to the server's https address"));
        }
        let user = self.review.user.as_ref().map(|user| user.value.to_string());
        let credential = match &self.credential {
            Some(held) => Arc::clone(held),
            None => Arc::new(Held::find(self.ladder(Role::Review, url, user))?),
        };
        let client = Client::new(self.observe, limits()?).for_role(Role::Review);
        let prefix = if credential.current().is_some() { "a/" } else { "" };
        let web = Web { client, server: url.clone(), prefix, credential };
        Ok(Agreements { web, project: self.review.project.value.clone() })
    }

    fn web(&self, url: &ServerUrl) -> Result<Web<'a>> {
        self.web_as(url, Arc::new(Held::find(self.ladder(Role::Cla, url, None))?))
    }

    fn web_as(&self, url: &ServerUrl, credential: Arc<Held<'a>>) -> Result<Web<'a>> {
        let client = Client::new(self.observe, limits()?).for_role(Role::Cla);
        Ok(Web { client, server: url.clone(), prefix: "", credential })
    }

    /// Where credentials are looked for, for a registry that is a server of its own.
    pub(crate) fn own_ladder(&self) -> Option<Ladder<'a>> {
        self.settings.server().map(|url| self.ladder(Role::Cla, &url.value, None))
    }

    /// Whether such a registry lets whoever holds this credential ask; its refusal is the error.
    pub(crate) fn admits(&self, held: &Arc<Held<'a>>) -> Result<()> {
        let web = |url: &ServerUrl| self.web_as(url, Arc::clone(held));
        match &self.settings.registry {
            Registry::Roundup(url) => Roundup { web: web(&url.value)? }.admits(),
            Registry::Status(url, context) => {
                let context = context.as_str().to_owned();
                Statuses { web: web(&url.value)?, context, commits: Vec::new() }.admits()
            }
            Registry::Gerrit | Registry::File(_) | Registry::Unset | Registry::None => Ok(()),
        }
    }

    fn ladder(&self, role: Role, server: &ServerUrl, user: Option<String>) -> Ladder<'a> {
        Ladder {
            role,
            server: server.clone(),
            user,
            git: self.git.clone(),
            environment: Box::new(environment),
            observe: self.observe,
            accepted: self.accepted,
        }
    }
}
