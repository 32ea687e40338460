# netperm2plug.awk: the rules of plug-gw in a netperm-table of the TIS
# firewall toolkit or Gauntlet as plugs, for plug -c.
#
#	awk -f netperm2plug.awk /usr/local/etc/netperm-table >/etc/plug.conf
#	awk -f netperm2plug.awk -v as=news-gw netperm-table	(plug-gw -as)
#
#	plug-gw: timeout 1800
#	plug-gw: port nntp 192.168.50.* -plug-to 10.0.0.5 -port 119 -privport
#
# The first rule that matches the client decides, there as here.  timeout,
# deny-hosts, userid, groupid and directory count for the whole table.  Names
# of hosts are an error: a line on standard error names it, and the exit
# status is 1.

function bad(what, word) {
	print "netperm2plug: line " NR ": " what ": '" word "'" | "cat 1>&2"
	wrong = NR
	status = 1
}

function port(word, file, line, f, found) {
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

# A host pattern: *, 10.1.*, 10.1.*.*, an address, network:netmask.
function pattern(word) {
	if (word ~ /^\*(\.\*)*$/)
		return "*"
	while (word ~ /\.\*\.\*$/)
		sub(/\.\*$/, "", word)
	if (word ~ /^[0-9.]+:[0-9.]+$/)
		sub(/:/, "/", word)
	if (word !~ /^(\*|[0-9]+(\.[0-9]+)?(\.[0-9]+)?\.\*|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+(\/[0-9.]+)?)$/)
		bad("not a pattern that plug has", word)
	return word
}

# Does this line's list of keywords name the proxy?
function ours(list, n, i, k) {
	n = split(list, k, /,/)
	for (i = 1; i <= n; i++)
		if (k[i] == as || k[i] == "*")
			return 1
	return 0
}

function rule_port(i, n, rules, to, at, reserved) {
	rules = ""
	at = port($3)
	for (i = 4; i <= NF && $i !~ /^-/; i++)
		rules = rules " -a " pattern($i)
	to = ""
	n = at
	for (; i <= NF; i++)
		if ($i == "-plug-to")
			to = $(++i)
		else if ($i == "-port")
			n = port($(++i))
		else if ($i == "-privport")
			reserved = "-q "
		else
			bad("unknown word", $i)
	if (to !~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/)
		bad("not a numeric address", to)
	if (wrong != NR)
		line[++lines] = reserved substr(rules, 2) (rules == "" ? "-x * " : " ") \
	    at " " to ":" n
}

BEGIN {
	if (as == "")
		as = "plug-gw"
}

# a backslash at the end: the line goes on
{
	sub(/\r$/, "")
	if (held != "") {
		$0 = held " " $0
		held = ""
	}
}
/\\$/ {
	held = substr($0, 1, length($0) - 1)
	next
}

{
	sub(/#.*/, "")
	colon = index($0, ":")
	if (colon == 0)
		next
	keywords = substr($0, 1, colon - 1)
	$0 = "x " substr($0, colon + 1)
	gsub(/[ \t]/, "", keywords)
}
NF < 2 || !ours(keywords) { next }

$2 == "port" { rule_port(); next }
$2 == "timeout" { if (idle == "") idle = "-T " $3 " "; next }
$2 == "deny-hosts" {
	for (i = 3; i <= NF; i++)
		deny = deny "-x " pattern($i) " "
	next
}
$2 == "userid" && user == "" { user = $3; next }
$2 == "groupid" && group == "" { group = $3; next }
$2 == "directory" && root == "" { root = $3; next }
$2 ~ /^(userid|groupid|directory)$/ { next }

# what the keyword * says to others is not ours
keywords == as { bad("plug has not", $2) }

END {
	if (user != "" || root != "")
		print "# start it with plug" (user == "" ? "" : " -u " user \
		    (group == "" ? "" : ":" group)) \
		    (root == "" ? "" : " -R " root) " -c FILE"
	for (i = 1; i <= lines; i++)
		print idle deny line[i]
	close("cat 1>&2")
	exit status
}
