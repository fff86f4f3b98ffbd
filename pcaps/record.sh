#!/usr/bin/env bash
# Records the captures of this folder: real traffic between three network namespaces that exist only meanwhile.
#
#   outside -------- uplink -------- edge -------- inside      routed; recorded at the edge's end of the uplink
#   outside -------- trunk --------- edge                      every frame tagged (vlan-tags.bpf.c)
#
# outside  192.0.2.10, 2001:db8:0:1::10     web and name server; 203.0.113.0/24, 2001:db8:bad::/48: hosts with bad intentions
# edge     192.0.2.1, 198.51.100.1, 2001:db8:0:1::1, 2001:db8:0:2::1
# inside   198.51.100.20, 2001:db8:0:2::20  workstation; 198.51.100.80, 2001:db8:0:2::80: web server
#
# Needs root and, on Debian: iproute2 ethtool tcpdump tshark wireshark-common openssl curl dnsmasq-base nmap hping3
# iputils-ping clang libc6-dev, and node. Usage: pcaps/record.sh [folder for the captures]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
into=$(realpath "${1:-$here}")
work=$(mktemp -d)
mkdir "$work/plain"
# Names of this run alone: what is removed at the end is what was made here.
outside=hookline-$$-outside edge=hookline-$$-edge inside=hookline-$$-inside

on() { ip netns exec "$@"; }

remove() {
  for namespace in $outside $edge $inside; do ip netns pids $namespace 2>/dev/null | xargs --no-run-if-empty kill; done
  for namespace in $outside $edge $inside; do ip netns delete $namespace 2>/dev/null || true; done
  rm -rf "$work"
}
trap remove EXIT

# connect <namespace> <device> <mac> <namespace> <device> <mac>: a cable whose frames look as they do on a wire.
connect() {
  ip link add name "$2" address "$3" netns "$1" type veth peer name "$5" address "$6" netns "$4"
  local end
  for end in "$1 $2" "$4 $5"; do
    read -r namespace device <<<"$end"
    on "$namespace" ethtool -K "$device" tx off tso off gso off gro off txvlan off rxvlan off >/dev/null
    on "$namespace" ip link set "$device" up
  done
}

build() {
  for namespace in $outside $edge $inside; do
    ip netns add $namespace
    on $namespace ip link set lo up
    on $namespace sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0 \
      net.ipv4.tcp_synack_retries=0
  done
  connect $outside net0 02:00:00:00:01:10 $edge uplink 02:00:00:00:01:01
  connect $inside net0 02:00:00:00:02:20 $edge office 02:00:00:00:02:01
  connect $outside trunk 02:00:00:00:03:10 $edge trunk 02:00:00:00:03:01

  on $outside ip address add 192.0.2.10/25 dev net0
  on $outside ip address add 203.0.113.66/32 dev net0
  on $outside ip -6 address add 2001:db8:0:1::10/64 dev net0
  on $outside ip -6 address add 2001:db8:bad::66/128 dev net0
  on $outside ip route add 198.51.100.0/24 via 192.0.2.1
  on $outside ip -6 route add 2001:db8:0:2::/64 via 2001:db8:0:1::1
  on $edge ip address add 192.0.2.1/25 dev uplink
  on $edge ip address add 198.51.100.1/24 dev office
  on $edge ip -6 address add 2001:db8:0:1::1/64 dev uplink
  on $edge ip -6 address add 2001:db8:0:2::1/64 dev office
  on $edge ip route add 203.0.113.0/24 via 192.0.2.10
  on $edge ip -6 route add 2001:db8:bad::/48 via 2001:db8:0:1::10
  on $edge sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  on $inside ip address add 198.51.100.20/24 dev net0
  on $inside ip address add 198.51.100.80/24 dev net0
  on $inside ip -6 address add 2001:db8:0:2::20/64 dev net0
  on $inside ip -6 address add 2001:db8:0:2::80/64 dev net0
  on $inside ip route add default via 198.51.100.1
  on $inside ip -6 route add default via 2001:db8:0:2::1

  clang -O2 -target bpf -I"/usr/include/$(uname -m)-linux-gnu" -c "$here/vlan-tags.bpf.c" -o "$work/vlan-tags.o"
  for namespace in $outside $edge; do
    on $namespace tc qdisc add dev trunk clsact
    on $namespace tc filter add dev trunk egress bpf direct-action object-file "$work/vlan-tags.o" section classifier/tag
    on $namespace tc filter add dev trunk ingress bpf direct-action object-file "$work/vlan-tags.o" section classifier/untag
  done
  on $outside ip address add 192.0.2.142/25 dev trunk
  on $edge ip address add 192.0.2.129/25 dev trunk
  on $outside ip -6 address add 2001:db8:0:30::10/64 dev trunk
  on $edge ip -6 address add 2001:db8:0:30::1/64 dev trunk
}

