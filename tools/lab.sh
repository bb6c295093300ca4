# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev lab: runs a Kubernetes API server on loopback. ./dev bench: measures tlsrouted against it.

lab() {
    "$PYTHON" -B tests/lab/lab.py "$@"
}

command_lab() {
    need lab
    lab "$@"
}

command_bench() {
    case ${1:-} in
        certs | control | hostile | routes) ;;
        *) die "usage: ./dev bench certs|control|hostile|routes [N]" ;;
    esac
    need build lab bench
    command_build
    heading "Bench: $*"
    "$PYTHON" -B "tests/bench/$1.py" "${@:2}"
}
