#!/bin/sh
# old.sh DIR [full]: plug on the interfaces of old systems.  Each knob of
# compat.h is forced alone, then those of a whole system (for Xenix and SVR3
# its block of Makefile.sunos), then all of 4.2BSD's (OLD_ALL), with test/old.h
# in the place of what such a system does; live tests must pass in every
# process mode that it allows: some of each kind, or all with "full".
# DIR is an existing directory.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"

# The errors of this system as the table that old ones have.
cat >"$dir/errlist.c" <<'END'
#include <stdio.h>
#include <string.h>
int main(void)
{
	int i;

	puts("char *sys_errlist[] = {");
	for (i = 0; i < 134; i++)
		printf("\"%s\",\n", strerror(i));
	puts("0 };\nint sys_nerr = 134;");
	return 0;
}
END
tools && build errlist "$dir/errlist.c" && "$dir/errlist" >"$dir/errlist.h" || stop_here

# old NAME FLAGS ...: a build with them.
old() {
	name=$1
	shift
	"$CC" -std=gnu89 -w -O1 -I"$dir" -DSEAMS_OLD -DPATH_LOG='"devlog"' "$@" \
	    -o "$dir/$name" plug.c >"$said" 2>&1
	verdict $? "$name builds"
	[ -x "$dir/$name" ]
}

# run NAME MODE GROUPS ...: in the background.
run() {
	name=$1 mode=$2
	shift 2
	zone=${TZ+TZ=$TZ}
	[ "$name" != NO_LOCALTIME ] || zone=TZ=UTC0
	beside "$name.$mode" env ${zone:+"$zone"} timeout 600 "$dir/live" \
	    "$dir/$name" "$dir/peer" -L devlog -j 3 -s 4 -m "$mode" "$@"
}

# What a knob takes away is not tested: no USR1, no unix sockets (and so no
# syslogd of the test's), no IPv6, no more sessions than a long has bits, and
# workers that know of each other.  Children of -F tell the master instead.
if [ "$2" = full ]; then
	most='bytes targets balance check connect rule family config rights
	option process'
	logs=log
	parts='targets log bytes/half_both bytes/short'
else
	most='bytes/half_both bytes/short bytes/urgent bytes/reset_target
	targets/cycle targets/all_dead connect/yes connect/407 connect/speaks_first
	process/detach process/pidfile process/second process/term
	process/term_twice process/int process/hup process/usr1'
	logs='log/line log/failed log/syslog log/syslog_refused'
	parts="targets/cycle bytes/half_both bytes/short $logs"
fi
unix='no:family/failover no:family/unix_source no:family/unix_target
no:family/unix_bulk no:family/stale no:family/others'
six='no:family/six no:family/six_to_four no:family/both no:family/rules
no:family/failover'
few='no:bytes/many no:bytes/stalled no:bytes/integrity no:log/every
no:targets/client_rude no:targets/privileged'
texts='no:config/reload_bad no:config/reload_keeps no:check/returns
no:check/black_hole no:rights/reload'
files='no:process/pidfile no:process/stale no:process/child_killed'
alone='no:process/one_by_one_workers no:process/ghosts_workers'
told='process/child_lines process/fork_fails process/order process/one_by_one
process/ghosts process/waits_alone process/full_elsewhere'
syslog='no:log/syslog no:log/syslog_failed no:log/syslog_refused
no:log/syslog_stopped no:log/syslog_again'

# block WORDS: the DEFS of a system in Makefile.sunos.
block() {
	sed -n "/^# $1/,/^# LIBS/s/^# DEFS = //p" Makefile.sunos
}

