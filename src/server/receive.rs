//! `git-receive-pack` in process: the advertisement, the command list, the answer (gitprotocol-pack).
//!
//! Judging is `judge`'s, making changes is `accept`'s; here objects and refs get moved.

use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;

use git2::Oid;

use super::Server;
use super::accept::{self, Accepted, Origin};
use super::accounts::{Account, RELEASE_MANAGERS};
use super::gate::Happened;
use super::git::RefMove;
use super::judge::{self, Court, Refusal};
use super::pktline::{self, Packet};
use super::quarantine::{Bad, Quarantine};
use super::store::{Project, Writing};

/// What we can do; `object-format` and `agent` stand behind it.
const CAPABILITIES: &str =
    "side-band-64k delete-refs report-status quiet atomic ofs-delta push-options object-format=sha1";
/// Commands and options of one push; git's own clients send a handful.
const MAX_LINES: usize = 1000;
/// A ref is a path of files in the end, and no file name is longer than 255 bytes.
const MAX_NAME: usize = 1024;
/// How many of the pusher's patch sets are offered as `.have`, for small packs when a stack is updated.
const MAX_HAVES: usize = 64;

/// What stands at `info/refs?service=git-receive-pack`.
pub(super) fn advertise(server: &Server, project: &Project, pusher: &Account) -> crate::error::Result<Vec<u8>> {
    let repository = project.open()?;
    let mut refs: Vec<(String, Oid)> = Vec::new();
    for pattern in ["refs/heads/*", "refs/tags/*"] {
        for reference in repository.references_glob(pattern).into_iter().flatten().flatten() {
            if let (Ok(name), Some(target)) = (reference.name(), reference.target()) {
                refs.push((name.to_owned(), target));
            }
        }
    }
    refs.sort();
    let index = server.store.index();
    let mine = index.all().rev().filter(|c| c.project == project.name && c.owner == pusher.id);
    let haves = mine.filter_map(|c| Oid::from_str(&c.current().commit.id).ok()).take(MAX_HAVES);
    refs.extend(haves.map(|id| (".have".to_owned(), id)));
    if refs.is_empty() {
        refs.push(("capabilities^{}".to_owned(), Oid::ZERO_SHA1));
    }
    let mut out = Vec::new();
    pktline::line(&mut out, b"# service=git-receive-pack\n");
    pktline::flush(&mut out);
    for (at, (name, target)) in refs.iter().enumerate() {
        let end = if at == 0 { format!("\0{CAPABILITIES} agent=pyflow/{}\n", super::VERSION) } else { "\n".to_owned() };
        pktline::line(&mut out, format!("{target} {name}{end}").as_bytes());
    }
    pktline::flush(&mut out);
    Ok(out)
}

/// One command of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command {
    old: Oid,
    new: Oid,
    name: String,
}

#[derive(Debug, Default)]
struct Request {
    commands: Vec<Command>,
    capabilities: Vec<String>,
    options: Vec<String>,
}

impl Request {
    fn has(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }
}

/// Reads the command list and the push options; the pack stays in `input`.
fn read_request(input: &mut impl Read) -> Result<Request, Bad> {
    let mut request = Request::default();
    while let Packet::Line(line) = pktline::read(input)? {
        let text = String::from_utf8(line).map_err(|_| Bad("a ref name is not UTF-8".into()))?;
        let (text, capabilities) = text.split_once('\0').map_or((text.as_str(), None), |(t, c)| (t, Some(c)));
        if let Some(capabilities) = capabilities {
            request.capabilities = capabilities.split_whitespace().map(str::to_owned).collect();
        }
        let text = text.trim_end_matches('\n');
        if text.starts_with("shallow ") {
            continue;
        }
        let mut words = text.splitn(3, ' ');
        let mut id = || words.next().filter(|w| w.len() == 40).and_then(|w| Oid::from_str(w).ok());
        let (Some(old), Some(new)) = (id(), id()) else { return Err(Bad("protocol error: bad command".into())) };
        let name = words.next().unwrap_or_default().to_owned();
        if name.len() > MAX_NAME {
            return Err(Bad("a ref name is too long".into()));
        }
        request.commands.push(Command { old, new, name });
        if request.commands.len() > MAX_LINES {
            return Err(Bad("too many commands".into()));
        }
    }
    if request.has("push-options") && !request.commands.is_empty() {
        while let Packet::Line(line) = pktline::read(input)? {
            let option = String::from_utf8(line).map_err(|_| Bad("a push option is not UTF-8".into()))?;
            request.options.push(option.trim_end_matches('\n').to_owned());
            if request.options.len() > MAX_LINES {
                return Err(Bad("too many push options".into()));
            }
        }
    }
    Ok(request)
}

