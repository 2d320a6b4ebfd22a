//! How git and ssh talk to servers: under the same rules as pyflow's own requests, whatever they are
//! set to, and not for ever.

use std::path::Path;
use std::time::Duration;

use super::{Local, environment, limits};
use crate::checkout::exec::Git;
use crate::config::{self, GitConfig};
use crate::error::Result;
use crate::secret;

/// git that keeps to what pyflow's own requests keep to (`http.rs`), whatever it is set to: it looks
/// at certificates, follows no redirect, and sends nothing for this machine through a proxy. Of two
/// settings git takes the one for the longer URL (git-config(1), `http.<url>.*`), so each is given
/// for the remote's own URLs as well.
pub(super) fn hardened<'a>(git: Git<'a>, local: &Local<'_>) -> Git<'a> {
    let review = &local.settings.review;
    let mut urls = vec![review.url.value.origin()];
    let pushes = local.remote_urls();
    let fetches = local.git_config.remote_urls(review.remote.value.as_str(), false);
    // Parsed, so that no password stands in the arguments; an `=` would end the setting's name.
    let parsed = pushes.iter().chain(&fetches).filter_map(|url| url.parse::<config::RemoteUrl>().ok());
    urls.extend(
        parsed.map(|url| url.without_user().to_string()).filter(|url| url.starts_with("http") && !url.contains('=')),
    );
    urls.sort();
    urls.dedup();
    let git = git.with_setting("http.sslVerify=true").with_setting("http.followRedirects=false");
    urls.iter().fold(git, |git, url| {
        let git = git
            .with_setting(format!("http.{url}.sslVerify=true"))
            .with_setting(format!("http.{url}.followRedirects=false"));
        // An empty value is "no proxy", also over the environment's.
        if url.starts_with("http:") { git.with_setting(format!("http.{url}.proxy=")) } else { git }
    })
}

/// How long git and ssh wait for a server that says nothing at all; one that checks a large push
/// may be silent for longer than one that is asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same, or what `PYFLOW_HTTP_TIMEOUT` sets; whole seconds, as git and ssh count.
pub(super) fn patience() -> Result<Duration> {
    let set = environment("PYFLOW_HTTP_TIMEOUT").is_some_and(|text| !text.is_empty());
    let patience = if set { limits()?.total } else { PATIENCE };
    Ok(Duration::from_secs(patience.as_secs() + u64::from(patience.subsec_nanos() > 0)))
}

/// git itself waits for ever for a server that has gone silent. Where nothing else is configured it
/// gives up after this time without a byte (git-config(1), `http.lowSpeedTime`); what had arrived
/// by then is found out as after any cut connection.
pub(super) fn with_patience<'a>(git: Git<'a>, git_config: &GitConfig, patience: Duration) -> Git<'a> {
    let in_environment = ["GIT_HTTP_LOW_SPEED_LIMIT", "GIT_HTTP_LOW_SPEED_TIME"].map(environment);
    let in_config = ["http.lowspeedlimit", "http.lowspeedtime"].map(|key| git_config.text(key));
    if in_environment.iter().any(Option::is_some) || in_config.iter().any(Option::is_some) {
        return git;
    }
    git.with_env("GIT_HTTP_LOW_SPEED_LIMIT", "1").with_env("GIT_HTTP_LOW_SPEED_TIME", patience.as_secs().to_string())
}

/// The `GIT_SSH_COMMAND` for network commands; `None` where it stays what it is, as does every
/// program that may not be OpenSSH. `GIT_TERMINAL_PROMPT=0` does not reach ssh, which asks on the
/// terminal by itself; its batch mode stops that.
pub(super) fn ssh_command(
    environment: secret::Environment<'_>,
    git_config: &GitConfig,
    can_ask: bool,
    patience: Duration,
) -> Option<String> {
    let own = environment("GIT_SSH_COMMAND").or_else(|| git_config.text("core.sshcommand").map(str::to_owned));
    let own = match (own, environment("GIT_SSH")) {
        (None, Some(_)) => return None,
        (own, _) => own,
    };
    let is_openssh = own.as_ref().is_none_or(|command| {
        let program = command.split_whitespace().next().unwrap_or_default();
        Path::new(program).file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("ssh"))
    });
    // The first value that ssh sees counts (ssh_config(5)), so that the person's own stays.
    let limit = format!("-oConnectTimeout={}", patience.as_secs());
    match (own, can_ask) {
        _ if !is_openssh => None,
        (Some(_), true) => None,
        (Some(own), false) => Some(format!("{own} -oBatchMode=yes {limit}")),
        (None, true) => Some(format!("ssh {limit}")),
        (None, false) => Some(format!("ssh -oBatchMode=yes {limit}")),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::ssh_command;
    use crate::config::GitConfig;

    #[test]
    fn ssh_gets_a_limit_and_keeps_what_the_person_set() {
        let command = |variables: &[(&str, &str)], config: &[u8], can_ask| {
            let environment = |name: &str| {
                variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
            };
            let config = GitConfig::parse(config).expect("configuration");
            ssh_command(&environment, &config, can_ask, Duration::from_secs(60))
        };
        assert_eq!(command(&[], b"", true).as_deref(), Some("ssh -oConnectTimeout=60"));
        assert_eq!(command(&[], b"", false).as_deref(), Some("ssh -oBatchMode=yes -oConnectTimeout=60"));
        assert_eq!(
            command(&[("GIT_SSH_COMMAND", "ssh -i key")], b"", false).as_deref(),
            Some("ssh -i key -oBatchMode=yes -oConnectTimeout=60")
        );
        assert_eq!(
            command(&[("GIT_SSH_COMMAND", "/usr/bin/ssh -i key")], b"", false).as_deref(),
            Some("/usr/bin/ssh -i key -oBatchMode=yes -oConnectTimeout=60")
        );
        assert_eq!(command(&[("GIT_SSH_COMMAND", "ssh -i key")], b"", true), None);
        assert_eq!(command(&[("GIT_SSH", "plink")], b"", false), None);
        let plink = b"local\0file:.git/config\0core.sshcommand\nplink -v\0";
        assert_eq!(command(&[], plink, false), None);
    }
}
