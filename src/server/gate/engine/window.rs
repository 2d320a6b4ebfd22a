//! How many changes of a queue are tested at once: more as they pass, fewer as they fail.

/// The rules of a window. Zuul's defaults: it grows by one with each merge and is halved by each
/// failure, never below the floor, so that a broken branch does not cost a test run for every
/// approved change (`ChangeQueue.increaseWindowSize`, `decreaseWindowSize`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WindowRules {
    /// How a queue begins; 0: no limit, ever.
    pub start: usize,
    /// The smallest.
    pub floor: usize,
    /// The largest; 0: none.
    pub ceiling: usize,
}

impl WindowRules {
    /// A window within the rules. One that has an end never becomes 0, which has none.
    pub(super) fn bounded(self, window: usize) -> usize {
        let floor = self.floor.max(1);
        match (self.start, self.ceiling) {
            (0, _) => 0,
            (_, 0) => window.max(floor),
            (_, ceiling) => window.clamp(floor, ceiling.max(floor)),
        }
    }

    /// After a change was merged.
    pub(super) fn after_success(self, window: usize) -> usize {
        self.bounded(window + 1)
    }

    /// After a change was reported as failed.
    pub(super) fn after_failure(self, window: usize) -> usize {
        self.bounded(window / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::WindowRules;

    /// The course that a real Zuul 14 took with start 4, floor 2, ceiling 6.
    #[test]
    fn it_moves_as_zuuls_does() {
        let rules = WindowRules { start: 4, floor: 2, ceiling: 6 };
        let mut window = 5;
        let mut seen = Vec::new();
        for passed in [true, true, false, true, true, true] {
            window = if passed { rules.after_success(window) } else { rules.after_failure(window) };
            seen.push(window);
        }
        assert_eq!(seen, [6, 6, 3, 4, 5, 6]);
        assert_eq!(rules.after_failure(5), 2);
        assert_eq!(rules.after_failure(2), 2);
        let to_the_ground = WindowRules { start: 4, floor: 0, ceiling: 0 };
        assert_eq!((to_the_ground.after_failure(2), to_the_ground.after_failure(1)), (1, 1));
        let unlimited = WindowRules { start: 0, floor: 3, ceiling: 0 };
        assert_eq!(unlimited.after_success(0), 0);
        let open = WindowRules { start: 20, floor: 3, ceiling: 0 };
        assert_eq!((open.after_success(20), open.after_failure(20), open.after_failure(4)), (21, 10, 3));
    }
}
