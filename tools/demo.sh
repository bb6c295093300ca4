# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# ./dev demo: shows tlsrouted at work. What has to be undone afterwards is kept in build/demo/state, so
# that a later run can undo it as well.

readonly demo_state=build/demo/state
readonly demo_lab=build/demo/lab
readonly DEMO_CRDS='packaging/crds/pools.yaml packaging/crds/servers.yaml packaging/crds/certificates.yaml'
readonly DEMO_GATEWAY_CRDS='gatewayclasses gateways tlsroutes'
readonly WORKERS='watcher reconciler certpatcher'

admin=         # the kubeconfig that sets up the demo
namespace=     # the demo's own namespace
run=           # the folder of its configuration, tokens, socket and log
daemon=        # the process id of tlsrouted
own_lab=       # set if the demo started the lab
own_crds=()    # the CRDs that the demo installed
programs=      # the folder of the lab's programs

remember_demo() {
    mkdir -p "${demo_state%/*}"
    declare -p admin namespace run daemon own_lab own_crds programs | sed 's/^declare /declare -g /' \
        >"$demo_state"
}

kube() {
    "$programs/bin/kubectl" --kubeconfig "$admin" --cache-dir "$run/kubectl-cache" --request-timeout 30s "$@"
}

in_namespace() {
    kube --namespace "$namespace" "$@"
}

# show kubectl|tlsroutectl ARGUMENT... : prints the command as a user would type it, then its output
show() {
    local word
    printf '\n$'
    for word in "$@"; do
        [[ $word != *[^A-Za-z0-9_./=:-]* ]] || word="'$word'"
        printf ' %s' "$word"
    done
    printf '\n'
    case $1 in
        kubectl) in_namespace "${@:2}" ;;
        tlsroutectl) "$prefix/bin/tlsroutectl" --socket "$run/control.sock" "${@:2}" ;;
    esac
}

demo_fails() {
    printf '\ndemo: %s\n' "$*" >&2
    if [[ -s $run/tlsrouted.log ]]; then
        printf 'the last lines of the log of tlsrouted:\n' >&2
        tail --lines 20 "$run/tlsrouted.log" >&2
    fi
    exit 1
}

# await SECONDS WHAT COMMAND... : waits until the command succeeds. If it does not, the demo fails and
# shows what the command printed last.
await() {
    local limit=$1 what=$2 start=${EPOCHREALTIME/./} elapsed
    shift 2
    until "$@" >"$run/await.log" 2>&1; do
        [[ -z $daemon ]] || kill -0 "$daemon" 2>/dev/null || demo_fails "tlsrouted has ended"
        if ((${EPOCHREALTIME/./} - start > limit * 1000000)); then
            cat "$run/await.log" >&2
            demo_fails "timed out after $limit s: $what"
        fi
        sleep 0.1
    done
    elapsed=$(((${EPOCHREALTIME/./} - start) / 100000))
    printf '  %s: %d.%d s\n' "$what" $((elapsed / 10)) $((elapsed % 10))
}

# Builds tlsrouted and, if they do not exist yet, the programs of the lab: both at once, since the first is
# done, packages and all, while the modules of the second are still being fetched.
build_for_demo() {
    local own
    heading "Building tlsrouted, and etcd and Kubernetes to show it with (minutes, the first time)"
    (quietly demo-build build_with_packages && say "tlsrouted is installed in build/install") &
    own=$!
    programs=$(tests/lab/build)
    wait "$own" || die "tlsrouted could not be built"
}

build_with_packages() {
    need build
    build_gcc
}

start_demo_cluster() {
    if [[ -n $admin ]]; then
        heading "Using the cluster of $admin"
    else
        heading "Starting a Kubernetes API server"
        admin=$top/$demo_lab/kubeconfigs/admin.kubeconfig
        own_lab=yes
        remember_demo
        lab --folder "$demo_lab" up
    fi
    kube get --raw /version >"$run/await.log" || die "the API server of $admin does not answer"
    kube create namespace "$namespace"
}

