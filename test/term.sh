#!/bin/sh
# term.sh DIR [script ...]: each test script is told to end, at several moments
# of its life, and nothing of it may be left: no process, no file, no network
# namespace.  DIR is an existing directory.  Needs /proc.  Ends with "N passed,
# N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
[ $# -gt 0 ] && shift
scripts=${*:-test.sh all bench checks clients contrib coverage eva ha inject knr lossy matrix
    names old ports sizes soak storm demo}
moments='0.2 2 6'

# set_command SCRIPT DIR: how it is run.
set_command() {
	case $1 in
	test.sh) command=test.sh ;;
	demo) command="test/demo.sh ./plug $((20000 + $$ % 9000))" ;;
	*) command="test/$1.sh $2" ;;
	esac
}

# Folders of live tests and namespaces, named by who made them, who is gone.
orphans() {
	for made in /tmp/live.[0-9]* /run/netns/storm[0-9]* /run/netns/ha[0-9]*; do
		maker=${made##*/}
		maker=${maker#"${maker%%[0-9]*}"}
		maker=${maker%%[!0-9]*}
		[ ! -e "$made" ] || [ -d "/proc/$maker" ] || echo "$made"
	done
}

# What carries our mark, but who only looks.
marked() {
	grep -lszxF "TERM_TEST=$1" /proc/[0-9]*/environ
}

# one SCRIPT MOMENT: a verdict on standard output.
one() {
	name=$1.$2
	mkdir "$dir/$name" "$dir/$name/tmp"
	orphans >"$dir/$name.before"
	set_command "$1" "$dir/$name/tmp"
	# shellcheck disable=SC2086
	ENDS='' TERM_TEST="$$.$name" TMPDIR="$dir/$name/tmp" \
	    sh $command >"$dir/$name.out" 2>&1 &
	pid=$!
	sleep "$2"
	kill "$pid" 2>/dev/null || echo "     term: $1 has ended before $2 s"
	wait "$pid" 2>/dev/null
	tries=0
	while marked "$$.$name" >"$dir/$name.left" && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	(cd "$dir/$name/tmp" && find . ! -name .) >>"$dir/$name.left"
	orphans >"$dir/$name.after"
	grep -vxFf "$dir/$name.before" "$dir/$name.after" >>"$dir/$name.left"
	[ ! -s "$dir/$name.left" ]
	verdict $? "$1 after $2 s leaves something behind" "$dir/$name.left"
}

# The moments of a script one after another, the scripts beside each other.
moments() {
	passed=0 failed=0
	for moment in $moments; do
		one "$1" "$moment"
	done
	closing
}

many=0
for name in $scripts; do
	beside "$name" moments "$name"
	many=$((many + 1))
	[ $((many % 5)) != 0 ] || collect
done
collect
closing
