#!/usr/bin/env bash
# A real Zuul on loopback for the real-server suite, in front of the Gerrit of gerrit.sh: ZooKeeper (TLS), PostgreSQL,
# scheduler, web, executor.  No docker, nothing installed system-wide: Zuul and Ansible from PyPI in a venv of their own,
# ZooKeeper and bubblewrap as Debian packages that are unpacked.  PostgreSQL and a Java have to be there.
#
#   zuul.sh install | start | stop | status | env | token [SUB] | wipe
#
#   eval "$(GERRIT_DIR=… gerrit.sh env)"; zuul.sh start; eval "$(zuul.sh env)"
#
# Settings (environment): ZUUL_HOME=$HOME/.cache/pyflow-real/zuul (downloads)  ZUUL_STATE=$ZUUL_HOME (the rest)
#   ZUUL_BASE_PORT=19000  ZUUL_VERSION=14.3.0
#   GERRIT_HTTP=http://127.0.0.1:15080  GERRIT_SSH_PORT=15418  GERRIT_SSHKEY=<ci's private key>
# Ports from ZUUL_BASE_PORT (B): web B, ZooKeeper B+181, PostgreSQL B+432, logs B+80, finger B+79
#
# Tenant `gate-tenant`: proj-a and proj-b (queue `integrated`, window 4; jobs unit, lint without a vote, docs after unit)
# and solo (noop).  A job sleeps as long as the file SLEEP says, fails where there is a file FAIL; unit fails the first
# time for each content of a file FLAKE.  Tenant `private-tenant` shows itself to those only whom it knows.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
D=${ZUUL_HOME:-$HOME/.cache/pyflow-real/zuul}
H=${ZUUL_STATE:-$D}
B=${ZUUL_BASE_PORT:-19000}
VER=${ZUUL_VERSION:-14.3.0}
WEB=$B ZK=$((B + 181)) PG=$((B + 432)) GH=$((B + 80)) FG=$((B + 79))
GERRIT_HTTP=${GERRIT_HTTP:-http://127.0.0.1:15080}
GERRIT_SSH_PORT=${GERRIT_SSH_PORT:-15418}
PGOS=${ZUUL_PG_OS_USER:-postgres} # initdb refuses root
PGD=${ZUUL_PG_DIR:-$H/pg}         # as root: elsewhere when that user cannot get there (a home of mode 700)
V=$D/venv
export PATH=$D/bin:$V/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1
SECRET=exampleSecretThatIsLongEnoughForHS256
if [ "$(id -u)" = 0 ] && [ -z "${ZUUL_PG_DIR:-}" ] && id "$PGOS" >/dev/null 2>&1; then
  mkdir -p "$H"
  setpriv --reuid="$PGOS" --regid="$(id -gn "$PGOS")" --init-groups test -x "$H" || PGD=/var/tmp/pyflow-real-zuul-pg-$B
fi
say() { printf '%s %s\n' "$(date +%T)" "$*"; }
die() { printf 'zuul.sh: %s\n' "$*" >&2; exit 1; }

alive() { local f=$H/run/$1.pid; [ -s "$f" ] && kill -0 "$(cat "$f")" 2>/dev/null; }
spawn() { # name cmd...
  local n=$1; shift
  if alive "$n"; then return 0; fi
  ( cd "$H"; exec setsid "$@" >>"$H/log/$n.log" 2>&1 </dev/null ) &
  echo $! > "$H/run/$n.pid"
}
port_up() { (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null; }
wait_for() { # seconds what cmd...
  local n=$1 what=$2; shift 2
  for ((i=0; i<n*4; i++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    for f in "$H"/run/*.pid; do
      [ -s "$f" ] && ! kill -0 "$(cat "$f")" 2>/dev/null && { f=$(basename "$f" .pid); say "$f died; see $H/log/$f.log"; tail -3 "$H/log/$f.log"; return 1; }
    done
    sleep .25
  done
  say "TIMEOUT waiting for $what"; return 1
}
halt() { # name [seconds]
  local f=$H/run/$1.pid n=${2:-20}
  if [ -s "$f" ]; then
    local p; p=$(cat "$f")
    if kill -0 "$p" 2>/dev/null; then
      kill -TERM "$p" 2>/dev/null || true
      for ((i=0; i<n*4; i++)); do kill -0 "$p" 2>/dev/null || break; sleep .25; done
      # children share the session that setsid made: end what is left of that one group
      kill -0 "$p" 2>/dev/null && kill -KILL -- "-$p" 2>/dev/null || true
    fi
    rm -f "$f"
  fi
}

install() {
  command -v java >/dev/null || die "no java (ZooKeeper needs one)"
  pg_bin >/dev/null || die "no PostgreSQL (apt-get install postgresql)"
  command -v psql >/dev/null || die "no psql (apt-get install postgresql-client)"
  mkdir -p "$D"/{debs,root,bin} "$H"/{run,log,logs,ca,etc,state,git}
  if [ ! -x "$V/bin/zuul-scheduler" ]; then
    say "venv + zuul $VER (PyPI)"
    python3 -m venv "$V"
    "$V/bin/pip" install -q "zuul==$VER" zuul-client psycopg2-binary >"$H/log/pip.log" 2>&1 || die "zuul $VER could not be installed from PyPI: $(tail -1 "$H/log/pip.log")"
  fi
  if [ ! -e "$D/root/usr/share/java/zookeeper.jar" ]; then
    say "zookeeper + bubblewrap (Debian, unpacked, not installed)"
    ( cd "$D/debs"
      local pk; pk=$(apt-get install -s --no-install-recommends zookeeper bubblewrap 2>/dev/null |
         awk '/^Inst/{print $2}' | grep -vE '^(default-jre|default-jre-headless|openjdk|junit|libspring|libtomcat|libeclipse|libmail|systemd)' )
      apt-get download zookeeper libzookeeper-java bubblewrap $pk >/dev/null 2>&1 || {
        say "apt lists are stale: apt-get update"; apt-get update -qq >/dev/null
        apt-get download zookeeper libzookeeper-java bubblewrap $pk >/dev/null 2>&1 || die "ZooKeeper could not be had from Debian"; }
      for d in *.deb; do dpkg -x "$d" "$D/root"; done )
  fi
  # every zuul process (web included) runs `bwrap --version` when it loads its drivers
  [ -x "$D/bin/bwrap" ] || { if command -v bwrap >/dev/null; then ln -sf "$(command -v bwrap)" "$D/bin/bwrap"; else cp "$D/root/usr/bin/bwrap" "$D/bin/bwrap"; fi; }
  if [ ! -s "$H/ca/client.pem" ]; then
    say "certificates for ZooKeeper"
    ( cd "$H/ca"
      openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=zuul-test-ca -keyout ca.key -out ca.pem 2>/dev/null
      for n in server client; do
        openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout $n.key -out $n.csr 2>/dev/null
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' > $n.ext
        openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -extfile $n.ext -out $n.pem 2>/dev/null
      done
      cat server.pem server.key > server-combined.pem
      chmod 600 ./*.key server-combined.pem )
  fi
  if [ ! -x "$D/ansible/11/bin/ansible-playbook" ]; then
    say "ansible-core for the executor (in place of zuul-manage-ansible's large set)"
    mkdir -p "$D/ansible"
    python3 -m venv "$D/ansible/11"
    "$D/ansible/11/bin/pip" install -q 'ansible-core>=2.18,<2.19' netaddr jmespath google-re2 voluptuous
    # the executor validates every version that it knows; 9 is the same tree here
    ln -sfn 11 "$D/ansible/9"
  fi
}

config() {
  # bwrap shows jobs only /usr /lib /bin /sbin: a pyenv interpreter has to be let in by name
  local pyroot; pyroot=$("$V/bin/python" -c 'import os,sys; print(os.path.realpath(sys.base_prefix))')
  cat > "$H/etc/zoo.cfg" <<C
tickTime=2000
dataDir=$H/zkdata
admin.enableServer=false
secureClientPort=$ZK
secureClientPortAddress=127.0.0.1
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
ssl.keyStore.location=$H/ca/server-combined.pem
ssl.trustStore.location=$H/ca/ca.pem
C
  cat > "$H/etc/zuul.conf" <<C
[zookeeper]
hosts=127.0.0.1:$ZK
tls_cert=$H/ca/client.pem
tls_key=$H/ca/client.key
tls_ca=$H/ca/ca.pem
session_timeout=40

[keystore]
password=secret

[database]
dburi=postgresql+psycopg2://zuul@127.0.0.1:$PG/zuul

[scheduler]
tenant_config=$H/etc/main.yaml
command_socket=$H/run/scheduler.socket
pidfile=$H/run/zuul-scheduler.pid
log_config=$H/etc/logging.conf

[merger]
git_dir=$H/git/merger
git_user_email=zuul@example.com
git_user_name=Zuul
command_socket=$H/run/merger.socket
pidfile=$H/run/zuul-merger.pid
log_config=$H/etc/logging.conf

[executor]
git_dir=$H/git/executor
job_dir=$H/builds
state_dir=$H/state
ansible_root=$D/ansible
manage_ansible=false
command_socket=$H/run/executor.socket
pidfile=$H/run/zuul-executor.pid
private_key_file=$GERRIT_SSHKEY
finger_port=$FG
log_config=$H/etc/logging.conf
variables=$H/etc/site-vars.yaml
trusted_rw_paths=$H/logs
trusted_ro_paths=$pyroot
untrusted_ro_paths=$pyroot
load_multiplier=50
min_avail_mem=1
min_avail_hdd=1

[web]
listen_address=127.0.0.1
port=$WEB
root=http://127.0.0.1:$WEB/
command_socket=$H/run/web.socket
pidfile=$H/run/zuul-web.pid
log_config=$H/etc/logging.conf

[webclient]
url=http://127.0.0.1:$WEB
verify_ssl=false

[auth zuul_operator]
driver=HS256
allow_authz_override=true
realm=zuul.example.com
default=true
client_id=zuul.example.com
issuer_id=zuul_operator
secret=$SECRET
max_validity_time=36000

[connection gerrit]
driver=gerrit
server=127.0.0.1
canonical_hostname=127.0.0.1
port=$GERRIT_SSH_PORT
baseurl=$GERRIT_HTTP
user=ci
password=ci-pw
auth_type=basic
sshkey=${GERRIT_SSHKEY:?the private key of ci}

C
  printf 'log_dir: %s\nlog_base_url: %s\n' "$H/logs" "http://127.0.0.1:$GH/logs" > "$H/etc/site-vars.yaml"
  cat > "$H/etc/logging.conf" <<C
[loggers]
keys=root,zuul,kazoo
[handlers]
keys=console
[formatters]
keys=simple
[logger_root]
level=WARNING
handlers=console
[logger_zuul]
level=INFO
handlers=console
qualname=zuul
propagate=0
[logger_kazoo]
level=WARNING
handlers=console
qualname=kazoo
propagate=0
[handler_console]
class=StreamHandler
formatter=simple
args=(sys.stdout,)
[formatter_simple]
format=%(asctime)s %(levelname)s %(name)s: %(message)s
C
  cat > "$H/etc/main.yaml" <<C
- authorization-rule:
    name: admin-user
    conditions:
      - zuul_uid: admin
- authorization-rule:
    name: developer
    conditions:
      - groups: developers
- authorization-rule:
    name: a-team
    conditions:
      - groups: a-team
- role:
    name: a-only
    permissions:
      enqueue: {conditions: {project: proj-a}}
      dequeue: {conditions: {project: proj-a}}
      promote: true
- role:
    name: requeue
    permissions:
      enqueue: true
- tenant:
    name: gate-tenant
    max-job-timeout: 3600
    role-mappings:
      admin-user: admin
      developer: requeue
      a-team: a-only
    source:
      gerrit:
        config-projects:
          - zuul-config
        untrusted-projects:
          - proj-a
          - proj-b
          - solo
- tenant:
    name: private-tenant
    role-mappings:
      admin-user: admin
    access-rules:
      - admin-user
    source:
      gerrit:
        config-projects:
          - zuul-config:
              include: []
C
}

seed() { # this folder's files into the Gerrit, on top of what is there, past review; once
  local n w url=${GERRIT_HTTP/:\/\//://admin:admin-pw@}
  for n in zuul-config proj-a proj-b solo; do
    w=$(mktemp -d)
    ( cd "$w"; export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
      git init -q; git fetch -q "$url/a/$n" refs/heads/master; git checkout -q FETCH_HEAD
      [ ! -e zuul.yaml ] || exit 0
      cp -r "$HERE/zuul/$n/." .
      git add -A; git -c user.name=seed -c user.email=admin@example.com commit -qm 'Zuul configuration'
      git push -q "$url/a/$n" HEAD:refs/heads/master 2>"$H/log/seed.log" || die "$n could not be seeded: $(tail -1 "$H/log/seed.log")" )
    rm -rf "$w"
  done
}

zk_cp() {
  local j=$D/root/usr/share/java s=/usr/share/java n out="" x
  for n in zookeeper zookeeper-jute netty-buffer netty-codec netty-common netty-handler netty-resolver \
      netty-transport netty-transport-native-epoll netty-transport-native-unix-common metrics-core snappy-java \
      log4j-1.2 slf4j-api slf4j-simple commons-cli commons-io jackson-annotations jackson-core jackson-databind \
      jetty9-client jetty9-http jetty9-io jetty9-security jetty9-server jetty9-servlet jetty9-util servlet-api findbugs-annotations; do
    for x in "$j/$n.jar" "$s/$n.jar"; do [ -e "$x" ] && { out+="$x:"; break; }; done
  done
  printf %s "$out"
}

pg_run() { if [ "$(id -u)" = 0 ]; then setpriv --reuid="$PGOS" --regid="$(id -gn "$PGOS")" --init-groups env HOME="$PGD" "$@"; else "$@"; fi; }
pg_bin() { local d; for d in /usr/lib/postgresql/*/bin; do [ -x "$d/initdb" ] && { echo "$d"; return 0; }; done; command -v initdb >/dev/null && dirname "$(readlink -f "$(command -v initdb)")"; }

tenants_ready() { curl -sf "http://127.0.0.1:$WEB/api/tenants" | python3 -c '
import json,sys; d=json.load(sys.stdin); sys.exit(0 if len(d)>=2 else 1)' &&
  curl -sf "http://127.0.0.1:$WEB/api/tenant/gate-tenant/status" >/dev/null; }
components_ready() { curl -sf "http://127.0.0.1:$WEB/api/components" | python3 -c "
import json,sys; d=json.load(sys.stdin); want=['scheduler','web','executor']
sys.exit(0 if all(any(c['state']=='running' for c in d.get(k,[])) for k in want) else 1)"; }

start() {
  local t0=$SECONDS
  install; config
  mkdir -p "$H/zkdata" "$H/builds" "$H/git/merger" "$H/git/executor"
  local t1=$SECONDS
  spawn zk java -Xmx${ZUUL_ZK_HEAP:-256m} -cp "$(zk_cp)" org.apache.zookeeper.server.quorum.QuorumPeerMain "$H/etc/zoo.cfg"
  local pb; pb=$(pg_bin)
  if [ ! -s "$PGD/PG_VERSION" ]; then
    mkdir -p "$PGD"; [ "$(id -u)" = 0 ] && chown "$PGOS" "$PGD"; chmod 700 "$PGD"
    pg_run "$pb/initdb" -D "$PGD" -U zuul -A trust -E UTF8 --no-sync >"$H/log/initdb.log" 2>&1 || { say "initdb failed"; tail -2 "$H/log/initdb.log"; exit 1; }
  fi
  if ! alive pg; then
    pg_run "$pb/pg_ctl" -D "$PGD" -w -t 30 -l "$PGD/server.log" \
      -o "-p $PG -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=100" start >/dev/null
    head -1 "$PGD/postmaster.pid" > "$H/run/pg.pid"
  fi
  psql -qAt -h 127.0.0.1 -p $PG -U zuul postgres -c "select 1 from pg_database where datname='zuul'" | grep -q 1 ||
    psql -q -h 127.0.0.1 -p $PG -U zuul postgres -c 'create database zuul'
  mkdir -p "$H/www"; ln -sfn ../logs "$H/www/logs"
  spawn logs python3 -m http.server --bind 127.0.0.1 --directory "$H/www" "$GH"
  seed
  wait_for 30 "zookeeper :$ZK" port_up $ZK
  wait_for 30 "log server :$GH" port_up $GH
  spawn executor "$V/bin/zuul-executor" -f -c "$H/etc/zuul.conf"
  spawn scheduler "$V/bin/zuul-scheduler" -f -c "$H/etc/zuul.conf"
  spawn web "$V/bin/zuul-web" -f -c "$H/etc/zuul.conf"
  wait_for 180 "zuul-web :$WEB" curl -sf "http://127.0.0.1:$WEB/api/info"
  wait_for 180 "tenants" tenants_ready
  wait_for 60 "components" components_ready
  say "zuul ready: http://127.0.0.1:$WEB  (install+config $((t1-t0)) s, boot $((SECONDS-t1)) s)"
}

stop() {
  halt web 15; halt scheduler 20; halt executor 20; halt logs 5
  if alive pg; then pg_run "$(pg_bin)/pg_ctl" -D "$PGD" -m fast -w -t 20 stop >/dev/null 2>&1 || halt pg 5; fi
  rm -f "$H/run/pg.pid"
  halt zk 10
  say stopped
}

status() {
  for n in zk pg logs scheduler web executor; do
    if alive $n; then
      p=$(cat "$H/run/$n.pid")
      # resident set of the process and its descendants (kB)
      rss=$(ps -e -o pid=,ppid=,rss= | awk -v r="$p" '{pp[$1]=$2; m[$1]=$3} END{for(i in m){j=i; while(j && j!=r) j=pp[j]; if(j==r) s+=m[i]} print int(s/1024)}')
      printf '%-10s pid %-7s %5s MiB\n' $n "$p" "$rss"
    fi
  done
}

token() { # SUB: `admin` may everything
  "$V/bin/python" - "$SECRET" "${1:-admin}" <<'P'
import jwt, sys, time
secret, sub = sys.argv[1:]
claims = {'sub': sub, 'iss': 'zuul_operator', 'aud': 'zuul.example.com', 'iat': int(time.time()), 'exp': int(time.time()) + 7200}
if sub != 'admin': claims['groups'] = ['developers']
print(jwt.encode(claims, secret, algorithm='HS256'))
P
}

show_env() {
  printf 'export PYFLOW_REAL_ZUUL=http://127.0.0.1:%s\n' "$WEB"
  printf 'export PYFLOW_REAL_ZUUL_LOGS=http://127.0.0.1:%s\n' "$GH"
  printf 'export PYFLOW_REAL_ZUUL_TOKEN=%s\n' "$(token admin)"
  printf 'export PYFLOW_REAL_ZUUL_REQUEUE_TOKEN=%s\n' "$(token somebody)"
  printf 'export PYFLOW_PEER_ZUUL_CLIENT=%s\n' "$V/bin/zuul-client"
}

case ${1:-} in
  install) install ;;
  start) start ;;
  stop) stop ;;
  status) status ;;
  env) show_env ;;
  token) token "${2:-admin}" ;;
  wipe) stop; rm -rf "$H"/{zkdata,git,builds,state,logs,log,run,www} "$PGD" ;;
  *) sed -n 2,19p "$0"; exit 2 ;;
esac
