#!/bin/sh
# mutants.sh DIR [COUNT [SEED]]: would the default suite see a small fault?
# COUNT (60) small changes of plug.c by mutants.awk, one at a time, in the
# rooms that decide over bytes and targets: `sh test.sh` must fail for 90 of
# a hundred.  Its unit tests and those of one process are tried alone first,
# which is quicker; each run is ended at the first failure.  What came out is
# kept in DIR/mutants.SEED, a line each, so that an interrupted run goes on
# where it was.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
count=${2:-60} seed=${3:-1}
kept=$top/mutants.$seed
tree "$dir/tree" || exit 1
touch "$kept"

# soon: some of what the suite runs fails already.
soon() {
	(cd "$dir/tree" && cc -w -o "$dir/unit" test/unit.c) &&
	    ! timeout 60 "$dir/unit" >"$dir/first" 2>&1 && return 0
	(cd "$dir/tree" && cc -w -O2 -DPATH_LOG='"devlog"' -DSTATUSSECS=8 \
	    -DLINGERSECS=6 -o "$dir/plug" plug.c) || return 1
	timeout 300 "$dir/live" "$dir/plug" "$dir/peer" -L devlog \
	    >"$dir/first" 2>&1 &
	suite=$!
	pids=$suite
	while kill -0 $suite 2>/dev/null; do
		! grep -q '^FAIL' "$dir/first" || break
		sleep 1
	done
	kill $suite 2>/dev/null
	wait $suite
	pids=
	grep -q '^FAIL' "$dir/first"
}

# fails: the suite does, for the tree as it is; it is ended then.
fails() {
	rm -rf "$dir/tmp"
	mkdir "$dir/tmp"
	(cd "$dir/tree" && exec env TMPDIR="$dir/tmp" sh test.sh) \
	    >"$dir/out" 2>&1 &
	suite=$!
	pids=$suite
	seen=0 secs=0
	while kill -0 $suite 2>/dev/null && [ $((secs += 1)) -lt 400 ]; do
		if cat "$dir"/tmp/*/out.* "$dir/out" 2>/dev/null |
		    grep '^FAIL' >"$dir/first"; then
			seen=1
			break
		fi
		sleep 1
	done
	kill $suite 2>/dev/null
	wait $suite
	status=$?
	pids=
	[ $seen = 1 ] || [ $status -ne 0 ]
}

tools || stop_here
if ! grep -q '^whole ' "$kept"; then
	if soon || fails; then
		sed 3q "$dir/first"
		fail "the suite fails without any change"
		closing
	fi
	echo "whole plug.c" >>"$kept"
fi
n=0
while [ "$(grep -c '^seen \|^not ' "$kept")" -lt "$count" ] && [ $n -lt 1000 ]; do
	n=$((n + 1))
	awk -v seed="$seed" -v n=$n -f test/mutants.awk plug.c \
	    >"$dir/tree/plug.c" 2>"$dir/what" || exit 1
	what=$(cat "$dir/what")
	grep -F -q "$what" "$kept" && continue
	if ! cc -w -o "$dir/plug" "$dir/tree/plug.c" 2>/dev/null; then
		echo "none $what" >>"$kept"
	elif soon || fails; then
		echo "seen $what" >>"$kept"
	else
		echo "not  $what" >>"$kept"
		echo "     not seen: $what"
	fi
done
seen=$(grep -c '^seen ' "$kept")
all=$(grep -c '^seen \|^not ' "$kept")
echo "== mutants: $seen of $all seen"
[ "$all" -ge "$count" ] && [ $((seen * 10)) -ge $((all * 9)) ]
verdict $? "the suite sees too few small faults" "$kept"
closing
