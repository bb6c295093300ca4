# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The steps of ./dev check and ./dev fuzz, and the count of what passed and what failed.

passed=0
failed=0
failures=()
status=0

# step NAME COMMAND... : runs the command under a heading and leaves its result in `status`. It runs in
# a subshell, and not as the condition of an `if`, so that errexit applies inside.
step() {
    heading "$1"
    set +e
    (
        set -e
        "${@:2}"
    )
    status=$?
    set -e
    ((status == 0)) || failures+=("$1")
}

# Counts a step that is a single check.
count_step() {
    if ((status == 0)); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# add_counts PASSED FAILED : counts a step that runs many tests. A step that fails without a failed
# test was stopped by something else, and counts as one failure.
add_counts() {
    local step_failed=$2
    ((status == 0 || step_failed > 0)) || step_failed=1
    passed=$((passed + $1))
    failed=$((failed + step_failed))
    say "$1 passed, $step_failed failed"
}
