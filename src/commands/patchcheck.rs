//! `pyflow patchcheck`: looks at the files of a change, and repairs them when asked; and the same
//! look at commits, for `pyflow submit`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::context::{Context, Local};
use crate::checkout::changes::ChangedFile;
use crate::checkout::object::Commit;
use crate::checkout::read::{Head, Reader};
use crate::checkout::target::Target;
use crate::checkout::worktree::Files;
use crate::cli::PatchcheckArgs;
use crate::error::{Error, Kind, Result};
use crate::names::{BranchName, CommitId};
use crate::outcome::Outcome;
use crate::outcome::patchcheck::{FindingRow, Patchcheck, RuleRow};
use crate::patchcheck::{self, Answer, Checker, Examined, Level, Scope};
use crate::review::checks::{Check, CheckName, Finding, Verdict};
use crate::review::model::Draft;

/// Runs the command.
pub fn run(local: &Local<'_>, args: &PatchcheckArgs) -> Result<Outcome> {
    let checker = Checker::new(&local.settings.patchcheck);
    let base = if args.all { None } else { Some(Base::find(local, args)?) };
    let (names, touched) = match &base {
        Some(base) => {
            let changed = local.checkout.changed_since(&base.commit)?;
            (changed.files, changed.touched)
        }
        None => (local.checkout.every_file()?, Vec::new()),
    };
    let files = local.checkout.files();
    let (count, looked) = look(files, &checker, &names)?;
    let mut report = Patchcheck {
        base: base.as_ref().map(|base| base.commit.to_string()),
        target: base.as_ref().and_then(|base| base.target.as_ref()).map(|target| target.branch.to_string()),
        target_reason: base.as_ref().and_then(|base| base.target.as_ref()).map(|target| target.reason.to_string()),
        files: count,
        findings: Vec::new(),
        rules: Vec::new(),
        repaired: Vec::new(),
        fix: args.fix,
        exit: None,
    };
    for file in looked {
        let mut fixed = false;
        if let (true, Some(after)) = (args.fix, &file.examined.repaired) {
            match files.replace(file.name, &file.before, after) {
                Ok(()) => {
                    fixed = true;
                    report.repaired.push(text(file.name));
                }
                // The other files need not wait for this one.
                Err(error) => {
                    let hint = error.hints.first().map(|hint| format!(": {hint}")).unwrap_or_default();
                    local.checkout.git.observe().warn(&format!("{}{hint}", error.message));
                    report.exit = Some(error.kind);
                }
            }
        }
        report.findings.extend(rows(&file, fixed));
    }
    if base.is_some() {
        let touched: Vec<&[u8]> = touched.iter().map(Vec::as_slice).collect();
        rules(&checker, &touched, &mut report);
    }
    if args.check && report.findings.iter().any(|finding| finding.level == Level::Require) {
        report.exit = Some(Kind::No);
    }
    Ok(Outcome::Patchcheck(report))
}

/// What files are compared with.
struct Base {
    commit: CommitId,
    target: Option<Target>,
}

impl Base {
    fn find(local: &Local<'_>, args: &PatchcheckArgs) -> Result<Self> {
        let reader = local.checkout.read();
        let head: Head = reader.head()?;
        let Some(tip) = head.commit() else {
            return Err(Error::state("HEAD is a branch without commits: there is nothing to compare with")
                .hint("every file of the tree: `pyflow patchcheck --all`"));
        };
        let (other, target, called) = if let Some(base) = &args.base {
            (reader.revision(base)?, None, base.clone())
        } else {
            let named = args.target.as_ref().map(|text| {
                let branch = text.parse::<BranchName>();
                branch.map_err(|why| Error::usage(format!("{text:?} is not a branch name: {why}")))
            });
            let target = local.target(named.transpose()?, &head, tip)?;
            let remote = &local.settings.review.remote.value;
            let Some(tracked) = reader.resolve(&target.branch.tracking(remote))? else {
                return Err(Error::state(format!(
                    "{remote}/{} ({}) has not been fetched: there is nothing to compare with",
                    target.branch, target.reason
                ))
                .hint(format!("`git fetch {remote} {}`", target.branch))
                .hint("or name a commit: `pyflow patchcheck --base COMMIT`"));
            };
            (tracked, Some(target.clone()), target.branch.to_string())
        };
        let commit = reader.merge_base(tip, &other)?.ok_or_else(|| {
            let more = if local.checkout.shallow { "; this clone is shallow" } else { "" };
            Error::state(format!("HEAD and {called} have no commit in common{more}"))
                .hint("name the commit that this work began at: `pyflow patchcheck --base COMMIT`")
        })?;
        Ok(Self { commit, target })
    }
}

