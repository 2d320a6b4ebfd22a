#!/usr/bin/env bash
# Boots a real Gitea on loopback for the real-server tests: a forge on whose commits a bot has set the status of the
# contributor agreement. Gitea comes as a Go module and is built here, which takes some ten minutes the first time.
#
#   tests/real/gitea.sh install | start | stop | status | env | wipe
#
#   eval "$(tests/real/gitea.sh env)"      PYFLOW_REAL_GITEA, the repository's address in the forge's API
#   wipe, then start                       a fresh forge; the program is kept
#
# Settings (environment):
#   GITEA_VERSION=1.26.0   GITEA_PORT=15040   GITEA_BUILD=1 (0: where it has not been built, that is a failure)
#   GITEA_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/gitea-$GITEA_VERSION    what was built
#   GITEA_STATE=$GITEA_DIR    database and logs: a place of its own gives one more server from the same program
# A failure's last line on stderr is its reason, in one line.
#
# Seeded, with the password NAME-pw: clabot (the forge's administrator; owns the repository `spam`, with a file in it);
# alice (no rights there, and nobody needs any to read). What is on its commits each test sets by itself.
set -euo pipefail

VER=${GITEA_VERSION:-1.26.0}
DIR=${GITEA_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/gitea-$VER}
STATE=${GITEA_STATE:-$DIR}
PORT=${GITEA_PORT:-15040}
MODULE=code.gitea.io/gitea
BIN=$DIR/gitea
PID=$STATE/gitea.pid
INI=$STATE/app.ini
URL=http://127.0.0.1:$PORT
export GITEA_WORK_DIR=$STATE
# It writes to git's global configuration when it starts: never to that of the caller.
for name in $(compgen -v GIT_ || true); do unset "$name"; done
# It wants to be told so.
if [ "$(id -u)" = 0 ]; then export GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT=true; fi

die() { printf 'gitea.sh: %s\n' "$*" >&2; exit 1; }
last_line() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -1; }

alive() { # the pid file may be stale and the number somebody else's by now
  local p
  [ -s "$PID" ] || return 1
  p=$(cat "$PID")
  kill -0 "$p" 2>/dev/null && [[ $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null) == *gitea*"$STATE"* ]]
}

install() {
  [ ! -e "$DIR/.complete" ] || return 0
  [ "${GITEA_BUILD:-1}" = 1 ] || die "not built yet: tests/real/gitea.sh install takes some ten minutes"
  command -v go >/dev/null || die "no go"
  command -v cc >/dev/null || die "no C compiler: its database is SQLite"
  local src=$DIR/src log=$DIR/install.log from
  rm -rf "$src"
  mkdir -p "$src"
  # `go install` takes no module with `replace` lines: a module of our own has the same ones.
  (
    cd "$src"
    go mod init pyflow.test/gitea
    go mod download "$MODULE@v$VER"
  ) >"$log" 2>&1 || die "go gives no $MODULE $VER: $(last_line "$log")"
  from=$(go env GOMODCACHE)/$MODULE@v$VER
  {
    printf '\nrequire %s v%s\n\n' "$MODULE" "$VER"
    grep '^replace ' "$from/go.mod" || true
  } >>"$src/go.mod"
  cp "$from/main.go" "$src/"
  (
    cd "$src"
    go mod tidy
    CGO_ENABLED=1 go build -buildvcs=false -trimpath -tags 'sqlite sqlite_unlock_notify' \
      -ldflags "-s -w -X main.Version=$VER" -o "$BIN" .
  ) >"$log" 2>&1 || die "go does not build $MODULE $VER: $(last_line "$log")"
  mkdir -p "$DIR/static"
  cp -r "$from"/{templates,options,public} "$DIR/static/"
  chmod -R u+w "$DIR/static" "$src"
  rm -rf "$src"
  touch "$DIR/.complete"
}

