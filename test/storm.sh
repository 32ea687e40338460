#!/bin/sh
# storm.sh DIR [full | compare] [secs=N] [at=N] [words=...]: four nginx behind
# plug, under load, are killed, cut off, stopped and restarted one after
# another; no request may fail but those that were on the one that went, and
# those sent to a stopped one before its second failed probe.
#
# Without a word: some of the ways to balance and to run, 46 seconds each.
# full: every -b with and without -f in every process mode, 3 minutes each.
# compare: plug, haproxy and pen at the same job, 3 minutes each; failures are
# only counted.  secs= is another time for each, at= how many run at once,
# words= is one combination alone, as in words='-b hash -F'.
#
# Each combination has two network namespaces of its own, one for plug and
# its clients, one for the servers.  Beside wrk's load storm.c keeps account of
# each request, which is then compared with what happened when.  DIR is an
# existing directory.  Needs root; a missing tool is named, and all counts as
# skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
into=$1
shift
what=short secs='' parallel=3 only=''
for word in "$@"; do
	case $word in
	full | compare) what=$word parallel=6 ;;
	secs=*) secs=${word#*=} ;;
	at=*) parallel=${word#*=} ;;
	words=*) what=one only=${word#*=} ;;
	*)
		echo "storm.sh: $word?" >&2
		exit 5
		;;
	esac
done
[ -n "$secs" ] || case $what in
full | compare) secs=180 ;;
*) secs=46 ;;
esac

serve=127.0.0.1:80		# where plug listens, in its namespace
page=127.0.0.1:81		# its status page
clients=127.1.0.1		# whence storm comes, and the 15 behind
nclient=16
slots=16			# storm's requests at once
padding=$(printf '%02500d' 0)	# behind the name, of what is slow
loads=4				# each wrk's
pace=25				# milliseconds between two of a slot
patience=6000			# a request has failed after so many
probed=8000			# the second failed probe has come by then
holds='kill=4 hole=7 stop=9 restart=3'	# seconds that each kind of end lasts
calm=4				# between two events: who is back is taken back

folder "$into"

# A process of ours that has ended, whether somebody has waited for it or not.
gone() {
	case $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null) in
	'' | Z) return 0 ;;
	esac
	return 1
}

#
# One combination, in a subshell of its own: $dir, $front and $back are its.
#
finish() {
	trap '' 1 2 15
	ip netns del "$front" 2>/dev/null
	ip netns del "$back" 2>/dev/null
	# shellcheck disable=SC2086
	set -- $wrks $storm $plug $server1 $server2 $server3 $server4 $stamp
	for pid in "$@"; do
		kill -CONT "$pid" 2>/dev/null
		kill "$pid" 2>/dev/null
	done
	for pid in "$@"; do
		until_true 15 gone "$pid" || kill -9 "$pid" 2>/dev/null
	done
}

inside() {
	ip netns exec "$@"
}

# Two namespaces and a wire; @gone holds the addresses that have none.
network() {
	ip netns add "$front" && ip netns add "$back" &&
	    ip -n "$front" link add servers type veth peer name plug \
	    netns "$back" &&
	    ip -n "$front" addr add 10.0.0.1/24 dev servers &&
	    ip -n "$front" link set lo up &&
	    ip -n "$front" link set servers up &&
	    ip -n "$back" link set plug up || return 1
	for i in 1 2 3 4; do
		ip -n "$back" addr add "10.0.0.1$i/24" dev plug || return 1
	done
	inside "$back" nft -f - <<END
table inet storm {
	set gone { type ipv4_addr; }
	chain in {
		type filter hook input priority 0;
		ip daddr @gone drop
	}
	chain out {
		type filter hook output priority 0;
		ip saddr @gone drop
	}
}
END
}

