#!/bin/sh
# sizes.sh DIR: plug as small as it gets, static, with every libc that is
# here.  Prints a table of sizes, fails past the limits below, and runs the
# live tests on what was built.  DIR is an existing directory to build in.
# Nothing is installed: a missing compiler is named, and what it would build
# is counted as skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
[ -n "${ENDS-}" ] || exec sh test/ends.sh test/sizes.sh "$@"
CC=${CC:-cc}
passed=0 failed=0 skipped=0
dir=$1/sizes.$$
mkdir "$dir" || exit 1
plug=
trap '[ -z "$plug" ] || kill $plug 2>/dev/null; rm -rf "$dir"' 0
trap 'exit 1' 1 2 15

# A loopback address of our own keeps the port below free.
at=127.$((1 + $$ / 62500 % 250)).$(($$ / 250 % 250)).$((1 + $$ % 250)):20999

ok() {
	passed=$((passed + 1))
	echo "ok   sizes: $*"
}

fail() {
	failed=$((failed + 1))
	echo "FAIL sizes: $*"
}

skip() {
	skipped=$((skipped + 1))
	echo "skip sizes: $*"
}

# make_plug FILE TARGET CC [DEFS]: silently, or not at all.
make_plug() {
	script=-Wl,-T,contrib/tiny.ld
	[ "$3" != gcc ] || script=
	if make -s -f Makefile.posix "$2" CC="$3 -Wall -Wextra" LDFLAGS=$script \
	    OUT="$dir/$1" DEFS="${4:-}" >"$dir/said" 2>&1 &&
	    [ ! -s "$dir/said" ]; then
		return 0
	fi
	fail "$1: it does not build, or not silently"
	sed 10q "$dir/said"
	return 1
}

# Kilobytes that an idle plug has in memory, in $rss; "-" where unknown.
# The system counts some pages late: the least of ten looks is taken.
rss_of() {
	"$dir/$1" -n "$at" 127.0.0.1:9 2>"$dir/said" &
	plug=$!
	rss=-
	tries=0
	while [ $tries -lt 10 ]; do
		tries=$((tries + 1))
		sleep 0.1
		n=$(sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' \
		    "/proc/$plug/smaps_rollup" 2>/dev/null)
		[ -n "$n" ] || continue
		[ "$rss" != - ] && [ "$n" -ge "$rss" ] || rss=$n
	done
	kill $plug 2>/dev/null
	wait $plug || rss=-
	plug=
}

# limit NAME WHAT VALUE MOST: MOST is "-" for none.
limit() {
	[ "$4" != - ] || return
	if [ "$3" != - ] && [ "$3" -le "$4" ]; then
		ok "$1: $2 $3 of $4"
	else
		fail "$1: $2 is $3, at most $4 allowed"
	fi
}

printf '%-12s %8s %8s %6s %9s %8s\n' build file text data bss 'RSS kB' \
    >"$dir/table"

# measure NAME TARGET FILE-LIMIT BSS-LIMIT RSS-LIMIT CC...: builds and weighs.
measure() {
	name=$1 target=$2 file_most=$3 bss_most=$4 rss_most=$5
	shift 5
	if ! command -v "$1" >/dev/null 2>&1; then
		skip "$name: $1: not found"
		return 1
	fi
	make_plug "$name" "$target" "$*" || return 1
	file=$(wc -c <"$dir/$name")
	rss_of "$name"
	# shellcheck disable=SC2046
	set -- $(size "$dir/$name" 2>/dev/null | sed -n 2p)
	printf '%-12s %8d %8s %6s %9s %8s\n' "$name" "$file" "${1:--}" \
	    "${2:--}" "${3:--}" "$rss" >>"$dir/table"
	limit "$name" file $((file)) "$file_most"
	limit "$name" bss "${3:--}" "$bss_most"
	limit "$name" RSS "$rss" "$rss_most"
}

# live NAME TARGET OPTIONS CC...: the live tests, in one process and forking.
tests='bytes targets balance connect log rule family rights'
live() {
	name=$1 target=$2 options=$3
	shift 3
	command -v "$1" >/dev/null 2>&1 || return
	make_plug "$name.live" "$target" "$*" '-DPATH_LOG=\"devlog\"' || return
	for mode in single fork; do
		echo "$name.$mode" >>"$dir/names"
		more=
		[ $mode = fork ] || more='process option'
		# shellcheck disable=SC2086
		TZ=$zone timeout 900 "$dir/live" "$dir/$name.live" "$dir/peer" -s 3 \
		    -L devlog -m $mode $options $tests $more \
		    >"$dir/out.$name.$mode" 2>&1 &
	done
}

# A TINY build has 64 places, and no -w; its times are UTC wherever it is.
zone=XYZ-5:30
tiny='-o tiny -k 50 no:process/worker_killed no:process/orphans'
diet='diet gcc -std=gnu89'
kb=1024
measure tiny-musl tiny $((40 * kb)) $((96 * kb)) 100 musl-gcc
# shellcheck disable=SC2086
measure tiny-diet tiny $((34 * kb)) $((96 * kb)) - $diet
measure tiny-klibc tiny - $((96 * kb)) - klcc
measure tiny-glibc tiny - - - gcc
measure full-musl small $((96 * kb)) - - musl-gcc
# shellcheck disable=SC2086
measure full-diet small - - - $diet
measure full-klibc small - - - klcc
measure full-glibc small - - - gcc
cat "$dir/table"

: >"$dir/names"
# shellcheck disable=SC2086
if ! $CC -O2 -o "$dir/live" test/live.c test/t_*.c ||
    ! $CC -O2 -o "$dir/peer" test/peer.c; then
	fail "the live tests do not build"
else
	live tiny-musl tiny "$tiny" musl-gcc
	# shellcheck disable=SC2086
	live tiny-diet tiny "$tiny" $diet
	wait
	live tiny-klibc tiny "$tiny" klcc
	live full-musl small '' musl-gcc
	wait
fi

while read -r name; do
	echo "== sizes: live, $name"
	grep -v '^ok ' "$dir/out.$name" | sed '$d'
	last=$(sed -n '$p' "$dir/out.$name")
	case $last in
	*' passed, '*' failed'*)
		echo "$last"
		# shellcheck disable=SC2086
		set -- $last
		passed=$((passed + $1))
		failed=$((failed + $3))
		skipped=$((skipped + ${5:-0}))
		;;
	*) fail "$name: it did not come to its end: $last" ;;
	esac
done <"$dir/names"

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
