#!/bin/sh
# ha.sh DIR: two machines with a plug each behind one address, by the real
# keepalived with contrib/keepalived.conf.  The machines are network
# namespaces of this run's own, on a bridge in a third one, where clients and
# web servers are.  A plug that is killed, one that is stopped and a machine
# that is cut off lose the address to the other; -b hash keeps each client at
# its server.  DIR is an existing directory.  Needs root; a missing tool is
# named, and all counts as skipped.  Ends with
# "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
net=ha$$.net
shared=10.0.0.10		# the address that moves
clients=10.0.0.101		# the first of them
nclient=16
nginx='' client='' plug1='' plug2='' keeper1='' keeper2=''

cleanup() {
	# shellcheck disable=SC2086
	end $client $keeper1 $keeper2 $plug1 $plug2 $nginx
	for name in "$net" "ha$$.1" "ha$$.2"; do
		ip netns del "$name" 2>/dev/null
	done
}

# Machine N is 10.0.0.N; 10.0.0.9 is the bridge, 10.0.0.11 and on are servers.
network() {
	ip netns add "$net" && ip -n "$net" link add lan type bridge &&
	    ip -n "$net" link set lo up && ip -n "$net" link set lan up &&
	    ip -n "$net" addr add 10.0.0.9/24 dev lan || return 1
	for i in 1 2; do
		ip netns add "ha$$.$i" &&
		    ip -n "ha$$.$i" link set lo up &&
		    ip -n "$net" link add "to$i" type veth peer name eth0 \
		    netns "ha$$.$i" &&
		    ip -n "$net" link set "to$i" master lan &&
		    ip -n "$net" link set "to$i" up &&
		    ip -n "ha$$.$i" addr add "10.0.0.$i/24" dev eth0 &&
		    ip -n "ha$$.$i" link set eth0 up || return 1
	done
	i=0
	while [ $i -lt $nclient ]; do
		ip -n "$net" addr add "${clients%.*}.$((${clients##*.} + i))/24" \
		    dev lan || return 1
		i=$((i + 1))
	done
	for i in 11 12 13 14; do
		ip -n "$net" addr add "10.0.0.$i/24" dev lan || return 1
	done
}

start_nginx() {
	mkdir "$dir/nginx"
	{
		nginx_head "$dir/nginx" 1 1024
		for i in 11 12 13 14; do
			printf 'server { listen 10.0.0.%s:80;
			    location / { return 200 "s%s\\n"; } }\n' $i $i
		done
		echo '}'
	} >"$dir/nginx/conf"
	ip netns exec "$net" nginx -p "$dir/nginx" -e "$dir/nginx/error.log" \
	    -c "$dir/nginx/conf" >"$dir/nginx/out" 2>&1 </dev/null &
	nginx=$!
}

# start_plug N: the machines know the servers in different orders.
start_plug() {
	set -- "$1" 10.0.0.11 10.0.0.12 10.0.0.13 10.0.0.14
	[ "$1" = 1 ] || set -- "$1" 10.0.0.13 10.0.0.11 10.0.0.14 10.0.0.12
	machine=$1
	shift
	rm -f "$dir/plug$machine.pid"
	ip netns exec "ha$$.$machine" "$dir/plug" -n -b hash -H 2 \
	    -s 127.0.0.1:8081 -P "$dir/plug$machine.pid" 80 "$@" >>"$dir/plug$machine.out" 2>&1 \
	    </dev/null &
	eval "plug$machine=\$!"
	until_true 20 test -s "$dir/plug$machine.pid"
}

# start_keeper N PRIORITY WORD: with our names in the file of contrib/, and
# without the script that has this word.
start_keeper() {
	sed "s|192[.]0[.]2[.]10|$shared|; s|priority 200|priority $2|
	    s|^#	script|	script|; /script .*$3/d
	    s|/usr/bin/curl|$(command -v curl)|
	    s|/var/run/plug[.]pid|$dir/plug$1.pid|" contrib/keepalived.conf \
	    >"$dir/keeper$1.conf"
	ip netns exec "ha$$.$1" keepalived -n -l -P -f "$dir/keeper$1.conf" \
	    -p "$dir/keeper$1.pid" -r "$dir/vrrp$1.pid" \
	    >"$dir/keeper$1.out" 2>&1 </dev/null &
	eval "keeper$1=\$!"
}

# holds N: this machine has the address.
holds() {
	ip -n "ha$$.$1" addr show dev eth0 | grep " $shared/" >/dev/null
}

# moves WHAT N MOST COMMAND ...: under load the command gives the address to
# machine N; clients are without an answer for at most so many milliseconds.
moves() {
	what=$1 to=$2 most=$3
	shift 3
	ip netns exec "$net" "$dir/client" "$shared:80" $((most / 1000 + 4)) 32 \
	    20 400 $clients $nclient >"$dir/account.$to" 2>&1 </dev/null &
	client=$!
	sleep 2
	"$@"
	wait "$client"
	client=
	gap=$(sed -n 's/^total [0-9]* [0-9]* //p' "$dir/account.$to")
	echo "     ha: $what: ${gap:-no account} ms without an answer"
	cat "$dir/keeper$to.out" >>"$dir/account.$to"
	holds "$to" && [ "${gap:-999999}" -le "$most" ] &&
	    [ "$(grep -c '^served' "$dir/account.$to")" -ge $nclient ]
	verdict $? "$what: the address does not move within $most ms" \
	    "$dir/account.$to"
	cat "$dir/account.$to" >>"$dir/accounts"
}

kill_plug() {
	eval "set -- $1 \$plug$1"
	kill -9 "$2"
	wait "$2" 2>/dev/null
	eval "plug$1="
}

stop_plug() {
	eval "kill -STOP \$plug$1"
}

cut_off() {
	ip -n "$net" link set "to$1" down
}

need ip nginx keepalived curl "$CC"
network >"$said" 2>&1 || give_up "no network namespaces: $(cat "$said")"
build plug plug.c && build client test/storm.c || stop_here
start_nginx
start_plug 1
start_plug 2
start_keeper 1 200 metrics
until_true 20 holds 1
verdict $? "the first machine does not take the address" \
    "$dir/keeper1.out"
start_keeper 2 190 kill
sleep 2
moves "a plug is killed" 2 3000 kill_plug 1
start_plug 1
sleep 4
holds 2
verdict $? "a plug that is back takes the address from the other" \
    "$dir/keeper1.out"
moves "the other one is stopped" 1 4000 stop_plug 2
kill -CONT "$plug2"
sleep 4
moves "a machine is cut off" 2 5000 cut_off 1
awk '$1 == "served" && server[$2] != $3 {
	n++
	if (server[$2] != "") wrong = 1
	server[$2] = $3
	if (!by[$3]++) servers++
    }
    END { exit !(n == '$nclient' && !wrong && servers > 1) }' "$dir/accounts"
verdict $? "a client comes back to another server" "$dir/accounts"
# (the one that was cut off has lost its servers)
cat "$dir/plug1.out" "$dir/plug2.out" |
    grep -v 'No route to host\|timed out' >"$said"
[ ! -s "$said" ]
verdict $? "a plug says something unusual" "$said"
closing