# server_start N: /slow takes it a second.
server_start() {
	mkdir -p "$dir/s$1"
	cat >"$dir/s$1/conf" <<END
user root;
daemon off;
worker_processes 1;
worker_shutdown_timeout 5s;
pid $dir/s$1/pid;
error_log $dir/s$1/error.log;
events { worker_connections 1024; }
http {
	log_format counted '\$pid-\$connection \$request_method';
	access_log $dir/s$1/log counted;
	client_body_temp_path $dir/s$1/body;
	proxy_temp_path $dir/s$1/proxy;
	fastcgi_temp_path $dir/s$1/fastcgi;
	uwsgi_temp_path $dir/s$1/uwsgi;
	scgi_temp_path $dir/s$1/scgi;
	keepalive_requests 1000000;
	server {
		listen 10.0.0.1$1:80;
		location / { return 200 "s$1\n"; }
		location /slow {
			limit_rate 2000;
			return 200 "s$1\n$padding";
		}
	}
}
END
	ip netns exec "$back" nginx -p "$dir/s$1" -e "$dir/s$1/error.log" \
	    -c "$dir/s$1/conf" >>"$dir/s$1/out" 2>&1 </dev/null &
	eval "server$1=\$!"
}

# server_pids N: its master and its worker.
server_pids() {
	eval "set -- \$server$1"
	echo "$1" "$(pgrep -P "$1")"
}

# server_go SIGNAL N: it is sent this, and has ended.
server_go() {
	# shellcheck disable=SC2046
	set -- "$1" "$2" $(server_pids "$2")
	if [ "$1" = KILL ]; then
		kill -KILL "$3" "${4:-$3}"
	else
		kill "-$1" "$3"
	fi
	wait "$3" 2>/dev/null
	eval "server$2="
	until_true 15 gone "${4:-$3}"
}

# The lines of standard input with the time when they came.
stamped() {
	while IFS= read -r line; do
		echo "$(milliseconds) $line"
	done
}

# start_plug WORD ...: what stands before the servers, with its errors stamped.
start_plug() {
	mkfifo "$dir/err"
	stamped <"$dir/err" >"$dir/log" &
	stamp=$!
	ip netns exec "$front" "$@" 2>"$dir/err" >"$dir/out" </dev/null &
	plug=$!
}

# (HEAD, that such requests are told from the storm's)
asks() {
	inside "$front" curl -s -f -I -m 2 --noproxy '*' -o /dev/null "http://$1/"
}

start_proxy() {
	probe=',send=HEAD / HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200'
	case $proxy in
	plug)
		# shellcheck disable=SC2086
		start_plug "$folder/plug" -n -g 20 -H 1 -C 1 -P "$dir/pid" \
		    -s "$page" -S "$dir/sessions" $words "$serve" "10.0.0.11:80$probe" \
		    "10.0.0.12:80$probe" "10.0.0.13:80$probe" \
		    "10.0.0.14:80$probe"
		;;
	haproxy)
		sticks=
		case $words in
		*stick) sticks='stick-table type ip size 10k expire 1h
	stick on src' ;;
		esac
		cat >"$dir/haproxy.conf" <<END
global
	maxconn 4000
defaults
	mode tcp
	timeout connect 1s
	timeout client 60s
	timeout server 60s
	timeout check 1s
	retries 3
	option redispatch 1
listen storm
	bind $serve
	balance ${words% stick}
	$sticks
	option httpchk HEAD /
	default-server check inter 1s fall 2 rise 2 observe layer4 error-limit 1 on-error mark-down
	server s1 10.0.0.11:80
	server s2 10.0.0.12:80
	server s3 10.0.0.13:80
	server s4 10.0.0.14:80
END
		start_plug haproxy -db -f "$dir/haproxy.conf"
		;;
	pen)
		# -t 1: a second to connect; -b 2: a dead one is left alone so long
		# shellcheck disable=SC2086
		start_plug pen -f -t 1 -b 2 $words "$serve" 10.0.0.11:80 \
		    10.0.0.12:80 10.0.0.13:80 10.0.0.14:80
		;;
	esac
}

