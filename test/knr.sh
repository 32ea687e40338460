#!/bin/sh
# knr.sh DIR: would a compiler of 1983, an int of 16 bits, an old awk and an
# old make still take plug and its tests?  DIR is an existing directory; all
# is built in a copy there.  A missing tool is named, and what it would test
# counts as skipped.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
kr="$CC -std=gnu89 -w"		# our cc, as if it were an old one
tree "$dir" && cd "$dir" || exit 1

sources=$(cd test && echo unit.c fault.c peer.c live.c small.c t_*.c)

# The smallest build: what a PDP-11 has room for.
tiny='-DTINY -DMAXSESSION=16 -DBUFSZ=512 -DMAXBUF=16 -DMAXPIPE=1 -DMAXTARGET=8
    -DMAXRULE=16 -DSTICKYSETS=16 -DMAXCHILD=16 -DLOGBUF=1024 -DSPAREFD=10
    -DMAXREPLY=8192'

# try TEXT COMMAND ...: the command succeeds.
try() {
	text=$1
	shift
	"$@" >"$said" 2>&1
	verdict $? "$text"
}

# nothing TEXT: what is in $said was looked for and must not be there.
nothing() {
	[ ! -s "$said" ]
	verdict $? "$1"
}

# something TEXT: a check must find what is wrong in a changed copy.
something() {
	[ -s "$said" ]
	verdict $? "$1"
}

#
# The makefiles and test.sh know no more than those of then.
#
grep -nE '^[A-Za-z_]+ *[:?+!]=|%|\$<|\$\^|\$@|^-?include|^\.[A-Z]|\$\(shell' \
    Makefile.sunos Makefile.posix >"$said"
nothing "an old make does not know a construct of the makefiles"
grep -nE '^[a-z_]+ *\(\)|\$\(|^[^#]*(^| )! |\[ |\$\(\(' test.sh |
    grep -v '^[0-9]*:#' >"$said"
nothing "a V7 shell does not know a construct of test.sh"
# with a K&R compiler LIVE is not empty
# shellcheck disable=SC2016
grep -n '^[^#]*\$LIVE' test.sh | grep -v 'live\*)\|LIVE=\|"\$LIVE" ||' >"$said"
nothing "a program but live is given live's words"

