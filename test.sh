#!/bin/sh
# Builds plug and proves it.
#
#	sh test.sh		needs sh, make and cc; under three minutes
#	sh test.sh one NAME	instead: one live test, group/test or a group;
#				behind it what runs it, as in fork, tiny, poll;
#				or one run whole, as in unit; or unit/test; or
#				one part of all, as in storm
#	sh test.sh all		the same, then what needs more tools
#	sh test.sh matrix	instead: compilers, processors, makes, shells;
#				with full behind it all of them
#	sh test.sh soak		instead: what runs long; parts behind it, or all
#	sh test.sh bench	instead: plug measured beside other proxies, 20
#				minutes; parts and words of test/bench.sh behind it
#
# The last line is "N passed, N failed", with ", N skipped" behind it where
# that is so.  The tests are C, in test/.  This script is for a V7 Bourne
# shell, so that old machines can run it: no functions, no $( ), no !, and
# what is set inside a loop that reads a here document is lost behind it.
#
# Where cc takes no ANSI C, or KNR=yes says so, plug and its tests go through
# the filter of Makefile.sunos, with the flags that are chosen there.  LIVE
# has more options for the live tests, see test/live.c.  Where an int has 16
# bits, or SMALL=yes says so, test/small.c is all that there is room for.
#
# An old shell's exit status is that of the last command of trap 0, and it
# has forgotten there what exit was told: status says it, a failure until
# all is done.