# Installs the CRDs of this project and of the Gateway API that the cluster does not have.
install_demo_crds() {
    local file name
    local -a files names=()
    read -ra files <<<"$DEMO_CRDS"
    for name in $DEMO_GATEWAY_CRDS; do
        files+=("$programs/gateway-api/gateway.networking.k8s.io_$name.yaml")
    done
    for file in "${files[@]}"; do
        name=$(kube create --dry-run=client --output name --filename "$file")
        names+=("$name")
        if [[ -z $(kube get "$name" --ignore-not-found --output name) ]]; then
            own_crds+=("$name")
            remember_demo
            kube create --filename "$file"
        fi
    done
    kube wait --for condition=Established --timeout 30s "${names[@]}" >"$run/await.log" || {
        cat "$run/await.log" >&2
        demo_fails "the CRDs were not established"
    }
}

# Grants the rights of packaging/kustomize/namespaced in the demo's namespace. The admission policies
# would apply to the whole cluster, which may not be ours, so they are left out.
grant_demo_rights() {
    kube kustomize packaging/kustomize/namespaced |
        sed "s/namespace: openvox\$/namespace: $namespace/" | in_namespace apply --filename -
}

# cluster_field FIELD : the field of the cluster in the admin's kubeconfig
cluster_field() {
    kube config view --minify --raw --flatten --output "jsonpath={.clusters[0].cluster.$1}"
}

# write_worker_kubeconfig WORKER SERVER CA
write_worker_kubeconfig() {
    local token
    token=$(in_namespace create token "tlsrouted-$1" --duration 24h)
    (
        umask 077
        cat >"$run/$1.kubeconfig"
    ) <<END
apiVersion: v1
kind: Config
clusters:
  - name: demo
    cluster:
      server: $2
      certificate-authority-data: $3
users:
  - name: $1
    user:
      token: $token
contexts:
  - name: demo
    context:
      cluster: demo
      user: $1
current-context: demo
END
}

write_demo_configuration() {
    local worker server ca
    server=$(cluster_field server)
    ca=$(cluster_field certificate-authority-data)
    [[ -n $ca ]] || die "$admin has no certificate authority"
    cat >"$run/tlsrouted.yaml" <<END
namespaces: [$namespace]
control:
  socket: $run/control.sock
credentials:
END
    for worker in $WORKERS; do
        write_worker_kubeconfig "$worker" "$server" "$ca"
        printf '  %s:\n    kubeconfig: %s\n' "$worker" "$run/$worker.kubeconfig" \
            >>"$run/tlsrouted.yaml"
    done
}

start_demo_daemon() {
    heading "Starting tlsrouted"
    "$prefix/sbin/tlsrouted" --config "$run/tlsrouted.yaml" --check-config
    # In a session of its own, so that Ctrl-C does not reach it; the demo stops it.
    setsid "$prefix/sbin/tlsrouted" --config "$run/tlsrouted.yaml" \
        </dev/null >"$run/tlsrouted.log" 2>&1 &
    daemon=$!
    remember_demo
    await 10 "tlsroutectl can connect" \
        "$prefix/bin/tlsroutectl" --socket "$run/control.sock" status
}

# route_has NAME HOSTNAME
route_has() {
    [[ $(in_namespace get tlsroutes.gateway.networking.k8s.io "$1" \
        --output 'jsonpath={.spec.hostnames[*]}') == "$2" ]]
}

# route_gone NAME : fails if the request fails
route_gone() {
    local found
    found=$(in_namespace get tlsroutes.gateway.networking.k8s.io "$1" --ignore-not-found --output name) &&
        [[ -z $found ]]
}

# certificate_has NAME HOSTNAME
certificate_has() {
    [[ " $(in_namespace get certificates.openvox.voxpupuli.org "$1" \
        --output 'jsonpath={.spec.dnsAltNames[*]}') " == *" $2 "* ]]
}

show_routes() {
    # By default kubectl shows only the name and the age.
    show kubectl get tlsroutes.gateway.networking.k8s.io --output \
        'custom-columns=NAME:.metadata.name,HOSTNAMES:.spec.hostnames[*],GATEWAY:.spec.parentRefs[*].name,BACKEND:.spec.rules[*].backendRefs[*].name,PORT:.spec.rules[*].backendRefs[*].port'
}

