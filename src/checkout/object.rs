//! What a commit object looks like, and the id that its bytes have. Pure.
//!
//! gitformat-pack(5) and git's `Documentation/technical/hash-function-transition` describe the
//! encoding: headers, an empty line, the message. Headers that pyflow does not know are kept.

use std::borrow::Cow;
use std::str::FromStr;

use sha1::Digest as _;

use crate::error::{Error, Result};
use crate::names::CommitId;

/// The hash that names a repository's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectFormat {
    /// 40 digits.
    Sha1,
    /// 64 digits.
    Sha256,
}

impl FromStr for ObjectFormat {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "sha1" => Ok(Self::Sha1),
            "sha256" => Ok(Self::Sha256),
            other => Err(Error::state(format!(
                "the repository uses the object format {other:?}, which pyflow does not know"
            ))),
        }
    }
}

impl ObjectFormat {
    /// The id of a commit with these bytes: the hash of `commit LENGTH NUL` and the bytes.
    pub fn commit_id(self, bytes: &[u8]) -> CommitId {
        let head = format!("commit {}\0", bytes.len());
        let digest = match self {
            Self::Sha1 => hex::encode(sha1::Sha1::new().chain_update(head).chain_update(bytes).finalize()),
            Self::Sha256 => hex::encode(sha2::Sha256::new().chain_update(head).chain_update(bytes).finalize()),
        };
        digest.parse().expect("a hexadecimal digest of 20 or 32 bytes is a commit id")
    }
}

/// A commit, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// Its tree.
    pub tree: String,
    /// Its parents; none for a root.
    pub parents: Vec<CommitId>,
    /// Who wrote it.
    pub author: Signature,
    /// Who committed it.
    pub committer: Signature,
    /// Whether it carries a signature (`gpgsig`, `gpgsig-sha256`).
    pub signed: bool,
    /// The message, in the encoding it was written in.
    pub message: Vec<u8>,
    /// Everything before the empty line, as stored.
    headers: Vec<Header>,
}

/// A person and a time in a commit's header.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// Address, without angle brackets.
    pub email: String,
    /// `SECONDS ZONE`, as git writes it.
    pub when: String,
}

/// The same in the bytes of a commit, in whatever encoding that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<'c> {
    /// Name.
    pub name: &'c [u8],
    /// Address, without angle brackets.
    pub email: &'c [u8],
    /// `SECONDS ZONE`.
    pub when: &'c [u8],
}

/// One header with its continuation lines.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Header {
    name: Vec<u8>,
    /// From the name to before the newline that ends it, continuation lines included.
    bytes: Vec<u8>,
}

impl Commit {
    /// Reads the bytes of a commit object.
    pub fn parse(id: CommitId, bytes: &[u8]) -> Result<Self> {
        let broken = || Error::state(format!("commit {id} is not well-formed")).hint("`git fsck` tells more");
        let split = bytes.windows(2).position(|pair| pair == b"\n\n");
        let (head, message) = match split {
            Some(at) => (&bytes[..at], &bytes[at + 2..]),
            None => (bytes.strip_suffix(b"\n").unwrap_or(bytes), &[][..]),
        };
        let mut headers: Vec<Header> = Vec::new();
        for line in head.split(|b| *b == b'\n') {
            if line.first() == Some(&b' ') {
                let last = headers.last_mut().ok_or_else(broken)?;
                last.bytes.push(b'\n');
                last.bytes.extend_from_slice(line);
            } else {
                let name = line.split(|b| *b == b' ').next().unwrap_or_default().to_vec();
                headers.push(Header { name, bytes: line.to_vec() });
            }
        }
        let value = |header: &Header| String::from_utf8_lossy(header.value()).into_owned();
        let find = |name: &str| headers.iter().find(|h| h.name == name.as_bytes());
        let encoding = encoding(find("encoding"));
        let person = |name: &str| {
            let header = find(name).ok_or_else(broken)?;
            Ok::<_, Error>(Signature::parse(&encoding.decode_without_bom_handling(header.value()).0))
        };
        let parents = headers
            .iter()
            .filter(|h| h.name == b"parent")
            .map(|h| value(h).parse().map_err(|_| broken()))
            .collect::<Result<_>>()?;
        Ok(Self {
            tree: find("tree").map(value).ok_or_else(broken)?,
            parents,
            author: person("author")?,
            committer: person("committer")?,
            signed: headers.iter().any(|h| h.name.starts_with(b"gpgsig")),
            message: message.to_vec(),
            id,
            headers,
        })
    }

