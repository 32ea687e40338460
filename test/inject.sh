#!/bin/sh
# inject.sh DIR [N [SEED]]: a running plug's system calls fail, one kind at a
# time, and nothing else may: see inject.c.  N cases by chance, 300 by default,
# or `whole'.  Needs strace and the right to trace.  DIR is an existing
# directory.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
n=${2:-300}
[ "$n" != whole ] || n=0
seed=${3:-1}

need strace
scope=$(cat /proc/sys/kernel/yama/ptrace_scope 2>/dev/null)
if [ "${scope:-0}" != 0 ] && [ "$(id -u)" != 0 ] ||
    ! strace -qq -o "$said" -e trace=none true 2>/dev/null; then
	give_up "strace may not trace here"
fi
# what is thrown away at a time of its own is waited for in every such case
build plug -DLINGERSECS=3 plug.c && build inject test/inject.c || stop_here
TMPDIR=$dir "$dir/inject" "$dir/plug" "$n" "$seed" 6 >"$dir/out" 2>&1 &
pids=$!
wait $pids
pids=
add "faults" "$dir/out"
closing