demo_steps() {
    local pool
    heading "Applying examples/demo.yaml"
    in_namespace apply --filename examples/demo.yaml
    for pool in production staging; do
        await 15 "TLSRoute $pool" route_has "$pool" "$pool.puppet.example.com"
    done
    for pool in production staging; do
        await 15 "Certificate $pool has the hostname" \
            certificate_has "$pool" "$pool.puppet.example.com"
    done
    show kubectl get pools.openvox.voxpupuli.org
    show_routes
    show kubectl get certificates.openvox.voxpupuli.org
    show tlsroutectl status

    heading "Disabling the route of Pool production"
    show kubectl patch pools.openvox.voxpupuli.org production --type merge \
        --patch '{"spec":{"route":{"enabled":false}}}'
    await 15 "TLSRoute production deleted" route_gone production
    show_routes

    heading "Deleting Pool staging"
    show kubectl delete pools.openvox.voxpupuli.org staging
    # The cluster does this, not tlsrouted. The garbage collector discovers new kinds every 30 s.
    await 90 "TLSRoute staging garbage-collected" route_gone staging
    show_routes
}

# demo_daemon_runs : whether that process is still tlsrouted, and not another one with the same id
demo_daemon_runs() {
    [[ -n $daemon && $(readlink "/proc/$daemon/exe" 2>/dev/null) == "$prefix/sbin/tlsrouted"* ]]
}

stop_demo_daemon() {
    local deadline=$((SECONDS + 6))
    demo_daemon_runs || return 0
    kill "$daemon"
    while demo_daemon_runs; do
        if ((SECONDS > deadline)); then
            say "tlsrouted did not stop on SIGTERM; killing it"
            kill -KILL "$daemon"
            return 1
        fi
        sleep 0.1
    done
}

# Removes the demo's CRDs, except those that others have started to use: their objects would be deleted.
remove_demo_crds() {
    local crd
    for crd in "${own_crds[@]}"; do
        if [[ -n $(kube get "${crd#*/}" --all-namespaces --output name 2>/dev/null) ]]; then
            say "keeping $crd: there are objects of that kind outside the demo"
        else
            kube delete "$crd" --ignore-not-found || true
        fi
    done
}

# Undoes as much as possible, whatever state the demo was left in.
end_demo() {
    heading "Cleaning up"
    stop_demo_daemon || true
    if [[ -n $own_lab ]]; then
        lab --folder "$demo_lab" down || true
    else
        kube delete namespace "$namespace" --ignore-not-found --timeout 60s || true
        remove_demo_crds
    fi
    rm -rf "$run" "$demo_state"
}

end_kept_demo() {
    [[ -e $demo_state ]] || return 0
    say "stopping the demo that was kept"
    # shellcheck disable=SC1090 # written by remember_demo
    source "$demo_state"
    end_demo
    admin='' namespace='' run='' daemon='' own_lab='' own_crds=() programs=''
}

explain_kept_demo() {
    heading "Everything is still running"
    cat <<END
export KUBECONFIG=$admin
alias kubectl='$programs/bin/kubectl -n $namespace'
kubectl edit pools.openvox.voxpupuli.org internal
$prefix/bin/tlsroutectl --socket $run/control.sock status
tail -f $run/tlsrouted.log
./dev demo --stop
END
}

# Sets `keep`, `stop` and `kubeconfig`.
parse_demo_options() {
    while (($# > 0)); do
        case $1 in
            --keep) keep=yes ;;
            --stop) stop=yes ;;
            --kubeconfig)
                (($# > 1)) || die "--kubeconfig needs a file"
                kubeconfig=$(cd "$caller" && realpath -- "$2")
                [[ -r $kubeconfig ]] || die "cannot read $kubeconfig"
                shift
                ;;
            *) die "demo has no option $1" ;;
        esac
        shift
    done
}

command_demo() {
    local keep='' stop='' kubeconfig=''
    parse_demo_options "$@"
    need lab
    end_kept_demo
    [[ -z $stop ]] || return 0
    build_for_demo
    admin=$kubeconfig
    namespace=tlsrouted-demo-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
    run=$(mktemp --directory --tmpdir tlsrouted-demo.XXXXXX) # a socket's path has to be short
    trap end_demo EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    remember_demo
    start_demo_cluster
    install_demo_crds
    heading "Three ServiceAccounts, each with the rights of one worker"
    grant_demo_rights
    write_demo_configuration
    start_demo_daemon
    demo_steps
    if [[ -n $keep ]]; then
        trap - EXIT
        explain_kept_demo
    fi
}
