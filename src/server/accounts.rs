//! `accounts.toml`: who may do what. Holds hashes of tokens, never tokens; mode 0600.
//!
//! The file belongs to the operator: it is read again whenever its time or size changes, also
//! while the server runs. Every write happens under a lock on `accounts.lock`, because
//! `pyflow serve user add` and a person signing an agreement may come together.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Context, Error, Result};

/// The first account's number, as in Gerrit.
const FIRST_ID: u32 = 1_000_000;
/// Members vote ±2 and approve.
pub const CORE: &str = "core";
/// Members cut branches and push tags.
pub const RELEASE_MANAGERS: &str = "release-managers";
/// Members vote Verified.
pub const CI: &str = "ci";

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Account {
    /// Its number; never given away again.
    pub id: u32,
    /// The name for logging in.
    pub username: String,
    /// The person's name.
    #[serde(default)]
    pub full_name: String,
    /// Addresses that its commits may bear as committer; the first is the preferred one.
    #[serde(default)]
    pub emails: Vec<String>,
    /// The groups it is in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// SHA-256 of its tokens, in hex.
    #[serde(default)]
    pub token_sha256: Vec<String>,
    /// Contributor agreements that it has signed.
    #[serde(default)]
    pub agreements: Vec<String>,
    /// Whether it was removed: it can do nothing, and what it did still bears its name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl Account {
    /// Whether it is in this group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }

    /// The preferred address, if it has one.
    pub fn email(&self) -> Option<&str> {
        self.emails.first().map(String::as_str)
    }

    /// The name to show.
    pub fn display_name(&self) -> &str {
        if self.full_name.is_empty() { &self.username } else { &self.full_name }
    }

    /// `Name <address>`, as Gerrit's messages name people.
    pub fn name_email(&self) -> String {
        self.email()
            .map_or_else(|| self.display_name().to_owned(), |email| format!("{} <{email}>", self.display_name()))
    }
}

/// All accounts as they were at one moment.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// In order of their numbers.
    #[serde(default, rename = "account")]
    pub list: Vec<Account>,
}

impl Accounts {
    /// Everybody who was not removed.
    fn active(&self) -> impl Iterator<Item = &Account> {
        self.list.iter().filter(|a| !a.removed)
    }

    /// By number; somebody who was removed, too.
    pub fn get(&self, id: u32) -> Option<&Account> {
        self.list.iter().find(|a| a.id == id)
    }

    /// By what people type: number, user name, address, `Name <address>`, full name if only one has it.
    pub fn find(&self, who: &str) -> Option<&Account> {
        if let Ok(id) = who.parse::<u32>() {
            return self.active().find(|a| a.id == id);
        }
        let address = who.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')).unwrap_or(who);
        if let Some(account) = self.by_username(who) {
            return Some(account);
        }
        if let Some(account) = self.by_email(address) {
            return Some(account);
        }
        let mut named = self.active().filter(|a| a.full_name == who);
        named.next().filter(|_| named.next().is_none())
    }

    /// By the name for logging in.
    fn by_username(&self, username: &str) -> Option<&Account> {
        self.active().find(|a| a.username.eq_ignore_ascii_case(username))
    }

    /// By a registered address.
    pub fn by_email(&self, address: &str) -> Option<&Account> {
        self.active().find(|a| a.emails.iter().any(|e| e.eq_ignore_ascii_case(address)))
    }

    /// The members of a group.
    pub fn members<'a>(&'a self, group: &'a str) -> impl Iterator<Item = &'a Account> {
        self.active().filter(move |a| a.is_in(group))
    }

    /// The account of this name, to be changed.
    fn named_mut(&mut self, username: &str) -> Result<&mut Account> {
        let found = self.list.iter_mut().find(|a| !a.removed && a.username.eq_ignore_ascii_case(username));
        found.ok_or_else(|| Error::state(format!("there is no user {username:?}")))
    }

    /// The account of these credentials. Hashes are compared, so the time tells nothing of tokens.
    pub fn authenticate(&self, username: &str, token: &str) -> Option<&Account> {
        let hash = hash(token);
        self.by_username(username).filter(|a| a.token_sha256.contains(&hash))
    }

    /// The account of a token that comes without a name (`Bearer`).
    pub fn by_token(&self, token: &str) -> Option<&Account> {
        let hash = hash(token);
        self.active().find(|a| a.token_sha256.contains(&hash))
    }
}

