//! `pyflow news add`: one fragment, from options, questions or the editor.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use super::{Kind as Style, News, local_time};
use crate::checkout::exec::hide_secrets;
use crate::checkout::files::{self, Overwrite, inside};
use crate::checkout::read::Head;
use crate::cli::NewsAddArgs;
use crate::error::{Context as _, Error, Kind, Result};
use crate::names::CommitId;
use crate::news::blurb::{Blurb, sections, text};
use crate::news::{Draft, Problem, Rule, issue, no_control_characters};
use crate::outcome::Outcome;
use crate::outcome::news::Added;

/// Runs the command.
pub(super) fn run(news: &News<'_>, directory: &Path, args: &NewsAddArgs) -> Result<Outcome> {
    let style = news.style()?;
    let text = given_text(directory, args)?;
    let (draft, source) = match &style {
        Style::Blurb(blurb) => for_blurb(news, blurb, args, text)?,
        Style::Towncrier(_) => for_towncrier(news, &style, args, text)?,
    };
    let top = &news.checkout.top;
    let taken = |path: &str| !args.force && inside(top, path).is_ok_and(|path| path.symlink_metadata().is_ok());
    let file = style.style().compose(&draft, &taken)?;
    let place = inside(top, &file.path)?;
    let overwrite = if args.force { Overwrite::Allowed } else { Overwrite::Never };
    if args.dry_run {
        if overwrite == Overwrite::Never && place.symlink_metadata().is_ok() {
            return Err(Error::state(format!("{} exists already", file.path)).hint("`--force` writes over it"));
        }
    } else {
        files::write(&place, file.content.as_bytes(), overwrite)?;
        if !args.no_stage {
            files::stage(&news.checkout.git, &[&file.path])?;
        }
    }
    Ok(Outcome::NewsAdd(Added {
        planned: args.dry_run,
        style: style.style().name(),
        file: file.path,
        content: file.content,
        issue: draft.issue,
        issue_source: source,
        staged: !args.no_stage,
    }))
}

/// The text of `-m` or `-F`.
fn given_text(directory: &Path, args: &NewsAddArgs) -> Result<Option<String>> {
    let Some(file) = &args.file else { return args.message.clone().map(printable).transpose() };
    let mut bytes = Vec::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().lock().read_to_end(&mut bytes)
    } else {
        fs::File::open(directory.join(file)).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    let name = if file.as_os_str() == "-" { "standard input".to_owned() } else { file.display().to_string() };
    read.or_error(|| Error::usage(format!("{name} cannot be read")))?;
    let text = String::from_utf8(bytes).or_error(|| Error::usage(format!("{name} is not UTF-8")))?;
    printable(text).map(Some)
}

fn printable(text: String) -> Result<String> {
    match no_control_characters(&text) {
        Ok(()) => Ok(text),
        Err(problem) => Err(Error::usage(format!("the entry cannot be written: {}", problem.text))
            .hint("say what changed, in whole sentences of reStructuredText")),
    }
}

fn for_blurb(
    news: &News<'_>,
    blurb: &Blurb,
    args: &NewsAddArgs,
    text: Option<String>,
) -> Result<(Draft, Option<String>)> {
    if args.kind.is_some() {
        return Err(Error::usage("blurb's fragments have sections and no types").hint("`--section Library`"));
    }
    let cve = args.cve.as_deref().map(|cve| {
        text::cve(cve)
            .ok_or_else(|| Error::usage(format!("`{cve}` is not a CVE's name")).hint("`--cve CVE-2026-12345`"))
    });
    let cve = cve.transpose()?;
    let section = args.section.as_deref().map(section).transpose()?;
    let section = match (section, &cve) {
        (Some(section), Some(_)) if section != sections::SECURITY => {
            return Err(Error::usage(format!(
                "a CVE may only be named in the section {}, and this is {section}",
                sections::SECURITY
            )));
        }
        (None, Some(_)) => Some(sections::SECURITY),
        (section, _) => section,
    };
    let found = match &args.issue {
        Some(text) => Some((issue::given(text)?, None)),
        None => issue_at_hand(news)?.map(|(issue, source)| (issue, Some(source))),
    };
    let date = local_time().strftime("%Y-%m-%d-%H-%M-%S").to_string();
    let edit = args.edit || (text.is_none() && news.observe.can_ask());
    if edit {
        let number = found.as_ref().map_or("", |(issue, _)| issue.as_str());
        let mut form = Blurb::template(number, section, cve.as_deref());
        form.push_str(text.as_deref().unwrap_or_default());
        let draft = edited(news, &form, ".rst", |content| blurb.from_template(content, &date))?;
        let source = found.and_then(|(issue, source)| source.filter(|_| issue == draft.issue));
        return Ok((draft, source));
    }
    let text = text.ok_or_else(no_text)?;
    let (issue, source) = match found {
        Some(found) => found,
        None => (issue::given(&news.observe.ask("Number of the issue", None, "--issue NUMBER")?)?, None),
    };
    let section = if let Some(section) = section {
        section
    } else {
        let names = sections::SECTIONS.map(str::to_owned);
        sections::SECTIONS[news.observe.choose("Section", &names, "--section NAME")?]
    };
    let section = Some(section.to_owned());
    Ok((Draft { issue, section, cve, text, date, ..Draft::default() }, source))
}

fn section(text: &str) -> Result<&'static str> {
    sections::named(text).ok_or_else(|| {
        Error::usage(format!("`{text}` is not one of blurb's sections"))
            .hint(format!("they are {}", sections::SECTIONS.join(", ")))
    })
}

