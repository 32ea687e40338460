#!/bin/sh
# names.sh DIR: a HAVE_NAMES build and a real name server, dnsmasq, in network
# and mount namespaces of their own.  DIR is an existing directory.  A missing
# tool is named, and what it would test counts as skipped.  Ends with
# "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
need unshare ip dnsmasq socat
apart -mn "$@"
folder "$1"

# strict NAME FLAGS ...: a build without a warning.
strict() {
	program=$1
	shift
	silent "$program builds" "$CC" -std=c89 -pedantic -Wall -Wextra -O2 "$@" \
	    -o "$dir/$program" plug.c || stop_here
}

strict plug -DHAVE_NAMES=1 -DDNSWAIT=2 -DDNSRETRY=1
strict plug-old -DHAVE_NAMES=1 -DDNSWAIT=2 -DDNSRETRY=1 -DOLD_NETDB
strict plug-none
program=

# our own network, our own resolv.conf
ip link set lo up || exit 1
echo "nameserver 127.0.0.1" >"$dir/resolv.conf"
echo "hosts: dns" >"$dir/nsswitch.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf || exit 1
mount --bind "$dir/nsswitch.conf" /etc/nsswitch.conf || exit 1

# names LINE ...: the server's names from now on, as in hosts(5).
names() {
	printf '%s\n' "$@" >"$dir/hosts"
	[ -z "$server" ] || kill -HUP "$server"
}

server=
names '127.0.0.2 app.test'
dnsmasq -k -C /dev/null --no-resolv --no-hosts --pid-file= --user=root \
    --listen-address=127.0.0.1 --bind-interfaces --local=/test/ \
    --local-ttl=0 --addn-hosts="$dir/hosts" >"$dir/dnsmasq.out" 2>&1 &
server=$!
pids=$server
# (a HUP before it knows what that means would end it)
until_true 10 grep ':0035 ' /proc/net/udp

# Each target says who it is.
for n in 2 3; do
	socat TCP-LISTEN:7000,bind=127.0.0.$n,reuseaddr,fork SYSTEM:"echo i am $n; cat" &
	pids="$pids $!"
done
socat TCP6-LISTEN:7000,bind=::1,ipv6only=1,reuseaddr,fork SYSTEM:'echo i am six; cat' &
pids="$pids $!"

# ask PORT [ADDR]: what the target behind plug says.
ask() {
	timeout 5 socat -t 2 - "TCP:${2:-127.0.0.1}:$1" </dev/null 2>/dev/null
}

says() {
	[ "$(ask "$1")" = "$2" ]
}

# comes PORT ANSWER: within 30 seconds.
comes() {
	until_true 30 says "$@"
}

# start ARGUMENTS ...: plug in the background; stop ends it.
start() {
	program=${program:-plug}
	timeout 20 "$dir/$program" -P "$dir/pid" "$@" 2>"$said" || return 1
	[ -s "$dir/pid" ]
}

stop() {
	[ -s "$dir/pid" ] || return
	read -r pid <"$dir/pid"
	kill -INT "$pid"
	until_true 5 test ! -e "$dir/pid"
}

answer() {
	[ -n "$(ask 7000 127.0.0.2)" ] && [ -n "$(ask 7000 127.0.0.3)" ]
}

until_true 30 answer

for mode in '' -F '-w 2'; do
	names '127.0.0.2 app.test'
	sleep 0.2
	# shellcheck disable=SC2086
	start $mode -r 1 8000 app.test:7000 && [ "$(ask 8000)" = 'i am 2' ]
	verdict $? "$mode: a name is not looked up before the first client"
	(sleep 3; echo said late) | timeout 9 socat -t 3 - TCP:127.0.0.1:8000 >"$dir/session" &
	session=$!
	sleep 0.3
	names '127.0.0.3 app.test'
	sleep 0.3
	[ "$(ask 8000)" = 'i am 2' ]
	verdict $? "$mode: a name is looked up for each client"
	kill -HUP "$(sed -n 1p "$dir/pid")"
	comes 8000 'i am 3'
	verdict $? "$mode: HUP does not look names up"
	wait $session
	printf 'i am 2\nsaid late\n' | cmp -s - "$dir/session"
	verdict $? "$mode: a session suffers from a new address"
	stop
