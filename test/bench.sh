#!/bin/sh
# bench.sh DIR [word ...]: plug and the other proxies that are installed, side
# by side under the same loads, in one run.  Words are parts, all by default:
#	bulk		1, 16 and 64 streams
#	short		short connections, one at a time and 64 at once
#	exchange	64 bytes there and back on 64 sessions
#	ping		a small session beside 16 and 200 streams
#	idle		idle sessions
#	burst		connects in a row, and SYNs that were dropped
#	fork		short connections with a process for each
#	backends	poll and select beside epoll
#	starved		streams of a user whose pipe pages are used up
#	growth		costs against sessions, targets, rules and ports
#	calls		system calls, counted by strace
# and
#	quick		one round of small numbers: does all of it run?
#	rounds=N	7; growth has 3 of them, calls one
#	seed=N		of the order
#	into=FOLDER	where bench.txt (the table), data (all values) and bench.svg (the
#			growth as a plot) are left; it is there already
#
# Each round does all rows in random order, each row all proxies in random
# order; each run is a fresh proxy before a fresh server, see bench.c.  The
# best peer of a row is the one with the best median; the ratio is plug's value
# by its value of the same round, told as median and quartiles, and called
# better or worse only where 1 is outside of the quartiles and of median +- 1.57
# (q3 - q1) / sqrt(n), of five rounds at least.  The others are a tie here.
#
# A test is a row of a proxy: all its runs were complete and every byte was
# right.  None asserts speed.  The whole takes 20 minutes of two cores, and
# ends behind the row that passes the 23rd.  STREAM names nginx's
# ngx_stream_module.so where that is not in its place.
#
# Needs Linux, and root for a network namespace of its own.  DIR is an existing
# directory; an empty word makes one.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
if [ "${BENCH_INSIDE-}" != "$$" ]; then
	unshare -n true 2>/dev/null || give_up "no network namespace of its own here"
	BENCH_INSIDE=$$
	export BENCH_INSIDE
	exec unshare -n sh test/bench.sh "$@"
fi
parts='bulk short exchange ping idle burst fork backends starved growth calls'
rounds=7 seed=$$ into='' what=''
where=${1-}
[ $# -gt 0 ] && shift
mib=1024 few=3000 many=8000 exchanges=40000 ms=1500 idle=9000 forks=1500
sessions='10 100 1000 9000' rows='1 10 50 250' lines='1 10 100 1000'
growths=3 grown=2000 counted=500 still=1000
crowd=200 limit=60 others='poll select'
for word in "$@"; do
	case $word in
	quick)
		rounds=1 mib=8 few=50 many=200 exchanges=1000 ms=30 idle=200
		forks=40 sessions='10 100' rows='1 50' lines='1 100' growths=1
		grown=200 counted=50 still=50 crowd=20 limit=20 others=''
		;;
	rounds=*) rounds=${word#*=} ;;
	seed=*) seed=${word#*=} ;;
	into=*) into=${word#*=} ;;
	*) what="$what $word" ;;
	esac
done
what=${what:-$parts}
if [ -n "$into" ] && [ ! -d "$into" ]; then
	echo "bench.sh: $into is no folder" >&2
	exit 5
fi
for word in $what; do
	case " $parts " in
	*" $word "*) ;;
	*)
		echo "bench.sh: $word?" >&2
		exit 5
		;;
	esac
done
[ "$growths" -le "$rounds" ] || growths=$rounds
folder "$where"
host=127.0.0.1
to=$host:7000			# the server
# sessions that haproxy admits: two descriptors each, and some for its pipes
# shellcheck disable=SC3045
most=$(ulimit -H -n)
case $most in
unlimited) most=20000 ;;
*) most=$(((most - 1000) / 2)) ;;
esac
[ $most -lt 20000 ] || most=20000
user=$((50000 + $$ % 10000))	# one of whom nothing else runs
longest=1380			# seconds

#
# What there is.
#
# version NAME COMMAND ...: the first number with a dot that it says.
version() {
	version=$1
	shift
	echo "$version $("$@" 2>&1 </dev/null |
	    grep -o '[0-9][0-9]*\(\.[0-9][0-9]*\)\{1,\}' | sed 1q)" >>"$dir/versions"
}

# peer NAME VERSION-COMMAND ...: is it here?
peer() {
	name=$1
	shift
	if ! have "$name"; then
		echo "     bench: $name: not found"
		return 1
	fi
	peers="$peers $name"
	version "$name" "$@"
}

