# bench.awk: what bench.sh has measured, as tables.
#
#	awk -v growth=FILE -f bench.awk TABLE DATA
#	awk -v plot=dumb|FILE.svg -v dir=DIR -f bench.awk GROWTH
#
# TABLE is bench.sh's table of rows, DATA has lines "row round proxy metric
# value".  growth becomes "group|series|x|value", which the second form turns
# into files below DIR and into what gnuplot is to do with them.

BEGIN {
	# of each kind of run: its metrics, what they are called, which way is up
	metrics = "cpu rate p50 p99 rss all drops ms calls"
	name["bulk", "cpu"] = "CPU, ms/GiB"
	name["bulk", "rate"] = name["ping", "rate"] = "MiB/s"
	name["short", "cpu"] = name["exchange", "cpu"] = "CPU, us each"
	name["burst", "cpu"] = "CPU, us each"
	name["short", "rate"] = name["exchange", "rate"] = "a second"
	name["ping", "p50"] = "p50, us"
	name["ping", "p99"] = "p99, us"
	name["idle", "rss"] = "bytes each"
	name["idle", "all"] = "KiB in all"
	name["idle", "cpu"] = "CPU, ms/s"
	name["burst", "drops"] = "SYNs dropped"
	name["burst", "ms"] = "ms until served"
	name["short", "calls"] = name["exchange", "calls"] = "system calls"
	nmetric = split(metrics, metric, " ")
}

plot != "" {
	split($0, f, "|")
	if (!(f[1] in points))
		groups[++ngroup] = f[1]
	points[f[1]]++
	if (!((f[1], f[2]) in column)) {
		column[f[1], f[2]] = ++columns[f[1]]
		title[f[1], columns[f[1]]] = f[2]
	}
	if (!((f[1], f[3]) in at)) {
		at[f[1], f[3]] = 1
		x[f[1], ++nx[f[1]]] = f[3]
	}
	y[f[1], f[2], f[3]] = f[4]
	next
}

NR == FNR {
	split($0, f, "|")
	row[++nrow] = f[2]
	part[f[2]] = f[1]
	text[f[2]] = f[4]
	kind[f[2]] = f[5]
	subjects[f[2]] = f[7]
	peers[f[2]] = f[8]
	next
}

{
	seen[$1, $3, $4] = 1
	value[$1, $3, $4, $2] = $5
	if ($2 > last)
		last = $2
}

# The values of a row, a proxy and a metric, sorted, in v; how many.
function gather(r, p, m,    i) {
	nv = 0
	for (i = 1; i <= last; i++)
		if ((r, p, m, i) in value)
			v[++nv] = value[r, p, m, i]
	sort_v()
	return nv
}

function sort_v(    i, k, t) {
	for (i = 2; i <= nv; i++) {
		t = v[i]
		for (k = i - 1; k > 0 && v[k] + 0 > t + 0; k--)
			v[k + 1] = v[k]
		v[k + 1] = t
	}
}

# Between two values, if need be.
function quantile(q,    at_, i) {
	at_ = 1 + (nv - 1) * q
	i = int(at_)
	if (i >= nv)
		return v[nv] + 0
	return v[i] + (at_ - i) * (v[i + 1] - v[i])
}

function median(r, p, m) {
	return gather(r, p, m) ? quantile(.5) : ""
}

function number(n) {
	if (n == "")
		return "-"
	if (n >= 100 || n == int(n))
		return sprintf("%.0f", n)
	return sprintf((n >= 10 ? "%.1f" : "%.2f"), n)
}

# The peer with the best median; others says the rest of them.
function best_of(r, m,    i, n, p, b, best, mid) {
	n = split(peers[r], p, " ")
	best = b = others = ""
	for (i = 1; i <= n; i++) {
		mid = p[i] == "direct" ? "" : median(r, p[i], m)
		if (mid != "" && (best == "" || (m == "rate" ? mid > b : mid < b))) {
			best = p[i]
			b = mid
		}
	}
	for (i = 1; i <= n; i++)
		if (p[i] != best && p[i] != "direct" && (r, p[i], m) in seen)
			others = (others == "" ? "" : others ", ") p[i] " " number(median(r, p[i], m))
	return best
}

# Ratios of the rounds that both have, in v; how it is told.
function ratio(r, s, best, m,    i, mid, q1, q3, notch, far, called) {
	nv = 0
	for (i = 1; i <= last; i++)
		if ((r, s, m, i) in value && (r, best, m, i) in value && value[r, best, m, i] > 0)
			v[++nv] = value[r, s, m, i] / value[r, best, m, i]
	if (nv == 0)
		return "- | -"
	sort_v()
	mid = quantile(.5)
	q1 = quantile(.25)
	q3 = quantile(.75)
	notch = 1.57 * (q3 - q1) / sqrt(nv)
	far = mid > 1 ? mid - 1 : 1 - mid
	called = nv < 5 ? "-" : "tie"
	if (nv >= 5 && far > notch && far > .005 && (q1 > 1 || q3 < 1))
		called = ((mid > 1) == (m == "rate")) ? "better" : "worse"
	return sprintf("%.2f (%.2f-%.2f) | %s", mid, q1, q3, called)
}

