#!/bin/sh
# knobs.sh DIR [full | table]: a knob a feature.  Each HAVE_ of compat.h off,
# each on over -DTINY, and random sets of them over both: all build without a
# warning, say what they have, and pass the live tests of that; with full
# more of these.  table prints instead what each costs in bytes.  DIR is an
# existing directory; an empty word makes one.  KNOBSEED chooses other sets.
# Nothing is installed: a missing compiler is named, and what it would build
# is counted as skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "${1-}"
full=${2-}

# The features, and what shows each: its letter, its long options, or a word
# of -V.
sed -n '/^ \* Features\./,/^ \*\/$/s/^ \*	\(HAVE_[A-Z_]*\)	.*/\1/p' compat.h \
    >"$dir/features"
features=$(cat "$dir/features")

shows() {
	case $1 in
	HAVE_LONG) echo ', --accept' ;;
	HAVE_HINTS) echo ', hints' ;;
	HAVE_FILE) echo '  -c' ;;
	HAVE_WORKERS) echo '  -w' ;;
	HAVE_FORK_MODE) echo '  -F' ;;
	HAVE_VIA) echo '  -h' ;;
	HAVE_CHECK) echo '  -H' ;;
	HAVE_STATUS) echo '  -s' ;;
	HAVE_ROOT) echo '  -R' ;;
	HAVE_PROXY) echo '  -X' ;;
	HAVE_NAMES) echo '  -D' ;;
	HAVE_USERS) echo ', users' ;;
	HAVE_DEBUG) echo ', debug' ;;
	HAVE_RING) echo ', ring' ;;
	HAVE_SERVICE) echo ', service' ;;
	HAVE_ROLL) echo ', roll' ;;
	*) echo 'nothing shows it' ;;
	esac
}

# The live tests that are about a feature; what has a dash is a mode.
tests_of() {
	case $1 in
	HAVE_HINTS) echo option/hints option/elsewhere option/warn_lines ;;
	HAVE_FILE) echo config/lines config/reload ;;
	HAVE_WORKERS) echo -workers ;;
	HAVE_FORK_MODE) echo -fork ;;
	HAVE_VIA) echo connect/yes connect/auth connect/names ;;
	HAVE_CHECK) echo check/wrong check/words ;;
	HAVE_STATUS) echo status/numbers status/labels ;;
	HAVE_ROLL) echo process/usr2 ;;
	HAVE_ROOT) echo rights/root ;;
	HAVE_PROXY) echo targets/announce ;;
	HAVE_RING) echo bytes/integrity bytes/fair ;;
	HAVE_USERS) echo rights/names ;;
	HAVE_SERVICE) echo service ;;
	HAVE_LONG | HAVE_DEBUG | HAVE_NAMES) ;;
	esac
}

#
# What each costs: bytes with it, less bytes without, in either profile.
#
# weight TARGET FLAG CC: of a static program or, by a compiler that has no
# libc for that, text and data of the object; in $bytes.
weight() {
	object=
	[ "$3" = musl-gcc ] || object=-c
	bytes=
	make -s -f Makefile.posix "$1" CC="$3" LDFLAGS="$object" OUT="$dir/w" \
	    DEFS="$2" >/dev/null 2>"$said" || return
	if [ "$object" ]; then
		# shellcheck disable=SC2046
		set -- $(size "$dir/w" | sed -n 2p)
		bytes=$(($1 + $2))
	else
		bytes=$(($(wc -c <"$dir/w")))
	fi
}

# cost FEATURE TARGET CC: in $cost.
cost() {
	weight "$2" "-D$1=1" "$3"
	with=$bytes
	weight "$2" "-D$1=0" "$3"
	[ -n "$with" ] && [ -n "$bytes" ] && cost=$((with - bytes)) || cost='\-'
}

# As plug.1 has it.
print_table() {
	for cc in musl-gcc mips-linux-gnu-gcc; do
		have $cc || give_up "$cc: not found"
	done
	for feature in $features; do
		line=$feature
		for target in small tiny; do
			for cc in musl-gcc mips-linux-gnu-gcc; do
				cost "$feature" $target $cc
				line="$line	$cost"
			done
		done
		echo "$line"
	done
}

if [ "$full" = table ]; then
	print_table
	exit
fi

#
# One build: in a process of its own, with a closing line of its own.
#
strict='-std=c89 -pedantic -Wall -Wextra -Wshadow'
level=-O0
[ -z "$full" ] || level=-O2

