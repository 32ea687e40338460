#!/bin/sh
# checks.sh DIR: probes of real servers, with plug.1's recipes for them:
# PostgreSQL, MariaDB, redis, slapd, sshd, and HTTP on another port by nginx.
# All of it is in network, mount and IPC namespaces of its own; who does not
# run as root is nobody.  MariaDB counts who leaves too early, by name: its
# half minute runs beside the others.  DIR is an existing directory.  Needs
# root; a missing server is named, and what it would test counts as skipped.
# Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
need unshare ip setpriv socat "$CC"
apart -mni "$@"
folder "$1"
for bin in /usr/lib/postgresql/*/bin; do
	PATH=$PATH:$bin
done

# Everybody may reach the folder, as $mnt; names are of our hosts file.
mnt=/mnt
chmod 711 "$dir"
mount --bind "$dir" $mnt && ip link set lo up || exit 1
for n in 1 2 3; do
	ip addr add 10.9.0.$n/32 dev lo
	echo "10.9.0.$n client$n.test"
done >"$dir/hosts"
echo 'hosts: files' >"$dir/nsswitch.conf"
chmod 644 "$dir/hosts" "$dir/nsswitch.conf"
mount --bind "$dir/hosts" /etc/hosts &&
    mount --bind "$dir/nsswitch.conf" /etc/nsswitch.conf &&
    mount -t tmpfs none /run || exit 1
nobody='setpriv --reuid=65534 --regid=65534 --clear-groups'

# The manual's lines, a comment with a name before each.
sed -n '/^Probes of what has/,/^[.]SH DIFF/p' plug.1 |
    sed 's/\\-/-/g; s/\\e/\\/g' >"$dir/recipes"

# recipe NAME: what stands there behind the target.
recipe() {
	sed -n "/^# $1/{
	n
	s/^-H [0-9]* [0-9]* 10[.]0[.]0[.]2//p
	}" "$dir/recipes"
}

# start NAME COMMAND ...: a server that stays in the foreground.
start() {
	server=$1
	shift
	"$@" >"$dir/$server.out" 2>&1 </dev/null &
	eval "$server=$!"
	pids="$pids $!"
}

# plug_on NAME [OPTIONS]: plug with the file of this name.
plug_on() {
	conf=$1
	shift
	start "plug_$conf" "$dir/plug" -n "$@" -c "$dir/$conf.conf"
}

# tells NAME TEXT [N]: that plug has written this, N times, within 20 s.
wrote() {
	[ "$(grep -c "$2" "$dir/plug_$1.out")" -ge "${3:-1}" ]
}

tells() {
	until_true 20 wrote "$@"
}

# listens ADDR PORT: somebody does, within 20 s.
listens() {
	until_true 20 socat -u OPEN:/dev/null "TCP:$1:$2"
}

# gone PID: a program of ours has ended.
gone() {
	! kill -0 "$1"
}

# own NAME: a folder of nobody's, in ours.
own() {
	mkdir "$dir/$1" && chown 65534:65534 "$dir/$1"
}

#
# MariaDB: three clients by address, who probe in different ways.
#
start_mariadb() {
	own mariadb
	$nobody mariadb-install-db --no-defaults --datadir=$mnt/mariadb \
	    --auth-root-authentication-method=normal --skip-test-db --force \
	    >"$dir/mariadb.out" 2>&1 || return 1
	# (without a user of another host nobody gets as far as to be counted)
	echo "CREATE USER app@'%' IDENTIFIED BY 'secret';" >"$dir/mariadb.sql"
	chmod 644 "$dir/mariadb.sql"
	# shellcheck disable=SC2086
	start mariadb $nobody mariadbd --no-defaults --datadir=$mnt/mariadb \
	    --socket=$mnt/mariadb/socket --pid-file=$mnt/mariadb/pid \
	    --bind-address=10.9.0.1 --port=3306 --max-connect-errors=4 \
	    --innodb-buffer-pool-size=8M --innodb-log-file-size=4M \
	    --log-warnings=2 --init-file=$mnt/mariadb.sql
	until_true 30 grep -q 'ready for connections' "$dir/mariadb.out" ||
	    return 1
	cat >"$dir/mariadb.conf" <<END
-H 1 -p 10.9.0.1 127.0.0.1:3306 10.9.0.1:3306$(recipe MariaDB)
-H 1 -p 10.9.0.2 127.0.0.2:3306 10.9.0.1:3306
-H 1 -p 10.9.0.3 127.0.0.3:3306 10.9.0.1:3306,expect=
END
	plug_on mariadb
	began=$(date +%s)
}

# blocked N: what a client from that address hears.
blocked() {
	socat -u -T 2 "TCP:10.9.0.1:3306,bind=10.9.0.$1" - 2>&1 |
	    grep -aq 'is blocked'
}

test_mariadb() {
	sleep $((began + 30 - $(date +%s)))
	blocked 1
	[ $? = 1 ] && [ "$(grep -c "Access denied for user 'plug'@'client1.test'" \
	    "$dir/mariadb.out")" -gt 20 ] && ! grep target "$dir/plug_mariadb.out"
	verdict $? "mariadb: 30 s of the manual's probes block a client" \
	    "$dir/mariadb.out"
	blocked 2
	verdict $? "mariadb: nobody is blocked by bare probes: the test proves nothing" \
	    "$dir/mariadb.out"
	blocked 3
	verdict $? "mariadb: who reads and leaves is not blocked, as plug.1 says" \
	    "$dir/mariadb.out"
}

#
# PostgreSQL, slapd and sshd: each is stopped, and goes on.
#
start_postgres() {
	own postgres
	$nobody initdb -D $mnt/postgres -U postgres -A trust -N \
	    >"$dir/postgres.out" 2>&1 || return 1
	# shellcheck disable=SC2086
	start postgres $nobody postgres -D $mnt/postgres -c fsync=off \
	    -c listen_addresses=127.0.0.2 -c unix_socket_directories=
	listens 127.0.0.2 5432
}

start_slapd() {
	mkdir "$dir/slapd"
	echo "pidfile $dir/slapd/pid" >"$dir/slapd/conf"
	start slapd slapd -d 0 -h ldap://127.0.0.2:389 -f "$dir/slapd/conf"
	listens 127.0.0.2 389
}

start_sshd() {
	mkdir -m 755 /run/sshd
	ssh-keygen -q -t ed25519 -N '' -f "$dir/hostkey" || return 1
	cat >"$dir/sshd.conf" <<END
ListenAddress 127.0.0.2:22
HostKey $dir/hostkey
PidFile none
UsePAM no
END
	start sshd "$(command -v sshd)" -D -e -f "$dir/sshd.conf"
	listens 127.0.0.2 22
}

# stops NAME PORT RECIPE: its plug.
stops() {
	echo "-H 1 -C 1 127.0.0.1:$2 127.0.0.2:$2" | tr -d '\n'
	recipe "$3"
}

# stop NAME: by now it has been probed for a while.
stop() {
	[ ! -s "$dir/plug_$1.out" ]
	verdict $? "$1: a server that serves is told dead" "$dir/plug_$1.out"
	eval "kill -STOP \$$1"
}

# stopped NAME
stopped() {
	tells "$1" 'no answer in time'
	verdict $? "$1: a server that is stopped is told alive" "$dir/plug_$1.out"
	eval "kill -CONT \$$1"
}

# back NAME
back() {
	tells "$1" 'is back'
	verdict $? "$1: a server that goes on is told dead" "$dir/plug_$1.out"
}

test_postgres() {
	[ "$(psql -h 127.0.0.1 -U postgres -Atc 'select 6 * 7' postgres 2>&1)" = 42 ]
	verdict $? "postgres: no client is served" "$dir/postgres.out"
	! grep -i 'ssl\|eof\|reset\|startup packet\|protocol' "$dir/postgres.out"
	verdict $? "postgres: its log complains of probes" "$dir/postgres.out"
}

test_slapd() {
	# (success is the last byte: it was looked at)
	recipe LDAP | sed 's/^/-H 1 127.0.0.1:3389 127.0.0.2:389/; s/0$/1/' \
	    >"$dir/unbound.conf"
	plug_on unbound
	tells unbound 'not the expected answer'
	verdict $? "slapd: any answer is a good one" "$dir/plug_unbound.out"
}

test_sshd() {
	ssh-keyscan -t ed25519 127.0.0.1 2>"$said" | grep -q ' ssh-ed25519 ' &&
	    ! grep -i reset "$dir/sshd.out"
	verdict $? "sshd: no client is served, or a probe was a reset" \
	    "$dir/sshd.out"
}

#
# redis: the primary has the clients, with and without cut, in every mode.
#
redis() {
	host=$1
	shift
	redis-cli -h "$host" "$@" 2>&1
}

start_redis() {
	mkdir "$dir/redis2" "$dir/redis3"
	for n in 2 3; do
		start redis$n redis-server --bind 127.0.0.$n --save '' \
		    --appendonly no --protected-mode no --dir "$dir/redis$n" \
		    --repl-diskless-sync-delay 0
		listens 127.0.0.$n 6379 || return 1
	done
	redis 127.0.0.3 replicaof 127.0.0.2 6379 >/dev/null
	cut=$(recipe redis)
	for n in 1 2 3; do
		cat >"$dir/redis_$n.conf" <<END
-H 1 127.0.1.$n:6379 127.0.0.2:6379$cut 127.0.0.3:6379$cut
-H 1 127.0.2.$n:6379 127.0.0.2:6379${cut#,cut} 127.0.0.3:6379${cut#,cut}
END
	done
	plug_on redis_1
	plug_on redis_2 -F
	plug_on redis_3 -w 2
}

# writes ADDR: a client's word arrives.
writes() {
	[ "$(redis "$1" set key value)" = OK ]
}

test_redis() {
	for n in 1 2 3; do
		tells redis_$n '127.0.0.3:6379: not the expected answer' 2
	done
	until_true 20 writes 127.0.0.2
	held=
	for n in 1 2 3; do
		for i in 1 2; do
			socat -u TCP:127.0.$i.$n:6379 - >"$dir/held$i$n" 2>&1 &
			held="$held $!"
		done
	done
	pids="$pids $held"
	sleep 1
	redis 127.0.0.3 replicaof no one >/dev/null
	redis 127.0.0.2 replicaof 127.0.0.3 6379 >/dev/null
	# shellcheck disable=SC2086
	set -- $held
	for n in 1 2 3; do
		mode=$(echo "one process:-F:-w 2" | cut -d: -f$n)
		tells redis_$n '127.0.0.2:6379: not the expected answer' 2 &&
		    tells redis_$n '127.0.0.3:6379 is back' 2
		verdict $? "redis, $mode: a change of roles is not seen" \
		    "$dir/plug_redis_$n.out"
		until_true 5 writes 127.0.1.$n && until_true 5 writes 127.0.2.$n
		verdict $? "redis, $mode: a client finds no primary" \
		    "$dir/plug_redis_$n.out"
		until_true 5 gone "$1"
		verdict $? "redis, $mode: cut leaves sessions at who was primary" \
		    "$dir/held1$n"
		shift
		kill -0 "$1"
		verdict $? "redis, $mode: without cut a session ends" "$dir/held2$n"
		shift
	done
}

#
# HTTP on another port tells who is the primary, as in a cluster of Patroni's.
#
start_nginx() {
	mkdir "$dir/nginx"
	{
		nginx_head "$dir/nginx" 1 256
		for n in 2 3; do
			cat <<END
	server { listen 127.0.0.$n:8080; location / { return 200 "$n\n"; } }
	server {
		listen 127.0.0.$n:8008;
		location /primary {
			if (-e $dir/primary.$n) { return 200; }
			return 503;
		}
	}
END
		done
		echo '}'
	} >"$dir/nginx/conf"
	: >"$dir/primary.2"
	start nginx nginx -p "$dir/nginx" -e "$dir/nginx/error.log" \
	    -c "$dir/nginx/conf"
	listens 127.0.0.2 8008 || return 1
	# (nginx says 1.1 in any case)
	cut=$(recipe Patroni | sed 's,HTTP/1.0 200,HTTP/1.1 200,')
	cat >"$dir/nginx.conf" <<END
-H 1 127.0.0.1:8080 127.0.0.2:8080$cut 127.0.0.3:8080$cut
END
	plug_on nginx
}

# page N: the next client comes to that server.
page() {
	[ "$(curl -s -m 5 http://127.0.0.1:8080/)" = "$1" ]
}

test_nginx() {
	tells nginx '127.0.0.3:8080: not the expected answer' && page 2 &&
	    page 2 && page 2
	verdict $? "nginx: clients are not all at the primary" \
	    "$dir/plug_nginx.out"
	socat -u TCP:127.0.0.1:8080 - >"$dir/held" 2>&1 &
	pids="$pids $!"
	sleep 0.5
	mv "$dir/primary.2" "$dir/primary.3"
	tells nginx '127.0.0.2:8080: not the expected answer' &&
	    tells nginx '127.0.0.3:8080 is back' && page 3 && page 3 && page 3
	verdict $? "nginx: the new primary is not found" "$dir/plug_nginx.out"
	until_true 5 gone $!
	verdict $? "nginx: a session stays at who was primary" "$dir/held"
}

build plug plug.c || stop_here
tests='' began=''
for need in 'mariadb mariadb-install-db mariadbd my_print_defaults' 'postgres initdb postgres psql' \
    'slapd slapd' 'sshd sshd ssh-keygen ssh-keyscan' 'redis redis-server redis-cli' \
    'nginx nginx curl'; do
	# shellcheck disable=SC2086
	set -- $need
	name=$1
	shift
	if ! have "$@"; then
		skips 3 "$name: $missing: not found"
	elif "start_$name"; then
		tests="$tests $name"
	else
		fail "$name: it does not start"
		tail -n 20 "$dir/$name.out"
	fi
done
halted=
for name in $tests; do
	case $name in
	postgres) stops "$name" 5432 PostgreSQL >"$dir/$name.conf" ;;
	slapd) stops "$name" 389 LDAP >"$dir/$name.conf" ;;
	sshd) stops "$name" 22 SSH >"$dir/$name.conf" ;;
	*) continue ;;
	esac
	plug_on "$name"
	halted="$halted $name"
done
for name in redis nginx postgres slapd sshd; do
	case " $tests " in
	*" $name "*) "test_$name" ;;
	esac
done
for how in stop stopped back; do
	for name in $halted; do
		$how "$name"
	done
done
[ -z "$began" ] || test_mariadb
closing