serve() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=www.example.com \
    -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
  for namespace in $outside $inside; do
    ip netns exec $namespace node "$here/serve.mjs" "$work/key.pem" "$work/certificate.pem" &
  done
  local part
  part=$(printf 'x%.0s' {1..200})
  ip netns exec $outside dnsmasq --keep-in-foreground --no-resolv --no-hosts --port=53 --user=root --pid-file= \
    --local=/example.com/ \
    --host-record=www.example.com,192.0.2.10,2001:db8:0:1::10 --mx-host=example.com,mail.example.com,10 \
    --host-record=mail.example.com,192.0.2.25 --cname=shop.example.com,www.example.com --edns-packet-max=1232 \
    --txt-record=large.example.com,$part,$part,$part,$part,$part,$part,$part,$part >/dev/null 2>&1 &
  sleep 1
}

# record <file> <device> <traffic>: what the edge sees on the device while the function runs.
record() {
  echo "recording $1"
  on $edge ip neighbour flush all
  on $outside ip neighbour flush all
  ip netns exec $edge tcpdump --interface "$2" --snapshot-length 0 --time-stamp-precision nano --immediate-mode \
    --relinquish-privileges root -w "$work/$1" 2>/dev/null &
  local tcpdump=$!
  sleep 0.5
  "$3" >"$work/log" 2>&1 || { echo "the traffic of $1 failed:" >&2; tail "$work/log" >&2; exit 1; }
  sleep 0.3
  kill -TERM $tcpdump
  wait $tcpdump || true
}

fetch() { on "$1" curl --silent --fail --insecure --output /dev/null "$2"; }