# has_them PLUG FLAGS: usage and version show what the flags ask for, and
# nothing else.
has_them() {
	{ echo '#include "compat.h"'
	sed 's/.*/knob "&" &/' "$dir/features"; } >"$1.c"
	# shellcheck disable=SC2086
	"$CC" $2 -I. -E "$1.c" | sed -n 's/^knob "\(.*\)" \([01]\)$/\1 \2/p' >"$1.has"
	{ "$1" '-?' && "$1" -V; } >"$1.says"
	while read -r feature on; do
		grep -F -- "$(shows "$feature")" "$1.says" >/dev/null && is=1 || is=0
		[ "$is" = "$on" ] || echo "$feature is $on"
	done <"$1.has" >"$1.wrong"
	[ "$(wc -l <"$1.has")" -eq "$(wc -l <"$dir/features")" ] && [ ! -s "$1.wrong" ]
}

# live_tests PLUG FLAGS MODE TEST ...
live_tests() {
	plug=$1 flags=$2
	shift 2
	timeout 900 "$dir/live" "$plug" "$dir/peer" -j 2 -s 4 -n "$transfers" \
	    -m "$@" >"$plug.out" 2>&1
	add "$1, $flags" "$plug.out"
}

# both NAME FLAGS TEST ...: builds with both compilers; the tests, and those
# of what it has.
both() {
	built=$1 flags=$2 tests=$3
	passed=0 failed=0 skipped=0 said=$dir/$built.said
	# shellcheck disable=SC2086
	silent "$built: gcc $flags" gcc $strict $level $flags -o "$dir/$built" plug.c
	if have clang; then
		# shellcheck disable=SC2086
		silent "$built: clang $flags" clang $strict $syntax $flags \
		    -o "$dir/$built.o" plug.c
	else
		skip "$built: clang: not found"
	fi
	if [ -x "$dir/$built" ]; then
		has_them "$dir/$built" "$flags"
		verdict $? "$built: usage and -V say something else than $flags" \
		    "$dir/$built.wrong"
		modes=single
		while read -r feature on; do
			[ "$on" = 1 ] || continue
			for test in $(tests_of "$feature"); do
				case $test in
				-*) modes="$modes ${test#-}" ;;
				*) tests="$tests $test" ;;
				esac
			done
		done <"$dir/$built.has"
		for mode in $modes; do
			# shellcheck disable=SC2086
			live_tests "$dir/$built" "$flags" "$mode" $tests
			[ -n "$full" ] || tests=bytes/integrity
		done
	fi
	rm -f "$dir/$built" "$dir/$built".*
	closing
}

# knob NAME FLAGS: four at a time, which mostly wait.
knob() {
	case $1 in
	set-*) [ -n "$full" ] || short=yes ;;
	*) short= ;;
	esac
	words='rule option bytes/integrity'
	[ -z "$short" ] || words='rule/forms option/help option/grammar bytes/integrity'
	beside "$1" both "$1" "$2" "$words"
	running=$((running + 1))
	[ $((running % 4)) -ne 0 ] || collect
}

#
# All of them.
#
need gcc
CC=gcc
tools || stop_here
running=0 short=''
transfers=20 syntax=-fsyntax-only
[ -z "$full" ] || transfers=100 syntax='-O2 -c'

lacking=$(while read -r feature; do
	grep "^$feature	" plug.1 >/dev/null || echo "$feature"
	[ "$(shows "$feature")" != 'nothing shows it' ] || echo "$feature"
done <"$dir/features")
[ -z "$lacking" ] && [ "$(wc -l <"$dir/features")" -ge 12 ]
verdict $? "a feature of compat.h is not in plug.1, or not here" "$dir/features"

# Tables of any size work, or are refused.
build most -w -DMAXSESSION=65535 -DMAXTARGET=32767 test/unit.c &&
    "$dir/most" 1 'a row among many has no turn' >"$said" 2>&1
verdict $? "a table as large as plug.1 allows does not work" "$said"
for table in MAXSESSION=65536 MAXTARGET=32768; do
	! $CC -w "-D$table" -o "$dir/most" plug.c >"$said" 2>&1 &&
	    grep "${table%=*} is at most" "$said" >/dev/null
	verdict $? "a table that is too large is built: $table" "$said"
done

for feature in $features; do
	knob "off-$feature" "-D$feature=0"
	knob "on-$feature" "-DTINY -D$feature=1"
done

# a bit for the profile, and one for each feature
seed=${KNOBSEED:-13}
bit() {
	seed=$(((seed * 1103515245 + 12345) % 2147483648))
	bit=$((seed / 65536 % 2))
}

n=0
while [ $n -lt 40 ]; do
	n=$((n + 1))
	bit
	[ $bit = 1 ] && flags=-DTINY || flags=
	for feature in $features; do
		bit
		flags="$flags -D$feature=$bit"
	done
	knob "set-$n" "$flags"
done
collect
closing
