//! `pyflow setup`: learns, checks and pins the review server of this clone. It asks only what it
//! cannot find out, and says what it found and what it did.

use std::path::Path;

use super::cla::submit::{Own, StackCheck};
use super::context::{Context, Local, environment};
use crate::checkout::files::{self, Overwrite};
use crate::checkout::{fetch, remote};
use crate::cla::Answer;
use crate::cli::SetupArgs;
use crate::config::pin::{self, PinVerdict};
use crate::config::{self, Format, GateSystem, Origin, Overrides, Pin, Sourced, keys};
use crate::error::{Error, Kind, Result};
use crate::names::Scheme;
use crate::observe::Observe;
use crate::outcome::{Outcome, Setup, SetupFinding, SetupResult};

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &SetupArgs) -> Result<Outcome> {
    let mut local = Local::open(directory, observe, &overrides(args))?;
    let mode = match (args.check, args.dry_run) {
        (true, _) => Mode::Check,
        (_, true) => Mode::Plan,
        _ => Mode::Act,
    };
    let mut setup = Work { mode, findings: Vec::new() };
    setup.configuration(&local);
    let accepted = setup.pin(&local, observe, args.yes)?;
    local.said_yes = mode == Mode::Act;
    let wanted = setup.remote(&mut local, observe, args)?;
    let imported = if args.import { Some(imported(&local)?) } else { None };
    let review = &local.settings.review;
    let (url, project, remote) =
        (review.url.value.to_string(), review.project.value.to_string(), review.remote.value.to_string());
    let pin = Pin::of(&local.settings).token();
    if !accepted {
        // A plan asks nobody: not the person, and not a server that nobody has accepted.
        let (exit, next, findings) = (setup.exit(), next(&setup.findings), setup.findings);
        let (version, account, pin) = (None, None, None);
        let plan = Setup { planned: true, url, project, version, account, remote, findings, next, pin, exit };
        return Ok(Outcome::Setup(plan));
    }
    let context = Context::connect(local, observe)?;
    let version = setup.server(&context);
    let account = if version.is_some() { setup.credentials(&context) } else { None };
    if version.is_some() {
        setup.agreement(&context)?;
    }
    // Nothing is written for a server that does not answer.
    if version.is_some() || mode != Mode::Act {
        setup.persist(&context, args)?;
        if let Some(text) = &imported {
            setup.import(&context, text)?;
        }
        if let Some(wanted) = &wanted {
            setup.lead(&context, wanted)?;
        }
    }
    if version.is_some() {
        setup.branches(&context, wanted.is_some_and(|wanted| wanted.is_new()));
    }
    setup.gate(&context);
    let exit = setup.exit();
    if mode == Mode::Act && exit.is_none() {
        context.accept()?;
    }
    setup.accepted(exit.is_none());
    Ok(Outcome::Setup(Setup {
        planned: mode == Mode::Plan,
        url,
        project,
        version,
        account,
        remote,
        next: next(&setup.findings),
        findings: setup.findings,
        pin: args.check.then_some(pin),
        exit,
    }))
}

/// What helps with the first thing that is not as it should be. A project that is not there comes
/// before everything that leads to it.
fn next(findings: &[SetupFinding]) -> Option<String> {
    let open = |finding: &&SetupFinding| matches!(finding.result, SetupResult::Missing | SetupResult::Wrong);
    let open = findings.iter().filter(open).filter(|finding| !finding.hints.is_empty());
    let first = open.min_by_key(|finding| finding.what != PROJECT)?;
    first.hints.first().map(|hint| format!("{}: {hint}", first.what))
}

fn overrides(args: &SetupArgs) -> Overrides {
    let mut overrides = Overrides::default();
    for (key, flag, value) in options(args) {
        overrides.set(key, flag, value.cloned());
    }
    overrides
}

/// The options that carry a key, and are kept in git's configuration.
fn options(args: &SetupArgs) -> [(&'static keys::Key, &'static str, Option<&String>); 5] {
    [
        (&keys::REVIEW_URL, "--url", args.url.as_ref()),
        (&keys::REVIEW_PROJECT, "--project", args.project.as_ref()),
        (&keys::REVIEW_REMOTE, "--remote", args.remote.as_ref()),
        (&keys::REVIEW_BRANCH, "--branch", args.branch.as_ref()),
        (&keys::REVIEW_USER, "--user", args.user.as_ref()),
    ]
}

