# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev golden: rewrites the golden files, which hold what tlsroutectl prints.

# The tests write what they would otherwise compare.
command_golden() {
    need build check lab
    command_build
    tests/lab/build >/dev/null
    heading "Rewriting tests/integration/golden"
    UPDATE_GOLDEN=1 "$PYTHON" -B -m pytest -p no:cacheprovider -q --numprocesses 2 --dist loadfile \
        tests/integration/test_golden.py tests/integration/test_golden_absent.py
    git --no-pager diff --stat -- tests/integration/golden
}