# start_wrk NAME [HEADER]: load beside the account.
start_wrk() {
	kind=$1
	shift
	ip netns exec "$front" wrk -t 1 -c "$loads" -d "$((secs + 2))s" \
	    --timeout 60s -s "$folder/pace.lua" "$@" "http://$serve/" \
	    >"$dir/wrk.$kind" 2>&1 </dev/null &
	wrks="$wrks $!"
}

# told NAME N: what plug's status page has for server N.
told() {
	inside "$front" curl -s -m 2 --noproxy '*' "http://$page/metrics" |
	    sed -n "s/^plug_target_$1{.*\"10[.]0[.]0[.]1$2:80\"} //p"
}

is_up() {
	[ "$(told up "$1")" = "$2" ]
}

# page_has N UP: in time; else a line for whom reads the events.
page_has() {
	[ "$proxy" != plug ] || until_true 15 is_up "$1" "$2" ||
	    echo "page s$1 $2 $(told up "$1")" >>"$dir/events"
}

# event KIND N: it happens to server N, lasts, and is over.  A line for each:
# event KIND SERVER begin done over.
event() {
	begin=$(milliseconds)
	case $1 in
	kill) server_go KILL "$2" ;;
	restart) server_go QUIT "$2" ;;
	hole) inside "$back" nft add element inet storm gone "{ 10.0.0.1$2 }" ;;
	stop)
		# shellcheck disable=SC2046
		kill -STOP $(server_pids "$2")
		;;
	esac
	gone=$(milliseconds)
	[ "$1" != restart ] || server_start "$2"
	sleep "$hold"
	[ "$1" = restart ] || page_has "$2" 0
	over=$(milliseconds)
	case $1 in
	kill) server_start "$2" ;;
	hole) inside "$back" nft delete element inet storm gone "{ 10.0.0.1$2 }" ;;
	stop)
		# shellcheck disable=SC2046
		kill -CONT $(server_pids "$2")
		;;
	esac
	echo "event $1 s$2 $begin $gone $over" >>"$dir/events"
	sleep $calm
	page_has "$2" 1
}

# Until the time is up: kinds and servers in turn, each kind for each server.
# With -b first nearly all clients are at the first one, with -f at the one
# that they went to last, and there the events are.
events() {
	e=0
	end=$(($(milliseconds) + secs * 1000))
	while
		n=$((e % 4 + 1))
		case $words in
		*first*-f*) n=$((e % 2 + 1)) ;;
		*first*) n=$((e % 5 < 4 ? 1 : e / 5 % 3 + 2)) ;;
		esac
		# shellcheck disable=SC2086
		set -- $holds
		shift $(((e + e / 4) % 4))
		hold=${1#*=}
		[ $(($(milliseconds) + 1000 * (hold + calm))) -lt $end ]
	do
		event "${1%=*}" $n
		e=$((e + 1))
	done
	wait "$storm"
	storm=
}

