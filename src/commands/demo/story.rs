//! What the demo plays: what people say, type and write. Each command is really run, and what it
//! printed is really what it printed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::stage::{MIRROR, PARSER, PATIENCE, SLOW, Stage, own_path, write};
use crate::error::{Context as _, Error, Result};
use crate::outcome::DemoStep;

/// How many changes the story makes.
pub(super) const CHANGES: u64 = 11;

/// What has been played.
pub(super) struct Story<'s> {
    stage: &'s Stage<'s>,
    pub(super) steps: Vec<DemoStep>,
    /// Whether a command ended otherwise than the story has it.
    pub(super) surprised: bool,
}

/// A change of the story: its branch, its subject, its files.
type Part<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)]);

impl<'s> Story<'s> {
    /// Plays it all.
    pub(super) fn play(stage: &'s Stage<'s>) -> Result<Self> {
        let mut story = Self { stage, steps: Vec::new(), surprised: false };
        for act in [Self::first_change, Self::chores, Self::every_branch, Self::queue, Self::gate] {
            act(&mut story)?;
            // What follows would be nonsense.
            if story.surprised {
                break;
            }
        }
        Ok(story)
    }

    /// From a branch to landed.
    fn first_change(&mut self) -> Result<()> {
        self.say("Alice writes a summary, on a branch of her own.");
        self.act("alice", "git checkout -q -b summary")?;
        self.file("alice", "uses/summary", "count\n")?;
        self.act("alice", "git add uses")?;
        self.act("alice", "git commit -q -m 'Add a summary'")?;
        self.say("She looks at what would happen, and sends it for review.");
        self.act("alice", "pyflow submit --dry-run main")?;
        self.act("alice", "pyflow submit main --topic summary")?;
        self.say("The server tests it at once. It fails: there is no function `count`.");
        self.until(1, &|change| verified(change) == Some(-1))?;
        self.act("alice", "pyflow status --logs")?;
        self.say("She adds it. Run again, submit updates the change in place; now the tests pass.");
        let counting = "\n\ndef count(text):\n    return len(parse(text))\n";
        self.file("alice", "parser.py", &format!("{PARSER}{counting}"))?;
        self.act("alice", "git commit -q -a --amend --no-edit")?;
        self.act("alice", "pyflow submit main")?;
        self.until(1, &|change| verified(change) == Some(1))?;
        self.say("Carol, a core developer, sees it and approves exactly the patch set that she looked at.");
        self.act("carol", "pyflow list")?;
        self.act("carol", "pyflow approve 1,2")?;
        self.until(1, &is_merged)?;
        self.say("It was tested once more, merged with main, and has landed.");
        self.act("alice", "pyflow status")?;
        self.act("alice", "git fetch -q")
    }

    /// What a project wants before it looks at a change at all.
    fn chores(&mut self) -> Result<()> {
        self.say("Bob is new, in a project that wants news, clean files and a contributor agreement.");
        self.act("bob", "git checkout -q -b count")?;
        self.file("bob", "count.py", "def count(items):\n\treturn len(items) \n")?;
        self.act("bob", "git add count.py")?;
        self.act("bob", "git commit -q -m 'Count the items'")?;
        self.say("He is told everything at once, and nothing is sent.");
        self.act_and_expect(1, "bob", "pyflow submit")?;
        self.act("bob", "pyflow patchcheck --fix")?;
        self.act("bob", "pyflow news add --issue 123456 --section Library -m 'Items can be counted.'")?;
        self.act("bob", "git commit -q -a --amend --no-edit")?;
        self.act("bob", "pyflow cla sign --yes")?;
        self.act("bob", "pyflow submit")
    }

