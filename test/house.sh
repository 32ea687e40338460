#!/bin/sh
# house.sh DIR [FILE]: does plug.c, or FILE, keep to its plan as house.awk
# wants it, and would that see if it did not?  Each of its rules is broken in
# a copy: the report must be that of the rule, and no other.  So it is done
# with a small sample for every awk, and then with the file itself.  DIR is an
# existing directory.  Ends with "N passed, N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
file=${2:-plug.c}
folder "$1"
copy=$dir/plug.c
LC_ALL=C
export LC_ALL

# lint: what all awks say of the copy, if it is the same.
lint() {
	rm -f "$said"
	for awk in $awks; do
		[ "$awk" != busybox ] || awk='busybox awk'
		$awk -f test/house.awk "$copy" >"$dir/new" 2>&1
		status=$?
		if [ ! -f "$said" ]; then
			mv "$dir/new" "$said"
		elif ! cmp -s "$said" "$dir/new"; then
			mv "$dir/new" "$said"
			echo "(by $awk alone)" >>"$said"
			status=2
		fi
		[ $status -lt 2 ] || return
	done
}

# reports: but for those of the whole file, which may be near its limits.
reports() {
	grep '^plug\.c:[0-9]*: ' "$said" |
	    grep -v ': comments are \| objects, at most '
}

# clean TEXT: it has no fault.
clean() {
	lint
	[ "$status" -eq 0 ] && ! grep -q '^plug\.c' "$said"
	verdict $? "$1"
}

# quiet TEXT: a change that breaks no rule is seen as none.
quiet() {
	lint
	[ "$status" -lt 2 ] && ! reports >/dev/null
	verdict $? "$1"
}

# seen COUNT PATTERN TEXT: so many reports, and each is like that.
seen() {
	lint
	[ "$status" -eq 1 ] && [ "$(reports | grep -c '')" -eq "$1" ] &&
	    [ "$(reports | grep -c "^[^ ]* $2\$")" -eq "$1" ]
	verdict $? "$3 is not seen"
}

# among PATTERN TEXT: one beside others that come of the same change.
among() {
	lint
	[ "$status" -eq 1 ] && grep -q "^plug\\.c:[0-9]*: $1\$" "$said"
	verdict $? "$2 is not seen"
}

# objects COUNT TEXT: so many are counted.
objects() {
	lint
	[ "$status" -lt 2 ] && grep -q "objects $1," "$said"
	verdict $? "$2"
}

# attic CALLS: the file with one room more, whose code is read.
attic() {
	awk '
	/^ \* Rooms:/ { listing = 1 }
	listing == 2 && !/^ \*\t/ {
		print " *\tattic\t what is not needed"
		listing = 0
	}
	{ print }
	listing && /^ \*\t[a-z]/ { listing = 2 }' "$whole" >"$copy"
	banner ATTIC 'one room more, for what nobody needs' "$1" >>"$copy"
	cat >>"$copy"
}

# edit: the file after a change that awk reads; it knows two rooms' names.
edit() {
	cat >"$dir/edit"
	awk -v one="$one" -v two="$two" -v ONE="$ONE" -v TWO="$TWO" \
	    -f "$dir/edit" "$whole" >"$copy"
}

# lines COUNT TEXT
lines() {
	awk -v n="$1" -v text="$2" 'BEGIN { while (n-- > 0) print text }'
}

# THE SAMPLE: six rooms.  A table makes comments as few as they must be.

# banner NAME PURPOSE CALLS
banner() {
	printf '/*\n * %s: %s.\n * Calls: %s.\n */\n' "$@"
}

