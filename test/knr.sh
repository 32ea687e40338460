#!/bin/sh
# knr.sh DIR: would a compiler of 1983, an int of 16 bits, an old awk and an
# old make still take plug and its tests?  DIR is an existing directory; all
# is built in a copy there.  A missing tool is named, and what it would test
# counts as skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
CC=${CC:-cc}
passed=0 failed=0 skipped=0
dir=$1/knr.$$
umask 077
mkdir "$dir" || exit 1
dir=$(cd "$dir" && pwd)
trap 'rm -rf "$dir"' 0
trap 'exit 1' 1 2 15
said=$dir/said
kr="$CC -std=gnu89 -w"		# our cc, as if it were an old one
cp -R Makefile.posix Makefile.sunos plug.c compat.h plug.1 test.sh LICENSE \
    README.md .ci contrib test "$dir" && cd "$dir" || exit 1

# The smallest build: what a PDP-11 has room for.
tiny='-DTINY -DMAXSESSION=16 -DBUFSZ=512 -DMAXBUF=16 -DMAXPIPE=1 -DMAXTARGET=8
    -DMAXRULE=16 -DSTICKYSETS=16 -DMAXCHILD=16 -DLOGBUF=1024 -DSPAREFD=10
    -DMAXREPLY=8192'

ok() {
	passed=$((passed + 1))
	printf 'ok   knr: %s\n' "$*"
}

fail() {
	failed=$((failed + 1))
	printf 'FAIL knr: %s\n' "$*"
	sed 10q "$said"
}

# skip N WORD ...: so many tests can't be done here.
skip() {
	skipped=$((skipped + $1))
	shift
	echo "skip knr: $*"
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# try TEXT COMMAND ...: the command succeeds.
try() {
	text=$1
	shift
	if "$@" >"$said" 2>&1; then
		ok "$text"
	else
		fail "$text"
	fi
}

# quiet TEXT COMMAND ...: it says nothing besides.
quiet() {
	text=$1
	shift
	if "$@" >"$said" 2>&1 && [ ! -s "$said" ]; then
		ok "$text"
	else
		fail "$text"
	fi
}

# nothing TEXT: what is in $said was looked for and must not be there.
nothing() {
	if [ -s "$said" ]; then
		fail "$1"
	else
		ok "$1"
	fi
}

# add NAME FILE: a program's own closing line is added to ours.
add() {
	last=$(sed -n '$p' "$2")
	echo "== knr $1: $last"
	grep -v '^ok ' "$2" | sed '$d'
	# shellcheck disable=SC2086
	set -- $last
	case $last in
	*' passed, '*)
		passed=$((passed + $1))
		failed=$((failed + $3))
		skipped=$((skipped + ${5:-0}))
		;;
	*) failed=$((failed + 1)) ;;
	esac
}

#
# The makefiles and test.sh know no more than those of then.
#
grep -nE '^[A-Za-z_]+ *[:?+!]=|%|\$<|\$\^|\$@|^-?include|^\.[A-Z]|\$\(shell' \
    Makefile.sunos Makefile.posix >"$said"
nothing "an old make does not know a construct of the makefiles"
grep -nE '^[a-z_]+ *\(\)|\$\(|^[^#]*(^| )! |\[ |\$\(\(' test.sh |
    grep -v '^[0-9]*:#' >"$said"
nothing "a V7 shell does not know a construct of test.sh"

