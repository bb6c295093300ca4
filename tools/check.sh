# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev check: runs everything that has to pass before a change is done; with --all also the tests that
# take long (marked `all` in tests/integration).

readonly INTEGRATION_JOBS_MAX=4
readonly FUZZ_SECONDS_IN_CHECK=60

unit_tests() {
    # Results of an earlier run would be counted if this one stopped before reaching a program.
    [[ ! -d build/$1/tests ]] || find "build/$1/tests" -name '*.trs' -delete
    # VERBOSE prints the logs of failed programs.
    CMOCKA_MESSAGE_OUTPUT=TAP UBSAN_OPTIONS=print_stacktrace=1 run_make "$1" check VERBOSE=1
}

# count_unit_tests TREE : counts the TAP results in the logs of its test programs. A program that died
# has failed, even if its log shows no failed test.
count_unit_tests() {
    local trs log good=0 bad=0 program_bad
    while IFS= read -r -d '' trs; do
        log=${trs%.trs}.log
        good=$((good + $(grep -c '^ok ' "$log" || true)))
        # cmocka calls a skipped test "not ok N # SKIP".
        program_bad=$(grep '^not ok ' "$log" | grep -vc '# SKIP' || true)
        if ((program_bad == 0)) && ! grep -q '^:test-result: PASS' "$trs"; then
            program_bad=1
        fi
        bad=$((bad + program_bad))
    done < <(find "build/$1/tests" -name '*.trs' -print0 2>/dev/null)
    add_counts "$good" "$bad"
}

integration_tests() {
    local jobs
    need lab
    [[ ${TLSROUTED_TEST_ALL:-} != 1 ]] || need node
    tests/lab/build >/dev/null
    tests/lab/build helm >/dev/null
    rm -f build/integration.xml
    # The tests mostly wait, and each process has a lab of its own.
    jobs=$(($(nproc) + 1))
    ((jobs <= INTEGRATION_JOBS_MAX)) || jobs=$INTEGRATION_JOBS_MAX
    "$PYTHON" -B -m pytest -p no:cacheprovider -v --numprocesses "$jobs" --dist loadfile \
        --junitxml=build/integration.xml tests/integration
}

count_integration_tests() {
    local counts="0 0"
    if [[ -e build/integration.xml ]]; then
        counts=$("$PYTHON" - build/integration.xml <<'END'
import collections
import sys
import xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
total, skipped, bad = (sum(int(suite.get(name, 0)) for suite in suites for name in names)
                       for names in (["tests"], ["skipped"], ["failures", "errors"]))
print(max(total - skipped - bad, 0), bad)
reasons = collections.Counter(
    (case.get("classname", "").rpartition("test_")[2], skip.get("message", ""))
    for suite in suites for case in suite.iter("testcase") for skip in case.iter("skipped"))
for (subject, reason), count in sorted(reasons.items()):
    print(f"skipped: {count} of test_{subject}: {reason}", file=sys.stderr)
END
        )
    fi
    # shellcheck disable=SC2086 # two numbers
    add_counts $counts
}

clang_build() {
    configure_tree clang CC=clang
    run_make clang all tests/bench/load tests/bench/client
}

sanitizer_tests() {
    configure_tree asan --disable-hardening CC=gcc \
        CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all'
    unit_tests asan
}

run_checks() {
    step "Packages" need build check fuzz
    if ((status != 0)); then
        count_step
        return
    fi
    step "Formatting" run_clang_format --dry-run -Werror
    count_step
    step "Build with gcc" build_gcc
    count_step
    local gcc_status=$status
    ((gcc_status != 0)) || structure_steps
    step "Build with clang" clang_build
    count_step
    step "Unit tests under ASan and UBSan" sanitizer_tests
    count_unit_tests asan
    # shellcheck disable=SC2046 # one word for each name
    fuzz_step $FUZZ_SECONDS_IN_CHECK $(fuzzer_names)
    ((gcc_status == 0)) || return 0 # the remaining steps need that build
    step "Unit tests" unit_tests gcc
    count_unit_tests gcc
    step "Integration tests" integration_tests
    count_integration_tests
    step "Distribution archive" quietly distcheck run_make gcc distcheck
    count_step
}

command_check() {
    case $* in
        '') ;;
        --all) export TLSROUTED_TEST_ALL=1 ;;
        *) die "usage: ./dev check [--all]" ;;
    esac
    run_checks
    heading "Result"
    ((${#failures[@]} == 0)) || printf 'failed: %s\n' "${failures[@]}"
    say "$passed passed, $failed failed"
    ((failed == 0))
}
