# nginx2plug.awk: the servers of nginx's "stream" as plugs, for plug -c.
#
#	awk -f 2plug.awk -f nginx2plug.awk /etc/nginx/nginx.conf >plug.conf
#
# A file that is included in stream, without that word, will do as well; what
# includes name is not read: name those files, too.  TLS, UDP and variables
# are errors.

# stream or not: the innermost block of a file or of its stream
function inside(block) {
	return path == block "/" || path == "stream/" block "/"
}

# An address with a port, or a path, of a server or of proxy_pass.
function target(word, n) {
	if (sub(/^unix:/, "", word))
		return path_of(word)
	n = length(word)
	while (n > 0 && substr(word, n, 1) != ":")
		n--
	if (n == 0 || substr(word, n) ~ /\]/) {
		bad("no port", word)
		return word
	}
	return host(substr(word, 1, n - 1)) ":" substr(word, n + 1)
}

# upstream: a server, a way to choose
function upstream_word(i, to, v) {
	if (w[1] == "least_conn") {
		how[group] = "-b least "
	} else if (w[1] == "random") {
		how[group] = "-b random "
	} else if (w[1] == "hash" && w[2] ~ /^\$(binary_)?remote_addr$/) {
		how[group] = "-b hash "
	} else if (w[1] == "server") {
		to = target(w[2])
		for (i = 3; i <= words; i++) {
			v = substr(w[i], index(w[i], "=") + 1)
			if (w[i] ~ /^weight=/)
				to = to ",weight=" number(v)
			else if (w[i] ~ /^max_conns=/)
				to = to (number(v) > 0 ? ",max=" number(v) : "")
			else if (w[i] == "backup")
				to = to ",backup"
			else if (w[i] ~ /^fail_timeout=/)
				retry[group] = seconds(v, 1)
			else if (w[i] == "down")
				to = ""
			else if (w[i] != "max_fails=1")
				dropped(w[2] ": " w[i])
			if (to == "") {
				note("left out: " w[2] " is down")
				return
			}
		}
		if (wrong == NR)
			ruined[group] = 1
		members[group]++
		targets[group] = targets[group] " " to
	} else if (w[1] != "zone")
		dropped(w[1] " " w[2])
}

# server: where it listens, without what plug has not
function listen_word(i, at, addr, n, six) {
	at = w[2]
	six = at ~ /^\[::\]/
	for (i = 3; i <= words; i++)
		if (w[i] ~ /^(udp|ssl|proxy_protocol)$/) {
			# (the server's other ports serve)
			n = wrong
			bad("plug has not", w[1] " " w[2] " " w[i])
			wrong = n
			return
		} else if (w[i] ~ /^so_keepalive=/ && w[i] !~ /=off/)
			opt["k"] = "-k "
		else if (w[i] == "ipv6only=off")
			six = 0
	if (at ~ /^unix:/) {
		sources[++listens] = path_of(substr(at, 6))
		return
	}
	n = length(at)
	while (n > 0 && substr(at, n, 1) != ":")
		n--
	addr = substr(at, 1, n - 1)
	if (n <= 1)
		addr = ""
	sources[++listens] = source(addr, substr(at, n + 1))
	only6[listens] = six
}

# no IPv4 for [::], as is nginx's way, if the port alone is not there as well
function no_v4(n, i) {
	for (i = 1; i <= listens; i++)
		if ("[::]:" sources[i] == sources[n])
			return ""
	return only6[n] ? "-x 0.0.0.0/0 " : ""
}

function server_word(i) {
	if (w[1] == "listen")
		listen_word()
	else if (w[1] == "proxy_pass" && index(w[2], "$"))
		bad("plug has no variables", w[2])
	else if (w[1] == "proxy_pass")
		pass = w[2]
	else if (w[1] == "proxy_bind" && w[2] != "off" && index(w[2], "$"))
		bad("plug has no variables", w[2])
	else if (w[1] == "proxy_bind" && words > 2)
		bad("plug has not", w[1] " " w[2] " " w[3])
	else if (w[1] == "proxy_bind" && w[2] != "off")
		opt["p"] = "-p " host(w[2], 1) " "
	else if (w[1] == "limit_conn")
		opt[byclient[w[2]] ? "M" : "m"] = (byclient[w[2]] ? "-M " : "-m ") number(w[3]) " "
	else if (w[1] == "proxy_ssl" && w[2] == "on")
		bad("plug has not", w[1])
	else
		shared_word(path)
}

