//! The embedded server. Imports nothing of the client's rooms.
//!
//! Git over smart HTTP (`upload`, `receive`) and Gerrit's REST (`rest`), over changes that are stored
//! in git (`store`). `judge`, `accept`, `labels`, `footer`, `pushopt`, `query` are functions over
//! values. `gate` tests what is uploaded and approved, and merges it with `merge`; a project without
//! jobs merges what is approved (`approval`). `zuul` is the gate's dialect, `page` is for people.

mod accept;
pub mod accounts;
mod approval;
mod change;
pub mod check;
mod commits;
mod files;
mod footer;
mod gate;
mod git;
mod handles;
mod http;
mod index;
pub mod init;
mod judge;
mod labels;
mod merge;
mod names;
mod page;
mod people;
mod pick;
mod pktline;
mod pushopt;
mod quarantine;
mod query;
mod receive;
mod repair;
mod rest;
pub mod settings;
mod store;
mod upkeep;
mod upload;
mod zuul;

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use crate::error::{Context, Error, Result};
use crate::observe::Observe;

/// The crate's version.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long connections may take to end after a signal.
const GRACE: Duration = Duration::from_secs(5);
/// How long the last git of a server that was killed may take to move refs.
const LAST_GIT: Duration = Duration::from_secs(2);

/// What helps where jobs cannot be shut in.
const SANDBOX_HINT: &str = "install bubblewrap; or, where whoever pushes may do whatever the server can, write sandbox = \"none\" below [gate] in server.toml";

/// How to serve.
#[derive(Debug, Clone)]
pub struct Serve {
    /// The server's folder.
    pub dir: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The file that gets the server's address once it answers.
    pub ready_file: Option<PathBuf>,
    /// The address that people use.
    pub canonical_url: Option<Url>,
}

/// A server at work.
#[derive(Debug)]
struct Server {
    settings: settings::Settings,
    accounts: accounts::AccountsFile,
    store: store::Store,
    /// Who may merge.
    queue: merge::Queue,
    /// What is tested and merged when.
    gate: gate::Gate,
    /// The address that people use, with a slash at its end.
    base_url: String,
    /// The path in it, without a slash at its end.
    prefix: String,
    /// What `Host` may say.
    hosts: Vec<String>,
    /// Whether everybody may read.
    anonymous_read: bool,
    /// When it began.
    started: change::Moment,
}

/// Locks a server's folder for this process. Waits a moment: the last git of a server that was killed
/// holds the lock until it has moved its refs ([`git::Git::move_refs`]).
pub fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let failed = || Error::state(format!("cannot lock {}", dir.display()));
    let file = File::create(&path).or_error(failed)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < LAST_GIT => {
                std::thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(Error::state(format!("another process uses {}", dir.display())));
            }
            Err(TryLockError::Error(e)) => return Err(failed().because(e)),
        }
    }
}

/// Writes a secret to a file that only its owner can read.
pub fn write_secret(path: &Path, secret: &str) -> Result<()> {
    files::replace(path, format!("{secret}\n").as_bytes(), 0o600)
}

/// Whether a secret could be written there, without writing it.
pub fn check_secret_place(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tried = if path.is_dir() {
        Err(std::io::ErrorKind::IsADirectory.into())
    } else {
        tempfile::tempfile_in(folder).map(drop)
    };
    tried.or_error(|| Error::usage(format!("{} cannot be written", path.display())))
}

/// Serves until SIGINT or SIGTERM.
pub fn serve(serve: &Serve, observe: &dyn Observe) -> Result<()> {
    let loopback = serve.listen.ip().is_loopback();
    match &serve.canonical_url {
        Some(url) if url.scheme() != "https" && !(loopback && url.scheme() == "http") => {
            return Err(Error::usage(format!("--canonical-url {url}: passwords go over it, so it must be https://…")));
        }
        None if !loopback => {
            return Err(Error::usage(format!("{} can be reached from elsewhere", serve.listen))
                .hint("put a proxy that speaks TLS in front and give its address: --canonical-url https://…"));
        }
        _ => {}
    }
    if !serve.dir.is_dir() {
        return Err(Error::state(format!("there is no folder {}", serve.dir.display()))
            .hint(format!("pyflow serve init --dir {} --project NAME", serve.dir.display())));
    }
    let settings = settings::Settings::read(&serve.dir)?;
    let lock = lock(&serve.dir)?;
    let accounts = accounts::AccountsFile::new(&serve.dir);
    let gate = gate::Gate::open(&serve.dir, &settings, &accounts)?;
    if let Some(why) = &gate.blocked {
        observe.warn(&format!("no job runs: {why}"));
        observe.note(SANDBOX_HINT);
    }
    let store = store::Store::open(&serve.dir, &settings, lock)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .or_error(|| Error::state("cannot start threads"))?;
    let result = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(serve.listen)
            .await
            .or_error(|| Error::state(format!("cannot listen on {}", serve.listen)))?;
        let local = listener.local_addr().or_error(|| Error::state("cannot listen"))?;
        let server = Arc::new(Server::new(serve, settings, accounts, gate, store, local));
        gate::start(&server);
        if let Some(file) = &serve.ready_file {
            files::replace(file, server.base_url.as_bytes(), 0o644)?;
        }
        observe.note(&format!("Serving {} on {}", serve.dir.display(), server.base_url));
        let upkeep = tokio::spawn(upkeep::watch(Arc::clone(&server)));
        let result = http::run(listener, Arc::clone(&server), GRACE).await;
        upkeep.abort();
        server.gate.stop();
        result
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

impl Server {
    fn new(
        serve: &Serve,
        settings: settings::Settings,
        accounts: accounts::AccountsFile,
        gate: gate::Gate,
        store: store::Store,
        local: SocketAddr,
    ) -> Self {
        let port = local.port();
        let mut hosts =
            vec![local.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}"), format!("[::1]:{port}")];
        let mut base_url = format!("http://{local}/");
        let mut prefix = String::new();
        if let Some(url) = &serve.canonical_url {
            url.as_str().clone_into(&mut base_url);
            if !base_url.ends_with('/') {
                base_url.push('/');
            }
            url.path().trim_end_matches('/').clone_into(&mut prefix);
            let host = url.host_str().unwrap_or_default();
            hosts.push(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")));
        }
        let anonymous_read =
            settings.access.anonymous_read.unwrap_or_else(|| local.ip().is_loopback() && serve.canonical_url.is_none());
        Self {
            settings,
            accounts,
            store,
            queue: merge::Queue::default(),
            gate,
            base_url,
            prefix,
            hosts,
            anonymous_read,
            started: change::now(),
        }
    }

    /// Whether this account, or everybody, may see a project.
    fn sees(&self, account: Option<&accounts::Account>, project: &store::Project) -> bool {
        let groups = &project.settings.visible_to;
        match account {
            None => self.anonymous_read && groups.is_empty(),
            Some(account) => groups.is_empty() || groups.iter().any(|g| account.is_in(g)),
        }
    }
}
