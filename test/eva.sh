#!/bin/sh
# eva.sh DIR [room ...]: Frama-C's EVA over what only computes: eva.c calls it
# with any bytes up to a bound, and no value that C may have there leads out of
# an array, to a number that does not fit, or to what nobody wrote.  An alarm
# that EVA can't help is in eva.alarms with its reason; any other fails, and so
# does a reason whose alarm is gone.  DIR is an existing directory.  Ends with
# "N passed, N failed, N skipped".
#
# The rooms, each with any bytes of so many at most, see the table below: text
# and put write and read numbers, addresses, names, base 64; request is what
# is said to a proxy and before a stream, say what is said of a word; ip6 and
# whole are IPv6 addresses and rules.  Of the options: value via user entry
# find source target escape are what each makes of its word, hint which name is
# near to one that was refused (the others do without), cluster and long how a
# word is taken apart, apply which of them has it, words operands parse
# the command line as a whole.  Of the file of -c: split is the words of a
# line, line what is done with them, file how it is read and cut into lines.
#
# What a room calls is cut where both at once are too much: then eva.c's cut_
# function does anything the real one may do, and that one has its own room.
# Tables are smaller where the table below says so, a line of passwd(5) too.
#
# Not here: what becomes of a plug that was read: plug_add(), plug_commit() and
# all that they call, plug_straight() and pair_all() too.  They compare every
# row with every other, by strings that are reached by pointers: that was not
# tried.  Nor config_ports(), which is cut in file for the same tables; nor
# the sockets, nor what FAULT says of a refused word.  test/fuzz.c has them.

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"
shift
rooms=${*:-text put addr ip6 rule whole match hello query request say
    value via user entry find source target escape hint cluster long
    apply words operands parse split line file}

need frama-c gcc
[ "$(uname -m)" = x86_64 ] || give_up "no x86-64"