case $0 in
*/*)	cd `dirname $0` ;;
esac
# so that a signal leaves nothing behind, where that script can do it
case ${ENDS-} in
'')	test -r /proc/self/environ && exec sh test/ends.sh test.sh ${1+"$@"} ;;
esac
CC=${CC-cc}
STRICT=${STRICT-"-std=c89 -pedantic -Wall -Wextra"}
KNR=${KNR-}
LIVE=${LIVE-}
QUICK=${QUICK-}
SMALL=${SMALL-}
T=${TMPDIR-/tmp}/plug-test.$$
umask 077
mkdir $T || exit 1
status=1
trap 'rm -rf $T; exit $status' 0
trap 'exit 1' 1 2 15
bad=0

# A compiler that does not know the strict flags does without them; one that
# takes no ANSI C without them either is for Makefile.sunos.
echo 'int main(void) { return 0; }' >$T/empty.c
$CC $STRICT -o $T/empty $T/empty.c >/dev/null 2>&1 || STRICT=
test "$STRICT" || $CC -o $T/empty $T/empty.c >/dev/null 2>&1 || KNR=yes

if test "$KNR"
then
	make -f Makefile.sunos CC="$CC" plug || exit 1
	# made in this very second it would pass for done
	rm -rf knr
	make -f Makefile.sunos knr >/dev/null || exit 1
	make -f Makefile.sunos flags >$T/flags
	STRICT=`sed -n 's/^flags //p' $T/flags`
	LIBS=`sed -n 's/^libs //p' $T/flags`
	OPT=-I.
	test "$LIVE" || LIVE="-j 2 -s 4 -n 20 -c 200 -k 20"
	DIR=knr
	echo 'main() { exit(sizeof(int) > 2); }' >$T/int.c
	$CC -o $T/int $T/int.c >/dev/null 2>&1 && $T/int && SMALL=yes
else
	make -f Makefile.posix CC="$CC" || exit 1
	LIBS=
	OPT=-O2
	DIR=.
fi

# kqueue() comes from test/kqueue where the system has none.
echo '#include <sys/types.h>
#include <sys/event.h>
int main(void) { return kqueue() < 0; }' >$T/event.c
$CC -o $T/event $T/event.c >/dev/null 2>&1 && SHIM= || SHIM=-Itest/kqueue

# What is built: name, then its flags and source.  plug-kqueue is what OpenBSD
# has, with test/pledge.h.
cat >$T/builds <<END
plug-log -DPATH_LOG=\"devlog\" -DSTATUSSECS=8 -DLINGERSECS=6 plug.c
plug-poll -DUSE_POLL -DMAXBUF=100 -DLINGERSECS=6 plug.c
plug-select -DUSE_SELECT -DMAXBUF=100 -DLINGERSECS=6 plug.c
plug-kqueue -DUSE_KQUEUE -DMAXBUF=100 $SHIM -DSEAMS_PLEDGE -DHAVE_UNSENT=0 -DNO_SPLICE -DPATH_LOG=\"devlog\" -DSTATUSSECS=8 -DLINGERSECS=6 plug.c
plug-block -DNO_SPLICE -DMAXBUF=100 plug.c
plug-tiny -DNO_SPLICE -DBUFSZ=3 -DMAXBUF=2 plug.c
plug-fault test/fault.c
unit test/unit.c
unit-tiny -DTINY test/unit.c
unit-kqueue -DUSE_KQUEUE $SHIM test/unit.c
small test/small.c
peer test/peer.c
live test/live.c test/t_*.c
END

# What runs: name, then a program and its arguments; behind a colon the tests.
cat >$T/every <<END
unit unit
quick live $T/plug-log $T/peer : rule option
unit-tiny unit-tiny
unit-kqueue unit-kqueue
small small $T/plug $T
single live $T/plug-log $T/peer -L devlog :
fork live $T/plug-log $T/peer -L devlog -m fork : bytes targets connect log rule family config rights status gone service
workers live $T/plug-log $T/peer -L devlog -m workers : bytes targets connect log rule family config rights status gone service
poll live $T/plug-poll $T/peer : bytes gone process/wait_fails
select live $T/plug-select $T/peer : bytes gone
kqueue live $T/plug-kqueue $T/peer -L devlog :
kqueue-fork live $T/plug-kqueue $T/peer -L devlog -m fork : bytes targets connect log rule family config rights status gone service
kqueue-workers live $T/plug-kqueue $T/peer -L devlog -m workers : bytes targets connect log rule family config rights status gone service
block live $T/plug-block $T/peer : bytes
tiny live $T/plug-tiny $T/peer -n 10 : bytes/integrity
fault live $T/plug-fault $T/peer -n 40 : bytes/integrity
fault-fork live $T/plug-fault $T/peer -m fork -n 40 : bytes/integrity
END

# one: which of them, with which tests, and the builds that it needs; or what
# all.sh has by that name.
if test "$1" = one
then
	how=${3-single}
	: >$T/runs
	sh test/all.sh parts >$T/parts.one 2>/dev/null
	sed 's/ .*//' $T/every >$T/runs.one
	for file in test/t_*.c
	do
		group=`basename $file .c | sed 's/t_//'`
		echo $group
		sed -n "s,^	{ \"\([a-z_0-9][a-z_0-9]*\)\".*,$group/\1,p" $file
	done >$T/tests.one
	if grep "^$2\$" $T/parts.one >/dev/null
	then
		CC="$CC" sh test/all.sh $T $2 && status=0
		exit $status
	elif grep "^$2\$" $T/tests.one >/dev/null
	then
		sed -n "s,^\($how live .* \):.*,\1$2,p" $T/every >$T/runs
	elif echo $2 | grep '^unit/.' >/dev/null
	then
		sed -n "s,^${3-unit} unit.*,& 1 $2,p" $T/every | sed 's, unit/, ,' >$T/runs
	else
		sed -n "s,^$2 .*,&,p" $T/every | sed 's/ :/ /' >$T/runs
	fi
	if test -s $T/runs
	then
		sed 's/$/ /' $T/runs >$T/needs
	else
		echo "test.sh: one: no $2 $3.  There are" >&2
		for kind in tests runs parts
		do
			echo "$kind:"
			awk '{	if (n + length($1) > 76) {
					printf "\n"
					n = 0
				}
				printf " %s", $1
				n += length($1) + 1
			}
			END { printf "\n" }' $T/$kind.one
		done >&2
		exit 1
	fi
else
	sed 's/ :/ /' $T/every >$T/runs
	sed 's/^/ /' $T/builds >$T/needs
