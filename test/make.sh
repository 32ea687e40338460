#!/bin/sh
# make.sh DIR: what Makefile.posix and the README's examples promise of a
# build: other flags build anew, the same ones don't, DEFS counts everywhere,
# the size is told; and `sh test.sh one' runs what its name says.  DIR is an
# existing directory; an empty word makes one.  Ends with "N passed, N failed,
# N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "${1-}"
tree "$dir/t" && cd "$dir/t" || exit 1
mkdir "$dir/bin"
printf '#!/bin/sh\nexit 127\n' >"$dir/bin/size"
chmod 700 "$dir/bin/size"

# made WORD ...: make says nothing on standard error.
made() {
	$make -f Makefile.posix "$@" >"$dir/out" 2>"$said" && [ ! -s "$said" ]
}

# holds N: the plug that is there has so many sessions.
holds() {
	./plug -V >"$said" && grep "sessions $1\$" "$said" >/dev/null
}

# flags_count: other flags one after another, within the same second.
flags_count() {
	made CFLAGS=-O0 DEFS=-DMAXSESSION=71 && holds 71
	verdict $? "$make: DEFS does not count"
	made CFLAGS=-O0 DEFS=-DMAXSESSION=72 && holds 72
	verdict $? "$make: with another DEFS plug stays as it is"
	made CFLAGS=-O0 DEFS=-DMAXSESSION=72 && [ ! -s "$dir/out" ]
	verdict $? "$make: plug is made again for nothing" "$dir/out"
	made CFLAGS='-O0 -DMAXSESSION=73' && holds 73
	verdict $? "$make: with another CFLAGS plug stays as it is"
	made CFLAGS=-O0 CC="$CC -DMAXSESSION=74" && holds 74
	verdict $? "$make: with another CC plug stays as it is"
	made install PREFIX= DESTDIR="$dir/root" && holds 74 &&
	    cmp plug "$dir/root/sbin/plug" >"$said"
	verdict $? "$make: install does not take what was built"
	made CFLAGS=-O0 && ! holds 74
	verdict $? "$make: without any flags plug stays as it was"
}

# targets_tell: the special ones, and what all print.
targets_tell() {
	for target in tiny small plug; do
		made $target CFLAGS=-O0 DEFS=-DMAXSESSION=75 && holds 75
		verdict $? "$make $target: DEFS does not count"
		grep "^ *$(wc -c <plug | tr -d ' ') plug" "$dir/out" >"$said"
		verdict $? "$make $target: the size of plug is not told" "$dir/out"
		rm plug
		PATH=$dir/bin:$PATH made $target CFLAGS=-O0 && [ -x plug ]
		verdict $? "$make $target: without size(1) there is no plug"
	done
	made tiny && made CFLAGS=-O0 && ! holds 64
	verdict $? "$make: behind make tiny plug stays tiny"
	made clean && [ ! -f plug ] && [ ! -f plug.flags ]
	verdict $? "$make: clean leaves something"
}

for make in make bmake; do
	if have $make; then
		flags_count
		targets_tell
	else
		skips 18 "$make: not found"
	fi
done
grep -x plug.flags .gitignore >"$said"
verdict $? "git is not told to ignore how plug was built"

# The README's own lines, by our compiler and with its numbers in the plug.
grep '^    make -f Makefile.posix' README.md | grep -v ' demo ' |
    sed 's/CC=[^ ]*//; s/  *#.*//' >"$dir/lines"
while read -r line; do
	n=$(echo "$line" | sed -n 's/.*MAXSESSION=\([0-9]*\).*/\1/p')
	eval "$line" >"$said" 2>&1 && holds "${n:-[0-9]*}"
	verdict $? "README: $line"
done <"$dir/lines"

sh test.sh one option/help >"$said" 2>&1 && grep '^4 passed, 0 failed$' "$said" >/dev/null
verdict $? "test.sh one runs no live test"
sh test.sh one option/help fork >"$said" 2>&1 && grep '^== fork$' "$said" >/dev/null
verdict $? "test.sh one does not run a test in another mode"
for words in '' nothing 'option/help nowhere' option/nothing; do
	# shellcheck disable=SC2086
	! sh test.sh one $words >"$dir/out" 2>"$said" &&
	    grep 'option/help' "$said" >/dev/null && grep storm "$said" >/dev/null
	verdict $? "test.sh one $words: no list of what there is"
done
closing