# Do the values of the rounds stand in two heaps?  Where the widest step from
# one to the next is a quarter, and wider than each heap.
function modes(r, p, m,    i, at_, wide) {
	if (gather(r, p, m) < 2)
		return
	wide = 0
	for (i = 1; i < nv; i++)
		if (v[i] > 0 && v[i + 1] / v[i] > wide) {
			wide = v[i + 1] / v[i]
			at_ = i
		}
	printf "- %s, %s, %s: ", text[r], p, name[kind[r], m]
	if (wide > 1.25 && wide > v[at_] / v[1] && wide > v[nv] / v[at_ + 1])
		printf "two modes, %d rounds %s to %s, %d rounds %s to %s\n", at_,
		    number(v[1]), number(v[at_]), nv - at_, number(v[at_ + 1]), number(v[nv])
	else
		printf "one mode, %s to %s\n", number(v[1]), number(v[nv])
}

function tell_row(r,    k, i, n, s, m, best) {
	n = split(subjects[r], s, " ")
	for (k = 1; k <= nmetric; k++)
		for (i = 1; i <= n; i++) {
			m = metric[k]
			if (!((r, s[i], m) in seen))
				continue
			best = best_of(r, m)
			printf "| %s: %s | %s %s ", text[r], name[kind[r], m], s[i],
			    number(median(r, s[i], m))
			if (best == "")
				printf "| - | - | - "
			else
				printf "| %s %s | %s ", best, number(median(r, best, m)),
				    ratio(r, s[i], best, m)
			printf "| %s | %s |\n", others, number(median(r, "direct", m))
		}
}

# The rows of growth: name@x.
function tell_growth(    i, k, n, r, s, p, group, line, key, ngroup, groups, nseries, series, nxs, xs, cell) {
	for (i = 1; i <= nrow; i++) {
		r = row[i]
		if (part[r] != "growth")
			continue
		n = split(subjects[r], s, " ")
		split(r, p, "@")
		group = text[r]
		if (!(group in nxs))
			groups[++ngroup] = group
		xs[group, ++nxs[group]] = p[2]
		for (k = 1; k <= n; k++) {
			if (!((group, s[k]) in cell)) {
				cell[group, s[k]] = 1
				series[group, ++nseries[group]] = s[k]
			}
			if (!((r, s[k], "cpu") in seen))
				continue
			cell[group, s[k], p[2]] = median(r, s[k], "cpu")
			print group "|" s[k] "|" p[2] "|" cell[group, s[k], p[2]] >growth
		}
	}
	for (i = 1; i <= ngroup; i++) {
		group = groups[i]
		printf "\n| CPU, %s |", group
		line = "| --- |"
		for (k = 1; k <= nxs[group]; k++) {
			printf " %s |", xs[group, k]
			line = line " --- |"
		}
		print "\n" line
		for (n = 1; n <= nseries[group]; n++) {
			printf "| %s |", series[group, n]
			for (k = 1; k <= nxs[group]; k++) {
				key = group SUBSEP series[group, n] SUBSEP xs[group, k]
				printf " %s |", (key in cell ? number(cell[key]) : "-")
			}
			print ""
		}
	}
}

# One picture a group; in a file all of them are one.
function tell_plot(    i, k, n, g, file, key) {
	if (plot == "dumb")
		print "set terminal dumb 79 20"
	else
		printf "set terminal svg size 900,1200 background \"white\"\n" \
		    "set output \"%s\"\nset multiplot layout %d,2\n", plot, int((ngroup + 1) / 2)
	print "set logscale x\nset yrange [0:*]\nset key below\nset datafile missing \"?\""
	for (i = 1; i <= ngroup; i++) {
		g = groups[i]
		file = dir "/plot." i
		for (k = 1; k <= nx[g]; k++) {
			printf "%s", x[g, k] >file
			for (n = 1; n <= columns[g]; n++) {
				key = g SUBSEP title[g, n] SUBSEP x[g, k]
				printf " %s", (key in y ? y[key] : "?") >file
			}
			print "" >file
		}
		close(file)
		printf "set title \"CPU, %s\"\nplot ", g
		for (n = 1; n <= columns[g]; n++)
			printf "%s\"%s\" using 1:%d with linespoints title \"%s\"",
			    (n > 1 ? ", " : ""), file, n + 1, title[g, n]
		print ""
	}
	if (plot != "dumb")
		print "unset multiplot"
}

END {
	if (plot != "") {
		tell_plot()
		exit
	}
	print "| what | plug | best peer | ratio (quartiles) | called | others | direct |"
	print "| --- | --- | --- | --- | --- | --- | --- |"
	for (i = 1; i <= nrow; i++)
		if (part[row[i]] != "growth")
			tell_row(row[i])
	print ""
	for (i = 1; i <= nrow; i++)
		if (row[i] ~ /16$/ && kind[row[i]] == "bulk") {
			n = split(subjects[row[i]] " " peers[row[i]], s, " ")
			for (k = 1; k <= n; k++)
				modes(row[i], s[k], "cpu")
		}
	tell_growth()
}
