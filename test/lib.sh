# shellcheck shell=sh
# lib.sh: what the test scripts have in common.  Each begins with
#
#	cd "$(dirname "$0")/.." || exit 1
#	. test/lib.sh
#
# and is run again by ends.sh then, if it is not yet.  Verdicts are a line
# each on standard output: ok, FAIL, skip, with $title in front of the text;
# closing ends the script with "N passed, N failed, N skipped".
#
# folder gives it $dir, and cares for its end, on a signal too: what the
# function cleanup does is done, the processes of $pids are ended, and the
# folder goes.

script=${0##*/}
script=${script%.sh}
[ -n "${ENDS-}" ] || exec sh test/ends.sh "test/$script.sh" "$@"
CC=${CC:-cc}
PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin
passed=0 failed=0 skipped=0
title="$script: "
pids='' folder='' made=''
umask 077

# A loopback address of this run's own keeps fixed ports free.
# shellcheck disable=SC2034
host=127.$((1 + $$ / 62500 % 250)).$(($$ / 250 % 250)).$((1 + $$ % 250))

#
# Verdicts.
#
ok() {
	passed=$((passed + 1))
	printf 'ok   %s\n' "$title$*"
}

fail() {
	failed=$((failed + 1))
	printf 'FAIL %s\n' "$title$*"
}

# skips N WORD ...: so many tests can't be done here.
skips() {
	skipped=$((skipped + $1))
	shift
	printf 'skip %s\n' "$title$*"
}

skip() {
	skips 1 "$@"
}

# verdict STATUS TEXT [FILE]: a test's outcome; what was said if it failed.
verdict() {
	if [ "$1" -eq 0 ]; then
		ok "$2"
	else
		fail "$2"
		tail -n 20 "${3:-$said}"
	fi
}

# silent TEXT COMMAND ...: the command succeeds and says nothing; returns
# whether it did.
silent() {
	text=$1
	shift
	if "$@" >"$said" 2>&1 && [ ! -s "$said" ]; then
		ok "$text"
		return 0
	fi
	fail "$text: $*"
	sed 10q "$said"
	return 1
}

# add NAME FILE: what a program said, but its passes; its own closing line is
# added to ours.
add() {
	last=$(sed -n '$p' "$2")
	echo "== $1: $last"
	grep -v '^ok ' "$2" | sed '$d'
	case $last in
	[0-9]*' passed, '[0-9]*' failed'*)
		# shellcheck disable=SC2086
		set -- $last
		passed=$((passed + $1))
		failed=$((failed + $3))
		skipped=$((skipped + ${5:-0}))
		;;
	*) fail "$1: it did not come to its end: $last" ;;
	esac
}

# closing: the last line and the last status.
closing() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# stop_here: it can't go on.
stop_here() {
	closing
	exit
}

# give_up WORD ...: all of it, or what is left, can't be done here.
give_up() {
	skip "$@"
	stop_here
}

#
# Tools, namespaces and builds.
#
# have TOOL ...: all of them are here; the first that is not in $missing.
have() {
	for tool in "$@"; do
		missing=$tool
		command -v "$tool" >/dev/null 2>&1 || return 1
	done
}

# need TOOL ...: or there is nothing to test.
need() {
	have "$@" || give_up "$missing: not found"
}

# apart FLAGS DIR [inside]: the script is run again in namespaces of its own,
# by unshare's flags.
apart() {
	[ "${3-}" != inside ] || return 0
	unshare "$1" true 2>/dev/null || give_up "no namespaces of our own here"
	exec unshare "$1" sh "test/$script.sh" "$2" inside
}

# tree DIR: a copy of the sources, to build in.
tree() {
	mkdir -p "$1" && cp -R Makefile.posix Makefile.sunos plug.c compat.h plug.1 \
	    test.sh LICENSE README.md .ci .gitignore contrib test "$1"
}

# build NAME WORDS ...: a program in $dir; or a failure, that is told.
build() {
	built=$1
	shift
	# shellcheck disable=SC2086
	$CC -O1 "$@" -o "$dir/$built" >"$said" 2>&1 && return
	fail "build: $built"
	sed 10q "$said"
	return 1
}

# tools: the live tests, once.
tools() {
	[ -x "$dir/live" ] || build live test/live.c test/t_*.c &&
	    { [ -x "$dir/peer" ] || build peer test/peer.c; }
}

#
# Processes.
#
# beside NAME COMMAND ...: in the background, a program with a closing line.
beside() {
	echo "$1" >>"$dir/names"
	beside=$dir/out.$1
	shift
	"$@" >"$beside" 2>&1 &
}

# collect: waits for what runs, and adds it up.
collect() {
	wait
	[ -f "$dir/names" ] || return
	while IFS= read -r name; do
		add "$name" "$dir/out.$name"
	done <"$dir/names"
	rm "$dir/names"
}

# whole NAME COMMAND ...: a program with a closing line, before anything else
# is begun here; what runs beside goes on.
whole() {
	whole=$1
	shift
	"$@" >"$dir/out.$whole" 2>&1 &
	wait $!
	add "$whole" "$dir/out.$whole"
}

# nginx_head FOLDER WORKERS CONNECTIONS: the beginning of a configuration, with
# that of http; all of its files are below that folder, which is there.
nginx_head() {
	[ "$(id -u)" -ne 0 ] || echo 'user root;'
	cat <<END
daemon off;
worker_processes $2;
pid $1/pid;
error_log $1/error.log;
events { worker_connections $3; }
http {
	access_log off;
	client_body_temp_path $1/body;
	proxy_temp_path $1/proxy;
	fastcgi_temp_path $1/fastcgi;
	uwsgi_temp_path $1/uwsgi;
	scgi_temp_path $1/scgi;
END
}

# until_true SECONDS COMMAND ...: for at most so long.
until_true() {
	late=$(($(date +%s) + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt $late ] || return 1
		sleep 0.1
	done
}

milliseconds() {
	date +%s%3N
}

# end PID ...: processes of ours, stopped ones too; each has fifteen seconds.
end() {
	for pid in "$@"; do
		kill "$pid" 2>/dev/null
		kill -CONT "$pid" 2>/dev/null
	done
	for pid in "$@"; do
		tries=0
		while kill -0 "$pid" 2>/dev/null && [ $tries -lt 150 ]; do
			tries=$((tries + 1))
			sleep 0.1
		done
		kill -9 "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
}

#
# The folder, and the end.
#
cleanup() {
	:
}

leave() {
	trap '' 1 2 15
	cleanup
	# shellcheck disable=SC2086
	end $pids
	wait
	[ -z "$folder" ] || rm -rf "$folder"
	[ -z "$made" ] || rmdir "$made"
}

# folder DIR: $dir is a new one in there, by its whole name; in a new one if
# the word is empty.
folder() {
	trap leave 0
	trap 'exit 1' 1 2 15
	[ -n "$1" ] || made=$(mktemp -d) || exit 1
	top=$(cd "${1:-$made}" && pwd) && mkdir "$top/$script.$$" || exit 1
	folder=$top/$script.$$
	dir=$folder
	said=$dir/said
}
