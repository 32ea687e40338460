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
	    >"$said" 2>&1 && [ -d "$dir/root/run/plug" ] && [ -d "$dir/root/var/log/plug" ]
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
    s|^PLUG_PID=.*|PLUG_PID=$dir/plug.pid|; s|^PLUG_OPTIONS=.*|PLUG_OPTIONS=|
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
		echo plug_grace=1 >"$dir/rc.conf"
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
[ "$words" = '-n -o -f -l -r 30 -T 3600 -m 32 -u 65534:65534 -x 192.168.1.66 -a 192.168.1.* 8119 192.168.50.7:119' ] &&
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
else
	skips 2 "debian: $missing: not found"
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
