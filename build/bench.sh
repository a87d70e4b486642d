#!/usr/bin/env bash
# Throughput and round-trip time of meshd beside Debian's wireguard-go and the bare wire, in one run: for each of the two
# a pair of network namespaces joined by a veth pair, MTU 1420 in the tunnels, systems in turn, medians. In one namespace
# meshd would find wireguard-go's addresses and perhaps run inside its tunnel. Needs root. For docs/performance.md.
# Usage: build/bench.sh [ROUNDS] [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/.."
. build/needs.sh
needs ip=iproute2 ss=iproute2 ping=iputils-ping iperf3=iperf3 wg=wireguard-tools wireguard-go=wireguard-go
rounds=${1:-3} seconds=${2:-4}
work=$(mktemp -d)
a=mdbench-a b=mdbench-b c=mdbench-c d=mdbench-d

cleanup() {
    local ns
    for ns in $a $b $c $d; do
        ip netns pids $ns 2>/dev/null | xargs -r kill -9 2>/dev/null || true
        ip netns delete $ns 2>/dev/null || true
    done
    rm -rf "$work"
}
trap cleanup EXIT
cleanup
mkdir -p "$work"

in_a() { ip netns exec $a "$@"; }
in_b() { ip netns exec $b "$@"; }
in_c() { ip netns exec $c "$@"; }
in_d() { ip netns exec $d "$@"; }

for ns in $a $b $c $d; do
    ip netns add $ns
    ip -n $ns link set lo up
done
join() {
    ip -n "$1" link add eth0 type veth peer name eth0 netns "$2"
    ip -n "$1" addr add 198.18.0.1/24 dev eth0
    ip -n "$2" addr add 198.18.0.2/24 dev eth0
    ip -n "$1" link set eth0 up
    ip -n "$2" link set eth0 up
}
join $a $b
join $c $d

wireguard_go() {
    in_c wireguard-go -f mdbwg0 >/dev/null 2>&1 &
    in_d wireguard-go -f mdbwg1 >/dev/null 2>&1 &
    sleep 1
    wg genkey >"$work/a.key"
    wg genkey >"$work/b.key"
    in_c wg set mdbwg0 private-key "$work/a.key" listen-port 51820
    in_d wg set mdbwg1 private-key "$work/b.key" listen-port 51820
    in_c wg set mdbwg0 peer "$(wg pubkey <"$work/b.key")" allowed-ips 10.7.0.2/32,fd07::2/128 endpoint 198.18.0.2:51820
    in_d wg set mdbwg1 peer "$(wg pubkey <"$work/a.key")" allowed-ips 10.7.0.1/32,fd07::1/128 endpoint 198.18.0.1:51820
    in_c ip addr add 10.7.0.1/24 dev mdbwg0
    in_c ip addr add fd07::1/64 dev mdbwg0 nodad
    in_d ip addr add 10.7.0.2/24 dev mdbwg1
    in_d ip addr add fd07::2/64 dev mdbwg1 nodad
    in_c ip link set mdbwg0 mtu 1420 up
    in_d ip link set mdbwg1 mtu 1420 up
}

meshd() {
    local ns=$1
    shift
    ip netns exec "$ns" ./meshd --home "$work/$ns" "$@"
}

mesh() {
    meshd $a identity init >/dev/null
    meshd $b identity init >/dev/null
    meshd $a trust "$(meshd $b export)" --name b >/dev/null
    meshd $b trust "$(meshd $a export)" --name a >/dev/null
    meshd $a up --detach >/dev/null
    meshd $b up --detach --seed 198.18.0.1:51821 >/dev/null
    mesh4=$(ip -n $a -4 -o addr show mesh0 | grep -oP 'inet \K[0-9.]+')
    mesh6=$(ip -n $a -6 -o addr show mesh0 | grep -oP 'inet6 \K[0-9a-f:]+')
}

median() { sort -n | awk '{v[NR]=$1} END {print NR % 2 ? v[(NR+1)/2] : (v[NR/2]+v[NR/2+1])/2}'; }

# The namespaces between which an address is.
of() {
    case $1 in
        10.7.* | fd07:*) server=$c client=$d ;;
        *) server=$a client=$b ;;
    esac
}

# Gbit/s as the receiver counts them.
stream() {
    of "$1"
    ip netns exec "$server" iperf3 -s -1 >/dev/null 2>&1 &
    until ip netns exec "$server" ss -tln | grep -q :5201; do sleep 0.05; done
    ip netns exec "$client" iperf3 -c "$1" -t "$seconds" -J "${@:2}" | grep -A12 '"sum_received"' | grep -oP '"bits_per_second":\s*\K[0-9.e+]+' \
        | awk '{printf "%.2f\n", $1/1e9}'
    wait $! 2>/dev/null || true
}

rtt() { of "$1"; ip netns exec "$client" ping -n -q -f -c 5000 "$1" | grep -oP '= [0-9.]+/\K[0-9.]+'; }

resident() {
    ip netns pids "$2" | while read -r pid; do
        [ "$(cat /proc/$pid/comm)" = "$1" ] && awk '/VmRSS/ {printf "%d\n", $2/1024}' /proc/$pid/status
    done | head -1
}

wireguard_go
mesh
until in_b ping -c 1 -W 1 "$mesh4" >/dev/null; do :; done
until in_d ping -c 1 -W 1 10.7.0.1 >/dev/null; do :; done
# The JIT has to have seen the packets before they count.
stream "$mesh4" >/dev/null
stream "$mesh4" -R >/dev/null

printf '%-30s %10s %14s %10s %8s\n' "median of $rounds, $seconds s each" "veth" "wireguard-go" "meshd" "ratio"
measure() {
    local title=$1 wire=$2 other=$3 ours=$4
    shift 4
    : >"$work/w" && : >"$work/o" && : >"$work/m"
    for _ in $(seq "$rounds"); do
        "${@:1:1}" "$wire" "${@:2}" >>"$work/w"
        "${@:1:1}" "$other" "${@:2}" >>"$work/o"
        "${@:1:1}" "$ours" "${@:2}" >>"$work/m"
    done
    local w o m
    w=$(median <"$work/w") o=$(median <"$work/o") m=$(median <"$work/m")
    printf '%-30s %10s %14s %10s %8s\n' "$title" "$w" "$o" "$m" "$(awk "BEGIN {printf \"%.2f\", $m/$o}")"
}
measure "1 stream, Gbit/s" 198.18.0.1 10.7.0.1 "$mesh4" stream
measure "1 stream reverse, Gbit/s" 198.18.0.1 10.7.0.1 "$mesh4" stream -R
measure "4 streams, Gbit/s" 198.18.0.1 10.7.0.1 "$mesh4" stream -P 4
measure "1 stream IPv6, Gbit/s" 198.18.0.1 fd07::1 "$mesh6" stream
measure "flood ping RTT, ms" 198.18.0.1 10.7.0.1 "$mesh4" rtt
echo "resident memory after that, MB: wireguard-go $(resident wireguard-go $c), meshd $(resident java $a)"