    /// One fix on three branches with three commands.
    fn every_branch(&mut self) -> Result<()> {
        self.say("A bug that every branch has: one fix, three branches, three commands.");
        self.act("alice", "git checkout -q -b fix-empty origin/main --no-track")?;
        self.file("alice", "tokens.py", "def tokens(text):\n    return list(text or '')\n")?;
        self.act("alice", "git add tokens.py")?;
        self.act("alice", "git commit -q -m 'Accept empty input for tokens'")?;
        let began = Instant::now();
        self.act("alice", "pyflow submit main")?;
        self.act("alice", "pyflow backport 3.14 3.13")?;
        self.act("carol", "pyflow approve 3,1 4,1 5,1")?;
        for number in 3..=5 {
            self.until(number, &is_merged)?;
        }
        let took = began.elapsed();
        if self.surprised {
            return Ok(());
        }
        self.stage
            .observe
            .note(&format!("# The fix is on three branches, {:.1} s after it was committed.", took.as_secs_f64()));
        self.act("alice", "git fetch -q")?;
        self.act("alice", "git log --oneline -1 origin/3.14")?;
        self.act("alice", "git log --oneline -1 origin/3.13")
    }

    /// Several changes at once, of which two do not fit together.
    fn queue(&mut self) -> Result<()> {
        self.say("Three more changes: a better name for `parse`, a new use of it, some news. Each passes alone.");
        self.act("alice", "git fetch -q")?;
        let renamed =
            format!("{}\n\ndef count(text):\n    return len(words(text))\n", PARSER.replace("parse(", "words("));
        let changes: [Part<'_>; 3] = [
            ("rename", "Call it words", &[("parser.py", &renamed), ("uses/report", "words\n")]),
            ("cloud", "Add a word cloud", &[("uses/cloud", "parse\n")]),
            ("news", "Tell the news", &[("NEWS", "What is new\n\n- a summary\n")]),
        ];
        for change in changes {
            self.offer(change)?;
        }
        for number in 6..=8 {
            self.until(number, &|change| verified(change) == Some(1))?;
        }
        self.say("Carol approves all three. The gate tests each on top of those ahead of it, at the same time.");
        self.act("carol", "pyflow approve 6,1 7,1 8,1")?;
        for number in [6, 8] {
            self.until(number, &is_merged)?;
        }
        self.until(7, &|change| verified(change) == Some(-2))?;
        self.say("The word cloud calls what is called otherwise now: it was thrown out, the others have landed.");
        self.act("alice", "pyflow status 6 7 8")?;
        self.act("alice", "git fetch -q")?;
        self.act("alice", "git log --oneline --first-parent -4 origin/main")
    }

    /// A failure that is not the change's fault, and a change that cannot wait.
    fn gate(&mut self) -> Result<()> {
        self.say("The next change meets a mirror that is down.");
        self.stage.take_down(MIRROR)?;
        self.offer(("table", "Add a table", &[("uses/table", "words\n")]))?;
        self.until(9, &|change| verified(change) == Some(-1))?;
        self.act("alice", "pyflow status --logs")?;
        self.say("The mirror is back: there is nothing to mend in the change. Alice asks again, and says why.");
        self.stage.put_up(MIRROR)?;
        self.act("alice", "pyflow recheck --bug 41")?;
        self.offer(("chart", "Add a chart", &[("uses/chart", "count\n")]))?;
        self.offer(("index", "Add an index", &[("uses/index", "words\n")]))?;
        for number in 9..=11 {
            self.until(number, &|change| verified(change) == Some(1))?;
        }
        self.say("The tests are slow today. Carol approves all three, and a release waits for the last of them.");
        self.stage.put_up(SLOW)?;
        self.act("carol", "pyflow approve 10,1 11,1 9,1")?;
        self.act("carol", "pyflow gate promote 9 --yes")?;
        self.say("Alice follows them until they have landed.");
        let watch = "pyflow status 9 10 11 --watch --until merged --timeout 2m";
        self.perform(0, "alice", watch, &|stage| stage.take_down(SLOW))
    }

