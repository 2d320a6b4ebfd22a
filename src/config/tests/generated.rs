//! Generated configurations, and text that is none.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::str::FromStr;

use proptest::option::of as option;
use proptest::prelude::*;

use super::super::backport::{BackportTable, Carried};
use super::super::cla::ClaTable;
use super::super::gate::GateTable;
use super::super::news::NewsTable;
use super::super::patchcheck::PatchcheckTable;
use super::super::reviewconf::{self, BranchesTable, PortsTable, ReviewConf, ReviewTable, Version};
use super::super::{Approve, Counterpart, GitConfig, RemoteUrl, ReviewKind, Sourced};
use super::{FOLDERS, assert_harmless, assert_typed, read, told};
use crate::names::{BranchName, LabelName, ProjectName, RemoteName, ServerUrl};
use crate::news::StyleName;

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9π_][a-zA-Z0-9\"'_#=é-]{0,8}(/[a-z0-9][a-z0-9\"]{0,5}){0,2}"
}

fn named<T: FromStr + Debug + Clone>() -> impl Strategy<Value = Option<Sourced<T>>> {
    option(name().prop_filter_map("a name", |text| text.parse().ok().map(Sourced::default)))
}

fn confs() -> impl Strategy<Value = ReviewConf> {
    let url = "(https|ssh)://[a-z0-9]{1,9}(\\.[a-z]{2,5})?(:[1-9][0-9]{0,3})?(/[a-z]{1,4})?";
    let url = url.prop_filter_map("a URL", |text| text.parse::<ServerUrl>().ok().map(Sourced::default));
    let vote = ("[A-Za-z][A-Za-z0-9-]{0,9}".prop_filter_map("a label", |l| l.parse::<LabelName>().ok()), -10..=10);
    let approve = proptest::collection::btree_map(vote.0, vote.1, 0..4)
        .prop_filter_map("votes", |votes| Approve::new(votes).ok().map(Sourced::default));
    let lists = proptest::collection::btree_set(name(), 0..9).prop_map(|names: BTreeSet<String>| {
        let names: Vec<BranchName> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let part = |at: usize| Sourced::default(names.iter().skip(at).step_by(4).cloned().collect::<Vec<BranchName>>());
        [part(0), part(1), part(2), part(3)]
    });
    let version = option((0u64..100, 0u64..100, 0u64..100));
    let required = option(proptest::bool::ANY);
    (
        version,
        option(url),
        named::<ProjectName>(),
        named::<RemoteName>(),
        named(),
        option(approve),
        option(lists),
        required,
    )
        .prop_map(|(version, url, project, remote, branch, approve, lists, required)| {
            let kind = project.is_some().then_some(Sourced::default(ReviewKind::Gerrit));
            let [maintenance, security, release_candidate, end_of_life] =
                lists.map_or([None, None, None, None], |lists| lists.map(Some));
            ReviewConf {
                requires: version.map(|(x, y, z)| Sourced::default(Version(x, y, z))),
                review: ReviewTable { kind, url, project, remote, branch, approve },
                gate: gate(required),
                cla: cla(required),
                news: news(required),
                branches: BranchesTable {
                    default: None,
                    maintenance,
                    security,
                    release_candidate,
                    end_of_life,
                    release_cycle: required.and("include/\"cycle\".json".parse().ok().map(Sourced::default)),
                },
                backport: backport(required),
                patchcheck: PatchcheckTable::default(),
                ports: PortsTable {
                    counterpart: required.map(|_| Sourced::default(Counterpart::Merged)),
                    required: required.map(Sourced::default),
                },
                warnings: Vec::new(),
            }
        })
}

/// A table with every key, or none; what belongs together is not the file's matter.
fn cla(whole: Option<bool>) -> ClaTable {
    let Some(_) = whole else { return ClaTable::default() };
    ClaTable {
        kind: "status".parse().ok().map(Sourced::default),
        url: "https://api.forge.example/repos/a/b".parse().ok().map(Sourced::default),
        context: "CLA \"Signing\"".parse().ok().map(Sourced::default),
        path: "Misc/ä \"b\"".parse().ok().map(Sourced::default),
        sign: "https://example.org/cla".parse().ok().map(Sourced::default),
    }
}

