# names.awk: the usage text (first file), the manual and the README must
# name the same options.  Prints each difference, or "ok" where there is
# none; exit status 1 if any, but old awks exit with 0 whatever they are
# told.  TINY has no long names: then the letters alone are compared.  For
# V7 awk and up (no functions, no sub, gsub or match, no FNR).
BEGIN {
	lower = "abcdefghijklmnopqrstuvwxyz"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters = "-?0123456789" lower upper
}
FILENAME != last {
	last = FILENAME
	nfile++
	file[nfile] = FILENAME
}
nfile == 1 && /^  -/ {
	want[substr($1, 1, 2)] = 1
	if ($2 ~ /^--/) {
		want[$2] = 1
		long = 1
	}
	wanted++
}
/-/ {
	for (f = 1; f <= NF; f++) {
		if (index($f, "-") == 0)
			continue
		word = ""
		len = length($f)
		for (i = 1; i <= len + 1; i++) {
			c = substr($f, i, 1)
			if (c == "\\") {
				# \- is -, and a font ends a word
				i++
				c = substr($f, i, 1)
				if (c == "f")
					i++
				if (c != "-")
					c = ""
			}
			if (c != "" && index(letters, c) > 0) {
				word = word c
				continue
			}
			if (word ~ /^-[a-zA-Z?]$/ || word ~ /^--[a-z][-a-z]*$/)
				seen[nfile "," word] = 1
			word = ""
		}
	}
}
END {
	bad = 0
	if (wanted < 10 || nfile != 3) {
		print "FAIL names: no options to compare"
		bad = 1
	}
	for (f = 2; f <= nfile; f++) {
		for (w in want) {
			if (seen[f "," w] != 1) {
				print "FAIL names: " file[f] ": no " w
				bad = 1
			}
		}
	}
	want["--dns"] = 1	# (HAVE_NAMES builds have it)
	for (key in seen) {
		split(key, part, ",")
		w = part[2]
		if (seen[key] == 1 && part[1] > 1 && long == 1 && w ~ /^--/ && want[w] != 1) {
			print "FAIL names: " file[part[1]] ": unknown " w
			bad = 1
		}
	}
	if (bad == 0)
		print "ok   names: usage, plug.1 and README name the same options"
	exit bad
}
