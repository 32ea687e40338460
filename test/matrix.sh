#!/bin/sh
# matrix.sh DIR [full] [part ...]: plug on every compiler, processor, make,
# shell and awk that is here.  Parts: compilers processors time makes shells
# awks, with `full' the router too; all by default.  `full' is for more
# processors, and for the whole of test.sh where some of it stands for all.
# DIR is an existing directory to build in; an empty word makes one.  Nothing
# is installed: a missing tool is named, and what it would test is counted as
# skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
strict='-std=c89 -pedantic -Wall -Wextra'
level=-O1
parts='compilers processors time makes shells awks'
folder "${1-}"
[ $# -gt 0 ] && shift
full=
if [ "${1:-}" = full ]; then
	full=yes level=-O2
	parts="$parts router"
	shift
fi
# Jobs run beside each other, each with a directory $w and counters of its
# own.  job COMMAND ... puts one on the list; pool N lets N at a time run,
# and adds them up in their order.
jobs=0
job() {
	jobs=$((jobs + 1))
	echo "$jobs $*" >>"$dir/jobs"
}

one_job() {
	passed=0 failed=0 skipped=0
	"$@"
	closing
}

lane() {
	while read -r n words; do
		w=$dir/$n
		mkdir "$w" 2>/dev/null || continue
		said=$w/said
		# shellcheck disable=SC2086
		one_job $words >"$dir/out.$n" 2>&1 </dev/null
	done <"$dir/jobs"
}

pool() {
	[ -f "$dir/jobs" ] || return
	i=0
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		( trap - 0; lane ) &
	done
	wait
	while read -r n words; do
		add "$words" "$dir/out.$n"
		rm -rf "${dir:?}/$n"
	done <"$dir/jobs"
	rm "$dir/jobs"
}

# live NAME [its words]: live tests; the plug comes last.
live() {
	what=$1
	plug=$2
	shift 2
	timeout 400 "$dir/live" "$plug" "$dir/peer" "$@" >"$w/live" 2>&1
	add "$what" "$w/live"
}

#
# COMPILERS: no warning, and what they build works.
#
bytes() {
	live "$1: its plug" "$w/plug" -j 6 -s 4 -n 40 -c 300 -k 60 \
	    bytes no:bytes/idle_time
}

compiler() {
	cc=$1
	# shellcheck disable=SC2086
	if silent "$cc -std=c89" "$cc" $strict -Wshadow -O2 -o "$w/plug" plug.c ||
	    [ -x "$w/plug" ]; then
		bytes "$cc"
	fi
	silent "$cc -std=c2x" "$cc" -std=c2x -Wall -Wextra $level -o "$w/x" plug.c
	silent "$cc without flags" "$cc" -o "$w/x" plug.c
	[ "$cc" = gcc ] || [ "$cc" = clang ] || [ -n "$full" ] || return
	for flags in -DUSE_POLL -DUSE_SELECT '-DUSE_KQUEUE -Itest/kqueue' \
	    '-DUSE_KQUEUE -DKQ_NETBSD -Itest/kqueue' \
	    '-DSEAMS_PLEDGE -DNO_SPLICE' -DNO_SPLICE -DTINY \
	    '-DTINY -DUSE_EPOLL' '-DTINY -DUSE_SELECT' -DNO_SHARE -DNO_CLOCK \
	    -DNO_FORK -DNO_LOCALTIME -DNO_STRERROR -DNO_IPV6 \
	    -DWITH_DNS '-DHAVE_NAMES=1 -DOLD_NETDB' '-DHAVE_NAMES=1 -DNO_FORK'; do
		# shellcheck disable=SC2086
		silent "$cc -std=c89 $flags" "$cc" $strict -Wshadow $level $flags \
		    -o "$w/x" plug.c
	done
	for source in unit fault peer; do
		# shellcheck disable=SC2086
		silent "$cc test/$source.c" "$cc" $strict -Wshadow $level \
		    -o "$w/x" test/$source.c
	done
	# shellcheck disable=SC2086
	silent "$cc -DTINY test/unit.c" "$cc" $strict -Wshadow $level -DTINY \
	    -o "$w/x" test/unit.c
	# shellcheck disable=SC2086
	silent "$cc test/live.c" "$cc" $strict -Wshadow $level -o "$w/x" \
	    test/live.c test/t_*.c
}

# A small compiler: it knows not all of the flags.
small_compiler() {
	cc=$1
	silent "$cc without flags" "$cc" -c -o "$w/plug.o" plug.c || return
	# pcc's own files make ld complain of executable stacks
	if ! "$cc" -o "$w/plug" "$w/plug.o" >"$said" 2>&1; then
		verdict 1 "$cc links"
		return
	fi
	bytes "$cc"
	# pcc's preprocessor loses a conditional behind an included macro
	[ "$cc" != pcc ] || return
	silent "$cc test/unit.c" "$cc" -o "$w/unit" test/unit.c || return
	"$w/unit" >"$w/out" 2>&1
	add "$cc: test/unit.c" "$w/out"
}

compilers() {
	tools || return
	for cc in gcc clang gcc-11 gcc-12 clang-13 clang-14 clang-16 clang-19; do
		if have $cc; then
			job compiler $cc
		else
			skip "$cc: not found"
		fi
	done
	for cc in tcc pcc; do
		if have $cc; then
			job small_compiler $cc
		else
			skip "$cc: not found"
		fi
	done
	pool 4
}

#
# PROCESSORS: static, under qemu-user, between native clients and servers.
#
core='bytes/integrity bytes/half_client bytes/half_both targets/dead_middle
	targets/sticky log/line log/every log/syslog'
# every mode is in the tests of process and option themselves
most="$core bytes/bulk bytes/half_target bytes/answer_after_end
	bytes/tail_target bytes/tail_client bytes/reset_target
	bytes/reset_client bytes/urgent bytes/early_bytes bytes/max
	targets/cycle targets/dead_first targets/all_dead targets/retry
	targets/sticky_moves targets/early_refused targets/from targets/sources
	log/failed log/counts log/moved log/syslog_failed log/syslog_again
	process/detach process/pidfile process/second process/stale process/term
	process/hup process/usr1 process/worker_killed connect/yes connect/auth
	connect/502 connect/names rule/forms rule/many family option/grammar
	option/addresses option/sources option/targets"

# under QEMU PROGRAM: a script that runs it, by any name.
under() {
	cat >"$2.sh" <<END
#!/bin/sh
exec qemu-$1-static $sysroot -0 "\$0" "$2" "\$@"
END
	chmod +x "$2.sh"
}

# emulated NAME QEMU CC FLAGS MODE TESTS ...: one build in one mode.
emulated() {
	name=$1 qemu=$2 cc=$3 flags=$4 mode=$5
	shift 5
	# shellcheck disable=SC2086
	if [ ! -x "$w/plug$flags" ]; then
		silent "$name $flags: builds" "$cc" $strict -O2 $static $extra $flags \
		    -Itest/kqueue '-DPATH_LOG="devlog"' -o "$w/plug$flags" plug.c || return
		under "$qemu" "$w/plug$flags"
	fi
	live "$name $flags: $mode" "$w/plug$flags.sh" -j 4 -s 4 -n 30 -c 200 \
	    -k 60 -L devlog -m "$mode" "$@"
}

# processor NAME COMPILER QEMU
processor() {
	name=$1 cc=$2 qemu=$3
	static=-static sysroot='' extra=''
	case $name in
	alpha)	# a static program of its libc ends at once under qemu
		static='' sysroot="-L /usr/alpha-linux-gnu" ;;
	esac
	case $name in
	alpha | hppa)	# qemu 7.2 takes accept4's flags for fcntl's
		extra=-DNO_ACCEPT4 ;;
	esac
	# shellcheck disable=SC2086
	silent "$name: test/unit.c builds" "$cc" $strict $level $static \
	    -o "$w/unit" test/unit.c || return
	under "$qemu" "$w/unit"
	timeout 120 "$w/unit.sh" >"$w/out" 2>&1
	add "$name: test/unit.c" "$w/out"
	# shellcheck disable=SC2086
	emulated "$name" "$qemu" "$cc" '' single $most
	for mode in fork workers; do
		# shellcheck disable=SC2086
		emulated "$name" "$qemu" "$cc" '' $mode $core
	done
	case $name$full in
	mips | s390x | *yes)
		for flags in -DUSE_POLL -DUSE_SELECT -DUSE_KQUEUE; do
			# shellcheck disable=SC2086
			emulated "$name" "$qemu" "$cc" $flags single $core
		done
		;;
	esac
}

