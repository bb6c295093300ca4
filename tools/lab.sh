# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev lab: runs a Kubernetes API server on loopback, with a node if asked to. ./dev bench: measures tlsrouted against it.
# ./dev soak: has it live with one that fails in every way.

lab() {
    "$PYTHON" -B tests/lab/lab.py "$@"
}

command_lab() {
    need lab
    [[ " $* " != *' --node '* ]] || need node
    lab "$@"
}

command_bench() {
    case ${1:-} in
        all | certs | control | hostile | rest | restart | routes | scale) ;;
        *) die "usage: ./dev bench all|certs|control|hostile|rest|restart|routes|scale [N]" ;;
    esac
    need build lab bench
    command_build
    heading "Bench: $*"
    "$PYTHON" -B "tests/bench/$1.py" "${@:2}"
}

command_soak() {
    need build lab
    command_build
    heading "Soak: $*"
    TLSROUTED_PREFIX=$prefix "$PYTHON" -B tests/soak/soak.py "$@"
}