/// The finding about a project that is not there.
const PROJECT: &str = "project";

/// The finding about what this clone accepts.
const PIN: &str = "pin";

/// Whether things are put in place, only planned, or only looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Act,
    Plan,
    Check,
}

/// What the remote lacks.
enum Wanted {
    /// There is none of this name; it is to lead here.
    Remote(String),
    /// Its pushes are to go here (`usepushurl` of `.gitreview`).
    PushUrl(String),
}

impl Wanted {
    const fn is_new(&self) -> bool {
        matches!(self, Self::Remote(_))
    }
}

struct Work {
    mode: Mode,
    findings: Vec<SetupFinding>,
}

impl Work {
    fn found(&mut self, what: &str, result: SetupResult, text: impl Into<String>) -> &mut SetupFinding {
        let finding = SetupFinding { what: what.to_owned(), result, text: text.into(), hints: Vec::new() };
        self.findings.push(finding);
        self.findings.last_mut().expect("one was pushed just now")
    }

    /// What is wrong decides the exit code; in a check, so does what is missing.
    fn exit(&self) -> Option<Kind> {
        self.findings
            .iter()
            .filter_map(|finding| match finding.result {
                SetupResult::Ok | SetupResult::Done | SetupResult::Planned => None,
                SetupResult::Missing if self.mode != Mode::Check || finding.what == "cla" => None,
                SetupResult::Missing | SetupResult::Wrong => Some(match finding.what.as_str() {
                    "credentials" => Kind::Credentials,
                    "server" => Kind::Unknown,
                    _ => Kind::State,
                }),
            })
            .reduce(Kind::or)
    }

    fn configuration(&mut self, local: &Local<'_>) {
        let review = &local.settings.review;
        let file = match local.settings.file {
            Some(Format::ReviewConf) => ".reviewconf",
            Some(Format::GitReview) => ".gitreview",
            None => "no checked-in file",
        };
        self.found(
            "configuration",
            SetupResult::Ok,
            format!("{file}: project {} on {} (from {})", review.project.value, review.url.value, review.url.origin),
        );
    }

    /// Nothing is contacted before the person, or this clone's own remote, has said that it may be.
    /// Whether that is so.
    fn pin(&mut self, local: &Local<'_>, observe: &dyn Observe, yes: bool) -> Result<bool> {
        let review = &local.settings.review;
        let (accepted, damaged) = match local.accepted() {
            Ok(accepted) => (accepted, false),
            // Accepting anew is what mends it; only nothing goes without a question then.
            Err(error) if self.mode != Mode::Check && environment(pin::PIN_VARIABLE).is_none() => {
                observe.warn(&error.message);
                (None, true)
            }
            Err(error) => return Err(error),
        };
        let verdict = pin::compare(accepted.as_ref(), &Pin::of(&local.settings));
        match &verdict {
            PinVerdict::Same => {
                self.found("pin", SetupResult::Ok, "this clone has accepted this server and project");
                return Ok(true);
            }
            PinVerdict::NoPin if !damaged && local.trusts_itself() => {
                self.found(
                    "pin",
                    SetupResult::Ok,
                    format!("this clone's remote {} leads there already", review.remote.value),
                );
                return Ok(true);
            }
            PinVerdict::NoPin | PinVerdict::Different(_) => {}
        }
        // What CI says outweighs everything that could be accepted here.
        if self.mode == Mode::Check || (verdict != PinVerdict::NoPin && environment(pin::PIN_VARIABLE).is_some()) {
            return pin::require(&verdict, &local.settings).map(|()| true);
        }
        // What the person has just typed needs no second yes.
        let typed = |origin: &Origin| matches!(origin, Origin::CommandLine { .. });
        let said =
            !damaged && typed(&review.url.origin) && typed(&review.project.origin) && verdict == PinVerdict::NoPin;
        if !yes && !said {
            if let PinVerdict::Different(_) = verdict
                && let Err(error) = pin::require(&verdict, &local.settings)
            {
                observe.warn(&error.message);
            }
            let cla = local.settings.cla.server();
            let cla = cla.map(|url| format!(", and ask {} for contributor agreements", url.value)).unwrap_or_default();
            let gate = match &local.settings.gate.system {
                GateSystem::Zuul { url, .. } => format!(", and ask the gate {}", url.value),
                GateSystem::Review | GateSystem::None => String::new(),
            };
            let question =
                format!("Send changes to project {} on {}{cla}{gate}?", review.project.value, review.url.value);
            if self.mode == Mode::Plan {
                let finding = self.found(PIN, SetupResult::Planned, format!("ask: {question}"));
                finding.hints.push("`--yes` answers it; nothing is asked of the server before".to_owned());
                return Ok(false);
            }
            if !observe.confirm(&question, "--yes")? {
                return Err(Error::new(Kind::No, "nothing was accepted, and nothing was sent"));
            }
        }
        let cla = local.settings.cla.server();
        let cla = cla.map(|url| format!("; contributor agreements at {}", url.value)).unwrap_or_default();
        let gate = match &local.settings.gate.system {
            GateSystem::Zuul { url, .. } => format!("; the gate at {}", url.value),
            GateSystem::Review | GateSystem::None => String::new(),
        };
        self.found(
            PIN,
            SetupResult::Planned,
            format!("accept {} and project {}{cla}{gate}", review.url.value, review.project.value),
        );
        Ok(true)
    }

