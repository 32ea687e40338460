#!/bin/sh
# clients.sh DIR: real clients, servers, proxies and a real syslogd through
# plug, in each of its modes.  DIR is an existing directory; all that is
# started has its files there, listens on a loopback address of this run's
# own, and is ended by its process id.  A missing program is named, and the
# tests that need it count as skipped.  Ends with
# "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
rundir=

www=$host:21080 sshd=$host:21022 redis=$host:21379
tiny=$host:21088 auth=$host:21089 squid=$host:21128
proxied=$host:21081 haproxy=$host:21082 page=$host:21083
at=$host:22000			# plug's source
dead=$host:21999		# nobody listens there

# start NAME COMMAND ...: a server that stays in the foreground.
start() {
	server=$1
	shift
	"$@" >"$dir/$server.out" 2>&1 </dev/null &
	pids="$pids $!"
}

# up NAME ADDR:PORT: it listens now.  curl's exit status 7: it does not.
listens() {
	curl -s -m 1 --noproxy '*' -o /dev/null "telnet://$1" </dev/null
	[ $? -ne 7 ]
}

up() {
	if until_true 15 listens "$2"; then
		return 0
	fi
	fail "$1 does not start"
	sed 10q "$dir/$1.out"
	return 1
}

cleanup() {
	[ -z "$rundir" ] || rmdir "$rundir" 2>/dev/null
}

# plug_start WORD ...: in the mode of $words; its pid file says that it serves.
plug_start() {
	rm -f "$dir/plug.pid"
	# shellcheck disable=SC2086
	"$dir/plug" -n -g 20 -P "$dir/plug.pid" -S "$dir/sessions" $words "$@" \
	    2>"$dir/plug.err" </dev/null &
	plug=$!
	pids="$pids $plug"
	until_true 15 test -s "$dir/plug.pid" && return
	fail "plug $words $* does not start"
	sed 10q "$dir/plug.err"
}

# plug_stop NAME [WORD]: it has ended well, and said nothing without WORD.
plug_stop() {
	kill "$plug" 2>/dev/null
	wait "$plug"
	ended=$?
	grep -v "${2:-^\$}" "$dir/plug.err" >"$said"
	[ $ended -eq 0 ] && [ ! -s "$said" ]
	verdict $? "$1: plug ends with status 0 and says nothing unusual" \
	    "$said"
}

fetch() {
	curl -sS -f -m 120 --noproxy '*' "$@" 2>"$dir/curl.err"
}

same() {
	cmp -s "$dir/$1" "$dir/$2"
}

#
# Servers.
#
start_nginx() {
	mkdir "$dir/www" "$dir/www/up" "$dir/nginx"
	ln "$dir/big" "$dir/www/big"
	ln "$dir/small" "$dir/www/small"
	nginx_head "$dir/nginx" 2 1024 >"$dir/nginx.conf"
	cat >>"$dir/nginx.conf" <<END
	client_max_body_size 0;
	keepalive_requests 1000000;
	server {
		listen $www;
		listen 127.0.0.1:${www#*:};
		root $dir/www;
		location /up/ { dav_methods PUT; }
	}
	server {
		listen $proxied proxy_protocol;
		location / { return 200 \$proxy_protocol_addr; }
	}
}
END
	start nginx nginx -p "$dir/nginx" -e "$dir/nginx/error.log" \
	    -c "$dir/nginx.conf"
	up nginx "$www"
}

start_haproxy() {
	cat >"$dir/haproxy.conf" <<END
defaults
	mode http
	timeout connect 5s
	timeout client 30s
	timeout server 30s
frontend told
	bind $haproxy accept-proxy
	http-request return content-type text/plain lf-string %[src]
END
	start haproxy haproxy -db -f "$dir/haproxy.conf"
	up haproxy "$haproxy"
}

