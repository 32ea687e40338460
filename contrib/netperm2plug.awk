# netperm2plug.awk: the rules of plug-gw in a netperm-table of the TIS
# firewall toolkit or Gauntlet as plugs, for plug -c.
#
#	awk -f 2plug.awk -f netperm2plug.awk /usr/local/etc/netperm-table >plug.conf
#
# With -v as=news-gw in front of the file it reads what plug-gw -as did.
#
#	plug-gw: timeout 1800
#	plug-gw: port nntp 192.168.50.* -plug-to 10.0.0.5 -port 119 -privport
#
# The first rule that matches the client decides, there as here.  timeout,
# deny-hosts, userid, groupid and directory count for the whole table.  Rules
# by clients' names are errors: plug knows addresses.

# Does this line's list of keywords name the proxy?
function ours(list, n, i, k) {
	n = split(list, k, /,/)
	for (i = 1; i <= n; i++)
		if (k[i] == as || k[i] == "*")
			return 1
	return 0
}

function rule_port(i, n, rules, to, at, low) {
	at = port($3)
	for (i = 4; i <= NF && $i !~ /^-/; i++)
		rules = rules flagged("-a", pattern($i))
	n = at
	for (; i <= NF; i++)
		if ($i == "-plug-to")
			to = host($(++i))
		else if ($i == "-port")
			n = port($(++i))
		else if ($i == "-privport")
			reserved = low = "-q "
		else
			bad("unknown word", $i)
	if (to == "")
		bad("no -plug-to", $0)
	if (wrong != NR)
		line[++lines] = low substr(rules, 2) (rules == "" ? "-x * " : " ") \
	    at " " to ":" n
}

BEGIN {
	name = "netperm2plug"
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
		deny = deny flagged("-x", pattern($i))
	# without one of these all plugs would admit others
	if (wrong == NR)
		spoiled = 1
	next
}
$2 == "userid" && user == "" { user = $3; next }
$2 == "groupid" && group == "" { group = $3; next }
$2 == "directory" && root == "" { root = $3; next }
$2 ~ /^(userid|groupid|directory)$/ { next }

# what the keyword * says to others is not ours
keywords == as { bad("plug has not", $2) }

END {
	if (user != "" && reserved)
		dropped("userid " user ": -privport needs the right to have such ports")
	else if (user != "")
		start = " -u " quoted(user) (group == "" ? "" : ":" quoted(group))
	if (root != "")
		start = start " -R " quoted(root)
	for (i = 1; i <= lines && !spoiled; i++)
		print idle (deny == "" ? "" : substr(deny, 2) " ") line[i]
	done()
}
