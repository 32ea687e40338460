#!/bin/sh
# ports.sh DIR: what happens when there are few local ports, in a network
# namespace of its own: a connect that meets itself, and targets for which no
# port is left.  DIR is an existing directory.  A missing tool is named, and
# what it would test counts as skipped.  Ends with "N passed, N failed, N
# skipped".

cd "$(dirname "$0")/.." || exit 1
[ -n "${ENDS-}" ] || exec sh test/ends.sh test/ports.sh "$@"
PATH=$PATH:/usr/sbin:/sbin
CC=${CC:-cc}
passed=0 failed=0 skipped=0

for tool in unshare ip socat; do
	if ! command -v $tool >/dev/null 2>&1; then
		echo "skip ports: $tool: not found"
		skipped=$((skipped + 1))
	fi
done
if [ "$2" != inside ]; then
	if [ $skipped = 0 ] && ! unshare -n true 2>/dev/null; then
		echo "skip ports: no network namespace of our own here"
		skipped=1
	fi
	if [ $skipped != 0 ]; then
		echo "0 passed, 0 failed, $skipped skipped"
		exit 0
	fi
	exec unshare -n sh test/ports.sh "$1" inside
fi

dir=$1/ports.$$
mkdir "$dir" || exit 1
dir=$(cd "$dir" && pwd)
running=
finish() {
	for pid in $running; do
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$dir"
}
trap finish 0
trap 'exit 1' 1 2 15

# verdict STATUS TEXT: what plug said if it failed.
verdict() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok   ports: $2"
	else
		failed=$((failed + 1))
		echo "FAIL ports: $2"
		tail -n 12 "$dir/said"
	fi
}

# plug WORDS ...: one in the foreground, on the path src; its pid in $plug.
plug() {
	rm -f "$dir/src"
	"$dir/plug" -n "$@" 2>"$dir/said" &
	plug=$!
	running="$running $plug"
	tries=0
	while [ ! -S "$dir/src" ] && [ $tries -lt 200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
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
	echo "skip ports: the kernel lets no range of ports be set"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
if ! "$CC" -O1 -o "$dir/plug" plug.c 2>"$dir/said" ||
    ! "$CC" -O1 -o "$dir/peer" test/peer.c 2>>"$dir/said"; then
	verdict 1 "build"
	echo "$passed passed, $failed failed, $skipped skipped"
	exit 1
fi

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
running="$running $server"
sleep 0.5
said=$( (echo back; sleep 1) | timeout 5 socat - "UNIX:$dir/src" 2>/dev/null)
[ "$said" = back ]
verdict $? "the server gets its port back from plug at once"
stop

# Four ports, four sessions to one target; the fifth is for the next one.
# They are others than before: what is bound is passed by.
echo 41000 41003 >/proc/sys/net/ipv4/ip_local_port_range
for n in 2 3; do
	"$dir/peer" 127.0.0.$n:7001 echo >/dev/null 2>&1 &
	running="$running $!"
done
plug -o -S "$dir/log" "$dir/src" 127.0.0.2:7001 127.0.0.3:7001
i=0
while [ $i -lt 12 ]; do
	i=$((i + 1))
	(echo hello; sleep 4) | socat - "UNIX:$dir/src" >"$dir/out.$i" \
	    2>/dev/null &
	running="$running $!"
	sleep 0.1
done
sleep 2
[ "$(cat "$dir"/out.* | grep -c hello)" = 8 ]
verdict $? "with no local port to one target the next one is tried"
[ "$(count 'connect: ' "$dir/said")" = 1 ]
verdict $? "one line tells of it, not one a session"
[ "$(count 'it had lived' "$dir/said")" = 0 ]
verdict $? "no target is blamed"
stop
[ "$(count ' 127.0.0.2:7001 6 6 ' "$dir/log")" = 4 ] &&
    [ "$(count ' 127.0.0.3:7001 6 6 ' "$dir/log")" = 4 ]
verdict $? "each target has as many sessions as there are ports"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
