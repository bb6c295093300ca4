#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make installcheck: the programs, the manual pages and the documents of an installation name the same
# paths, and with nothing but its defaults tlsroutectl finds tlsrouted. The latter is tried only where
# these defaults are within the prefix, so that no tlsrouted of this machine is disturbed.
#
#     installation.sh PREFIX BINDIR SBINDIR SYSCONFDIR RUNSTATEDIR TEXT...
set -eu
prefix=$1 bin=$2 sbin=$3 sysconfdir=$4 runstatedir=$5
shift 5
config=$sysconfdir/tlsrouted/tlsrouted.yaml
socket=$runstatedir/tlsrouted/control.sock

fail() {
    echo "installation.sh: $*" >&2
    exit 1
}

# paths : all that looks like the path of the configuration or the control socket, in standard input
paths() {
    grep -o '/[^ "`()]*/tlsrouted/\(tlsrouted\.yaml\|control\.sock\)' | sort -u
}

# check WHAT : what stands in standard input names the paths of this installation, and no others
check() {
    what=$1
    found=$(paths)
    [ -n "$found" ] || fail "$what names no path"
    for path in $found; do
        case $path in
            "$config" | "$socket") ;;
            *) fail "$what names $path; this installation has $config and $socket" ;;
        esac
    done
}

check_texts() {
    "$sbin/tlsrouted" --help | check "tlsrouted --help"
    "$sbin/tlsrouted" --help-config | check "tlsrouted --help-config"
    "$bin/tlsroutectl" --help | check "tlsroutectl --help"
    for text in "$@"; do
        check "$text" <"$text"
    done
}

write_configuration() {
    mkdir -p "$sysconfdir/tlsrouted"
    cat >"$sysconfdir/tlsrouted/ca.pem" <<'END'
-----BEGIN CERTIFICATE-----
MIIBeTCCAR+gAwIBAgIUCohj76DetDfDuXXQ+Z2NIA7K4bwwCgYIKoZIzj0EAwIw
ETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyODE3NDEwOVoYDzIxMjYxMTA0MTc0
MTA5WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQo8pRW1Hat+8M2+cX4xnOAL2lESjPzkYEmQ7A8XTCSYF/7zaSasJGkFP7rRzxU
f9xbM1TfygI8ubBc11hyFM5io1MwUTAdBgNVHQ4EFgQUOu+isHODm12kh+hvPwUT
ADe7oxkwHwYDVR0jBBgwFoAUOu+isHODm12kh+hvPwUTADe7oxkwDwYDVR0TAQH/
BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAw2FQj3AusPmTUx0RwfgTNbOPO5uN
m5nFDtPHGVzWmjECIHv59vPz3DjLCjXglrGyoLWIRYyC1pcLhvzF1PP7V17r
-----END CERTIFICATE-----
END
    echo token >"$sysconfdir/tlsrouted/token"
    cat >"$config" <<'END'
cluster: {server: "https://127.0.0.1:1", caFile: ca.pem}
credentials:
  source: files
  watcher: {tokenFile: token}
  reconciler: {tokenFile: token}
  certpatcher: {tokenFile: token}
END
}

# Until there is an answer, whatever it is: tlsroutectl exits 3 as long as there is none.
wait_for_answer() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        answer=0
        "$bin/tlsroutectl" status >/dev/null 2>&1 || answer=$?
        [ "$answer" = 3 ] || return 0
        sleep 1
    done
    fail "tlsroutectl does not find tlsrouted"
}

run_with_defaults() {
    write_configuration
    "$sbin/tlsrouted" 2>/dev/null &
    daemon=$!
    trap 'kill $daemon' EXIT
    wait_for_answer
    trap - EXIT
    kill $daemon
    wait $daemon || fail "tlsrouted ends with $?"
    rm "$config" "$sysconfdir/tlsrouted/ca.pem" "$sysconfdir/tlsrouted/token"
    rmdir "$sysconfdir/tlsrouted"
}

check_texts "$@"
case $sysconfdir:$runstatedir in
    "$prefix"/*:"$prefix"/*)
        [ -e "$config" ] || [ -e "$socket" ] || run_with_defaults
        ;;
esac