#
# All awks say the same.
#
sed -n 's/^.|//p' Makefile.sunos >deansi.awk
for f in plug.c compat.h test/*.[ch]; do
	awk -f deansi.awk "$f"
done >filtered
for awk in mawk gawk original-awk 'busybox awk'; do
	if ! have "${awk%% *}"; then
		skips 1 "filter: ${awk%% *}: not found"
		continue
	fi
	for f in plug.c compat.h test/*.[ch]; do
		$awk -f deansi.awk "$f"
	done >by.awk
	try "the filter's output is another with $awk" cmp filtered by.awk
done

#
# Makefile.sunos: plug by one command, by every make, from a user's own four
# files.
#
mkdir four
for make in make bmake; do
	if ! have $make; then
		skips 2 "Makefile.sunos: $make: not found"
		continue
	fi
	rm -rf knr four/knr four/plug
	cp plug.c compat.h Makefile.sunos plug.1 four
	try "$make -f Makefile.sunos makes no plug of four files" \
	    $make -C four -f Makefile.sunos CC="$kr"
	$make -C four -f Makefile.sunos CC="$kr" | grep awk >"$said"
	nothing "$make -f Makefile.sunos makes plug again for nothing"
	mkdir knr
	try "$make -f Makefile.sunos knr makes no tests where knr/ is already" \
	    $make -f Makefile.sunos knr
	try "$make -f Makefile.sunos knr makes no tests" [ -f knr/test/unit.c ]
done
try "the plug of Makefile.sunos does not run" four/plug -V
rm -rf four
silent "gcc -Wtraditional finds ANSI C in the filtered plug" \
    "$CC" -std=gnu89 -Wtraditional -Werror -c -o x.o knr/plug.c
silent "gcc -Wtraditional finds ANSI C in the filtered plug, KQUEUE" \
    "$CC" -std=gnu89 -Wtraditional -Werror -DUSE_KQUEUE \
    -isystem test/kqueue -c -o x.o knr/plug.c
for f in $sources; do
	silent "gcc -Wtraditional finds ANSI C in the filtered $f" "$CC" \
	    -std=gnu89 -Wtraditional -Werror -Iknr -c -o x.o "knr/test/$f"
done

#
# 2.11BSD's preprocessor counts in 16 bits.  A test of what only another system
# defines may have more.
#
wide() {
	awk '
	/^ *# *(el)?if / && !/OpenBSD/ {
		for (i = 1; i <= split($0, w, /[^A-Za-z0-9_]+/); i++)
			if (w[i] ~ /^[0-9]+[uUlL]*$/ && w[i] + 0 > 32767)
				print FILENAME ": " $0
	}' "$@" >"$said"
}

wide knr/plug.c knr/compat.h
nothing "a number in an #if that is another in 16 bits"
echo '#if MAXSESSION > 65535L' >mutant.h
wide mutant.h
something "the check of numbers in #if does not see one of 17 bits"

#
# bcc is a K&R compiler: each system by the names that its cc defines.
#
# bcc_all BITS SYSTEM FLAGS ...
bcc_all() {
	bits=$1 system=$2
	shift 2
	silent "bcc -$bits does not take plug for $system" \
	    bcc "-$bits" -U__linux__ -Ulinux -Uunix -I -Itest/kr "$@" \
	    -S -o x.s knr/plug.c
	for f in $sources; do
		try "bcc -$bits does not take $f for $system" \
		    bcc "-$bits" -U__linux__ -Ulinux -Uunix -I -Itest/kr \
		    -Iknr "$@" -S -o x.s "knr/test/$f"
	done
}

if have bcc; then
	bcc_all 3 4.3BSD -Dvax
	bcc_all 3 4.2BSD -Dvax -DKR_42 -DOLD_ALL
	bcc_all 3 'SunOS 4' -Dsun -DKR_SUN
	# shellcheck disable=SC2086
	bcc_all 0 2.11BSD -Dpdp11 -DKR_211 $tiny
else
	skips 72 "K&R: bcc: not found"
fi

#
# int has 16 bits.
#
# avr SOURCE SYSTEM FLAGS ...
avr() {
	source=$1 system=$2
	shift 2
	# shellcheck disable=SC2086
	silent "$source for $system is wrong where int has 16 bits" avr-gcc \
	    -mmcu=atmega2560 -nostdinc -fno-builtin -Os -Wall -Wextra \
	    -Wconversion -Wtraditional-conversion -Wframe-larger-than=8192 \
	    -Itest/kr "$@" $tiny -c -o x.o "$source"
}

if have avr-gcc; then
	for source in plug.c knr/plug.c; do
		avr "$source" 4.3BSD -DOLD_BSD
		avr "$source" 4.2BSD -DKR_42 -DOLD_ALL
		avr "$source" 2.11BSD -Dpdp11 -DKR_211 -DOLD_BSD
	done
	echo "     knr: bytes of -DTINY with an int of 16 bits, without libc:"
	avr-size x.o
	avr-size x.o | awk 'NR == 2 && ($1 > 65536 || $2 + $3 > 57344)' >"$said"
	nothing "-DTINY does not fit a PDP-11"
	tiny='' avr plug.c '2.11BSD, as it comes,' -Dpdp11 -DKR_211 -DOLD_BSD
	avr-size x.o | awk 'NR == 2 && ($1 > 65536 || $2 + $3 > 57344)' >"$said"
	nothing "plug as it comes does not fit a PDP-11"
	avr-nm -S -t d x.o | awk '$3 ~ /[bBdDC]/ && $2 + 0 > 32767' >"$said"
	nothing "a table of -DTINY is larger than 32 KB"
	tiny='' avr test/small.c 2.11BSD -Dpdp11 -DKR_211 -DOLD_BSD \
	    -Wno-implicit-function-declaration -Wno-unused-function
else
	skips 11 "16 bits: avr-gcc: not found"
fi

#
# K&R compilers take any function undeclared: what a libc does not have is
# found by ld alone, on the old machine.  These are the calls that each has,
# as far as plug looks.
#
libc='_exit accept bcmp bcopy bind bzero chdir chmod chroot close connect dup dup2
    errno fcntl fork fstat ftruncate getegid geteuid getgid gethostname getpeername getpid
    getsockname getsockopt gettimeofday getuid htons ioctl kill listen
    localtime lseek ntohs open pipe read recv select send setgid setgroups
    setpgrp setsockopt setuid shutdown signal socket stat strcmp strlen time
    umask unlink write'
bsd='flock getdtablesize wait3'

# What the tests call beside that, of 4.3BSD's.
more='_iob access alarm atof atoi atol closedir environ execv exit fclose fflush
    fgets fopen fprintf fputc fputs free fwrite getpgrp getppid getwd gmtime
    htonl index malloc mkdir ntohl opendir printf readdir readlink rename
    rindex rmdir setrlimit sleep socketpair sprintf sscanf strcat strcpy
    strncmp strncpy symlink truncate wait'

# Our cc, with the headers of kr/.
bare() {
	"$CC" -std=gnu89 -w -nostdinc -fno-builtin -fno-pic -fno-stack-protector \
	    -U__STDC__ -U__linux__ -Ulinux -Uunix -Itest/kr "$@" >"$said" 2>&1
}

# links NAME SYSTEM CALLS: x.o, that is NAME, calls no more.
links() {
	for word in $libc $3; do
		echo "$word"
	done >have
	[ -s "$said" ] ||
	    nm -u x.o | awk 'NR == FNR { have[$1]; next } !($2 in have)' \
		have - >"$said"
	nothing "$1 calls what the libc of $2 has not"
}

# plug_links SYSTEM CALLS FLAGS ...
plug_links() {
	system=$1 calls=$2
	shift 2
	bare "$@" -c -o x.o knr/plug.c
	links plug "$system" "$calls"
}

# test_links SOURCE ...: a program of the tests, on 4.3BSD.
test_links() {
	bare -Iknr -Dvax -r -o x.o "$@"
	name=${1##*/}
	links "${name%.c}" 4.3BSD "$bsd lstat sys_errlist sys_nerr $more"
}