tls_download() { fetch $inside https://192.0.2.10/40000; }

dns() { on $inside node "$here/queries.mjs" 192.0.2.10; }

ping_both() {
  on $inside ping -c 3 -i 0.2 192.0.2.10
  on $inside ping -c 1 -s 1400 192.0.2.10
  on $inside ping -c 2 -i 0.2 -R 192.0.2.10           # record route: an IPv4 header with options
  on $inside ping -c 3 -i 0.2 2001:db8:0:1::10
  on $outside ping -c 1 -t 1 198.51.100.20 || true     # the edge answers: time exceeded
  on $outside ping -c 1 -W 1 198.51.100.99 || true     # nobody there: host unreachable, later
}

port_scan() {
  local ports=21,22,23,25,53,80,110,139,143,443,445,993,3306,3389,5432,8080
  on $outside nmap -n -Pn -e net0 -S 203.0.113.66 --max-retries 0 -sS -p $ports 198.51.100.80
  on $outside nmap -n -Pn -e net0 -S 203.0.113.66 --max-retries 0 -sX -p $ports 198.51.100.80
  on $outside nmap -n -Pn -e net0 -S 203.0.113.66 --max-retries 0 -sN -p $ports 198.51.100.80
  on $outside nmap -n -Pn -e net0 -S 203.0.113.66 --max-retries 0 -sF -p $ports 198.51.100.80
  on $outside nmap -n -Pn -e net0 -S 203.0.113.66 --max-retries 0 -sU -p 53,123,161,1900 198.51.100.80
  on $outside nmap -n -Pn --max-retries 0 -sT -p $ports 198.51.100.80
  on $outside nmap -n -Pn -6 --max-retries 0 -sS -p $ports 2001:db8:0:2::80
}

# flood <SYNs for each sender>: sources nobody answers for, so the server's SYN+ACKs are never acknowledged.
flood() {
  local sender
  for sender in 129 141 162 178 201 233; do
    on $outside hping3 --quiet --syn --interval u500 --count "$1" --spoof 203.0.113.$sender --destport 443 198.51.100.80 || true
  done
}
syn_flood() { flood 150; }

ipv6() {
  on $edge ip -6 address del 2001:db8:0:1::1/64 dev uplink
  on $edge sysctl -qw net.ipv6.conf.uplink.accept_dad=1
  on $edge ip -6 address add 2001:db8:0:1::1/64 dev uplink # duplicate address detection and multicast listener reports
  on $edge ip -6 route replace 2001:db8:bad::/48 via 2001:db8:0:1::10
  sleep 2
  on $edge ping -c 2 -i 0.2 fe80::ff:fe00:110%uplink
  on $inside ping -c 2 -i 0.2 2001:db8:0:1::10
  on $inside node "$here/queries.mjs" '[2001:db8:0:1::10]:53'
  fetch_v6
  on $inside ping -c 1 -W 1 2001:db8:0:1::99 || true       # neighbour solicitations without an answer
}
fetch_v6() { fetch $inside 'https://[2001:db8:0:1::10]/3000'; }

vlan() {
  on $edge ping -c 2 -i 0.2 192.0.2.142
  on $edge ping -c 1 -s 4000 192.0.2.142
  fetch $edge https://192.0.2.142/3000
  on $edge ping -c 2 -i 0.2 2001:db8:0:30::10
  fetch $edge 'https://[2001:db8:0:30::10]/3000'
  on $edge node "$here/queries.mjs" 192.0.2.142
}

fragments() {
  on $inside ping -c 2 -i 0.2 -s 4000 192.0.2.10
  on $inside ping -c 2 -i 0.2 -s 4000 2001:db8:0:1::10
  on $inside ping -c 1 -s 2000 -R 192.0.2.10               # options are copied into later fragments, or not
  datagram $inside 5000 192.0.2.10 9000
  datagram $inside 5000 2001:db8:0:1::10 9000
  datagram $outside 3000 198.51.100.80 443
}
# datagram <namespace> <bytes> <address> <port>: UDP larger than the MTU, to a port where nobody listens.
datagram() {
  on "$1" node -e "
    const [bytes, address, port] = process.argv.slice(1);
    const socket = require('node:dgram').createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.send(Buffer.alloc(Number(bytes), 'hookline '), Number(port), address, () => socket.close());
  " "$2" "$3" "$4"
}

# A few seconds of everything at once, for the demonstration.
busy_day() {
  local jobs=()
  tls_download & jobs+=($!)
  fetch_v6 & jobs+=($!)
  (dns; sleep 0.2; dns) & jobs+=($!)
  (on $inside ping -c 5 -i 0.3 192.0.2.10; on $inside ping -c 3 -i 0.2 2001:db8:0:1::10) & jobs+=($!)
  (sleep 0.3; fetch $outside https://198.51.100.80/3000) & jobs+=($!)
  (sleep 0.6; fetch $outside 'https://[2001:db8:0:2::80]/3000') & jobs+=($!)
  (sleep 0.4; port_scan) & jobs+=($!)
  (sleep 0.8; flood 50) & jobs+=($!)
  (sleep 0.5; on $outside nmap -n -Pn --max-retries 0 -sS -p 22,23 198.51.100.20-24) & jobs+=($!)
  (sleep 1.2; fragments) & jobs+=($!)
  (sleep 0.2; vlan) & jobs+=($!)
  for job in "${jobs[@]}"; do wait "$job"; done
}

quiet_day() {
  dns
  on $edge ping -c 2 -i 0.2 192.0.2.142
  fetch $edge 'https://[2001:db8:0:30::10]/3000'
  on $inside ping -c 2 -i 0.2 2001:db8:0:1::10
}

# record_both <file> <traffic>: the uplink and the trunk in one pcapng file with an interface each.
record_both() {
  echo "recording $1"
  on $edge ip neighbour flush all
  on $outside ip neighbour flush all
  ip netns exec $edge dumpcap -q -i uplink -i trunk -w "$work/$1" 2>/dev/null &
  local dumpcap=$!
  sleep 1.5
  "$2" >"$work/log" 2>&1 || { echo "the traffic of $1 failed:" >&2; tail "$work/log" >&2; exit 1; }
  sleep 1
  kill -TERM $dumpcap
  wait $dumpcap || true
}

build
serve
record tls-download.pcap uplink tls_download
record dns.pcap uplink dns
record ping.pcap uplink ping_both
record port-scan.pcap uplink port_scan
record syn-flood.pcap uplink syn_flood
record ipv6.pcap uplink ipv6
record vlan.pcap trunk vlan
record fragments.pcap uplink fragments
record_both office.pcapng quiet_day
record_both demo.pcapng busy_day
# dumpcap takes turns between its interfaces: packets are written by and by, not in the order of their times.
reordercap "$work/demo.pcapng" "$work/plain/demo.pcapng"
reordercap "$work/office.pcapng" "$work/plain/office.pcapng"
editcap -F nsecpcap "$work/plain/demo.pcapng" "$work/demo.pcap"
node "$here/without-host.mjs" "$work/plain/office.pcapng" "$work/office.pcapng"
install --mode=644 --target-directory="$into" "$work"/*.pcap "$work/office.pcapng"
capinfos -T -c -s -u "$into"/*.pcap "$into"/*.pcapng
