//! The operators: from `field:value` to a condition on a change.

use std::collections::BTreeSet;

use super::{Bad, Context, Predicate, Test};
use crate::server::change::{Change, ReviewerState, Status};
use crate::server::{footer, labels};

fn when<'a>(test: impl Fn(&Change) -> bool + 'a) -> Predicate<'a> {
    Predicate { candidates: None, test: Box::new(test) }
}

fn among<'a>(numbers: BTreeSet<u32>) -> Predicate<'a> {
    let set = numbers.clone();
    Predicate { candidates: Some(numbers), test: Box::new(move |c| set.contains(&c.number)) }
}

fn is_hex(text: &str, at_least: usize) -> bool {
    text.len() >= at_least && text.len() <= 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn signed_in(context: &Context<'_>) -> Result<u32, Bad> {
    context.me.map(|a| a.id).ok_or_else(|| Bad { status: 403, text: "Must be signed-in to use this operator".into() })
}

/// The accounts that a value means: `self`, a person, a group; nobody is no error.
fn people(value: &str, context: &Context<'_>) -> Result<BTreeSet<u32>, Bad> {
    if matches!(value, "self" | "me") {
        return Ok(BTreeSet::from([signed_in(context)?]));
    }
    Ok(crate::server::people::resolve(context.accounts, value, 0).unwrap_or_default())
}

/// A word without a field: a number, a commit, a Change-Id, or something that texts contain.
pub(super) fn word<'a>(word: &str, context: &'a Context<'a>) -> Result<Predicate<'a>, Bad> {
    if word.bytes().all(|b| b.is_ascii_digit()) || is_change_id(word) {
        return operator("change", word, context);
    }
    if is_hex(word, 7) {
        return operator("commit", word, context);
    }
    let word = word.to_lowercase();
    Ok(when(move |c| {
        let commit = &c.current().commit;
        c.project.to_lowercase() == word
            || c.branch.to_lowercase() == word
            || commit.message.to_lowercase().contains(&word)
            || c.topic.as_ref().is_some_and(|t| t.to_lowercase() == word)
            || commit.author.email.to_lowercase() == word
            || c.hashtags.iter().any(|t| t.to_lowercase() == word)
    }))
}

fn is_change_id(word: &str) -> bool {
    word.strip_prefix(['I', 'i']).is_some_and(|rest| is_hex(rest, 4))
}

pub(super) fn operator<'a>(name: &str, value: &str, context: &'a Context<'a>) -> Result<Predicate<'a>, Bad> {
    if value.starts_with('^') && !matches!(name, "message" | "topic" | "hashtag") {
        return Err(Bad::new(format!("Regular expressions are not supported by this server: {name}:{value}")));
    }
    let wanted = value.to_owned();
    let lower = value.to_lowercase();
    let test: Test<'a> = match name {
        "status" => return status(value),
        "is" => return is(value, context),
        "has" => match value {
            "unresolved" => Box::new(|c| c.unresolved() > 0),
            "attention" => Box::new(|c| !c.attention.is_empty()),
            "draft" | "edit" | "star" | "stars" => Box::new(|_| false),
            _ => return Err(Bad::new(format!("Error in operator has:{value}"))),
        },
        "owner" | "o" => {
            let people = people(value, context)?;
            Box::new(move |c| people.contains(&c.owner))
        }
        "reviewer" | "r" => by_state(people(value, context)?, ReviewerState::Reviewer),
        "cc" => by_state(people(value, context)?, ReviewerState::Cc),
        "attention" => {
            let people = people(value, context)?;
            Box::new(move |c| c.attention.keys().any(|a| people.contains(a)))
        }
        "uploader" => {
            let people = people(value, context)?;
            Box::new(move |c| people.contains(&c.current().uploader))
        }
        "author" => Box::new(move |c| identity(&c.current().commit.author, &lower)),
        "committer" => Box::new(move |c| identity(&c.current().commit.committer, &lower)),
        "project" | "p" => Box::new(move |c| c.project == wanted),
        "projects" => Box::new(move |c| c.project.starts_with(&wanted)),
        "parentproject" => Box::new(|_| true),
        "repository" | "repo" => Box::new(move |c| c.project == wanted),
        "branch" => {
            let branch = value.strip_prefix("refs/heads/").unwrap_or(value).to_owned();
            Box::new(move |c| c.branch == branch)
        }
        "ref" => Box::new(move |c| wanted.strip_prefix("refs/heads/") == Some(c.branch.as_str())),
        "change" => return change(value, context),
        "commit" => return Ok(among(context.index.with_commit(value))),
        "parentof" => return parent_of(value, context),
        "cherrypickof" => return picked_from(value),
        "topic" => Box::new(move |c| c.topic.as_deref().unwrap_or_default() == wanted),
        "intopic" => Box::new(move |c| c.topic.as_ref().is_some_and(|t| t.to_lowercase().contains(&lower))),
        "prefixtopic" => Box::new(move |c| c.topic.as_ref().is_some_and(|t| t.starts_with(&wanted))),
        "hashtag" => Box::new(move |c| c.hashtags.iter().any(|t| t.to_lowercase() == lower.trim_start_matches('#'))),
        "inhashtag" => Box::new(move |c| c.hashtags.iter().any(|t| t.to_lowercase().contains(&lower))),
        "message" => Box::new(move |c| c.current().commit.message.to_lowercase().contains(&lower)),
        "subject" => Box::new(move |c| c.current().commit.subject.to_lowercase().contains(&lower)),
        "comment" => Box::new(move |c| c.messages.iter().any(|m| m.text.to_lowercase().contains(&lower))),
        "submissionid" => Box::new(move |c| c.submitted.as_ref().is_some_and(|s| s.submission_id == wanted)),
        "label" => return label(value, context),
        "age" => {
            let age = age(value).ok_or_else(|| Bad::new(format!("Error in operator age:{value}")))?;
            let before = context.now.saturating_sub(age.saturating_mul(1000));
            Box::new(move |c| c.updated <= before)
        }
        "before" | "until" => {
            let moment = date(value)?;
            Box::new(move |c| c.updated <= moment)
        }
        "after" | "since" => {
            let moment = date(value)?;
            Box::new(move |c| c.updated >= moment)
        }
        _ => return Err(Bad::new(format!("Unsupported operator {name}:{value}"))),
    };
    Ok(Predicate { candidates: None, test })
}