/// What is said at the end of a push.
#[derive(Debug, Default)]
struct Report {
    before: Vec<String>,
    after: Vec<String>,
    created: usize,
    updated: usize,
    results: Vec<(String, Result<(), String>)>,
}

impl Report {
    fn refuse(&mut self, name: &str, refusal: Refusal) {
        // Blocks about permissions stand before the progress line, messages about commits after it.
        let lines = if refusal.lines.first().is_some_and(|l| l.starts_with("error: ")) {
            &mut self.before
        } else {
            &mut self.after
        };
        lines.extend(refusal.lines);
        self.results.push((name.to_owned(), Err(refusal.reason)));
    }

    fn accept(&mut self, name: &str, accepted: Accepted) {
        self.created += accepted.created;
        self.updated += accepted.updated;
        self.after.extend(accepted.warnings);
        self.after.extend([String::new(), "SUCCESS".to_owned(), String::new()]);
        self.after.extend(accepted.urls);
        self.after.push(String::new());
        if !accepted.outdated.is_empty() {
            self.after.push("The following approvals got outdated and were removed:".to_owned());
            self.after.extend(accepted.outdated);
            self.after.extend([String::new(), String::new()]);
        }
        self.results.push((name.to_owned(), Ok(())));
    }

    /// The progress text.
    fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.before {
            text.push_str(line);
            text.push('\n');
        }
        let _fits = write!(text, "Processing changes: refs: {}", self.results.len());
        for (count, what) in [(self.created, "new"), (self.updated, "updated")] {
            if count > 0 {
                let _fits = write!(text, ", {what}: {count}");
            }
        }
        text.push_str(", done    \n");
        for line in &self.after {
            text.push_str(line);
            text.push('\n');
        }
        text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
    }
}

/// Takes a push and returns the body of the answer.
pub(super) fn receive(server: &Server, project: &Arc<Project>, pusher: &Account, input: &mut impl Read) -> Vec<u8> {
    let request = match read_request(input) {
        Ok(request) => request,
        Err(Bad(why)) => {
            let mut out = Vec::new();
            pktline::line(&mut out, format!("ERR {why}").as_bytes());
            return out;
        }
    };
    if request.commands.is_empty() {
        // git probes with a lone flush whether its credentials are good.
        return Vec::new();
    }
    let mut report = Report::default();
    let unpack = process(server, project, pusher, &request, input, &mut report);
    answer(&request, &report, unpack.as_ref().err())
}

fn answer(request: &Request, report: &Report, bad: Option<&Bad>) -> Vec<u8> {
    let mut status = Vec::new();
    let unpack = bad.map_or_else(|| "unpack ok\n".to_owned(), |Bad(why)| format!("unpack error {why}\n"));
    pktline::line(&mut status, unpack.as_bytes());
    for command in &request.commands {
        let result = report.results.iter().find(|(name, _)| *name == command.name).map(|(_, result)| result);
        let line = match result {
            Some(Ok(())) => format!("ok {}\n", command.name),
            Some(Err(reason)) => format!("ng {} {reason}\n", command.name),
            None => format!(
                "ng {} {}\n",
                command.name,
                if bad.is_some() { "unpacker error" } else { "internal server error" }
            ),
        };
        pktline::line(&mut status, line.as_bytes());
    }
    pktline::flush(&mut status);
    let mut out = Vec::new();
    if request.has("side-band-64k") {
        if bad.is_none() {
            pktline::band(&mut out, 2, report.text().as_bytes());
        }
        if request.has("report-status") {
            pktline::band(&mut out, 1, &status);
        }
        pktline::flush(&mut out);
    } else if request.has("report-status") {
        out = status;
    }
    out
}