# Where nginx has it built in there is nothing to load; or there is none.
nginx_stream() {
	load=''
	nginx -V 2>&1 | grep -q -e '--with-stream ' && return
	places=$(nginx -V 2>&1 | sed -n 's/.*--modules-path=\([^ ]*\).*/\1/p')
	for module in "${STREAM-}" "$places/ngx_stream_module.so"; do
		[ -f "$module" ] || continue
		load="load_module $module;"
		return
	done
	return 1
}

find_peers() {
	peers=''
	: >"$dir/versions"
	version plug "$dir/plug" -V
	peer haproxy haproxy -v
	if have nginx && ! nginx_stream; then
		echo "     bench: nginx: without its stream module"
	else
		peer nginx nginx -v
	fi
	peer pen dpkg-query -W pen
	peer socat sh -c 'socat -V | sed 1d'
	peer redir redir -v
	peer rinetd rinetd -v
}

# some NAME ...: those of them that are here.
some() {
	for name in "$@"; do
		case " $peers " in
		*" $name "*) printf '%s ' "$name" ;;
		esac
	done
}

# Where each listens, so that none waits for another's port.
port_of() {
	case $1 in
	haproxy) echo 8001 ;;
	nginx) echo 8002 ;;
	pen*) echo 8003 ;;
	socat) echo 8004 ;;
	redir) echo 8005 ;;
	rinetd) echo 8006 ;;
	*) echo 8000 ;;
	esac
}

# One process or thread, no log, no limit in the way.
configure() {
	cat >"$dir/haproxy.conf" <<END
global
	maxconn $most
	maxpipes 400
	nbthread 1
defaults
	mode tcp
	option splice-auto
	timeout connect 60s
	timeout client 600s
	timeout server 600s
listen bench
	bind $host:$(port_of haproxy)
	server s $to
END
	cat >"$dir/nginx.conf" <<END
${load-}
user root;
daemon off;
worker_processes 1;
pid $dir/nginx.pid;
error_log /dev/null;
events { worker_connections 20000; }
stream {
	server {
		listen $host:$(port_of nginx) backlog=4096;
		proxy_pass $to;
	}
}
END
	cat >"$dir/rinetd.conf" <<END
$host $(port_of rinetd) ${to%:*} ${to#*:}
END
}

# series N WORD [WORD]: so many of them, with a number of its own for each.
series() {
	awk -v n="$1" -v a="$2" -v b="${3-}" 'BEGIN {
		for (i = 1; i <= n; i++)
			printf "%s%d%s ", a, i, b
	}'
}

# start_of ROW PROXY: $words, what starts it; $more, what bench is told.
start_of() {
	source=$host:$(port_of "$2")
	more="at=$source"
	x=${1#*@}
	case $2 in
	direct) words='' ;;
	plug) words="$dir/plug -n" ;;
	plug-F) words="$dir/plug -n -F" ;;
	plug-w2) words="$dir/plug -n -w 2" ;;
	plug-poll) words="$dir/plug-poll -n" ;;
	plug-select) words="$dir/plug-select -n" ;;
	plug-hash) words="$dir/plug -n -b hash" ;;
	plug-user) words="$dir/plug -n -u $user:$user" more="$more hold=$user" ;;
	haproxy) words="haproxy -db -f $dir/haproxy.conf" ;;
	nginx) words="nginx -e /dev/null -p $dir -c $dir/nginx.conf" ;;
	pen) words="pen -f -c 20000 -x 20000 $source $to" ;;
	pen-user)
		words="pen -f -c 20000 -x 20000 $source $to"
		more="$more hold=$user as=$user"
		;;
	socat)
		words="socat TCP-LISTEN:${source#*:},bind=$host,fork,reuseaddr"
		words="$words,backlog=4096,nodelay TCP:$to,nodelay"
		;;
	redir) words="redir -n -l err $source $to" ;;
	rinetd) words="rinetd -f -c $dir/rinetd.conf" ;;
	esac
	case $1,$2 in
	targets@*) words="$words $source $(series "$x" 127.0.1. :7000)" ;;
	rules@*) words="$words $(series "$x" '-x 10.9.8.') $source $to" ;;
	ports*@*)
		words="$words $host:10000-$((9999 + x)) $to"
		more="at=$host:10000 ports=$x"
		;;
	*,plug*) words="$words $source $to" ;;
	esac
}

