# haproxy2plug.awk: the listen sections of a haproxy.cfg, and its frontends
# with their backends, as plugs for plug -c; those of mode tcp.
#
#	awk -f 2plug.awk -f haproxy2plug.awk /etc/haproxy/haproxy.cfg >plug.conf
#
# TLS, and choices by what is sent, are errors, and their section is left out.
# Sections of mode http are: plug passes what their clients send, but looks
# for no header in it and adds none.

# The words of a line; backslashes stay, with what is behind them.
function split_words(line, i, c, open, quote) {
	split("", w)
	words = 0
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (quote == "" && c == "#")
			return
		if (quote == "" && index(" \t\r", c)) {
			open = 0
			continue
		}
		if (!open)
			words++
		open = 1
		if (c == "\\")
			w[words] = w[words] c substr(line, ++i, 1)
		else if (c == quote)
			quote = ""
		else if (quote == "" && (c == "\"" || c == "'"))
			quote = c
		else
			w[words] = w[words] c
	}
}

# said once for a section
function drop(text) {
	if (!((sec, text) in told))
		dropped(text)
	told[sec, text] = 1
}

# What this section can't be without.
function cannot(what, word) {
	bad(what, word)
	broken[sec] = 1
}

# A setting of this section, or of defaults.
function keep(key, val) {
	set[sec, key] = val
}

function get(s, key) {
	if ((s, key) in set)
		return set[s, key]
	return ((dflt[s], key) in set) ? set[dflt[s], key] : ""
}

function section(what, title) {
	sec++
	kind[sec] = what
	if (what == "defaults")
		defaults = named[title] = sec
	dflt[sec] = defaults
	if (w[3] == "from" && w[4] in named)
		dflt[sec] = named[w[4]]
	titles[sec] = title
	if (what == "backend" || what == "listen")
		backend[title] = sec
	line[sec] = here()
	if (what !~ /^(global|defaults|frontend|backend|listen)$/)
		dropped("section " what)
}

#
# Addresses.
#
# What address_of says, and that a section without it is broken.
function address(word, ours, n) {
	n = wrong
	word = address_of(word, ours)
	if (wrong != n)
		broken[sec] = 1
	return word
}

