//! The third rung: the system's secret store, each call with a time limit.
//!
//! One entry for each origin, so that the user name need not be known beforehand: service
//! `pyflow`, account = origin, secret = `user:token` as in Basic credentials.

use std::fmt;

use secrecy::SecretString;

use super::Environment;

/// Why the keyring gave no answer.
#[derive(Debug)]
#[cfg_attr(not(feature = "keyring"), allow(dead_code, reason = "without the feature nothing fails this way"))]
pub(super) enum Failure {
    /// The time limit ran out.
    Late,
    /// No store, a locked one, or its own words.
    Unusable(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late => f.write_str("it did not answer within 3 s"),
            Self::Unusable(why) => f.write_str(why),
        }
    }
}

/// Whether the keyring is to be asked at all: `PYFLOW_KEYRING=off` leaves it out.
pub(super) fn is_on(env: Environment<'_>) -> bool {
    cfg!(feature = "keyring") && env("PYFLOW_KEYRING").is_none_or(|value| value != "off")
}

/// User name and secret for this origin.
pub(super) fn read(origin: &str) -> Result<Option<(String, SecretString)>, Failure> {
    let Some(stored) = imp::read(origin)? else { return Ok(None) };
    let pair = secrecy::ExposeSecret::expose_secret(&stored).split_once(':');
    Ok(pair.map(|(user, secret)| (user.to_owned(), SecretString::from(secret))))
}

/// Stores a user name and a secret for this origin.
pub(super) fn write(origin: &str, user: &str, secret: &SecretString) -> Result<(), Failure> {
    let pair = format!("{user}:{}", secrecy::ExposeSecret::expose_secret(secret));
    imp::write(origin, SecretString::from(pair))
}

/// Removes the entry for this origin; whether there was one.
pub(super) fn remove(origin: &str) -> Result<bool, Failure> {
    imp::remove(origin)
}

#[cfg(feature = "keyring")]
mod imp {
    use std::sync::mpsc::{self, RecvTimeoutError};
    use std::time::Duration;

    use keyring::{Entry, Error};
    use secrecy::{ExposeSecret as _, SecretString};

    use super::Failure;

    /// A locked collection on a machine without a desktop blocks for ever; three seconds are what
    /// gh(1) gives it too.
    const LIMIT: Duration = Duration::from_secs(3);

    const SERVICE: &str = "pyflow";

    /// Runs `work` in a thread that is left behind when it does not end in time.
    fn limited<T: Send + 'static>(
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<Option<T>, Failure> {
        let (sender, receiver) = mpsc::channel();
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || sender.send(work()))
            .map_err(|e| Failure::Unusable(e.to_string()))?;
        match receiver.recv_timeout(LIMIT) {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(Error::NoEntry)) => Ok(None),
            Ok(Err(Error::NoDefaultStore)) => Err(Failure::Unusable("this system has none that runs".to_owned())),
            Ok(Err(Error::NoStorageAccess(_))) => Err(Failure::Unusable("it is locked".to_owned())),
            // The library's other errors may carry what was stored.
            Ok(Err(_)) => Err(Failure::Unusable("it refused".to_owned())),
            Err(RecvTimeoutError::Timeout) => Err(Failure::Late),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Unusable("it ended without an answer".to_owned())),
        }
    }

    pub(super) fn read(origin: &str) -> Result<Option<SecretString>, Failure> {
        let origin = origin.to_owned();
        limited(move || Ok(SecretString::from(Entry::new(SERVICE, &origin)?.get_password()?)))
    }

    pub(super) fn write(origin: &str, pair: SecretString) -> Result<(), Failure> {
        let origin = origin.to_owned();
        match limited(move || Entry::new(SERVICE, &origin)?.set_password(pair.expose_secret()))? {
            Some(()) => Ok(()),
            None => Err(Failure::Unusable("it refused".to_owned())),
        }
    }

    pub(super) fn remove(origin: &str) -> Result<bool, Failure> {
        let origin = origin.to_owned();
        limited(move || Entry::new(SERVICE, &origin)?.delete_credential()).map(|done| done.is_some())
    }
}

#[cfg(not(feature = "keyring"))]
mod imp {
    //! A build without the keyring: [`super::is_on`] keeps callers away.
    use secrecy::SecretString;

    use super::Failure;

    fn absent<T>() -> Result<T, Failure> {
        Err(Failure::Unusable("this pyflow was built without it".to_owned()))
    }

    pub(super) fn read(_origin: &str) -> Result<Option<SecretString>, Failure> {
        absent()
    }

    pub(super) fn write(_origin: &str, _pair: SecretString) -> Result<(), Failure> {
        absent()
    }

    pub(super) fn remove(_origin: &str) -> Result<bool, Failure> {
        absent()
    }
}