while read -r name flags; do
	# shellcheck disable=SC2086
	old "$name" $flags || continue
	more=$logs less=
	case $name in
	OLD_SELECT) more="$logs $few" ;;
	NO_SIGUSR1) more="$logs no:process/usr1 no:process/usr1_late
		no:process/other_signals" ;;
	NO_UNIX) more="$logs $unix $syslog" ;;
	NO_IPV6) more="$logs $six" ;;
	NO_STRERROR) more="$logs $texts" ;;
	NO_SHARE) more="$logs $told $alone" ;;
	NO_FORK) more="no:family/stale no:process no:rights/user no:rights/root
		no:option/grammar no:option/numbers" ;;
	NO_LOCK) more="$logs no:process/second" ;;
	NO_FTRUNCATE) more="$logs $files" ;;
	NO_SETGROUPS) more="$logs no:rights/user" ;;
	XENIX | SVR3) more="$alone $unix $six $files no:bytes/many no:rights/user" less=no:log ;;
	OLD_BSD) more="$logs $alone $six no:rights/user" ;;
	OLD_NOFILE) more="$logs no:bytes/many" ;;
	OLD_OPENLOG | OLD_SYSLOG | NO_SYSLOG) more= ;;
	esac
	# shellcheck disable=SC2086
	run "$name" single $most $more
	case $name in
	NO_SHARE | OLD_BSD | XENIX | SVR3)
		# shellcheck disable=SC2086
		run "$name" fork $parts $less
		# shellcheck disable=SC2086
		run "$name" workers $parts no:targets $less
		;;
	OLD_SUNOS | *WAIT3 | *WAIT | NO_FTRUNCATE | *SIGNAL | *HANDLER | NO_CLOCK | NO_POLL | *NDELAY | *FIONBIO)
		# shellcheck disable=SC2086
		run "$name" fork $parts
		# shellcheck disable=SC2086
		run "$name" workers $parts
		;;
	esac
	i=$((${i:-0} + 1))
	[ $((i % 6)) -ne 0 ] || collect
done <<END
OLD_SELECT -DOLD_SELECT -DNO_POLL
OLD_SYSLOG -DOLD_SYSLOG
OLD_OPENLOG -DOLD_OPENLOG
NO_SYSLOG -DNO_SYSLOG
OLD_WAIT3 -DOLD_WAIT3
OLD_SIGNAL -DOLD_SIGNAL
OLD_WAIT -DOLD_WAIT -DOLD_SIGNAL
BSD_SIGNAL -DBSD_SIGNAL
OLD_HANDLER -DOLD_HANDLER -DBSD_SIGNAL
NO_SIGUSR1 -DNO_SIGUSR1
OLD_SETPGRP -DOLD_SETPGRP
SYSV_SETPGRP -DSYSV_SETPGRP
OLD_FIONBIO -DOLD_FIONBIO
OLD_NDELAY -DOLD_NDELAY -DUSE_SELECT
OLD_STRINGS -DOLD_STRINGS
OLD_ERRNO -DOLD_ERRNO
OLD_ERRLIST -DOLD_ERRLIST
NO_STRERROR -DNO_STRERROR
OLD_SOCKOPT -DOLD_SOCKOPT
OLD_SOCKLEN -DOLD_SOCKLEN
NO_UNISTD -DNO_UNISTD
OLD_STAT -DOLD_STAT
OLD_FLOCK -DOLD_FLOCK
NO_UNIX -DNO_UNIX -DNO_SYSLOG
NO_IPV6 -DNO_IPV6
NO_SHARE -DNO_SHARE
OLD_DTABLE -DOLD_DTABLE
OLD_NOFILE -DOLD_NOFILE -DMAXSESSION=90 -DMAXPIPE=4
NO_POLL -DNO_POLL
NO_CLOCK -DNO_CLOCK
NO_FORK -DNO_FORK
NO_LOCK -DNO_LOCK
NO_FTRUNCATE -DNO_FTRUNCATE
NO_SETGROUPS -DNO_SETGROUPS
NO_LOCALTIME -DNO_LOCALTIME
NO_SPLICE -DNO_SPLICE
NO_ACCEPT4 -DNO_ACCEPT4
OLD_BSD -DOLD_BSD -DNO_SPLICE -DMAXSESSION=400
OLD_SUNOS -DOLD_SUNOS -DNO_SPLICE -DMAXSESSION=900
XENIX $(block 'Xenix 386') -DNO_SPLICE -DMAXSESSION=90
SVR3 $(block 'System V Release 3') -DNO_SPLICE -DMAXSESSION=90
END
collect
if old OLD_ALL -DOLD_ALL; then
	# shellcheck disable=SC2086
	run OLD_ALL single $most $logs $few $six no:rights/user
	# shellcheck disable=SC2086
	run OLD_ALL fork $parts $few no:bytes/short
	# shellcheck disable=SC2086
	run OLD_ALL workers $parts $few no:targets
	collect