    /// The message as text, by the encoding that the commit declares (git-commit(1), "Discussion"),
    /// else as UTF-8; what is neither is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        encoding(self.header(b"encoding")).decode_without_bom_handling(&self.message).0
    }

    /// Who wrote it, as stored.
    pub fn stored_author(&self) -> Stored<'_> {
        Stored::parse(self.header(b"author"))
    }

    /// Who committed it, as stored.
    pub fn stored_committer(&self) -> Stored<'_> {
        Stored::parse(self.header(b"committer"))
    }

    fn header(&self, name: &[u8]) -> Option<&Header> {
        self.headers.iter().find(|header| header.name == name)
    }

    /// First line of the message, for people.
    pub fn subject(&self) -> String {
        let text = self.text();
        text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim().to_owned()
    }

    /// The encoding that the message is declared to be in; `None` is UTF-8.
    pub fn encoding(&self) -> Option<String> {
        Some(String::from_utf8_lossy(self.header(b"encoding")?.value()).into_owned())
    }

    /// Names of headers that `git commit-tree` cannot write, such as `mergetag`.
    pub fn unusual_headers(&self) -> Vec<String> {
        let usual = |name: &[u8]| {
            matches!(name, b"tree" | b"parent" | b"author" | b"committer" | b"encoding") || name.starts_with(b"gpgsig")
        };
        self.headers
            .iter()
            .filter(|header| !usual(&header.name))
            .map(|header| String::from_utf8_lossy(&header.name).into_owned())
            .collect()
    }

    /// The bytes of the same commit with other parents and another message. Author, committer,
    /// dates, encoding and headers that pyflow does not know stay; a signature goes, since it
    /// would be wrong.
    pub fn rewritten(&self, parents: &[CommitId], message: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut line = |text: &[u8]| {
            bytes.extend_from_slice(text);
            bytes.push(b'\n');
        };
        line(format!("tree {}", self.tree).as_bytes());
        for parent in parents {
            line(format!("parent {parent}").as_bytes());
        }
        for header in &self.headers {
            let replaced = matches!(header.name.as_slice(), b"tree" | b"parent");
            if !replaced && !header.name.starts_with(b"gpgsig") {
                line(&header.bytes);
            }
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(message);
        bytes
    }
}

impl Header {
    fn value(&self) -> &[u8] {
        self.bytes.get(self.name.len() + 1..).unwrap_or_default()
    }
}

/// The encoding that a commit declares, where it is a known one.
fn encoding(declared: Option<&Header>) -> &'static encoding_rs::Encoding {
    declared.and_then(|header| encoding_rs::Encoding::for_label(header.value())).unwrap_or(encoding_rs::UTF_8)
}

impl<'c> Stored<'c> {
    fn parse(header: Option<&'c Header>) -> Self {
        let bytes = header.map(Header::value).unwrap_or_default();
        let open = bytes.iter().position(|b| *b == b'<').unwrap_or(bytes.len());
        let (name, rest) = (&bytes[..open], bytes.get(open + 1..).unwrap_or_default());
        let close = rest.iter().rposition(|b| *b == b'>').unwrap_or(rest.len());
        let (email, when) = (&rest[..close], rest.get(close + 1..).unwrap_or_default());
        Self { name: name.trim_ascii(), email: email.trim_ascii(), when: when.trim_ascii() }
    }
}

impl Signature {
    /// For a commit that is in UTF-8.
    pub fn in_utf8(&self) -> Stored<'_> {
        Stored { name: self.name.as_bytes(), email: self.email.as_bytes(), when: self.when.as_bytes() }
    }

    fn parse(text: &str) -> Self {
        let (name, rest) = text.split_once('<').unwrap_or((text, ""));
        let (email, when) = rest.rsplit_once('>').unwrap_or((rest, ""));
        Self { name: name.trim().to_owned(), email: email.trim().to_owned(), when: when.trim().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Commit, ObjectFormat};

    const SIGNED: &[u8] = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
parent 1111111111111111111111111111111111111111\n\
author A \xdcnthor <a@example.org> 1700000000 +0100\n\
committer C O Mitter <c@example.org> 1700000001 -0230\n\
encoding ISO-8859-1\n\
gpgsig -----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----\n\
x-other kept\n\nsubject \xe9\n\nbody\n";

    #[test]
    fn a_commit_is_read_and_written_as_git_does() {
        let id = ObjectFormat::Sha1.commit_id(SIGNED);
        let commit = Commit::parse(id, SIGNED).expect("well-formed");
        assert!(commit.signed);
        assert_eq!(commit.committer.when, "1700000001 -0230");
        assert_eq!(commit.author.email, "a@example.org");
        assert_eq!(commit.subject(), "subject é");
        assert_eq!((commit.author.name.as_str(), commit.stored_author().name), ("A Ünthor", &b"A \xdcnthor"[..]));
        assert_eq!(commit.stored_author().email, b"a@example.org");
        assert_eq!(commit.stored_committer().when, b"1700000001 -0230");
        let bytes = commit.rewritten(&commit.parents, &commit.message);
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("PGP"), "{text}");
        assert!(text.contains("encoding ISO-8859-1\nx-other kept\n\nsubject"), "{text}");
        assert!(bytes.ends_with(b"subject \xe9\n\nbody\n"));
    }

    /// What `git commit-tree` of the empty tree printed in a repository of each format; every commit
    /// that git can write is compared in `tests/it/objects.rs`.
    #[test]
    fn ids_are_gits_own() {
        let made = [
            (
                ObjectFormat::Sha1,
                "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
                "7a19904e34ddef94f9bc9889c2e3a51289cbbdad",
            ),
            (
                ObjectFormat::Sha256,
                "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
                "697615596b2151d2e4bbd515986c16a295fb93d10f46e298661ac6935c71a97f",
            ),
        ];
        for (format, tree, id) in made {
            let bytes = format!("tree {tree}\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n");
            assert_eq!(format.commit_id(bytes.as_bytes()).as_str(), id);
        }
    }
}
