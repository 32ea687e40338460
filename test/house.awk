# house.awk: awk [-v show=1] [-v calls=1] -f house.awk plug.c
# Does the file keep to its plan?  Its opening comment has the list of rooms,
# each room begins with a banner, and the banner says which rooms above are
# called; types and tables are everyone's without a word.  A room's state is a
# struct of its name, in the room or among the tables, which others only read;
# what it points to is no part of it.  What is otherwise is told, a line each,
# and the exit status is 1 then; in any case the last line tells the numbers.
# With show there is a table of rooms: lines, functions, share of lines that
# have a comment; with calls there is for each room what its banner should say
# of calls.

BEGIN {
	MAXWIDTH = 79
	MAXBODY = 45
	MAXROOM = 400
	MAXOBJECT = 40
	LEAST = 18			# of a hundred lines have a comment
	MOST = 25
	room = 0			# before the first banner
	word = "[A-Za-z_][A-Za-z_0-9]*"
	free["types"]			# what everyone may use without a word
	free["tables"]
}

# Reports come out in the order of lines.
function say(line, what) {
	said[line] = said[line] file ":" line ": " what "\n"
	bad = 1
}

FNR == 1 {
	file = FILENAME
	sub(/.*\//, "", file)
}

# LINES: each without comments, strings and characters; what rules look at.

{
	remark = 0
	text = bare($0)
	code[NR] = text
	where[NR] = room
	size[room]++
	comments[room] += remark
	if (width($0) > MAXWIDTH)
		say(NR, width($0) " columns, at most " MAXWIDTH)
	if ($0 ~ /(^|[^A-Za-z_0-9])TINY([^A-Za-z_0-9]|$)/)
		say(NR, "TINY belongs in compat.h")
}

# The code of a line; remark is set if it has a comment too.
function bare(s,	out) {
	out = ""
	for (;;) {
		if (inside) {
			remark = 1
			if (!match(s, /\*\//))
				return out
			s = substr(s, RSTART + 2)
			inside = 0
		}
		if (!match(s, /\/\*|"|'/))
			return out s
		out = out substr(s, 1, RSTART - 1)
		s = substr(s, RSTART)
		if (s ~ /^\//) {
			s = substr(s, 3)
			inside = 1
		} else {
			match(s, s ~ /^"/ ? "^\"([^\"\\\\]|\\\\.)*\"" : "^'([^'\\\\]|\\\\.)*'")
			out = out (s ~ /^"/ ? "\"\"" : "0")
			s = substr(s, RLENGTH > 0 ? RLENGTH + 1 : 2)
		}
	}
}

# Columns, with a tab at each eighth.
function width(s,	n, p) {
	for (n = 0; (p = index(s, "\t")) > 0; s = substr(s, p + 1)) {
		n += p - 1
		n += 8 - n % 8
	}
	return n + length(s)
}

# LIST: the rooms of the opening comment, a line or more each.

$0 == " * Rooms:" && !nroom {
	listing = 1
}

listing && /^ \*\t[a-z]/ {
	if ($2 in place)
		say(NR, "the list has " $2 " twice")
	else {
		listed[++nlist] = $2
		place[$2] = nlist
		row[nlist] = NR
	}
}

listing && nlist && !/^ \*\t/ {
	listing = 0
}

# BANNERS: a comment whose second line begins with a name in upper case.

/^\/\*$/ {
	opening = NR
}

opening && opening == NR - 1 && /^ \* [A-Z][A-Z_0-9]*:/ {
	name = $2
	sub(/:.*/, "", name)
	begin(tolower(name))
	heading = 1
}

# A room begins in the line above.
function begin(name) {
	if (name in number)
		say(NR, "a second banner of " name)
	else {
		title[++nroom] = name
		number[name] = nroom
		banner[nroom] = NR
	}
	size[room] -= 2
	comments[room] -= 2
	room = number[name]
	size[room] += 2
	comments[room] += 2
	where[NR] = room
}

# The rooms that it may call: words up to a full stop.
heading && /^ \* Calls:/ {
	naming = 1
	names[room] = NR
}

naming {
	promise($0)
}

/\*\// {
	heading = 0
}

function promise(s,	i, n, list, full) {
	if (s !~ /^ \* *[A-Za-z]/) {
		say(NR, "no full stop behind what " title[room] " calls")
		naming = 0
		return
	}
	sub(/^ \* *(Calls:)?/, "", s)
	full = sub(/[.][ \t]*$/, "", s)
	n = split(s, list, " ")
	for (i = 1; i <= n; i++) {
		if (list[i] == "nothing")
			continue
		if ((room, list[i]) in may)
			say(NR, "calls " list[i] " is said twice")
		may[room, list[i]] = 1
		asks[++nask] = room
		asked[nask] = list[i]
		askline[nask] = NR
	}
	if (full)
		naming = 0
}

# DEFINITIONS: functions, macros with parameters, objects outside of these.

text ~ /^[{]/ && head != "" && body == "" {
	body = head
	from = NR
	decl = ""
}

body != "" {
	if (text ~ /^#[ \t]*(if|el|endif)/)
		say(NR, "#if inside of " body "()")
	if (text ~ /^[}]/)
		ended(NR - from + 1)
	next
}

function ended(lines) {
	if (lines > MAXBODY)
		say(from, body "() has " lines " lines, at most " MAXBODY)
	functions[room]++
	nfunction++
	bodies[lines]++
	if (lines > longest)
		longest = lines
	body = head = ""
}

text ~ /^#/ || carried {
	carried = text ~ /\\$/
	if (match(text, "^#[ \t]*define[ \t]+" word "[(]")) {
		name = substr(text, 1, RLENGTH - 1)
		sub(/.*[ \t]/, "", name)
		settle(name)
	}
	next
}

text ~ ("^" word "[(].*[)]$") {
	head = text
	sub(/[(].*/, "", head)
	settle(head)
	isfunction[head] = 1
}

text ~ /[^ \t]/ {
	gather(text)
}

# A function or a macro is at home here.
function settle(name) {
	if (!room)
		say(NR, name "() stands in no room")
	else if (name in home && home[name] != room)
		say(NR, name "() is in " title[home[name]] " too")
	else
		home[name] = room
	defined[NR] = name
}

# A declaration is complete with a semicolon outside of braces.
function gather(s,	c) {
	if (s ~ /^[}]/)
		depth = 1
	making[NR] = made(decl s)
	while (match(s, /[{};]/)) {
		c = substr(s, RSTART, 1)
		if (depth == 0)
			decl = decl substr(s, 1, RSTART - 1)
		s = substr(s, RSTART + 1)
		if (c == "{" && depth++ == 0)
			decl = decl "{}"
		else if (c == "}")
			depth--
		else if (c == ";" && depth == 0) {
			declared(decl)
			decl = ""
		}
	}
	if (depth == 0)
		decl = decl s " "
}

# What is declared as a struct that stands in braces there.
function made(s) {
	if (!match(s, "[}][ \t]*" word))
		return ""
	s = substr(s, RSTART, RLENGTH)
	sub(/[}][ \t]*/, "", s)
	return s
}

# Types and prototypes are no objects.  An array is marked with @.
function declared(s,	i, n, part, front) {
	sub(/[(]\*/, " ", s)
	front = s
	sub(/=.*/, "", front)
	if (front ~ /[A-Za-z_0-9][(]/ || front ~ /^[ \t]*(typedef|extern)[ \t]/ ||
	    front ~ /[}][ \t]*$/ ||
	    front ~ ("^[ \t]*(static[ \t]+)?(struct|union)[ \t]+" word "[ \t]*$"))
		return
	while (gsub(/\[[^][]*\]/, "@", s) + gsub(/[(][^()]*[)]/, "", s) > 0)
		;
	n = split(s, part, ",")
	for (i = 1; i <= n; i++) {
		sub(/=.*/, "", part[i])
		object(part[i], front)
	}
}

function object(s, front,	plain) {
	plain = front ~ /struct/ && s !~ /[*@]/
	gsub(/[ \t@)]+$/, "", s)
	sub(/.*[^A-Za-z_0-9]/, "", s)
	if (s == "")
		return
	if (front !~ /^[ \t]*static[ \t]/)
		say(NR, s " is not static")
	if (s in objects)
		return
	objects[s] = plain
	things[++nobject] = s
	thingline[nobject] = NR
}

# THE WHOLE

END {
	plan()
	states()
	for (line = 1; line <= NR; line++)
		uses(line)
	promises()
	sizes()
	if (calls)
		advise()
	else
		report()
	exit bad
}

# List and banners have the same rooms in the same order.
function plan(	i, last) {
	if (!nlist)
		say(1, "no list of rooms")
	for (i = 1; i <= nlist; i++)
		if (!(listed[i] in number))
			say(row[i], listed[i] " has no banner")
	for (i = 1; i <= nroom; i++) {
		if (!(title[i] in place)) {
			say(banner[i], title[i] " is not in the list")
			continue
		}
		if (last && place[title[i]] < place[last])
			say(banner[i], title[i] " stands behind " last)
		else
			last = title[i]
	}
}

# Whose state a struct is: its name is the room's, or that with -ing, as
# connecting, logging, lining.
function states(	i, r, name) {
	for (i = 1; i <= nroom; i++) {
		r = title[i]
		owner[r] = owner[r "ing"] = i
		owner[r substr(r, length(r)) "ing"] = i
		if (sub(/e$/, "ing", r))
			owner[r] = i
	}
	for (i = 1; i <= nobject; i++) {
		name = things[i]
		if (!objects[name] || !(name in owner))
			continue
		state[name] = r = owner[name]
		if (r in first)
			say(thingline[i], name " is a second state of " title[r])
		else
			first[r] = name
	}
}

# What a line calls, and whose state it writes.  A function that is only named
# is handed out, and counts as called.
function uses(line,	front, rest, name) {
	rest = code[line]
	front = ""
	while (match(rest, /[A-Za-z_][A-Za-z_0-9]*/)) {
		front = front substr(rest, 1, RSTART - 1)
		name = substr(rest, RSTART, RLENGTH)
		rest = substr(rest, RSTART + RLENGTH)
		if (front !~ /([.]|->|struct[ \t]+)$/ && name != defined[line]) {
			if (name in home && (name in isfunction || rest ~ /^[ \t]*[(]/))
				called(line, name, where[line], home[name])
			if (name in state)
				written(line, name, front, rest)
		}
		front = front name
	}
}

function called(line, name, here, there) {
	if (!here || here == there || title[there] in free)
		return
	needs[here, there] = 1
	if ((here, title[there]) in may || (here, name) in told)
		return
	told[here, name] = 1
	say(line, title[here] " calls " name "() of " title[there] \
	    ", which its banner does not name")
}

# To declare a state is not to write it, and who asks how old a moment of it
# is only reads.
function written(line, name, front, rest,	whose) {
	if (state[name] == where[line] || making[line] == name)
		return
	whose = name ", which is " title[state[name]] "'s"
	rest = behind(rest)
	if (rest ~ /^->/)
		return
	if (front ~ /([+][+]|--)[(*]*$/ ||
	    rest ~ /^[ \t]*(=$|=[^=]|[-+*%&|^]=|\/=|<<=|>>=|[+][+]|--)/)
		say(line, "writes " whose)
	else if (front ~ /(^|[^&])&[(]*$/ && front !~ /(elapsed|millis_since)[(]&$/)
		say(line, "hands out " whose)
}

# What comes behind .x and [i]; what a pointer leads to is no part of it.
function behind(s) {
	for (;;) {
		if (s ~ /^\[/)
			s = unbracket(s)
		else if (!sub(/^[.][A-Za-z_0-9]+/, "", s))
			return s
	}
}

function unbracket(s,	level, c) {
	level = 0
	do {
		c = substr(s, 1, 1)
		s = substr(s, 2)
		level += (c == "[") - (c == "]")
	} while (level > 0 && s != "")
	return s
}

# A banner names rooms above, and all of them are called.
function promises(	i, here, name) {
	for (i = 1; i <= nroom; i++)
		if (!(i in names))
			say(banner[i], title[i] " does not say what it calls")
	for (i = 1; i <= nask; i++) {
		here = asks[i]
		name = asked[i]
		if (!(name in number))
			say(askline[i], title[here] " names " name ", which is no room")
		else if (number[name] >= here)
			say(askline[i], title[here] " names " name ", which is not above")
		else if (!((here, number[name]) in needs))
			say(askline[i], title[here] " names " name ", which it does not call")
	}
}

function sizes(	i) {
	for (i = 1; i <= nroom; i++)
		if (size[i] > MAXROOM)
			say(banner[i], title[i] " has " size[i] " lines, at most " MAXROOM)
	if (nobject > MAXOBJECT)
		say(thingline[MAXOBJECT + 1], nobject " objects, at most " MAXOBJECT)
	all = 0
	for (i = 0; i <= nroom; i++)
		all += comments[i]
	if (100 * all < LEAST * NR)
		say(1, "comments are less than " LEAST " % of the lines")
	if (100 * all > MOST * NR)
		say(1, "comments are more than " MOST " % of the lines")
}

function median(	i, n) {
	for (i = 0; i < longest && 2 * n < nfunction; )
		n += bodies[++i]
	return i
}

function report(	i) {
	for (i = 1; show && i <= nroom; i++)
		printf "%-12s %4d lines %3d functions %3.0f %% comments\n",
		    title[i], size[i], functions[i], 100 * comments[i] / size[i]
	for (i = 1; i <= NR; i++)
		printf "%s", said[i]
	printf "rooms %d, functions %d (median %d, most %d lines), ", nroom,
	    nfunction, median(), longest
	printf "objects %d, comments %.1f %%\n", nobject, NR ? 100 * all / NR : 0
}

# What each banner should say, as it stands there.
function advise(	i, k, s) {
	for (i = 1; i <= nroom; i++) {
		s = " * Calls:"
		for (k = 1; k <= nroom; k++)
			if (k != i && (i, k) in needs)
				s = s " " title[k]
		if (s == " * Calls:")
			s = s " nothing"
		print title[i]
		print folded(s ".")
	}
}

function folded(s,	out, p) {
	out = ""
	while (length(s) > MAXWIDTH) {
		for (p = MAXWIDTH + 1; substr(s, p, 1) != " "; p--)
			;
		out = out substr(s, 1, p - 1) "\n"
		s = " * " substr(s, p + 1)
	}
	return out s
}