sample() {
	cat <<'END'
/*
 * sample: a small plug.
 *
 * Rooms:
 *
 *	types	 what everything is
 *		 made of
 *	tables	 the states of rooms that all know
 *	self	 moments
 *	text	 lines
 *	log	 what is said
 *	loop	 waits, and calls
 *
 * Events change states.
 */
#include "compat.h"

END
	banner TYPES 'what everything is made of' nothing
	cat <<'END'
struct line {
	char *p;
	int len, max;			/* in bytes */
};

#define LINE_LEFT(t) ((t)->max - (t)->len)

END
	banner TABLES 'what all know' nothing
	cat <<'END'
static struct {				/* log writes */
	struct line line;
#if HAVE_COUNT
	int count[2];
#endif
	int n, *at;
	long since;
	struct line *last;
} logging = {
	{ 0, 0, 0 },
#if HAVE_COUNT
	{ 1, 2 },
#endif
	0, &logging.n, 0L, 0
};
static char *table[] = {
	"no { comment /* \", and",	/* but this */
END
	lines 78 '	"no { comment /* \", and",'
	cat <<'END'
	0
};

END
	banner SELF 'what time it is' nothing
	cat <<'END'
static long
elapsed(long *since)
{
	return *since;
}

static long
millis_since(long *since)
{
	return *since * 1000;
}

END
	banner TEXT 'lines are put together, a character at a time' nothing
	cat <<'END'
#ifdef HAVE_TEXT
/* Dropped if it does not fit. */
static void
put_char(struct line *t, int c)
{
	if (LINE_LEFT(t) > 0 && c != '"')
		t->p[t->len++] = (char)c;
}
#else
#define put_char(t, c) (void)0
#endif

END
	banner LOG 'what is said goes to the log' text
	cat <<'END'
static void
log_char(int c)
{
	put_char(&logging.line, c);
	logging.n++;
}

END
	banner LOOP 'waits, and calls who has to do' 'self
 * log'
	cat <<'END'
static struct {
	int full;
	struct line line;
} loop = { -1, { 0, 0, 0 } };

#define LOOP_IS(c) (LINE_LEFT(&loop.line) == (c) ? log_char(c) : (void)0)

int
main(int argc, char **argv)
{
	loop.full = argc;
	if (logging.n == 0 || elapsed(&logging.since) > 1L)
		LOOP_IS(argv[0][0] & logging.n);
	logging.last->len = 0;
	return 0;
}
END
}

# THE BREAKS