# judge: of log, events and storm's account, how it was, one word a line.
# A failure is allowed when its connection began before a server had gone, or
# before a stopped one's second failed probe was logged, and ended after that
# began, and nobody else than that server had answered on it.
judge() {
	{
		sed -n 's/^\([0-9]*\) .*10[.]0[.]0[.]1\([1-4]\):80: .* had lived.*/dead \1 s\2/p
		    s/^\([0-9]*\) .*10[.]0[.]0[.]1\([1-4]\):80 is back.*/back \1 s\2/p
		    s/^\([0-9]*\) .*s\([1-4]\) is DOWN.*/dead \1 s\2/p
		    s/^\([0-9]*\) .*s\([1-4]\) is UP.*/back \1 s\2/p' "$dir/log"
		cat "$dir/events" "$dir/account"
	} | awk -v probed=$probed '
	# the first news of this kind of a server from one time to another
	function heard(news, server, from, to,    i) {
		for (i = 1; i <= nnews; i++)
			if (kind[i] == news && whose[i] == server &&
			    when[i] >= from && when[i] <= to)
				return when[i]
		return 0
	}
	$1 == "dead" || $1 == "back" {
		kind[++nnews] = $1; when[nnews] = $2; whose[nnews] = $3
	}
	$1 == "event" {
		what[++n] = $2; who[n] = $3; begin[n] = $4; until[n] = $5
		found = heard("dead", $3, $4, $6)
		if ($2 == "stop") {
			until[n] = $4 + probed
			if (found && found < until[n])
				until[n] = found
			if (until[n] - $4 > slowest)
				slowest = until[n] - $4
		}
		if ($2 != "restart")
			unfound += !found + !heard("back", $3, $6, $6 + 2 * probed)
	}
	$1 == "page" { print "bad", $0; untrue++ }
	$1 == "fail" || $1 == "shut" {
		for (i = 1; i <= n; i++)
			if ($2 <= until[i] && $3 >= begin[i] &&
			    ($4 == "-" || $4 == who[i]))
				break
		if (i <= n)
			count[$1 what[i]]++
		else {
			wrong++
			print "bad", $0
		}
		failures += $1 == "fail"
	}
	$1 == "served" { by[$3] += $4 }
	$1 == "total" { answers = $2; longest = $3; ended = 1 }
	END {
		print "answers", answers + 0
		print "failures", failures + 0
		print "wrong", wrong + 0
		print "kill", count["failkill"] + 0
		print "hole", count["failhole"] + 0
		print "stop", count["failstop"] + 0
		print "restart", count["failrestart"] + 0
		print "longest", longest + 0
		print "events", n + 0
		print "unfound", unfound + 0
		print "untrue", untrue + 0
		print "slowest", slowest + 0
		print "ended", ended + 0
		for (server in by)
			print server, by[server]
	}' >"$dir/judged"
}

# said WORD: its number.
said() {
	sed -n "s/^$1 //p" "$dir/judged"
}

# wrk tells how many failed, not which: no more than were at the servers that
# went.
verdict_wrk() {
	sed -n 's/.*connect \([0-9]*\), read \([0-9]*\), write \([0-9]*\),.*/\1 \2 \3/p' \
	    "$dir/wrk.$1" >"$dir/wrk.errors"
	read -r connect read write <"$dir/wrk.errors" || connect=0 read=0 write=0
	grep 'requests in' "$dir/wrk.$1" >/dev/null && [ "$connect" -eq 0 ] &&
	    [ $((read + write)) -le $(($(said events) * loads)) ] &&
	    ! grep Non-2xx "$dir/wrk.$1" >/dev/null
	verdict $? "wrk, $1: more failed than can have been on a server that went" \
	    "$dir/wrk.$1"
}

# Sessions by the status page and by the servers' own logs.  The servers don't
# know those that did not reach them, nor log those that they died with: no
# more than there are clients, for each time that they went and for the end.
count() {
	sleep 1
	for i in 1 2 3 4; do
		echo "$i $(($(told sessions_ended_total $i) + $(told sessions $i)))" \
		    "$(sed -n 's/ GET$//p' "$dir/s$i/log" | sort -u | wc -l)" \
		    "$((($(grep -c "event.* s$i " "$dir/events") + 1) * (slots + 2 * loads)))"
	done >"$dir/counts"
}

