# xinetd2plug.awk: the services of xinetd that have "redirect" as plugs, for
# plug -c.
#
#	awk -f 2plug.awk -f xinetd2plug.awk /etc/xinetd.conf /etc/xinetd.d/* >plug.conf
#
# Services without it are left to xinetd.  Of only_from and no_access the
# closer match decides, there as here.

# An address of only_from or no_access as rules: its zero octets at the end
# are everybody's, and 10.1.2.{3,4} are two.
function client(word, list, n, i, one, head) {
	sub(/,$/, "", word)
	if ((i = index(word, "{")) > 0) {
		head = substr(word, 1, i - 1)
		n = split(substr(word, i + 1, length(word) - i - 1), one, /,/)
		for (i = 1; i <= n; i++)
			list = list client(head one[i])
		return list
	}
	if (word ~ /^0(\.0\.0\.0)?$/ || word == "0.0.0.0/0")
		return " *"
	if (word !~ /\// && sub(/(\.0)+$/, "", word))
		return " " word ".*"
	if (word ~ /\/.*\./) {
		bad("a network has bits", word)
		return ""
	}
	if (word ~ /^[0-9]+(\.[0-9]+)*$/ && split(word, one, /\./) < 4)
		return " " word ".*"
	return pattern(word)
}

# How many bits of the rule count.
function closeness(rule, o, i) {
	if (rule == "*")
		return 0
	if ((i = index(rule, "/")) > 0)
		return substr(rule, i + 1) + 0 > 128 ? 128 : substr(rule, i + 1) + 0
	if (sub(/\.\*$/, "", rule))
		return 8 * split(rule, o, /\./)
	return 128
}

# Both lists as flags, the closest first, of equals those that refuse.
function ordered(admit, refuse, list, all, c, n, i, bits) {
	n = split(flagged("-x", refuse) flagged("-a", admit), all, / /)
	for (bits = 128; bits >= 0; bits--)
		for (i = 2; i < n; i += 2)
			if (closeness(all[i + 1]) == bits)
				list = list all[i] " " all[i + 1] " "
	return list
}

# The value of an attribute of this service, or of all.
function value(key) {
	if (key in own)
		return own[key]
	return (key in common) ? common[key] : ""
}

function lists(key, n, i, w, list) {
	n = split(value(key), w, " ")
	for (i = 1; i <= n; i++)
		list = list client(w[i])
	return list
}

# Is the service one of those in this list of defaults?
function listed(key, id) {
	return index(" " common[key] " ", " " id " ") > 0
}

function disabled(id) {
	id = ("id" in own) ? own["id"] : title
	return own["disable"] == "yes" || ("disabled" in common) && listed("disabled", id) ||
	    ("enabled" in common) && !listed("enabled", id)
}

function service(to, at, addr, options) {
	if (!("redirect" in own))
		return
	seen = 1
	if (disabled()) {
		note("left out: " title " is disabled")
		return
	}
	if (own["protocol"] == "udp" || own["socket_type"] == "dgram") {
		bad("UDP", title)
		return
	}
	split(own["redirect"], to, " ")
	at = port("port" in own ? own["port"] : title)
	addr = value("bind")
	if (addr == "")
		addr = value("interface")
	if (addr == "" && value("flags") ~ /IPv6/)
		addr = "::"
	options = ordered(lists("only_from"), lists("no_access"))
	if (value("only_from") == "" && (("only_from" in own) || ("only_from" in common)))
		options = options "-x * "
	if (value("flags") ~ /KEEPALIVE/)
		options = options "-k "
	if (value("instances") ~ /^[0-9]+$/)
		options = options "-m " value("instances") " "
	if (value("per_source") ~ /^[0-9]+$/)
		options = options "-M " value("per_source") " "
	at = options source(addr, at) " " host(to[1]) ":" port(to[2])
	if (wrong < first)
		print at
}

# An attribute, with =, += or -=.
function attribute(line, key, how, val, words, w, i, n) {
	i = index(line, "=")
	if (i == 0) {
		bad("unknown line", line)
		return
	}
	how = substr(line, i - 1, 1)
	key = substr(line, 1, how ~ /[-+]/ ? i - 2 : i - 1)
	gsub(/[ \t]/, "", key)
	val = substr(line, i + 1)
	gsub(/[ \t]+/, " ", val)
	sub(/^ /, "", val)
	sub(/ $/, "", val)
	if (title == "" && how != "-") {
		common[key] = how == "+" ? common[key] " " val : val
		if (key !~ known && key !~ /^(disabled|enabled|log_.*)$/)
			other[++others] = key
		return
	}
	if (how == "=" || how !~ /[-+]/) {
		own[key] = val
	} else if (how == "+") {
		words = value(key) " " val
		own[key] = words
	} else {
		n = split(value(key), w, " ")
		for (i = 1; i <= n; i++)
			if (index(" " val " ", " " w[i] " ") == 0)
				words = words " " w[i]
		own[key] = substr(words, 2)
	}
	if (key !~ known)
		other[++others] = key
}

BEGIN {
	name = "xinetd2plug"
	known = "^(redirect|port|bind|interface|type|id|socket_type|protocol|wait|user|group|disable|flags|only_from|no_access|instances|per_source)$"
}

# what includedir passes by, backups mostly
FNR == 1 {
	inside = 0
	ignored = FILENAME ~ /\.d\/([^\/]*\.[^\/]*|[^\/]*~)$/
	if (ignored)
		note("left out: xinetd reads no file of that name")
}
ignored { next }

{
	sub(/\r$/, "")
	sub(/^[ \t]*#.*/, "")
	sub(/^[ \t]+/, "")
}

$1 == "service" || $1 == "defaults" {
	title = $1 == "service" ? $2 : ""
	first = NR
	others = 0
	if (title == "" && seen)
		bad("it stands behind services that it is for", $1)
	split("", own)
	next
}
$1 == "{" { inside = 1; next }
$1 == "}" {
	inside = 0
	if (title == "")
		for (i = 1; i <= others; i++)
			defaults[++held] = other[i]
	if ("redirect" in own) {
		for (i = 1; i <= held; i++)
			dropped("defaults: " defaults[i])
		held = 0
		for (i = 1; i <= others; i++)
			dropped(title ": " other[i])
	}
	service()
	split("", own)
	next
}
$1 ~ /^include(dir)?$/ { note("name it behind this file: " $2); next }
NF > 0 && inside { attribute($0) }

END { done() }
