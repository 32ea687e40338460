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
[ -n "${ENDS-}" ] || exec sh test/ends.sh test/soak.sh "$@"
CC=${CC:-cc}
parts='inject sessions seeds mock short killed mutants'
passed=0 failed=0 skipped=0
top=$1
[ $# -gt 0 ] && shift
made=
[ -n "$top" ] || made=$(mktemp -d) || exit 1
top=${top:-$made}
dir=$top/soak.$$
mkdir "$dir" || exit 1
job=

finish() {
	[ -z "$job" ] || kill "$job" 2>/dev/null
	wait
	rm -rf "$dir"
	[ -z "$made" ] || rmdir "$made"
}
trap finish 0
trap 'exit 1' 1 2 15

fail() {
	failed=$((failed + 1))
	echo "FAIL $*"
}

# add NAME COMMAND ...: a program with a closing line of its own.
add() {
	name=$1
	shift
	"$@" >"$dir/out" 2>&1 &
	job=$!
	wait $job
	job=
	cat "$dir/out"
	last=$(sed -n '$p' "$dir/out")
	case $last in
	*' passed, '*' failed'*)
		# shellcheck disable=SC2086
		set -- $last
		passed=$((passed + $1))
		failed=$((failed + $3))
		skipped=$((skipped + ${5:-0}))
		;;
	*) fail "$name: it did not come to its end: $last" ;;
	esac
}

seeds() {
	if ! $CC -O2 -o "$dir/unit" test/unit.c; then
		fail "seeds: test/unit.c does not compile"
		return
	fi
	seed=0
	while [ $seed -lt 1000 ]; do
		seed=$((seed + 1))
		"$dir/unit" $seed >"$dir/out" 2>&1 && continue
		fail "seeds: unit $seed"
		sed 5q "$dir/out"
	done
	passed=$((passed + 1))
}

# scale_run WORDS ...: scale.c, and plug with the last of them.
scale_run() {
	if ! $CC -O2 -o "$dir/scale" test/scale.c ||
	    ! $CC -O2 -o "$dir/plug" plug.c; then
		fail "scale: it does not compile"
		return
	fi
	kind=$1 n=$2
	shift 2
	add "$kind" "$dir/scale" "$kind" "$n" "$dir/plug" "$@"
}

# shellcheck disable=SC2048
for part in ${*:-$parts}; do
	echo "== $part"
	began=$(date +%s)
	case $part in
	seeds) seeds ;;
	sessions) add sessions env SESSIONS=20000 sh test/all.sh "$dir" sessions ;;
	mock) add mock env MOCKRUNS=10000000 sh test/all.sh "$dir" mock ;;
	short) scale_run soak 1000000 ;;
	killed)
		scale_run killed 100 -F
		scale_run killed 100 -w 3
		;;
	mutants) add mutants sh test/mutants.sh "$top" ;;
	inject) add inject sh test/inject.sh "$dir" whole ;;
	*) fail "no such part: $part" ;;
	esac
	echo "== $part: $(($(date +%s) - began)) s"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
