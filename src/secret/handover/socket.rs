//! The socket behind a [`Handover`](super::Handover), in a folder that is this user's alone, and the
//! thread that answers on it; and how the helper asks there.

use std::fs::Permissions;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use tempfile::TempDir;

use super::{MAX_REQUEST, answers};
use crate::error::{Context as _, Error, Result};
use crate::names::ServerUrl;
use crate::secret::Credential;

/// Both ends are on this machine and have their words ready; one that stalls is not ours.
const PATIENCE: Duration = Duration::from_secs(2);

/// A socket's path has at most 104 bytes (macOS; 108 on Linux), and the folder's own name and
/// the socket's take some twenty.
const MAX_FOLDER: usize = 80;

/// The socket, its folder and the thread behind it.
pub(super) struct Offer {
    folder: TempDir,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Offer {
    pub(super) fn new(server: &ServerUrl, credential: &Credential) -> Result<(Self, PathBuf)> {
        let could_not = || {
            Error::state("no socket could be made to hand the token to git")
                .hint("TMPDIR names a folder for temporary files")
        };
        let place = std::env::temp_dir();
        let place = if place.as_os_str().len() > MAX_FOLDER { PathBuf::from("/tmp") } else { place };
        let folder = tempfile::Builder::new()
            .prefix("pyflow-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(place)
            .or_error(could_not)?;
        let socket = folder.path().join("ask");
        let listener = UnixListener::bind(&socket).or_error(could_not)?;
        let done = Arc::new(AtomicBool::new(false));
        let thread = {
            let (done, server, credential) = (Arc::clone(&done), server.clone(), credential.clone());
            std::thread::Builder::new()
                .name("credential".to_owned())
                .spawn(move || serve(&listener, &done, &server, &credential))
                .or_error(could_not)?
        };
        Ok((Self { folder, done, thread: Some(thread) }, socket))
    }
}

impl Drop for Offer {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        // Wakes the thread; without a connection it would wait for ever, so it is left alone.
        let woken = UnixStream::connect(self.folder.path().join("ask")).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            drop(thread.join());
        }
    }
}

fn serve(listener: &UnixListener, done: &AtomicBool, server: &ServerUrl, credential: &Credential) {
    for stream in listener.incoming() {
        if done.load(Ordering::SeqCst) {
            return;
        }
        // A request that fails is one that goes unanswered; git then says that it got nothing.
        drop(stream.and_then(|stream| answer(stream, server, credential)));
    }
}

fn answer(mut stream: UnixStream, server: &ServerUrl, credential: &Credential) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut request = String::new();
    (&stream).take(MAX_REQUEST).read_to_string(&mut request)?;
    if answers(&request, server, credential) {
        let secret = credential.secret.expose_secret();
        let words = Zeroizing::new(format!("username={}\npassword={secret}\n", credential.user));
        stream.write_all(words.as_bytes())?;
    }
    Ok(())
}

/// Asks the socket; its answer is empty where it has none for this request.
pub(super) fn ask(socket: &Path, request: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Zeroizing::new(Vec::new());
    stream.take(MAX_REQUEST).read_to_end(&mut answer)?;
    Ok(answer)
}