# what stands in a server, or in stream for all of them
function shared_word(where) {
	if (w[1] == "proxy_timeout")
		set[where "T"] = seconds(w[2], 1)
	else if (w[1] == "proxy_connect_timeout")
		set[where "C"] = seconds(w[2], 1)
	else if (w[1] == "proxy_protocol")
		set[where "X"] = w[2]
	else if (w[1] == "allow" || w[1] == "deny") {
		rules[where] = rules[where] flagged(w[1] == "allow" ? "-a" : "-x", pattern(w[2]))
		# without one of these all plugs would admit others
		if (wrong == NR && where == "stream/")
			spoiled = 1
	}
	else if (w[1] == "limit_conn_zone")
		byclient[substr(w[3], 6, index(w[3] ":", ":") - 6)] = w[2] ~ /remote_addr$/
	else if (w[1] == "include")
		note("name it behind this file: " w[2])
	else if (w[1] !~ /^(preread_buffer_size|proxy_buffer_size|tcp_nodelay|variables_hash_.*)$/)
		dropped(w[1])
}

function setting(key) {
	return ((path key) in set) ? set[path key] : set["stream/" key]
}

# A server is whole: its plugs are kept until all groups are known.
function server_ends(i, list, options) {
	if (pass == "" || listens == 0 || wrong)
		return
	list = (path in rules) ? rules[path] : rules["stream/"]
	if (index(list, " -a ") && list !~ / -[ax] \*$/)
		list = list " -a *"
	options = list == "" ? "" : substr(list, 2) " "
	if (setting("X") == "on")
		options = options "-X "
	if (setting("C") != "")
		options = options "-C " setting("C") " "
	options = options "-T " (setting("T") == "" ? 600 : setting("T")) " "
	options = options opt["k"] opt["p"] opt["m"] opt["M"]
	for (i = 1; i <= listens; i++)
		if (!twice(sources, listens, i)) {
			plug[++plugs] = no_v4(i) options
			at[plugs] = sources[i]
			taken[sources[i]] = 1
			to[plugs] = pass
			line[plugs] = here()
		}
}

# The word before a brace: a block begins.
function block_begins() {
	path = path w[1] "/"
	if (inside("upstream")) {
		group = w[2]
		known[group] = 1
	} else if (inside("server")) {
		server_begins()
	} else if (path !~ /^(stream|http|events|mail)\// || path ~ /^stream\/./)
		dropped("block " w[1])
}

function server_begins() {
	pass = ""
	listens = wrong = 0
	split("", only6)
	split("", opt)
	delete rules[path]
	delete set[path "T"]
	delete set[path "C"]
	delete set[path "X"]
}

function block_ends() {
	if (inside("server"))
		server_ends()
	sub(/[^\/]*\/$/, "", path)
}

function statement() {
	if (inside("upstream"))
		upstream_word()
	else if (inside("server"))
		server_word()
	else if (path == "stream/" || path == "" && w[1] == "include")
		shared_word("stream/")
}

function add(c) {
	w[words] = w[words] c
}

# A line's words go to w; ; { and } end what they are of.
function scan(line, i, c) {
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (c == "\\") {
			if (!open)
				words++
			open = 1
			add(substr(line, ++i, 1))
		} else if (quote != "") {
			if (c == quote)
				quote = ""
			else
				add(c)
		} else if (c == "{" && open && w[words] ~ /\$$/) {
			# ${name}
			add(substr(line, i, index(substr(line, i), "}")))
			i += index(substr(line, i), "}") - 1
		} else if (c == "#" && !open) {
			return
		} else if (index(" \t\r", c)) {
			open = 0
		} else if (index(";{}", c)) {
			if (c == ";")
				statement()
			else if (c == "{")
				block_begins()
			else
				block_ends()
			words = open = 0
			split("", w)
		} else {
			if (!open)
				words++
			open = 1
			if (c == "\"" || c == "'")
				quote = c
			else
				add(c)
		}
	}
	open = 0
}

BEGIN { name = "nginx2plug" }

{ scan($0) }

END {
	for (i = 1; i <= plugs && !spoiled; i++) {
		p = to[i]
		place = line[i]
		# another server has the port for IPv6: one socket, each its clients
		if (("[::]:" at[i]) in taken) {
			at[i] = "[::]:" at[i]
			plug[i] = "-x ::/0 " plug[i]
		}
		if (p in ruined)
			bad("left out, for one of its servers", p)
		else if (p in targets) {
			if (members[p] > 1)
				plug[i] = plug[i] "-r " (p in retry ? retry[p] : 10) " "
			print how[p] plug[i] at[i] targets[p]
		} else if (p in known)
			bad("no servers", p)
		else {
			p = target(p)
			if (wrong != NR)
				print plug[i] at[i] " " p
		}
	}
	place = ""
	if (path != "")
		bad("no end of", path)
	done()
}
