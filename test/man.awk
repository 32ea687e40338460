# man.awk: what the -man macros of V7, 4BSD and 2.11BSD make of a manual, one
# word a line.  A macro line has six words there: what follows is lost.  What
# those systems don't know, or this script does not, becomes a line of its
# own, "line N: ...", which no manual has.  For V7 awk and up (no functions,
# no sub, gsub or match, no break out of a while).
BEGIN {
	apart = " B I SM SH SS "
	joined = " BR RB BI IB IR RI "
	silent = " TH TP PP LP RS RE HP "
	request = " br sp nf fi ta "
}
{
	bad = ""
	s = $0
	first = substr(s, 1, 1)
	if (first == "'")
		bad = "a quote begins it"
	if (first == ".") {
		i = index(s, " ")
		if (i == 0)
			i = length(s) + 1
		name = " " substr(s, 2, i - 2) " "
		# state 0: between words, 1: in one, 2: in a quoted one
		state = 0
		n = 0
		len = length(s)
		for (; i <= len; i++) {
			c = substr(s, i, 1)
			if (c == " " && state < 2) {
				state = 0
				continue
			}
			if (state == 0) {
				n++
				word[n] = ""
				state = 1
				if (c == "\"") {
					state = 2
					continue
				}
			}
			if (c == "\"") {
				if (state == 2 && substr(s, i + 1, 1) != "\"") {
					state = 0
					continue
				}
				bad = "a quote in a word"
			}
			if (c == "\\") {
				i++
				c = c substr(s, i, 1)
			}
			word[n] = word[n] c
		}
		s = ""
		if (index(request, name) > 0)
			n = 0
		if (n > 6) {
			bad = "more than six words"
			n = 6
		}
		if (index(apart, name) > 0) {
			for (i = 1; i <= n; i++)
				s = s word[i] " "
		} else if (index(joined, name) > 0) {
			for (i = 1; i <= n && word[i] != ""; i++)
				s = s word[i]
		} else if (index(silent request, name) == 0) {
			bad = "no macro" name
		}
		if (name == " TP ")
			tag = 1
	}
	out = ""
	len = length(s)
	for (i = 1; i <= len; i++) {
		c = substr(s, i, 1)
		if (c == "\\") {
			i++
			c = substr(s, i, 1)
			if (c == "e") {
				c = "\\"
			} else if (c == "&") {
				c = ""
			} else if (c == "f") {
				i++
				c = substr(s, i, 1)
				if (c == "" || index("RIBP", c) == 0)
					bad = "no font " c
				c = ""
			} else if (c != "-") {
				bad = "no escape \\" c
			}
		}
		out = out c
	}
	n = split(out, word)
	for (i = 1; i <= n; i++)
		print word[i]
	if (n > 0 && tag == 1) {
		tag = 0
		if (index(out, "@") > 0)
			bad = "TP takes the @ of a tag for its end"
	}
	if (bad != "")
		print "line " NR ": " bad
}
