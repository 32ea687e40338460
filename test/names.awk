# names.awk: the usage text (first file), the manual and the README must
# name the same options.  Prints each difference; exit status 1 if any.
FNR == 1 { nfile++; file[nfile] = FILENAME }
{
	line = $0
	gsub(/\\-/, "-", line)
	gsub(/" *, *"|`|\*|\\f[BRIP]/, " ", line)
	n = split(line, word, /[^-a-zA-Z0-9?]+/)
	for (i = 1; i <= n; i++)
		if (word[i] ~ /^--[a-z][-a-z]*$/)
			seen[nfile "," word[i]] = 1
		else if (word[i] ~ /^-[a-zA-Z?]$/)
			seen[nfile "," word[i]] = 1
}
nfile == 1 && /^  -/ {
	split($0, part, /[ ,]+/)
	want[part[2]] = 1
	want[part[3]] = 1
	wanted++
}
END {
	if (wanted < 10 || nfile != 3) {
		print "FAIL names: no options to compare"
		exit 1
	}
	for (f = 2; f <= 3; f++)
		for (w in want)
			if (!((f "," w) in seen)) {
				print "FAIL names: " file[f] ": no " w
				bad = 1
			}
	want["--dns"] = 1	# (WITH_DNS builds have it)
	for (key in seen) {
		split(key, part, ",")
		if (part[1] > 1 && part[2] ~ /^--/ && !(part[2] in want)) {
			print "FAIL names: " file[part[1]] ": unknown " part[2]
			bad = 1
		}
	}
	exit bad
}
