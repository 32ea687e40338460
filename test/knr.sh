#!/bin/sh
# knr.sh DIR: the sources for the compilers of before ANSI C.  The filter
# gives the same with every awk, true K&R front ends take what it writes, a
# 16-bit int is enough, and the plug that comes out of it works.  DIR is an
# existing directory.  A missing tool is named, and counts as skipped.  Ends
# with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
CC=${CC:-cc}
here=$(pwd)
dir=$1/knr.$$
mkdir "$dir" || exit 1
trap 'rm -rf "$dir"' 0
trap 'exit 1' 1 2 15
passed=0 failed=0 skipped=0

# A PDP-11's tables.
small='-DMAXSESSION=16 -DBUFSZ=512 -DMAXBUF=8 -DMAXCHILD=16 -DSTICKYSETS=16
-DMAXTARGET=16 -DMAXRULE=16 -DLOGBUF=1024 -DMAXPIPE=1'

# silent NAME COMMAND ...: the command succeeds and says nothing.
silent() {
	what=$1
	shift
	if "$@" >"$dir/said" 2>&1 && [ ! -s "$dir/said" ]; then
		passed=$((passed + 1))
		echo "ok   knr: $what"
	else
		failed=$((failed + 1))
		echo "FAIL knr: $what: $*"
		sed 10q "$dir/said"
	fi
}

skip() {
	skipped=$((skipped + 1))
	echo "skip knr: $*"
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# A copy, so that nothing is written into the project.
mkdir "$dir/src"
tar cf - Makefile.* plug.c compat.h plug.1 test.sh LICENSE README.md test \
    contrib | (cd "$dir/src" && tar xf -)
cd "$dir/src" || exit 1

# filter AWK DIR: all sources through one awk.
filter() {
	mkdir -p "$2/test" && for source in plug.c compat.h test/*.[ch]; do
		# shellcheck disable=SC2086
		$1 -f contrib/deansi.awk "$source" >"$2/$source" || return 1
	done
}

first=
for awk in mawk gawk original-awk 'busybox awk'; do
	if ! have "${awk%% *}"; then
		skip "$awk: not found"
		continue
	fi
	silent "$awk filters" filter "$awk" "$dir/by-${awk%% *}"
	[ -z "$first" ] || silent "$awk filters as $first does" \
	    diff -r "$dir/by-$first" "$dir/by-${awk%% *}"
	first=${first:-${awk%% *}}
done
cd "$dir/by-$first" || exit 1

for source in plug.c test/*.c; do
	silent "traditional C: $source" gcc -std=gnu89 -Wtraditional -Werror \
	    -c -o "$dir/x.o" "$source"
done
if have bcc; then
	for target in '-3 -DOLD_BSD' '-3 -DKR_42 -DOLD_ALL' '-0 -DOLD_BSD' \
	    '-0 -DKR_42 -DOLD_ALL'; do
		# shellcheck disable=SC2086
		silent "a K&R compiler ($target)" bcc $target $small \
		    -U__linux__ -I -I"$here/test/kr" -c -o "$dir/x.o" plug.c
	done
	if have size86; then
		size86 "$dir/x.o"
	fi
else
	skip "bcc: not found"
fi

# 16-bit int, from both forms.  That an old header declares few functions is
# no finding.
wide() {
	avr-gcc -mmcu=atmega2560 -nostdinc -fno-builtin -std=gnu89 -Wall -Wextra \
	    -Wconversion -Wno-implicit-function-declaration \
	    -Os -I"$here/test/kr" "$@" -c -o "$dir/avr.o"
}
if have avr-gcc; then
	for source in "$here/plug.c" "$dir/by-$first/plug.c"; do
		# shellcheck disable=SC2086
		silent "an int of 16 bits: ${source%plug.c}" \
		    wide -DOLD_BSD $small "$source"
	done
	# shellcheck disable=SC2086
	silent "an int of 16 bits, 4.2BSD" wide -DKR_42 -DOLD_ALL $small \
	    "$here/plug.c"
	# shellcheck disable=SC2086
	silent "an argument is of another width than its parameter" \
	    wide -Wtraditional-conversion -DOLD_BSD $small "$here/plug.c"
	avr-size "$dir/avr.o"
	# shellcheck disable=SC2016
	silent "a table is larger than 32 KB" awk '
	    $2 ~ /^[0-9a-f]+$/ && length($2) == 8 && $2 >= "00008000" {
		print; exit 1
	    }' <<END
$(avr-nm -S "$dir/avr.o")
END
else
	skip "avr-gcc: not found"
fi

# The old machine's way to a plug, on this one; and its way without an awk.
cd "$dir/src" || exit 1
silent "Makefile.sunos filters" make -s -f Makefile.sunos knr
silent "Makefile.sunos builds" make -s -f Makefile.sunos \
    CC='gcc -std=gnu89 -w' AWK=false
for old in '' '-DOLD_BSD -DSEAMS=\"test/old.h\"'; do
	case $old in
	?*)
		printf 'char *sys_errlist[] = { "" };\nint sys_nerr = 0;\n' \
		    >knr/test/errlist.h
		rm plug
		make -s -f Makefile.sunos CC='gcc -std=gnu89 -w' DEFS="$old"
		;;
	esac
	if $CC -O1 -o "$dir/live" test/live.c test/t_*.c &&
	    $CC -O1 -o "$dir/peer" test/peer.c &&
	    timeout 300 "$dir/live" ./plug "$dir/peer" bytes targets connect \
		>"$dir/said" 2>&1; then
		passed=$((passed + 1))
		echo "ok   knr: a filtered plug works $old"
	else
		failed=$((failed + 1))
		echo "FAIL knr: a filtered plug works $old"
		grep -v '^ok' "$dir/said" | sed 10q
	fi
done
make -s -f Makefile.sunos clean
silent "make dist" make -s -f Makefile.posix dist
mkdir "$dir/dist"
(cd "$dir/dist" && tar xf "$dir"/src/plug-*.tar)
cd "$dir"/dist/plug-* || exit 1
silent "the tarball builds without awk" make -s -f Makefile.sunos \
    CC='gcc -std=gnu89 -w' AWK=false
silent "what it built runs" ./plug -E 8080 127.0.0.1:9
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
