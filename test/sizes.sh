#!/bin/sh
# sizes.sh DIR: plug as small as it gets, static, with every libc that is
# here.  Prints a table of sizes, fails past the limits below, and runs the
# live tests on what was built.  DIR is an existing directory to build in.
# Nothing is installed: a missing compiler is named, and what it would build
# is counted as skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
at=$host:20999

# make_plug FILE TARGET CC [DEFS]: without a warning, or not at all.
make_plug() {
	if make -s -f Makefile.posix "$2" CC="$3 -Wall -Wextra" \
	    OUT="$dir/$1" DEFS="${4:-}" >/dev/null 2>"$said" &&
	    [ ! -s "$said" ]; then
		return 0
	fi
	fail "$1: it does not build, or not silently"
	sed 10q "$said"
	return 1
}

# Kilobytes that an idle plug has in memory, in $rss; "-" where unknown.
# The system counts some pages late: the least of ten looks is taken.
rss_of() {
	"$dir/$1" -n "$at" 127.0.0.1:9 2>"$said" &
	plug=$!
	pids=$plug
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
	pids=
}

# claimed NAME: the README's row of this build is what was measured, but for
# two in a hundred; what is resident varies.
claimed() {
	row=$(echo "$1" | sed 's/^full/small/; s/-diet$/-dietlibc/; s/-/, /')
	# shellcheck disable=SC2046
	set -- "$row" "$file" $(size "$dir/$1" 2>/dev/null | sed -n 2p)
	[ $# -ge 5 ] || return
	grep "^| $row |" README.md | tr -d ' ,' | awk -F'|' -v want="$2 $3 $4 $5" '
	    { n = split(want, w, / /)
	    for (i = 1; i <= n; i++)
		if ($(i + 2) > w[i] * 1.02 || $(i + 2) < w[i] * 0.98)
			print "README: " $(i + 2) " for " w[i] }
	    END { if (NR != 1) print "README: no row" }' >"$said"
	[ ! -s "$said" ]
	verdict $? "$row: the README has other sizes"
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
	if ! have "$1"; then
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
	[ "$name" = tiny-glibc ] || claimed "$name"
	limit "$name" file $((file)) "$file_most"
	limit "$name" bss "${3:--}" "$bss_most"
	limit "$name" RSS "$rss" "$rss_most"
}

# live NAME TARGET OPTIONS CC...: the live tests, in one process and forking.
tests='bytes targets balance connect log rule family rights'
live() {
	name=$1 target=$2 options=$3
	shift 3
	have "$1" || return
	make_plug "$name.live" "$target" "$*" '-DPATH_LOG=\"devlog\"' || return
	for mode in single fork; do
		more=
		[ $mode = fork ] || more='process option'
		# shellcheck disable=SC2086
		TZ=$zone beside "$name.$mode" timeout 900 "$dir/live" \
		    "$dir/$name.live" "$dir/peer" -s 3 -L devlog -m $mode \
		    $options $tests $more
	done
}

# The times of a TINY build are UTC wherever it is.
zone=XYZ-5:30
diet='diet gcc -std=gnu89'
kb=1024
measure tiny-musl tiny $((40 * kb)) $((96 * kb)) 100 musl-gcc
# shellcheck disable=SC2086
measure tiny-diet tiny $((34 * kb)) $((96 * kb)) - $diet
measure tiny-klibc tiny - $((96 * kb)) - klcc
measure tiny-glibc tiny - - - gcc
measure full-musl small $((104 * kb)) - - musl-gcc
# shellcheck disable=SC2086
measure full-diet small - - - $diet
measure full-klibc small - - - klcc
measure full-glibc small - - - gcc
cat "$dir/table"
# the README's way to less memory is no larger file
if have musl-gcc && make_plug tiny-less tiny musl-gcc \
    '-DMAXSESSION=16 -DMAXBUF=8 -DBUFSZ=512'; then
	limit tiny-less file $(($(wc -c <"$dir/tiny-less"))) $((40 * kb))
fi

if tools; then
	live tiny-musl tiny '' musl-gcc
	# shellcheck disable=SC2086
	live tiny-diet tiny '' $diet
	live tiny-klibc tiny '' klcc
	live full-musl small '' musl-gcc
	collect
fi
closing
