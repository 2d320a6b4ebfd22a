#!/usr/bin/env bash
# The programs that pyflow is measured against, side by side: git-review, from PyPI, in a venv of its own.
#
#   tests/real/peers.sh install | env | wipe
#
#   eval "$(tests/real/peers.sh env)"     installs what is missing; sets PYFLOW_PEER_GIT_REVIEW, the program's path
#
# Settings (environment):
#   GIT_REVIEW_VERSION=2.5.0
#   PEERS_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/peers
# A failure's last line on stderr is its reason, in one line.
set -euo pipefail

GIT_REVIEW=${GIT_REVIEW_VERSION:-2.5.0}
DIR=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/peers}
VENV=$DIR/git-review-$GIT_REVIEW

die() { printf 'peers.sh: %s\n' "$*" >&2; exit 1; }
last_line() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -1; }

install() { # what it says goes to stderr: stdout is for eval
  [ ! -e "$VENV/.complete" ] || [ ! -x "$VENV/bin/git-review" ] || return 0
  command -v python3 >/dev/null || die "no python3"
  mkdir -p "$DIR"
  rm -rf "$VENV"
  local log=$DIR/pip.log
  if ! python3 -m venv "$VENV" >"$log" 2>&1; then # Debian splits the module off
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
      die "python3 makes no venv (Debian: python3-venv): $(last_line "$log")"
    fi
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3-venv; } >"$log" 2>&1 </dev/null ||
      die "apt-get gives no python3-venv: $(last_line "$log")"
    rm -rf "$VENV"
    python3 -m venv "$VENV" >"$log" 2>&1 || die "python3 makes no venv: $(last_line "$log")"
  fi
  "$VENV/bin/python" -m pip install -q --disable-pip-version-check "git-review==$GIT_REVIEW" >"$log" 2>&1 ||
    die "pip gives no git-review $GIT_REVIEW: $(last_line "$log")"
  # A version that this Python cannot run is told now, not as a slow peer later.
  "$VENV/bin/git-review" --version >"$log" 2>&1 || die "git-review does not start: $(last_line "$log")"
  touch "$VENV/.complete"
}

case ${1:-} in
  install) install ;;
  env)
    install
    printf 'export PYFLOW_PEER_GIT_REVIEW=%q\n' "$VENV/bin/git-review"
    ;;
  wipe) rm -rf "$DIR" ;;
  *)
    sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
