#!/bin/sh
# ends.sh SCRIPT [argument ...]: runs a test script so that TERM, INT or HUP
# leave nothing behind.  A shell that waits for a command hears no signal, and
# what a script has started, daemons too, outlives it.  So this shell only
# waits.  All that is started below it has a name in its environment, by which
# it is found in /proc: all is stopped first, so that nothing new is begun,
# and then ended, the youngest first.  What has something to clean up has
# fifteen seconds.  Its exit status is the script's.

mark=ENDS_$$_$(date +%s)

# The ids of all that runs below, the youngest last.
below() {
	grep -lszxF "$mark=yes" /proc/[0-9]*/environ |
	    sed 's,/proc/\([0-9]*\)/.*,\1,' | sort -n
}

# Of these, the youngest first, those that no other such shell, which is among
# them, ends: nobody is told twice, as what cleans up would be ended itself.
ours() {
	for pid in $(echo "$all" | sort -rn); do
		! grep -qszx "ENDS=$mark\|ENDS=" "/proc/$pid/environ" || echo "$pid"
	done
}

# signal NAME PID ...
signal() {
	name=$1
	shift
	for pid in "$@"; do
		kill -s "$name" "$pid" 2>/dev/null
	done
}

end_all() {
	trap '' 1 2 15
	# just born it does not bear the name yet
	while kill -0 $! 2>/dev/null && ! grep -qszxF "$mark=yes" "/proc/$!/environ"; do
		sleep 0.1
	done
	stopped=
	for turn in 1 2 3; do
		all=$(below)
		[ "$all" = "$stopped" ] && break
		stopped=$all
		# shellcheck disable=SC2086
		signal STOP $all
	done
	# shellcheck disable=SC2046
	signal TERM $(ours)
	# shellcheck disable=SC2046
	signal CONT $(echo "$all" | sort -rn)
	turn=0
	while [ -n "$(below)" ] && [ $turn -lt 150 ]; do
		turn=$((turn + 1))
		sleep 0.1
	done
	# shellcheck disable=SC2046
	signal KILL $(below)
	exit 1
}

# in a session of its own, or a signal for the whole group comes twice
own=
command -v setsid >/dev/null 2>&1 && own=setsid
trap end_all 1 2 15
env "$mark=yes" "ENDS=$mark" $own sh "$@" &
wait $!
