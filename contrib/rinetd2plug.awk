# rinetd2plug.awk: a rinetd.conf as plugs, for plug -c.
#
#	awk -f rinetd2plug.awk /etc/rinetd.conf >/etc/plug.conf
#
# What rinetd(8) means is kept: a client must match an allow rule where there
# are any, and no deny rule, of those before the first forwarding as of the
# forwarding's own.  What plug has not (UDP, names of hosts, patterns that cut
# an octet) is an error: a line on standard error names it, and the exit
# status is 1.

function bad(what, word) {
	print "rinetd2plug: line " NR ": " what ": '" word "'" | "cat 1>&2"
	status = wrong = 1
}

# The number of a port or service.
function port(word, file, line, f, found) {
	if (word ~ /\/udp$/)
		bad("UDP", word)
	sub(/\/(tcp|udp)$/, "", word)
	if (word ~ /^[1-9][0-9]*$/)
		return word
	file = "/etc/services"
	while (!found && (getline line < file) > 0) {
		split(line, f, /[ \t]+/)
		if (f[1] == word && f[2] ~ /\/tcp$/)
			found = f[2]
	}
	close(file)
	if (found == "")
		bad("no such port", word)
	sub(/\/.*/, "", found)
	return found
}

function address(word) {
	if (word ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/)
		return word
	if (word ~ /^[0-9a-fA-F]*:[0-9a-fA-F:.]*$/)
		return "[" word "]"
	bad("not a numeric address", word)
	return word
}

# 10.1.* as plug has it, also for 10.1.*.*; * for everybody.
function pattern(word) {
	if (word ~ /^\*(\.\*)*$/)
		return "*"
	while (word ~ /\.\*\.\*$/)
		sub(/\.\*$/, "", word)
	if (word !~ /^(\*|[0-9]+(\.[0-9]+)?(\.[0-9]+)?\.\*|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F]*:[0-9a-fA-F:.]*)$/)
		bad("not a pattern that plug has", word)
	return word
}

# What both patterns match: one of them, or nothing.
function both(a, b, p, q) {
	if (a == "*")
		return b
	if (b == "*")
		return a
	p = a
	q = b
	if (!sub(/\*$/, "", p))
		p = p " "
	if (!sub(/\*$/, "", q))
		q = q " "
	if (index(q, p) == 1)
		return b
	if (index(p, q) == 1)
		return a
	return ""
}

# The plug that was read, with all its rules.
function flush_plug(i, j, n, rules, one) {
	if (source == "" || wrong)
		return
	rules = ""
	for (i = 1; i <= ndeny[0]; i++)
		rules = rules " -x " deny[0, i]
	for (i = 1; i <= ndeny[1]; i++)
		rules = rules " -x " deny[1, i]
	n = 0
	if (nallow[0] > 0 && nallow[1] > 0) {
		for (i = 1; i <= nallow[0]; i++)
			for (j = 1; j <= nallow[1]; j++) {
				one = both(allow[0, i], allow[1, j])
				if (one != "") {
					rules = rules " -a " one
					n++
				}
			}
		if (n == 0)
			rules = rules " -x *"
	} else {
		for (i = 1; i <= nallow[0]; i++)
			rules = rules " -a " allow[0, i]
		for (i = 1; i <= nallow[1]; i++)
			rules = rules " -a " allow[1, i]
	}
	sub(/^ /, "", rules)
	print (rules == "" ? "" : rules " ") source " " target
}

BEGIN { level = ndeny[0] = ndeny[1] = nallow[0] = nallow[1] = 0 }

{
	sub(/\r$/, "")
	sub(/#.*/, "")
}

$1 == "allow" { allow[level, ++nallow[level]] = pattern($2); next }
$1 == "deny" { deny[level, ++ndeny[level]] = pattern($2); next }

$1 == "logfile" { print "# start it with plug -S " $2 " -c FILE"; next }
$1 == "pidlogfile" { print "# start it with plug -P " $2 " -c FILE"; next }
$1 == "logcommon" { next }

NF >= 4 {
	flush_plug()
	level = 1
	wrong = 0
	ndeny[1] = nallow[1] = 0
	at = address($1)
	source = (at == "0.0.0.0" ? "" : at ":") port($2)
	target = address($3) ":" port($4)
	options = $0
	if (sub(/^[^[]*\[/, "", options) && sub(/\][ \t]*$/, "", options)) {
		n = split(options, o, /[ \t]*,[ \t]*/)
		for (i = 1; i <= n; i++)
			if (o[i] ~ /^src=/)
				source = source "@" address(substr(o[i], 5))
			else if (o[i] !~ /^timeout=/)
				bad("unknown option", o[i])
	} else if (NF > 4)
		bad("unknown word", $5)
	next
}

NF > 0 { bad("unknown line", $0) }

END {
	flush_plug()
	close("cat 1>&2")
	exit status
}
