//! The ledger of ports: which fix of a maintenance branch has its counterpart on the branches that
//! come after it, and by what that is known.
//!
//! In reading order: [`message`] reads what a commit message says about other commits, [`branches`]
//! knows which branch comes after which, [`fix`] is one change as it stands on its branches,
//! [`ledger`] ties fixes together and answers, [`patch`] compares what they change; [`there`] asks the
//! ledger what a backport need not pick. Functions over values: nothing here reads a repository, asks a server or prints.

pub mod branches;
pub mod fix;
pub mod ledger;
pub mod message;
pub mod patch;
pub mod there;

pub use branches::Branches;
pub use fix::{Fix, Known, Place, Standing};
pub use ledger::{Evidence, Ledger, Own, Port, PortState};
pub use message::{Disclaimer, Said};
