//! Commits as pyflow writes them, beside the same commits written by `git commit-tree`: in SHA-1 and
//! in SHA-256 repositories, where no server can take the latter yet.

use std::collections::BTreeMap;

use pyflow::checkout::exec::Git;
use pyflow::checkout::object::{Commit, ObjectFormat};
use pyflow::checkout::write;
use pyflow::names::CommitId;
use pyflow::review::gerrit::change_id::{self, Footer};
use pyflow::ui::{Options, Ui};

use crate::sandbox::{Clone, World};

/// Commits of every kind that `git commit` makes without a signature.
fn history(clone: &Clone<'_>) {
    clone.commit("First");
    let latin = clone.person.home.join("latin");
    std::fs::write(&latin, b"Caf\xe9\n\nna\xefve   \n\n\n").unwrap();
    let latin = latin.to_string_lossy();
    clone.git([
        "-c",
        "i18n.commitEncoding=ISO-8859-1",
        "commit",
        "-q",
        "--allow-empty",
        "--cleanup=verbatim",
        "-F",
        &latin,
    ]);
    clone.git(["checkout", "-q", "-b", "side", "HEAD~"]);
    clone.git([
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "Side",
        "--author=Añá Ö <a@example.org>",
        "--date=@1700000000 -0230",
    ]);
    clone.git(["checkout", "-q", "work"]);
    clone.git(["merge", "-q", "--no-ff", "-m", "Merge the side\n\nSigned-off-by: A <a@example.org>", "side"]);
    clone.commit(&format!("With an id\n\nChange-Id: I{}", "a".repeat(40)));
    clone.git(["commit", "-q", "--allow-empty", "--allow-empty-message", "-m", ""]);
}

/// The same commit, written by git from its parts.
fn by_git(clone: &Clone<'_>, original: &Commit, parents: &[CommitId], message: &[u8]) -> String {
    let file = clone.person.home.join("message");
    std::fs::write(&file, message).unwrap();
    let encoding = original.encoding().unwrap_or_else(|| "UTF-8".to_owned());
    let mut arguments = vec!["-c".to_owned(), format!("i18n.commitEncoding={encoding}"), "commit-tree".to_owned()];
    arguments.extend(parents.iter().flat_map(|parent| ["-p".to_owned(), parent.to_string()]));
    arguments.extend(["-F".to_owned(), file.to_string_lossy().into_owned(), original.tree.clone()]);
    // What the parts are is asked of git, too.
    let format = "--format=%an%n%ae%n%ad%n%cn%n%ce%n%cd";
    let parts = clone.git(["log", "-1", "--date=raw", format, original.id.as_str()]);
    let names = ["AUTHOR_NAME", "AUTHOR_EMAIL", "AUTHOR_DATE", "COMMITTER_NAME", "COMMITTER_EMAIL", "COMMITTER_DATE"];
    let run = clone.run("git", arguments, |command| {
        for (name, value) in names.iter().zip(parts.lines()) {
            let value = if name.ends_with("DATE") { format!("@{value}") } else { value.to_owned() };
            command.env(format!("GIT_{name}"), value);
        }
    });
    run.success().stdout.trim_end().to_owned()
}

#[test]
fn copies_with_change_ids_are_the_commits_that_git_would_write() {
    let world = World::embedded();
    let ui = Ui::new(Options::default(), &|_| None);
    for (name, format) in [("sha1", ObjectFormat::Sha1), ("sha256", ObjectFormat::Sha256)] {
        let clone = Clone { person: world.user("alice"), dir: world.path(name) };
        std::fs::create_dir(&clone.dir).unwrap();
        clone.git(["init", "-q", "-b", "work", &format!("--object-format={name}")]);
        history(&clone);
        let git = Git::new(&clone.dir, &ui).with_env("GIT_CONFIG_GLOBAL", clone.person.home.join(".gitconfig"));
        let list = clone.git(["rev-list", "--topo-order", "--reverse", "work"]);
        let commits: Vec<Commit> = list
            .lines()
            .map(|id| {
                let bytes = git.output(["cat-file", "commit", id]).unwrap().stdout;
                assert_eq!(format.commit_id(&bytes).as_str(), id, "{name}");
                Commit::parse(id.parse().unwrap(), &bytes).unwrap()
            })
            .collect();
        assert_eq!(commits.len(), 6);

        let message = |commit: &Commit| {
            let missing = change_id::footer(&commit.message) == Footer::Missing;
            missing.then(|| change_id::add_to(&commit.message, &change_id::derive(&commit.id)))
        };
        let rewrites = write::plan(&commits, format, message);
        let written = write::write(&git, format, rewrites).unwrap();
        let mut copies: BTreeMap<CommitId, CommitId> = BTreeMap::new();
        for copy in &written {
            let original = &copy.original;
            assert!(copy.copied && copy.commit != original.id);
            let parents: Vec<CommitId> = original.parents.iter().map(|parent| copies[parent].clone()).collect();
            let text = message(original).unwrap_or_else(|| original.message.clone());
            assert_eq!(
                copy.commit.as_str(),
                by_git(&clone, original, &parents, &text),
                "{name}: {}",
                original.subject()
            );
            copies.insert(original.id.clone(), copy.commit.clone());
        }
        let tip = &written.last().unwrap().commit;
        // git finds them stored, and whole, and reads what was added as a trailer of each.
        clone.git(["fsck", "--strict", "--no-dangling", tip.as_str()]);
        let trailers = clone.git(["log", "--format=%(trailers:key=Change-Id,valueonly,separator=%x2C)", tip.as_str()]);
        let ids = trailers.lines().filter(|id| id.len() == 41 && id.starts_with('I')).count();
        // The first line of a message is no trailer, and the last commit has only that.
        assert_eq!(ids, 5, "{trailers}");
        assert_eq!(clone.git(["diff", "--stat", "work", tip.as_str()]), "");
    }
}