    /// What was to be accepted is accepted once nothing is wrong with it.
    fn accepted(&mut self, fine: bool) {
        let planned = |finding: &&mut SetupFinding| finding.what == PIN && finding.result == SetupResult::Planned;
        let Some(finding) = self.findings.iter_mut().find(planned).filter(|_| self.mode == Mode::Act) else { return };
        if fine {
            finding.result = SetupResult::Done;
            finding.text = finding.text.replacen("accept ", "accepted ", 1);
        } else {
            finding.result = SetupResult::Missing;
            finding.text = format!("did not {}: something else is wrong", finding.text);
        }
    }

    /// Looks at the remote, and says what is to be put in place once the server has answered.
    fn remote(&mut self, local: &mut Local<'_>, observe: &dyn Observe, args: &SetupArgs) -> Result<Option<Wanted>> {
        let review = &local.settings.review;
        let is_new = local.remote_urls().is_empty();
        let push_url = review.use_push_url.value
            && local.git_config.text(&remote::push_url_key(&review.remote.value)).is_none()
            && local.check_remote().is_err();
        if !is_new && !push_url {
            let remote = &review.remote.value;
            match local.check_remote() {
                Ok(()) => {
                    self.found("remote", SetupResult::Ok, format!("{remote} leads to the review server"));
                }
                Err(error) => {
                    let finding = self.found("remote", SetupResult::Wrong, error.message);
                    finding.hints.push(format!(
                        "keep {remote}, and add another one for reviews: `pyflow setup --remote {}`",
                        if remote.as_str() == "gerrit" { "review" } else { "gerrit" }
                    ));
                    finding.hints.push(
                        "if it is the review server by another name: `git config pyflow.review.remote NAME`".to_owned(),
                    );
                }
            }
            return Ok(None);
        }
        let over_ssh = review.url.value.scheme() == Scheme::Ssh;
        if review.user.is_none() && over_ssh && self.mode == Mode::Act && observe.can_ask() {
            let user = observe.ask("Your user name on the review server", None, "--user")?;
            let user = user.parse().map_err(|why| Error::usage(format!("`{user}` is no user name: {why}")))?;
            local.settings.review.user = Some(Sourced::new(user, Origin::CommandLine { flag: "--user".to_owned() }));
        }
        let user = local.settings.review.user.as_ref().map(|user| user.value.to_string()).or_else(|| args.user.clone());
        let url = address(local, user.as_deref());
        Ok(Some(if is_new { Wanted::Remote(url) } else { Wanted::PushUrl(url) }))
    }

    fn lead(&mut self, context: &Context<'_>, wanted: &Wanted) -> Result<()> {
        let (name, git) = (&context.remote, &context.checkout.git);
        let (done, planned, missing) = match wanted {
            Wanted::Remote(url) => {
                (format!("added {name}: {url}"), format!("add {name}: {url}"), format!("there is no git remote {name}"))
            }
            Wanted::PushUrl(url) => (
                format!("pushes to {name} go to {url}"),
                format!("let pushes to {name} go to {url}"),
                format!("pushes to {name} do not go to the review server, as `usepushurl` in .gitreview wants"),
            ),
        };
        match self.mode {
            Mode::Act => {
                match wanted {
                    Wanted::Remote(url) => remote::add(git, name, url)?,
                    Wanted::PushUrl(url) => remote::set_push_url(git, name, url)?,
                }
                self.found("remote", SetupResult::Done, done);
            }
            Mode::Plan => {
                self.found("remote", SetupResult::Planned, planned);
            }
            Mode::Check => {
                let finding = self.found("remote", SetupResult::Missing, missing);
                finding.hints.push("`pyflow setup` sets it up".to_owned());
            }
        }
        Ok(())
    }

