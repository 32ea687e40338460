#!/bin/sh
# growth.sh DIR: a decision costs no more where there is more of what it is
# about: 250 rules or targets, a thousand ports, 9,000 sessions of one client.
# valgrind counts the instructions that growth.c's functions take; there is no
# clock.  DIR is an existing directory to build in.  Ends with "N passed, N
# failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
need valgrind callgrind_annotate
folder "$1"
build growth -O2 -g -w test/growth.c || stop_here

if ! nice -n 19 valgrind -q --tool=callgrind \
    --callgrind-out-file="$dir/callgrind" "$dir/growth" >"$said" 2>&1; then
	fail "valgrind can't run it"
	sed 10q "$said"
	stop_here
fi
# "rules_250 377": instructions of one of the 200 decisions.
callgrind_annotate --inclusive=yes --threshold=100 "$dir/callgrind" |
    sed -n '/=>/d
	s/^ *\([0-9,]*\) .*:cost_\([a-z0-9]*_[0-9]*\) .*/\2 \1/p' |
    tr -d , | sort -u -k 1,1 | awk '{ print $1, int($2 / 200) }' >"$dir/costs"

# of NAME N: its cost where there are N.
of() {
	sed -n "s/^$1_$2 //p" "$dir/costs"
}

# within TEXT NAME N MOST: at N it costs MOST at most.
within() {
	cost=$(of "$2" "$3")
	if [ -n "$cost" ] && [ "$cost" -le "$4" ]; then
		ok "$1 at $3: $cost instructions of $4"
	else
		fail "$1 at $3: ${cost:-?} instructions, at most $4 allowed"
	fi
}

# level TEXT NAME FEW N: at N it costs what it costs at FEW, and half of that.
level() {
	few=$(of "$2" "$3")
	within "$1" "$2" "$4" $((${few:-0} * 3 / 2 + 50))
}

within "rules, IPv4" rules 250 1000
within "rules, IPv6" rules6 250 1000
level "targets, cycle" cycle 1 16
level "targets, cycle" cycle 1 250
level "targets, first" first 1 250
level "targets, -f" sticky 1 16
level "targets, -f" sticky 1 250
within "targets, hash" hash 250 50000
level "ports in a turn with -m" ports 1 1000
level "a client's sessions" guests 200 9000
level "plugs of a file" plugs 1 64
within "rows of workers" workers 4 200
closing