# found EXPRESSION: the first name with a parenthesis in a line that this is
# true of, and its room.
found() {
	awk '
	/^ \* [A-Z][A-Z_0-9]*:/ && last == "/*" {
		room = tolower($2)
		sub(/:/, "", room)
	}
	'"$1"' {
		sub(/^#define[ \t]*/, "")
		sub(/\(.*/, "")
		print $0, room
		exit
	}
	{ last = $0 }' "$whole"
}

# What they need of the file: two rooms; a function and its room; a macro that
# needs no naming; the room of elapsed(); a state and a member of it.
facts() {
	rooms=$(awk '
	/^ \* Rooms:/ { listing = 1 }
	listing == 2 && !/^ \*\t/ { exit }
	listing && /^ \*\t[a-z]/ { listing = 2; print $2 }' "$whole")
	# shellcheck disable=SC2086
	set -- $rooms
	one=$1 two=$2
	ONE=$(echo "$one" | tr '[:lower:]' '[:upper:]')
	TWO=$(echo "$two" | tr '[:lower:]' '[:upper:]')
	# shellcheck disable=SC2046
	set -- $(found '/^[a-z_0-9]+\(.*\)$/')
	called=$1 home=$2
	# shellcheck disable=SC2046
	set -- $(found 'room == "types" && /^#define[ \t]*[A-Z_]+\(/')
	easy=$1
	# shellcheck disable=SC2046
	set -- $(found '/^elapsed\(.*\)$/')
	clock=$2
	# shellcheck disable=SC2046
	set -- $(echo "$rooms" | awk '
	NR == FNR { room[$1]; next }
	/^static struct [{]/ { within = 1; member = "" }
	within && member == "" && /^\t[a-z].*;/ {
		member = $0
		sub(/[;,[].*/, "", member)
		sub(/.*[ *]/, "", member)
	}
	within && /^}/ {
		name = $2
		sub(/;.*/, "", name)
		for (r in room)
			if (name ~ ("^" r "(.?ing)?$")) {
				print name, member
				exit
			}
		within = 0
	}' - "$whole")
	state=$1 member=$1.$2
}

list_breaks() {
	edit <<-'END'
	!/^ \* Rooms:/
	END
	among 'no list of rooms' 'a list that is not there'
	edit <<-'END'
	$0 !~ "^ [*]\t" two "[ \t]"
	END
	seen 1 "$two is not in the list" 'a room that the list lacks'
	edit <<-'END'
	{ print }
	$0 ~ "^ [*]\t" one "[ \t]" { print " *\tcellar\t wine" }
	END
	seen 1 'cellar has no banner' 'a room that is only in the list'
	edit <<-'END'
	{ print }
	$0 ~ "^ [*]\t" one "[ \t]" { print }
	END
	seen 1 "the list has $one twice" 'a room that is in the list twice'
	edit <<-'END'
	$0 ~ "^ [*]\t" one "[ \t]" { print " *\t" two "\t moved"; next }
	$0 ~ "^ [*]\t" two "[ \t]" { print " *\t" one "\t moved"; next }
	{ print }
	END
	seen 1 "$two stands behind $one" 'a list in another order'
	edit <<-'END'
	$0 ~ "^ [*] " TWO ":" { sub(TWO, two) }
	{ print }
	END
	among "$two has no banner" 'a banner that is not there'
	edit <<-'END'
	$0 ~ "^ [*] " TWO ":" { sub(TWO, ONE) }
	{ print }
	END
	among "a second banner of $one" 'a banner that is there twice'
}

promise_breaks() {
	attic nothing <<-'END'
	static int attic[] = { 0 };
	END
	quiet 'a room more is well-formed'
	attic "$home" </dev/null
	seen 1 "attic names $home, which it does not call" \
	    'a banner that names what is not called'
	attic attic </dev/null
	seen 1 'attic names attic, which is not above' \
	    'a banner that names its own room'
	attic cellar </dev/null
	seen 1 'attic names cellar, which is no room' \
	    'a banner that names what is no room'
	attic "$home $home" <<-END
	#define ATTIC $called(0)
	END
	seen 1 "calls $home is said twice" 'a banner that names a room twice'
	edit <<-'END'
	$0 ~ "^ [*] " ONE ":" { first = 1 }
	first && /Calls:/ {
		if (!sub(/nothing/, two))
			sub(/Calls:/, "Calls: " two)
		first = 0
	}
	{ print }
	END
	seen 1 "$one names $two, which is not above" 'a banner that names a room below'
	edit <<-'END'
	$0 ~ "^ [*] " ONE ":" { first = 1 }
	first && /Calls:/ { full = 1; first = 0 }
	full && sub(/[.]$/, "") { full = 0 }
	{ print }
	END
	seen 1 "no full stop behind what $one calls" 'a banner that has no end of calls'
	edit <<-'END'
	$0 ~ "^ [*] " ONE ":" { first = 1 }
	first && sub(/Calls:/, "Asks") { first = 0 }
	{ print }
	END
	among "$one does not say what it calls" 'a banner without its calls'
}

call_breaks() {
	attic nothing <<-END
	#define ATTIC(a) ((a)->$called(0) + (a).$called + sizeof(struct $called))
	static char *attic[] = { "$called(0)", 0 };	/* $called(0) */
	END
	quiet 'a name that is no call is none'
	attic "$home" <<-END
	#define ATTIC $called (0)
	END
	quiet 'a call may be one that the banner names'
	attic nothing <<-END
	#define ATTIC $easy(0)
	END
	quiet 'types and tables need no naming'
	attic types <<-END
	#define ATTIC $easy(0)
	END
	seen 1 'attic names types, which it does not call' \
	    'a banner that names what needs no naming'
	attic nothing <<-END
	#define ATTIC(a) \\
	    ($called(0))
	END
	seen 1 "attic calls $called() of $home, which its banner does not name" \
	    'a call in a macro that the banner does not name'
	attic nothing <<-END
	static int
	attic_call(void)
	{
		return '"' + $called(0) + $called(1);
	}
	END
	seen 1 "attic calls $called() of $home, which its banner does not name" \
	    'a call in a function that the banner does not name'
	attic nothing <<-END
	static int (*attic[])(int) = { $called };
	END
	seen 1 "attic calls $called() of $home, which its banner does not name" \
	    'a function of a room that the banner does not name, handed out,'
	attic nothing <<-END
	#ifdef HAVE_ATTIC
	#define $called(a) (a)
	#endif
	END
	seen 1 "$called() is in $home too" 'a function that is in two rooms'
	edit <<-'END'
	{ print }
	/^#include/ && !done++ { print "#define ATTIC(a) (a)" }
	END
	seen 1 'ATTIC() stands in no room' 'a macro before all rooms'
}

# writes CODE TEXT: the code stands in a macro, and in a function.
writes() {
	attic nothing <<-END
	#define ATTIC $1
	static void
	attic_write(int *p)
	{
		$1;
	}
	END
	seen 2 "\\(writes\\|hands out\\) $state, which is [a-z]*'s" "$2"
}

state_breaks() {
	attic nothing <<-END
	#define ATTIC(a) ($member == 1 && (a) <= $member)
	#define ATTIC_N(a) (a & $member && (a)->$member = 1)
	static struct {
		struct $state *$state;
		int n;
	} attic;
	static char *attics[] = { "$member = 1", 0 };
	static void
	attic_read(int i)
	{
		if ($member)
			--i;
		i = ${member}[i] != -1 && $member >= i;
		ATTIC($member, i) = 0;
	}
	END
	quiet 'a state may be read'
	attic nothing <<-END
	#define ATTIC (${member}[1].x->y = 1, $state.p->n++, --$state.p->p->n)
	static void
	attic_write(int i)
	{
		$state.p->n = i;
		${member}[i]->x.y[0] += 1;
		attic_write(&$state.p->n);
	}
	END
	quiet 'what a state points to may be written'
	attic "$clock" <<-END
	#define ATTIC(s) (elapsed(&$member) >= (s))
	static long
	attic_age(int i)
	{
		return elapsed(&$state.x[i]) + millis_since(&$state.since);
	}
	END
	quiet 'a moment of a state may be asked for its age'
	writes "$member = 1" 'a write to a state'
	writes "$member += 1" 'an addition to a state'
	writes "$member <<= 1" 'a shift of a state'
	writes "$member |= 1" 'a bit of a state that is set'
	writes "${member}[p[1] + p[0]].x.y[0] = 1" 'a write to what a member holds'
	writes "$member++" 'a state that is counted up'
	writes "--$member" 'a state that is counted down'
	writes "*p = -1, ++*$member" 'what a state points to and is counted up'
	writes "attic_write(&$member)" 'a member that is handed out'
	writes "attic_write(&(${member}[0]))" 'a row of a member that is handed out'
	writes "attic_write((int *)&$state)" 'a state that is handed out'
	attic nothing <<-END
	static int *attic[] = { 0, &$member };
	END
	seen 1 "hands out $state, which is [a-z]*'s" 'a member that a table hands out'
	attic nothing <<-'END'
	static struct {
		int n;
	} attic;
	static struct {
		int n;
	} atticing = { 0 };
	END
	seen 1 'atticing is a second state of attic' 'a room that has two states'
}

# body COUNT: a function of so many lines.
body() {
	printf 'static void\nattic_long(void)\n{\n'
	lines $(($1 - 2)) '	;'
	echo '}'
}

size_breaks() {
	lines 55 x | tr -d '\n' | sed 's/^/#define ATTIC		/' | attic nothing
	quiet 'a line may have 79 columns'
	lines 56 x | tr -d '\n' | sed 's/^/#define ATTIC		/' | attic nothing
	seen 1 '80 columns, at most 79' 'a line of 80 columns'
	body 45 | attic nothing
	quiet 'a function may have 45 lines'
	body 46 | attic nothing
	seen 1 'attic_long() has 46 lines, at most 45' 'a function of 46 lines'
	lines 396 '#define ATTIC' | attic nothing
	quiet 'a room may have 400 lines'
	lines 397 '#define ATTIC' | attic nothing
	seen 1 'attic has 401 lines, at most 400' 'a room of 401 lines'
	for if in 'if 1' 'ifdef A' 'ifndef A' 'elif 1' else endif; do
		attic nothing <<-END
		static void
		attic_if(void)
		{
		#$if
		}
		END
		seen 1 '#if inside of attic_if()' "#$if inside of a function"
	done
	echo 'static int attic;	/* (not in TINY) */' | attic nothing
	seen 1 'TINY belongs in compat.h' 'TINY in a comment'
	echo '#ifdef TINY' | attic nothing
	seen 1 'TINY belongs in compat.h' 'TINY in the code'
	echo '#define NO_TINY TINY_TARGETS' | attic nothing
	quiet 'a word that begins or ends with TINY is another'
}

object_breaks() {
	echo 'int attic = 1;' | attic nothing
	seen 1 'attic is not static' 'an object that is not static'
	attic nothing <<-'END'
	struct attic {
		int n;
	} *attic[2] = { 0 };
	END
	seen 1 'attic is not static' 'a table that is not static'
	attic nothing <<-'END'
	struct attic {
		int n;
	};
	struct cellar;
	extern int errno;
	typedef int attic_int;
	static int attic_line(int, int);
	#define ATTIC static int attic_macro;
	END
	objects "$had" 'what is no object is not counted'
	attic nothing <<-'END'
	static int attic[] = { 1, 2 }, *attic_at = &attic[1], attic_n;
	static int (*attic_do)(int, int) = 0;
	#ifdef HAVE_ATTIC
	static struct attic *attic_p = 0;
	#else
	static struct attic *attic_p;
	#endif
	END
	objects $((had + 5)) 'each object is counted once'
	lines 41 x | awk '{ print "static int attic" NR ";" }' | attic nothing
	among "$((had + 41)) objects, at most 40" 'an object too many'
}

comment_breaks() {
	edit <<-'END'
	{ print }
	/^[{}]|^#/ && !/\\$/ { print ""; print ""; print ""; print "" }
	END
	among 'comments are less than 18 % of the lines' 'too few comments'
	edit <<-'END'
	{ print }
	/^[{}]|^#/ && !/\\$/ { print "/*"; print " * as all know"; print " */" }
	END
	among 'comments are more than 25 % of the lines' 'too many comments'
	edit <<-'END'
	/;$/ { $0 = $0 "	/* so */" }
	{ print }
	END
	among 'comments are more than 25 % of the lines' \
	    'too many comments behind code'
}

# breaks: of a file that has just been found to be clean.
breaks() {
	tail -n 1 "$said"
	had=$(sed -n 's/^rooms .*objects \([0-9]*\),.*/\1/p' "$said")
	facts
	list_breaks
	promise_breaks
	call_breaks
	state_breaks
	size_breaks
	object_breaks
	comment_breaks
}

awks=
for awk in mawk gawk busybox original-awk; do
	if have $awk; then
		awks="$awks $awk"
	else
		skip "$awk: not found"
	fi
done
[ -n "$awks" ] || awks='awk'

title='house: sample: ' whole=$dir/sample.c
sample >"$whole"
cp "$whole" "$copy"
clean 'it keeps to its plan'
breaks

title="house: $file: " whole=$file
cp "$whole" "$copy"
clean 'it keeps to its plan'
if [ "$status" -eq 0 ]; then
	awks='awk'
	breaks
fi
closing
