//! `pyflow serve check-config`: what would keep a server from working, or surprise its operator.
//!
//! Reads the folder and changes nothing; a server may be running.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::accounts::{AccountsFile, CI, CORE, RELEASE_MANAGERS};
use super::gate;
use super::settings::{JobSettings, ProjectSettings, Settings};
use super::store::{branch_tip, project_path};
use crate::error::{Error, Result};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The server does not start, or a part of it does not work.
    Error,
    /// It works, and perhaps not as it was meant.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// The file or folder, below the server's own.
    pub file: String,
    /// In words.
    pub text: String,
}

/// Everything that is wrong or odd; nothing where all is well.
pub fn check(dir: &Path) -> Result<Vec<Finding>> {
    if !dir.is_dir() {
        return Err(Error::state(format!("there is no folder {}", dir.display()))
            .hint("pyflow serve init --project NAME makes one"));
    }
    let mut findings = Vec::new();
    let mut find = |level, file: &str, text: String| findings.push(Finding { level, file: file.to_owned(), text });
    let settings = match Settings::read(dir) {
        Ok(settings) => settings,
        Err(error) => {
            find(Level::Error, "server.toml", said(&error, &dir.join("server.toml")));
            Settings::default()
        }
    };
    for name in settings.projects.keys() {
        if let Err(text) = repository(&project_path(dir, name)) {
            find(Level::Error, &format!("projects/{name}.git"), text);
        }
    }
    jobs(&settings, dir, &mut find);
    let groups: BTreeSet<&str> = settings.projects.values().flat_map(|p| &p.visible_to).map(String::as_str).collect();
    accounts(dir, &groups, &mut find);
    Ok(findings)
}

/// Whether jobs can run here. Asked of the machine: a sandbox that was not seen to work is none.
fn jobs(settings: &Settings, dir: &Path, find: &mut impl FnMut(Level, &str, String)) {
    if let Some(why) = gate::blocked(settings, dir) {
        find(Level::Error, "server.toml", format!("no job runs: {why} ({})", super::SANDBOX_HINT));
    }
    for (name, project) in &settings.projects {
        for (job, settings) in project.jobs.iter().filter(|(_, job)| !has_program(job)) {
            let program = settings.command.first().map_or("", String::as_str);
            find(
                Level::Warning,
                "server.toml",
                format!(
                    "job {job} of {name} cannot run: there is no program {program} where jobs look for one ({})",
                    gate::PATH
                ),
            );
        }
    }
    let limited = |project: &ProjectSettings| project.jobs.values().any(|job| job.processes > 0);
    if settings.projects.values().any(limited)
        && let Some(why) = gate::limits::unlimited_processes()
    {
        find(Level::Warning, "server.toml", format!("a job may start any number of processes: {why}"));
    }
}

/// Whether a job's program is there; one below a path may be in the checkout.
fn has_program(job: &JobSettings) -> bool {
    let Some(program) = job.command.first() else { return true };
    let path = job.environment.get("PATH").map_or(gate::PATH, String::as_str);
    program.contains('/') || std::env::split_paths(path).any(|folder| folder.join(program).is_file())
}

/// What an error about one of the files says, in one line; which file it is stands before it.
fn said(error: &Error, file: &Path) -> String {
    let Some(cause) = error.causes().into_iter().next_back() else {
        let text = error.message.trim_start_matches(&*file.to_string_lossy());
        return text.trim_start_matches(": ").to_owned();
    };
    // The parser draws the line; here is only room for where it is and what is wrong with it.
    let mut lines = cause.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = lines.next().unwrap_or_default().trim_start_matches("TOML parse error at ");
    lines.next_back().map_or_else(|| first.to_owned(), |last| format!("{first}: {last}"))
}

fn repository(path: &Path) -> std::result::Result<(), String> {
    let repository = git2::Repository::open_bare(path).map_err(|e| format!("cannot be opened: {}", e.message()))?;
    let head = repository.find_reference("HEAD").map_err(|e| e.message().to_owned())?;
    let branch = head.symbolic_target().ok().flatten().and_then(|name| name.strip_prefix("refs/heads/"));
    let branch = branch.ok_or("HEAD is not a branch")?;
    branch_tip(&repository, branch).map(|_| ()).ok_or_else(|| format!("HEAD is {branch}, which is not there"))
}

