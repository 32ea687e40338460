# coverage.awk: awk -v floors="FILE PERCENT ..." -f coverage.awk unreached counts
# Of what gcov -t says of several builds, the share of each file's lines that
# one of them has reached, and each line that none has and unreached does not
# list: "function|text|reason", where the text * is the whole function and only
# the text may hold a bar.

FNR == 1 {
	input++
}

# the list
input == 1 {
	if ($0 !~ /^#/ && sub(/[|][^|]+$/, ""))
		listed[$0] = 1
	next
}

# count:line:text, with line 0 for what gcov says of a file
{
	count = $0
	sub(/:.*/, "", count)
	gsub(/ /, "", count)
	text = substr($0, index($0, ":") + 1)
	line = text + 0
	text = substr(text, index(text, ":") + 1)
}

line == 0 && text ~ /^Source:/ {
	file = text
	sub(/.*[:\/]/, "", file)
	ours = file == "plug.c" || file == "compat.h"
	name = ""
}

line == 0 || !ours {
	next
}

# a function's name is at the beginning of its line
text ~ /^[a-z_0-9]+\(/ {
	name = text
	sub(/\(.*/, "", name)
}

count != "-" {
	key = file " " line
	if (!(key in texts))
		lines[file]++
	sub(/^[ \t]*/, "", text)
	texts[key] = text
	within[key] = name
	if (count !~ /^[#=]/ && !(key in reached)) {
		reached[key] = 1
		good[file]++
	}
}

END {
	n = split(floors, floor, " ")
	for (i = 1; i < n; i += 2) {
		file = floor[i]
		share = lines[file] ? 100 * good[file] / lines[file] : 0
		printf "     coverage: %s: %d of %d lines, %.1f %%\n", file,
		    good[file], lines[file], share
		if (share < floor[i + 1])
			print "below: " file
	}
	for (key in texts) {
		split(key, part, " ")
		if (!(key in reached) && !(within[key] "|*" in listed) &&
		    !(within[key] "|" texts[key] in listed))
			printf "line %s %5d: %s|%s\n", part[1], part[2], within[key],
			    texts[key] | "sort"
	}
}