# What a process may have there: with the defaults, in KB.
fits() {
	size x.o | awk "NR == 2 && (\$1 > $2 * 1024 || \$2 + \$3 > $3 * 1024)" >"$said"
	nothing "plug as it comes is too large for $1"
}

plug_links 4.3BSD "$bsd lstat sys_errlist sys_nerr" -Dvax
fits 4.3BSD 6144 6144
plug_links 4.2BSD "$bsd sys_errlist sys_nerr" -Dvax -DKR_42 -DOLD_ALL
fits 4.2BSD 6144 6144
plug_links 2.11BSD "$bsd lstat strerror" -Dpdp11 -DKR_211
plug_links 'SunOS 4' 'getrlimit lstat mmap poll setrlimit setsid sys_errlist
    sys_nerr waitpid' -Dsun -DKR_SUN
fits 'SunOS 4' 6144 6144
test_links knr/test/live.c knr/test/t_*.c
for f in unit peer small; do
	test_links knr/test/$f.c
done

#
# Without prototypes nobody converts an argument.  What system calls take is
# theirs: K&R systems have int there.
#
sed -n 's/^\([a-z_0-9]*\)(.*)$/\1/p' plug.c compat.h >ours
for cc in "$CC" i686-linux-gnu-gcc; do
	if ! have "$cc"; then
		skips 1 "arguments: $cc: not found"
		continue
	fi
	for backend in EPOLL KQUEUE POLL SELECT; do
		LC_ALL=C "$cc" -std=gnu89 -Wtraditional-conversion \
		    -DUSE_$backend -Itest/kqueue -c -o x.o plug.c 2>&1 |
		    awk -F"'" 'NR == FNR { ours[$1]; next } /warning/ && $2 in ours' \
		    ours - >"$said"
		nothing "$cc: a prototype converts an argument, $backend"
	done
done

#
# V7's make opens the directory of each target before it makes any, and has
# room for a line of 1,350 characters.
#
# unmade FILE: what it does not take.
unmade() {
	awk -F: '/^[^#\t]/ && !/^[A-Z]+ =/ && $1 ~ /\// || length > 1300' \
	    "$1" >"$said"
}

unmade Makefile.sunos
nothing "V7's make can't open the directory of a target"
sed 's/^ready:/knr\/ready:/' Makefile.sunos >mutant
unmade mutant
something "the check of targets finds none in a directory"

#
# V7's make has a command run by sh -ce, which stops at the first false one,
# on the left of || or behind if too; but a line with a - in front by sh -c.
# bash does so here: what is no builtin of its own goes through one function.
#
cat >strict <<'END'
real=$PATH
stop() {
	echo "sh -ce stops at: $*" >&2
	kill -9 $$
}
command_not_found_handle() {
	(PATH=$real && exec "$@") || stop "$@"
}
test() {
	builtin test "$@" || stop test "$@"
}
cd() {
	builtin cd "$@" || stop cd "$@"
}
false() {
	stop false
}
PATH=/nowhere
eval "$1"
END

