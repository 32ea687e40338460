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
# The translators: samples of both formats, and what can't be had.
#
cat >"$dir/rinetd.conf" <<'END'
# as rinetd(8) has it: denied before, allowed for one
deny 10.9.*
allow 192.168.*
allow 10.*.*.*
0.0.0.0 80 10.1.1.2 8080
allow 192.168.7.*
allow 10.9.9.9
deny 192.168.7.9
206.125.69.81 smtp 10.1.1.3 25/tcp  [timeout=1200, src=10.0.0.1]
logfile /var/log/rinetd.log
logcommon
END
cat >"$dir/rinetd.plug" <<'END'
-x 10.9.* -x 192.168.7.9 -a 192.168.7.* -a 10.9.9.9 80 10.1.1.2:8080
# start it with plug -S /var/log/rinetd.log -c FILE
-x 10.9.* -a 192.168.* -a 10.* 206.125.69.81:25@10.0.0.1 10.1.1.3:25
END
printf '%s\n' 'allow 1.*' '0.0.0.0 53/udp 10.1.1.2 53' '0.0.0.0 70 www.example.org 70' \
    '0.0.0.0 71 1.2.3.4 71' 'deny 192.168.1?' >"$dir/rinetd.bad"
cat >"$dir/netperm.conf" <<'END'
# Gauntlet's sample, more or less
tn-gw:	timeout 3600
plug-gw:	timeout 1800
plug-gw:	port nntp 192.168.50.* 10.0.0.0:255.0.0.0 -plug-to 10.0.0.5 -port 1119 -privport
*:	userid 32
plug-gw, http-gw:	directory /var/empty
plug-gw:	port 25 \
	*.*.*.* -plug-to 10.0.0.6
smap:	userid uucp
END
cat >"$dir/netperm.plug" <<'END'
# start it with plug -u 32 -R /var/empty -c FILE
-T 1800 -q -a 192.168.50.* -a 10.0.0.0/255.0.0.0 119 10.0.0.5:1119
-T 1800 -a * 25 10.0.0.6:25
END
printf '%s\n' 'plug-gw: port 25 * -plug-to mail.example.org' \
    'plug-gw: port 26 *.example.org -plug-to 10.0.0.6' \
    'plug-gw: permit-hosts *' >"$dir/netperm.bad"
