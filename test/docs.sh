#!/bin/sh
# docs.sh DIR: what README.md, contrib/moving.md and plug.1 tell people to
# type, and the numbers that the manual has for the knobs of compat.h.
# Commands are the indented lines of the first two, those within a sentence of
# the first, and what stands between .RS and .RE, or .nf and .fi, in the
# manual, where they begin with plug; plug is run with -E, which must have
# nothing to say, make with -n.  Each other example of the manual is a file for
# -c.  Files of other programs, and what becomes of them, are the blocks of
# moving.md.  DIR is an existing directory.  Ends with "N passed, N failed, N
# skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
tree "$dir/t" && cd "$dir/t" || exit 1
make -s -f Makefile.posix CC="$CC" >"$said" 2>&1
verdict $? "plug builds"
[ -x plug ] || stop_here

# indented FILE: the lines of code, but none out of a fenced block
indented() {
	awk '/^```/ { fenced = !fenced } !fenced && sub(/^    /, "")' "$1"
}

# inline: the commands that stand in README.md's sentences.
# shellcheck disable=SC2016
inline() {
	tr '\n' ' ' <README.md | grep -o '`[^`]*`' | tr -d '`' |
	    sed 's/^[A-Z]*=[^ ]* //' | grep -E '^((make|awk|plug) |sh test\.sh)'
}

# fenced KIND N: the N-th block of that kind in moving.md
fenced() {
	awk -v kind="$1" -v n="$2" '
	    /^```/ { inside = $0 == "```" kind && ++seen == n; next }
	    inside' contrib/moving.md
}

# manual: what the manual has as commands, and as files of -c: a line each,
# "plug ..." or "N ...", the N-th file's.
manual() {
	awk '
	/^\.SH/ { section = $2; gsub(/"/, "", section) }
	/^\.(RE|fi)$/ { inside = 0 }
	inside && /^[^.]/ {
		gsub(/\\f[RBIP]/, "")
		gsub(/\\-/, "-")
		gsub(/\\&/, "")
		gsub(/\\e/, "\\")
		if (/^plug /)
			print
		else if (nf && section ~ /^(CONFIGURATION|EXAMPLES)$/)
			print n " " $0
	}
	/^\.(RS|nf)$/ { inside = 1; nf = /nf/; n += nf }
	' plug.1
}

# knobs: NAME FULL TINY, of the tables under FEATURES and LIMITS.
knobs() {
	awk -F '\t' '
	    /^HAVE_/ && $2 ~ /^[01]$/ || /^[A-Z]*\t[0-9]+\t([0-9]+|\\-)\t/ {
		print $1, $2, $3 == "\\-" ? "-" : $3
	    }' plug.1
}

# What they run.  plug looks only, nc and make only tell.  A warning is a
# failure, but for addresses that are another machine's.
plug() {
	./plug -E "$@" 2>"$dir/warnings" || { cat "$dir/warnings"; return 1; }
	! grep -v 'warning: no address of this machine' "$dir/warnings"
}

nc() {
	cat >/dev/null
}

# one LINE: run, with files of ours for those of other programs.
one() {
	line=$(printf '%s\n' "$1" | sed "s|^\./||
	    s|\(\([a-z][a-z]*\)2plug.awk\) [^>]* >|\1 '$dir/\2.conf' >|
	    s|>[^ ]*|>plug.conf|
	    s|-c /[^ ]*|-c plug.conf|")
	case $line in
	'plug '* | 'awk '*) eval "$line" ;;
	'make '*) eval "make -n ${line#make}" ;;
	'sh test.sh one '[a-z]*)
		# shellcheck disable=SC2086
		set -- $line
		grep "^$4\$" "$dir/runs" || [ -f "test/u_${4#unit/}.c" ] ;;
	'sh test.sh' | 'sh test.sh '*) grep "^#	${line%% *}" test.sh ;;
	*) echo "what is this?"; false ;;
	esac >"$said" 2>&1
}

