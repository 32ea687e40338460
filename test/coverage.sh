#!/bin/sh
# coverage.sh DIR: which lines of plug.c and compat.h the default suite does
# not reach, on any backend, in any mode; and, since others run them only, in
# TINY and NO_SHARE builds.  They are listed in test/unreached, each with its
# reason.  A line that is not there, or a share below the floors here, is a
# failure.  What a test finds is not looked at: test.sh does that.  DIR is an
# existing directory.  Needs gcc and gcov.  Ends with "N passed, N failed,
# N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
floors='plug.c 97.4 compat.h 94.4'
need gcc gcov
folder "$1"

# What libgcov can't do it says on standard error, where plug's tests look.
GCOV_ERROR_FILE=/dev/null
export GCOV_ERROR_FILE

# counted NAME SOURCE FLAGS ...: a build with counters.
counted() {
	name=$1 source=$2
	shift 2
	echo "$name" >>"$dir/names"
	gcc -O0 -fno-builtin-fork --coverage -D_exit=cover_exit \
	    -DPATH_LOG='"devlog"' -DSTATUSSECS=8 -DLINGERSECS=6 "$@" \
	    -c -o "$dir/$name.o" "$source" &&
	    gcc --coverage -o "$dir/$name" "$dir/$name.o" "$dir/cover.o"
}

# run NAME PROGRAM WORDS ...: in the background.
run() {
	name=$1 program=$2
	shift 2
	timeout 170 "$dir/$program" "$@" >"$dir/out.$name" 2>&1 &
}

# live NAME PLUG WORDS ...
live() {
	name=$1 plug=$2
	shift 2
	run "$name" live "$dir/$plug" "$dir/peer" -L devlog "$@"
}

builds() {
	counted unit test/unit.c && counted unit-tiny test/unit.c -DTINY &&
	    counted unit-kqueue test/unit.c -DUSE_KQUEUE -Itest/kqueue &&
	    counted plug plug.c && counted plug-poll plug.c -DUSE_POLL &&
	    counted plug-select plug.c -DUSE_SELECT &&
	    counted plug-block plug.c -DNO_SPLICE &&
	    counted plug-kqueue plug.c -DUSE_KQUEUE -Itest/kqueue -DSEAMS_PLEDGE -DHAVE_UNSENT=0 \
	    -DNO_SPLICE && counted plug-fault test/fault.c &&
	    counted plug-tiny plug.c -DTINY &&
	    counted plug-alone plug.c -DNO_SHARE
}

CC=gcc
tools && build cover.o -c test/cover.c || stop_here
if ! builds >"$said" 2>&1; then
	verdict 1 "the builds with counters"
	stop_here
fi

groups='bytes targets connect log rule family config rights status gone service'
run unit unit
run unit-tiny unit-tiny
run unit-kqueue unit-kqueue
live single plug
# shellcheck disable=SC2086
live fork plug -m fork $groups
# shellcheck disable=SC2086
live workers plug -m workers $groups
live poll plug-poll bytes gone process/wait_fails
live select plug-select bytes gone
live block plug-block bytes
live kqueue plug-kqueue process bytes targets
live kqueue-fork plug-kqueue -m fork targets connect
live kqueue-workers plug-kqueue -m workers targets connect
live fault plug-fault -n 40 bytes/integrity
live tiny plug-tiny bytes targets connect rule family option
live tiny-fork plug-tiny -m fork targets connect log rights
live alone plug-alone -m fork targets connect check/cut
wait
for out in "$dir"/out.*; do
	echo "     coverage: ${out##*.}: $(sed -n '$p' "$out")"
done

# of all builds: a line is reached if it is in one of them
while read -r name; do
	gcov -t -o "$dir" "$dir/$name.o" 2>/dev/null
done <"$dir/names" >"$dir/counts"
awk -v floors="$floors" -f test/coverage.awk test/unreached "$dir/counts" \
    >"$said"
grep '^     ' "$said"
# none WORD TEXT: no line begins with the word.
none() {
	! grep "^$1" "$said" >"$dir/lines"
	verdict $? "$2" "$dir/lines"
}

none below "less is reached than was"
none line "a line that no test reaches has no reason"
closing
