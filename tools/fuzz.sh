# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev fuzz: feeds random input to everything that parses what others wrote. The corpus, the inputs
# that failed, and the log and result of each fuzzer's last run are in build/fuzzing.

readonly FUZZ_SECONDS=600

# The fuzzers, tests/fuzz/fuzz_NAME.c: the name, and the size limit of an input in bytes.
readonly FUZZERS='
config      8192
control     4096
kubeconfig  16384
message     98304
projection  8192
watch       32768
'

readonly fuzzing=build/fuzzing

fuzzer_names() {
    awk 'NF { print $1 }' <<<"$FUZZERS"
}

# input_max NAME
input_max() {
    awk -v name="$1" '$1 == name { print $2 }' <<<"$FUZZERS"
}

# Seeds and a dictionary for messages are generated from the table of messages.
build_fuzzers() {
    local fresh=$fuzzing/seeds/message
    configure_tree fuzz --disable-hardening CC=clang \
        CFLAGS='-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'
    run_make fuzz fuzzers
    rm -rf "$fresh"
    mkdir -p "$fresh" $fuzzing/found
    build/fuzz/tests/fuzz/make_seeds "$fresh" $fuzzing/message.dict
}

# run_fuzzer NAME SECONDS FOLDER : starts from all seeds and puts temporary files into FOLDER. What the
# parsers log is thrown away.
run_fuzzer() {
    local name=$1 dictionary=tests/fuzz/dictionaries/$1.dict
    local -a seeds=("tests/fuzz/seeds/$name")
    [[ -e $dictionary ]] || dictionary=$fuzzing/$name.dict
    [[ ! -d $fuzzing/seeds/$name ]] || seeds+=("$fuzzing/seeds/$name")
    mkdir -p "$fuzzing/corpus/$name"
    TMPDIR=$3 UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=quarantine_size_mb=32 \
        "build/fuzz/tests/fuzz/fuzz_$name" \
        -max_total_time="$2" -max_len="$(input_max "$name")" -dict="$dictionary" -timeout=20 \
        -rss_limit_mb=1024 -malloc_limit_mb=64 -close_fd_mask=2 -print_final_stats=1 \
        -artifact_prefix="$top/$fuzzing/found/$name-" "$fuzzing/corpus/$name" "${seeds[@]}"
}

# fuzz NAME SECONDS FOLDER : prints the result and leaves "ok" or "failed" in NAME.result
fuzz() {
    local name=$1 log=$fuzzing/$1.log result=failed finding inputs
    ! run_fuzzer "$@" >"$log" 2>&1 || result=ok
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    say "$result: $name, ${inputs:-no} inputs"
    if [[ $result == failed ]]; then
        grep -E 'not so:|ERROR:|runtime error:|SUMMARY:' "$log" || tail --lines 20 "$log"
        finding=$(sed -n 's/.*Test unit written to //p' "$log" | tail --lines 1)
        say "full log: $log"
        [[ -z $finding ]] || say "to reproduce: build/fuzz/tests/fuzz/fuzz_$name $finding"
    fi
    printf '%s\n' "$result" >"$fuzzing/$name.result"
}

# run_fuzzers SECONDS NAME... : runs as many at a time as there are processors
run_fuzzers() {
    local seconds=$1 name temporary running=0
    shift
    build_fuzzers
    temporary=$(mktemp --directory --tmpdir tlsrouted-fuzz.XXXXXX) # a socket's path has to be short
    # shellcheck disable=SC2064 # the variable is local
    trap "rm -rf '$temporary'" EXIT
    for name in "$@"; do
        if ((running == $(nproc))); then
            wait -n
            running=$((running - 1))
        fi
        fuzz "$name" "$seconds" "$temporary" &
        running=$((running + 1))
    done
    wait
    for name in "$@"; do
        [[ $(cat "$fuzzing/$name.result") == ok ]] || return 1
    done
}

# fuzz_step SECONDS NAME...
fuzz_step() {
    local -a results=("${@:2}")
    results=("${results[@]/#/$fuzzing/}")
    results=("${results[@]/%/.result}")
    rm -f "${results[@]}"
    step "Fuzzing, $1 s each" run_fuzzers "$@"
    add_counts "$(count_results ok "${results[@]}")" "$(count_results failed "${results[@]}")"
}

# count_results RESULT FILE... : how many of these files hold it; a missing file does not
count_results() {
    cat "${@:2}" 2>/dev/null | grep -c "^$1\$" || true
}

command_fuzz() {
    local seconds=$FUZZ_SECONDS name
    local -a names
    if [[ ${1:-} =~ ^[0-9]+$ ]]; then
        seconds=$1
        shift
    fi
    mapfile -t names < <(fuzzer_names)
    (($# == 0)) || names=("$@")
    for name in "${names[@]}"; do
        [[ -n $(input_max "$name") ]] || die "unknown fuzzer $name; there are $(fuzzer_names | paste -sd' ')"
    done
    need build fuzz
    fuzz_step "$seconds" "${names[@]}"
    ((failed == 0))
}
