//! What `git push --porcelain` said, parsed; no server's words are interpreted here.

/// The verdict on one pushed ref, and everything that was said around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PushReport {
    /// git's exit code; `None` where a signal ended it.
    pub exit_code: Option<i32>,
    /// The verdict line of each ref, in git's order.
    pub refs: Vec<RefVerdict>,
    /// What the server said (`remote: …`), one entry a line, without the prefix, trimmed at the end.
    pub remote: Vec<String>,
    /// What git itself said on stderr: `fatal: …`, `error: …`, `warning: …`.
    pub local: Vec<String>,
}

/// One line of porcelain output; git-push(1), "OUTPUT".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefVerdict {
    /// ` `, `+`, `-`, `*`, `!` or `=`.
    pub flag: char,
    /// Source as git spells it.
    pub source: String,
    /// Ref on the server.
    pub target: String,
    /// `[new reference]`, or `[remote rejected] (reason)`, where a reason may span lines.
    pub summary: String,
}
