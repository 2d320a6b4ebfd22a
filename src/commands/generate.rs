//! Completions, manual pages, and the helper that git starts: what other programs read.

use std::path::Path;

use clap::CommandFactory as _;

use crate::cli::{Cli, CredentialHelperArgs};
use crate::error::{Context as _, Error, Result};
use crate::secret;

/// The completions for a shell.
pub fn completions(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut visible(), "pyflow", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What can be typed, without what is hidden: some generators offer that, too.
fn visible() -> clap::Command {
    let all = Cli::command();
    let shown = all.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    clap::Command::new("pyflow")
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .subcommand_required(true)
        .args(all.get_arguments().cloned())
        .subcommands(shown)
}

/// Writes a manual page for the program and one for each command.
pub fn man_pages(folder: &Path) -> Result<()> {
    let broken = || Error::state(format!("the manual pages cannot be written to {}", folder.display()));
    std::fs::create_dir_all(folder).or_error(broken)?;
    // No date: the pages are checked in, and a new day is no change.
    let mut command = Cli::command();
    command.build();
    write_pages(&command, folder).or_error(broken)
}

fn write_pages(command: &clap::Command, folder: &Path) -> std::io::Result<()> {
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).date("").render(&mut page)?;
    std::fs::write(folder.join(format!("{name}.1")), page)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set() && sub.get_name() != "help") {
        write_pages(sub, folder)?;
    }
    Ok(())
}

/// Passes git's question on to the pyflow that started git, and its answer back.
pub fn credential_helper(args: &CredentialHelperArgs) -> Result<()> {
    secret::helper(&args.socket, &args.operation, std::io::stdin().lock(), std::io::stdout().lock())
        .or_error(|| Error::unknown("the pyflow that started git does not answer"))
}