# A processor that no server runs well on under qemu.
compile_only() {
	# shellcheck disable=SC2086
	silent "$1: builds" "$2" $strict -O2 -static -o "$w/x" plug.c
}

processors() {
	tools || return
	every='mips m68k s390x sparc64 arm i686 mipsel'
	[ -z "$full" ] ||
	    every="$every powerpc hppa aarch64 riscv64 alpha sh4"
	for name in $every; do
		cc=$name-linux-gnu-gcc qemu=$name
		case $name in
		arm) cc=arm-linux-gnueabi-gcc ;;
		i686) qemu=i386 ;;
		powerpc) qemu=ppc ;;
		esac
		if ! have "$cc"; then
			skip "$name: $cc: not found"
		elif [ "$name" = sh4 ]; then
			job compile_only "$name" "$cc"
		elif ! have "qemu-$qemu-static"; then
			skip "$name: qemu-$qemu-static: not found"
		else
			job processor "$name" "$cc" "$qemu"
		fi
	done
	pool 4
}

#
# TIME: 2038 and later, 2^31 and 2^32 milliseconds after the machine came up,
# and a clock on the wall that somebody sets; where long has 32 bits.
#
# late CLOCK FLAGS ...: every session line has the right date.
late() {
	clock=2038/$1 wanted='2038-01-19 03:1[4-9]:[0-5][0-9]'
	cc=i686-linux-gnu-gcc sysroot=''
	case $1 in
	wraps | fails) wanted='?' ;;
	on_the_way) wanted="$wanted\\|?" ;;
	set_*) wanted='2038-01-1[89] 0[0-9]:[0-5][0-9]:[0-5][0-9]' ;;
	esac
	shift
	silent "$clock: builds" $cc -w -O2 -static -DSEAMS_LATE \
	    "$@" -o "$w/plug" plug.c || return
	under i386 "$w/plug"
	TZ=UTC0 live "$clock" "$w/plug.sh" -s 4 -j 3 -x -S -x "$w/sessions" \
	    bytes/half_client bytes/idle_time targets/retry
	if [ -s "$w/sessions" ] &&
	    ! grep -v "^\[$wanted\] plug\[[0-9]*\] " "$w/sessions" >"$said"; then
		ok "$clock: the session log has the right time or '?'"
	else
		fail "$clock: the session log has a wrong time"
		sed 5q "$said"
	fi
}