#
# What is measured.
#
# backends X MOST: the $backends that growth asks; select has no room for more.
backends() {
	backends=plug
	for other in $others; do
		[ "$other" = select ] && [ "$1" -gt "$2" ] ||
		    backends="$backends plug-$other"
	done
}

# Rows: part, name, rounds, text, kind and words for bench.c, whose ratio, to
# the best of whom.
table() {
	events=$(some haproxy nginx pen)
	all=$(some haproxy nginx pen socat redir rinetd)
	cat <<END
bulk|down1|$rounds|1 stream down|bulk|n=1 mib=$mib|plug|$all direct
bulk|up1|$rounds|1 stream up|bulk|n=1 mib=$mib up=1|plug|$all direct
bulk|down16|$rounds|16 streams down|bulk|n=16 mib=$mib|plug|$all direct
bulk|down64|$rounds|64 streams down|bulk|n=64 mib=$mib|plug|$all direct
short|short1|$rounds|short connections, one at a time|short|n=1 count=$few|plug|$events $(some rinetd) direct
short|short64|$rounds|short connections, 64 at once|short|n=64 count=$many|plug|$events $(some rinetd) direct
exchange|exchange64|$rounds|exchanges on 64 sessions|exchange|n=64 count=$exchanges|plug|$all direct
ping|ping16|$rounds|a ping beside 16 streams|ping|n=16 ms=$ms|plug plug-F plug-w2|$all direct
ping|ping200|$rounds|a ping beside $crowd streams|ping|n=$crowd ms=$ms|plug plug-F plug-w2|$all direct
idle|idle|$rounds|$idle idle sessions|idle|n=$idle ms=$still|plug plug-w2|$events
burst|burst|$rounds|$idle connects in a row|burst|n=$idle|plug plug-w2|$events direct
fork|fork1|$rounds|a process for each connection, one at a time|short|n=1 count=$forks|plug-F|$(some socat redir)
fork|fork16|$rounds|a process for each connection, 16 at once|short|n=16 count=$forks|plug-F|$(some socat redir)
backends|other16|$rounds|16 streams, poll and select|bulk|n=16 mib=$mib|plug-poll plug-select|plug
backends|other64|$rounds|exchanges on 64 sessions, poll and select|exchange|n=64 count=$exchanges|plug-poll plug-select|plug
backends|othershort|$rounds|short connections, 64 at once, poll and select|short|n=64 count=$many|plug-poll plug-select|plug
starved|starved1|$rounds|1 stream, pipe pages used up|bulk|n=1 mib=$mib|plug-user|$(some pen | sed 's/pen/&-user/')
starved|starved16|$rounds|16 streams, pipe pages used up|bulk|n=16 mib=$mib|plug-user|$(some pen | sed 's/pen/&-user/')
END
	for x in $sessions; do
		backends "$x" 300
		echo "growth|exchange@$x|$growths|us of an exchange, sessions beside|exchange|n=10 count=$grown beside=$x|$backends|"
		echo "growth|connection@$x|$growths|us of a connection, sessions beside|short|n=10 count=$grown beside=$x|$backends|"
	done
	for x in $rows; do
		echo "growth|targets@$x|$growths|us of a connection, targets|short|n=10 count=$grown|plug plug-hash|"
		echo "growth|rules@$x|$growths|us of a connection, rules|short|n=10 count=$grown|plug|"
	done
	for x in $lines; do
		backends "$x" 30
		echo "growth|ports@$x|$growths|us of a connection, ports|short|n=10 count=$grown|$backends|"
		echo "growth|ports_exchange@$x|$growths|us of an exchange, ports|exchange|n=10 count=$grown|$backends|"
	done
	! have strace || cat <<END
calls|calls1|1|a connection|short|n=1 count=$counted trace=$dir/trace|plug plug-F|$all
calls|calls64|1|an exchange on 64 sessions|exchange|n=64 count=$((counted * 20)) trace=$dir/trace|plug|$all
END
}

shuffled() {
	awk -v seed="$1" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' |
	    sort -n | cut -f 2-
}

# measure ROUND ROW PROXY KIND WORDS: a run, into data and runs.
measure() {
	start_of "$2" "$3"
	: >"$dir/say"
	# shellcheck disable=SC2086
	"$dir/bench" "$4" $more to=$to say="$dir/say" limit=$limit $5 ${words:+-- $words} \
	    >"$dir/out" 2>&1
	ended=$(sed -n '$p' "$dir/out")
	[ "$ended" != ok ] || sed "/^ok$/d;s/^/$2 $1 $3 /" "$dir/out" >>"$dir/data"
	echo "$2 $3 $ended $(sed 2q "$dir/say" | tr '\n' ' ')" >>"$dir/runs"
}