fi

# Every compilation must be silent, but old compilers talk, and have only one
# backend.  QUICK=quick is for who tries shells, not plug.
cp plug $T/plug
while read name flags
do
	test "$name" || continue
	grep "[/ ]$name " $T/needs >/dev/null || continue
	test "$SMALL" && test $name != small && continue
	case $KNR$QUICK$name in
	yesplug-poll | yesplug-select | yesplug-block)	continue ;;
	yes*-kqueue)	continue ;;
	quickplug-log)	;;
	quickplug-* | quick*-kqueue)	continue ;;
	esac
	( cd $DIR && $CC $STRICT $OPT -o $T/$name $flags $LIBS ) >$T/said 2>&1
	if test $? != 0
	then
		echo $name >>$T/bad
		echo does not compile >>$T/said
	elif test "$KNR"
	then
		cp /dev/null $T/said
	fi
	if test -s $T/said
	then
		echo "FAIL build: $name: the compiler complains"
		sed 20q $T/said
		echo 0 passed, 1 failed >>$T/sum
	else
		echo "ok   build: $name"
		echo 1 passed, 0 failed >>$T/sum
	fi
done <$T/builds
test -f $T/bad && exit 1

# They mostly wait, so all run at once, but on old machines.
: >$T/names
( while read name args
do
	test "$name" || continue
	test "$1" = matrix && continue
	test "$1" = soak && continue
	test "$1" = bench && continue
	test "$SMALL" && test $name != small && continue
	case $KNR$QUICK$name in
	yespoll | yesselect | yesblock | yesquick | yes*kqueue*)	continue ;;
	quickunit | quickquick)	;;
	quick*)	continue ;;
	esac
	echo $name >>$T/names
	case $args in
	live*)	args="$args $LIVE" ;;
	esac
	( $T/$args >$T/out.$name 2>&1; echo $? >$T/rc.$name ) &
	test "$KNR" && wait
done; wait ) <$T/runs

for name in `cat $T/names`
do
	echo "== $name"
	cat $T/out.$name
	sed -n '$p' $T/out.$name >$T/last
	if grep ' passed, ' $T/last >/dev/null
	then
		cat $T/last >>$T/sum
	else
		echo 0 passed, 1 failed >>$T/sum
		bad=1
	fi
	test "`cat $T/rc.$name`" = 0 || bad=1
done

# The usage text, the manual and the README name the same options.
if test "$1" != one
then
	./plug '-?' >$T/usage
	awk -f test/names.awk $T/usage plug.1 README.md >$T/said 2>&1
	cat $T/said
	if grep '^ok ' $T/said >/dev/null
	then
		echo 1 passed, 0 failed >>$T/sum
	else
		echo 0 passed, 1 failed >>$T/sum
		bad=1
	fi
fi

if test "$1" = all
then
	echo "== all"
	CC="$CC" sh test/all.sh $T >$T/out 2>&1 || bad=1
	cat $T/out
	sed -n '$p' $T/out >>$T/sum
fi

if test "$1" = matrix
then
	echo "== matrix"
	CC="$CC" sh test/matrix.sh $T $2 $3 $4 >$T/out 2>&1 || bad=1
	cat $T/out
	sed -n '$p' $T/out >>$T/sum
fi

if test "$1" = soak
then
	echo "== soak"
	shift
	CC="$CC" sh test/soak.sh $T ${1+"$@"} >$T/out 2>&1 || bad=1
	cat $T/out
	sed -n '$p' $T/out >>$T/sum
fi

if test "$1" = bench
then
	echo "== bench"
	shift
	CC="$CC" sh test/bench.sh $T ${1+"$@"} >$T/out 2>&1 || bad=1
	cat $T/out
	sed -n '$p' $T/out >>$T/sum
fi

awk '	{ p += $1; f += $3; s += $5 }
END	{ if (s) print p " passed, " f " failed, " s " skipped"
	else print p " passed, " f " failed" }' $T/sum
status=$bad
exit $status