/// A file in which something was found.
struct Looked<'n> {
    name: &'n [u8],
    before: Vec<u8>,
    examined: Examined,
}

/// Starting a thread costs more than looking at so many files.
const FILES_PER_THREAD: usize = 32;

/// Looks at files, several at a time; tells how many there were.
fn look<'n>(files: Files<'_>, checker: &Checker, names: &'n [Vec<u8>]) -> Result<(usize, Vec<Looked<'n>>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(names.len() / FILES_PER_THREAD + 1);
    let next = AtomicUsize::new(0);
    let work = || -> Result<(usize, Vec<Looked<'n>>)> {
        let (mut count, mut looked) = (0, Vec::new());
        while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Scope::Judged(language) = checker.scope(name) else { continue };
            let Some(before) = files.read(name)? else { continue };
            count += 1;
            let examined = patchcheck::examine(language, &before);
            if !examined.findings.is_empty() {
                looked.push(Looked { name, before, examined });
            }
        }
        Ok((count, looked))
    };
    let parts = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parts = vec![work()];
        parts.extend(
            others.into_iter().map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        );
        parts
    });
    let (mut count, mut looked) = (0, Vec::new());
    for part in parts {
        let (files, found) = part?;
        count += files;
        looked.extend(found);
    }
    looked.sort_by_key(|file| file.name);
    Ok((count, looked))
}

fn rows(file: &Looked<'_>, fixed: bool) -> impl Iterator<Item = FindingRow> {
    let name = text(file.name);
    file.examined.findings.iter().map(move |finding| FindingRow {
        file: Some(name.clone()),
        line: finding.line,
        rule: finding.rule.to_owned(),
        level: finding.level,
        text: finding.text.clone().into_owned(),
        fixed: fixed && finding.repaired,
        fixable: finding.repaired,
    })
}