# ADDR:PORT as a source or a target has it.
function address_of(word, ours, n, addr, at) {
	if (sub(/^unix@/, "", word) || word ~ /^\//)
		return path_of(word)
	if (!sub(/^ipv[46]@/, "", word) && index(word, "@")) {
		cannot("plug has not", word)
		return word
	}
	n = length(word)
	while (n > 0 && !index(":]", substr(word, n, 1)))
		n--
	if (substr(word, n, 1) == ":") {
		at = substr(word, n + 1)
		addr = substr(word, 1, n - 1)
	} else
		addr = word
	if (at ~ /[^0-9-]/ || at ~ /^-/ || (ours && at == ""))
		cannot("not a port", word)
	if (addr == "::")
		addr = "[::]"
	if (ours)
		return source(addr, at)
	return host(addr) (at == "" ? "" : ":" at)
}

# Each of a list of addresses is listened on; six: without IPv4.
function listens(list, mode, six, a, n, i) {
	n = split(list, a, /,/)
	for (i = 1; i <= n; i++) {
		binds[sec]++
		only6[sec, binds[sec]] = six
		at[sec, binds[sec]] = address(a[i], 1) (a[i] ~ /^(unix@|\/)/ ? mode : "")
	}
}

function bind(i, mode, six) {
	for (i = 3; i <= words; i++)
		if (w[i] ~ /^(ssl|accept-proxy|transparent|interface|quic.*)$/) {
			# (the section's other ports serve)
			bad("plug has not", "bind " w[2] " " w[i])
			return
		} else if (w[i] == "mode")
			mode = ",mode=" number(w[++i])
		else if (w[i] == "v6only")
			six = 1
		else if (w[i] == "maxconn")
			drop("bind: maxconn " w[++i])
	listens(w[2], mode, six)
}

#
# Servers.
#
# Connections come from the address in word i.
function source_from(i) {
	if (w[i] !~ /^(0\.0\.0\.0|::|\*)?$/)
		keep("source", w[i])
	if (w[i + 1] == "usesrc")
		cannot("plug has not", "usesrc")
}

# How a server's words change the target; default: those of all that follow.
function server_words(from, i) {
	for (i = from; i <= words; i++)
		if (w[i] ~ /^(weight|maxconn|inter|rise|fall|port|addr|on-marked-down)$/) {
			props[w[i]] = w[i + 1]
			i++
		} else if (w[i] ~ /^(check|backup|disabled|send-proxy(-v2)?|no-.*|enabled)$/)
			props[w[i]] = 1
		else if (w[i] == "ssl")
			cannot("plug has not", "server " w[2] " ssl")
		else if (w[i] == "source") {
			source_from(++i)
			if (w[i + 1] == "usesrc")
				i += 2
		} else if (w[i] ~ /^send-proxy-v2-ssl/)
			cannot("plug has not", "server " w[2] " " w[i])
		else if (w[i] ~ /^(check-(ssl|send-proxy|via-.*)|agent-check|force-.*|tls-tickets|tfo|non-stick|allow-0rtt)$/) {
			props[w[i]] = 1
			drop("server: " w[i])
			# (what a probe would say there it would say in TLS)
			if (w[i] == "check-ssl")
				keep("blind", 1)
		}
		else {
			drop("server: " w[i] " " w[i + 1])
			i++
		}
}

function server(from, to, n) {
	split("", props)
	if ((sec, "default-server") in set || (dflt[sec], "default-server") in set) {
		n = words
		split(get(sec, "default-server"), saved, " ")
		for (words = 0; (words + 1) in saved; words++)
			;
		to = w[2]
		swap()
		server_words(1)
		swap()
		words = n
	}
	server_words(from)
	to = address(w[3])
	if ("disabled" in props) {
		note("left out: server " w[2] " is disabled")
		return
	}
	servers[sec]++
	if ("check" in props && !("no-check" in props))
		checked(("inter" in props) ? props["inter"] : "2s")
	if ("weight" in props)
		to = to (props["weight"] + 0 > 255 ? ",weight=255" : number(props["weight"]) == 0 ? ",drain" : \
		    ",weight=" number(props["weight"]))
	if (("maxconn" in props) && number(props["maxconn"]) > 0)
		to = to ",max=" number(props["maxconn"])
	if ("backup" in props) {
		to = to ",backup"
		backups[sec]++
	}
	if (("send-proxy" in props) || ("send-proxy-v2" in props))
		proxied[sec]++
	if ("send-proxy-v2" in props)
		drop("send-proxy-v2: version 1 is sent")
	target[sec, servers[sec]] = to
	if (("check" in props) && !("no-check" in props))
		aside[sec, servers[sec]] = " " probed()
	if (wrong == NR)
		broken[sec] = 1
}

# Where this server is probed, and what it loses by that.
function probed(at) {
	at = ("port" in props) ? number(props["port"]) : ""
	if ("addr" in props)
		at = host(props["addr"]) ":" at
	if (at ~ /:$/)
		cannot("no port for", "addr " props["addr"])
	if (at != "" && !("check-send-proxy" in props) && (("send-proxy" in props) || ("send-proxy-v2" in props)))
		drop("probes without send-proxy: those of plug begin with its line, at " at ", too")
	return (at == "" ? "" : ",check=" at) (("on-marked-down" in props) ? ",cut" : "")
}

# w and saved change places
function swap(i, t) {
	for (i = 1; (i in w) || (i in saved); i++) {
		t = w[i]
		w[i] = saved[i]
		saved[i] = t
	}
}

# A server that is probed, every so often: the least counts for all.
function checked(every) {
	every = seconds(every, 0.001)
	if (probe[sec] == "" || every < probe[sec])
		probe[sec] = every
	if (("fall" in props) && props["fall"] != 2)
		drop("fall " props["fall"] ": FALL, 2, when plug is built")
	if (("rise" in props) && props["rise"] != 2)
		drop("rise " props["rise"] ": RISE, 2, when plug is built")
}

#
# Rules by the client's address.
#
# The rules of the condition that begins with word i, with "!" in negated;
# nothing, and an error, for others.
function condition(i, list, name) {
	negated = 0
	name = w[i]
	if (sub(/^!/, "", name))
		negated = 1
	if (name == "")
		name = w[++i]
	if (name == "{" && w[i + 1] == "src") {
		for (i += 2; i < words && w[i] != "}"; i++)
			list = list pattern(w[i])
	} else if ((sec, name) in acl)
		list = acl[sec, name]
	if (list == "" || i != words || wrong == NR)
		cannot("plug has rules by addresses only", name)
	return list
}

function define_acl(i) {
	if (w[3] != "src")
		return
	for (i = 4; i <= words; i++)
		acl[sec, w[2]] = acl[sec, w[2]] pattern(w[i])
	if (wrong == NR)
		broken[sec] = 1
}

# Is the condition that begins with word i one of addresses, or is there none?
function by_address(i, name) {
	name = w[i]
	sub(/^!/, "", name)
	if (name == "")
		name = w[++i]
	return name == "" || name == "{" && w[i + 1] == "src" || ((sec, name) in acl)
}

function tcp_request(list) {
	if (w[2] == "inspect-delay")
		return
	if (w[3] !~ /^(accept|reject|silent-drop)$/) {
		cannot("plug has not", "tcp-request " w[2] " " w[3])
		return
	}
	# who is accepted by what he sends is so without it, if no rule follows
	if (w[3] == "accept" && !by_address(5)) {
		drop("tcp-request " w[2] " accept by what is sent")
		loose[sec] = 1
		return
	}
	if (loose[sec])
		cannot("plug has rules by addresses only", w[3])
	list = " *"
	negated = 0
	if (w[4] == "if" || w[4] == "unless") {
		list = condition(5)
		if (w[4] == "unless")
			negated = !negated
	}
	if (only[sec] != "" && (negated || w[3] == "accept" && list != " *"))
		cannot("rules that plug can't have in one line", w[3])
	else if (negated && w[3] == "accept")
		cannot("plug has not", "accept if !")
	else if (negated)
		only[sec] = flagged("-a", list)
	else if (w[3] != "accept" || list != " *")
		rules[sec] = rules[sec] flagged(w[3] == "accept" ? "-a" : "-x", list)
}

# The clients that have another backend are a plug of their own, in front.
function use_backend(list) {
	routed[sec] = 1
	if (w[3] == "" || w[3] != "if") {
		if (w[3] == "")
			keep("default_backend", w[2])
		else
			cannot("plug has not", "use_backend " w[3])
		return
	}
	list = condition(4)
	if (negated)
		cannot("plug has not", "use_backend if !")
	if (list != "") {
		uses[sec]++
		used[sec, uses[sec]] = w[2]
		users[sec, uses[sec]] = flagged("-a", list)
	}
}

#
# The other lines.
#
function option(word) {
	if (word ~ /^((cli|srv)?tcpka)$/)
		keep("k", "-k ")
	else if (word == "tcplog")
		logs = 1
	else if (word == "allbackups")
		keep("allbackups", 1)
	else if (word == "httpchk")
		keep("send", (w[3] == "" ? "OPTIONS / HTTP/1.0" : w[4] == "" ? "OPTIONS " w[3] " HTTP/1.0" : \
		    w[3] " " w[4] " " (w[5] == "" ? "HTTP/1.0" : w[5])) "\\r\\n\\r\\n")
	else if (word == "smtpchk")
		keep("expect", "220")
	else if (word == "redis-check") {
		keep("send", "PING\\r\\n")
		keep("expect", "+PONG")
	} else if (word ~ /-check$|-chk$/ && word != "tcp-check") {
		drop("option " word ": -r for now; see EXAMPLES in plug(1) for one with -H")
		keep("blind", 1)
	}
	else if (word !~ /^(redispatch|splice-.*|dontlog.*|tcp-smart-.*|logasap|socket-stats|tcp-check|httplog|log-.*)$/)
		drop("option " word)
}

# What a probe says and wants to hear: the first of each, but for what redis
# says of its role.
function check_word(word) {
	if (index(w[3], "${"))
		cannot("plug has no variables", w[3])
	else if (word == "tcp-check send" && w[3] ~ /^(AUTH|auth)/)
		keep("auth", w[3])
	else if (word ~ /^tcp-check (send|expect)$/ && index(joined, "role:master"))
		ask_role()
	else if (word == "tcp-check send" && w[3] ~ /^(info|INFO|quit|QUIT)/)
		return
	else if (word == "tcp-check expect" && w[4] == "+OK")
		return
	else if (word == "tcp-check send" && get(sec, "send") == "")
		keep("send", w[3])
	else if (word == "tcp-check expect" && w[3] == "string" && get(sec, "expect") == "")
		keep("expect", w[4])
	else if (word == "http-check expect" && w[3] == "status")
		statuses(w[4])
	else if (word == "http-check send")
		http_check_send()
	else if (word != "tcp-check connect" || words > 2)
		drop(joined)
	if (word ~ /connect/ && (joined " ") ~ / ssl /)
		keep("blind", 1)
}

# redis answers ROLE at once, with what it is first.
function ask_role(auth) {
	auth = get(sec, "auth")
	keep("send", auth "ROLE\\r\\n")
	keep("expect", (auth == "" ? "" : "+OK\\r\\n") "*3\\r\\n$6\\r\\nmaster")
}

# Of a list of statuses, 200-299,301, plug knows how all of them begin.
function statuses(list, n, i, a, head) {
	n = split(list, a, /[,-]/)
	head = a[1]
	for (i = 2; i <= n; i++)
		while (substr(a[i], 1, length(head)) != head)
			head = substr(head, 1, length(head) - 1)
	if (n > 1)
		drop("status " list ": any " (head == "" ? "" : "that begins with " head " ") "will do")
	if (head == "")
		keep("expect", "HTTP/1.")
	else
		keep("status", head)
}

function http_check_send(i, text, head, method, version) {
	method = "GET"
	text = "/"
	version = "HTTP/1.0"
	for (i = 3; i < words; i++)
		if (w[i] == "meth")
			method = w[++i]
		else if (w[i] == "uri")
			text = w[++i]
		else if (w[i] == "ver")
			version = w[++i]
		else if (w[i] == "hdr") {
			head = head "\\r\\n" w[i + 1] ": " w[i + 2]
			i += 2
		}
	keep("send", method " " text " " version head "\\r\\n\\r\\n")
}

function global_word() {
	if (w[1] == "user")
		user = quoted(w[2])
	else if (w[1] == "group")
		group = ":" quoted(w[2])
	else if (w[1] == "chroot")
		start = start " -R " quoted(w[2])
	else if (w[1] == "pidfile")
		start = start " -P " quoted(w[2])
	else if (w[1] == "nbproc" && w[2] + 0 > 1)
		start = start " -w " number(w[2])
	else if (w[1] == "log")
		logs = 1
	else if (w[1] != "daemon")
		drop(w[1] " " w[2])
}

function timeout(what, value) {
	if (what ~ /^(connect|client|server|tunnel)$/)
		keep(what, seconds(value, 0.001))
	else
		drop("timeout " what)
}

function proxy_word(word) {
	if (word == "bind")
		bind()
	else if (word == "server")
		server(4)
	else if (word == "default-server")
		keep(word, get(sec, word) " " substr(joined, index(joined " ", " ") + 1))
	else if (word == "option")
		option(w[2])
	else if (word == "timeout")
		timeout(w[2], w[3])
	else if (word ~ /^(con|cli|srv)timeout$/)
		timeout(word == "contimeout" ? "connect" : word == "clitimeout" ? "client" : "server", w[2])
	else if (word == "acl")
		define_acl()
	else if (word == "tcp-request")
		tcp_request()
	else if (word == "use_backend")
		use_backend()
	else if (word ~ /^(mode|balance|maxconn|default_backend)$/)
		keep(word, w[2])
	else if (word == "source")
		source_from(2)
	else if (word == "stick" && w[2] == "on" && w[3] == "src")
		keep("f", "-f ")
	else if (word == "stick-table")
		stick_table()
	else if (word ~ /^(tcp|http)-check$/)
		check_word(word " " w[2])
	else if (word == "log")
		logs = 1
	else if (word == "disabled")
		keep("disabled", 1)
	else if (word ~ /^(server-template|dispatch)$/)
		cannot("plug has not", word)
	else if (word ~ /^error(file|loc.*)$/)
		drop(word)
	else if (word !~ /^(id|description|hash-type|fullconn|stats)$/)
		drop(word " " w[2])
}

function stick_table(i) {
	for (i = 2; i < words; i++)
		if (w[i] == "expire")
			keep("t", "-t " seconds(w[i + 1], 0.001) " ")
}

#
# The plugs.
#
# A text in a target.
function text(key, value) {
	gsub(/,/, "\\,", value)
	return value == "" ? "" : "," key "=" value
}

# How the answer to a probe by HTTP begins; Patroni's, known by what it is
# asked for, is one of HTTP/1.0.
function answer(b, send, mine, other) {
	mine = "HTTP/1.1"
	other = "HTTP/1.0"
	if (send ~ /^[A-Z]+ \/(master|primary|leader|replica|standby-leader|read-(write|only)|a?sync(hronous)?)(\?[^ ]*)? /) {
		mine = "HTTP/1.0"
		other = "HTTP/1.1"
	}
	mine = mine " " (get(b, "status") == "" ? "200" : get(b, "status"))
	note("probes of " titles[b] " expect " mine ": write " other " if that is what they answer")
	return mine
}

# The targets of section b; those that say something stand in quotes.
function targets(b, i, to, asks, one, q) {
	if (probe[b] != "" && !get(b, "blind")) {
		asks = get(b, "expect")
		if (get(b, "send") ~ /HTTP\// && asks == "")
			asks = answer(b, get(b, "send"))
		asks = text("send", get(b, "send")) text("expect", asks)
	}
	q = index(asks, "\"") ? "'" : asks == "" ? "" : "\""
	if (index(asks, "\"") && index(asks, "'"))
		bad("not both quotes in one probe", asks)
	for (i = 1; i <= servers[b]; i++) {
		one = target[b, i]
		if (get(b, "blind") || !((b, i) in aside))
			to = to " " one
		else
			to = to " " q one substr(aside[b, i], 2) asks q
	}
	return to
}

function ways(b, how) {
	how = get(b, "balance")
	if (how == "leastconn")
		return "-b least "
	if (how == "source")
		return "-b hash "
	if (how ~ /^random/)
		return "-b random "
	if (how == "first")
		return "-b first "
	if (how != "" && how !~ /^(roundrobin|static-rr)$/)
		note("dropped: balance " how)
	return ""
}

# the shorter of two limits, where 0 is none
function least(a, b) {
	return a + 0 == 0 ? b : b + 0 == 0 || a + 0 < b + 0 ? a : b
}

# The options of frontend s with backend b.
function options(s, b, o, idle) {
	o = ways(b) get(b, "f") (get(b, "f") == "" ? "" : get(b, "t"))
	o = o (get(s, "k") get(b, "k") == "" ? "" : "-k ")
	if (proxied[b] > 0 && proxied[b] == servers[b])
		o = o "-X "
	else if (proxied[b] > 0) {
		bad("send-proxy, but not for all", titles[b])
		broken[b] = 1
	}
	if (get(b, "connect") != "")
		o = o "-C " get(b, "connect") " "
	idle = least(get(s, "client"), get(b, "server"))
	if (get(b, "tunnel") != "")
		idle = get(b, "tunnel")
	if (idle != "")
		o = o "-T " idle " "
	if (probe[b] != "")
		o = o (get(b, "blind") ? "-r " : "-H ") probe[b] " "
	else if (servers[b] > 1)
		o = o "-r 0 "
	if (get(b, "source") != "")
		o = o "-p " host(get(b, "source"), 1) " "
	if (get(s, "maxconn") + 0 > 9900)
		note("dropped: maxconn " get(s, "maxconn") ": MAXSESSION, 9900, when plug is built")
	else if (get(s, "maxconn") + 0 > 0)
		o = o "-m " number(get(s, "maxconn")) " "
	if (backups[b] > 1 && !get(b, "allbackups"))
		note("several backups of " titles[b] " serve together; -o has one at a time")
	return o
}

# A line for each port of frontend s, with the servers of b and those rules.
function plugs(s, b, list, i, o, to) {
	if (!servers[b] || broken[b]) {
		bad("no servers", titles[s])
		return
	}
	if (index(list, " -a ") && list !~ / -[ax] \*$/ && list == rules[s])
		list = list " -a *"
	if (b != s && rules[b] only[b] != "")
		bad("tcp-request in a backend", titles[b])
	o = options(s, b)
	to = targets(b)
	if (broken[b] || wrong)
		return
	for (i = 1; i <= binds[s]; i++)
		all[i] = at[s, i]
	for (i = 1; i <= binds[s]; i++)
		if (!twice(all, binds[s], i))
			print (all[i] ~ /^\[::\]/ && only6[s, i] ? "-x 0.0.0.0/0 " : "") \
			    substr(list, 2) (list == "" ? "" : " ") o all[i] to
}

# Of these users of frontend s those that it admits.
function within(s, users, n, m, i, j, r, u, list) {
	list = rules[s] (only[s] != "" ? only[s] : rules[s] ~ / -[ax] \*$/ ? "" : " -a *")
	n = split(list, r, " ")
	m = split(users, u, " ")
	list = ""
	for (i = 2; i <= n; i += 2)
		if (r[i - 1] == "-x")
			list = list " -x " r[i]
		else
			for (j = 2; j <= m; j += 2)
				if (both(r[i], u[j]) != "")
					list = list " -a " both(r[i], u[j])
	return index(list, " -a ") ? list : " -x *"
}

function proxy(s, i, b) {
	place = line[s]
	wrong = 0
	if (get(s, "mode") == "http" || (s, "disabled") in set) {
		if (servers[s] || routed[s] || get(s, "default_backend") != "")
			bad((s, "disabled") in set ? "disabled" : "mode http", titles[s])
		else
			note("left out: " titles[s] "; plug has a page with -s")
		return
	}
	if (broken[s]) {
		bad("left out", titles[s])
		return
	}
	for (i = 1; i <= uses[s]; i++)
		plugs(s, backend[used[s, i]], within(s, users[s, i]))
	b = get(s, "default_backend") == "" ? s : backend[get(s, "default_backend")]
	if (b != s || servers[s] || !uses[s])
		plugs(s, b, rules[s] only[s])
}

BEGIN { name = "haproxy2plug" }

{
	split_words($0)
	if (words == 0)
		next
	joined = w[1]
	for (i = 2; i <= words; i++)
		joined = joined " " w[i]
}

w[1] ~ /^(global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|cache|program|ring|log-forward|http-errors|fcgi-app)$/ {
	section(w[1], w[2])
	if (w[1] ~ /^(listen|frontend)$/ && words > 2 && w[3] != "from")
		listens(w[3])
	next
}
kind[sec] == "global" { global_word(); next }
kind[sec] ~ /^(defaults|frontend|backend|listen)$/ { proxy_word(w[1]) }

END {
	for (s = 1; s <= sec; s++)
		if (kind[s] == "listen" || kind[s] == "frontend")
			proxy(s)
	if (user != "")
		start = " -u " user group start
	if (logs)
		start = " -l" start
	done()
}
