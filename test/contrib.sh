#!/bin/sh
# contrib.sh DIR: what is in contrib/, by the tools of its systems.  DIR is an
# existing directory.  A missing tool is named, and what it would test counts
# as skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
build plug plug.c && build peer test/peer.c || stop_here
"$dir/peer" "$host:20119" echo >"$dir/peer.out" 2>&1 &
pids=$!

# echoes ADDR:PORT: what is said comes back; for at most 30 seconds.
echo_comes() {
	[ "$(echo hello | timeout 5 socat -t 2 - "TCP:$1" 2>"$said")" = hello ]
}

echoes() {
	until_true 30 echo_comes "$1"
}

#
# The translators: samples of each kind, and what can't be had.
#
cat >"$dir/services" <<'END'
# as services(5) has it, aliases too
smtp		25/tcp		mail	# simple
nntp		119/tcp		readnews untp
domain		53/tcp
domain		53/udp
END
cat >"$dir/rinetd.conf" <<'END'
# as rinetd(8) has it: denied before, allowed for one
deny 10.9.*
allow 192.168.*
allow 10.*.*.*
0.0.0.0 80 10.1.1.2 8080
allow 192.168.7.*
allow 10.9.9.9
deny 192.168.7.9
206.125.69.81 smtp 10.1.1.3 mail/tcp  [timeout=1200, src=10.0.0.1]
::1 81 localhost 82
allow 192.168.1?.*
allow 192.168.20.1??
allow 172.16.0.1
logfile /var/log/rinetd.log
logcommon
0.0.0.0 83 10.0.0.1 83 [keepalive]
deny 10.0.0.?
END
cat >"$dir/rinetd.plug" <<'END'
-x 10.9.* -x 192.168.7.9 -a 192.168.7.* -a 10.9.9.9 80 10.1.1.2:8080
# dropped: timeout=1200
-x 10.9.* -a 192.168.* -a 10.* 206.125.69.81:25@10.0.0.1 10.1.1.3:25
# dropped: logcommon: the file of -S has a form of its own
-x 10.9.* -a 192.168.10.0/23 -a 192.168.12.0/22 -a 192.168.16.0/22 -a 192.168.20.100/30 -a 192.168.20.104/29 -a 192.168.20.112/28 -a 192.168.20.128/26 -a 192.168.20.192/29 [::1]:81 127.0.0.1:82
-x 10.9.* -x 10.0.0.0/29 -x 10.0.0.8/31 -a 192.168.* -a 10.* -k 83 10.0.0.1:83
# start it with plug -S /var/log/rinetd.log -c FILE
END
printf '%s\n' 'allow 1.*' '0.0.0.0 53/udp 10.1.1.2 53' '0.0.0.0 70 a_b 70' \
    '0.0.0.0 71 1.2.3.4 71' 'deny 192.168.1?*' 'deny *.*.*.1' >"$dir/rinetd.bad"
cat >"$dir/netperm.conf" <<'END'
# Gauntlet's sample, more or less
tn-gw:	timeout 3600
plug-gw:	timeout 1800
plug-gw:	port untp 192.168.50.* 10.0.0.0:255.0.0.0 -plug-to 10.0.0.5 -port 1119 -privport
*:	userid 32
*:	groupid 33
plug-gw, http-gw:	directory /var/empty
plug-gw:	port 25 \
	*.*.*.* -plug-to localhost -port 2525
smap:	userid uucp
plug-gw:	deny-hosts 192.168.50.1?
END
cat >"$dir/netperm.plug" <<'END'
# dropped: userid 32: -privport needs the right to have such ports
-T 1800 -x 192.168.50.10/31 -x 192.168.50.12/30 -x 192.168.50.16/30 -q -a 192.168.50.* -a 10.0.0.0/255.0.0.0 119 10.0.0.5:1119
-T 1800 -x 192.168.50.10/31 -x 192.168.50.12/30 -x 192.168.50.16/30 -a * 25 127.0.0.1:2525
# start it with plug -R /var/empty -c FILE
END
printf '%s\n' 'plug-gw: port 25 * -plug-to mail_host' \
    'plug-gw: port 26 *.example.org -plug-to 10.0.0.6' \
    'plug-gw: permit-hosts *' >"$dir/netperm.bad"
cat >"$dir/xinetd.conf" <<'END'
defaults
{
	instances	= 60
	only_from	= 10.0.0.0 localhost
	access_times	= 08:00-18:00
	log_type	= SYSLOG authpriv
	disabled	= old-id
}
service nntp
{
	socket_type	= stream
	wait		= no
	user		= nobody
	redirect	= 192.168.1.1 readnews
	interface	= 127.0.0.1
	log_on_failure	+= USERID
	only_from	+= 192.168.0.0/16 172.16.1.{4,5}
	no_access	= 10.9.0.0
}
service db
{
	type		= UNLISTED
	flags		= REUSE KEEPALIVE IPv6
	port		= 7199
	redirect	= 10.0.0.1 7200
	per_source	= 4
	instances	= UNLIMITED
	only_from	=
}
service echo
{
	type		= INTERNAL
	cps		= 25 30
}
service old
{
	disable		= yes
	port		= 99
	redirect	= 10.0.0.1 99
}
service older
{
	id		= old-id
	port		= 98
	redirect	= 10.0.0.1 98
}
END
mkdir "$dir/xinetd.d"
cp "$dir/xinetd.conf" "$dir/xinetd.d/db.bak"
cp "$dir/xinetd.conf" "$dir/xinetd.d/db~"
cat >"$dir/xinetd.plug" <<'END'
# dropped: defaults: access_times
# dropped: nntp: log_on_failure
-a 127.0.0.1 -a 172.16.1.4 -a 172.16.1.5 -x 10.9.* -a 192.168.0.0/16 -a 10.* -m 60 127.0.0.1:119 192.168.1.1:119
-x * -k -M 4 [::]:7199 10.0.0.1:7200
# left out: old is disabled
# left out: older is disabled
END
printf '%s\n' 'defaults' '{' 'interface = eth0' '}' \
    'service e' '{' 'port = 4' 'redirect = 10.0.0.1 4' '}' \
    'service f' '{' 'port = 5' 'bind =' 'interface =' 'no_access = 10.9.0.0/255.255.0.0' \
    'redirect = 10.0.0.1 5' '}' \
    'service a' '{' 'port = 1' 'protocol = udp' 'redirect = 10.0.0.1 1' '}' \
    'service b' '{' 'port = 2' 'only_from = .example.org' 'redirect = 10.0.0.1 2' '}' \
    'service nowhere' '{' 'redirect = 10.0.0.1 3' '}' >"$dir/xinetd.bad"