fn rules(checker: &Checker, touched: &[&[u8]], report: &mut Patchcheck) {
    for (rule, answer, cause) in checker.answers(touched) {
        if matches!(answer, Answer::No | Answer::Reminder) {
            report.findings.push(FindingRow {
                file: cause.map(text),
                line: None,
                rule: rule.id.clone(),
                level: rule.level,
                text: if answer == Answer::No { format!("{} ... no", rule.text) } else { rule.text.clone() },
                fixed: false,
                fixable: false,
            });
        }
        // A reminder that does not apply is no line of its own.
        if answer != Answer::NotNeeded || !rule.touch.is_empty() {
            report.rules.push(RuleRow {
                id: rule.id.clone(),
                text: rule.text.clone(),
                answer,
                level: rule.level,
                always: rule.when.is_empty(),
            });
        }
    }
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

/// Looks at commits as they are committed, whatever the work tree holds.
pub struct CommitChecker {
    checker: Checker,
}

/// What was found, by commit.
#[derive(Debug, Default)]
pub struct Found(BTreeMap<CommitId, Vec<Finding>>);

/// More findings than this are one finding: the files have not been looked at yet.
const MOST_FINDINGS: usize = 20;

impl CommitChecker {
    /// Prepares the project's rules.
    pub fn new(context: &Context<'_>) -> Self {
        Self { checker: Checker::new(&context.settings.patchcheck) }
    }

    /// Looks at each commit's changes, but for those that `known` has.
    pub fn check(&self, reader: &Reader<'_>, drafts: &[Draft], known: &Found) -> Result<Found> {
        let mut found = Found::default();
        let (old, new): (Vec<&Draft>, Vec<&Draft>) =
            drafts.iter().partition(|draft| known.0.contains_key(&draft.original));
        for draft in old {
            found.0.insert(draft.original.clone(), known.0[&draft.original].clone());
        }
        let ids: Vec<CommitId> = new.iter().map(|draft| draft.original.clone()).collect();
        for (draft, commit) in new.into_iter().zip(reader.commits(&ids)?) {
            found.0.insert(draft.original.clone(), self.commit(reader, draft, &commit)?);
        }
        Ok(found)
    }

    fn commit(&self, reader: &Reader<'_>, draft: &Draft, commit: &Commit) -> Result<Vec<Finding>> {
        // A merge brings what others have checked, and a root has nothing before it.
        let [parent] = commit.parents.as_slice() else { return Ok(Vec::new()) };
        let mut changed = reader.changed(parent, &commit.id)?;
        // Symbolic links and submodules hold no text.
        changed.retain(|file| file.old_content().is_some() || file.new_content().is_some());
        let old: Vec<_> = changed.iter().filter_map(ChangedFile::old_content).collect();
        let mut findings = Vec::new();
        for file in &changed {
            let Some(blob) = file.new_content() else { continue };
            // A file that only moved has nothing new in it.
            if file.old_content().is_none() && old.contains(&blob) {
                continue;
            }
            let Scope::Judged(language) = self.checker.scope(file.name()) else { continue };
            let examined = patchcheck::examine(language, &reader.blob(blob)?);
            findings.extend(in_file(draft, &text(file.name()), &examined));
        }
        let touched: Vec<&[u8]> = changed.iter().map(ChangedFile::name).collect();
        for (rule, answer, _) in self.checker.answers(&touched) {
            if let (Answer::No, Some(verdict)) = (answer, verdict(rule.level)) {
                findings.push(finding(draft, verdict, &format!("{} ... no", rule.text), false));
            }
        }
        Ok(findings)
    }
}

/// One finding for each rule: the first, and how many more there are.
fn in_file(draft: &Draft, file: &str, examined: &Examined) -> Vec<Finding> {
    let mut rules: Vec<(&patchcheck::Finding, usize)> = Vec::new();
    for finding in &examined.findings {
        match rules.iter_mut().find(|(first, _)| first.rule == finding.rule) {
            Some((_, more)) => *more += 1,
            None => rules.push((finding, 0)),
        }
    }
    let one = |(first, more): (&patchcheck::Finding, usize)| {
        let place = first.line.map_or_else(|| file.to_owned(), |line| format!("{file}:{line}"));
        let more = if more > 0 { format!(", and {more} more like it") } else { String::new() };
        Some(finding(draft, verdict(first.level)?, &format!("{place}: {}{more}", first.text), first.repaired))
    };
    rules.into_iter().filter_map(one).collect()
}

/// What is only to be thought of is `pyflow patchcheck`'s to say.
const fn verdict(level: Level) -> Option<Verdict> {
    match level {
        Level::Remind => None,
        Level::Warn => Some(Verdict::Warning),
        Level::Require => Some(Verdict::Stop),
    }
}

fn finding(draft: &Draft, verdict: Verdict, text: &str, repairable: bool) -> Finding {
    let mut hints = Vec::new();
    if verdict == Verdict::Stop {
        if repairable {
            hints.push("repair it: `pyflow patchcheck --fix`, then `git commit --amend` the commit".to_owned());
        }
        hints.push("or send it as it is: `--no-verify=patchcheck`".to_owned());
    }
    let text = format!("{} ({}): {text}", draft.original.short(), draft.subject);
    Finding { verdict, kind: Kind::No, commit: Some(draft.original.clone()), text, hints }
}

impl Found {
    /// The check's result for these commits.
    pub fn into_check(mut self, drafts: &[Draft]) -> Check {
        let mut findings: Vec<Finding> =
            drafts.iter().filter_map(|draft| self.0.remove(&draft.original)).flatten().collect();
        if findings.len() > MOST_FINDINGS {
            // Those that stop are the ones to know of.
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
            let more = findings.split_off(MOST_FINDINGS).len();
            if let Some(last) = findings.last_mut() {
                last.hints.push(format!("{more} more were found: `pyflow patchcheck` lists all"));
            }
        }
        Check::new(CheckName::Patchcheck, findings)
    }
}