stops() {
	! bash strict "$1"
}

# recipe FILE TARGET CC: its commands, as make hands them to the shell.
recipe() {
	awk -v target="$2" -v cc="$3" '
	/^[A-Z]+ =/ {
		macro[$1] = $1 == "CC" ? cc : substr($0, length($1) + 4)
		next
	}
	/^[^#\t]/ { mine = index($0, target ":") == 1 }
	mine && /^\t/ {
		line = substr($0, 2)
		for (m in macro)
			while ((p = index(line, "$(" m ")")) > 0)
				line = substr(line, 1, p - 1) macro[m] \
				    substr(line, p + length(m) + 3)
		gsub(/[$][$]/, "$", line)
		print line
	}' "$1"
}

# v7make FILE TARGET CC: true if all its commands are.
v7make() {
	recipe "$@" >commands
	[ -s commands ] || return 1
	while IFS= read -r line; do
		line=${line#@}
		case $line in
		-*) sh -c "${line#-}" ;;
		*) bash strict "$line" || return 1 ;;
		esac
	done <commands
}

# by_v7 TEXT COMMAND ...: in a directory with the sources and nothing else.
by_v7() {
	rm -rf v7
	mkdir v7
	cp -R plug.c compat.h Makefile.sunos test strict v7
	text=$1
	shift
	try "$text" eval "cd v7 && $*"
	cd "$dir" && rm -rf v7
}

if have bash; then
	for line in 'false || :' 'test -d nowhere && :' 'if false; then :; fi' \
	    'echo a | grep b || :' '(cd nowhere) || :'; do
		try "the shell that is like sh -ce runs $line" \
		    stops "$line"
	done
	try "the shell that is like sh -ce stops at nothing" \
	    bash strict 'test -d . && echo a | grep a && cd . || echo b'
	make='v7make Makefile.sunos'
	by_v7 "V7's make makes no plug" \
	    "$make plug '$kr' && $make plug '$kr' && ./plug -V"
	by_v7 "V7's make filters nothing" \
	    "$make knr '$kr' && $make knr '$kr' && test -s knr/test/unit.c"
	by_v7 "V7's make makes no plug of what is filtered" \
	    "$make knr '$kr' && $make ready '$kr' && ./plug -V"
	by_v7 "V7's make stops in flags or clean" \
	    "$make flags '$kr' && $make clean '$kr' && $make clean '$kr'"
	by_v7 "the check of V7's make does without -" "sed 's/^.-/	/' \
	    Makefile.sunos >x && ! v7make x plug '$kr'"
else
	skips 11 "V7's make: bash: not found"
fi

#
# A PDP-11's cc refuses a structure's value that is computed (an assignment is
# a statement of its own, and takes no ?:), and what c1 would have to fold in a
# static initialiser: anything with a long in it but a lone constant.  unfolded
# reads what clang makes of the source.
#
unfolded() {
	clang -m32 -fsyntax-only -Xclang -ast-dump -fno-color-diagnostics \
	    -std=gnu89 -w -nostdinc -fno-builtin -U__STDC__ -U__linux__ \
	    -Ulinux -Uunix -Itest/kr -Iknr "$@" >tree 2>"$said" || return 1
	awk '
	{
		d = match($0, /[A-Za-z<]/)
		kind[d] = $0 = substr($0, d)
		split($0, w, " ")
		structs = /'\''(struct|union) [a-z_]+'\''/
	}
	/^FunctionDecl/ { where = $0 }
	/^VarDecl/ {
		static = d == 3 || / static cinit/ ? d : 99
		where = $0
		if (/ extern/ || !/ cinit/)
			static = 99
	}
	d <= static && !/^VarDecl/ { static = 99 }
	d > static && /'\''(unsigned )?long'\''/ {
		for (i = d; i > static; i -= 2)
			if (kind[i] ~ /^(Binary|Unary|Conditional)Operator/ &&
			    kind[i] !~ /'\''&'\''/ || kind[i] ~ /^CStyleCast/)
				print "not folded: " where
	}
	(/^BinaryOperator/ || /^ConditionalOperator/) && structs {
		for (i = d - 2; kind[i] ~ /^(ImplicitCast|Paren)Expr/; i -= 2)
			continue
		if (kind[i] !~ /^[A-Z][a-z]*Stmt/)
			print "no statement of its own: " where
	}' tree | cut -c 1-150 | sort -u >"$said"
}

