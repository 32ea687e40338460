# mutants.awk: makes the Nth small change of plug.c, by a seed, in one of the
# rooms that decide over bytes and targets, and tells which on standard error.
#
#	awk -v seed=1 -v n=7 -f test/mutants.awk plug.c >mutant/plug.c
#
# It exits with 1 if there is no such line.

function dice(max) {
	state = (state * 16807) % 2147483647
	return state % max
}

# What can be changed in a line: pairs of what is there and what comes there.
function ways(line,	i, k) {
	k = 0
	for (i = 1; i <= npair; i++)
		if (index(line, from[i]) > 0)
			way[++k] = i
	if (line ~ /^\t+[a-z(].*;$/ && line !~ /^\t+(return|struct|int|long|char|unsigned|static|union|break|case|continue|for|while|goto|SOCKLEN)/)
		way[++k] = 0
	return k
}

function pair(a, b) {
	from[++npair] = a
	to[npair] = b
}

BEGIN {
	state = seed % 2147483646 + 1
	split("TARGET PICK POOL SIDE SESSION HELLO RELAY DIAL CONNECT LISTEN", name, " ")
	for (i in name)
		wanted[name[i]]
	pair(" == ", " != ")
	pair(" != ", " == ")
	pair(" < ", " <= ")
	pair(" > ", " >= ")
	pair(" <= ", " < ")
	pair(" >= ", " > ")
	pair(" && ", " || ")
	pair(" || ", " && ")
	pair(" + ", " - ")
	pair(" - ", " + ")
	pair(" += ", " -= ")
	pair(" -= ", " += ")
	pair("++", "--")
	pair(" = 0;", " = 1;")
	pair(" = 1;", " = 0;")
	pair("return MORE", "return DONE")
	pair("return DONE", "return MORE")
	pair("return FAIL", "return MORE")
	pair("return 0;", "return 1;")
	pair("return 1;", "return 0;")
	pair("if (", "if (!")
	pair("!i]", "i]")
	pair("E_EOF", "E_RESET")
	pair("F_LOST", "F_OPEN")
}

{
	text[NR] = $0
	if ($0 ~ /^ \* [A-Z]+: /) {
		room = $2
		sub(/:/, "", room)
	}
	if ($0 ~ /^[}]/)
		body = 0
	if (body && (room in wanted) && $0 !~ /log_debug/ && ways($0) > 0)
		place[++nplace] = NR
	if ($0 ~ /^[{]/)
		body = 1
}

END {
	for (i = 0; i < n; i++) {
		at = place[1 + dice(nplace)]
		w = way[1 + dice(ways(text[at]))]
	}
	if (!nplace || n < 1)
		exit 1
	old = text[at]
	if (w == 0)
		text[at] = "\t(void)0;"
	else {
		p = index(old, from[w])
		text[at] = substr(old, 1, p - 1) to[w] substr(old, p + length(from[w]))
	}
	if (w > 0 && from[w] == "if (")
		text[at] = negated(old)
	print "plug.c:" at ": " old " -> " text[at] >"/dev/stderr"
	for (i = 1; i <= NR; i++)
		print text[i]
}

# if (x) becomes if (!(x)), where it ends in its line; else it is left out.
function negated(line,	p) {
	p = index(line, "if (")
	if (line ~ /\)$/)
		return substr(line, 1, p + 3) "!" substr(line, p + 3) ")"
	if (line ~ /\) \{$/)
		return substr(line, 1, p + 3) "!" substr(line, p + 3, length(line) - p - 4) ") {"
	return substr(line, 1, p + 3) "1 || " substr(line, p + 4)
}
