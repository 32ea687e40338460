#!/bin/sh
# all.sh DIR [part ...]: what needs more than sh, make and cc.  Parts:
# lint knr eva old sizes knobs matrix sanitizers valgrind integrity sessions
# scale fuzz mock contrib docs names clients storm inject coverage term bench
# make; all by default.  DIR is an existing directory to build in; an empty word
# makes one.
# Nothing is installed: a missing tool is named, and what it would test is
# counted as skipped.  Ends with "N passed, N failed, N skipped".
#
# all.sh parts: their names, and those of what they are made of.

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
title=
parts='lint knr eva old sizes knobs matrix sanitizers valgrind integrity
    sessions scale fuzz mock contrib docs names clients storm inject coverage term
    bench make'
more='ha ports lossy checks router house growth'
if [ "${1-}" = parts ]; then
	# shellcheck disable=SC2086
	printf '%s\n' $parts $more
	exit
fi
folder "${1-}"
[ $# -gt 0 ] && shift

# kqueue() is test/kqueue's where the system has none.
shim=-Itest/kqueue
printf '#include <sys/types.h>\n#include <sys/event.h>\n' |
    $CC -E - >/dev/null 2>&1 && shim=

# run NAME PLUG [live's words]: the live tests on one built plug, beside what
# else runs; they mostly wait.
run() {
	name=$1
	shift
	beside "$name" timeout 900 "$dir/live" "$@"
}

#
# Sanitizers and valgrind have nothing to report.
#
sanitizers() {
	tools || return
	flags='-g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined'
	for cc in gcc clang; do
		if ! have $cc; then
			skip "sanitizers: $cc: not found"
			continue
		fi
		# shellcheck disable=SC2086
		if ! $cc $flags -DPATH_LOG='"devlog"'  -o "$dir/plug-$cc" plug.c ||
		    ! $cc $flags -o "$dir/unit-$cc" test/unit.c; then
			skip "sanitizers: $cc: its runtime is missing"
			continue
		fi
		whole "unit, $cc" "$dir/unit-$cc"
		mkdir "$dir/report.$cc"
		ASAN_OPTIONS="log_path=$dir/report.$cc/asan"
		UBSAN_OPTIONS="log_path=$dir/report.$cc/ubsan:print_stacktrace=1"
		export ASAN_OPTIONS UBSAN_OPTIONS
		run "sanitizers-$cc" "$dir/plug-$cc" "$dir/peer" -s 3 -L devlog
		# the other modes with one of them
		[ $cc = gcc ] && modes='fork workers' || modes=
		for mode in $modes; do
			run "sanitizers-$cc-$mode" "$dir/plug-$cc" "$dir/peer" -s 3 \
			    -L devlog -m "$mode" bytes targets connect log rule family config rights
		done
		# what the BSDs have, with the same one
		# shellcheck disable=SC2086
		[ $cc = gcc ] && build plug-kqueue $flags -DUSE_KQUEUE $shim \
		    -DSEAMS_PLEDGE -DHAVE_UNSENT=0 -DNO_SPLICE -DPATH_LOG='"devlog"' plug.c &&
		    for mode in single $modes; do
			more=
			[ $mode != single ] || more=process
			run "sanitizers-kqueue-$mode" "$dir/plug-kqueue" "$dir/peer" \
			    -s 3 -L devlog -m $mode bytes targets connect config $more
		done
		unset ASAN_OPTIONS UBSAN_OPTIONS
	done
	collect
	for cc in gcc clang; do
		[ -d "$dir/report.$cc" ] || continue
		if [ -n "$(ls -A "$dir/report.$cc")" ]; then
			fail "sanitizers: $cc reports"
			cat "$dir/report.$cc"/* | sed 40q
		else
			ok "sanitizers: $cc reports nothing"
		fi
	done
}

valgrind_part() {
	if ! have valgrind; then
		skip "valgrind: not found"
		return
	fi
	beside growth env CC="$CC" sh test/growth.sh "$dir"
	tools || return
	build plug-vg -g plug.c || return
	mkdir "$dir/vg"
	cat >"$dir/plug-under-valgrind" <<END
#!/bin/sh
exec valgrind -q --leak-check=full --error-exitcode=99 --track-fds=yes \\
    --log-file="$dir/vg/%p" "$dir/plug-vg" "\$@"
END
	chmod +x "$dir/plug-under-valgrind"
	rest='targets connect'
	for mode in single fork workers; do
		# shellcheck disable=SC2086
		run "valgrind-$mode" "$dir/plug-under-valgrind" "$dir/peer" -j 2 -s 6 \
		    -m $mode -n 15 -c 200 -k 60 bytes/integrity bytes/short \
		    bytes/idle_time bytes/reset_target bytes/urgent $rest
		rest='targets/cycle targets/dead_first targets/retry targets/sticky
		    connect/yes connect/502 connect/speaks_first'
	done
	collect
	# what -q leaves: errors, and the descriptors that are open at the end
	if cat "$dir"/vg/* | grep -E 'Invalid|uninitialised|definitely lost|Syscall param|Open AF_INET' >"$said"; then
		fail "valgrind: reports"
		sed 20q "$said"
	else
		ok "valgrind: reports nothing"
	fi
}

#
# A thousand transfers on every backend, in every mode.
#
integrity() {
	tools || return
	n=${TRANSFERS:-1000}
	for backend in EPOLL KQUEUE POLL SELECT; do
		# shellcheck disable=SC2086
		build "plug-$backend" -DUSE_$backend $shim plug.c || continue
		for mode in single fork workers; do
			run "integrity-$backend-$mode" "$dir/plug-$backend" "$dir/peer" \
			    -m $mode -n "$n" bytes/integrity
		done
		# shellcheck disable=SC2086
		build "fault-$backend" -DUSE_$backend $shim test/fault.c || continue
		for mode in single fork workers; do
			run "faults-$backend-$mode" "$dir/fault-$backend" "$dir/peer" \
			    -m $mode -n $((n / 4)) bytes/integrity
		done
		collect
	done
	build plug-block -DNO_SPLICE plug.c &&
	    run integrity-block "$dir/plug-block" "$dir/peer" -n "$n" bytes/integrity
	build plug-starved -DBUFSZ=512 -DMAXBUF=2 -DMAXPIPE=2 plug.c &&
	    run integrity-starved "$dir/plug-starved" "$dir/peer" -n "$n" bytes/integrity
	build plug-tiny -DNO_SPLICE -DBUFSZ=64 -DMAXBUF=4 plug.c &&
	    run integrity-tiny "$dir/plug-tiny" "$dir/peer" -n "$n" bytes/integrity
	build plug-one -DBUFSZ=1 -DMAXBUF=2 -DNO_SPLICE plug.c &&
	    run integrity-whole "$dir/plug-one" "$dir/peer" -n $((n / 50)) bytes/integrity
	collect
}

#
# A thousand sessions whose ends do as they like, on every backend, in every
# mode, with one block for all of them too.
#
sessions() {
	tools || return
	for backend in EPOLL POLL SELECT; do
		for blocks in '' -DMAXBUF=1; do
			# shellcheck disable=SC2086
			build "any-$backend$blocks" -DUSE_$backend $blocks plug.c || continue
			for mode in single fork workers; do
				run "sessions-$backend-$mode$blocks" "$dir/any-$backend$blocks" \
				    "$dir/peer" -m $mode -n $((${SESSIONS:-1000} / 18 + 1)) \
				    bytes/sessions
			done
		done
		collect
	done
}

#
# Many sessions.
#
scale() {
	tools || return
	build plug-scale plug.c || return
	build scale test/scale.c || return
	build plug-wide -DUSE_SELECT -DMAXSESSION=9900 plug.c || return
	# shellcheck disable=SC3045
	ulimit -n "$(ulimit -H -n)"
	for mode in '' -F '-w 4'; do
		# shellcheck disable=SC2086
		whole "scale: short $mode" timeout 600 "$dir/scale" short 50000 "$dir/plug-scale" $mode
	done
	whole "scale: refused" timeout 600 "$dir/scale" refused 200000 "$dir/plug-scale" \
	    -x 127.0.7.0/24
	whole "scale: gone" timeout 600 "$dir/scale" gone 200000 "$dir/plug-scale"
	for mode in '' '-w 2'; do
		# shellcheck disable=SC2086
		whole "scale: hup $mode" timeout 600 "$dir/scale" hup 1000 "$dir/plug-scale" $mode
	done
	for mode in '' -F '-w 3'; do
		# shellcheck disable=SC2086
		whole "scale: signals $mode" timeout 600 "$dir/scale" signals 2000 "$dir/plug-scale" $mode
	done
	for mode in 'killed 10 -F' 'killed 10 -w 3' 'stopped 5 -w 3'; do
		# shellcheck disable=SC2086
		set -- $mode
		what=$1 n=$2
		shift 2
		whole "scale: $mode" timeout 600 "$dir/scale" "$what" "$n" "$dir/plug-scale" "$@"
	done
	whole "scale: soak" timeout 600 "$dir/scale" soak 20000 "$dir/plug-scale"
	whole "scale: idle" timeout 600 "$dir/scale" idle 9000 "$dir/plug-scale"
	whole "scale: beyond" timeout 600 "$dir/scale" beyond 600 "$dir/plug-wide"
}

#
# Any bytes: the proxy's answer, command line, file of -c, rules, addresses.
#
fuzz() {
	if ! have clang || ! clang -w -g -O1 \
	    -fsanitize=fuzzer,address,undefined -o "$dir/fuzz" test/fuzz.c \
	    >"$said" 2>&1; then
		skip "fuzz: clang or its libFuzzer: not found"
		return
	fi
	mkdir "$dir/new"
	cp -r test/corpus "$dir"
	(cd "$dir" && timeout 300 ./fuzz -seed=3 -max_len=4000 \
	    -runs="${RUNS:-60000}" new corpus) >"$said" 2>&1
	if grep -q "^Done ${RUNS:-60000} runs" "$said"; then
		ok "fuzz: some input breaks plug"
	else
		fail "fuzz: some input breaks plug"
		tail -n 30 "$said"
	fi
}

#
# The engine over a system that does what an input says; MOCKRUNS inputs, half
# of them with select(), half with epoll and its edges.
#
mock_run() {
	mkdir -p "$dir/inputs.$1" && cd "$dir/inputs.$1" &&
	    "$dir/mock.$1" -seed="${MOCKSEED:-3}" -max_len=600 \
	    -len_control=0 -runs="$runs" "$dir/inputs.$1" >"$said.$1" 2>&1
}

mock() {
	runs=$((${MOCKRUNS:-200000} / 2))
	for events in SELECT EPOLL; do
		if ! have clang || ! clang -w -g -O1 -DMOCK_$events \
		    -fsanitize=fuzzer,address,undefined \
		    -fno-sanitize-recover=undefined \
		    -o "$dir/mock.$events" test/mock.c >"$said" 2>&1; then
			skip "mock: clang or its libFuzzer: not found"
			return
		fi
	done
	(mock_run SELECT) &
	(mock_run EPOLL)
	wait $!
	for events in SELECT EPOLL; do
		if grep -q "^Done $runs runs" "$said.$events"; then
			ok "mock: some system breaks the engine, $events"
		else
			fail "mock: some system breaks the engine, $events"
			tail -n 40 "$said.$events"
		fi
	done
}

# alone PART: one of these functions as a program, with a closing line.
alone() {
	trap - 0
	passed=0 failed=0 skipped=0 said=$dir/said.$1
	"$1"
	closing
}

# Servers and machines that go, few ports, a bad line, probes: mostly waiting.
storm() {
	for name in storm ha ports lossy checks; do
		beside "$name" env CC="$CC" sh "test/$name.sh" "$dir"
	done
	collect
}

# shellcheck disable=SC2048
for part in ${*:-$parts}; do
	echo "== $part"
	began=$(date +%s)
	case $part in
	valgrind) valgrind_part ;;
	# beside the part that follows
	lint | contrib | docs | names | term)
		beside "$part" env CC="$CC" sh "test/$part.sh" "$dir" ;;
	# one core for minutes: beside parts that ask for no deadline
	eva) beside eva nice -n 19 env CC="$CC" sh test/eva.sh "$dir" ;;
	fuzz | mock) beside "$part" alone "$part" ;;
	sanitizers | integrity | sessions | scale | storm) $part ;;
	bench) beside bench env CC="$CC" sh test/bench.sh "$dir" quick ;;
	knr | old | sizes | knobs | matrix | clients | inject | coverage | make | ha | ports | lossy | checks | router | house | growth)
		whole "$part" env CC="$CC" sh "test/$part.sh" "$dir" ;;
	*) fail "no such part: $part" ;;
	esac
	echo "== $part: $(($(date +%s) - began)) s"
done
collect
closing
