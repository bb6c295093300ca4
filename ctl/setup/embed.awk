# SPDX-License-Identifier: Apache-2.0
# Prints YAML files as one C text, the array NAME: each file is a part of its own, without comments.
BEGIN { printf "\nconst char %s[] =", name }
FNR == 1 { printf "\n    \"---\\n\"" }
/^ *#/ || /^$/ { next }
{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    printf "\n    \"%s\\n\"", $0
}
END { print ";" }
