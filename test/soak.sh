#!/bin/sh
# soak.sh DIR [part ...]: the runs that take long; all parts by default:
#	inject		every fault of test/inject.sh
#	sessions	20,000 sessions of bytes/sessions
#	seeds		test/unit.c with a thousand seeds
#	mock		10 million inputs of test/mock.c
#	short		a million short connections among 200 long ones
#	killed		each child killed, a hundred times
#	mutants		sixty of test/mutants.sh; kept in DIR, to go on there
# DIR is an existing directory; an empty word makes one.  Ends with "N passed,
# N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
title=
parts='inject sessions seeds mock short killed mutants'
folder "$1"
[ $# -gt 0 ] && shift

seeds() {
	build unit test/unit.c || return
	seed=0
	while [ $seed -lt 1000 ]; do
		seed=$((seed + 1))
		"$dir/unit" $seed >"$dir/out" 2>&1 && continue
		fail "seeds: unit $seed"
		sed 5q "$dir/out"
	done
	ok "seeds: all that are not above"
}

# scale_run WORDS ...: scale.c, and plug with the last of them.
scale_run() {
	build scale test/scale.c && build plug plug.c || return
	kind=$1 n=$2
	shift 2
	whole "$kind" "$dir/scale" "$kind" "$n" "$dir/plug" "$@"
}

# shellcheck disable=SC2048
for part in ${*:-$parts}; do
	echo "== $part"
	began=$(date +%s)
	case $part in
	seeds) seeds ;;
	sessions) whole sessions env SESSIONS=20000 sh test/all.sh "$dir" sessions ;;
	mock) whole mock env MOCKRUNS=10000000 sh test/all.sh "$dir" mock ;;
	short) scale_run soak 1000000 ;;
	killed)
		scale_run killed 100 -F
		scale_run killed 100 -w 3
		;;
	mutants) whole mutants sh test/mutants.sh "$top" ;;
	inject) whole inject sh test/inject.sh "$dir" whole ;;
	*) fail "no such part: $part" ;;
	esac
	echo "== $part: $(($(date +%s) - began)) s"
done
closing