fn by_state<'a>(people: BTreeSet<u32>, state: ReviewerState) -> Test<'a> {
    Box::new(move |c| c.reviewers.iter().any(|(a, s)| *s == state && people.contains(a)))
}

fn identity(who: &crate::server::change::Ident, lower: &str) -> bool {
    who.email.to_lowercase() == *lower
        || who.name.to_lowercase().contains(lower)
        || format!("{} <{}>", who.name, who.email).to_lowercase() == *lower
}

fn status<'a>(value: &str) -> Result<Predicate<'a>, Bad> {
    let lower = value.to_lowercase();
    let table: [(&str, &[Status]); 6] = [
        ("open", &[Status::New]),
        ("pending", &[Status::New]),
        ("new", &[Status::New]),
        ("closed", &[Status::Merged, Status::Abandoned]),
        ("merged", &[Status::Merged]),
        ("abandoned", &[Status::Abandoned]),
    ];
    // A beginning is enough: `status:m` (documentation page user-search).
    match table.iter().find(|(name, _)| !lower.is_empty() && name.starts_with(&lower)) {
        Some(&(_, wanted)) => Ok(when(move |c| wanted.contains(&c.status))),
        None => Err(Bad::new(format!("Unrecognized value: {value}"))),
    }
}

fn is<'a>(value: &str, context: &'a Context<'a>) -> Result<Predicate<'a>, Bad> {
    let mine = || signed_in(context);
    Ok(match value.to_lowercase().as_str() {
        "wip" => when(|c| c.wip),
        "private" | "starred" | "watched" | "ignored" | "false" => when(|_| false),
        "visible" | "true" => when(|_| true),
        "started" => when(|c| c.review_started),
        "owner" => {
            let me = mine()?;
            when(move |c| c.owner == me)
        }
        "uploader" => {
            let me = mine()?;
            when(move |c| c.current().uploader == me)
        }
        "reviewer" => {
            let me = mine()?;
            when(move |c| c.reviewers.get(&me) == Some(&ReviewerState::Reviewer))
        }
        "cc" => {
            let me = mine()?;
            when(move |c| c.reviewers.get(&me) == Some(&ReviewerState::Cc))
        }
        "attention" => {
            let me = mine()?;
            when(move |c| c.attention.contains_key(&me))
        }
        "reviewed" => when(|c| c.current_votes().next().is_some()),
        "cherrypick" => when(|c| c.picked_from.is_some()),
        "merge" => when(|c| c.current().commit.parents.len() > 1),
        "submittable" => when(|c| (context.settings)(&c.project).is_some_and(|s| labels::submittable(c, &s))),
        "mergeable" => return Err(Bad::new("'is:mergeable' operator is not supported on this gerrit host")),
        _ => return status(value),
    })
}