# notices WHAT WORDS ...: is a wrong byte seen?
notices() {
	text=$1
	shift
	"$dir/bench" "$@" to=$to >"$dir/out" 2>&1
	sed -n '$p' "$dir/out" | grep -q '^FAIL wrong bytes'
	verdict $? "a wrong byte of $text is not noticed" "$dir/out"
}

# All rows of a round, until the time is up.
one_round() {
	shuffled $((seed + $1 * 1000)) <"$dir/table" >"$dir/order"
	turn=0
	while IFS='|' read -r _ row upto _ kind load_words subjects refs <&3; do
		[ "$1" -le "$upto" ] || continue
		turn=$((turn + 1))
		[ $(($(date +%s) - started)) -lt $longest ] || return 1
		for proxy in $(echo "$subjects $refs" | tr -s ' ' '\n' | grep . |
		    shuffled $((seed + $1 * 1000 + turn))); do
			measure "$1" "$row" "$proxy" "$kind" "$load_words"
		done
	done 3<"$dir/order"
}

# What the run was like.
machine() {
	echo "$(date +%Y-%m-%d), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo |
	    sed 1q), $(grep -c '^processor' /proc/cpuinfo) processors, $(uname -sr)"
	paste -sd ',' "$dir/versions" | sed 's/,/, /g;s/,/ beside/'
	echo "order: seed=$seed; rounds: $number of $rounds, in $(($(date +%s) - started)) s"
}

# The growth as a plot: text, and a picture.
plot() {
	[ -s "$dir/growth" ] || return
	if ! have gnuplot; then
		echo "     bench: gnuplot: not found"
		return
	fi
	awk -v dir="$dir" -f test/bench.awk -v plot=dumb "$dir/growth" >"$dir/dumb.gp"
	gnuplot "$dir/dumb.gp" 2>&1 | sed 's/ *$//;s/^./    &/'
	[ -z "$into" ] || {
		awk -v plot="$into/bench.svg" -v dir="$dir" -f test/bench.awk \
		    "$dir/growth" >"$dir/svg.gp"
		gnuplot "$dir/svg.gp" 2>&1
	}
}

case " $what " in
*' calls '*) have strace || skip "calls: strace: not found" ;;
esac
build bench -O2 test/bench.c && build plug -O2 plug.c &&
    build plug-poll -O2 -DUSE_POLL plug.c &&
    build plug-select -O2 -DUSE_SELECT plug.c || stop_here
ip link set lo up 2>/dev/null
# ports for all connections of a second
echo 20000 65000 >/proc/sys/net/ipv4/ip_local_port_range
find_peers
configure
table | while IFS= read -r line; do
	case " $what " in
	*" ${line%%|*} "*) echo "$line" ;;
	esac
done >"$dir/table"
: >"$dir/data"
: >"$dir/runs"
started=$(date +%s)
notices "a stream from the server" bulk mib=1 wrong=1
notices "a stream to the server" bulk mib=1 up=1 wrong=1
notices "an exchange" short wrong=2
for number in $(seq "$rounds"); do
	one_round "$number" && continue
	echo "     bench: the time is up in round $number"
	break
done
{
	machine
	echo
	awk -v growth="$dir/growth" -f test/bench.awk "$dir/table" "$dir/data"
	plot
} >"$dir/bench.txt"
cat "$dir/bench.txt"
[ -z "$into" ] || cp "$dir/bench.txt" "$dir/data" "$into"
# a row of a proxy: one failure is enough
awk '	{	key = $1 " " $2
		if (!(key in bad)) {
			order[++n] = key
			bad[key] = ""
		}
		if ($3 != "ok")
			bad[key] = substr($0, length(key) + 2)
	}
END	{	for (i = 1; i <= n; i++)
			print (bad[order[i]] == "" ? "ok " : "FAIL "), order[i], bad[order[i]]
	}' "$dir/runs" >"$dir/tests"
while read -r verdict row proxy why; do
	if [ "$verdict" = ok ]; then
		ok "$row, $proxy: some run is not complete, or a byte is wrong"
	else
		fail "$row, $proxy: $why"
	fi
done <"$dir/tests"
closing