time_part() {
	tools || return
	if ! have i686-linux-gnu-gcc || ! have qemu-i386-static; then
		skip "32-bit time: i686-linux-gnu-gcc or qemu-i386-static: not found"
		return
	fi
	job late 64_bits -D_TIME_BITS=64
	job late tiny -DTINY -D_TIME_BITS=64
	job late wraps -D_TIME_BITS=32
	job late fails -D_TIME_BITS=32 -DLATE_REFUSED
	# the clock's long goes below zero two seconds after the start
	job late on_the_way -DNO_CLOCK -D_TIME_BITS=32 -DLATE=2147483646UL
	job late 64_bits_on_the_way -DNO_CLOCK -D_TIME_BITS=64 \
	    -DLATE=2147483646UL
	job late up_25_days -D_TIME_BITS=64 -DLATE_UP=2147480L
	job late up_50_days -D_TIME_BITS=64 -DLATE_UP=4294964L
	job late set_forward -DNO_CLOCK -D_TIME_BITS=64 -DLATE_STEP=7200UL
	job late set_back -DNO_CLOCK -D_TIME_BITS=64 -DLATE_STEP=-86400UL
	pool 5
}

#
# MAKES: the makefile with what may be replaced in it.
#
make_with() {
	make=$1
	tree "$w/t"
	(cd "$w/t" && $make -f Makefile.posix && ./plug -V) >"$said" 2>&1
	verdict $? "$make builds"
	(cd "$w/t" && $make -f Makefile.posix clean && [ ! -f plug ] &&
	    $make -f Makefile.posix CC="$cc" CFLAGS='-O1 -DMAXSESSION=77' &&
	    ./plug -V | grep 'sessions 77$') >"$said" 2>&1
	verdict $? "$make: CC=$cc and CFLAGS"
	(cd "$w/t" && $make -f Makefile.posix install PREFIX=/usr \
	    DESTDIR="$w/root" && "$w/root/usr/sbin/plug" -V &&
	    [ -f "$w/root/usr/share/man/man1/plug.1" ] &&
	    $make -f Makefile.posix uninstall PREFIX=/usr DESTDIR="$w/root" &&
	    [ -z "$(find "$w/root" -type f)" ]) >"$said" 2>&1
	verdict $? "$make: install and uninstall with DESTDIR and PREFIX"
	if have mips-linux-gnu-gcc && have qemu-mips-static; then
		(cd "$w/t" && $make -f Makefile.posix clean &&
		    $make -f Makefile.posix CC=mips-linux-gnu-gcc &&
		    qemu-mips-static -L /usr/mips-linux-gnu ./plug -V) \
		    >"$said" 2>&1
		verdict $? "$make: a cross build by CC= alone"
	else
		skip "$make: a cross build: mips-linux-gnu-gcc or qemu-mips-static: not found"
	fi
}

