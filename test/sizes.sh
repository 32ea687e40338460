#!/bin/sh
# sizes.sh DIR: the router profile (-DTINY) and the full build, static with
# each small libc: what they weigh, and that the live tests pass on them.
# DIR is an existing directory.  A missing libc is named, and counts as
# skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
CC=${CC:-cc}
dir=$1/sizes.$$
mkdir "$dir" || exit 1
plug=
trap '[ -z "$plug" ] || kill "$plug"; rm -rf "$dir"' 0
trap 'exit 1' 1 2 15
passed=0 failed=0 skipped=0

verdict() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok   sizes: $2"
	else
		failed=$((failed + 1))
		echo "FAIL sizes: $2"
		sed 10q "$dir/said"
	fi
}

# below NAME WHAT VALUE LIMIT
below() {
	echo "$1: $2 $3, at most $4" >"$dir/said"
	[ "$3" -le "$4" ]
	verdict $? "$1: $2 is $3, more than $4"
}

# resident NAME: kB of an idle plug.
resident() {
	"$dir/$1" -n -P "$dir/pid" "$at" 127.0.0.1:9 &
	plug=$!
	tries=0
	until [ -s "$dir/pid" ] || [ $tries -ge 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	awk '/^VmRSS/ { print $2 }' "/proc/$plug/status"
	kill "$plug"
	wait "$plug"
	plug=
	rm -f "$dir/pid"
}
# A loopback address of our own keeps the fixed port free.
at=127.$((1 + $$ / 62500 % 250)).$(($$ / 250 % 250)).$((1 + $$ % 250)):21000

# What a small table takes away is not tested, and no long names, no -w.
suite() {
	name=$1
	shift
	for mode in single fork; do
		timeout 300 "$dir/live" "$dir/$name" "$dir/peer" -s 3 -m $mode \
		    "$@" >"$dir/out" 2>&1
		last=$(sed -n '$p' "$dir/out")
		echo "== sizes $name $mode: $last"
		grep -v '^ok ' "$dir/out" | sed '$d'
		case $last in
		*' passed, '*)
			# shellcheck disable=SC2086
			set -- "$@" $last
			while [ "$2" != passed, ]; do
				set -- "$@" "$1"
				shift
			done
			passed=$((passed + $1))
			failed=$((failed + $3))
			shift 4
			;;
		*) failed=$((failed + 1)) ;;
		esac
	done
}

# build NAME FILE-LIMIT BSS-LIMIT COMMAND ...
build() {
	name=$1 most=$2 bss=$3
	shift 3
	if ! "$@" -o "$dir/$name" plug.c >"$dir/said" 2>&1 ||
	    [ -s "$dir/said" ]; then
		verdict 1 "$name does not build, or not in silence"
		return 1
	fi
	strip "$dir/$name"
	below "$name" bytes "$(wc -c <"$dir/$name")" "$most"
	below "$name" 'bytes of bss' \
	    "$(size "$dir/$name" | awk 'NR == 2 { print $3 }')" "$bss"
	printf '%-14s file %6d  ' "$name" "$(wc -c <"$dir/$name")"
	size "$dir/$name" | awk 'NR == 2 {
		printf "text %6d  data %5d  bss %8d\n", $1, $2, $3 }'
}

tiny=$(make -s -n -f Makefile.posix tiny CC=cc | sed 's/^cc//;s/\\$//' | tr '\n' ' ' | sed 's/ -o plug .*//')
$CC -O1 -o "$dir/live" test/live.c test/t_*.c &&
    $CC -O1 -o "$dir/peer" test/peer.c || exit 1
groups='bytes targets connect log rule no:targets/client_rude no:bytes/stalled
no:log/syslog no:log/syslog_failed
no:log/syslog_refused no:log/syslog_stopped no:log/syslog_again'
less='no:bytes/many no:rule/many'
if command -v musl-gcc >/dev/null; then
	# shellcheck disable=SC2086
	if build tiny-musl 40960 98304 musl-gcc $tiny; then
		below tiny-musl 'kB resident when idle' \
		    "$(resident tiny-musl)" 100
		# shellcheck disable=SC2086
		suite tiny-musl $groups $less
	fi
	if build full-musl 98304 99999999 musl-gcc -std=c89 -pedantic -Wall \
	    -Wextra -Os -static; then
		# shellcheck disable=SC2086
		suite full-musl $groups
	fi
else
	skipped=$((skipped + 4))
	echo 'skip sizes: musl-gcc: not found'
fi
if command -v diet >/dev/null; then
	# shellcheck disable=SC2086
	if build tiny-diet 32768 98304 diet gcc -std=gnu89 $tiny; then
		# shellcheck disable=SC2086
		suite tiny-diet $groups $less
	fi
else
	skipped=$((skipped + 2))
	echo 'skip sizes: diet: not found'
fi
if command -v klcc >/dev/null; then
	if build tiny-klibc 65536 98304 klcc -Os -static -DTINY; then
		# shellcheck disable=SC2086
		suite tiny-klibc $groups $less
	fi
else
	skipped=$((skipped + 2))
	echo 'skip sizes: klcc: not found'
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
