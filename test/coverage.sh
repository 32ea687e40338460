#!/bin/sh
# coverage.sh DIR: which lines of plug.c and compat.h the default suite does
# not reach, on any backend, in any mode; and, since others run them only, in
# TINY and NO_SHARE builds.  They are listed in test/unreached, each with its
# reason.  A line that is not there, or a share below the floors here, is a
# failure.  What a test finds is not looked at: test.sh does that.  DIR is an
# existing directory.  Needs gcc and gcov.  Ends with "N passed, N failed,
# N skipped".

cd "$(dirname "$0")/.." || exit 1
[ -n "${ENDS-}" ] || exec sh test/ends.sh test/coverage.sh "$@"
passed=0 failed=0
floors='plug.c 97.4 compat.h 94.4'
for tool in gcc gcov; do
	if ! command -v $tool >/dev/null 2>&1; then
		echo "skip coverage: $tool: not found"
		echo "0 passed, 0 failed, 1 skipped"
		exit 0
	fi
done
dir=$1/coverage.$$
mkdir "$dir" || exit 1
dir=$(cd "$dir" && pwd)
trap 'rm -rf "$dir"' 0
trap 'exit 1' 1 2 15

# What libgcov can't do it says on standard error, where plug's tests look.
GCOV_ERROR_FILE=/dev/null
export GCOV_ERROR_FILE

# verdict STATUS TEXT [WORD]: the lines of said that begin with it.
verdict() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok   coverage: $2"
	else
		failed=$((failed + 1))
		echo "FAIL coverage: $2"
		grep "^${3-}" "$dir/said" | sed 60q
	fi
}

# build NAME SOURCE FLAGS ...: with counters.
build() {
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
	build unit test/unit.c && build unit-tiny test/unit.c -DTINY &&
	    build unit-kqueue test/unit.c -DUSE_KQUEUE -Itest/kqueue &&
	    build plug plug.c && build plug-poll plug.c -DUSE_POLL &&
	    build plug-select plug.c -DUSE_SELECT &&
	    build plug-block plug.c -DNO_SPLICE &&
	    build plug-kqueue plug.c -DUSE_KQUEUE -Itest/kqueue -DSEAMS_PLEDGE -DHAVE_UNSENT=0 \
	    -DNO_SPLICE && build plug-fault test/fault.c &&
	    build plug-tiny plug.c -DTINY &&
	    build plug-alone plug.c -DNO_SHARE
}

if ! gcc -O2 -c -o "$dir/cover.o" test/cover.c ||
    ! gcc -O2 -o "$dir/live" test/live.c test/t_*.c ||
    ! gcc -O2 -o "$dir/peer" test/peer.c || ! builds >"$dir/said" 2>&1; then
	verdict 1 "build"
	echo "$passed passed, $failed failed, 0 skipped"
	exit 1
fi

groups='bytes targets connect log rule family config rights status gone'
run unit unit
run unit-tiny unit-tiny
run unit-kqueue unit-kqueue
live single plug
# shellcheck disable=SC2086
live fork plug -m fork $groups
# shellcheck disable=SC2086
live workers plug -m workers $groups
live poll plug-poll bytes gone
live select plug-select bytes gone
live block plug-block bytes
live kqueue plug-kqueue process bytes targets
live kqueue-fork plug-kqueue -m fork targets connect
live kqueue-workers plug-kqueue -m workers targets connect
live fault plug-fault -n 40 bytes/integrity
live tiny plug-tiny -o tiny -k 50 bytes targets connect rule family option
live tiny-fork plug-tiny -m fork -o tiny -k 50 targets connect log rights
live alone plug-alone -m fork targets connect
wait
for out in "$dir"/out.*; do
	echo "     coverage: ${out##*.}: $(sed -n '$p' "$out")"
done

# of all builds: a line is reached if it is in one of them
while read -r name; do
	gcov -t -o "$dir" "$dir/$name.o" 2>/dev/null
done <"$dir/names" >"$dir/counts"
awk -v floors="$floors" -f test/coverage.awk test/unreached "$dir/counts" \
    >"$dir/said"
grep '^     ' "$dir/said"
! grep '^below' "$dir/said" >/dev/null
verdict $? "less is reached than was" below
! grep '^line' "$dir/said" >/dev/null
verdict $? "a line that no test reaches has no reason" line
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
