//! Writing the server's own files so that a reader sees the old or the new text, never half.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::error::{Context, Error, Result};

/// Replaces `path` by a file with this content and mode.
pub(super) fn replace(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let failed = || {
        Error::state(format!("cannot write {}", path.display()))
            .hint("does its folder exist, may you write to it, and is there room on the disk?")
    };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".new-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder)
        .or_error(failed)?;
    file.write_all(content).or_error(failed)?;
    file.as_file().sync_all().or_error(failed)?;
    drop(file.persist(path).or_error(failed)?);
    Ok(())
}
