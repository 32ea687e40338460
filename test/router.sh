#!/bin/sh
# router.sh DIR: boots a MIPS Malta machine with 40 MB in qemu-system-mipsel.
# Its only daemons are plug, built TINY, and busybox's httpd; a script there
# passes random data through plug both ways, compares checksums, and says on
# the serial console what it found.  Kernel and busybox are Debian's packages,
# fetched through apt with lists of its own and unpacked in DIR: nothing is
# installed.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"

# quiet WHAT COMMAND ...: it works, or there is no router to try.
quiet() {
	what=$1
	shift
	"$@" >"$said" 2>&1 && return
	tail -n 5 "$said"
	give_up "$what"
}

need qemu-system-mipsel mipsel-linux-gnu-gcc cpio apt-get dpkg-deb

# apt in a corner of its own, for mipsel.
apt() {
	tool=$1
	shift
	"$tool" -q -o Dir::State="$dir/apt" -o Dir::State::status="$dir/apt/status" \
	    -o Dir::Cache="$dir/apt" -o APT::Architecture=mipsel \
	    -o APT::Architectures=mipsel -o APT::Sandbox::User=root "$@"
}

fetch() {
	mkdir "$dir/apt" "$dir/apt/lists" "$dir/deb"
	: >"$dir/apt/status"
	quiet "apt-get update" apt apt-get update
	kernel=$(apt apt-cache depends linux-image-4kc-malta 2>/dev/null |
	    sed -n 's/.*Depends: *//p' | sed 1q)
	[ -n "$kernel" ] || give_up "no kernel package for MIPS Malta"
	(cd "$dir/deb" && quiet "apt-get download" \
	    apt apt-get download "$kernel" busybox-static)
	for deb in "$dir"/deb/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | (cd "$dir/deb" &&
		    tar xf - --wildcards './boot/vmlinu*' './bin/busybox' \
		    './usr/bin/busybox' 2>/dev/null)
	done
	busybox=$(find "$dir/deb" -name busybox -type f | sed 1q)
	kernel=$(find "$dir/deb" -name 'vmlinu*' -type f | sed 1q)
	[ -n "$busybox" ] || give_up "no busybox in its package"
	[ -n "$kernel" ] || give_up "no kernel in its package"
}

# What runs there; each verdict is a line that begins with "router:".
init() {
	cat <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mkdir -p /tmp /www
ifconfig lo 127.0.0.1 up

verdict() {
	if [ "$1" = 0 ]; then echo "router: ok $2"; else echo "router: FAIL $2"; fi
}
memory() {
	sed -n "s/^$1:[[:space:]]*\([0-9]*\) kB/\1/p" "$2"
}
sum() {
	md5sum <"$1" | cut -d' ' -f1
}

dd if=/dev/urandom of=/www/data bs=1024 count=3000 2>/dev/null
want=$(sum /www/data)
httpd -p 127.0.0.1:8000 -h /www
# the first target is dead
plug -n -f -P /tmp/pid -S /tmp/sessions 127.0.0.1:80 127.0.0.1:9 127.0.0.1:8000 2>/tmp/err &
plug=$!
n=0
until [ -s /tmp/pid ] || [ $n = 20 ]; do sleep 1; n=$((n + 1)); done
echo "router: memory $(memory MemTotal /proc/meminfo) kB, plug resident $(memory VmRSS /proc/$plug/status) kB when idle"

wget -q -O /tmp/got http://127.0.0.1/data; [ "$(sum /tmp/got)" = "$want" ]
verdict $? "a download through plug has its checksum"
rm -f /tmp/got
for i in 1 2 3 4 5 6; do
	(wget -q -O - http://127.0.0.1/data | md5sum | cut -d' ' -f1 >/tmp/sum.$i) &
	pids="$pids $!"
done
wait $pids
[ "$(cat /tmp/sum.* | grep -c "^$want$")" = 6 ]
verdict $? "six downloads at once have their checksums"
sleep 2
cat /tmp/sessions
[ "$(wc -l </tmp/sessions)" = 7 ] && ! grep -v '127.0.0.1:8000 [0-9]* [0-9]* [0-9]*$' /tmp/sessions
verdict $? "the session log has seven lines, of the living target"
grep -q 'target 127.0.0.1:9' /tmp/err
verdict $? "the dead target was told"

# up, with a half-close behind it: nc goes when it has seen the end
# of the stream; its own input stays open, or it would end its side first
mkfifo /tmp/quiet
exec 3<>/tmp/quiet
nc -l -p 9001 <&3 >/tmp/up &
nc=$!
plug -n -F 127.0.0.1:81 127.0.0.1:9001 2>>/tmp/err &
second=$!
sleep 2
nc 127.0.0.1 81 </www/data >/dev/null
wait $nc
[ "$(sum /tmp/up)" = "$want" ]
verdict $? "an upload through plug -F has its checksum"
echo "router: plug resident $(memory VmHWM /proc/$plug/status) kB at most"
kill $second
wait $second
kill $plug
wait $plug
[ $? = 0 ] && [ ! -e /tmp/pid ]
verdict $? "TERM ends plug with 0 and takes the pid file away"
! dmesg | grep -i 'out of memory\|oops\|unaligned'
verdict $? "the kernel has no complaint"
echo "router: done"
poweroff -f
END
}

knobs='-DTINY -DMAXSESSION=64 -DMAXBUF=32 -DMAXCHILD=64 -DSTICKYSETS=64 -DLOGBUF=1024'
fetch
root=$dir/root
mkdir "$root" "$root/bin" "$root/dev" "$root/proc"
# shellcheck disable=SC2086
mipsel-linux-gnu-gcc -static -Os -s $knobs -o "$root/bin/plug" plug.c >"$said" 2>&1
verdict $? "plug builds"
[ -x "$root/bin/plug" ] || stop_here
cp "$busybox" "$root/bin/busybox"
init >"$root/init"
chmod 755 "$root/init" "$root/bin/busybox"
(cd "$root" && find . | cpio -o -H newc 2>/dev/null) >"$dir/initrd"

timeout 300 qemu-system-mipsel -M malta -m 40 -kernel "$kernel" \
    -initrd "$dir/initrd" -append 'console=ttyS0 quiet nokaslr panic=-1' -nographic \
    -no-reboot -vga none -net none </dev/null 2>&1 | tr -d '\r' >"$dir/console"
while read -r line; do
	case $line in
	*'router: ok '*) ok "${line#*ok }" ;;
	*'router: FAIL '*) fail "${line#*FAIL }" ;;
	*'router: '*) echo "     $line" ;;
	esac
done <"$dir/console"
if ! grep 'router: done' "$dir/console" >/dev/null; then
	fail "it did not come to its end"
	tail -n 15 "$dir/console"
fi
closing
