#!/bin/sh
# ports.sh DIR: what happens when there are few local ports, in a network
# namespace of its own: a connect that meets itself, and targets for which no
# port is left.  DIR is an existing directory.  A missing tool is named, and
# what it would test counts as skipped.  Ends with "N passed, N failed, N
# skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
need unshare ip socat
apart -n "$@"
folder "$1"

# plug WORDS ...: one in the foreground, on the path src; its pid in $plug.
plug() {
	rm -f "$dir/src"
	"$dir/plug" -n "$@" 2>"$said" &
	plug=$!
	pids="$pids $plug"
	until_true 10 test -S "$dir/src"
}

stop() {
	kill "$plug"
	wait "$plug"
}

# count WORD FILE: lines with it.
count() {
	grep -c "$1" "$2" || :
}

if ! ip link set lo up 2>/dev/null ||
    ! echo 40000 40003 2>/dev/null >/proc/sys/net/ipv4/ip_local_port_range
then
	give_up "the kernel lets no range of ports be set"
fi
build plug plug.c && build peer test/peer.c || stop_here

# Nobody listens: one connect in four comes from the very port that it is for.
plug "$dir/src" 127.0.0.1:40002
i=0
while [ $i -lt 60 ]; do
	i=$((i + 1))
	socat -u /dev/null "UNIX:$dir/src" 2>/dev/null
done
[ "$(count '9C42 0100007F:9C42 06' /proc/net/tcp)" = 0 ]
verdict $? "a connect that met itself leaves no TIME-WAIT"
"$dir/peer" 127.0.0.1:40002 echo >/dev/null 2>&1 &
server=$!
pids="$pids $server"
sleep 0.5
answer=$( (echo back; sleep 1) | timeout 5 socat - "UNIX:$dir/src" 2>/dev/null)
[ "$answer" = back ]
verdict $? "the server gets its port back from plug at once"
stop

# Four ports, four sessions to one target; the fifth is for the next one.
# They are others than before: what is bound is passed by.
echo 41000 41003 >/proc/sys/net/ipv4/ip_local_port_range
for n in 2 3; do
	"$dir/peer" 127.0.0.$n:7001 echo >/dev/null 2>&1 &
	pids="$pids $!"
done
plug -o -S "$dir/log" "$dir/src" 127.0.0.2:7001 127.0.0.3:7001
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	(echo hello; sleep 4) | socat - "UNIX:$dir/src" >"$dir/out.$i" \
	    2>/dev/null &
	pids="$pids $!"
	sleep 0.1
done
sleep 2
[ "$(cat "$dir"/out.* | grep -c hello)" = 8 ]
verdict $? "with no local port to one target the next one is tried"
[ "$(count 'connect: ' "$said")" = 1 ]
verdict $? "one line tells of it, not one a session"
[ "$(count 'it had lived' "$said")" = 0 ]
verdict $? "no target is blamed"
stop
[ "$(count ' 127.0.0.2:7001 6 6 ' "$dir/log")" = 4 ] &&
    [ "$(count ' 127.0.0.3:7001 6 6 ' "$dir/log")" = 4 ]
verdict $? "each target has as many sessions as there are ports"

closing
