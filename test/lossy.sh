#!/bin/sh
# lossy.sh DIR: transfers over a line that delays, loses, doubles and reorders
# packets: test/tun.c, between two network namespaces of this run's own.  The
# plug is at one side of it, now the client's, now the target's.  DIR is an
# existing directory.  A missing tool is named, and all counts as skipped.
# SEED is the line's.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
need unshare nsenter ip socat
[ -c /dev/net/tun ] || give_up "no /dev/net/tun"
apart -n "$@"
folder "$1"

# behind SIDE COMMAND ...: in the background, on this side of the line (near)
# or on the other (far); its pid in $last.
behind() {
	enter=
	[ "$1" = near ] || enter="nsenter -t $tun -n"
	shift
	# shellcheck disable=SC2086
	$enter "$@" >>"$said" 2>&1 </dev/null &
	last=$!
	pids="$pids $last"
}

# listens PID PORT: somebody does, in the namespace of that process.
listens() {
	grep -i "$(printf ':%04X 00000000:0000 0A' "$2")" "/proc/$1/net/tcp"
}

# serve: on the other side an echo, one that answers behind the client's end,
# and one that sends first, ends, and then counts what comes.
serve() {
	behind far "$dir/peer" -L 100 0.0.0.0:7001 echo
	behind far "$dir/peer" -L 100 0.0.0.0:7002 half
	nsenter -t "$tun" -n "$dir/peer" -L 100 -s 5 0.0.0.0:7003 source 200000 \
	    >"$dir/taken" 2>>"$said" </dev/null &
	last=$!
	pids="$pids $last"
	for port in 1 2 3; do
		until_true 20 listens "$last" $((7000 + port)) || return 1
	done
}

# ask PORT FILE WAIT WORD ...: sends the file after so many seconds, on
# standard output what comes back; the words are before socat.
ask() {
	to=$1 file=$2 wait=$3
	shift 3
	(sleep "$wait"; cat "$file") |
	    timeout 60 "$@" socat -t 60 - "TCP:$to" 2>>"$said"
}

# plug SIDE FIRST TO WORDS ...: three ports behind FIRST, for those of TO.
plug() {
	for port in 1 2 3; do
		echo "0.0.0.0:$(($2 + port)) $3:$((7000 + port))"
	done >"$dir/conf.$2"
	side=$1 first=$2
	shift 3
	behind "$side" "$dir/plug" -n -g 0 "$@" -c "$dir/conf.$first"
	for port in 1 2 3; do
		until_true 20 listens "$last" $((first + port)) || return 1
	done
}

# transfer ADDR FIRST: through these three ports; what comes is in got.*.
transfer() {
	ask "$1:$(($2 + 1))" "$dir/big" 0 >"$dir/got.$2.1.$round" &
	clients="$clients $!"
	ask "$1:$(($2 + 2))" "$dir/big" 0 >"$dir/got.$2.2.$round" &
	clients="$clients $!"
	ask "$1:$(($2 + 3))" "$dir/small" 2 >"$dir/got.$2.3.$round" &
	clients="$clients $!"
}

# came FIRST: all of what these ports were asked for.
came() {
	for round in $rounds; do
		for port in 1 2 3; do
			cmp "$dir/want.$port" "$dir/got.$1.$port.$round" >>"$said" 2>&1 ||
			    return 1
		done
	done
}

# alone PORT WORDS ...: a plug on this side for one port.
alone() {
	port=$1
	shift
	behind near "$dir/plug" -n -g 0 -S "$dir/log.$port" "$port" "$@"
	until_true 20 listens "$last" "$port"
}

# talk PORT: a line there and back through a plug on this side.
talk() {
	echo hello >"$dir/hello"
	[ "$(ask "127.0.0.1:$1" "$dir/hello" 0)" = hello ]
}

# trickle ADDR SIDE: a byte every half second for eight seconds, and as many
# back.
trickle() {
	i=0
	while [ $i -lt 16 ]; do
		i=$((i + 1))
		printf x
		sleep 0.5
	done | timeout 60 socat -t 30 - "TCP:$1" 2>>"$said" >"$dir/trickle.$2"
}

# lasts LEAST MOST COMMAND ...: so many seconds, whatever it returns.
lasts() {
	least=$1 most=$2
	shift 2
	began=$(date +%s)
	"$@"
	took=$(($(date +%s) - began))
	echo "took $took s: $*" >>"$said"
	[ $took -ge "$least" ] && [ $took -le "$most" ]
}

# quiet PORT: a client that says nothing and stays, for 40 seconds at most.
quiet() {
	timeout 40 socat - "TCP:127.0.0.1:$1" <&8 >>"$said" 2>&1
}

# The line is cut when a connect begins, and mended before -C: the connect is
# tried again by the kernel.
cut_connect() {
	kill -USR1 "$tun"
	(sleep 2.3; kill -USR2 "$tun") &
	talk 7142 && [ "$(grep -c 10.9 "$dir/log.7142")" = 1 ] &&
	    ! grep '7142.*it had lived' "$said"
}