for awk in mawk gawk original-awk 'busybox awk'; do
	if ! have "${awk%% *}"; then
		skip "$awk: not found"
		continue
	fi
	for kind in rinetd netperm; do
		# the same with the ends of lines that DOS has
		sed 's/$/\r/' "$dir/$kind.conf" >"$dir/$kind.dos"
		$awk -f contrib/${kind}2plug.awk "$dir/$kind.dos" 2>"$said" |
		    diff "$dir/$kind.plug" - >>"$said" 2>&1
		verdict $? "$awk: a sample of $kind with DOS ends of lines"
		$awk -f contrib/${kind}2plug.awk "$dir/$kind.conf" >"$dir/out" 2>"$said" &&
		    [ ! -s "$said" ] && diff "$dir/$kind.plug" "$dir/out" >"$said" 2>&1 &&
		    "$dir/plug" -E -c "$dir/out" >"$said" 2>&1
		verdict $? "$awk: a sample of $kind"
		$awk -f contrib/${kind}2plug.awk "$dir/$kind.bad" >"$dir/out" 2>"$said"
		[ $? -eq 1 ] && [ "$(grep -c "^${kind}2plug: line [0-9]*: .*: '" "$said")" -eq 3 ] &&
		    [ ! -s "$dir/out" ]
		verdict $? "$awk: what plug has not, of $kind"
	done
done

#
# Scripts.
#
if have shellcheck; then
	shellcheck -s sh -e SC1091 contrib/plug.init >"$said" 2>&1 &&
	    shellcheck -s sh -e SC1091,SC2034 contrib/plug.rc >"$said" 2>&1 &&
	    shellcheck -s dash -e SC1008,SC2034,SC3043,SC2239 \
	    contrib/openwrt/files/plug.init >"$said" 2>&1
	verdict $? "shellcheck"
else
	skip "shellcheck: not found"
fi
if have systemd-analyze; then
	systemd-analyze security --offline=true --threshold=20 \
	    contrib/plug.service >"$said" 2>&1
	verdict $? "systemd-analyze: plug.service is exposed more than 2.0"
	sed "s|/usr/local/sbin/plug|$dir/plug|; s|^Documentation.*||" \
	    contrib/plug.service >"$dir/plug.service"
	systemd-analyze verify "$dir/plug.service" >"$said" 2>&1 && [ ! -s "$said" ]
	verdict $? "systemd-analyze: plug.service is wrong"
else
	skips 2 "systemd-analyze: not found"
fi

# System V init, with paths of ours.
sed "s|^PLUG=.*|PLUG=$dir/plug|; s|^PLUG_CONF=.*|PLUG_CONF=$dir/plug.conf|
    s|^PLUG_PID=.*|PLUG_PID=$dir/plug.pid|; s|^PLUG_OPTIONS=.*|PLUG_OPTIONS=|
    s|/etc/default/plug|$dir/none|" contrib/plug.init >"$dir/init"
chmod 755 "$dir/init"
echo "$host:20120 $host:20119" >"$dir/plug.conf"
{ "$dir/init" start && "$dir/init" status; } >"$said" 2>&1
verdict $? "plug.init: start and status"
[ ! -s "$dir/plug.pid" ] || pids="$pids $(sed 1q "$dir/plug.pid")"
if have socat; then
	echoes "$host:20120"
	verdict $? "plug.init: plug serves"
	echo "$host:20121 $host:20119" >"$dir/plug.conf"
	"$dir/init" reload >"$said" 2>&1 && echoes "$host:20121"
	verdict $? "plug.init: reload"
else
	skips 2 "socat: not found"
fi
echo "$host:99999 $host:20119" >"$dir/plug.conf"
! "$dir/init" reload >"$said" 2>&1 && grep 99999 "$said" >/dev/null
verdict $? "plug.init: reload takes a wrong file"
"$dir/init" stop >"$said" 2>&1
verdict $? "plug.init: stop"
"$dir/init" status >"$said" 2>&1
[ $? -eq 3 ]
verdict $? "plug.init: status after stop"

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
[ "$words" = '-n -o -f -l -r 30 -T 3600 -m 32 -u 65534:65534 -x 192.168.1.66 -a 192.168.1.* 8119 192.168.50.7:119' ] &&
    (set -f; "$dir/plug" -E $words) >>"$said" 2>&1
verdict $? "openwrt: the command is $words"

#
# inetd and xinetd.
#
inetd_serves() {
	name=$1 port=$2
	shift 2
	"$@" >"$dir/$name.out" 2>&1 &
	pids="$pids $!"
	echoes "$host:$port"
	verdict $? "$name: plug -I does not serve"
}
if ! have socat; then
	skips 2 "inetd and xinetd: socat: not found"
else
	if have inetd; then
		echo "$host:20122 stream tcp nowait $(id -un) $dir/plug plug -I $host:20119" \
		    >"$dir/inetd.conf"
		inetd_serves inetd 20122 inetd -i "$dir/inetd.conf"
	else
		skip "inetd: not found"
	fi
	if have xinetd; then
		sed "s|/usr/local/sbin/plug|$dir/plug|; s|= 119|= 20123|
		    s|nobody|$(id -un)|; s|192.168.50.7:119|$host:20119|
		    s|^{|{\n	bind = $host|" contrib/xinetd.plug >"$dir/xinetd.conf"
		inetd_serves xinetd 20123 xinetd -dontfork -f "$dir/xinetd.conf" \
		    -pidfile "$dir/xinetd.pid"
	else
		skip "xinetd: not found"
	fi
fi

closing
