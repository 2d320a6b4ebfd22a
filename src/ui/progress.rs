//! Progress lines: drawn by one owner, never for short work, never while somebody else may write.
//!
//! Where nothing can be shown (no terminal, `--quiet`, `--verbose`) a progress line is nothing at
//! all. Where it can, one thread waits for the 250 ms to pass, since the work itself is blocked in
//! a read; it draws nothing for work that ends before, and sleeps while there is none.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

use super::sanitise::clean;
use crate::observe::{Aside, Working};

/// Work that is shorter shows nothing: a line that flashes up only disturbs.
const PATIENCE: Duration = Duration::from_millis(250);

/// Ten pictures a second move smoothly and cost nothing to speak of.
const TICK: Duration = Duration::from_millis(100);

/// The owner of all progress lines.
pub(super) struct Progress {
    /// `None` where nothing is to be shown.
    shared: Option<Arc<Shared>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    items: Vec<Item>,
    next: u64,
    /// How many guards keep the terminal for somebody else.
    held: usize,
    started: bool,
    lines: Option<MultiProgress>,
}

struct Item {
    id: u64,
    what: String,
    since: Instant,
    bar: Option<ProgressBar>,
}

impl Shared {
    /// A panic in another thread leaves nothing here half-done that matters.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    pub(super) fn new(visible: bool) -> Self {
        Self { shared: visible.then(Arc::default) }
    }

    pub(super) fn working(&self, what: &str) -> Box<dyn Working> {
        let Some(shared) = &self.shared else { return Box::new(Nothing) };
        let mut state = shared.lock();
        state.next += 1;
        let id = state.next;
        let what = clean(what).into_owned();
        state.items.push(Item { id, what, since: Instant::now(), bar: None });
        if !state.started {
            let shared = Arc::clone(shared);
            let thread = std::thread::Builder::new().name("progress".to_owned());
            // Without a thread there is no progress line, and nothing else is missing.
            state.started = thread.spawn(move || draw(&shared)).is_ok();
        }
        drop(state);
        shared.changed.notify_one();
        Box::new(Line { shared: Arc::clone(shared), id })
    }

    /// Runs `write`, which writes to the terminal, with the lines out of its way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let Some(shared) = &self.shared else { return write() };
        let state = shared.lock();
        match &state.lines {
            Some(lines) if state.items.iter().any(|item| item.bar.is_some()) => lines.suspend(write),
            _ => write(),
        }
    }

    /// Takes the lines away until the guard is dropped.
    pub(super) fn hold(&self) -> Box<dyn Aside> {
        let Some(shared) = &self.shared else { return Box::new(()) };
        let mut state = shared.lock();
        state.held += 1;
        for item in &mut state.items {
            item.clear();
        }
        drop(state);
        Box::new(Held { shared: Arc::clone(shared) })
    }
}

impl Item {
    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self, lines: &MultiProgress) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = lines.add(ProgressBar::new_spinner());
            bar.set_message(self.what.clone());
            bar
        });
        bar.tick();
    }
}

/// The thread: draws what is due, then sleeps until something else is.
fn draw(shared: &Shared) {
    let mut state = shared.lock();
    loop {
        let now = Instant::now();
        let State { items, held, lines, .. } = &mut *state;
        let mut wait = None;
        if *held == 0 {
            for item in items {
                let due = item.since + PATIENCE;
                if due <= now {
                    let target = || MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
                    item.show(lines.get_or_insert_with(target));
                    wait = Some(TICK);
                } else {
                    wait = Some(wait.unwrap_or(TICK.max(PATIENCE)).min(due - now));
                }
            }
        }
        state = match wait {
            Some(wait) => shared.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0,
            None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        };
    }
}

struct Nothing;

impl Working for Nothing {}

struct Line {
    shared: Arc<Shared>,
    id: u64,
}

impl Working for Line {}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        if let Some(at) = state.items.iter().position(|item| item.id == self.id) {
            state.items.remove(at).clear();
        }
    }
}

struct Held {
    shared: Arc<Shared>,
}

impl Aside for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        self.shared.lock().held -= 1;
        self.shared.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Duration, PATIENCE, Progress, Shared};

    fn shown(shared: &Shared) -> usize {
        shared.lock().items.iter().filter(|item| item.bar.is_some()).count()
    }

    #[test]
    fn invisible_progress_is_nothing() {
        let progress = Progress::new(false);
        drop(progress.working("x"));
        drop(progress.hold());
        assert_eq!(progress.aside(|| 1), 1);
        assert!(progress.shared.is_none());
    }

    #[test]
    fn lines_come_late_go_at_once_and_step_aside() {
        let progress = Progress::new(true);
        let shared = Arc::clone(progress.shared.as_ref().unwrap());
        let long = progress.working("long");
        assert_eq!(shown(&shared), 0);
        while shown(&shared) == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(progress.aside(|| 7), 7);
        let held = progress.hold();
        assert_eq!(shown(&shared), 0);
        std::thread::sleep(PATIENCE);
        assert_eq!(shown(&shared), 0);
        drop(held);
        while shown(&shared) == 0 {
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(long);
        assert!(shared.lock().items.is_empty());
    }
}
