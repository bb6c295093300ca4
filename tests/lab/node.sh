#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The node of the lab: containerd and a kubelet in namespaces of their own, all of them: no interface,
# mount, sysctl or port of the machine changes, several nodes run side by side, and a kill of the first
# process ends everything. node.py calls it, and has written the configuration into FOLDER.
#
#   node.sh probe FOLDER            fails, and says why, where a machine cannot have such a node
#   node.sh start FOLDER PROGRAMS   becomes the process that the namespaces live by
#
# Inside of them it calls itself: try, inside, kubelet.
set -euo pipefail

readonly self=$0 command=$1 folder=$2 programs=${3:-}

# Those of node.py.
readonly NODE_ADDRESS=10.88.0.1 API_ADDRESS=10.96.0.1

in_namespaces() {
    exec unshare --mount --net --pid --ipc --uts --cgroup --fork --kill-child=KILL "$@"
}

# The cgroups

# Moves this process into a new folder in each hierarchy: it is the root of the cgroup namespace, and all
# that is left to remove in the end (node.py does that).
own_cgroups() {
    local controllers path new
    while IFS=: read -r _ controllers path; do
        if [[ -n $controllers ]]; then
            new=$(hierarchy "$controllers")$path
        elif [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
            new=/sys/fs/cgroup # at the top: below a folder with processes no controller can be used
        else
            continue # version 2 without controllers, beside version 1
        fi
        new=${new%/}/tlsrouted-node-$$
        mkdir "$new"
        printf '%s\n' "$new" >>"$folder/cgroups"
        [[ $controllers != cpuset ]] || share_processors "$new"
        echo $$ >"$new/cgroup.procs"
    done </proc/self/cgroup
}

# hierarchy CONTROLLERS : where it is mounted
hierarchy() {
    local mounted=/sys/fs/cgroup/${1#name=}
    [[ -d $mounted ]] || mounted=/sys/fs/cgroup/${1%%,*}
    printf '%s' "$mounted"
}

share_processors() {
    cat "$1/../cpuset.cpus" >"$1/cpuset.cpus"
    cat "$1/../cpuset.mems" >"$1/cpuset.mems"
}

# In version 2 a folder with processes cannot hand controllers to others: they move one down.
mount_cgroups_2() {
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir /sys/fs/cgroup/init
    echo 1 >/sys/fs/cgroup/init/cgroup.procs
    sed 's/[a-z]*/+&/g' /sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
}

# mount_cgroups_1 NAME... : the same hierarchies as outside
mount_cgroups_1() {
    local name options
    mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
    for name in "$@"; do
        options=$name
        [[ $name != systemd ]] || options=none,name=systemd
        mkdir "/sys/fs/cgroup/$name"
        mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$name"
    done
}

# Inside

# /run, /var and /sys of its own. What is written below /var goes to the folder.
own_mounts() {
    local -a hierarchies
    mapfile -t hierarchies < <(awk '$3 == "cgroup" { sub(".*/", "", $2); print $2 }' /proc/mounts)
    mount --make-rprivate /
    mount --make-rshared / # among each other: kubelet demands it
    mount -t proc proc /proc
    mount -t tmpfs -o mode=755 tmpfs /run
    mkdir -p "$folder"/{var,work,kubelet}
    mount -t overlay -o "lowerdir=/var,upperdir=$folder/var,workdir=$folder/work" overlay /var
    mkdir -p /var/lib/kubelet /var/log/pods /var/log/containers
    mount --bind "$folder/kubelet" /var/lib/kubelet
    mount --make-shared /var/lib/kubelet
    umount --recursive --lazy /sys
    mount -t sysfs sysfs /sys
    if ((${#hierarchies[@]} > 0)); then
        mount_cgroups_1 "${hierarchies[@]}"
    else
        mount_cgroups_2
    fi
}

# The node has the address of the Pods' bridge. The `kubernetes` Service's is one more of its own, so that
# Pods reach the API server without kube-proxy.
own_network() {
    hostname node
    ip link set lo up
    ip address add "$API_ADDRESS/32" dev lo
    ip link add cni0 type bridge
    ip address add "$NODE_ADDRESS/24" dev cni0
    ip link set cni0 up
    ip route add default dev cni0 # kubelet looks for one; it leads nowhere
    echo 1 >/proc/sys/net/ipv4/ip_forward
}

# command_try : all that a node needs of a machine
command_try() {
    own_mounts
    own_network
}

command_probe() {
    mkdir -p "$folder"
    own_cgroups
    in_namespaces "$self" try "$folder"
}

command_start() {
    own_cgroups
    in_namespaces "$self" inside "$folder" "$programs"
}

command_inside() {
    export PATH=$programs:$PATH
    own_mounts
    own_network
    containerd --config "$folder/containerd.toml" >>"$folder/../logs/containerd.log" 2>&1 &
    until ctr version >/dev/null 2>&1; do sleep 0.1; done
    ctr --namespace k8s.io images import "$folder/pause.tar"
    touch "$folder/prepared"
    # The API server has its certificate from outside, when it is ready.
    until [[ -e $folder/kubelet.kubeconfig ]]; do sleep 0.1; done
    # The mounts of the others reach it, but not the other way round.
    unshare --mount --propagation unchanged "$self" kubelet "$folder" "$programs" \
        >>"$folder/../logs/kubelet.log" 2>&1 &
    exec pause
}

# What kubelet would set for the whole machine it reads as set already. Only it sees these mounts: with
# them, the proc of a Pod with `hostUsers: false` could not be mounted.
command_kubelet() {
    local setting file
    mount --make-rprivate /proc
    mkdir -p "$folder/sysctl"
    for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1; do
        file=$folder/sysctl/${setting##*/}
        printf '%s\n' "${setting#*=}" >"$file"
        mount --bind "$file" "/proc/sys/${setting%=*}"
    done
    exec kubelet --config="$folder/kubelet.json" --kubeconfig="$folder/kubelet.kubeconfig" \
        --hostname-override=node --node-ip="$NODE_ADDRESS" --v=2
}

"command_$command"