configure() {
  local secret
  mkdir -p "$STATE/home"
  # git's global configuration is here, whoever the caller is.
  [ -s "$STATE/secrets" ] || (
    umask 077
    {
      for secret in SECRET_KEY JWT_SECRET INTERNAL_TOKEN; do
        printf '%s=%s\n' "$secret" "$("$BIN" generate secret "$secret" 2>/dev/null | tail -1)"
      done
    } >"$STATE/secrets"
  )
  # shellcheck disable=SC1091
  . "$STATE/secrets"
  cat >"$INI" <<INI
RUN_USER = $(id -un)
WORK_PATH = $STATE
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = $PORT
DOMAIN = 127.0.0.1
ROOT_URL = $URL/
STATIC_ROOT_PATH = $DIR/static
OFFLINE_MODE = true
LFS_START_SERVER = false
DISABLE_SSH = true
[database]
DB_TYPE = sqlite3
PATH = $STATE/gitea.db
[repository]
ROOT = $STATE/repositories
DEFAULT_BRANCH = main
[security]
INSTALL_LOCK = true
SECRET_KEY = $SECRET_KEY
INTERNAL_TOKEN = $INTERNAL_TOKEN
PASSWORD_HASH_ALGO = pbkdf2\$1000\$50
MIN_PASSWORD_LENGTH = 6
[oauth2]
ENABLED = false
JWT_SECRET = $JWT_SECRET
[session]
PROVIDER = memory
[indexer]
ISSUE_INDEXER_TYPE = db
[actions]
ENABLED = false
[packages]
ENABLED = false
[cron.update_checker]
ENABLED = false
[log]
MODE = file
LEVEL = Info
ROOT_PATH = $STATE/log
INI
  chmod 600 "$INI"
}

gitea() { HOME=$STATE/home "$BIN" --work-path "$STATE" --config "$INI" "$@"; }

seed() {
  local log=$STATE/seed.log name admin
  [ ! -e "$STATE/.seeded" ] || return 0
  for name in clabot alice; do
    admin=()
    if [ "$name" = clabot ]; then admin=(--admin); fi
    gitea admin user create ${admin[@]+"${admin[@]}"} --username "$name" --password "$name-pw" --email "$name@example.org" \
      --must-change-password=false >"$log" 2>&1 || grep -q 'already exists' "$log" || die "it takes no user: $(last_line "$log")"
  done
  python3 - "$URL" >"$log" 2>&1 <<'P' || die "it takes no repository: $(last_line "$log")"
import base64, json, sys, urllib.error, urllib.request
basic = base64.b64encode(b'clabot:clabot-pw').decode()
request = urllib.request.Request(sys.argv[1] + '/api/v1/user/repos', json.dumps({'name': 'spam', 'default_branch': 'main', 'auto_init': True}).encode(),
                                 {'Content-Type': 'application/json', 'Authorization': 'Basic ' + basic})
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
except urllib.error.HTTPError as error:
    if error.code != 409:
        sys.exit(error.read().decode())
P
  touch "$STATE/.seeded"
}

start() {
  if alive; then return 0; fi
  install
  configure
  HOME=$STATE/home setsid "$BIN" --work-path "$STATE" --config "$INI" web >"$STATE/server.log" 2>&1 </dev/null &
  echo $! >"$PID"
  for _ in $(seq 150); do
    if python3 -c 'import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2)' "$URL/api/v1/version" 2>/dev/null; then
      seed
      return 0
    fi
    alive || break
    sleep .2
  done
  die "it did not answer on $URL: $(last_line "$STATE/server.log")"
}

stop() {
  if alive; then
    local p
    p=$(cat "$PID")
    kill "$p"
    for _ in $(seq 50); do kill -0 "$p" 2>/dev/null || break; sleep .1; done
    if kill -0 "$p" 2>/dev/null; then kill -9 "$p"; fi
  fi
  rm -f "$PID"
}

case ${1:-} in
  install) install ;;
  start) start ;;
  stop) stop ;;
  status) if alive; then echo "up: $URL"; else echo down; exit 1; fi ;;
  env)
    alive || die "it is not up: tests/real/gitea.sh start"
    printf 'export PYFLOW_REAL_GITEA=%q\n' "$URL/api/v1/repos/clabot/spam"
    ;;
  wipe) stop; rm -rf "${STATE:?}"/{repositories,home,log,data,custom,secrets,app.ini,.seeded} "$STATE"/gitea.db* "$STATE"/*.log ;;
  *)
    sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