/// What is kept of a token.
fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// A new 256-bit token.
pub fn new_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::state(format!("no random numbers: {e}")))?;
    Ok(hex::encode(bytes))
}

/// What `serve user add` wants.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    /// User name.
    pub username: String,
    /// The person's name.
    pub full_name: String,
    /// Addresses.
    pub emails: Vec<String>,
    /// Groups.
    pub groups: Vec<String>,
}

#[derive(Debug, Default)]
struct Cached {
    stamp: Option<(SystemTime, u64)>,
    accounts: Arc<Accounts>,
}

/// The file, with what was last read from it.
#[derive(Debug)]
pub struct AccountsFile {
    path: PathBuf,
    cached: Mutex<Cached>,
}

impl AccountsFile {
    /// `DIR/accounts.toml`; it need not exist yet.
    pub fn new(dir: &Path) -> Self {
        Self { path: dir.join("accounts.toml"), cached: Mutex::default() }
    }

    /// The accounts as the file has them now. A file that cannot be read leaves the last good ones:
    /// an editor's half-written file must not lock everybody out.
    pub fn read(&self) -> Arc<Accounts> {
        let stamp = std::fs::metadata(&self.path).ok().and_then(|m| Some((m.modified().ok()?, m.len())));
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_some()
            && stamp != cached.stamp
            && let Ok(accounts) = self.load()
        {
            *cached = Cached { stamp, accounts: Arc::new(accounts) };
        }
        Arc::clone(&cached.accounts)
    }

    /// The accounts, or why they cannot be read.
    pub fn load(&self) -> Result<Accounts> {
        match std::fs::read_to_string(&self.path) {
            Ok(text) => {
                toml::from_str(&text).or_error(|| Error::state(format!("{} is not right", self.path.display())))
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Accounts::default()),
            Err(e) => Err(Error::state(format!("cannot read {}", self.path.display())).because(e)),
        }
    }