fi

# refused NAME WORDS ...: exit 5, with one line that says why.
refused() {
	name=$1
	shift
	"$dir/$name" "$@" >"$said" 2>&1
	[ $? -eq 5 ] && grep -c 'no fork\|no shared memory' "$said" |
	    grep -q '^1$'
	verdict $? "$name $* is not refused with a reason"
}

# fits NAME DESCRIPTORS SESSIONS: with so many of the one plug serves at least
# so many of the other.
fits() {
	# shellcheck disable=SC3045
	(ulimit -n "$2"
	exec timeout 3 "$dir/$1" -n "127.99.9.$(($$ % 250 + 1)):8080" \
	    127.0.0.1:9) 2>"$said"
	most=$(sed -n 's/.*too few descriptors: at most \([0-9]*\) .*/\1/p' \
	    "$said")
	[ "${most:-0}" -ge "$3" ]
	verdict $? "$1 with $2 descriptors does not serve $3 sessions"
}

# starts NAME DESCRIPTORS: as it comes, it serves and says nothing at the start.
starts() {
	# shellcheck disable=SC3045
	(ulimit -n "$2"
	exec timeout 2 "$dir/$1" -n "127.99.9.$(($$ % 250 + 1)):8080" \
	    127.0.0.1:9) 2>"$said"
	[ $? = 124 ] && [ ! -s "$said" ]
	verdict $? "$1 with $2 descriptors complains at the start"
}

# usr1 NAME: at USR1 the master of -w tells nothing that it does not know, and
# each worker its own.
usr1() {
	"$dir/$1" -n -w 2 -P "$dir/pid" "127.99.9.$(($$ % 250 + 1)):8080" \
	    127.0.0.1:9 2>"$said" &
	i=0
	while [ $((i += 1)) -lt 100 ] &&
	    [ "$(grep -c . "$dir/pid" 2>/dev/null)" != 3 ]; do
		sleep 0.1
	done
	kill -USR1 $!
	i=0
	while [ $((i += 1)) -lt 100 ] &&
	    [ "$(grep -c 'sessions now 0, ended 0, of' "$said")" -lt 2 ]; do
		sleep 0.1
	done
	kill $!
	wait $!
	[ "$(sed -e 's/.*status: //' -e 's/^plug [0-9.]*, //' "$said" |
	    cut -c 1-14 | sort | tr '\n' ';')" = "$(printf '%s;' \
	    'sessions now 0' 'sessions now 0' 'target 127.0.0' \
	    'target 127.0.0' 'workers 2, eac')" ]
	verdict $? "$1 -w: the master tells what it can't know"
}

# Descriptors are not put by for kernel pipes where there are none.
fits OLD_BSD 64 20
! old 4.3BSD -DOLD_BSD || starts 4.3BSD 64
! old 2.11BSD -DOLD_BSD -Dpdp11 || starts 2.11BSD 30
refused NO_FORK -F 8080 127.0.0.1:9
refused NO_FORK -n -w 2 8080 127.0.0.1:9
refused NO_FORK 8080 127.0.0.1:9
refused NO_SHARE -n -w 2 -f 8080 127.0.0.1:9
refused NO_SHARE -n -w 2 -m 5 8080 127.0.0.1:9
refused NO_SHARE -n -w 2 8080 127.0.0.1:9,max=3
refused NO_SHARE -n -w 2 -s 127.0.0.1:8081 8080 127.0.0.1:9
usr1 NO_SHARE
closing
