#!/bin/sh
# commit-msg hook: adds a Change-Id to messages that have none, so that the review server
# knows new versions of a change. From pyflow; needs git only.
set -eu
message=$1
[ "$(git config --bool --get gerrit.createChangeId || echo true)" = false ] && exit 0
subject=$(git stripspace --strip-comments <"$message" | head -n 1)
[ -n "$subject" ] || exit 0
case $subject in
	"fixup! "* | "squash! "*) exit 0 ;;
esac
if git interpret-trailers --parse <"$message" | grep -q -i '^Change-Id: *I[0-9a-f]\{40\}$'; then
	exit 0
fi
id=$({
	git var GIT_COMMITTER_IDENT
	git var GIT_AUTHOR_IDENT
	git rev-parse -q --verify HEAD || echo no-parent
	git write-tree
	cat "$message"
} | git hash-object --stdin)
git interpret-trailers --in-place --trailer "Change-Id: I$id" "$message"