done

names '127.0.0.2 app.test'
sleep 0.2
start -D 1 8000 app.test:7000
names '127.0.0.3 app.test'
comes 8000 'i am 3'
verdict $? "-D does not look names up again"
names '127.0.0.2 other.test'
sleep 2.5
[ "$(ask 8000)" = 'i am 3' ]
verdict $? "a name that has gone loses the address that it had"
names '127.0.0.3 app.test' '127.0.0.2 app.test'
sleep 2.5
[ "$(ask 8000)" = 'i am 3' ]
verdict $? "an address that the name still has is given up"
stop

names '127.0.0.2 app.test'
sleep 0.2
start -D 0 8000 app.test:7000
names '127.0.0.3 app.test'
read -r pid <"$dir/pid"
prlimit --pid "$pid" --nofile=3:
kill -HUP "$pid"
sleep 0.5
prlimit --pid "$pid" --nofile=1024:
comes 8000 'i am 3'
verdict $? "a look-up that found no descriptor is forgotten"
stop

names '127.0.0.2 other.test'
sleep 0.2
start 8000 app.test:7000
verdict $? "a name without an address at boot is fatal"
[ -z "$(ask 8000)" ]
verdict $? "a client without a target gets something"
names '127.0.0.2 app.test'
comes 8000 'i am 2'
verdict $? "a name without an address at boot is not looked up again"
stop

names '127.0.0.2 app.test'
sleep 0.2
start 8000 nowhere.test:7000 app.test:7000 && [ "$(ask 8000)" = 'i am 2' ]
verdict $? "a name without an address costs a client something"
stop

names '127.0.0.1 app.test'
sleep 0.2
start 8000 app.test
[ -z "$(ask 8000)" ]
verdict $? "a name that is plug itself eats sessions"
stop

names '::1 app.test'
sleep 0.2
start 8000 app.test:7000 && [ "$(ask 8000)" = 'i am six' ]
verdict $? "a name with an IPv6 address alone is not reached"
stop
names '::1 app.test' '127.0.0.2 app.test'
sleep 0.2
start -p 127.0.0.9 8000 app.test:7000 && [ "$(ask 8000)" = 'i am 2' ]
verdict $? "with -p an address of the wrong family is taken"
stop
program=plug-old start 8000 app.test:7000 && [ "$(ask 8000)" = 'i am 2' ]
verdict $? "gethostbyname() finds nothing"
stop

# the name server stands still: nobody else does
names '127.0.0.2 app.test'
sleep 0.2
start -D 1 8000 app.test:7000
kill -STOP $server
tries=0
began=$(date +%s)
while [ $tries -lt 20 ]; do
	tries=$((tries + 1))
	[ "$(ask 8000)" = 'i am 2' ] || break
	sleep 0.1
done
[ $tries = 20 ] && [ $(($(date +%s) - began)) -lt 15 ]
verdict $? "a stopped name server delays clients"
stop
[ ! -e "$dir/pid" ] && ! pgrep -f "^$dir/plug" >/dev/null
verdict $? "a look-up outlives plug"
began=$(date +%s)
start 8000 app.test:7000 127.0.0.3:7000 &&
    [ $(($(date +%s) - began)) -lt 10 ] && [ "$(ask 8000)" = 'i am 3' ]
verdict $? "a stopped name server delays the start"
stop
kill -CONT $server

socat TCP-LISTEN:8001,reuseaddr,fork EXEC:"$dir/plug -I app.test\:7000",nofork &
pids="$pids $!"
comes 8001 'i am 2'
verdict $? "-I does not wait for names"

"$dir/plug-none" -E 8000 app.test:7000 2>"$said"
[ $? = 5 ] && grep -q "names need .*: 'app.test:7000'" "$said"
verdict $? "a build without HAVE_NAMES takes a name"
"$dir/plug" -E 8000 1.2.3:7000 2>"$said"
[ $? = 5 ]
verdict $? "half an address is taken for a name"
"$dir/plug" -? >"$dir/usage" && awk -f test/names.awk "$dir/usage" plug.1 README.md >"$said"
verdict $? "usage, plug.1 and README name the same options"
closing