fn change<'a>(value: &str, context: &Context<'a>) -> Result<Predicate<'a>, Bad> {
    if let Ok(number) = value.parse::<u32>() {
        return Ok(among(BTreeSet::from([number])));
    }
    if is_change_id(value) {
        return Ok(among(context.index.with_key(value)));
    }
    let parts: Vec<&str> = value.split('~').collect();
    match parts[..] {
        [project, number] if number.parse::<u32>().is_ok() => {
            let project = project.to_owned();
            let mut found = among(BTreeSet::from([number.parse().unwrap_or_default()]));
            let test = found.test;
            found.test = Box::new(move |c| test(c) && c.project == project);
            Ok(found)
        }
        [project, branch, key] if footer::is_id(key) => {
            let (project, branch) =
                (project.to_owned(), branch.strip_prefix("refs/heads/").unwrap_or(branch).to_owned());
            let mut found = among(context.index.with_key(key));
            let test = found.test;
            found.test = Box::new(move |c| test(c) && c.project == project && c.branch == branch);
            Ok(found)
        }
        _ => Err(Bad::new("Invalid change format")),
    }
}

/// `parentof:37`: the changes whose current commit is a parent of 37's.
fn parent_of<'a>(value: &str, context: &Context<'a>) -> Result<Predicate<'a>, Bad> {
    let children = change(value, context).map_err(|_| Bad::new(format!("Change {value} not found")))?;
    let parents: BTreeSet<String> = children
        .candidates
        .iter()
        .flatten()
        .filter_map(|n| context.index.get(*n))
        .flat_map(|c| c.current().commit.parents.iter().map(|p| p.commit.clone()))
        .collect();
    Ok(when(move |c| parents.contains(&c.current().commit.id)))
}

/// `cherrypickof:37`, `cherrypickof:37,2`.
fn picked_from<'a>(value: &str) -> Result<Predicate<'a>, Bad> {
    let bad = || {
        Bad::new(format!("'{value}' is not a valid input. It must be in the 'ChangeNumber[,PatchsetNumber]' format."))
    };
    let (number, patch_set) = value.split_once(',').map_or((value, None), |(n, p)| (n, Some(p)));
    let number: u32 = number.trim().parse().map_err(|_| bad())?;
    let patch_set: Option<u32> = patch_set.map(|p| p.trim().parse()).transpose().map_err(|_| bad())?;
    Ok(when(move |c| c.picked_from.is_some_and(|(n, p)| n == number && patch_set.is_none_or(|wanted| wanted == p))))
}

