#!/usr/bin/env bash
# The programs that pyflow is measured against and compared with: git-review, zuul-client, blurb, towncrier and
# cherry_picker, from PyPI, in venvs of their own.
#
#   tests/real/peers.sh install | env | cpython | wipe
#
#   eval "$(tests/real/peers.sh env)"     installs what is missing; sets the programs' paths: PYFLOW_PEER_GIT_REVIEW,
#                                         PYFLOW_PEER_ZUUL_CLIENT, PYFLOW_PEER_BLURB, PYFLOW_PEER_TOWNCRIER,
#                                         PYFLOW_PEER_CHERRY_PICKER
#
#   eval "$(tests/real/peers.sh cpython)" CPython 3.11's reindent.py and untabify.py and the files that they are tried on,
#                                         from Debian's packages: PYFLOW_REINDENT, PYFLOW_UNTABIFY, PYFLOW_PYTHON_CORPUS,
#                                         PYFLOW_C_CORPUS
#
# Settings (environment):
#   GIT_REVIEW_VERSION=2.5.0  ZUUL_CLIENT_VERSION=14.0.0  BLURB_VERSION=2.3.0  TOWNCRIER_VERSION=26.9.0
#   CHERRY_PICKER_VERSION=2.7.0
#   PEERS_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/peers
# A failure's last line on stderr is its reason, in one line.
set -euo pipefail

GIT_REVIEW=${GIT_REVIEW_VERSION:-2.5.0}
ZUUL_CLIENT=${ZUUL_CLIENT_VERSION:-14.0.0}
BLURB=${BLURB_VERSION:-2.3.0}
TOWNCRIER=${TOWNCRIER_VERSION:-26.9.0}
CHERRY_PICKER=${CHERRY_PICKER_VERSION:-2.7.0}
DIR=${PEERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/peers}

die() { printf 'peers.sh: %s\n' "$*" >&2; exit 1; }
last_line() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -1; }

install() { # NAME VERSION; what it says goes to stderr: stdout is for eval
  local name=$1 version=$2
  local VENV=$DIR/$name-$version
  [ ! -e "$VENV/.complete" ] || [ ! -x "$VENV/bin/$name" ] || return 0
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
  "$VENV/bin/python" -m pip install -q --disable-pip-version-check "$name==$version" >"$log" 2>&1 ||
    die "pip gives no $name $version: $(last_line "$log")"
  # A version that this Python cannot run is told now, not as a slow peer later.
  "$VENV/bin/$name" --version >"$log" 2>&1 || die "$name does not start: $(last_line "$log")"
  touch "$VENV/.complete"
}

all() {
  install git-review "$GIT_REVIEW"
  install zuul-client "$ZUUL_CLIENT"
  install blurb "$BLURB"
  install towncrier "$TOWNCRIER"
  install cherry_picker "$CHERRY_PICKER"
}

cpython() { # unpacked, not installed
  local to=$DIR/cpython-3.11 log=$DIR/apt.log
  [ ! -e "$to/.complete" ] || return 0
  python3 -c 'import sys; sys.exit(sys.version_info >= (3, 12))' || die "reindent.py of 3.11 wants Python 3.11 or older"
  command -v apt-get >/dev/null && command -v dpkg >/dev/null || die "no apt-get: CPython's tools come from Debian's packages"
  rm -rf "$to"
  mkdir -p "$to"
  (cd "$to" && apt-get download -q python3.11-examples libpython3.11-testsuite) >"$log" 2>&1 </dev/null ||
    die "apt-get gives no python3.11-examples: $(last_line "$log")"
  local deb
  for deb in "$to"/*.deb; do dpkg -x "$deb" "$to" >"$log" 2>&1 || die "dpkg does not unpack: $(last_line "$log")"; done
  rm -f "$to"/*.deb
  [ -e "$to/usr/share/doc/python3.11/examples/scripts/untabify.py" ] || die "python3.11-examples has no untabify.py"
  touch "$to/.complete"
}

case ${1:-} in
  install) all ;;
  cpython)
    cpython
    scripts=$DIR/cpython-3.11/usr/share/doc/python3.11/examples/scripts
    printf 'export PYFLOW_REINDENT=%q PYFLOW_UNTABIFY=%q\n' "$scripts/reindent.py" "$scripts/untabify.py"
    printf 'export PYFLOW_PYTHON_CORPUS=%q\n' "$DIR/cpython-3.11/usr/lib/python3.11"
    [ ! -d /usr/include/linux ] || printf 'export PYFLOW_C_CORPUS=/usr/include/linux\n'
    ;;
  env)
    all
    printf 'export PYFLOW_PEER_GIT_REVIEW=%q\n' "$DIR/git-review-$GIT_REVIEW/bin/git-review"
    printf 'export PYFLOW_PEER_ZUUL_CLIENT=%q\n' "$DIR/zuul-client-$ZUUL_CLIENT/bin/zuul-client"
    printf 'export PYFLOW_PEER_BLURB=%q\n' "$DIR/blurb-$BLURB/bin/blurb"
    printf 'export PYFLOW_PEER_TOWNCRIER=%q\n' "$DIR/towncrier-$TOWNCRIER/bin/towncrier"
    printf 'export PYFLOW_PEER_CHERRY_PICKER=%q\n' "$DIR/cherry_picker-$CHERRY_PICKER/bin/cherry_picker"
    ;;
  wipe) rm -rf "$DIR" ;;
  *)
    sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
