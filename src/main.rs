//! The `pyflow` program: hands arguments and streams to the library and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    pyflow::run(std::env::args_os())
}
