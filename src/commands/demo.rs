//! `pyflow demo`: the workflow in a scratch folder, played by running the program's own commands
//! against a server of its own. Nothing outside the folder is read or written.
//!
//! `stage` is where it is played: the server, the people, the projects. `story` is what is played.

mod interruption;
mod stage;
mod story;

use std::path::{Path, PathBuf};

use crate::cli::DemoArgs;
use crate::error::{Context as _, Error, Kind, Result};
use crate::observe::Observe;
use crate::outcome::{Demo, Outcome};
use interruption::Interruption;
use stage::Stage;
use story::Story;

/// Runs the command.
pub fn run(directory: &Path, observe: &dyn Observe, args: &DemoArgs) -> Result<Outcome> {
    let scratch = Scratch::new(directory, args)?;
    let interruption = Interruption::watch()?;
    let played = Stage::build(scratch.path(), observe, &interruption).and_then(|stage| {
        let Story { steps, surprised, .. } = Story::play(&stage)?;
        Ok((stage, steps, surprised))
    });
    // What fails then fails because of it. Server and folder go with their values.
    if interruption.came() {
        let stays = match &scratch {
            Scratch::Temporary(_) => String::new(),
            Scratch::Named(folder) => format!("; {} stays", folder.display()),
        };
        return Err(Error::new(Kind::Interrupted, format!("interrupted, and its server is ended{stays}")));
    }
    let (mut stage, steps, surprised) = played?;
    let (folder, server) = (scratch.path().display().to_string(), stage.url.clone());
    let kept = args.keep || args.folder.is_some();
    let next = if args.keep { keep(&mut stage, scratch) } else { Vec::new() };
    let exit = surprised.then_some(Kind::No);
    Ok(Outcome::Demo(Demo { folder, server, steps, kept, next, exit }))
}

/// The folder; removed at the end unless it is to be kept.
enum Scratch {
    Temporary(tempfile::TempDir),
    Named(PathBuf),
}

impl Scratch {
    fn new(directory: &Path, args: &DemoArgs) -> Result<Self> {
        let broken = || Error::state("the scratch folder cannot be made");
        let Some(folder) = &args.folder else {
            return Ok(Self::Temporary(tempfile::Builder::new().prefix("pyflow-demo-").tempdir().or_error(broken)?));
        };
        let folder = directory.join(folder);
        if folder.exists() {
            return Err(Error::usage(format!("{} is there already", folder.display()))
                .hint("name a folder that does not exist yet"));
        }
        std::fs::create_dir_all(&folder).or_error(broken)?;
        Ok(Self::Named(folder))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Named(folder) => folder,
        }
    }
}

/// Leaves the folder and the server; returns what to try next.
fn keep(stage: &mut Stage<'_>, scratch: Scratch) -> Vec<String> {
    if let Scratch::Temporary(folder) = scratch {
        // From here on it is the person's.
        let _kept = folder.keep();
    }
    let server = stage.leave_the_server();
    let change = story::CHANGES + 1;
    vec![
        format!("cd {}", stage::quoted(&stage.folder.join("alice"))),
        "git commit --allow-empty -m 'Try something' && pyflow submit main".to_owned(),
        "pyflow status".to_owned(),
        format!("cd ../carol && pyflow list && pyflow approve {change},1   # as Carol: a clone is its owner's"),
        format!("kill {server}   # ends the server"),
    ]
}
