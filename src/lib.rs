//! pyflow takes a change from a local branch to landed on every branch that needs it.

use std::process::ExitCode;

pub mod cli;
pub mod commands;
pub mod error;
pub mod observe;
#[cfg(feature = "server")]
pub mod server;

/// Runs the program with these arguments.
pub fn run(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> ExitCode {
    let cli = <cli::Cli as clap::Parser>::parse_from(arguments);
    match cli.command {
        #[cfg(feature = "server")]
        cli::Command::Serve(arguments) => serve(&arguments),
    }
}

/// Until `ui` does it: runs `pyflow serve …` and writes what came of it.
#[cfg(feature = "server")]
fn serve(arguments: &cli::ServeArgs) -> ExitCode {
    use std::io::Write;

    use commands::serve::Outcome;

    let written = match commands::serve::run(arguments, &observe::Silent) {
        Ok(Outcome::Token { token: Some(token), .. }) => writeln!(std::io::stdout(), "{token}"),
        Ok(Outcome::Project { path, .. }) => writeln!(std::io::stdout(), "{}", path.display()),
        Ok(_) => Ok(()),
        Err(error) => {
            let mut stderr = std::io::stderr();
            let mut lines = vec![format!("error: {error}")];
            lines.extend(error.causes().into_iter().map(|cause| format!("  because: {cause}")));
            lines.extend(error.hints.iter().map(|hint| format!("hint: {hint}")));
            for line in lines {
                let _lost = writeln!(stderr, "{line}");
            }
            return ExitCode::from(error.kind.exit_code());
        }
    };
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(5) }
}