fn process(
    server: &Server,
    project: &Arc<Project>,
    pusher: &Account,
    request: &Request,
    input: &mut impl Read,
    report: &mut Report,
) -> Result<(), Bad> {
    let quarantine = Quarantine::new(project)?;
    let tips: Vec<Oid> = request.commands.iter().map(|c| c.new).filter(|id| !id.is_zero()).collect();
    let failed = |e: git2::Error| Bad(e.message().to_owned());
    if !tips.is_empty() {
        quarantine.receive(&server.store.git, project, input, server.settings.receive.max_pack)?;
    }
    let repository = project.open().map_err(|e| Bad(e.message))?;
    let repository = accept::with_objects(repository, quarantine.path()).map_err(failed)?;
    let known = known_below(server, project, &repository, &tips).map_err(failed)?;
    quarantine.check_connected(&server.store.git, project, &tips, &known)?;

    let magic_refs: Vec<&Command> = request.commands.iter().filter(|c| judge::magic(&c.name).is_some()).collect();
    if magic_refs.len() > 1 {
        // Seen on Gerrit 3.13: one magic ref a push; nothing of it is taken.
        for (at, command) in magic_refs.iter().enumerate() {
            report.refuse(
                &command.name,
                Refusal::new(if at == 0 { "internal server error" } else { "duplicate request" }),
            );
        }
        for command in request.commands.iter().filter(|c| judge::magic(&c.name).is_none()) {
            report.refuse(&command.name, Refusal::new("transaction aborted"));
        }
        return Ok(());
    }

    let mut writing = server.store.write();
    let direct: Vec<&Command> = request.commands.iter().filter(|c| judge::magic(&c.name).is_none()).collect();
    let judged: Vec<(&Command, Result<(), Refusal>)> =
        direct.into_iter().map(|c| (c, judge_direct(&repository, c, pusher))).collect();
    let magic = magic_refs
        .first()
        .map(|command| (*command, judge_magic(server, project, &repository, pusher, request, command, &mut writing)));
    let refused = judged.iter().any(|(_, r)| r.is_err()) || magic.as_ref().is_some_and(|(_, r)| r.is_err());
    let aborted = request.has("atomic") && refused;
    let mut moves: Vec<RefMove> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for (command, result) in judged {
        match result {
            Err(refusal) => report.refuse(&command.name, refusal),
            Ok(()) if aborted => report.refuse(&command.name, Refusal::new("transaction aborted")),
            Ok(()) => {
                moves.push(RefMove { name: command.name.clone(), new: command.new, old: command.old });
                taken.push(command.name.clone());
            }
        }
    }
    let mut accepted = None;
    match magic {
        Some((command, Err(refusal))) => report.refuse(&command.name, refusal),
        Some((command, Ok(_))) if aborted => report.refuse(&command.name, Refusal::new("transaction aborted")),
        Some((command, Ok(result))) => accepted = Some((command.name.clone(), result)),
        None => {}
    }
    if moves.is_empty() && accepted.is_none() {
        return Ok(());
    }
    quarantine.migrate(project)?;
    let mut changes = Vec::new();
    let mut uploaded = Vec::new();
    if let Some((_, accepted)) = &mut accepted {
        uploaded.extend(accepted.changes.iter().map(|(change, _)| change.number));
        changes = std::mem::take(&mut accepted.changes);
        moves.append(&mut accepted.moves);
    }
    // Opened anew: this handle sees the objects where they are now.
    let stored = project.open().and_then(|repository| writing.store(project, &repository, changes, moves));
    drop(writing);
    if stored.is_ok() && accepted.is_some() {
        server.changed(project, &uploaded, pusher.id, Happened::Uploaded);
    }
    for name in taken {
        report.results.push((name, stored.as_ref().copied().map_err(|e| e.message.clone())));
    }
    if let Some((name, accepted)) = accepted {
        match &stored {
            Ok(()) => report.accept(&name, accepted),
            Err(_) => report.refuse(&name, Refusal::new("internal server error")),
        }
    }
    Ok(())
}

/// Patch sets of this project below the tips: everything they need is here already. What another project's need
/// may be there only, though their commits are pushed.
fn known_below(
    server: &Server,
    project: &Project,
    repository: &git2::Repository,
    tips: &[Oid],
) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    for tip in tips {
        let Ok(object) = repository.find_object(*tip, None) else { continue };
        if let Ok(commit) = object.peel_to_commit() {
            walk.push(commit.id())?;
        }
    }
    walk.hide_glob("refs/heads/*")?;
    walk.set_sorting(git2::Sort::TOPOLOGICAL)?;
    let index = server.store.index();
    let is_here = |id: Oid| {
        let numbers = index.with_commit(&id.to_string());
        numbers.into_iter().filter_map(|number| index.get(number)).any(|change| change.project == project.name)
    };
    let (mut known, mut below) = (Vec::new(), std::collections::HashSet::new());
    // Children come first, so what is below a known commit need not be named: on a deep stack git
    // would read the tree of each. A commit that is missing ends the walk; the check that follows says so.
    for id in walk.map_while(Result::ok).take(1000) {
        let covered = below.contains(&id);
        if covered || is_here(id) {
            below.extend(repository.find_commit(id)?.parent_ids());
            if !covered {
                known.push(id);
            }
        }
    }
    Ok(known)
}