start_ssh() {
	if [ "$(id -u)" -eq 0 ] && [ ! -d /run/sshd ]; then
		mkdir -m 755 /run/sshd && rundir=/run/sshd
	fi
	ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey" &&
	    ssh-keygen -q -t ed25519 -N '' -f "$dir/key" || return 1
	cp "$dir/key.pub" "$dir/authorized"
	cat >"$dir/sshd.conf" <<END
ListenAddress $sshd
HostKey $dir/hostkey
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
AuthorizedKeysFile $dir/authorized
MaxStartups 100
END
	cat >"$dir/ssh.conf" <<END
Host *
	HostName $host
	Port ${at#*:}
	IdentityFile $dir/key
	IdentitiesOnly yes
	BatchMode yes
	StrictHostKeyChecking no
	UserKnownHostsFile /dev/null
	LogLevel ERROR
END
	start sshd "$(command -v sshd)" -D -e -f "$dir/sshd.conf"
	up sshd "$sshd"
}

start_redis() {
	mkdir "$dir/redis"
	start redis redis-server --bind "$host" --port "${redis#*:}" \
	    --protected-mode no --save '' --appendonly no --dir "$dir/redis"
	up redis "$redis"
}

# tinyproxy_conf ADDR:PORT [LINE]
tinyproxy_conf() {
	cat <<END
Listen ${1%:*}
Port ${1#*:}
Timeout 60
MaxClients 100
LogLevel Error
${2:-}
END
}

start_tinyproxy() {
	tinyproxy_conf "$tiny" >"$dir/tiny.conf"
	tinyproxy_conf "$auth" 'BasicAuth me secret' >"$dir/auth.conf"
	start tinyproxy tinyproxy -d -c "$dir/tiny.conf"
	start tinyauth tinyproxy -d -c "$dir/auth.conf"
	up tinyproxy "$tiny" && up tinyauth "$auth"
}

start_squid() {
	cat >"$dir/squid.conf" <<END
http_port $squid
http_access allow all
cache deny all
access_log none
cache_log /dev/null
cache_store_log none
pid_filename none
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
connect_timeout 5 seconds
END
	start squid squid -N -f "$dir/squid.conf"
	up squid "$squid"
}

#
# Tests; each is told plug's mode by a name and starts its own plug.
#
test_curl() {
	plug_start "$at" "$www"
	fetch -o "$dir/got" "http://$at/big" && same big got
	verdict $? "curl, $mode: a download of 100 MB differs" "$dir/curl.err"
	fetch -T "$dir/big" "http://$at/up/$mode" >/dev/null &&
	    same big "www/up/$mode"
	verdict $? "curl, $mode: an upload of 100 MB differs" "$dir/curl.err"
	fetch --limit-rate 20M -o "$dir/got" "http://$at/big" && same big got
	verdict $? "curl, $mode: a slow download differs" "$dir/curl.err"
	fetch -Z --parallel-max 20 -o "$dir/part.#1" \
	    "http://$at/small?[1-60]" && (
		for i in 1 2 30 59 60; do
			same small "part.$i" || exit 1
		done
	)
	verdict $? "curl, $mode: sixty files at once differ" "$dir/curl.err"
	rm -f "$dir/got" "$dir"/part.* "$dir/www/up/$mode"
	plug_stop "curl, $mode"
}

# -X: the servers know whom plug speaks for.
test_haproxy() {
	for server in nginx:$proxied haproxy:$haproxy; do
		plug_start -X "$at" "${server#*:}"
		fetch --interface 127.0.0.77 -o "$said" "http://$at/" &&
		    [ "$(cat "$said")" = 127.0.0.77 ]
		verdict $? "-X, $mode: ${server%%:*} is not told the client's address" \
		    "$said"
		plug_stop "-X, $mode, ${server%%:*}"
	done
}

test_wrk() {
	plug_start "$at" "$www"
	wrk -t 2 -c 60 -d 3s "http://$at/small" >"$dir/wrk" 2>&1 &&
	    ! grep -E 'Socket errors|Non-2xx' "$dir/wrk" >/dev/null &&
	    grep 'requests in' "$dir/wrk" >/dev/null
	verdict $? "wrk, $mode: requests fail" "$dir/wrk"
	wrk -t 2 -c 60 -d 3s -H 'Connection: close' "http://$at/small" \
	    >"$dir/wrk" 2>&1 &&
	    ! grep -E 'connect [1-9]|write [1-9]|timeout [1-9]|Non-2xx' \
	    "$dir/wrk" >/dev/null && grep 'requests in' "$dir/wrk" >/dev/null
	verdict $? "wrk, $mode: requests with a connection each fail" "$dir/wrk"
	plug_stop "wrk, $mode"
}

test_ssh() {
	plug_start "$at" "$sshd"
	ssh -F "$dir/ssh.conf" "$host" cat <"$dir/big" >"$dir/got" \
	    2>"$dir/ssh.err" && same big got
	verdict $? "ssh, $mode: 100 MB there and back differ" "$dir/ssh.err"
	ssh -F "$dir/ssh.conf" "$host" 'exit 7' 2>"$dir/ssh.err"
	[ $? -eq 7 ]
	verdict $? "ssh, $mode: the exit status is lost" "$dir/ssh.err"
	rm -rf "$dir/got" "$dir/copy"
	rsync -a -e "ssh -F $dir/ssh.conf" "$dir/tree" "$host:$dir/copy" \
	    2>"$dir/ssh.err" && diff -r "$dir/tree" "$dir/copy/tree" >/dev/null
	verdict $? "rsync, $mode: a tree that was sent differs" "$dir/ssh.err"
	rm -rf "$dir/copy"
	rsync -a -e "ssh -F $dir/ssh.conf" "$host:$dir/tree" "$dir/copy" \
	    2>"$dir/ssh.err" && diff -r "$dir/tree" "$dir/copy/tree" >/dev/null
	verdict $? "rsync, $mode: a tree that was fetched differs" "$dir/ssh.err"
	rm -rf "$dir/copy"
	plug_stop "ssh, $mode"
}

redis() {
	redis-cli -h "$host" -p "${at#*:}" "$@" 2>>"$dir/redis.err"
}

test_redis() {
	plug_start "$at" "$redis"
	: >"$dir/redis.err"
	redis flushall >/dev/null
	redis -x set value <"$dir/small" >/dev/null &&
	    redis get value >"$dir/got" && head -c "$(wc -c <"$dir/small")" \
	    "$dir/got" | cmp -s - "$dir/small"
	verdict $? "redis, $mode: a value of 1 MB differs" "$dir/redis.err"
	awk 'BEGIN { for (i = 1; i <= 200000; i++)
	    printf "SET k%d v%d\r\n", i, i * 7 }' </dev/null |
	    redis --pipe >"$dir/pipe"
	grep 'errors: 0, replies: 200000' "$dir/pipe" >/dev/null &&
	    [ "$(redis dbsize)" = 200001 ] &&
	    [ "$(redis get k199999)" = v1399993 ]
	verdict $? "redis, $mode: 200000 piped commands go wrong" "$dir/pipe"
	redis-benchmark -h "$host" -p "${at#*:}" -q -n 20000 -c 50 \
	    -t set,get,lrange_100 >"$dir/bench" 2>&1 &&
	    ! grep -i 'error\|refused\|reset' "$dir/bench" >/dev/null &&
	    grep 'requests per second' "$dir/bench" >/dev/null
	verdict $? "redis, $mode: the benchmark fails" "$dir/bench"
	redis-benchmark -h "$host" -p "${at#*:}" -q -n 4000 -c 20 -k 0 \
	    -t get >"$dir/bench" 2>&1 &&
	    ! grep -i 'error\|refused\|reset' "$dir/bench" >/dev/null
	verdict $? "redis, $mode: a connection a command fails" "$dir/bench"
	rm -f "$dir/got"
	plug_stop "redis, $mode"
}

# through NAME PROXY: -h with numeric targets, with a name, with a dead one.
through() {
	plug_start -h "$2" "$at" "$www"
	fetch -o "$dir/got" "http://$at/big" && same big got
	verdict $? "$1, $mode: 100 MB through the proxy differ" "$dir/curl.err"
	fetch -T "$dir/small" "http://$at/up/$mode" >/dev/null &&
	    same small "www/up/$mode"
	verdict $? "$1, $mode: an upload through the proxy differs" \
	    "$dir/curl.err"
	plug_stop "$1, $mode"
	plug_start -h "$2" "$at" "$dead" "localhost:${www#*:}"
	fetch -o "$dir/got" "http://$at/small" && same small got
	verdict $? "$1, $mode: a dead target is not passed by, or a name not looked up" \
	    "$dir/curl.err"
	plug_stop "$1, a dead target, $mode" "target $dead: proxy answered 50[0-9]"
	rm -f "$dir/got" "$dir/www/up/$mode"
}

test_auth() {
	plug_start -h "me:secret@$auth" "$at" "$www"
	fetch -o "$dir/got" "http://$at/small" && same small got
	verdict $? "tinyproxy, $mode: user and password don't open the way" \
	    "$dir/curl.err"
	plug_stop "tinyproxy with a password, $mode"
	rm -f "$dir/got"
}

#
# The status page: what Prometheus makes of the metrics, and lynx of the page.
# A target that is given twice, one that is dead, and names full of marks.
#
start_status() {
	cat >"$dir/status.conf" <<END
$at $www $dead,backup,max=9 $www
$host:22110 $dead,weight=3
$dir/s<&>source "$dir/t\\&'<target>"
$host:22100-22109 127.0.0.1 127.0.0.1:22100
END
}

test_status() {
	plug_start -r 1000 -s "$page" -c "$dir/status.conf"
	fetch -o /dev/null "http://$at/small" &&
	    fetch -o /dev/null "http://$at/small" &&
	    ! fetch -o /dev/null "http://$host:22110/"
	verdict $? "status, $mode: a download fails" "$dir/curl.err"
	fetch -o "$dir/metrics" "http://$page/metrics" &&
	    promtool check metrics <"$dir/metrics" >"$said" 2>&1 &&
	    [ ! -s "$said" ]
	verdict $? "status, $mode: promtool finds fault with the metrics" \
	    "$said"
	fetch "http://$page/metrics" | awk '
	    /^plug_server_bytes_total / { all = $2 }
	    /^plug_target_server_bytes_total/ { sum += $NF }
	    END { exit !(all == sum && all > 2097152 && all < 2100000) }' \
	    >"$said" 2>&1
	verdict $? "status, $mode: the targets' bytes are not all bytes" \
	    "$dir/metrics"
	lynx -dump -nolist -width 200 "http://$page/" >"$dir/page" \
	    2>"$said"
	for words in 'targets dead' "$www" 'alive for' ' 2 ended' 'MB out' \
	    '\[#' 'dead for' '[1-9] failure' "/s<&>source" "<target>" \
	    'plugs 4 of' "$host:22100-22109" "plug on $(uname -n)" \
	    'untried for' ' ago' 'Connection refused' 'no target lives' backup \
	    'weight 3' '0 of 9 sessions'; do
		grep -e "$words" "$dir/page" >/dev/null || echo "no $words"
	done >>"$said"
	[ ! -s "$said" ]
	verdict $? "status, $mode: lynx does not show all of the page" \
	    "$said"
	curl -sS -m 10 --noproxy '*' --http0.9 -0 -I "http://$page/x" |
	    grep '^HTTP/1.0 404 ' >/dev/null
	verdict $? "status, $mode: curl sees no 404" "$dir/curl.err"
	plug_stop "status, $mode" "target $dead"
}

#
# Syslog: what a real syslogd makes of our lines.
#
syslog_has() {
	grep "$1" "$dir/messages"
}

syslog_fetch() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		fetch -o /dev/null "http://$at/small?$i" || return 1
	done
}

