# 2plug.awk: what the translators of other programs' files have in common;
# each is run behind it:
#
#	awk -f 2plug.awk -f rinetd2plug.awk /etc/rinetd.conf >plug.conf
#
# On standard output is a file for plug -c.  What plug has not is a line on
# standard error, what is dropped or needs a look a comment in the file as
# well; the exit status is 1 where something could not be translated.  Names
# of hosts are left in for builds that have them (plug(1), NAMES); with
# another plug -E names the line, and an address must be written there.
# services=FILE stands for /etc/services.

# Where it stands: the file and line that are read, or those in place.
function here() {
	return place != "" ? place : FILENAME ":" FNR
}

function say(text) {
	print name ": " here() ": " text | "cat 1>&2"
}

function bad(what, word) {
	say(what ": '" word "'")
	wrong = NR
	status = 1
}

function note(text) {
	say(text)
	print "# " here() ": " text
}

function dropped(word) {
	note("dropped: " word)
}

# A number, which is printed as it stands there.
function number(word) {
	if (word !~ /^[0-9]+$/)
		bad("not a number", word)
	sub(/^0+/, "", word)
	return word == "" ? 0 : word
}

# The path of a unix socket: what ends one in plug's file is none.
function path_of(word) {
	if (word !~ /^\/[^ \t"'@,]*$/)
		bad("not a path that plug has", word)
	return word
}

# A word for the shell.
function quoted(word) {
	if (word ~ /^[A-Za-z0-9_.\/:+-]+$/)
		return word
	gsub(/'/, "'\\''", word)
	return "'" word "'"
}

# at the end of all: how plug is started, the exit status
function done() {
	if (start != "")
		print "# start it with plug" start " -c FILE"
	close("cat 1>&2")
	exit status
}

# The number of a port or service, whose aliases count.
function port(word, file, line, f, i, n, found) {
	if (word ~ /^[1-9][0-9]*$/)
		return word
	file = services == "" ? "/etc/services" : services
	while (found == "" && (getline line < file) > 0) {
		sub(/#.*/, "", line)
		n = split(line, f, /[ \t]+/)
		for (i = 1; i <= n && f[2] ~ /\/tcp$/; i++)
			if (i != 2 && f[i] == word)
				found = f[2]
	}
	close(file)
	if (found == "")
		bad("no such port", word)
	sub(/\/.*/, "", found)
	return found
}

function is_v6(word) {
	return word ~ /^[0-9a-fA-F]*:[0-9a-fA-F:.]*$/
}

# An address as a target has it; ours: one of this machine, which is no name.
function host(word, ours) {
	sub(/^\[/, "", word)
	sub(/\]$/, "", word)
	if (word == "localhost")
		return "127.0.0.1"
	if (word ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/)
		return word
	if (is_v6(word))
		return "[" word "]"
	if (ours || word !~ /^[A-Za-z0-9][A-Za-z0-9.-]*$/)
		bad("not a numeric address", word)
	else
		note("'" word "' is a name: for a build with -DHAVE_NAMES=1, or write its address")
	return word
}

# where to listen: an address of ours, or all of them, and a port
function source(addr, at) {
	if (addr == "" || addr == "*" || addr == "0.0.0.0")
		return at
	return host(addr, 1) ":" at
}

# Is the i-th of n sources one that [::] and the same port has, too?
function twice(sources, n, i, j) {
	for (j = 1; j <= n; j++)
		if (sources[j] == "[::]:" sources[i])
			return 1
	return 0
}

# Do the octets from the k-th on match anything?
function any(k) {
	while (k <= 4 && pat[k] == "*")
		k++
	return k > 4
}

# Octet k is one of those in fits, what follows is anything: as few rules as
# there are.
function blocks(prefix, k, fits, v, i, size, bits, list) {
	for (v = 0; v < 256; v += size) {
		size = 1
		bits = 8 * k
		if (!fits[v])
			continue
		while (v % (2 * size) == 0 && v + 2 * size <= 256) {
			for (i = v + size; i < v + 2 * size && fits[i]; i++)
				;
			if (i < v + 2 * size)
				break
			size *= 2
			bits--
		}
		list = list " " prefix v
		if (size == 1)
			list = list (k < 4 ? ".*" : "")
		else
			list = list substr(".0.0.0", 1, 8 - 2 * k) "/" bits
	}
	return list
}

# The octets from the k-th on, behind those in prefix; 2000 bytes of them are
# more rules than pattern() takes.
function octets(prefix, k, v, re, fits, list) {
	if (any(k))
		return " " prefix "*"
	if (pat[k] ~ /^[0-9]+$/)
		return k == 4 ? " " prefix pat[k] : octets(prefix pat[k] ".", k + 1)
	re = pat[k]
	gsub(/\?/, "[0-9]", re)
	gsub(/\*/, "[0-9]*", re)
	re = "^" re "$"
	for (v = 0; v < 256; v++)
		fits[v] = (v "") ~ re
	if (any(k + 1))
		return blocks(prefix, k, fits)
	for (v = 0; v < 256 && length(list) < 2000; v++)
		if (fits[v])
			list = list octets(prefix v ".", k + 1)
	return list
}

# With less than four octets: does it end in an asterisk, so that nothing in it
# can be a dot but what that stands for?
function whole(n, i) {
	if (pat[n] !~ /^[0-9]*\*$/)
		return 0
	for (i = n; i > 1 && pat[i] == "*" && pat[i - 1] == "*"; i--)
		;
	while (--i > 0)
		if (pat[i] ~ /\*/)
			return 0
	return 1
}

# The rules, " R" each, that together are a pattern of addresses: *, 10.1.*,
# 10.1.*.*, 10.1.2?.*, an address, a network with bits or with its mask.
function pattern(word, n, list) {
	if (word ~ /^\*(\.\*)*$/ || word == "all")
		return " *"
	if (word == "localhost")
		return " 127.0.0.1"
	if (word ~ /^[0-9.]+[:\/][0-9.]+$/) {
		sub(/:/, "/", word)
		return " " word
	}
	if (word ~ /^[0-9a-fA-F]*:[0-9a-fA-F:.]*(\/[0-9]+)?$/)
		return " " word
	n = split(word, pat, /\./)
	if (word ~ /[^0-9.?*]/ || word ~ /\.\.|^\.|\.$/ || n > 4 || (n < 4 && !whole(n))) {
		bad("not a pattern that plug has", word)
		return ""
	}
	while (n < 4)
		pat[++n] = "*"
	list = octets("", 1)
	if (split(list, pat, / /) > 64) {
		bad("more than 64 rules", word)
		return ""
	}
	return list
}

# The first address of an IPv4 rule, and in bits how many of it count.
function network(rule, o, n, i, m) {
	bits = 32
	if (sub(/\.\*$/, "", rule)) {
		bits = 8 * split(rule, o, /\./)
	} else if ((i = index(rule, "/")) > 0) {
		m = substr(rule, i + 1)
		rule = substr(rule, 1, i - 1)
		bits = m + 0
		if (split(m, o, /\./) == 4)
			for (bits = i = 0; ++i <= 4; )
				for (n = o[i]; n > 0; n = n * 2 % 256)
					bits++
	}
	n = split(rule, o, /\./)
	return ((o[1] * 256 + o[2]) * 256 + o[3]) * 256 + o[4]
}

# What both rules match: one of them, or nothing.
function both(a, b, i, x, y, n, m) {
	if (a == "*" || a == b)
		return b
	if (b == "*")
		return a
	if (index(a, ":") || index(b, ":")) {
		if (index(a, ":") && index(b, ":"))
			bad("networks that are not compared", a " " b)
		return ""
	}
	x = network(a)
	n = bits
	y = network(b)
	m = 1
	for (i = 32; i > n || i > bits; i--)
		m *= 2
	if (int(x / m) != int(y / m))
		return ""
	return bits < n ? a : b
}

# The rules of a list with their flag, " -a R" each.
function flagged(flag, list) {
	gsub(/ /, " " flag " ", list)
	return list
}

# Seconds, from 1, out of 30, 30s, 500ms, 1m, 1h30m, 2d; one without a unit
# is so many of those in unit.
function seconds(word, unit, sum, n) {
	while (word ~ /^[0-9]/) {
		n = word + 0
		sub(/^[0-9.]+/, "", word)
		if (!match(word, /^(us|ms|s|m|h|d|w|M|y)/)) {
			sum += n * unit
			break
		}
		sum += n * scale[substr(word, 1, RLENGTH)]
		word = substr(word, RLENGTH + 1)
	}
	if (sum > 0 && sum < 1)
		return 1
	return sum == int(sum) ? sum + 0 : int(sum) + 1
}

BEGIN {
	scale["us"] = 0.000001
	scale["ms"] = 0.001
	scale["s"] = 1
	scale["m"] = 60
	scale["h"] = 3600
	scale["d"] = 86400
	scale["w"] = 604800
	scale["M"] = 2592000
	scale["y"] = 31536000
}