    fn import(&mut self, context: &Context<'_>, text: &str) -> Result<()> {
        if self.mode == Mode::Act {
            let path = files::inside(&context.checkout.top, Format::ReviewConf.file_name())?;
            files::write(&path, text.as_bytes(), Overwrite::Never)?;
            self.found("import", SetupResult::Done, "wrote .reviewconf: look at it, and commit it");
        } else {
            self.found("import", SetupResult::Planned, "write .reviewconf");
        }
        Ok(())
    }

    /// What was given as an option is this person's own setting, and stays that when the file changes.
    fn persist(&mut self, context: &Context<'_>, args: &SetupArgs) -> Result<()> {
        for (key, _, value) in options(args) {
            let Some(value) = value else { continue };
            if context.git_config.text(&key.git_config()) == Some(value.as_str()) {
                continue;
            }
            let said = format!("git config {} {value}", key.git_config());
            match self.mode {
                Mode::Act => {
                    remote::set(&context.checkout.git, &key.git_config(), value)?;
                    self.found("settings", SetupResult::Done, said);
                }
                Mode::Plan => {
                    self.found("settings", SetupResult::Planned, said);
                }
                Mode::Check => {}
            }
        }
        Ok(())
    }

    fn server(&mut self, context: &Context<'_>) -> Option<String> {
        let _working = context.network_progress("asking the review server");
        let url = &context.settings.review.url.value;
        match context.server.version() {
            Ok(version) => {
                let name = context.server.name();
                self.found("server", SetupResult::Ok, format!("{url} answers: {name} {version}"));
                if url.scheme() == Scheme::Ssh {
                    let finding = self.findings.last_mut().expect("one was found just now");
                    finding.hints.push("over ssh the server does not tell requirements; with its https address as `review.url` it does".to_owned());
                }
                Some(version)
            }
            Err(error) => {
                let result = if error.kind == Kind::Credentials { "credentials" } else { "server" };
                let finding = self.found(result, SetupResult::Wrong, error.message);
                finding.hints = error.hints;
                None
            }
        }
    }

    fn gate(&mut self, context: &Context<'_>) {
        let _working = context.observe.working("asking the gate");
        let introduced = match context.gate() {
            Ok(Some(gate)) if matches!(context.settings.gate.system, GateSystem::Zuul { .. }) => gate.introduce(),
            Ok(_) => return,
            Err(error) => Err(error),
        };
        match introduced {
            Ok(introduction) => {
                self.found("gate", SetupResult::Ok, introduction);
            }
            Err(error) => {
                let finding = self.found("gate", SetupResult::Wrong, error.message);
                finding.hints = error.hints;
            }
        }
    }

    fn credentials(&mut self, context: &Context<'_>) -> Option<String> {
        let over_ssh = context.settings.review.url.value.scheme() == Scheme::Ssh;
        match context.server.identity() {
            Ok(Some(me)) => {
                let who = me.account.username.as_deref().unwrap_or_else(|| me.account.display()).to_owned();
                let text = match context.credential_source() {
                    Some(source) => format!("you are {who} (from {})", source.label()),
                    None => format!("ssh signs you in as {who}"),
                };
                self.found("credentials", SetupResult::Ok, text);
                Some(who)
            }
            Ok(None) if over_ssh => {
                self.found(
                    "credentials",
                    SetupResult::Ok,
                    "ssh decides who you are; name the user with `--user` if it is not your login name",
                );
                None
            }
            Ok(None) => {
                let finding = self.found("credentials", SetupResult::Missing, "none were found for this server");
                finding.hints.push("`pyflow auth login` stores a password or token".to_owned());
                None
            }
            Err(error) => {
                let finding = self.found("credentials", SetupResult::Wrong, error.message);
                finding.hints = error.hints;
                None
            }
        }
    }

