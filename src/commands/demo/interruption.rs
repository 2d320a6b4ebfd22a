//! Ctrl-C during the demo: the commands that it runs get it as well and end; the demo clears away its
//! server, which has a process group of its own, and its folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Context as _, Error, Result};

/// Whether somebody has pressed Ctrl-C, or the process was asked to end.
#[derive(Clone)]
pub(super) struct Interruption(Arc<AtomicBool>);

impl Interruption {
    /// Watches from now on, for as long as the process lives; the signals end nothing by themselves then.
    pub(super) fn watch() -> Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = || Error::state("signals cannot be watched");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().or_error(failed)?;
        let came = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&came);
        let mut signals = {
            let _inside = runtime.enter();
            let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
            kinds.map(signal).into_iter().collect::<Result<Vec<_>, _>>().or_error(failed)?
        };
        std::thread::spawn(move || {
            runtime.block_on(async {
                let [interrupt, terminate, hangup] = signals.as_mut_slice() else { return };
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                heard.store(true, Ordering::SeqCst);
            });
        });
        Ok(Self(came))
    }

    /// Whether one came.
    pub(super) fn came(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