# refuses TEXT: so much of C is found.
refuses() {
	printf 'struct s { long a, b, c; } x, y, z;\nint n;\n%s\n' "$1" >mutant.c
	unfolded mutant.c
	something "a PDP-11 takes no $1"
}

if have clang; then
	rm -rf knr
	make -f Makefile.sunos knr >"$said" 2>&1
	unfolded -Dpdp11 -DKR_211 knr/plug.c
	nothing "plug holds what a PDP-11's cc does not take"
	for f in small unit peer live; do
		unfolded -Dpdp11 -DKR_211 "knr/test/$f.c"
		nothing "${f##*/} holds what a PDP-11's cc does not take"
	done
	for f in knr/test/t_*.c; do
		unfolded -Dvax "$f"
		nothing "${f##*/} holds what a PDP-11's cc does not take"
	done
	refuses 'f() { x = y = z; }'
	refuses 'f() { x = n ? y : z; }'
	refuses 'f() { g(x = y); }'
	refuses 'static long l = 1 ? -1L : 3L;'
	refuses 'f() { static int i = 3L == 4 ? 1 : 2; }'
	refuses 'struct { int i; long l; } t[] = { { 1, (long)2 } };'
	printf 'struct s { long a; } x, y; long l = 3L; int i = 1 ? 2 : 3;
	f() { long k = 1 + 2L; static int n; n = n + 1L; x = y; y = *&x; }\n' >mutant.c
	unfolded mutant.c
	nothing "the check of what a PDP-11's cc takes finds what is right"
else
	skips 25 "PDP-11: clang: not found"
fi

#
# The PDP-11's as: some 2,300 symbols a file, ld 800 names of functions and of
# what is elsewhere.  The model is bcc's assembly, as c1 and c2 would set it
# out: a .globl in front of each function, strings at the end, ~ lines for adb,
# no label that nobody looks at.  It had 2,116 labels where theirs had 2,175.
#
model() {
	awk '
	NR == FNR {
		for (i = 1; i <= split($0, w, /[^A-Za-z0-9_.]+/); i++)
			if (w[i] ~ /^[.][0-9A-F]+$/ && $0 !~ /^[.][0-9A-F]+:/)
				seen[w[i]]
		if ($0 == ".text")
			text = NR
		next
	}
	/^!/ { next }
	/^[.][0-9A-F]+:/ && !(substr($0, 1, index($0, ":") - 1) in seen) { next }
	/^[.](text|data|bss)/ { place = $1 }
	/^_[a-z_0-9]+:/ && place == ".text" {
		name = substr($0, 2, length($0) - 2)
		print ".globl\n_" name ":\n~~" name ":\njsr\tr5,csv\n~a=4"
		next
	}
	/lcomm/ {
		sub(/^[.]/, "L")
		print ".globl\n.bss\n" $1 ":.=.+2\n.text"
		next
	}
	/^[.]data/ && FNR > text && !strings++ { print ".globl" }
	/^export/ { next }
	{ gsub(/[.][0-9A-F]+/, "&~"); gsub(/[.]/, "L"); gsub(/~/, "") }
	/^L(text|data|bss|word|byte|ascii|blkb|even|zerow)/ { sub(/L/, ".") }
	{ print }' "$1" "$1"
}

# crowded PROGRAM: cuts the model with it, and says what as or ld does not take.
crowded() {
	rm -f part?.s part??.s
	awk -f "$1" model.s
	for f in part*.s; do
		awk -v file="$f" '
		/^[.]globl/ { print "global", $2 }
		/^[L_][A-Za-z0-9_]*:/ {
			print "here", substr($0, 1, index($0, ":") - 1), file
			$0 = substr($0, index($0, ":") + 1)
		}
		!/^[.](globl|byte|ascii)/ {
			for (i = 1; i <= split($0, w, /[^A-Za-z0-9_]+/); i++)
				if (w[i] ~ /^(L[0-9A-F]+|_[a-z_0-9]+)$/)
					print "use", w[i], file
		}' "$f"
	done | awk '
	/^global/ { global[$2] }
	/^here/ { here[$2, $3]; name[$2, $3] = $3 }
	/^use/ { use[$2, $3] = $2; name[$2, $3] = $3 }
	END {
		for (i in name)
			n[name[i]]++
		for (i in use)
			if (!(i in here)) {
				ext[name[i]]++
				if (use[i] ~ /^L/ && !(use[i] in global))
					print use[i] " is not known in " name[i]
			}
		for (f in n) {
			if (n[f] > 2300 - 600 || ext[f] > 700)
				print f ": " n[f] " symbols, " ext[f] " of others"
			files++
		}
		if (files < 1 || files > 8)
			print files + 0 " parts"
	}' >"$said"
}

