//! Ways to see what the program does besides what it prints: every git that it starts, every
//! connection that somebody makes.

use std::io::Read as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::sandbox::real_git;

/// A folder with a `git` in it that notes how it was called, and goes on as the real one.
pub struct GitLog {
    folder: PathBuf,
}

impl GitLog {
    /// Makes the folder.
    pub fn new(folder: PathBuf) -> Self {
        std::fs::create_dir_all(&folder).unwrap();
        script(
            &folder.join("git"),
            &format!(
                "{{ printf 'CALL\\0'; printf '%s\\0' \"$@\"; }} >> \"$GIT_LOG/calls\"\nexport -p >> \"$GIT_LOG/environment\"\nexec '{}' \"$@\"\n",
                real_git().display()
            ),
        );
        Self { folder }
    }

    /// Puts it in front of a command's PATH.
    pub fn watch(&self, command: &mut Command) {
        let path = format!("{}:{}", self.folder.display(), std::env::var("PATH").unwrap());
        command.env("PATH", path).env("GIT_LOG", &self.folder);
    }

    /// The calls so far: each a list of arguments.
    pub fn calls(&self) -> Vec<Vec<String>> {
        let log = std::fs::read(self.folder.join("calls")).unwrap_or_default();
        let mut calls = Vec::new();
        for word in log.split(|b| *b == 0) {
            let word = String::from_utf8_lossy(word).into_owned();
            if word == "CALL" {
                calls.push(Vec::new());
            } else if let Some(call) = calls.last_mut() {
                call.push(word);
            }
        }
        // What follows the last separator is no argument.
        if let Some(call) = calls.last_mut() {
            call.pop();
        }
        calls
    }

    /// The environments of all calls, one after the other.
    pub fn environment(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.folder.join("environment")).unwrap_or_default()).into_owned()
    }
}

/// Writes a shell script that can be run.
pub fn script(path: &Path, body: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("#!/bin/sh\n{body}")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A listener that counts who comes, and hangs up.
pub struct Doorbell {
    /// Where it listens.
    pub address: SocketAddr,
    rung: Arc<AtomicUsize>,
}

impl Doorbell {
    /// Listens on a free port of loopback, until the test program ends.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let rung = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&rung);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(stream.map(|mut stream| stream.read(&mut [0; 64])));
            }
        });
        Self { address, rung }
    }

    /// It does ring: without this, silence would prove nothing.
    pub fn must_work(self) {
        let before = self.rung();
        drop(TcpStream::connect(self.address).unwrap());
        let began = Instant::now();
        while self.rung() == before {
            assert!(began.elapsed() < Duration::from_secs(30), "the doorbell is broken");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// How many came.
    pub fn rung(&self) -> usize {
        self.rung.load(Ordering::SeqCst)
    }
}

/// What a terminal would obey, or would show in another order than it is.
pub fn is_trick(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