    /// One more change, from a branch to the server.
    fn offer(&mut self, (branch, subject, files): Part<'_>) -> Result<()> {
        self.act("alice", &format!("git checkout -q -b {branch} origin/main"))?;
        for (name, text) in files {
            self.file("alice", name, text)?;
        }
        self.act("alice", "git add .")?;
        self.act("alice", &format!("git commit -q -m '{subject}'"))?;
        self.act("alice", "pyflow submit main")
    }

    /// Waits until a change is where the story wants it.
    fn until(&self, number: u32, there: &dyn Fn(&Value) -> bool) -> Result<()> {
        let _working = self.stage.observe.working("the server runs the tests");
        let (alice, began) = (self.stage.folder.join("alice"), Instant::now());
        loop {
            let text = self.stage.pyflow(&alice, &["status", &number.to_string(), "--format", "json"])?;
            let document: Value = serde_json::from_str(&text)
                .or_error(|| Error::unknown("`pyflow status` printed something else than its document"))?;
            if there(&document["changes"][0]["review"]) {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(Error::state(format!("the server does not get done with change {number}")));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn say(&self, text: &str) {
        self.stage.observe.note("");
        self.stage.observe.note(&format!("# {text}"));
    }

    fn file(&self, who: &str, name: &str, text: &str) -> Result<()> {
        write(&self.stage.folder.join(who).join(name), text)
    }

    /// Runs a command as somebody, tells it as they would type it, then what it printed.
    fn act(&mut self, who: &str, line: &str) -> Result<()> {
        self.act_and_expect(0, who, line)
    }

    /// The same for one that ends with this code.
    fn act_and_expect(&mut self, code: i32, who: &str, line: &str) -> Result<()> {
        self.perform(code, who, line, &|_| Ok(()))
    }

    /// The same for one during which something happens: when it has said its first line.
    fn perform(&mut self, code: i32, who: &str, line: &str, then: &dyn Fn(&Stage<'_>) -> Result<()>) -> Result<()> {
        let stage = self.stage;
        stage.goes_on()?;
        stage.observe.note(&format!("{who}$ {line}"));
        let words = shell_words::split(line).or_error(|| Error::state(format!("`{line}` is no command line")))?;
        let program = if words[0] == "pyflow" { own_path()? } else { PathBuf::from(&words[0]) };
        let mut command = stage.command(&program, &stage.folder.join(who));
        command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().or_error(|| Error::state(format!("`{line}` could not be started")))?;
        let (out, talk) = (child.stdout.take(), child.stderr.take());
        let mut said = String::new();
        let mut tell = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            stage.observe.note(&text);
            said = format!("{said}{text}\n");
        };
        let happened = std::thread::scope(|scope| {
            let talk = scope.spawn(|| {
                let mut bytes = Vec::new();
                // What could not be read is not told; the exit code is.
                talk.map(|mut talk| talk.read_to_end(&mut bytes));
                bytes
            });
            let mut lines = out.into_iter().flat_map(|out| BufReader::new(out).split(b'\n')).map_while(Result::ok);
            let happened = lines.next().map_or(Ok(()), |first| {
                tell(&first);
                then(stage)
            });
            if happened.is_err() {
                child.kill().ok();
            }
            lines.for_each(|line| tell(&line));
            let talk = talk.join().unwrap_or_default();
            String::from_utf8_lossy(&talk).lines().for_each(|line| tell(line.as_bytes()));
            happened
        });
        let status = child.wait().or_error(|| Error::state(format!("`{line}` could not be waited for")))?;
        happened?;
        let step = DemoStep { who: who.to_owned(), command: line.to_owned(), output: said, exit_code: status.code() };
        self.surprised |= step.exit_code != Some(code);
        self.steps.push(step);
        Ok(())
    }
}

/// How the server's tests voted.
fn verified(review: &Value) -> Option<i64> {
    let votes = review["votes"].as_array()?;
    votes.iter().find(|vote| vote["label"] == "Verified")?["value"].as_i64()
}

fn is_merged(review: &Value) -> bool {
    review["state"] == "merged"
}