fn accounts(dir: &Path, groups: &BTreeSet<&str>, find: &mut impl FnMut(Level, &str, String)) {
    let file = "accounts.toml";
    let accounts = match AccountsFile::new(dir).load() {
        Ok(accounts) => accounts,
        Err(error) => return find(Level::Error, file, said(&error, &dir.join(file))),
    };
    if let Ok(metadata) = std::fs::metadata(dir.join(file)) {
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            find(Level::Warning, file, format!("others can read it (mode {mode:03o}); 600 is right"));
        }
    }
    let mut seen = BTreeSet::new();
    let mut twice = |what: String, find: &mut dyn FnMut(Level, &str, String)| {
        if !seen.insert(what.to_lowercase()) {
            find(Level::Error, file, format!("{what} is there twice"));
        }
    };
    for account in &accounts.list {
        twice(format!("id {}", account.id), find);
        if account.removed {
            continue;
        }
        let name = &account.username;
        if !super::names::is_user(name) {
            find(Level::Error, file, format!("{name:?} cannot be a user name"));
        }
        twice(format!("user {name}"), find);
        for email in &account.emails {
            twice(format!("address {email}"), find);
        }
        if account.token_sha256.iter().any(|t| t.len() != 64 || !t.bytes().all(|b| b.is_ascii_hexdigit())) {
            find(
                Level::Error,
                file,
                format!("{name}: a token-sha256 is not 64 hex digits; a token itself has no place here"),
            );
        }
        if account.token_sha256.is_empty() {
            find(
                Level::Warning,
                file,
                format!("{name} has no token and cannot sign in: pyflow serve user token {name}"),
            );
        }
        for group in account.groups.iter().filter(|g| ![CORE, RELEASE_MANAGERS, CI].contains(&g.as_str())) {
            if !groups.contains(group.as_str()) {
                find(Level::Warning, file, format!("{name} is in {group}, which nothing asks for"));
            }
        }
    }
    if accounts.members(CORE).next().is_none() {
        find(Level::Warning, file, format!("nobody is in the group {CORE}, so nothing can be approved"));
    }
    for group in groups.iter().filter(|g| accounts.members(g).next().is_none()) {
        find(Level::Warning, file, format!("nobody is in the group {group}, to which a project is visible"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::init::{NewProject, init};
    use std::fmt::Write as _;

    fn told(dir: &Path) -> String {
        let mut out = String::new();
        for finding in check(dir).unwrap() {
            writeln!(out, "{:?} {}: {}", finding.level, finding.file, finding.text).unwrap();
        }
        out
    }

    #[test]
    fn what_is_wrong_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        let mut project = NewProject { name: "plain".into(), ..NewProject::default() };
        project.settings.visible_to = vec!["friends".into()];
        init(dir, &project).unwrap();
        let user = |name: &str, id: u32, more: &str| format!("[[account]]\nid = {id}\nusername = \"{name}\"\n{more}\n");
        let good = format!("token-sha256 = [\"{}\"]\ngroups = [\"core\", \"friends\"]", "a".repeat(64));
        let write = |text: String| std::fs::write(dir.join("accounts.toml"), text).unwrap();
        write(user("carol", 1, &good));
        std::fs::set_permissions(dir.join("accounts.toml"), std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(told(dir), "");
        write(
            user("carol", 1, &good)
                + &user("Carol", 1, "token-sha256 = [\"secret\"]\nemails = [\"c@example.com\"]\ngroups = [\"crew\"]")
                + &user("a b", 2, "emails = [\"C@example.com\"]"),
        );
        insta::assert_snapshot!(told(dir), @r#"
        Error accounts.toml: id 1 is there twice
        Error accounts.toml: user Carol is there twice
        Error accounts.toml: Carol: a token-sha256 is not 64 hex digits; a token itself has no place here
        Warning accounts.toml: Carol is in crew, which nothing asks for
        Error accounts.toml: "a b" cannot be a user name
        Error accounts.toml: address C@example.com is there twice
        Warning accounts.toml: a b has no token and cannot sign in: pyflow serve user token a b
        "#);
        std::fs::write(dir.join("projects/plain.git/HEAD"), "ref: refs/heads/gone\n").unwrap();
        write("[[account]]\nid = 1\n".to_owned());
        insta::assert_snapshot!(told(dir), @"
        Error projects/plain.git: HEAD is gone, which is not there
        Error accounts.toml: line 1, column 1: missing field `username`
        ");
        std::fs::write(dir.join("server.toml"), "[gate]\nslots = 0\n").unwrap();
        write(user("carol", 1, &good).replace(", \"friends\"", ""));
        assert_eq!(told(dir), "Error server.toml: [gate] slots is 0, so no job would ever run\n");
        std::fs::write(dir.join("server.toml"), "[gate]\nmerge = \"sometimes\"\n").unwrap();
        write(String::new());
        insta::assert_snapshot!(told(dir), @"
        Error server.toml: line 2, column 9: unknown variant `sometimes`, expected `on-approval` or `never`
        Warning accounts.toml: nobody is in the group core, so nothing can be approved
        ");
    }
}