#
# All awks say the same.
#
sed -n 's/^.|//p' Makefile.sunos >deansi.awk
for f in plug.c compat.h test/*.[ch]; do
	awk -f deansi.awk "$f"
done >filtered
for awk in mawk gawk original-awk 'busybox awk'; do
	if ! have "${awk%% *}"; then
		skip 1 "filter: ${awk%% *}: not found"
		continue
	fi
	for f in plug.c compat.h test/*.[ch]; do
		$awk -f deansi.awk "$f"
	done >by.awk
	try "the filter's output is another with $awk" cmp filtered by.awk
done

#
# Makefile.sunos: plug by one command, by every make, from a user's own four
# files.
#
mkdir four
for make in make bmake; do
	if ! have $make; then
		skip 2 "Makefile.sunos: $make: not found"
		continue
	fi
	rm -rf knr four/knr four/plug
	cp plug.c compat.h Makefile.sunos plug.1 four
	try "$make -f Makefile.sunos makes no plug of four files" \
	    $make -C four -f Makefile.sunos CC="$kr"
	$make -C four -f Makefile.sunos CC="$kr" | grep awk >"$said"
	nothing "$make -f Makefile.sunos makes plug again for nothing"
	mkdir knr
	try "$make -f Makefile.sunos knr makes no tests where knr/ is already" \
	    $make -f Makefile.sunos knr
	try "$make -f Makefile.sunos knr makes no tests" [ -f knr/test/unit.c ]
done
try "the plug of Makefile.sunos does not run" four/plug -V
rm -rf four
quiet "gcc -Wtraditional finds ANSI C in the filtered plug" \
    "$CC" -std=gnu89 -Wtraditional -Werror -c -o x.o knr/plug.c
for f in unit fault peer live small t_bytes t_config t_connect t_family t_log t_option \
    t_process t_rule t_targets t_balance t_check t_status t_rights; do
	quiet "gcc -Wtraditional finds ANSI C in the filtered $f" "$CC" \
	    -std=gnu89 -Wtraditional -Werror -Iknr -c -o x.o knr/test/$f.c
done

#
# bcc is a K&R compiler: each system by the names that its cc defines.
#
# bcc_all BITS SYSTEM FLAGS ...
bcc_all() {
	bits=$1 system=$2
	shift 2
	quiet "bcc -$bits does not take plug for $system" \
	    bcc "-$bits" -U__linux__ -Ulinux -Uunix -I -Itest/kr "$@" \
	    -S -o x.s knr/plug.c
	for f in unit fault peer live small t_bytes t_config t_connect t_family t_log \
	    t_option t_process t_rule t_targets t_balance t_check t_status \
	    t_rights; do
		try "bcc -$bits does not take $f for $system" \
		    bcc "-$bits" -U__linux__ -Ulinux -Uunix -I -Itest/kr \
		    -Iknr "$@" -S -o x.s knr/test/$f.c
	done
}

if have bcc; then
	bcc_all 3 4.3BSD -Dvax
	bcc_all 3 4.2BSD -Dvax -DKR_42 -DOLD_ALL
	bcc_all 3 'SunOS 4' -Dsun -DKR_SUN
	# shellcheck disable=SC2086
	bcc_all 0 2.11BSD -Dpdp11 -DKR_211 $tiny
else
	skip 72 "K&R: bcc: not found"
fi

#
# int has 16 bits.
#
# avr SOURCE SYSTEM FLAGS ...
avr() {
	source=$1 system=$2
	shift 2
	# shellcheck disable=SC2086
	quiet "$source for $system is wrong where int has 16 bits" avr-gcc \
	    -mmcu=atmega2560 -nostdinc -fno-builtin -Os -Wall -Wextra \
	    -Wconversion -Wtraditional-conversion -Wframe-larger-than=8192 \
	    -Itest/kr "$@" $tiny -c -o x.o "$source"
}

if have avr-gcc; then
	for source in plug.c knr/plug.c; do
		avr "$source" 4.3BSD -DOLD_BSD
		avr "$source" 4.2BSD -DKR_42 -DOLD_ALL
		avr "$source" 2.11BSD -Dpdp11 -DKR_211 -DOLD_BSD
	done
	echo "     knr: bytes of -DTINY with an int of 16 bits, without libc:"
	avr-size x.o
	avr-size x.o | awk 'NR == 2 && ($1 > 65536 || $2 + $3 > 57344)' >"$said"
	nothing "-DTINY does not fit a PDP-11"
	tiny='' avr plug.c '2.11BSD, as it comes,' -Dpdp11 -DKR_211 -DOLD_BSD
	avr-size x.o | awk 'NR == 2 && ($1 > 65536 || $2 + $3 > 57344)' >"$said"
	nothing "plug as it comes does not fit a PDP-11"
	avr-nm -S -t d x.o | awk '$3 ~ /[bBdDC]/ && $2 + 0 > 32767' >"$said"
	nothing "a table of -DTINY is larger than 32 KB"
	tiny='' avr test/small.c 2.11BSD -Dpdp11 -DKR_211 -DOLD_BSD \
	    -Wno-implicit-function-declaration -Wno-unused-function
else
	skip 11 "16 bits: avr-gcc: not found"
fi

#
# K&R compilers take any function undeclared: what a libc does not have is
# found by ld alone, on the old machine.  These are the calls that each has,
# as far as plug looks.
#
libc='_exit accept bcmp bcopy bind bzero chdir chmod chroot close connect dup dup2
    errno fcntl fork fstat ftruncate getegid geteuid getgid getpeername getpid
    getsockname getsockopt gettimeofday getuid htons ioctl kill listen
    localtime lseek ntohs open pipe read recv select send setgid setgroups
    setpgrp setsockopt setuid shutdown signal socket stat strcmp strlen time
    umask unlink write'
bsd='flock getdtablesize wait3'

# links SYSTEM CALLS FLAGS ...
links() {
	system=$1 calls=$2
	shift 2
	for word in $libc $calls; do
		echo "$word"
	done >have
	if "$CC" -std=gnu89 -w -nostdinc -fno-builtin -fno-pic \
	    -fno-stack-protector -U__STDC__ -U__linux__ -Ulinux -Uunix \
	    -Itest/kr "$@" -c -o x.o knr/plug.c >"$said" 2>&1; then
		nm -u x.o | awk 'NR == FNR { have[$1]; next } !($2 in have)' \
		    have - >"$said"
	fi
	nothing "plug calls what the libc of $system has not"
}

# What a process may have there: with the defaults, in KB.
fits() {
	size x.o | awk "NR == 2 && (\$1 > $2 * 1024 || \$2 + \$3 > $3 * 1024)" >"$said"
	nothing "plug as it comes is too large for $1"
}

links 4.3BSD "$bsd lstat sys_errlist sys_nerr" -Dvax
fits 4.3BSD 6144 6144
links 4.2BSD "$bsd sys_errlist sys_nerr" -Dvax -DKR_42 -DOLD_ALL
fits 4.2BSD 6144 6144
links 2.11BSD "$bsd lstat strerror" -Dpdp11 -DKR_211
links 'SunOS 4' 'getrlimit lstat mmap poll setrlimit setsid sys_errlist
    sys_nerr waitpid' -Dsun -DKR_SUN
fits 'SunOS 4' 6144 6144

#
# Without prototypes nobody converts an argument.  What system calls take is
# theirs: K&R systems have int there.
#
sed -n 's/^\([a-z_0-9]*\)(.*)$/\1/p' plug.c compat.h >ours
for cc in "$CC" i686-linux-gnu-gcc; do
	if ! have "$cc"; then
		skip 1 "arguments: $cc: not found"
		continue
	fi
	for backend in EPOLL POLL SELECT; do
		LC_ALL=C "$cc" -std=gnu89 -Wtraditional-conversion \
		    -DUSE_$backend -c -o x.o plug.c 2>&1 |
		    awk -F"'" 'NR == FNR { ours[$1]; next } /warning/ && $2 in ours' \
		    ours - >"$said"
		nothing "$cc: a prototype converts an argument, $backend"
	done
done

#
# The tarball is all that a machine without awk needs.
#
rm -rf knr plug
if make -f Makefile.posix dist >"$said" 2>&1; then
	mkdir unpacked
	tar=$(sed -n '$p' "$said")
	(cd unpacked && tar xf "../$tar" && cd "${tar%.tar}" &&
	    make -f Makefile.sunos ready CC="$kr" AWK=false &&
	    ./plug -V) >"$said" 2>&1
	try "the tarball of dist builds no plug without awk" \
	    [ -x "unpacked/${tar%.tar}/plug" ]
	make -f Makefile.posix clean >/dev/null
	find . -name knr -prune -o -name "$tar" >"$said"
	sed -i '/unpacked/d' "$said"
	nothing "make clean leaves something of dist"
else
	fail "make -f Makefile.posix dist makes no tarball"
fi

#
# Where there is room for little: test.sh with the smallest test.
#
SMALL=yes KNR=yes CC="$kr" sh test.sh >out.small 2>&1
add "test.sh where an int has 16 bits" out.small

#
# What Makefile.sunos makes is a plug, and filtered tests find it so; so do
# tests that have old systems' calls alone.
#
make -f Makefile.sunos CC="$kr" plug knr >"$said" 2>&1
some='bytes/integrity bytes/half_both bytes/short bytes/urgent targets rule'
if ! (cd knr && $kr -I. -o ../peer test/peer.c &&
    $kr -I. -o ../live test/live.c test/t_*.c &&
    $kr -I. -DOLD_BSD -o ../peer.old test/peer.c &&
    $kr -I. -DOLD_BSD -o ../live.old test/live.c test/t_*.c) >"$said" 2>&1; then
	fail "the filtered tests do not compile"
else
	for mode in single fork workers; do
		# shellcheck disable=SC2086
		timeout 300 ./live ./plug ./peer -m $mode -s 3 -n 20 -c 200 \
		    -k 20 $some >out.$mode 2>&1 &
	done
	# shellcheck disable=SC2086
	timeout 300 ./live.old ./plug ./peer.old -s 3 -n 20 -c 200 -k 20 \
	    $some option >out.old 2>&1 &
	wait
	for mode in single fork workers old; do
		add "filtered, $mode" out.$mode
	done
fi

#
# V7's -man takes six words a macro line, and knows less than ours: what is
# left of the manual there is, word for word, what mandoc makes of it.
#
# All words of FILE by mandoc.  A \- is no place to break a line.
by_mandoc() {
	sed 's/\\-/-/g; s/-/\\-/g' "$1" | mandoc -T ascii -O width=900 |
	    sed "1d; \$d; s/.$(printf '\b')//g" |
	    awk '{ for (i = 1; i <= NF; i++) print $i }'
}

# man_same FILE: V7's words of it are mandoc's.
man_same() {
	awk -f test/man.awk "$1" >by.v7
	by_mandoc "$1" >by.mandoc
	diff by.v7 by.mandoc
}

# fails COMMAND ...: it does.
fails() {
	! "$@"
}

old_man() {
	awk -f test/man.awk plug.1 >by.v7
	for awk in mawk gawk original-awk 'busybox awk'; do
		if ! have "${awk%% *}"; then
			skip 1 "man: ${awk%% *}: not found"
			continue
		fi
		$awk -f test/man.awk plug.1 >by.awk
		try "man.awk's output is another with $awk" cmp by.v7 by.awk
	done
	if ! have mandoc; then
		skip 12 "man: mandoc: not found"
		return
	fi
	try "V7's -man loses something of plug.1" man_same plug.1
	printf '.TP\n.B a b c d e "f g"\n' | cat plug.1 - >more.1
	try "man.awk does not know what V7's -man can do" man_same more.1
	while read -r line; do
		printf '.TP\n%s\n' "$line" | cat plug.1 - >more.1
		try "man.awk takes what V7's -man does not: $line" \
		    fails man_same more.1
	done <<'END'
.B a b c d e f g
.BR a b c d e f g
a \(dq b
a \c
\f(CWa
.EX
.B a@b
.B "a ""b"""
.BR "" a
'br
END
}
old_man

#
# The exit status of test.sh, also where a shell has the status of the last
# command of trap 0 for its own, and knows none in there.
#
# The shells of then are made of ours by another trap.
exit_status() {
	grep "^trap .* 0\$" test.sh contrib/plug.* contrib/rc.* |
	    grep -v "; exit \$[a-z]*' 0\$" >"$said"
	nothing "an old shell forgets the exit status in a trap 0"
	old="s/^trap '\(.*\)' 0\$/trap 'true; \1; exit \$?' 0/"
	sed "$old" test.sh >test.old.sh
	printf "trap 'rm -f x.o' 0\nexit 1\n" | sed "$old" >lost.sh
	try "the shell of then that is made here is none" sh lost.sh

	# A compiler whose programs succeed or fail, as FAKE says.
	./plug '-?' >usage
	cat >fake <<'END'
#!/bin/sh
case $1 in
'-?')	cat usage ;;
*)	echo "$((1 - FAKE)) passed, $FAKE failed" ;;
esac
exit "$FAKE"
END
	cat >fakecc <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	[ "$1" = -o ] && cp fake "$2"
	shift
done
END
	chmod +x fake fakecc
	# shellcheck disable=SC2086
	for shell in sh dash 'busybox sh' ksh93 mksh yash posh bash; do
		if ! have "${shell%% *}"; then
			skip 6 "exit status: ${shell%% *}: not found"
			continue
		fi
		for script in test.sh test.old.sh; do
			rm -rf plug knr
			try "$shell $script: all that passes is a failure" \
			    env KNR= CC=./fakecc FAKE=0 $shell $script
			try "$shell $script: a test that fails is none" \
			    fails env KNR= CC=./fakecc FAKE=1 $shell $script
			rm -rf plug knr
			try "$shell $script: a build that fails is none" \
			    fails env KNR= CC=false $shell $script
		done
	done
}
exit_status

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
