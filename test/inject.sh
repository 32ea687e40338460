#!/bin/sh
# inject.sh DIR [N [SEED]]: a running plug's system calls fail, one kind at a
# time, and nothing else may: see inject.c.  N cases by chance, 300 by default,
# or `whole'.  Needs strace and the right to trace.  DIR is an existing
# directory.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
[ -n "${ENDS-}" ] || exec sh test/ends.sh test/inject.sh "$@"
CC=${CC:-cc}
n=${2:-300}
[ "$n" != whole ] || n=0
seed=${3:-1}
dir=$1/inject.$$
umask 077
mkdir "$dir" || exit 1
job=

finish() {
	[ -z "$job" ] || kill "$job" 2>/dev/null
	wait
	rm -rf "$dir"
}
trap finish 0
trap 'exit 1' 1 2 15

skip() {
	echo "skip inject: $*"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
}

command -v strace >/dev/null 2>&1 || skip "strace: not found"
scope=$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null)
if [ "${scope:-0}" != 0 ] && [ "$(id -u)" != 0 ] ||
    ! strace -qq -o "$dir/said" -e trace=none true 2>/dev/null; then
	skip "strace may not trace here"
fi
# what is thrown away at a time of its own is waited for in every such case
if ! $CC -O2 -DLINGERSECS=3 -o "$dir/plug" plug.c ||
    ! $CC -O2 -o "$dir/inject" test/inject.c; then
	echo "FAIL inject: it does not compile"
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
TMPDIR=$dir "$dir/inject" "$dir/plug" "$n" "$seed" 6 >"$dir/out" 2>&1 &
job=$!
wait $job
status=$?
job=
cat "$dir/out"
[ $status = 0 ]
