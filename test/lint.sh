#!/bin/sh
# lint.sh DIR: what the tools of the trade say of our files, and whether plug.c
# keeps to its plan.  DIR is an existing directory.  Ends with "N passed,
# N failed, N skipped".

cd "$(dirname "$0")/.." || exit 1
. test/lib.sh
folder "$1"

if have mandoc; then
	silent "plug.1" mandoc -T lint -W warning plug.1
else
	skip "mandoc: not found"
fi
# every knob of compat.h
sed -n '/^ \* 2\. NAMES/q
    s/^ \*	\([A-Z][A-Z0-9_]*\)	.*/\1/p
    /^#ifndef/{N
    s/^#ifndef \([A-Z0-9]*\)\n#define \1 .*/\1/p;}' compat.h |
    sort -u >"$dir/knobs"
while read -r knob; do
	grep -q "^$knob	" plug.1 || echo "$knob"
done <"$dir/knobs" >"$said"
if [ ! -s "$said" ] && [ "$(wc -l <"$dir/knobs")" -gt 50 ]; then
	ok "plug.1 has every knob of compat.h"
else
	fail "plug.1 lacks a knob of compat.h"
	cat "$said"
fi
if have shellcheck; then
	# (a && b || c is meant so)
	silent "shell scripts" shellcheck -x -e SC2015 \
	    .ci/run test/*.sh
	# the default part is for a V7 shell: no $( ), no quotes missed
	silent "test.sh" shellcheck \
	    -e SC2006,SC2013,SC2046,SC2086,SC2162,SC2164 test.sh
else
	skip "shellcheck: not found"
fi
if have cppcheck; then
	# (it does not see that FD_CAP bounds the shifts in MASK_BIT)
	silent "cppcheck" cppcheck -q -j 2 --std=c89 --force \
	    -USEAMS_FAULT -USEAMS_LATE -USEAMS_OLD -USEAMS_PLEDGE \
	    -USEAMS_UNIT -USEAMS_MOCK -Itest/kqueue \
	    --enable=warning,performance,portability \
	    --inline-suppr --suppress=missingIncludeSystem \
	    --suppress=shiftTooManyBits plug.c
else
	skip "cppcheck: not found"
fi
# plug.c keeps to its plan; and would it be seen if it did not?
whole house sh test/house.sh "$dir"
closing
