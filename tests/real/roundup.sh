#!/usr/bin/env bash
# Boots a real Roundup on loopback for the real-server tests: trackers with the fields that bugs.python.org has for its
# contributor agreement. Roundup comes from PyPI, into a venv of its own.
#
#   tests/real/roundup.sh install | start | stop | status | env | wipe
#
#   eval "$(tests/real/roundup.sh env)"    PYFLOW_REAL_ROUNDUP and PYFLOW_REAL_ROUNDUP_STRICT, the trackers' addresses
#   wipe, then start                       fresh trackers; what was downloaded is kept
#
# Settings (environment):
#   ROUNDUP_VERSION=2.6.0   ROUNDUP_PORT=15020
#   ROUNDUP_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/roundup-$ROUNDUP_VERSION    what was downloaded
#   ROUNDUP_STATE=$ROUNDUP_DIR    trackers and logs: a place of its own gives one more server from the same downloads
# A failure's last line on stderr is its reason, in one line.
#
# Seeded, with the password NAME-pw: clabot (may see every user); alice (signed; alternate addresses; GitHub alicehub);
# bob (asked, has not signed; a core developer; GitHub bobhub); carol (never asked); dana (signed, a core developer);
# malice (has not signed; her address ends like Alice's).  The tracker `strict` locks a name out after four wrong passwords, as Roundup does by itself.
# The page user?@template=clacheck is not in Roundup: its server side here is ours, its answers are as bugs.python.org
# gave them (PEP 512).
set -euo pipefail

VER=${ROUNDUP_VERSION:-2.6.0}
DIR=${ROUNDUP_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/roundup-$VER}
STATE=${ROUNDUP_STATE:-$DIR}
PORT=${ROUNDUP_PORT:-15020}
VENV=$DIR/venv
PID=$STATE/roundup.pid
URL=http://127.0.0.1:$PORT
TRACKERS='bpo strict'

die() { printf 'roundup.sh: %s\n' "$*" >&2; exit 1; }
last_line() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -1; }

alive() { # the pid file may be stale and the number somebody else's by now
  local p
  [ -s "$PID" ] || return 1
  p=$(cat "$PID")
  kill -0 "$p" 2>/dev/null && [[ $(tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null) == *roundup-server*"$STATE"* ]]
}

install() {
  [ ! -e "$VENV/.complete" ] || return 0
  command -v python3 >/dev/null || die "no python3"
  mkdir -p "$DIR"
  rm -rf "$VENV"
  python3 -m venv "$VENV" >"$DIR/install.log" 2>&1 ||
    die "python3 makes no venv (Debian: python3-venv): $(last_line "$DIR/install.log")"
  "$VENV/bin/python" -m pip install -q --disable-pip-version-check "roundup==$VER" >"$DIR/install.log" 2>&1 ||
    die "pip gives no roundup $VER: $(last_line "$DIR/install.log")"
  touch "$VENV/.complete"
}