/// `NAME=VALUE`, `NAME>=VALUE`, `NAME+2`, with `,user=WHO` or `,WHO` or `,group=G` behind it.
fn label<'a>(value: &str, context: &'a Context<'a>) -> Result<Predicate<'a>, Bad> {
    let (expression, people) = match value.split_once(',') {
        None => (value, None),
        Some((expression, who)) => {
            let who = who.strip_prefix("user=").or_else(|| who.strip_prefix("group=")).unwrap_or(who);
            (expression, Some(who))
        }
    };
    let owner_only = people == Some("owner");
    let non_uploader = people == Some("non_uploader");
    let people = people.filter(|_| !owner_only && !non_uploader).map(|who| self::people(who, context)).transpose()?;
    let at = expression.find(['=', '<', '>']);
    let (name, comparison, wanted) = match at {
        Some(at) => {
            let rest = &expression[at..];
            let length = if rest.starts_with(">=") || rest.starts_with("<=") { 2 } else { 1 };
            (&expression[..at], &rest[..length], &rest[length..])
        }
        None => match expression.rfind(['+', '-']).filter(|&at| expression[at + 1..].parse::<u8>().is_ok()) {
            Some(at) => (&expression[..at], "=", &expression[at..]),
            None => (expression, "=", "1"),
        },
    };
    let Some(label) = labels::LABELS.iter().find(|l| l.name.eq_ignore_ascii_case(name)) else {
        return Ok(when(|_| false));
    };
    let extremes = move |c: &Change| labels::extremes(label, c);
    let value = match wanted.to_ascii_lowercase().as_str() {
        "max" => label.max(),
        "min" => label.min(),
        "any" => return Ok(when(move |c| c.current_votes().any(|v| v.label == label.name))),
        "ok" => return Ok(when(move |c| extremes(c) == (true, false))),
        "need" => return Ok(when(move |c| extremes(c) == (false, false))),
        "reject" => return Ok(when(move |c| extremes(c).1)),
        "may" | "impossible" => return Ok(when(|_| false)),
        other => other.parse::<i8>().map_err(|_| Bad::new(format!("Error in operator label:{expression}")))?,
    };
    let fits: fn(i8, i8) -> bool = match comparison {
        ">=" => |a, b| a >= b,
        "<=" => |a, b| a <= b,
        ">" => |a, b| a > b,
        "<" => |a, b| a < b,
        _ => |a, b| a == b,
    };
    Ok(when(move |c| {
        let counts = |account: u32| {
            people.as_ref().is_none_or(|p| p.contains(&account))
                && (!owner_only || account == c.owner)
                && (!non_uploader || account != c.current().uploader)
        };
        let mut votes = c.current_votes().filter(|v| v.label == label.name && counts(v.account)).peekable();
        // "No vote" is the value 0.
        if votes.peek().is_none() { fits(0, value) } else { votes.any(|v| fits(v.value, value)) }
    }))
}

/// `2d`, `1week`, `3 mon`: seconds.
fn age(text: &str) -> Option<i64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: i64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hr" | "hour" | "hours" => 3600,
        "d" | "day" | "days" => 86_400,
        "w" | "week" | "weeks" => 7 * 86_400,
        "mon" | "month" | "months" => 30 * 86_400,
        "y" | "year" | "years" => 365 * 86_400,
        _ => return None,
    };
    number.checked_mul(unit)
}

/// `2006-01-02[ 15:04:05[.890][ -0700]]`, UTC where no zone is given: milliseconds.
fn date(text: &str) -> Result<i64, Bad> {
    let bad = || Bad::new(format!("Invalid date format: {text}"));
    let mut parts = text.split_whitespace();
    let day = parts.next().ok_or_else(bad)?;
    let time = parts.next().unwrap_or("00:00:00");
    let zone = parts.next().unwrap_or("+0000");
    if parts.next().is_some() || zone.len() != 5 || !zone.is_ascii() {
        return Err(bad());
    }
    let stamp = format!("{day}T{time}{}:{}", &zone[..3], &zone[3..]);
    stamp.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_millisecond).map_err(|_| bad())
}