makes() {
	cc=cc
	! have tcc || cc=tcc
	for make in make bmake; do
		if have $make; then
			job make_with $make
		else
			skip "$make: not found"
		fi
	done
	pool 2
}

#
# SHELLS: each runs the default part of test.sh; all of it with `full'.
#
shell_with() {
	tree "$w/t"
	quick=quick
	[ -z "$full" ] || quick=''
	(cd "$w/t" && QUICK=$quick CC=$cc timeout 600 "$@" test.sh) \
	    >"$w/out" 2>"$w/err"
	yes=$?
	add "$*: test.sh" "$w/out"
	cp "$w/err" "$said"
	[ $yes -eq 0 ] && [ ! -s "$w/err" ]
	verdict $? "$*: test.sh ends with 0, and the shell says nothing"
}

shells() {
	cc=cc
	[ -n "$full" ] || ! have tcc || cc=tcc
	for shell in dash 'busybox sh' ksh93 mksh yash posh bash; do
		if have "${shell%% *}"; then
			# shellcheck disable=SC2086
			job shell_with $shell
		else
			skip "$shell: not found"
		fi
	done
	if [ -n "$full" ]; then
		pool 1
	else
		pool 3
	fi
}

#
# AWKS: they find the same (the filter's awks are in test/knr.sh).
#
awks() {
	${CC:-cc} -o "$dir/plug" plug.c && "$dir/plug" '-?' >"$dir/usage"
	grep -v 'stick' plug.1 >"$dir/wrong.1"
	for awk in mawk gawk original-awk 'busybox awk'; do
		if ! have "${awk%% *}"; then
			skip "$awk: not found"
			continue
		fi
		# shellcheck disable=SC2086
		$awk -f test/names.awk "$dir/usage" plug.1 README.md \
		    >"$said" 2>&1
		verdict $? "$awk: test/names.awk finds the same options everywhere"
		# shellcheck disable=SC2086
		! $awk -f test/names.awk "$dir/usage" "$dir/wrong.1" README.md \
		    >"$said" 2>&1
		verdict $? "$awk: test/names.awk misses an option"
	done
}

router() {
	sh test/router.sh "$dir" >"$dir/out" 2>&1
	add router "$dir/out"
}

# shellcheck disable=SC2048
for part in ${*:-$parts}; do
	echo "== $part"
	began=$(date +%s)
	case $part in
	time) time_part ;;
	compilers | processors | makes | shells | awks | router) $part ;;
	*) fail "no such part: $part" ;;
	esac
	echo "== $part: $(($(date +%s) - began)) s"
done
closing