tracker() { # NAME
  local t=$STATE/$1 log=$STATE/$1.log admin
  [ ! -e "$t/.complete" ] || return 0
  rm -rf "$t"
  admin=("$VENV/bin/roundup-admin" -i "$t")
  "${admin[@]}" install classic sqlite \
    "tracker_web=$URL/$1/,mail_domain=example.org,admin_email=admin@example.org,mail_host=localhost,mail_debug=$STATE/mail" \
    >"$log" 2>&1 || die "the tracker $1 cannot be made: $(last_line "$log")"
  "$VENV/bin/python" - "$t" "$1" <<'P'
import pathlib, re, sys
top = pathlib.Path(sys.argv[1])
schema = (top / 'schema.py').read_text()
fields = '\n'.join(' ' * 16 + line for line in (
    'contrib_form=Boolean(),', 'contrib_form_date=Date(),', 'iscommitter=Boolean(),', 'github=String(),'))
schema, count = re.subn(r'( +alternate_addresses=String\(\),\n)', lambda m: m[1] + fields + '\n', schema, count=1)
assert count == 1, 'schema.py has another form'
# Everybody sees who has signed; addresses are for coordinators only.
schema += '''
seen = ('id', 'username', 'realname', 'github', 'iscommitter', 'contrib_form', 'contrib_form_date')
db.security.addRole(name='Coordinator', description='Keeps the contributor forms')
for access in ('Web Access', 'Rest Access'):
    db.security.addPermissionToRole('Coordinator', access)
for right in ('View', 'Search'):
    db.security.addPermissionToRole('User', db.security.addPermission(name=right, klass='user', properties=seen))
for right in ('View', 'Search', 'Edit', 'Create'):
    db.security.addPermissionToRole('Coordinator', db.security.addPermission(name=right, klass='user'))
'''
(top / 'schema.py').write_text(schema)
(top / 'html' / 'user.clacheck.html').write_text('<tal:block content="python:utils.signed(request)">{}</tal:block>\n')
(top / 'extensions' / 'signed.py').write_text('''
import json

def signed(request):
    users = request.client.db.user
    names = (request.form.getvalue('github_names') or '').split(',')
    answers = {}
    for name in filter(None, names):
        found = users.stringFind(github=name)
        answers[name] = any(bool(users.get(user, 'contrib_form')) for user in found) if found else None
    return json.dumps(answers, separators=(',', ':'))

def init(instance):
    instance.registerUtil('signed', signed)
''')
if sys.argv[2] != 'strict':
    config = (top / 'config.ini').read_text()
    (top / 'config.ini').write_text(re.sub(r'(?m)^api_failed_login_limit = .*$', 'api_failed_login_limit = 1000', config))
P
  {
    "${admin[@]}" initialise admin-pw
    "${admin[@]}" create user username=clabot address=clabot@example.org password=clabot-pw roles=User,Coordinator
    "${admin[@]}" create user username=alice address=alice@example.org password=alice-pw roles=User realname="Alice Able" \
      alternate_addresses=$'alice@work.example\nA.Able@Example.NET\nalice@example.com' github=alicehub contrib_form=yes contrib_form_date=2026-01-02 iscommitter=no
    "${admin[@]}" create user username=bob address=bob@example.org password=bob-pw roles=User realname="Bob Baker" \
      github=bobhub contrib_form=no iscommitter=yes
    "${admin[@]}" create user username=carol address=carol@example.org password=carol-pw roles=User github=carolhub
    "${admin[@]}" create user username=dana address=dana@example.org password=dana-pw roles=User contrib_form=yes iscommitter=yes
    "${admin[@]}" create user username=malice address=malice@example.org password=malice-pw roles=User contrib_form=no \
      alternate_addresses=malice@work.example github=alicehub2
  } >>"$log" 2>&1 || die "the tracker $1 cannot be filled: $(last_line "$log")"
  touch "$t/.complete"
}

start() {
  local as=() name
  if alive; then return 0; fi
  install
  mkdir -p "$STATE"
  for name in $TRACKERS; do
    tracker "$name"
    # Writes are refused from another origin than this; reads are not.
    sed -i "s#^web = .*#web = $URL/$name/#" "$STATE/$name/config.ini"
  done
  if [ "$(id -u)" = 0 ]; then as=(-u root); fi # it wants to be told so
  setsid "$VENV/bin/roundup-server" ${as[@]+"${as[@]}"} -n 127.0.0.1 -p "$PORT" \
    $(for name in $TRACKERS; do printf '%s=%s ' "$name" "$STATE/$name"; done) \
    >"$STATE/server.log" 2>&1 </dev/null &
  echo $! >"$PID"
  for _ in $(seq 150); do
    if python3 -c 'import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=2)' "$URL/bpo/" 2>/dev/null; then return 0; fi
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
    alive || die "it is not up: tests/real/roundup.sh start"
    printf 'export PYFLOW_REAL_ROUNDUP=%q\nexport PYFLOW_REAL_ROUNDUP_STRICT=%q\n' "$URL/bpo" "$URL/strict"
    ;;
  wipe) stop; for name in $TRACKERS; do rm -rf "${STATE:?}/$name" "$STATE/$name.log"; done ;;
  *)
    sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