# Where a string is read up to, and the state of a machine, are told to EVA; so
# is a number that two places depend on.  Nothing else changes, but the sizes
# of value_find(), and that the text of the file stands alone: behind it there
# is more of its struct, and EVA would not mind what is written there.
cat >"$dir/mark.sed" <<'END'
/^scan_[a-z0-9]*(char \*\*p/,/^}/{
s/^\([ 	]*\)s = \*p;/\1{ s = *p; AT(s); }/
s/(s = \*p; /(s = *p, AT(s); /
s/\*p = s;/{ *p = s; AT(*p); }/
s/\*p += n;/{ *p += n; AT(*p); }/
s/^\([ 	]*\)(\*p)++;/\1{ (*p)++; AT(*p); }/
s/(\*p)++)$/(*p)++, AT(*p))/
s/c = \*(\*p)++ & 0377;/{ &; AT(*p); }/
s/return \([^;]*\);/{ AT(*p); return \1; }/
}
/^scan_num(/,/^}/s/; s++)/; s++, AT(s))/
/^scan_ip6(/,/^}/{
s/s += 2;/{ s += 2; AT(s); }/
s/^\([ 	]*\)memcpy(a->ip + 16 - m/\/*@ split m; *\/ &/
}
/^operand_said(/,/^}/s/p = out = s;/p = out = s, AT(p);/
/^\(value\|source\|operand\|words\|config\)_/,/^}/{
s/^\([ 	]*\)p = word;/\1{ p = word; AT(p); }/
s/^\([ 	]*\)\*p = g->name;/\1{ *p = g->name; AT(*p); }/
s/^\([ 	]*\)s = at + 1;/\1{ s = at + 1; AT(s); }/
s/^\([ 	]*\)p = s;/\1{ p = s; AT(p); }/
}
/^value_entry(/,/^}/{
s/; p++)/; p++, AT(p))/
s/^\([ 	]*\)p++;/\1{ p++; AT(p); }/
}
/^words_read(/,/^}/s/i += used)/i += used, eva_at = i)/
s/entry\[128\], buf\[256\]/entry[16], buf[24]/
/^[ 	]*char text\[/{
s/^[ 	]*char text/static char config_text/
h
d
}
/^} config;/G
s/config\.text/config_text/g
/^config_[a-z]*(/,/^}/s/is_blank(\(\*[a-z]*\))/(\1 == ' ' ||\
	    \1 == '\\t' || \1 == '\\r' || \1 == '\\0')/
/^config_read(/,/^}/s/len += n)/len += n, eva_at = (int)len)/
/^config_file(/,/^}/s/; i++)/; i++, eva_at = (int)i)/
/^config_word(/,/^}/{
s/s = word;/s = word, AT(s);/
s/; s++)/; s++, AT(s))/
s/^\([ 	]*\)\*p = \(.*\) ? s : s + 1;/\1if (\2) { *p = s; AT(s); }\
\1else { *p = s + 1; AT(*p); }/
}
/^operand_rows(/,/^}/s/; t++)/; t++, eva_at = t)/
/^config_split(/,/^}/s/return n;/{ eva_at = n; return n; }/
/^config_split(/,/^}/s/^\([ 	]*\)p++;/{ &; AT(p); }/
/^hello_start(/,/^hello_feed(/{
s/s->hello\(++\| = [^;]*\);/{ &; eva_at = s->hello; }/
}
/^words_cluster(/,/^}/{
s/; p++)/; p++, AT(p))/
s/value = p\[1\]/eva_at += 50; &/
}
s/AT(\([^)]*\))/eva_at = (int)Frama_C_offset(\1)/g
END

# table ROOM: bytes at most, states at once, sizes of tables, what is cut.
table() {
	told="log_usage option_bad"
	case $1 in
	ip6)	echo "16 100 - -" ;;
	put)	echo "16 500 - -" ;;
	request)	echo "16 500 -DMAXSESSION=4,-DMAXPROBE=1 -" ;;
	whole)	echo "12 500 - scan_ip6" ;;
	say)	echo "8 500 - -" ;;
	value)	echo "12 2000 - scan_ip6 scan_rule $told" ;;
	via)	echo "12 500 - scan_ip6 $told" ;;
	user)	echo "12 500 - value_find $told" ;;
	entry)	echo "16 5000 - -" ;;
	find)	echo "12 50 - value_entry" ;;
	source)	echo "12 500 - scan_ip6 $told" ;;
	target)	echo "14 500 - scan_ip6 $told" ;;
	escape)	echo "12 500 - -" ;;
	hint)	echo "5 20000 -UHAVE_HINTS,-DHAVE_HINTS=1 $told" ;;
	cluster)	echo "12 500 - words_apply $told" ;;
	long)	echo "18 500 - words_apply $told" ;;
	apply)	echo "8 500 - value_rule value_via value_addr value_path" \
		    "value_status value_balance value_number value_user" ;;
	words)	echo "12 500 - words_cluster words_long $told" ;;
	parse)	echo "8 500 - words_cluster words_long config_file" \
		    "words_plug $told" ;;
	operands)	echo "8 5000 -DMAXTARGET=4 source_scan" \
		    "operand_target plug_add $told" ;;
	split)	echo "9 500 -DMAXTARGET=1,-DMAXRULE=1 $told" ;;
	line)	echo "8 500 -DMAXTARGET=1,-DMAXRULE=1 config_split" \
		    "words_read words_plug $told" ;;
	file)	echo "8 5000 -DMAXCONF=8 config_line config_ports $told" ;;
	*)	echo "48 500 - -" ;;
	esac
}

# analyse ROOM MOST SLEVEL SIZES CUT ...: its alarms, function and expression,
# on standard output; what went wrong otherwise, too.
analyse() {
	file=$dir/$1
	name=$1 most=$2 states=$3 sizes=-DHAVE_HINTS=0
	[ "$4" = - ] || sizes="$sizes $(echo "$4" | tr , ' ')"
	shift 4
	cp "$dir/mark.sed" "$file.sed"
	[ "$name" != query ] || : >"$file.sed"	# it reads byte by byte
	for cut in "$@"; do
		[ "$cut" = - ] || printf '/^[^ 	]/!s/%s%s(/\\1cut_%s(/g\n' \
		    '\([^a-z0-9_]\)' "$cut" "$cut"
	done >>"$file.sed"
	# shellcheck disable=SC2086
	gcc -E -P -C -DMOST="$most" $sizes test/eva.c |
	    sed -f "$file.sed" >"$file.i"
	case $name in
	split | file)	values=256 ;;	# "not zero" is a set of bytes
	*)	values=8 ;;
	esac
	timeout 500 frama-c -machdep gcc_x86_64 -c11 -eva -main "eva_$name" \
	    -eva-slevel "$states" -eva-auto-loop-unroll 16 \
	    -eva-partition-value eva_at -eva-split-limit 200 \
	    -eva-interprocedural-splits -eva-split-return auto \
	    -eva-widening-delay 50 -eva-ilevel $values \
	    -eva-unroll-recursive-calls 25 "$file.i" \
	    -then -report-csv "$file.csv" >"$file.out" 2>&1 ||
	    echo "EVA has not come to its end"
	grep 'NON TERMINATING' "$file.out"
	grep -Eq 'alarms? generated by the analysis' "$file.out" || echo "no result"
	[ ! -f "$file.csv" ] || awk -F '\t' '
	    NR > 1 && $5 !~ /^(assigns|from) clause$/ && $6 !~ /^Valid/ &&
	    $6 !~ /^(Considered|Dead)/ { print $4 ": " $7 }' "$file.csv" |
	    sort -u
}

# known ROOM: what eva.alarms has for it.
known() {
	sed -n "s/^$1 //p" test/eva.alarms | sort -u
}

for room in $rooms; do
	# shellcheck disable=SC2046
	analyse "$room" $(table "$room") >"$dir/found"
	known "$room" >"$dir/known"
	diff "$dir/known" "$dir/found" >"$said"
	verdict $? "some bytes break $room"
done
closing