# The line is cut for good: three plugs keep their deadlines.  The client of
# one sends all the time, and is reset.
cut_all() {
	quiet 7143 &
	idle=$!
	socat -u /dev/zero TCP:127.0.0.1:7144,linger=0 2>>"$said" &
	writer=$!
	pids="$pids $writer"
	sleep 2
	kill -USR1 "$tun"
	sleep 1
	kill "$writer"
	verdict $? "a client who sends all the time has ended"
	lasts 2 20 quiet 7145
	verdict $? "-C does not end a connect that nobody answers"
	lasts 0 20 wait "$idle"
	verdict $? "-T does not end a session behind a line that is cut"
	until_true 20 grep 127.0.0.1 "$dir/log.7144"
	verdict $? "a client's reset keeps the place of one whose line is cut"
}

build plug -DLINGERSECS=5 plug.c && build peer test/peer.c || stop_here
$CC -O2 -o "$dir/tun" test/tun.c 2>/dev/null || give_up "no tun device to build for"
"$dir/tun" -d 10 -j 8 -l 20 -u 15 -r 20 -s "${SEED:-12}" >"$dir/line" 2>&1 &
tun=$!
pids=$tun
until_true 5 grep ready "$dir/line" || give_up "no line: $(cat "$dir/line")"
far="nsenter -t $tun -n ip"
if ! {
	ip link set lo up && $far link set lo up &&
	    ip addr add 10.9.0.1/24 dev line && ip link set line up &&
	    $far addr add 10.9.0.2/24 dev line && $far link set line up
    } >"$said" 2>&1; then
	give_up "no addresses: $(cat "$said")"
fi

# What is sent, and what comes back without a plug and a line.
awk 'BEGIN { srand(3); for (i = 0; i < 24000; i++) print rand() * 1e9 }' >"$dir/big"
head -c 70000 "$dir/big" >"$dir/small"
serve
for port in 1 2 3; do
	file=$dir/big
	[ $port != 3 ] || file=$dir/small
	ask "127.0.0.1:700$port" "$file" 0 nsenter -t "$tun" -n >"$dir/want.$port"
done
cmp "$dir/big" "$dir/want.1" && [ "$(wc -c <"$dir/want.3")" = 200000 ] &&
    [ -s "$dir/want.2" ] &&
    plug near 7100 10.9.0.2 && plug near 7110 10.9.0.2 -F &&
    plug near 7120 10.9.0.2 -w 2 && plug far 7200 127.0.0.1 &&
    plug far 7210 127.0.0.1 -F && plug far 7220 127.0.0.1 -w 2 &&
    plug near 7130 10.9.0.2 -T 5 && plug far 7230 127.0.0.1 -T 5 &&
    alone 7141 -o -C 3 10.9.0.66:7001 10.9.0.2:7001 &&
    alone 7142 -C 25 10.9.0.2:7001 && alone 7143 -T 4 10.9.0.2:7001 &&
    alone 7144 10.9.0.2:7002 && alone 7145 -C 3 10.9.0.2:7001
verdict $? "servers and plugs do not start"
clients=
rounds='1 2'
for round in $rounds; do
	for first in 7100 7110 7120; do
		transfer 127.0.0.1 $first
	done
	for first in 7200 7210 7220; do
		transfer 10.9.0.2 $first
	done
done
trickle 127.0.0.1:7131 near &
clients="$clients $!"
trickle 10.9.0.2:7231 far &
clients="$clients $!"
lasts 2 20 talk 7141 && grep ' 10.9.0.2:7001 6 6 ' "$dir/log.7141" >/dev/null
verdict $? "a target that does not answer is not left after -C"
# shellcheck disable=SC2086
wait $clients
for mode in 0:single 1:-F 2:-w; do
	came 71${mode%:*}0
	verdict $? "through a plug before the line, ${mode#*:}, bytes change"
	came 72${mode%:*}0
	verdict $? "through a plug behind the line, ${mode#*:}, bytes change"
done
[ "$(sort "$dir/taken" | uniq -c | grep -c ' 13 sink 70000 ')" = 1 ]
verdict $? "a target that has ended does not get the client's bytes" "$dir/taken"
for side in near far; do
	[ "$(cat "$dir/trickle.$side")" = xxxxxxxxxxxxxxxx ]
	verdict $? "-T ends a session that lives: the plug is $side"
done
mkfifo "$dir/fifo"
exec 8<>"$dir/fifo"
cut_connect
verdict $? "a connect that is slow, but within -C, fails"
cut_all
kill "$tun"
until_true 5 grep passed "$dir/line"
echo "     lossy: $(sed -n '$p' "$dir/line")"
grep -v ' 0 ' "$dir/line" | grep passed >/dev/null
verdict $? "the line is a good one" "$dir/line"
closing