start_rsyslog() {
	cat >"$dir/rsyslog.conf" <<END
module(load="imuxsock" SysSock.Use="off")
input(type="imuxsock" Socket="$dir/log" RateLimit.Interval="0")
template(name="line" type="string" string="%syslogfacility-text%.%syslogseverity-text% %syslogtag%%msg%\n")
action(type="omfile" file="$dir/messages" template="line")
END
	"$(command -v rsyslogd)" -n -iNONE -f "$dir/rsyslog.conf" \
	    >"$dir/rsyslog.out" 2>&1 </dev/null &
	rsyslog=$!
	pids="$pids $rsyslog"
	until_true 15 test -S "$dir/log"
}

test_rsyslog() {
	: >"$dir/messages"
	plug_start -l -a "$host" -a 127.0.0.1 "$at" "$www"
	fetch --interface "$host" -o /dev/null "http://$at/small"
	curl -s -m 5 --noproxy '*' --interface 127.0.0.99 -o /dev/null \
	    "http://$at/small"
	until_true 15 syslog_has 'Complete'
	until_true 15 syslog_has 'Refused'
	sed 's/\[[0-9]*\]/[pid]/' "$dir/messages" | sort >"$dir/lines"
	sort >"$dir/lines.want" <<END
daemon.notice plug[pid]: ($host ${at#*:}): Plugdaemon started.
daemon.notice plug[pid]: ($host ${at#*:}): Connect from $host to $host
daemon.notice plug[pid]: ($host ${at#*:}): Complete.
daemon.notice plug[pid]: ($host ${at#*:}): Connect from 127.0.0.99 Refused.
END
	diff "$dir/lines.want" "$dir/lines" >"$said"
	verdict $? "rsyslog, $mode: its lines are not 2.5.5's" "$said"

	# A stopped syslogd: 400 sessions take no longer than before.
	before=$(milliseconds)
	syslog_fetch
	usual=$(($(milliseconds) - before))
	kill -STOP "$rsyslog"
	before=$(milliseconds)
	syslog_fetch && syslog_fetch && syslog_fetch && syslog_fetch
	fetched=$?
	stopped=$((($(milliseconds) - before) / 4))
	kill -CONT "$rsyslog"
	echo "usual $usual ms, stopped $stopped ms" >"$said"
	[ $fetched -eq 0 ] && [ $stopped -lt $((usual * 4 + 5000)) ]
	verdict $? "rsyslog, $mode: a stopped syslogd delays sessions" "$said"
	sleep 0.3
	fetch -o /dev/null "http://$at/small"
	until_true 15 syslog_has 'log lines lost'
	verdict $? "rsyslog, $mode: lost lines are not counted" "$dir/messages"
	plug_stop "rsyslog, $mode" Refused
}

#
# What there is of them.
#
need curl nginx cc
build plug -DPATH_LOG="\"$dir/log\"" plug.c || stop_here
dd if=/dev/urandom of="$dir/big" bs=1048576 count=100 2>/dev/null
dd if=/dev/urandom of="$dir/small" bs=1048576 count=1 2>/dev/null
mkdir "$dir/tree" "$dir/tree/c" "$dir/tree/big"
cp compat.h plug.c plug.1 README.md test/*.c "$dir/tree/c"
ln "$dir/small" "$dir/tree/big/small"
tests='curl'
start_nginx || tests=
for need in 'wrk wrk' 'ssh sshd ssh ssh-keygen rsync' \
    'redis redis-server redis-cli redis-benchmark' 'tinyproxy tinyproxy' \
    'squid squid' 'haproxy haproxy' 'rsyslog rsyslogd' \
    'status promtool lynx'; do
	# shellcheck disable=SC2086
	set -- $need
	name=$1
	shift
	if ! have "$@"; then
		skips 3 "$name: $missing: not found"
	elif [ "$name" = wrk ] || "start_$name"; then
		tests="$tests $name"
	fi
done

for words in '' -F '-w 2'; do
	mode=${words:-single}
	mode=$(echo "$mode" | tr -d ' ')
	for name in $tests; do
		case $name in
		tinyproxy)
			through tinyproxy "$tiny"
			test_auth
			;;
		squid) through squid "$squid" ;;
		curl | wrk | ssh | redis | haproxy | rsyslog | status)
			"test_$name" ;;
		*) fail "no such test: $name" ;;
		esac
	done
done
closing