/// A table with every key, or none.
fn gate(is_there: Option<bool>) -> GateTable {
    let Some(required) = is_there else { return GateTable::default() };
    let reverify = if required { "comment:re \"verify\"" } else { "enqueue" };
    GateTable {
        kind: "zuul".parse().ok().map(Sourced::default),
        url: "https://zuul.example.org/z".parse().ok().map(Sourced::default),
        tenant: "a_b.c-d".parse().ok().map(Sourced::default),
        recheck: "/retest \"ü\"".parse().ok().map(Sourced::default),
        reverify: reverify.parse().ok().map(Sourced::default),
        reason: (if required { "required" } else { "optional" }).parse().ok().map(Sourced::default),
        logs: Some(Sourced::default("https://logs.example.org".parse().into_iter().collect())),
    }
}

/// A table with every key, or none.
fn news(required: Option<bool>) -> NewsTable {
    let Some(required) = required else { return NewsTable::default() };
    let exempt = ["Doc/**", "**/test_*.py", "a \"b\""].iter().filter_map(|text| text.parse().ok()).collect();
    NewsTable {
        style: Some(Sourced::default(StyleName::Blurb)),
        directory: "Misc/NEWS \"ü\".d".parse().ok().map(Sourced::default),
        required: Some(Sourced::default(required)),
        exempt: Some(Sourced::default(exempt)),
    }
}

/// A table with every key, or none.
fn backport(prefix: Option<bool>) -> BackportTable {
    let Some(prefix) = prefix else { return BackportTable::default() };
    BackportTable {
        prefix: Some(Sourced::default(prefix)),
        co_author: Some(Sourced::default(!prefix)),
        gh_numbers: Some(Sourced::default(prefix)),
        carry: Some(Sourced::default(Carried::ALL.to_vec())),
    }
}

/// Without the places, which a value that was never in a file has not.
fn bare(conf: ReviewConf) -> ReviewConf {
    fn bare<T>(value: Option<Sourced<T>>) -> Option<Sourced<T>> {
        value.map(|value| Sourced::default(value.value))
    }
    let ReviewConf { requires, review, gate, cla, news, branches, backport, patchcheck, ports, warnings } = conf;
    ReviewConf {
        requires: bare(requires),
        review: ReviewTable {
            kind: bare(review.kind),
            url: bare(review.url),
            project: bare(review.project),
            remote: bare(review.remote),
            branch: bare(review.branch),
            approve: bare(review.approve),
        },
        gate: GateTable {
            kind: bare(gate.kind),
            url: bare(gate.url),
            tenant: bare(gate.tenant),
            recheck: bare(gate.recheck),
            reverify: bare(gate.reverify),
            reason: bare(gate.reason),
            logs: bare(gate.logs),
        },
        cla: ClaTable {
            kind: bare(cla.kind),
            url: bare(cla.url),
            context: bare(cla.context),
            path: bare(cla.path),
            sign: bare(cla.sign),
        },
        news: NewsTable {
            style: bare(news.style),
            directory: bare(news.directory),
            required: bare(news.required),
            exempt: bare(news.exempt),
        },
        branches: BranchesTable {
            default: bare(branches.default),
            maintenance: bare(branches.maintenance),
            security: bare(branches.security),
            release_candidate: bare(branches.release_candidate),
            end_of_life: bare(branches.end_of_life),
            release_cycle: bare(branches.release_cycle),
        },
        backport: BackportTable {
            prefix: bare(backport.prefix),
            co_author: bare(backport.co_author),
            gh_numbers: bare(backport.gh_numbers),
            carry: bare(backport.carry),
        },
        patchcheck,
        ports: PortsTable { counterpart: bare(ports.counterpart), required: bare(ports.required) },
        warnings,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_rendered_reads_as_it_was(conf in confs()) {
        let text = reviewconf::render(&conf);
        let read = reviewconf::parse_for("f", text.as_bytes(), Version(100, 0, 0));
        let read = read.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        prop_assert_eq!(bare(read), conf);
    }

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for (_, format) in FOLDERS {
            if let Err(error) = read(format, &bytes) {
                assert_harmless("bytes", &told(&error));
            }
        }
        drop(GitConfig::parse(&bytes));
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in "(\\[|\\]|gerrit|review|host|project|=|:|\"|'|\n| |\\PC|\u{1b}|%|\\{|\\}|version|1|https://|-|#){0,40}") {
        for (_, format) in FOLDERS {
            match read(format, text.as_bytes()) {
                Ok((settings, _)) => assert_typed(&text, &settings),
                Err(error) => assert_harmless("text", &told(&error)),
            }
        }
        if let Ok(url) = text.parse::<RemoteUrl>() {
            assert_harmless("remote", &url.to_string());
        }
    }
}
