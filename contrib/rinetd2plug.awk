# rinetd2plug.awk: a rinetd.conf as plugs, for plug -c.
#
#	awk -f 2plug.awk -f rinetd2plug.awk /etc/rinetd.conf >plug.conf
#
# What rinetd(8) means is kept: a client must match an allow rule where there
# are any, and no deny rule, of those before the first forwarding as of the
# forwarding's own.  UDP is an error.

# The plug that was read, with all its rules.
function flush_plug(i, j, n, m, a, b, list, one) {
	if (from == "" || wrong || spoiled[0] || spoiled[1])
		return
	list = flagged("-x", deny[0] deny[1])
	n = split(allow[0], a, / /)
	m = split(allow[1], b, / /)
	if (n == 0 || m == 0) {
		list = list flagged("-a", allow[0] allow[1])
	} else {
		one = ""
		for (i = 2; i <= n; i++)
			for (j = 2; j <= m; j++)
				if (both(a[i], b[j]) != "")
					one = one " " both(a[i], b[j])
		list = list (one == "" ? " -x *" : flagged("-a", one))
	}
	sub(/^ /, "", list)
	print (list == "" ? "" : list " ") from " " to
}

# what stands in brackets behind a forwarding
function options(text, o, n, i) {
	n = split(text, o, /[ \t]*,[ \t]*/)
	for (i = 1; i <= n; i++)
		if (o[i] ~ /^src=/)
			from = from "@" host(substr(o[i], 5), 1)
		else if (o[i] ~ /^keepalive(=(yes|on|true|1))?$/)
			from = "-k " from
		else if (o[i] ~ /^(timeout|keepalive)=/)
			dropped(o[i])
		else
			bad("unknown option", o[i])
}

function forward_port(word) {
	if (word ~ /\/udp$/)
		bad("UDP", word)
	sub(/\/(tcp|udp)$/, "", word)
	return port(word)
}

BEGIN { name = "rinetd2plug" }

{
	sub(/\r$/, "")
	sub(/#.*/, "")
}

$1 == "allow" || $1 == "deny" {
	one = pattern($2)
	# without one of its rules a plug would admit others
	if (one == "")
		spoiled[level + 0] = 1
	else if ($1 == "allow")
		allow[level + 0] = allow[level + 0] one
	else
		deny[level + 0] = deny[level + 0] one
	next
}

$1 == "logfile" { start = start " -S " quoted($2); next }
$1 == "pidlogfile" { start = start " -P " quoted($2); next }
$1 == "logcommon" { dropped("logcommon: the file of -S has a form of its own"); next }

NF >= 4 {
	flush_plug()
	level = 1
	wrong = spoiled[1] = 0
	deny[1] = allow[1] = ""
	from = source($1, forward_port($2))
	to = host($3) ":" forward_port($4)
	text = $0
	if (sub(/^[^[]*\[/, "", text) && sub(/\][ \t]*$/, "", text))
		options(text)
	else if (NF > 4)
		bad("unknown word", $5)
	next
}

NF > 0 { bad("unknown line", $0) }

END {
	flush_plug()
	done()
}