    /// Changes the file under its lock.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Accounts) -> Result<T>) -> Result<T> {
        let failed = || {
            Error::state(format!("cannot lock {}", self.path.display()))
                .hint("the user who runs the server owns the folder, and manages its accounts")
        };
        let lock = File::create(self.path.with_extension("lock")).or_error(failed)?;
        lock.lock().or_error(failed)?;
        let mut accounts = self.load()?;
        let value = edit(&mut accounts)?;
        let text = toml::to_string(&accounts).or_error(failed)?;
        super::files::replace(&self.path, text.as_bytes(), 0o600)?;
        // The next reader reads again, also where the file's clock is too coarse to tell.
        self.cached.lock().unwrap_or_else(PoisonError::into_inner).stamp = None;
        Ok(value)
    }

    /// Adds an account with this token.
    pub fn add(&self, new: &NewAccount, token: &str) -> Result<u32> {
        if !super::names::is_user(&new.username) {
            return Err(Error::usage(format!("{:?} cannot be a user name", new.username))
                .hint("letters, digits, '.', '_' and '-', not only digits"));
        }
        for text in new.emails.iter().chain((!new.full_name.is_empty()).then_some(&new.full_name)) {
            if !super::names::is_plain_text(text) {
                return Err(Error::usage(format!("{text:?} cannot be a name or an address"))
                    .hint("without `<` and `>`: `--full-name \"Alice Able\" --email alice@example.com`"));
            }
        }
        let is_address =
            |text: &str| text.split_once('@').is_some_and(|(who, host)| !who.is_empty() && !host.is_empty());
        if let Some(email) = new.emails.iter().find(|email| !is_address(email)) {
            return Err(Error::usage(format!("{email:?} is no address")).hint("like `--email alice@example.com`"));
        }
        if let Some(group) = new.groups.iter().find(|g| !super::names::is_user(g)) {
            return Err(Error::usage(format!("{group:?} cannot be a group's name")).hint(format!(
                "{CORE}, {RELEASE_MANAGERS}, {CI}, or a word of your own: letters, digits, '.', '_' and '-'"
            )));
        }
        self.edit(|accounts| {
            if accounts.by_username(&new.username).is_some() {
                return Err(Error::state(format!("there is a user {} already", new.username)).hint(format!(
                    "give it a new token: `pyflow serve user token {} --dir {}`",
                    new.username,
                    self.path.parent().unwrap_or(&self.path).display()
                )));
            }
            if let Some(email) = new.emails.iter().find(|e| accounts.by_email(e).is_some()) {
                return Err(Error::state(format!("{email} belongs to another user")));
            }
            let id = accounts.list.iter().map(|a| a.id + 1).max().unwrap_or(FIRST_ID);
            accounts.list.push(Account {
                id,
                username: new.username.clone(),
                full_name: new.full_name.clone(),
                emails: new.emails.clone(),
                groups: new.groups.clone(),
                token_sha256: vec![hash(token)],
                agreements: Vec::new(),
                removed: false,
            });
            Ok(id)
        })
    }

    /// Gives an account a new token; the old ones are void.
    pub fn renew(&self, username: &str, token: &str) -> Result<()> {
        self.edit(|accounts| {
            accounts.named_mut(username)?.token_sha256 = vec![hash(token)];
            Ok(())
        })
    }

    /// Removes an account: its tokens, groups and addresses go. Its number stays taken and its name on
    /// what it did; somebody new with the same name is somebody else.
    pub fn remove(&self, username: &str) -> Result<()> {
        self.edit(|accounts| {
            let account = accounts.named_mut(username)?;
            account.removed = true;
            account.token_sha256.clear();
            account.groups.clear();
            account.emails.clear();
            Ok(())
        })
    }

    /// Notes that an account has signed an agreement.
    pub fn sign(&self, id: u32, agreement: &str) -> Result<()> {
        self.edit(|accounts| {
            let account =
                accounts.list.iter_mut().find(|a| a.id == id).ok_or_else(|| Error::state("the account is gone"))?;
            if !account.agreements.iter().any(|a| a == agreement) {
                account.agreements.push(agreement.to_owned());
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hash_of_a_token_is_kept_and_edits_take_effect() {
        let dir = tempfile::tempdir().unwrap();
        let file = AccountsFile::new(dir.path());
        assert!(file.read().list.is_empty());
        let new =
            NewAccount { username: "alice".into(), emails: vec!["a@example.com".into()], ..NewAccount::default() };
        assert_eq!(file.add(&new, "t0ken").unwrap(), FIRST_ID);
        assert!(file.read().authenticate("Alice", "t0ken").is_some());
        assert!(file.read().authenticate("alice", "other").is_none());
        assert!(!std::fs::read_to_string(dir.path().join("accounts.toml")).unwrap().contains("t0ken"));
        file.renew("alice", "second").unwrap();
        assert!(file.read().authenticate("alice", "t0ken").is_none());
        assert!(file.read().find("A@example.com").is_some() && file.read().find("x <a@example.com>").is_some());
        assert_eq!(file.add(&new, "x").unwrap_err().kind, crate::error::Kind::State);
    }

    #[test]
    fn who_was_removed_is_remembered_and_can_do_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let file = AccountsFile::new(dir.path());
        let new = NewAccount {
            username: "alice".into(),
            full_name: "Alice Able".into(),
            emails: vec!["a@example.com".into()],
            groups: vec![CORE.into()],
        };
        let first = file.add(&new, "one").unwrap();
        assert_eq!(file.read().by_token("one").map(|a| a.id), Some(first));
        file.remove("ALICE").unwrap();
        let accounts = file.read();
        assert!(accounts.authenticate("alice", "one").is_none() && accounts.by_token("one").is_none());
        assert!(accounts.find("alice").is_none() && accounts.find(&first.to_string()).is_none());
        assert!(accounts.by_email("a@example.com").is_none() && accounts.members(CORE).next().is_none());
        assert_eq!(accounts.get(first).map(Account::display_name), Some("Alice Able"));
        assert!(file.remove("alice").is_err() && file.renew("alice", "x").is_err());
        // The name is free, the number is not.
        assert_eq!(file.add(&new, "two").unwrap(), first + 1);
        assert_eq!(file.read().authenticate("alice", "two").map(|a| a.id), Some(first + 1));
    }

    #[test]
    fn the_file_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let file = AccountsFile::new(dir.path());
        file.add(&NewAccount { username: "alice".into(), ..NewAccount::default() }, "t").unwrap();
        let mode = std::fs::metadata(dir.path().join("accounts.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
