//! `pyflow news merge` and `pyflow news release`.

use std::path::Path;

use super::{Kind as Style, News, local_time};
use crate::checkout::files::{self, Overwrite, inside};
use crate::cli::{NewsMergeArgs, NewsReleaseArgs};
use crate::error::{Context as _, Error, Kind, Result};
use crate::news::blurb::{Blurb, SourceFile};
use crate::news::towncrier::Towncrier;
use crate::news::towncrier::render::{Release, release as towncrier_release};
use crate::news::{NewFile, Place, Style as _};
use crate::outcome::Outcome;
use crate::outcome::news::{Merged, Released, WriteAction};

/// Runs `pyflow news merge`.
pub(super) fn merge(news: &News<'_>, directory: &Path, args: &NewsMergeArgs) -> Result<Outcome> {
    let blurb = match news.style()? {
        Style::Blurb(blurb) => blurb,
        Style::Towncrier(_) => {
            return Err(Error::usage("towncrier's news file holds every version already; there is nothing to merge")
                .hint("`pyflow news release VERSION --dry-run` shows the fragments as a version")
                .hint("`pyflow news release VERSION` adds it to the file"));
        }
    };
    let files = sources(news, &blurb, blurb.directory())?;
    if files.is_empty() {
        return Err(Error::state(format!("there are no news below {}", blurb.directory())));
    }
    let text = blurb.merge(&files)?;
    let fragments = blurb.released(&files).len();
    if args.output.as_ref().is_some_and(|file| file.as_os_str() == "-") {
        return Ok(Outcome::Raw(text));
    }
    let (path, shown) = match (&args.output, blurb.news_file()) {
        (Some(file), _) => (directory.join(file), file.display().to_string()),
        (None, Some(file)) => (inside(&news.checkout.top, file)?, file.to_owned()),
        (None, None) => {
            return Err(Error::usage("it is not clear which file to write").hint("`pyflow news merge FILE`"));
        }
    };
    let action = match std::fs::read(&path) {
        Ok(before) if before == text.as_bytes() => WriteAction::Unchanged,
        Ok(_) => WriteAction::Updated,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => WriteAction::Created,
        Err(error) => return Err(Error::state(format!("{shown} cannot be read")).because(error)),
    };
    if action == WriteAction::Updated && !args.force && !args.dry_run {
        let allowed = news.observe.can_ask() && news.observe.confirm(&format!("Write over {shown}?"), "--force")?;
        if !allowed {
            return Err(Error::state(format!("{shown} exists, with other content")).hint("`--force` writes over it"));
        }
    }
    if !args.dry_run && action != WriteAction::Unchanged {
        let overwrite = if action == WriteAction::Updated { Overwrite::Allowed } else { Overwrite::Never };
        files::write(&path, text.as_bytes(), overwrite)?;
    }
    Ok(Outcome::NewsMerge(Merged { planned: args.dry_run, file: shown, action, fragments }))
}

/// Runs `pyflow news release`.
pub(super) fn release(news: &News<'_>, args: &NewsReleaseArgs) -> Result<Outcome> {
    let top = &news.checkout.top;
    let version = match args.release.as_str() {
        "." => top.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        version => version.to_owned(),
    };
    if version.is_empty() || version.chars().any(char::is_control) {
        return Err(Error::usage("the version has no name").hint("`pyflow news release 3.15.0a1`"));
    }
    let date = date(args)?;
    let (file, fragments, overwrite) = match news.style()? {
        Style::Blurb(blurb) => for_blurb(news, &blurb, &version, &date, args.force)?,
        Style::Towncrier(towncrier) => for_towncrier(news, &towncrier, &version, &date)?,
    };
    let gone: Vec<&str> = fragments.iter().map(String::as_str).collect();
    if !args.dry_run {
        files::write(&inside(top, &file.path)?, file.content.as_bytes(), overwrite)?;
        if !args.no_stage {
            files::stage(&news.checkout.git, &[&file.path])?;
        }
        if !args.keep {
            files::remove(&news.checkout.git, top, &gone, !args.no_stage)?;
        }
    }
    Ok(Outcome::NewsRelease(Released {
        planned: args.dry_run,
        version,
        file: file.path,
        content: args.dry_run.then_some(file.content),
        removed: !args.keep && !fragments.is_empty(),
        fragments,
        staged: !args.no_stage,
    }))
}

type Planned = (NewFile, Vec<String>, Overwrite);

fn for_blurb(news: &News<'_>, blurb: &Blurb, version: &str, date: &str, force: bool) -> Result<Planned> {
    let files = sources(news, blurb, blurb.next())?;
    let file = blurb.release(version, date, &files)?;
    if !force && inside(&news.checkout.top, &file.path)?.exists() {
        return Err(Error::state(format!("{} exists: {version} has its news already", file.path))
            .hint("name another version, or `--force` to write over it"));
    }
    let fragments = blurb.released(&files).into_iter().map(str::to_owned).collect();
    let overwrite = if force { Overwrite::Allowed } else { Overwrite::Never };
    Ok((file, fragments, overwrite))
}

fn for_towncrier(news: &News<'_>, style: &Towncrier, version: &str, date: &str) -> Result<Planned> {
    let mut folders: Vec<&str> = style.config.sections.iter().map(|section| section.folder.as_str()).collect();
    folders.sort_unstable();
    folders.dedup();
    let mut found = Vec::new();
    for folder in folders {
        let fragment = |path: String, content: &[u8]| {
            let here = path.rsplit_once('/').is_some_and(|(parent, _)| parent == folder);
            let is_one = here && style.place(&path) == Place::Fragment;
            is_one.then(|| (path, String::from_utf8_lossy(content).into_owned()))
        };
        found.extend(files::files_below(&news.checkout.top, folder, fragment)?.into_iter().flatten());
    }
    let parsed = |path: &String| style.section_of(path).is_some_and(|(_, name)| style.parse(name).is_some());
    let fragments = found.iter().map(|(path, _)| path.clone()).filter(parsed).collect();
    let release = Release { version, date };
    let before = match std::fs::read_to_string(inside(&news.checkout.top, &style.config.filename)?) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::state(format!("{} cannot be read", style.config.filename)).because(error)),
    };
    let file = towncrier_release(style, &release, &found, before.as_deref())?;
    Ok((file, fragments, Overwrite::Allowed))
}

/// The day of the release. `SOURCE_DATE_EPOCH` is the reproducible-builds.org convention.
fn date(args: &NewsReleaseArgs) -> Result<String> {
    let day = |text: &str| text.parse::<jiff::civil::Date>();
    if let Some(text) = &args.date {
        return day(text)
            .map(|day| day.to_string())
            .or_error(|| Error::usage(format!("`{text}` is not a date")).hint("write it as 2026-11-20"));
    }
    if let Some(seconds) = super::environment("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) {
        let time = seconds.parse().ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        let time = time.ok_or_else(|| Error::new(Kind::State, "SOURCE_DATE_EPOCH is not a number of seconds"))?;
        return Ok(time.to_zoned(jiff::tz::TimeZone::system()).date().to_string());
    }
    Ok(local_time().date().to_string())
}

/// What lies below a folder of the work tree.
fn sources(news: &News<'_>, blurb: &Blurb, folder: &str) -> Result<Vec<SourceFile>> {
    files::files_below(&news.checkout.top, folder, |path, content| blurb.source(path, content))
}