# combination NAME PROXY WORDS: the storm, then what there is to say of it.
combination() {
	name=$1 proxy=$2 words=$3 title="storm: $1: "
	wrks='' storm='' plug='' stamp=''
	server1='' server2='' server3='' server4=''
	trap finish 0
	trap 'exit 1' 1 2 15
	: >"$dir/events"
	if ! network >"$dir/net.out" 2>&1; then
		verdict 1 "no network" "$dir/net.out"
		return
	fi
	for i in 1 2 3 4; do
		server_start $i
	done
	for i in 1 2 3 4; do
		until_true 15 asks "10.0.0.1$i:80"
	done
	start_proxy
	if ! until_true 15 asks "$serve"; then
		verdict 1 "$proxy does not serve" "$dir/log"
		return
	fi
	ip netns exec "$front" "$folder/client" "$serve" "$secs" $slots $pace \
	    $patience $clients $nclient >"$dir/account" 2>&1 </dev/null &
	storm=$!
	start_wrk kept
	start_wrk closed -H 'Connection: close'
	sleep 2
	events
	for pid in $wrks; do
		wait "$pid"
	done
	wrks=
	[ "$proxy" != plug ] || count
	kill "$plug"
	wait "$plug" 2>/dev/null
	status=$?
	plug=
	wait "$stamp"
	stamp=
	judge
	echo "$name: $(grep -v '^bad' "$dir/judged" | tr '\n' ' ')" >>"$folder/table"
	[ "$(said ended)" -eq 1 ] && [ "$(said answers)" -gt $((secs * 20)) ]
	verdict $? "no $((secs * 20)) answers" "$dir/account"
	[ "$what" != compare ] || return
	[ "$(said wrong)" -eq 0 ]
	verdict $? "a request fails that was not on a server that went" \
	    "$dir/judged"
	[ "$(said unfound)" -eq 0 ]
	verdict $? "one that went, or came back, is not found by probes" \
	    "$dir/log"
	[ "$(said untrue)" -eq 0 ] && awk '
	    $2 < $3 || $2 > $3 + $4 { wrong = 1 }
	    END { exit NR != 4 || wrong }' "$dir/counts"
	verdict $? "the status page has other counts than the servers" \
	    "$dir/counts"
	verdict_wrk kept
	verdict_wrk closed
	grep -v 'had lived\|is back' "$dir/log" >"$dir/unusual"
	[ $status -eq 0 ] && [ ! -s "$dir/unusual" ]
	verdict $? "plug ends with status $status, or says something unusual" \
	    "$dir/unusual"
}

# storm PROXY WORDS: one more in the background.
nstorm=0
storm() {
	nstorm=$((nstorm + 1))
	dir=$folder/$nstorm front=storm$$.$nstorm.front back=storm$$.$nstorm.back
	mkdir "$dir"
	(combination "$*" "$1" "$2") >"$dir/verdicts" 2>&1 &
	pids="$pids $!"
	[ $((nstorm % parallel)) -ne 0 ] || calmed
}

# Waits for what runs, and adds it up.
calmed() {
	wait
	pids=
	for dir in "$folder"/[0-9]*; do
		[ -f "$dir/verdicts" ] || continue
		grep -v '^ok ' "$dir/verdicts"
		passed=$((passed + $(grep -c '^ok ' "$dir/verdicts")))
		failed=$((failed + $(grep -c '^FAIL ' "$dir/verdicts")))
		[ -z "${KEEP:-}" ] || cp -r "$dir" "$KEEP"
		rm -r "$dir"
	done
}

need ip nft nginx wrk curl pgrep "$CC"
[ "$what" != compare ] || need haproxy pen
ip netns add "storm$$" 2>"$said" || give_up "no network namespaces: $(cat "$said")"
ip netns del "storm$$"
build plug plug.c && build client test/storm.c || stop_here
echo 'function delay() return math.random(10, 40) end' >"$folder/pace.lua"
case $what in
one) storm plug "$only" ;;
short)
	storm plug '-b cycle'
	storm plug '-b least -F -r 1'
	storm plug '-b hash -w 2 -r 1'
	storm plug '-b first -f'
	storm plug '-b random -f -F'
	storm plug '-b cycle -f -w 2'
	;;
full)
	for how in cycle first least random hash; do
		for mode in '' -F '-w 2'; do
			for sticky in '' -f; do
				storm plug "-b $how $sticky $mode"
			done
		done
	done
	;;
compare)
	# a stop that lasts tells who has probes; pen with poll, as it
	# hangs with epoll once a server has gone
	holds='kill=4 hole=7 stop=20 restart=3'
	storm plug '-b cycle'
	storm haproxy roundrobin
	storm pen '-P -r'
	storm plug '-b cycle -f'
	storm haproxy 'roundrobin stick'
	storm pen -P
	storm plug '-b hash'
	storm haproxy source
	storm pen '-P -h'
	;;
esac
calmed
sort "$folder/table"
closing