    /// Whether the person's own contributor agreement is on file. It is told, and decides nothing
    /// here: whether a change needs it is `pyflow cla`'s to say.
    fn agreement(&mut self, context: &Context<'_>) -> Result<()> {
        let Some(check) = StackCheck::new(context) else { return Ok(()) };
        let _working = context.observe.working("asking for your contributor agreement");
        let reader = context.checkout.read();
        let branch = context.settings.review.branch.as_ref();
        let target = branch.map(|branch| reader.resolve(&branch.value.tracking(&context.remote))).transpose()?;
        let Some(own) = check.own(reader, target.flatten().as_ref())? else { return Ok(()) };
        let Own { who, called, reply, how_to_sign } = own;
        let about = reply.text.map(|text| format!(" ({text})")).unwrap_or_default();
        let (result, text, hint) = match reply.answer {
            Answer::Signed => (SetupResult::Ok, format!("{who} has signed, says {called}"), None),
            _ if !reply.needed => (SetupResult::Ok, format!("none is asked for, says {called}{about}"), None),
            Answer::NotSigned => {
                (SetupResult::Missing, format!("{who} has not signed, says {called}{about}"), Some(how_to_sign))
            }
            Answer::Unknown => {
                (SetupResult::Missing, format!("{who} is not known to {called}{about}"), Some(how_to_sign))
            }
            Answer::CouldNotAsk => (SetupResult::Missing, format!("{called} could not be asked{about}"), None),
        };
        let finding = self.found("cla", result, text);
        finding.hints.extend(hint);
        finding.hints.extend(reply.hints);
        Ok(())
    }

    /// The branch that changes land on must be there; a new remote is fetched, so that the nearest
    /// branch can be found.
    fn branches(&mut self, context: &Context<'_>, fetch: bool) {
        if fetch && self.mode == Mode::Act {
            let _working = context.network_progress(&format!("fetching from {}", context.remote));
            if let Err(error) = context.fetched(|git| fetch::fetch_all(git, &context.remote)) {
                let finding = self.found("fetch", SetupResult::Missing, error.message);
                finding.hints = error.hints;
            }
        }
        let configured = context.settings.review.branch.as_ref();
        match (context.server.default_branch(), configured) {
            (Ok(Some(head)), Some(branch)) if branch.value.as_str() != head => {
                self.found(
                    "branch",
                    SetupResult::Ok,
                    format!(
                        "changes land on {} (from {}); the project's own default is {head}",
                        branch.value, branch.origin
                    ),
                );
            }
            (Ok(Some(head)), Some(_)) => {
                self.found("branch", SetupResult::Ok, format!("changes land on {head}"));
            }
            (Ok(Some(head)), None) => {
                let finding = self.found("branch", SetupResult::Missing, "no branch is configured to land on");
                finding.hints.push(format!("the project's default is {head}: `pyflow setup --branch {head}`"));
            }
            (Ok(None), _) => {}
            (Err(error), _) => {
                let refused = error.kind == Kind::Refused;
                let finding = self.found(PROJECT, SetupResult::Wrong, error.message);
                finding.hints.extend(refused.then(|| "give its name there: `pyflow setup --project NAME`".to_owned()));
                finding.hints.extend(error.hints);
            }
        }
    }
}

/// The `.reviewconf` for what `.gitreview` says.
fn imported(local: &Local<'_>) -> Result<String> {
    if local.settings.file == Some(Format::ReviewConf) {
        return Err(Error::state("there is a .reviewconf already").hint("`--import` makes one from .gitreview"));
    }
    let Some(found) = config::find::read(&local.checkout.top, Format::GitReview)? else {
        return Err(
            Error::state("there is no .gitreview to import").hint("write a .reviewconf by hand; the README shows one")
        );
    };
    let imported = config::gitreview::parse(found.format.file_name(), &found.bytes)?.to_review_conf()?;
    Ok(config::reviewconf::render(&imported))
}

/// Where the remote should lead, before there is an adapter to ask.
fn address(local: &Local<'_>, user: Option<&str>) -> String {
    let review = &local.settings.review;
    let url = &review.url.value;
    match url.scheme() {
        Scheme::Ssh => {
            user.and_then(|user| url.with_user(user)).unwrap_or_else(|| url.clone()).join(review.project.value.as_str())
        }
        Scheme::Http | Scheme::Https => url.join(&format!("a/{}", review.project.value)),
    }
}