fn for_towncrier(
    news: &News<'_>,
    style: &Style,
    args: &NewsAddArgs,
    text: Option<String>,
) -> Result<(Draft, Option<String>)> {
    if args.cve.is_some() {
        return Err(Error::usage("towncrier's fragments have no place for a CVE").hint("write it in the text"));
    }
    let (issue, source) = match &args.issue {
        Some(text) => (issue::given(text).unwrap_or_else(|_| text.clone()), None),
        None => match issue_at_hand(news)? {
            Some((issue, source)) => (issue, Some(source)),
            None => (news.observe.ask("Issue, or + for none", None, "--issue ISSUE (+ for none)")?, None),
        },
    };
    let kinds = style.style().choices();
    let kind = match (&args.kind, kinds.as_slice()) {
        (Some(kind), _) => kind.clone(),
        (None, [only]) => only.clone(),
        (None, _) => kinds[news.observe.choose("Type", &kinds, "--type TYPE")?].clone(),
    };
    let text = if args.edit || (text.is_none() && news.observe.can_ask()) {
        let form = format!(
            "{}\n# The entry stands above. Lines that begin with `#` are left out.\n",
            text.unwrap_or_default()
        );
        edited(news, &form, ".txt", |content| {
            let text = String::from_utf8_lossy(content).into_owned();
            let lines: Vec<&str> =
                text.lines().filter(|line| !line.trim_start().starts_with('#')).map(str::trim_end).collect();
            Ok(lines.join("\n").trim().to_owned())
        })?
    } else {
        text.ok_or_else(no_text)?
    };
    let mut random = [0; 4];
    fill(&mut random);
    Ok((Draft { issue, section: args.section.clone(), kind: Some(kind), text, random, ..Draft::default() }, source))
}

/// Bytes that tell apart two fragments of the same moment; they guard nothing. The standard
/// library seeds its hash maps from the operating system.
fn fill(random: &mut [u8; 4]) {
    use std::hash::{BuildHasher as _, Hasher as _};
    let hash = std::collections::hash_map::RandomState::new().build_hasher().finish();
    random.copy_from_slice(&hash.to_le_bytes()[..4]);
}

fn no_text() -> Error {
    Error::usage("the entry has no text, and there is no terminal for the editor")
        .hint("give it: `-m TEXT`, or `-F -` to read it from standard input")
}

/// The issue that the branch is named after, or that the newest commit is about, and which of them
/// it was. A commit that a server has already is somebody's earlier work, and says nothing.
fn issue_at_hand(news: &News<'_>) -> Result<Option<(String, String)>> {
    let reader = news.checkout.read();
    let head = reader.head()?;
    let branch = match &head {
        Head::Branch(branch, _) => Some(branch.to_string()),
        Head::Unborn(name) => Some(name.clone()),
        Head::Detached(_) => None,
    };
    if let Some(branch) = branch
        && let Some(issue) = issue::in_branch(&branch)
    {
        return Ok(Some((issue, format!("the branch's name, {branch}"))));
    }
    let Some(tip) = head.commit() else { return Ok(None) };
    let fetched: Vec<CommitId> = reader.refs("refs/remotes/")?.into_iter().map(|(_, commit)| commit).collect();
    if fetched.is_empty() || reader.walk(tip, &fetched)?.is_empty() {
        return Ok(None);
    }
    let subject = reader.commit(tip)?.subject();
    let issue = issue::in_subject(&subject).into_iter().next();
    Ok(issue.map(|issue| (issue, "the newest commit's subject".to_owned())))
}

/// Lets the person write, until it can be read. What was written is kept where it cannot.
fn edited<T>(news: &News<'_>, form: &str, suffix: &str, read: impl Fn(&[u8]) -> Result<T, Problem>) -> Result<T> {
    let broken = || Error::state("a file for the editor cannot be written");
    let file = tempfile::Builder::new().prefix("pyflow-news-").suffix(suffix).tempfile().or_error(broken)?;
    fs::write(file.path(), form).or_error(broken)?;
    loop {
        editor(news, file.path())?;
        let content = fs::read(file.path()).or_error(|| Error::state("what the editor wrote cannot be read"))?;
        let plain = no_control_characters(&String::from_utf8_lossy(&content));
        let problem = match plain.and_then(|()| read(&content)) {
            Ok(value) => return Ok(value),
            Err(problem) => problem,
        };
        // What is not there has no line.
        let line = problem.line.filter(|_| problem.rule != Rule::Empty);
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        let text = format!("{line}{}", problem.text);
        if news.observe.can_ask() {
            news.observe.warn(&text);
            if news.observe.confirm("Open the editor again?", "-m TEXT")? {
                continue;
            }
        }
        let error = Error::new(Kind::No, format!("no fragment was written: {text}"));
        if content == form.as_bytes() {
            return Err(error.hint("the editor left the form as it was"));
        }
        let (_, kept) = file.keep().or_error(broken)?;
        return Err(error.hint(format!("what you wrote is in {}", kept.display())));
    }
}

/// The editor by git's rules: `git var GIT_EDITOR` is "meant to be interpreted by the shell"
/// (git-var(1)), which is therefore the one place where a shell is used; the file's name is an
/// argument and no part of the command. Its exit status counts.
fn editor(news: &News<'_>, file: &Path) -> Result<()> {
    let editor = news.checkout.git.read(["var", "GIT_EDITOR"])?;
    let _aside = news.observe.child_may_ask();
    let mut command = Command::new("sh");
    hide_secrets(&mut command);
    let status = command
        .arg("-c")
        .arg(format!("{editor} \"$@\""))
        .arg(&editor)
        .arg(file)
        .current_dir(&news.checkout.top)
        .status()
        .or_error(|| Error::state(format!("the editor `{editor}` could not be started")))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(Kind::No, format!("the editor `{editor}` ended with an error; no fragment was written"))
        .hint("`git config core.editor` says which editor it is; `-m TEXT` needs none"))
}
