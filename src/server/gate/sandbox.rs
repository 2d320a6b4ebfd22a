//! What a job is shut in: the argument vector of bubblewrap, and whether it works on this machine.
//!
//! Inside there are the system's programs and libraries, a few files of `/etc`, an empty `/tmp`, the
//! checkout at `/build`, and the objects of the project, all read-only but `/build` and `/tmp`. The
//! server's folder is not there: no accounts, no refs, no other job.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::server::settings::Sandbox;

/// Where a job finds its checkout.
const BUILD: &str = "/build";
/// The most that a job may put into `/tmp`, which is memory.
const TMP: &str = "1073741824";
/// What programs need of `/etc`; nothing with a secret.
const ETC: [&str; 13] = [
    "alternatives",
    "ca-certificates",
    "group",
    "hosts",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "nsswitch.conf",
    "passwd",
    "resolv.conf",
    "ssl",
];

/// The walls around jobs.
#[derive(Debug, Clone)]
pub(super) struct Walls {
    kind: Sandbox,
    readable: Vec<PathBuf>,
    /// Where the server's folder would be seen through what jobs may read.
    covered: Vec<PathBuf>,
}

/// One job's place.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The checkout.
    pub(super) checkout: &'a Path,
    /// A folder for the job alone, beside the checkout.
    pub(super) home: &'a Path,
    /// The objects that the checkout borrows.
    pub(super) objects: &'a Path,
    /// Whether the network is there.
    pub(super) network: bool,
}

impl Walls {
    /// The walls that the configuration asks for.
    pub(super) fn new(kind: Sandbox, readable: &[PathBuf], server: &Path) -> Self {
        Self { kind, readable: readable.to_vec(), covered: covered(readable, server) }
    }

    /// Why no job can run here; `None`: they can.
    pub(super) fn broken(&self) -> Option<String> {
        if self.kind == Sandbox::None {
            return None;
        }
        let mut command = Command::new("bwrap");
        command.args(self.base(false)).args(["--", "true"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        match command.output() {
            Ok(output) if output.status.success() => None,
            Ok(output) => {
                let words = String::from_utf8_lossy(&output.stderr);
                let first = words.lines().next().unwrap_or("it said nothing");
                Some(format!("bubblewrap does not work here: {first}"))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Some("bubblewrap (bwrap) is not installed".to_owned())
            }
            Err(e) => Some(format!("bubblewrap cannot be run: {e}")),
        }
    }

    /// A shell in a process group of its own, which ends as a whole.
    ///
    /// Before bubblewrap it is a session, too: no job reaches the terminal that the server was started
    /// from. bubblewrap's own `--new-session` would take the job out of the group, and one that was
    /// just beginning would outlive a server that was killed.
    pub(super) fn shell(&self) -> Command {
        if self.kind == Sandbox::None {
            let mut shell = Command::new("/bin/sh");
            shell.process_group(0);
            return shell;
        }
        let mut session = Command::new("setsid");
        session.arg("/bin/sh");
        session
    }

    /// The folder that a job is started in, as the job sees it.
    pub(super) fn seen<'a>(&self, place: &Place<'a>) -> &'a Path {
        if self.kind == Sandbox::None { place.checkout } else { Path::new(BUILD) }
    }

    /// Where a job may leave what it likes, as the job sees it.
    pub(super) fn home<'a>(&self, place: &Place<'a>) -> &'a Path {
        if self.kind == Sandbox::None { place.home } else { Path::new("/tmp") }
    }

    /// The whole vector that runs `command`.
    pub(super) fn around(&self, place: &Place<'_>, command: &[String]) -> Vec<OsString> {
        let job = command.iter().map(OsString::from);
        if self.kind == Sandbox::None {
            return job.collect();
        }
        let mut all: Vec<OsString> = vec!["bwrap".into()];
        all.extend(self.base(place.network));
        // A folder that jobs may read must not open the server's own.
        for path in &self.covered {
            all.extend(["--tmpfs".into(), path.into()]);
        }
        for (how, from, to) in
            [("--ro-bind", place.objects, place.objects), ("--bind", place.checkout, Path::new(BUILD))]
        {
            all.extend([how.into(), from.into(), to.into()]);
        }
        all.extend(["--chdir", BUILD, "--"].map(OsString::from));
        all.extend(job);
        all
    }

    fn base(&self, network: bool) -> Vec<OsString> {
        let mut all: Vec<OsString> = [
            "--unshare-user",
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--die-with-parent",
            "--cap-drop",
            "ALL",
            "--hostname",
            "job",
            "--ro-bind",
            "/usr",
            "/usr",
        ]
        .map(OsString::from)
        .into();
        if !network {
            all.push("--unshare-net".into());
        }
        for name in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
            match std::fs::read_link(name) {
                Ok(target) => all.extend(["--symlink".into(), target.into(), name.into()]),
                Err(_) => all.extend(["--ro-bind-try", name, name].map(OsString::from)),
            }
        }
        for name in ETC {
            let path = format!("/etc/{name}");
            all.extend(["--ro-bind-try".into(), path.clone().into(), path.into()]);
        }
        all.extend(["--proc", "/proc", "--dev", "/dev", "--size", TMP, "--tmpfs", "/tmp"].map(OsString::from));
        for path in &self.readable {
            all.extend(["--ro-bind-try".into(), path.into(), path.into()]);
        }
        all
    }
}

/// Where a job would see the server's folder: below each folder that it may read, whatever links lead to the one
/// or the other.
fn covered(readable: &[PathBuf], server: &Path) -> Vec<PathBuf> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let server = real(server);
    let seen = readable.iter().map(PathBuf::as_path).chain([Path::new("/usr")]);
    seen.filter_map(|shown| Some(shown.join(server.strip_prefix(real(shown)).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_do_not_open_the_servers_folder() {
        let dir = tempfile::tempdir().unwrap();
        let real = std::fs::canonicalize(dir.path()).unwrap();
        let (shared, server) = (real.join("shared"), real.join("shared/pyflow"));
        std::fs::create_dir_all(&server).unwrap();
        let (to_shared, to_server) = (real.join("to-shared"), real.join("to-server"));
        std::os::unix::fs::symlink(&shared, &to_shared).unwrap();
        std::os::unix::fs::symlink(&server, &to_server).unwrap();
        let seen = to_shared.join("pyflow");
        for (readable, at, wanted) in [
            (&shared, &server, Some(&server)),
            (&shared, &to_server, Some(&server)),
            (&to_shared, &server, Some(&seen)),
            (&to_shared, &to_server, Some(&seen)),
            (&to_server, &server, Some(&to_server.join(""))),
            (&real.join("elsewhere"), &server, None),
        ] {
            let walls = Walls::new(Sandbox::Bubblewrap, std::slice::from_ref(readable), at);
            let place =
                Place { checkout: Path::new("/c"), home: Path::new("/h"), objects: Path::new("/o"), network: false };
            let all = walls.around(&place, &["true".to_owned()]);
            let covers: Vec<&Path> =
                all.windows(2).filter(|w| w[0] == "--tmpfs" && w[1] != "/tmp").map(|w| Path::new(&w[1])).collect();
            assert_eq!(covers, wanted.map(PathBuf::as_path).into_iter().collect::<Vec<_>>(), "{readable:?} {at:?}");
        }
    }
}