fn judge_magic(
    server: &Server,
    project: &Project,
    repository: &git2::Repository,
    pusher: &Account,
    request: &Request,
    command: &Command,
    writing: &mut Writing<'_>,
) -> Result<Accepted, Refusal> {
    let accounts = server.accounts.read();
    let index = server.store.index();
    let court = Court {
        index: &index,
        project,
        repository,
        accounts: &accounts,
        pusher,
        base_url: &server.base_url,
        max_changes: server.settings.receive.max_changes,
    };
    let judgement = court.judge(&command.name, command.new, &request.options)?;
    accept::accept(&court, writing, &judgement, &Origin::Pushed).map_err(|_| Refusal::new("internal server error"))
}

/// Refs other than `refs/for/…`: release managers cut branches and push tags, nobody else anything.
fn judge_direct(repository: &git2::Repository, command: &Command, pusher: &Account) -> Result<(), Refusal> {
    let name = &command.name;
    let user = &pusher.username;
    if !super::names::is_ref(name) {
        return Err(Refusal::new("funny refname"));
    }
    if command.new.is_zero() {
        let advice = "You need 'Delete Reference' rights or 'Push' rights with the \n'Force Push' flag set to delete references.";
        return Err(Refusal::not_permitted("delete", name, advice, user));
    }
    if !command.old.is_zero() || repository.find_reference(name).is_ok() {
        let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
        let advice =
            format!("Push to refs/for/{branch} to create a review, or get 'Push' rights to update the branch.");
        return Err(Refusal::not_permitted("update", name, &advice, user));
    }
    let is_branch = name.starts_with("refs/heads/");
    if !pusher.is_in(RELEASE_MANAGERS) || !(is_branch || name.starts_with("refs/tags/")) {
        return Err(Refusal::not_permitted("create", name, "You need 'Create' rights to create new references.", user));
    }
    if is_branch && repository.find_commit(command.new).is_err() {
        return Err(Refusal::new("not a commit"));
    }
    // What was tested is what is released: nobody brings in a commit that did not land.
    if on_a_branch(repository, command.new) {
        return Ok(());
    }
    let kind = if is_branch { "branch" } else { "tag" };
    Err(Refusal {
        reason: format!("a {kind} can only be made of what has landed"),
        lines: vec![
            format!("ERROR: {name}: {} is on no branch of this project", judge::short(command.new)),
            "Send it for review first: push it to refs/for/BRANCH".to_owned(),
        ],
    })
}

/// Whether a commit, or the one that a tag names, is on a branch.
pub(super) fn on_a_branch(repository: &git2::Repository, id: Oid) -> bool {
    let commit = repository.find_object(id, None).and_then(|object| object.peel_to_commit());
    let Ok(commit) = commit.map(|c| c.id()) else { return false };
    repository.references_glob("refs/heads/*").is_ok_and(|branches| {
        let mut tips = branches.flatten().filter_map(|branch| branch.target());
        tips.any(|tip| tip == commit || repository.graph_descendant_of(tip, commit).unwrap_or(false))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lists_are_read() {
        let mut bytes = Vec::new();
        let zero = "0".repeat(40);
        let one = "1".repeat(40);
        pktline::line(&mut bytes, format!("{zero} {one} refs/for/main\0 report-status push-options\n").as_bytes());
        pktline::flush(&mut bytes);
        pktline::line(&mut bytes, b"topic=a b");
        pktline::flush(&mut bytes);
        bytes.extend_from_slice(b"PACK");
        let mut input = bytes.as_slice();
        let request = read_request(&mut input).unwrap();
        assert_eq!(request.commands[0].name, "refs/for/main");
        assert_eq!(request.options, ["topic=a b"]);
        assert_eq!(input, b"PACK");
        for bad in [&b"0008abcd"[..], b"0009\xff\xff\xff\xff\xff0000", b"0032"] {
            assert!(read_request(&mut &bad[..]).is_err());
        }
    }
}