if have bcc && have bash; then
	sed -n 's/^.+//p' Makefile.sunos >parts.awk
	rm -rf knr
	make -f Makefile.sunos knr >"$said" 2>&1
	bcc -0 -U__linux__ -Ulinux -Uunix -I -Itest/kr -Dpdp11 -DKR_211 -S \
	    -o x.s knr/plug.c >"$said" 2>&1 && model x.s >model.s
	crowded parts.awk
	nothing "a part of plug is too much for as or ld of a PDP-11"
	try "the symbols of adb are left to as" eval '! grep "^~" part?.s'
	for awk in mawk gawk original-awk 'busybox awk'; do
		have "${awk%% *}" || continue
		cat part?.s >whole
		rm part?.s
		try "$awk cuts no assembly" eval "$awk -f parts.awk model.s &&
		    cat part?.s | cmp - whole"
	done
	sed 's/> 700/> 70000/' parts.awk >mutant
	crowded mutant
	something "the count of labels lets all of plug through"
	sed 's/ && place == ".text"//; s/".globl")/".globl" || c == "L")/' \
	    parts.awk >mutant
	crowded mutant
	something "the check of parts lets a function through that is cut"
	sed 's/place == ".data"/0/' parts.awk >mutant
	crowded mutant
	something "the check of parts lets a string through that is unknown"
	cat >cc11 <<'END'
#!/bin/sh
case " $* " in
*' -E '*) echo 'cpu 1' ;;
*' -S '*) cp ../../model.s plug.s ;;
*' -i -o ../plug part0.s part1.s part2.s '*) cat part?.s >../plug ;;
*) exit 1 ;;
esac
END
	chmod 700 cc11
	by_v7 "V7's make makes no plug of parts on a PDP-11" \
	    "PATH=\$PATH:$dir && $make plug cc11 && grep '^[.]globl' plug"
else
	skips 10 "PDP-11: bcc or bash: not found"
fi

#
# The tarball is all that a machine without awk needs.
#
rm -rf knr plug
if make -f Makefile.posix dist >"$said" 2>&1; then
	mkdir unpacked
	tar=$(sed -n '$p' "$said")
	(cd unpacked && tar xf "../$tar" && cd "${tar%.tar}" &&
	    make -f Makefile.sunos ready CC="$kr" AWK=false &&
	    ./plug -V) >"$said" 2>&1
	try "the tarball of dist builds no plug without awk" \
	    [ -x "unpacked/${tar%.tar}/plug" ]
	make -f Makefile.posix clean >/dev/null
	find . -name knr -prune -o -name "$tar" >"$said"
	sed -i '/unpacked/d' "$said"
	nothing "make clean leaves something of dist"
else
	verdict 1 "make -f Makefile.posix dist makes no tarball"
fi

#
# Where there is room for little: test.sh with the smallest test.
#
SMALL=yes KNR=yes CC="$kr" sh test.sh >out.small 2>&1
add "test.sh where an int has 16 bits" out.small

#
# What Makefile.sunos makes is a plug, and filtered tests find it so; so do
# tests that have old systems' calls alone.
#
make -f Makefile.sunos CC="$kr" plug knr >"$said" 2>&1
some='bytes/integrity bytes/half_both bytes/short bytes/urgent targets rule'
if ! (cd knr && $kr -I. -o ../peer test/peer.c &&
    $kr -I. -o ../live test/live.c test/t_*.c &&
    $kr -I. -DOLD_BSD -o ../peer.old test/peer.c &&
    $kr -I. -DOLD_BSD -o ../live.old test/live.c test/t_*.c) >"$said" 2>&1; then
	verdict 1 "the filtered tests do not compile"