# Each kind of file and what becomes of it.
sed -n 's/^```\([a-z]\)/\1/p' contrib/moving.md | grep -v '^plug$' >"$dir/kinds"
n=0
while read -r kind; do
	n=$((n + 1))
	fenced "$kind" 1 >"$dir/$kind.conf"
	fenced plug $n >"$dir/want"
	awk -f contrib/2plug.awk -f "contrib/${kind}2plug.awk" "$dir/$kind.conf" \
	    >plug.conf 2>"$said" && [ ! -s "$said" ] && diff "$dir/want" plug.conf >"$said" &&
	    plug -c plug.conf >"$said" 2>&1
	verdict $? "moving.md: what it says becomes of $kind does not"
done <"$dir/kinds"
for file in contrib/*2plug.awk; do
	kind=${file#contrib/}
	kind=${kind%2plug.awk}
	[ -n "$kind" ] || continue
	grep "^$kind\$" "$dir/kinds" >"$said"
	verdict $? "moving.md: it does not tell of $file"
done

sh test.sh one 2>&1 | tr ' ' '\n' >"$dir/runs"
for file in README.md contrib/moving.md; do
	indented "$file" >"$dir/lines"
	[ "$file" = README.md ] && inline >>"$dir/lines"
	n=0
	while read -r line; do
		case $line in
		'' | '#'*) continue ;;
		esac
		n=$((n + 1))
		one "$line" || {
			fail "$file: $line"
			sed 5q "$said"
		}
	done <"$dir/lines"
	[ $n -ge 10 ] && ok "$file: $n commands" || fail "$file: $n commands are too few"
done
# scripts that the text names
# shellcheck disable=SC2016
grep -o '`sh [a-z/_]*\.sh' README.md | sed 's/`sh //' | sort -u >"$dir/lines"
while read -r file; do
	[ -f "$file" ] && continue
	fail "README.md: there is no $file"
done <"$dir/lines"

manual >"$dir/manual"
n=0 files=0
while IFS= read -r line; do
	case $line in
	[0-9]*)
		n=${line%% *}
		[ "$n" = "$files" ] || : >"$dir/file.$n"
		files=$n
		printf '%s\n' "${line#* }" >>"$dir/file.$n"
		;;
	esac
done <"$dir/manual"
for file in "$dir"/file.*; do
	plug -c "$file" >"$said" 2>&1
	verdict $? "plug.1: a file of -c: $(sed q "$file")"
done
[ "$(cat "$dir"/file.* | wc -l)" -ge 16 ]
verdict $? "plug.1: too few lines of files" "$dir/manual"
n=0
while IFS= read -r line; do
	case $line in
	[0-9]*) continue ;;
	esac
	n=$((n + 1))
	one "$line" || {
		fail "plug.1: $line"
		sed 5q "$said"
	}
done <"$dir/manual"
[ $n -ge 5 ] && ok "plug.1: $n commands" || fail "plug.1: $n commands are too few"

# The manual's numbers of the knobs, as the compiler sees them in both builds.
knobs >"$dir/knobs"
{
	echo '#include "compat.h"'
	sed 's/\([^ ]*\) .*/@ "\1" \1/' "$dir/knobs"
} >knobs.c
$CC -E -I. knobs.c 2>/dev/null | sed -n 's/^@ //p' >"$dir/full"
$CC -E -I. -DTINY knobs.c 2>/dev/null | sed -n 's/^@ //p' >"$dir/tiny"
# without a file there is one plug, whatever MAXPLUG says
$CC -E -I. -DTINY -DHAVE_FILE=1 knobs.c 2>/dev/null |
    sed -n 's/^@ \("MAXPLUG"\)/\1/p' >>"$dir/tiny"
n=0
while read -r name full tiny; do
	n=$((n + 1))
	for build in full tiny; do
		value=$full
		[ $build = full ] || value=$tiny
		[ "$value" != - ] || continue
		is=$(sed -n "s/^\"$name\" //p" "$dir/$build" | tail -n 1 | tr -d L)
		# shellcheck disable=SC2004
		[ "$value" = "$(($is))" ] || fail "plug.1: $name has $value, $build has $is"
	done
done <"$dir/knobs"
[ $n -ge 45 ] && ok "plug.1: $n knobs" || fail "plug.1: $n knobs are too few"

# and its names of metrics
grep -o 'plug_[a-z_]*' plug.1 | sed 's/plug_//' | sort -u >"$dir/lines"
while read -r name; do
	grep "{ \"$name\"," plug.c >"$said" || fail "plug.1: there is no plug_$name"
done <"$dir/lines"
closing
