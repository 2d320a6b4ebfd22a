//! `git-upload-pack` by the git executable: its output streams to the client as it comes.

use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::process::{Child, ChildStdout};

use super::git::Git;
use super::store::Project;

/// What a running git writes; dropping it ends git.
#[derive(Debug)]
pub(super) struct Output {
    stdout: ChildStdout,
    _child: Child,
    head: Option<Vec<u8>>,
}

/// Starts `git upload-pack`; `protocol` is the client's `Git-Protocol` header.
pub(super) fn start(
    git: &Git,
    project: &Project,
    protocol: Option<&str>,
    body: Option<Vec<u8>>,
) -> std::io::Result<Output> {
    let mut command = git.streaming(&project.path);
    command.arg("upload-pack").arg("--stateless-rpc");
    let protocol =
        protocol.filter(|p| p.len() < 100 && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"=.:-".contains(&b)));
    if let Some(protocol) = protocol {
        command.env("GIT_PROTOCOL", protocol);
    }
    let mut head = None;
    if body.is_none() {
        command.arg("--advertise-refs");
        // git-http-backend: version 2 begins without the service line.
        if protocol != Some("version=2") {
            head = Some(b"001e# service=git-upload-pack\n0000".to_vec());
        }
    }
    command.arg("--").arg(&project.path);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let missing = || std::io::Error::other("no pipe");
    let mut stdin = child.stdin.take().ok_or_else(missing)?;
    let stdout = child.stdout.take().ok_or_else(missing)?;
    if let Some(body) = body {
        // Beside the reader: git may answer before it has read everything.
        drop(tokio::spawn(async move {
            let _ended = stdin.write_all(&body).await;
        }));
    }
    Ok(Output { stdout, _child: child, head })
}

impl Stream for Output {
    type Item = std::io::Result<Vec<u8>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(head) = self.head.take() {
            return Poll::Ready(Some(Ok(head)));
        }
        let mut space = vec![0; 64 * 1024];
        let mut buffer = ReadBuf::new(&mut space);
        match Pin::new(&mut self.stdout).poll_read(context, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(e)) => Poll::Ready(Some(Err(e))),
            Poll::Ready(Ok(())) => {
                let read = buffer.filled().len();
                space.truncate(read);
                Poll::Ready((read > 0).then_some(Ok(space)))
            }
        }
    }
}