cat >"$dir/nginx.conf" <<'END'
user www-data;
events { worker_connections 1024; }
stream {
    log_format proxy "\\"$remote_addr\\" {"
                     '{$protocol; $status}';
    limit_conn_zone $binary_remote_addr zone=addr:10m;
    upstream api {
        hash $remote_addr consistent;
        server 10.27.53.32:6443 weight=5 max_fails=3 fail_timeout=30s;
        server 10.24.138.208:6443 max_conns=100 backup;
        server 10.24.138.210:6443 down;
        server unix:/run/api.sock;
    }
    server {
        listen 8443;
        listen [::]:8443;
        proxy_connect_timeout 500ms;
        proxy_timeout 1h30m;
        proxy_pass api;
    }
    server {
        listen 53; listen [::]:54; listen 13306; proxy_pass dns; allow 10.0.0.0/8; deny 192.168.1.1; limit_conn addr 3;
    }
    upstream dns { least_conn; server 10.0.0.1:53; server 10.0.0.2:53; }
    server {
        listen 127.0.0.1:13306 so_keepalive=on; # db
        listen [::]:13306;
        allow 10.0.0.0/8;
        deny all;
        proxy_bind 10.0.0.9;
        proxy_protocol on;
        proxy_pass localhost:3306;
    }
}
http {
    server { listen 80; location / { proxy_pass http://x; } }
}
END
cat >"$dir/nginx.plug" <<'END'
# dropped: log_format
# dropped: 10.27.53.32:6443: max_fails=3
# left out: 10.24.138.210:6443 is down
-b hash -C 1 -T 5400 -r 30 [::]:8443 10.27.53.32:6443,weight=5 10.24.138.208:6443,max=100,backup /run/api.sock
-b least -a 10.0.0.0/8 -x 192.168.1.1 -a * -T 600 -M 3 -r 10 53 10.0.0.1:53 10.0.0.2:53
-b least -x 0.0.0.0/0 -a 10.0.0.0/8 -x 192.168.1.1 -a * -T 600 -M 3 -r 10 [::]:54 10.0.0.1:53 10.0.0.2:53
-b least -x ::/0 -a 10.0.0.0/8 -x 192.168.1.1 -a * -T 600 -M 3 -r 10 [::]:13306 10.0.0.1:53 10.0.0.2:53
-a 10.0.0.0/8 -x * -X -T 600 -k -p 10.0.0.9 127.0.0.1:13306 127.0.0.1:3306
-x 0.0.0.0/0 -a 10.0.0.0/8 -x * -X -T 600 -k -p 10.0.0.9 [::]:13306 127.0.0.1:3306
END
# shellcheck disable=SC2016
printf '%s\n' 'server { listen 53 udp; proxy_pass 10.0.0.1:53; }' \
    'server { listen 443; proxy_pass $name; }' \
    'server { listen 445; proxy_pass db_${server_port}; }' \
    'server { listen 446; proxy_pass none; }' \
    'upstream none { server 10.0.0.1:1 down; }' \
    'server { listen 447; proxy_pass odd; }' \
    'upstream odd { server 10.0.0.1:1; server unix:/a,b; }' \
    'server { listen 448; limit_conn a "1 -a *"; proxy_pass 10.0.0.1:1; }' \
    'server { listen 449; proxy_bind $remote_addr transparent; proxy_pass 10.0.0.1:1; }' \
    'server { listen 450; proxy_bind 10.0.0.9 transparent; proxy_pass 10.0.0.1:1; }' \
    'server { listen 444; proxy_ssl on; proxy_pass 10.0.0.1:444; }' >"$dir/nginx.bad"
cat >"$dir/haproxy.conf" <<'END'
global
    log /dev/log local0
    user nobody
    group nogroup
    daemon
defaults
    mode http
    log global
    option redispatch
    timeout connect 5000
    timeout client 10m
    timeout server 10m
listen stats
    bind 0.0.0.0:8888
    stats enable
listen galera
    bind 10.10.10.89:3306
    balance source
    mode tcp
    option tcpka
    timeout client 28801s
    timeout server 28801s
    option httpchk
    http-check expect status 200
    server node1 10.10.10.86:3306 check port 9200 inter 5s rise 3
    server node2 10.10.10.87:3306 check addr 10.0.0.7 port 9200 backup on-marked-down shutdown-sessions
    server node3 10.10.10.88:3306 backup
listen sql
    bind 10.10.10.89:3307
    mode tcp
    option mysql-check user haproxy
    tcp-request inspect-delay 5s
    tcp-request content accept if { req_ssl_hello_type 1 }
    server node1 10.10.10.86:3306 check inter 5s
frontend kubernetes-api
    bind *:6443,:::6443 name api
    mode tcp
    option tcplog
    maxconn 5000
    acl inside src 10.0.0.0/8 192.168.0.0/16
    tcp-request connection reject if !inside
    tcp-request connection reject if { src 10.9.0.0/16 }
    default_backend kubernetes-api
backend kubernetes-api
    mode tcp
    default-server inter 3s rise 2
    balance leastconn
    option httpchk GET /healthz
    server cp1 192.168.100.10:6443 check weight 3 send-proxy
    server cp2 localhost:6444 check weight 0 maxconn 100 send-proxy
listen redis
    bind 127.0.0.1:6379
    mode tcp
    option tcp-check
    tcp-check send PING\r\n
    tcp-check expect string +PONG
    tcp-check send info\ replication\r\n
    tcp-check expect string role:master
    tcp-check send QUIT\r\n
    tcp-check expect string +OK
    stick-table type ip size 200k expire 30m
    stick on src
    server r1 127.0.0.1:6380 check inter 1500
    server r2 127.0.0.1:6381 check inter 1s disabled
listen patroni
    bind :::5000 v6only
    bind 10.10.10.89:5000 maxconn 9
    mode tcp
    option httpchk OPTIONS /primary
    http-check expect status 200-299
    default-server inter 3s on-marked-down shutdown-sessions
    default-server maxconn 100 check
    server a 10.0.0.1:5432 agent-check port 8008
    server b 10.0.0.2:5432 check-sni b weight 2 port 8008
listen galera2
    bind 10.10.10.89:3308,10.10.10.90:3308
    mode tcp
    timeout client 0
    option httpchk
    http-check expect string ok
    server a 10.0.0.1:3306 check port 9200 send-proxy
listen secret
    bind :3309
    mode tcp
    option httpchk
    server a 10.0.0.1:3306 check check-ssl
listen secret2
    bind :3310
    mode tcp
    option httpchk
    http-check connect ssl port 9201
    server a 10.0.0.1:3306 check
frontend mail
    bind :25
    mode tcp
    use_backend inner if { src 10.1.0.0/16 }
    default_backend outer
frontend office
    bind :26
    mode tcp
    acl vpn src 10.2.0.0/16 172.16.0.0/12
    tcp-request connection reject if { src 10.2.9.0/24 }
    tcp-request connection accept if { src 10.0.0.0/8 }
    tcp-request connection reject
    use_backend inner if vpn
    default_backend outer
backend inner
    mode tcp
    server a 10.0.0.1:25
    server b 10.0.0.2
backend outer
    mode tcp
    server c 10.0.0.3:25
END
cat >"$dir/haproxy.plug" <<'END'
# dropped: rise 3: RISE, 2, when plug is built
# dropped: option mysql-check: -r for now; see EXAMPLES in plug(1) for one with -H
# dropped: tcp-request content accept by what is sent
# left out: server r2 is disabled
# dropped: bind: maxconn 9
# dropped: status 200-299: any that begins with 2 will do
# dropped: server: agent-check
# dropped: server: check-sni b
# dropped: http-check expect string ok
# dropped: probes without send-proxy: those of plug begin with its line, at 9200, too
# dropped: server: check-ssl
# dropped: http-check connect ssl port 9201
# left out: stats; plug has a page with -s
# several backups of galera serve together; -o has one at a time
# probes of galera expect HTTP/1.1 200: write HTTP/1.0 if that is what they answer
-b hash -k -C 5 -T 28801 -H 2 10.10.10.89:3306 "10.10.10.86:3306,check=9200,send=OPTIONS / HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200" "10.10.10.87:3306,backup,check=10.0.0.7:9200,cut,send=OPTIONS / HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200" 10.10.10.88:3306,backup
-C 5 -T 600 -r 5 10.10.10.89:3307 10.10.10.86:3306
# probes of kubernetes-api expect HTTP/1.1 200: write HTTP/1.0 if that is what they answer
-x 10.9.0.0/16 -a 10.0.0.0/8 -a 192.168.0.0/16 -b least -X -C 5 -T 600 -H 3 -m 5000 [::]:6443 "192.168.100.10:6443,weight=3,send=GET /healthz HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200" "127.0.0.1:6444,drain,max=100,send=GET /healthz HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200"
-f -t 1800 -C 5 -T 600 -H 2 127.0.0.1:6379 "127.0.0.1:6380,send=ROLE\r\n,expect=*3\r\n$6\r\nmaster"
# probes of patroni expect HTTP/1.0 2: write HTTP/1.1 if that is what they answer
-x 0.0.0.0/0 -C 5 -T 600 -H 3 [::]:5000 "10.0.0.1:5432,max=100,check=8008,cut,send=OPTIONS /primary HTTP/1.0\r\n\r\n,expect=HTTP/1.0 2" "10.0.0.2:5432,weight=2,max=100,check=8008,cut,send=OPTIONS /primary HTTP/1.0\r\n\r\n,expect=HTTP/1.0 2"
-C 5 -T 600 -H 3 10.10.10.89:5000 "10.0.0.1:5432,max=100,check=8008,cut,send=OPTIONS /primary HTTP/1.0\r\n\r\n,expect=HTTP/1.0 2" "10.0.0.2:5432,weight=2,max=100,check=8008,cut,send=OPTIONS /primary HTTP/1.0\r\n\r\n,expect=HTTP/1.0 2"
# probes of galera2 expect HTTP/1.1 200: write HTTP/1.0 if that is what they answer
-X -C 5 -T 600 -H 2 10.10.10.89:3308 "10.0.0.1:3306,check=9200,send=OPTIONS / HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200"
-X -C 5 -T 600 -H 2 10.10.10.90:3308 "10.0.0.1:3306,check=9200,send=OPTIONS / HTTP/1.0\r\n\r\n,expect=HTTP/1.1 200"
-C 5 -T 600 -r 2 3309 10.0.0.1:3306
-C 5 -T 600 -r 2 3310 10.0.0.1:3306
-a 10.1.0.0/16 -C 5 -T 600 -r 0 25 10.0.0.1:25 10.0.0.2
-C 5 -T 600 25 10.0.0.3:25
-x 10.2.9.0/24 -a 10.2.0.0/16 -x * -C 5 -T 600 -r 0 26 10.0.0.1:25 10.0.0.2
-x 10.2.9.0/24 -a 10.0.0.0/8 -x * -C 5 -T 600 26 10.0.0.3:25
# start it with plug -l -u nobody:nogroup -c FILE
END
printf '%s\n' 'listen a' 'bind :443 ssl crt /etc/x' 'server a 10.0.0.1:80' \
    'listen b' 'mode http' 'bind :80' 'server b 10.0.0.1:80' \
    'listen f' 'bind :82' 'source 0.0.0.0 usesrc clientip' 'server f 10.0.0.1:80' \
    'listen g' 'bind :83' 'maxconn "5 -a *"' 'server g 10.0.0.1:80' \
    'listen h' 'bind :84' 'server h 10.0.0.1:80 weight "1 1.2.3.4"' \
    'listen i' 'bind :85' 'server i "unix@/a b"' \
    'listen j' 'bind :86' "tcp-check send a\\'\"b\\\"\"" 'server j 10.0.0.1:80 check' \
    'listen k' 'bind x:87' 'server k 10.0.0.1:80' \
    'listen l' 'bind :88' 'tcp-request content accept if { req_ssl_hello_type 1 }' \
    'tcp-request content reject' 'server l 10.0.0.1:80' \
    'frontend c' 'bind :81' 'use_backend d if { req.ssl_sni d }' 'default_backend e' >"$dir/haproxy.bad"
# one rule for all that can't be had, and a plug that could
printf '%s\n' 'deny 1.2.' '0.0.0.0 70 10.0.0.1 70' >"$dir/rinetd.rule"
printf '%s\n' 'plug-gw: deny-hosts *.org' 'plug-gw: port 70 * -plug-to 10.0.0.1' >"$dir/netperm.rule"
printf '%s\n' 'defaults' '{' 'no_access = .org' '}' 'service a' '{' 'port = 70' \
    'redirect = 10.0.0.1 70' '}' >"$dir/xinetd.rule"
printf '%s\n' 'stream { deny unix:; server { listen 70; proxy_pass 10.0.0.1:70; } }' >"$dir/nginx.rule"
printf '%s\n' 'listen a' 'bind :70' 'acl out src -f /etc/out' \
    'tcp-request connection reject if out' 'server b 10.0.0.1:70' >"$dir/haproxy.rule"
# the same with a name, for a build that has names
printf '%s\n' '0.0.0.0 70 www.example.org 70' >"$dir/rinetd.name"
printf '%s\n' 'plug-gw: port 70 * -plug-to www.example.org' >"$dir/netperm.name"
printf '%s\n' 'service a' '{' 'port = 70' 'redirect = www.example.org 70' '}' >"$dir/xinetd.name"
printf '%s\n' 'server { listen 70; proxy_pass www.example.org:70; }' >"$dir/nginx.name"
printf '%s\n' 'listen a :70' 'server b www.example.org:70' >"$dir/haproxy.name"
build plug-names -O0 -DHAVE_NAMES=1 plug.c

# translate KIND WORD ...: by $awk; messages are in $said, and their places
# don't matter in what is written.
translate() {
	kind=$1
	shift
	$awk -f contrib/2plug.awk -f "contrib/${kind}2plug.awk" "$@" 2>"$said" >"$dir/raw"
	set -- $?
	sed 's/^\(# \)[^ ]*:[0-9]*: /\1/' "$dir/raw" >"$dir/out"
	return "$1"
}

for awk in mawk gawk original-awk 'busybox awk'; do
	if ! have "${awk%% *}"; then
		skip "$awk: not found"
		continue
	fi
	for kind in rinetd netperm xinetd nginx haproxy; do
		# shellcheck disable=SC2086
		translate "$kind" services="$dir/services" "$dir/$kind.conf" &&
		    diff "$dir/$kind.plug" "$dir/out" >>"$said" 2>&1 &&
		    start=$(sed -n 's/^# start it with plug\(.*\) -c FILE/\1/p' "$dir/out") &&
		    "$dir/plug" -E $start -c "$dir/out" >"$dir/wrong" 2>&1
		verdict $? "$awk: a sample of $kind" "$dir/wrong"
		[ "$(grep -v '^# start' "$dir/raw" | sed -n 's/^# //p')" = "$(sed "s/^${kind}2plug: //" "$said")" ]
		verdict $? "$awk: what is dropped of $kind is not said twice"
		# the same with the ends of lines that DOS has
		sed 's/$/\r/' "$dir/$kind.conf" >"$dir/$kind.dos"
		translate "$kind" services="$dir/services" "$dir/$kind.dos" &&
		    diff "$dir/$kind.plug" "$dir/out" >>"$said" 2>&1
		verdict $? "$awk: a sample of $kind with DOS ends of lines"
		translate "$kind" services="$dir/services" "$dir/$kind.bad"
		[ $? -eq 1 ] && [ "$(grep -c "^${kind}2plug: .*:[0-9]*: .*: '" "$said")" -ge 3 ] &&
		    [ "$(grep -c '^[^#]' "$dir/out")" -eq 0 ]
		verdict $? "$awk: what plug has not, of $kind"
		translate "$kind" "$dir/$kind.rule"
		[ $? -eq 1 ] && [ "$(grep -c '^[^#]' "$dir/out")" -eq 0 ]
		verdict $? "$awk: without a rule a plug of $kind admits others" "$dir/out"
		translate "$kind" "$dir/$kind.name" && grep -q "is a name" "$dir/out" &&
		    "$dir/plug-names" -E -c "$dir/out" >>"$said" 2>&1 &&
		    ! "$dir/plug" -E -c "$dir/out" >>"$said" 2>&1 &&
		    grep -q "out:2: .*'www.example.org:70'" "$said"
		verdict $? "$awk: a name is not left in, of $kind"
	done
	translate xinetd "$dir"/xinetd.d/* && [ "$(grep -c '^# left out' "$dir/out")" -eq 2 ] &&
	    ! grep '^[^#]' "$dir/out" >>"$said"
	verdict $? "$awk: xinetd's backups are served"
done

#
# The same clients through other programs, and through plug with what becomes
# of their files.  Each server says who it is, and the spare is a backup.
#
server() {
	socat "TCP-LISTEN:$2,bind=$host,reuseaddr,fork" "SYSTEM:echo $1" 2>"$dir/server.$1" &
	eval "$1=$!"
	pids="$pids $!"
}

# ask PORT CLIENT: what it is told
ask() {
	timeout 5 socat -u "TCP:$host:$1,bind=$2" - 2>"$dir/ask"
}

told() {
	[ -n "$(ask "$1" 127.0.0.8)" ]
}

# sees PORT: who serves 127.0.0.8, and 127.0.0.9
sees() {
	seq 6 | while read -r _; do
		ask "$1" 127.0.0.8
	done | sort -u | tr '\n' ' '
	echo "/ $(ask "$1" 127.0.0.9)"
}

# through PORT FILE COMMAND ...: what clients see of that program, in FILE
through() {
	port=$1 file=$2
	shift 2
	"$@" >"$dir/through" 2>&1 &
	program=$!
	until_true 20 told "$port" && sees "$port" >"$file"
	end $program
}

# same WANT NAME PORT COMMAND ...: plug in $words serves as the command does.
same() {
	want=$1 name=$2 port=$3
	shift 3
	: >"$dir/theirs"
	: >"$dir/ours"
	through "$port" "$dir/theirs" "$@"
	# shellcheck disable=SC2086
	through "$port" "$dir/ours" "$dir/plug" -n $words
	{
		echo "$want" | diff - "$dir/theirs" && diff "$dir/theirs" "$dir/ours"
	} >"$said" 2>&1
	verdict $? "$name and plug behind it do not serve alike"
}

cat >"$dir/beside.haproxy" <<END
defaults
    mode tcp
    timeout connect 2s
    timeout client 1m
    timeout server 1m
listen a
    bind $host:20131
    tcp-request connection reject if { src 127.0.0.9 }
    server one $host:20141 check inter 100 fall 1 rise 1 weight 2
    server two $host:20142 check inter 100 fall 1 rise 1
    server gone $host:20149 check inter 100 fall 1 rise 1
    server spare $host:20143 check inter 100 fall 1 rise 1 backup
END
stream=${NGINX_STREAM:-/usr/lib/nginx/modules/ngx_stream_module.so}
cat >"$dir/beside.nginx" <<END
load_module $stream;
pid $dir/nginx.pid;
error_log $dir/nginx.log;
daemon off;
master_process off;
events { }
stream {
    upstream a {
        server $host:20141 weight=2;
        server $host:20142;
        server $host:20149;
        server $host:20143 backup;
    }
    server {
        listen $host:20132;
        deny 127.0.0.9;
        proxy_pass a;
    }
}
END
cat >"$dir/beside.xinetd" <<END
service a
{
	type		= UNLISTED
	port		= 20133
	bind		= $host
	socket_type	= stream
	protocol	= tcp
	wait		= no
	user		= $(id -un)
	redirect	= $host 20141
	only_from	= 127.0.0.8 $host
}
END

cat >"$dir/beside.rinetd" <<END
deny 127.0.0.1*
$host 20135 $host 20141
allow 127.0.?.8
allow $host
END

# become KIND: $words is how plug is started with the translation
become() {
	translate "$1" "$dir/beside.$1"
	cp "$dir/out" "$dir/beside.$1.plug"
	words="-c $dir/beside.$1.plug"
}

# balanced WANT: those that have several servers
balanced() {
	if have haproxy; then
		become haproxy
		same "$1" haproxy 20131 haproxy -db -f "$dir/beside.haproxy"
	else
		skip "haproxy: not found"
	fi
	if have nginx && [ -f "$stream" ]; then
		become nginx
		same "$1" nginx 20132 nginx -p "$dir" -c "$dir/beside.nginx"
	else
		skip "nginx, or its stream module: not found"
	fi
}

if have socat; then
	awk='awk'
	server one 20141
	server two 20142
	server spare 20143
	balanced 'one two / '
	words="-a 127.0.0.8/32 $host:20134 $host:20141"
	same 'one / ' socat 20134 \
	    socat "TCP-LISTEN:20134,bind=$host,range=127.0.0.8/32,fork,reuseaddr" "TCP:$host:20141"
	if have xinetd; then
		become xinetd
		same 'one / ' 'xinetd' 20133 xinetd -dontfork -f "$dir/beside.xinetd" \
		    -pidfile "$dir/beside.pid"
	else
		skip "xinetd: not found"
	fi
	if have rinetd; then
		become rinetd
		same 'one / ' rinetd 20135 rinetd -f -c "$dir/beside.rinetd"
	else
		skip "rinetd: not found"
	fi
	for name in redir pen; do
		words="$host:20136 $host:20141"
		case $name in
		redir) set -- redir -n "$host:20136" "$host:20141" ;;
		pen) set -- pen -f -r "$host:20136" "$host:20141" ;;
		esac
		if have $name; then
			same 'one / one' $name 20136 "$@"
		else
			skip "$name: not found"
		fi
	done
	# shellcheck disable=SC2154
	end "$one" "$two"
	balanced 'spare / '
else
	skips 9 "socat: not found"
fi

#
# Scripts.
#
if have shellcheck; then
	shellcheck -s sh -e SC1091 contrib/plug.init >"$said" 2>&1 &&
	    shellcheck -s sh -e SC1091,SC2034 contrib/plug.rc >"$said" 2>&1 &&
	    shellcheck test/rc.subr >"$said" 2>&1 &&
	    shellcheck -s dash -e SC2034,SC2154 contrib/alpine/APKBUILD >"$said" 2>&1 &&
	    shellcheck -s sh -e SC1008,SC2034,SC2154,SC2239 \
	    contrib/alpine/plug.initd >"$said" 2>&1 &&
	    shellcheck -s dash -e SC1008,SC2034,SC3043,SC2239 \
	    contrib/openwrt/files/plug.init >"$said" 2>&1
	verdict $? "shellcheck"
else
	skip "shellcheck: not found"
fi
if have systemd-analyze; then
	systemd-analyze security --offline=true --threshold=17 \
	    contrib/plug.service >"$said" 2>&1
	verdict $? "systemd-analyze: plug.service is exposed more than 1.7"
	sed "s|/usr/local/sbin/plug|$dir/plug|; s|^Documentation.*||" \
	    contrib/plug.service >"$dir/plug.service"
	cp contrib/plug.socket "$dir"
	systemd-analyze verify "$dir/plug.service" "$dir/plug.socket" >"$said" 2>&1 &&
	    [ ! -s "$said" ]
	verdict $? "systemd-analyze: plug.service or plug.socket is wrong"
else
	skips 2 "systemd-analyze: not found"
fi
if have systemd-sysusers systemd-tmpfiles; then
	mkdir -p "$dir/root/etc"
	systemd-sysusers --root="$dir/root" "$PWD/contrib/sysusers.plug" >"$said" 2>&1 &&
	    grep '^plug:' "$dir/root/etc/passwd" >/dev/null &&
	    systemd-tmpfiles --create --root="$dir/root" "$PWD/contrib/tmpfiles.plug" \
	    >"$said" 2>&1 && [ -d "$dir/root/run/plug" ] && [ -f "$dir/root/var/log/plug/plug.log" ]
	verdict $? "systemd: the user and the folders are not made"
else
	skip "systemd-sysusers: not found"
fi
if have systemd-socket-activate socat; then
	systemd-socket-activate -l "$host:20124" "$dir/plug" -n "$host:20124" "$host:20119" \
	    >"$dir/activate.out" 2>&1 &
	pids="$pids $!"
	echoes "$host:20124"
	verdict $? "systemd-socket-activate: plug does not serve what it is given"
else
	skip "systemd-socket-activate: not found"
fi

# A session log is rotated under a plug that runs.
if have logrotate socat; then
	mkdir "$dir/log"
	"$dir/plug" -n -S "$dir/log/a.log" "$host:20125" "$host:20119" >"$said" 2>&1 &
	pids="$pids $!"
	echoes "$host:20125" && until_true 10 test -s "$dir/log/a.log"
	sed "s|/var/log/plug|$dir/log|; s|su plug plug|su $(id -un) $(id -gn)|" \
	    contrib/logrotate.plug >"$dir/logrotate.conf"
	chmod 644 "$dir/logrotate.conf"
	logrotate -f -s "$dir/logrotate.state" "$dir/logrotate.conf" >"$said" 2>&1 &&
	    [ -s "$dir/log/a.log.1" ] && [ ! -e "$dir/log/a.log" ] &&
	    echoes "$host:20125" && until_true 10 test -s "$dir/log/a.log"
	verdict $? "logrotate: the log does not go on"
else
	skip "logrotate: not found"
fi

#
# Init scripts, with paths of ours.
#
# init N SCRIPT WORD ...: its status has to be N.
init() {
	wanted=$1
	shift
	timeout 60 "$@" >"$said" 2>&1
	[ $? -eq "$wanted" ]
}

# serves PORT: the plug of the script is one of ours, too, and serves there.
serves() {
	[ ! -s "$dir/plug.pid" ] || pids="$pids $(sed 1q "$dir/plug.pid")"
	echoes "$host:$1"
}

# conf PORT ...: the file of -c.
conf() {
	for port in "$@"; do
		echo "$host:$port $host:20119"
	done >"$dir/plug.conf"
}

sed "s|^PLUG=.*|PLUG=$dir/plug|; s|^PLUG_CONF=.*|PLUG_CONF=$dir/plug.conf|
    s|^PLUG_PID=.*|PLUG_PID=$dir/plug.pid|; s|^PLUG_OPTIONS=.*|PLUG_OPTIONS='-a *'|
    s|/etc/default/plug|$dir/none|" contrib/plug.init >"$dir/init"
chmod 755 "$dir/init"
if have socat; then
	conf 20120
	init 3 "$dir/init" status && init 7 "$dir/init" reload && init 0 "$dir/init" stop &&
	    init 0 "$dir/init" try-restart && init 3 "$dir/init" status
	verdict $? "plug.init: what is said of a plug that is not there"
	sleep 1000 &
	stranger=$!
	pids="$pids $stranger"
	echo $stranger >"$dir/plug.pid"
	init 1 "$dir/init" status && init 0 "$dir/init" stop &&
	    init 7 "$dir/init" reload && kill -0 $stranger
	verdict $? "plug.init: a stale pid file's stranger is taken for plug"
	init 0 "$dir/init" start && init 0 "$dir/init" start &&
	    init 0 "$dir/init" status && serves 20120
	verdict $? "plug.init: start and status"
	conf 20121
	init 0 "$dir/init" reload && serves 20121
	verdict $? "plug.init: reload"
	conf 99999
	init 6 "$dir/init" reload && grep 99999 "$said" >/dev/null &&
	    init 6 "$dir/init" restart && init 6 "$dir/init" try-restart &&
	    init 6 "$dir/init" force-reload && serves 20121
	verdict $? "plug.init: a wrong file is taken, or stops plug"
	conf 20120
	init 0 "$dir/init" restart && serves 20120 && init 2 "$dir/init" nonsense
	verdict $? "plug.init: restart"
	socat "TCP:$host:20120" PIPE >/dev/null 2>&1 &
	pids="$pids $!"
	init 0 "$dir/init" stop && init 3 "$dir/init" status && kill -0 $stranger
	verdict $? "plug.init: stop"
	mv "$dir/plug" "$dir/plug.not"
	init 5 "$dir/init" start
	verdict $? "plug.init: start without plug"
	mv "$dir/plug.not" "$dir/plug"

	# rc.d, where rc.subr is ours
	mkdir -p "$dir/bsd/sbin" "$dir/bsd/etc" "$dir/bin"
	cp "$dir/plug" "$dir/bsd/sbin"
	sed "s|/etc/rc.subr|$PWD/test/rc.subr|; s|/usr/local$|$dir/bsd|; s|/usr/pkg$|$dir/bsd|
	    s|/var/run|$dir|; s|prefix/etc|prefix/..|" contrib/plug.rc >"$dir/rc"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\necho $RC_SYSTEM\n' >"$dir/bin/uname"
	chmod 755 "$dir/bin/uname"
	RC_CONF=$dir/rc.conf
	export RC_CONF RC_SYSTEM
	for RC_SYSTEM in FreeBSD NetBSD; do
		rc="env PATH=$dir/bin:$PATH sh $dir/rc"
		rm -f "$dir/plug.pid"
		conf 20120
		[ $RC_SYSTEM = FreeBSD ] && on=plug_enable off=0 || on=plug off=1
		printf '%s\n' plug_grace=1 "plug_flags=\"-a '*'\"" >"$dir/rc.conf"
		# shellcheck disable=SC2086
		init $off $rc start && ! grep WARNING "$said" && [ ! -e "$dir/plug.pid" ]
		verdict $? "plug.rc: $RC_SYSTEM: what nobody has enabled starts, or is complained of"
		# shellcheck disable=SC2086
		init 0 $rc onestart && serves 20120 && init 1 $rc onestart
		verdict $? "plug.rc: $RC_SYSTEM: onestart"
		echo "$on=YES" >>"$dir/rc.conf"
		conf 20121
		# shellcheck disable=SC2086
		init 0 $rc status && init 0 $rc configtest && init 0 $rc reload && serves 20121
		verdict $? "plug.rc: $RC_SYSTEM: status, configtest and reload"
		conf 99999
		# shellcheck disable=SC2086
		init 1 $rc reload && grep 99999 "$said" >/dev/null && init 1 $rc restart &&
		    serves 20121
		verdict $? "plug.rc: $RC_SYSTEM: a wrong file is taken, or stops plug"
		conf 20120
		socat "TCP:$host:20121" PIPE >/dev/null 2>&1 &
		pids="$pids $!"
		# shellcheck disable=SC2086
		init 0 $rc restart && serves 20120
		verdict $? "plug.rc: $RC_SYSTEM: restart waits for a session for ever"
		# shellcheck disable=SC2086
		init 0 $rc stop && init 1 $rc status
		verdict $? "plug.rc: $RC_SYSTEM: stop"
		echo $stranger >"$dir/plug.pid"
		# shellcheck disable=SC2086
		init 1 $rc stop && kill -0 $stranger && init 0 $rc start && serves 20120 &&
		    init 0 $rc stop
		verdict $? "plug.rc: $RC_SYSTEM: a stale pid file's stranger is taken for plug"
	done
	unset RC_CONF RC_SYSTEM
else
	skips 22 "socat: not found"
fi

# OpenWrt: procd and UCI as far as the script asks for them.
cat >"$dir/rc.common" <<'END'
config_load() { :; }
config_foreach() { "$1" one; }
uci() { sed -n "s/^[# ]*$1 $2 '\(.*\)'/\1/p" "$UCI"; }
config_get() { eval "$1=\$(uci option $3)"; }
config_get_bool() { eval "$1=\$(uci option $3)"; eval "[ \"\$$1\" ] || $1=\$4"; }
config_list_foreach() { for item in $(uci list "$2"); do "$3" "$item" "$4"; done; }
procd_open_instance() { :; }
procd_close_instance() { :; }
procd_add_jail() { :; }
procd_set_param() { [ "$1" != command ] || { shift; command="$*"; }; }
procd_append_param() { shift; command="$command $*"; }
. "$SCRIPT"
set -f
start_service
echo "$command"
END
sed "s/enabled '0'/enabled '1'/; s/^	//" contrib/openwrt/files/plug.config >"$dir/uci"
UCI=$dir/uci SCRIPT=contrib/openwrt/files/plug.init sh "$dir/rc.common" >"$dir/out" 2>"$said"
words=$(sed 's|^/usr/sbin/plug ||' "$dir/out")
# shellcheck disable=SC2086
[ "$words" = '-n -g 4 -f -l -r 30 -T 3600 -m 32 -b first -C 5 -h 192.168.50.1:3128 -u 65534:65534 -x 192.168.1.66 -a 192.168.1.* 8119 192.168.50.7:119' ] &&
    (set -f; "$dir/plug" -E $words) >>"$said" 2>&1
verdict $? "openwrt: the command is $words"

#
# inetd and xinetd: a plug for each client, and one for all.
#
inetd_serves() {
	name=$1 port=$2 waits=$3
	shift 3
	"$@" >"$dir/$name.out" 2>&1 &
	pids="$pids $!"
	echoes "$host:$port"
	verdict $? "$name: plug -I does not serve"
	echoes "$host:$waits" && echoes "$host:$waits"
	verdict $? "$name: plug -I does not serve what waits"
	# it is one for both, and ours to end
	[ ! -s "$dir/$name.pid" ] || pids="$pids $(sed 1q "$dir/$name.pid")"
}
if ! have socat; then
	skips 4 "inetd and xinetd: socat: not found"
else
	if have inetd; then
		printf "$host:%d stream tcp %s $(id -un) $dir/plug plug -I%s $host:20119\n" \
		    20122 nowait '' 20126 wait " -P $dir/inetd.pid" >"$dir/inetd.conf"
		inetd_serves inetd 20122 20126 inetd -i "$dir/inetd.conf"
	else
		skips 2 "inetd: not found"
	fi
	if have xinetd; then
		sed "s|/usr/local/sbin/plug|$dir/plug|; s|= 119|= 20123|
		    s|nobody|$(id -un)|; s|192.168.50.7:119|$host:20119|
		    s|^{|{\n	bind = $host|" contrib/xinetd.plug >"$dir/xinetd.conf"
		sed "s|20123|20127|; s|plug-nntp|plug-wait|; s|= no|= yes|
		    s|-Il|-P $dir/xinetd.pid -Il|" "$dir/xinetd.conf" >"$dir/xinetd.wait"
		cat "$dir/xinetd.wait" >>"$dir/xinetd.conf"
		inetd_serves xinetd 20123 20127 xinetd -dontfork -f "$dir/xinetd.conf" \
		    -pidfile "$dir/xinetd.own"
	else
		skips 2 "xinetd: not found"
	fi
fi

#
# Packages: what their tools say, and what they put where.
#
# names_in DIR: of all files there.
names_in() {
	(cd "$1" && find . ! -type d | sed 's|^\./||' | sort)
}

if have dpkg-buildpackage dh lintian; then
	tree "$dir/deb/plug" && cp -R contrib/debian "$dir/deb/plug"
	(umask 022 && cd "$dir/deb/plug" && chmod -R go+rX . &&
	    DEB_BUILD_OPTIONS='noddebs parallel=2' dpkg-buildpackage -us -uc -b) >"$said" 2>&1 &&
	    dpkg-deb -x "$dir"/deb/plug_*.deb "$dir/deb/root" &&
	    "$dir/deb/root/usr/sbin/plug" -V >"$said" 2>&1 &&
	    grep /usr/sbin/plug "$dir/deb/root/lib/systemd/system/plug.service" >/dev/null
	verdict $? "debian: it does not build"
	(cd "$dir/deb" && lintian --no-cfg --allow-root --fail-on error plug_*.changes) \
	    >"$said" 2>&1
	verdict $? "debian: lintian finds errors"
	# the test of the installed package, here where it is unpacked
	(PATH=$dir/deb/root/usr/sbin:$PATH AUTOPKGTEST_TMP=$dir/deb && export PATH AUTOPKGTEST_TMP &&
	    sh -ec "$(sed -n 's/^Test-Command: \(plug .*\)/\1/p' contrib/debian/tests/control)") >"$said" 2>&1
	verdict $? "debian: its own test of what is installed fails"
else
	skips 3 "debian: $missing: not found"
fi
tree "$dir/apk"
mkdir "$dir/apk.root"
(
	cd "$dir/apk" || exit
	# shellcheck disable=SC2034
	srcdir=contrib/alpine pkgdir=$dir/apk.root CFLAGS=-O0
	. ./contrib/alpine/APKBUILD
	build && package
) >"$said" 2>&1
[ "$(names_in "$dir/apk.root" | tr '\n' ' ')" = 'etc/init.d/plug usr/sbin/plug usr/share/licenses/plug/LICENSE usr/share/man/man1/plug.1 ' ]
verdict $? "alpine: what is installed is something else"

tree "$dir/br"
cat >"$dir/br.mk" <<END
include contrib/buildroot/plug.mk
SED = sed -i -e
INSTALL = install
TARGET_CONFIGURE_OPTS = CC="$CC" CFLAGS=-O0
TARGET_DIR = $dir/br.root
$dir/br/stamp:
	\$(PLUG_BUILD_CMDS)
	\$(PLUG_INSTALL_TARGET_CMDS)
	\$(PLUG_INSTALL_INIT_SYSV)
	\$(PLUG_INSTALL_INIT_SYSTEMD)
END
make -f "$dir/br.mk" "$dir/br/stamp" >"$said" 2>&1 &&
    [ "$(names_in "$dir/br.root" | tr '\n' ' ')" = 'etc/init.d/S90plug usr/lib/systemd/system/plug.service usr/sbin/plug ' ] &&
    grep "^sha256  $(sha256sum LICENSE)" contrib/buildroot/plug.hash >/dev/null
verdict $? "buildroot: what is installed is something else"

if have bmake; then
	mkdir "$dir/mk"
	: >"$dir/mk/bsd.port.mk"
	make -s -f Makefile.posix install DESTDIR="$dir/port" CFLAGS=-O0 >"$said" 2>&1 &&
	    bmake -r -m "$dir/mk" -f contrib/freebsd/Makefile post-install WRKSRC="$PWD" \
	    STAGEDIR="$dir/port" PREFIX=/usr/local STRIP_CMD=: MKDIR='mkdir -p' \
	    INSTALL_SCRIPT='install -m 755' >"$said" 2>&1 &&
	    gzip "$dir/port/usr/local/share/man/man1/plug.1" &&
	    names_in "$dir/port/usr/local" | diff - contrib/freebsd/pkg-plist >"$said"
	verdict $? "freebsd: what is installed is something else"
else
	skip "freebsd: bmake: not found"
fi

closing
