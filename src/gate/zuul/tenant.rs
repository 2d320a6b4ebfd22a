//! The name of a tenant.

use std::fmt;
use std::str::FromStr;

use crate::names::Malformed;

/// A tenant's name: one part of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantName(String);

impl TenantName {
    /// As it stands in paths.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TenantName {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > 255 || text.starts_with(['-', '.']) || !text.chars().all(fine) {
            return Err(Malformed("letters, digits, `-`, `_` and `.` are wanted, and no `-` or `.` at its beginning"));
        }
        Ok(Self(text.to_owned()))
    }
}
