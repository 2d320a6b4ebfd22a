//! What a person does and sees, the same on every server: the embedded one under `tests/it`, real
//! Gerrits under `tests/real`.

pub mod backport;
pub mod cla;
pub mod first;
pub mod gate;
pub mod git_review;
pub mod listing;
pub mod options;
pub mod picks;
pub mod ports;
pub mod push_table;
pub mod shapes;
pub mod stack;
pub mod target;
pub mod tracker;
pub mod undo;
pub mod votes;

use crate::sandbox::World;

/// A scenario: its name, and what happens.
pub type Scenario = (&'static str, fn(&World));

/// Lists the functions of a module as scenarios; in `tests/it` each is a test of its own.
#[macro_export]
macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        /// The scenarios of this module.
        pub const ALL: &[$crate::scenarios::Scenario] =
            &[$((concat!(module_path!(), "::", stringify!($name)), $name as fn(&$crate::sandbox::World))),*];

        #[cfg(test)]
        mod embedded {
            $(#[test] fn $name() { super::$name(&$crate::sandbox::World::embedded()); })*
        }
    };
}

/// Every scenario.
pub fn all() -> Vec<Scenario> {
    [
        backport::ALL,
        cla::ALL,
        first::ALL,
        git_review::ALL,
        listing::ALL,
        options::ALL,
        picks::ALL,
        ports::ALL,
        push_table::ALL,
        shapes::ALL,
        stack::ALL,
        target::ALL,
        undo::ALL,
        votes::ALL,
    ]
    .concat()
}
