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
	echo "ok   knr: $*"
}

fail() {
	failed=$((failed + 1))
	echo "FAIL knr: $*"
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
for f in plug.c compat.h test/*.[ch]; do
	awk -f contrib/deansi.awk "$f"
done >filtered
for awk in mawk gawk original-awk 'busybox awk'; do
	if ! have "${awk%% *}"; then
		skip 1 "filter: ${awk%% *}: not found"
		continue
	fi
	for f in plug.c compat.h test/*.[ch]; do
		$awk -f contrib/deansi.awk "$f"
	done >by.awk
	try "the filter's output is another with $awk" cmp filtered by.awk
done

#
# Makefile.sunos: plug by one command, by every make.
#
for make in make bmake; do
	if ! have $make; then
		skip 2 "Makefile.sunos: $make: not found"
		continue
	fi
	rm -rf knr plug
	try "$make -f Makefile.sunos makes no plug" \
	    $make -f Makefile.sunos CC="$kr"
	try "$make -f Makefile.sunos knr makes no tests" \
	    $make -f Makefile.sunos knr
done
try "the plug of Makefile.sunos does not run" ./plug -V
rm -f plug
try "Makefile.sunos lean makes no plug" \
    make -f Makefile.sunos lean CC="$kr"
try "the lean plug does not run" ./plug -V
# as c2 writes it
printf '.globl\n.text\n~~f:_f:jsr\tr5,csv\n~a=4\nmov\t4(r5),r0\nL2:jmp\tcret\n' >c2
eval "$(sed -n 's/^	\(sed .*\) plug.s >lean.s$/\1/p' Makefile.sunos)" <c2 >lean.out
printf '.globl\n.text\n_f:jsr\tr5,csv\nmov\t4(r5),r0\nL2:jmp\tcret\n' >c2
try "lean leaves symbols of adb, or not all else" cmp lean.out c2
quiet "gcc -Wtraditional finds ANSI C in the filtered plug" \
    "$CC" -std=gnu89 -Wtraditional -Werror -c -o x.o knr/plug.c
quiet "gcc -Wtraditional finds ANSI C in the filtered plug, KQUEUE" \
    "$CC" -std=gnu89 -Wtraditional -Werror -DUSE_KQUEUE \
    -isystem test/kqueue -c -o x.o knr/plug.c
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
	for backend in EPOLL KQUEUE POLL SELECT; do
		LC_ALL=C "$cc" -std=gnu89 -Wtraditional-conversion \
		    -DUSE_$backend -Itest/kqueue -c -o x.o plug.c 2>&1 |
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

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
