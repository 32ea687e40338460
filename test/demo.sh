#!/bin/sh
# demo.sh PLUG [PORT]: a first look.  The test peer serves a web page on a
# free port, plug forwards 127.0.0.1:PORT to it in the foreground and prints
# a line for each session that ends.  Interrupt it to stop.

plug=$1
port=${2:-8080}
dir=${TMPDIR:-/tmp}/plug-demo.$$
umask 077
mkdir "$dir" || exit 1
peer='' server=''
trap 'kill $peer $server 2>/dev/null; rm -rf "$dir"' 0
trap 'exit 0' 1 2 15

${CC:-cc} -o "$dir/peer" test/peer.c || exit 1
"$dir/peer" -L 86400 127.0.0.1:0 page >"$dir/ready" &
peer=$!

tries=0
while [ ! -s "$dir/ready" ]
do
	tries=$((tries + 1))
	if [ "$tries" -gt 50 ]
	then
		echo "demo: the web server did not start" >&2
		exit 1
	fi
	sleep 0.1 2>/dev/null || sleep 1
done
target=$(sed 's/^ready //' "$dir/ready")

echo "Open http://127.0.0.1:$port/ in a browser; interrupt to stop."
echo "plug -n -S - 127.0.0.1:$port 127.0.0.1:$target"
"$plug" -n -S - "127.0.0.1:$port" "127.0.0.1:$target" &
server=$!
wait $server
status=$?
server=
if [ $status -ne 0 ]
then
	echo "demo: if the port is taken: make -f Makefile.posix demo DEMO_PORT=9090" >&2
	exit 1
fi