else
	for mode in single fork workers; do
		# shellcheck disable=SC2086
		beside "filtered, $mode" timeout 300 ./live ./plug ./peer \
		    -m $mode -s 3 -n 20 -c 200 -k 20 $some
	done
	# shellcheck disable=SC2086
	beside "filtered, old" timeout 300 ./live.old ./plug ./peer.old \
	    -s 3 -n 20 -c 200 -k 20 $some option
	collect
fi

#
# V7's -man takes six words a macro line, and knows less than ours: what is
# left of the manual there is, word for word, what mandoc makes of it.
#
# All words of FILE by mandoc.  A \- is no place to break a line.
by_mandoc() {
	sed 's/\\-/-/g; s/-/\\-/g' "$1" | mandoc -T ascii -O width=900 |
	    sed "1d; \$d; s/.$(printf '\b')//g" |
	    awk '{ for (i = 1; i <= NF; i++) print $i }'
}

# man_same FILE: V7's words of it are mandoc's.
man_same() {
	awk -f test/man.awk "$1" >by.v7
	by_mandoc "$1" >by.mandoc
	diff by.v7 by.mandoc
}

# fails COMMAND ...: it does.
fails() {
	! "$@"
}

old_man() {
	awk -f test/man.awk plug.1 >by.v7
	for awk in mawk gawk original-awk 'busybox awk'; do
		if ! have "${awk%% *}"; then
			skips 1 "man: ${awk%% *}: not found"
			continue
		fi
		$awk -f test/man.awk plug.1 >by.awk
		try "man.awk's output is another with $awk" cmp by.v7 by.awk
	done
	if ! have mandoc; then
		skips 12 "man: mandoc: not found"
		return
	fi
	try "V7's -man loses something of plug.1" man_same plug.1
	printf '.TP\n.B a b c d e "f g"\n' | cat plug.1 - >more.1
	try "man.awk does not know what V7's -man can do" man_same more.1
	while read -r line; do
		printf '.TP\n%s\n' "$line" | cat plug.1 - >more.1
		try "man.awk takes what V7's -man does not: $line" \
		    fails man_same more.1
	done <<'END'
.B a b c d e f g
.BR a b c d e f g
a \(dq b
a \c
\f(CWa
.EX
.B a@b
.B "a ""b"""
.BR "" a
'br
END
}
old_man

#
# The exit status of test.sh, also where a shell has the status of the last
# command of trap 0 for its own, and knows none in there.
#
# The shells of then are made of ours by another trap.
exit_status() {
	grep "^trap .* 0\$" test.sh contrib/plug.* contrib/rc.* |
	    grep -v "; exit \$[a-z]*' 0\$" >"$said"
	nothing "an old shell forgets the exit status in a trap 0"
	old="s/^trap '\(.*\)' 0\$/trap 'true; \1; exit \$?' 0/"
	sed "$old" test.sh >test.old.sh
	printf "trap 'rm -f x.o' 0\nexit 1\n" | sed "$old" >lost.sh
	try "the shell of then that is made here is none" sh lost.sh

	# A compiler whose programs succeed or fail, as FAKE says.
	./plug '-?' >usage
	cat >fake <<'END'
#!/bin/sh
case $1 in
'-?')	cat usage ;;
*)	echo "$((1 - FAKE)) passed, $FAKE failed" ;;
esac
exit "$FAKE"
END
	cat >fakecc <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	[ "$1" = -o ] && cp fake "$2"
	shift
done
END
	chmod +x fake fakecc
	# shellcheck disable=SC2086
	for shell in sh dash 'busybox sh' ksh93 mksh yash posh bash; do
		if ! have "${shell%% *}"; then
			skips 10 "exit status: ${shell%% *}: not found"
			continue
		fi
		for script in test.sh test.old.sh; do
			rm -rf plug knr
			try "$shell $script: all that passes is a failure" \
			    env KNR= CC=./fakecc FAKE=0 $shell $script
			try "$shell $script: a test that fails is none" \
			    fails env KNR= CC=./fakecc FAKE=1 $shell $script
			try "$shell $script one: a test that passes fails" \
			    env KNR= CC=./fakecc FAKE=0 $shell $script one log/line fork
			try "$shell $script one: a name that nobody has is none" \
			    fails env KNR= CC=./fakecc FAKE=0 $shell $script one log/none
			rm -rf plug knr
			try "$shell $script: a build that fails is none" \
			    fails env KNR= CC=false $shell $script
		done
	done
}
exit_status

closing
