// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// A trunk for a kernel without VLAN devices: `tag` on egress puts IPv4 and ARP into VLAN 42 and IPv6 into VLAN 30 of the
// provider's VLAN 100 (802.1ad); `untag` on ingress takes every tag off, so that the stack answers as on an untagged link.

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#define SECTION(name) __attribute__((section(name), used))

static long (*const vlan_push)(struct __sk_buff *skb, __be16 protocol, __u16 tci) = (void *)BPF_FUNC_skb_vlan_push;
static long (*const vlan_pop)(struct __sk_buff *skb) = (void *)BPF_FUNC_skb_vlan_pop;

SECTION("classifier/tag") int tag(struct __sk_buff *skb) {
  if (skb->protocol == __builtin_bswap16(ETH_P_IPV6)) {
    vlan_push(skb, __builtin_bswap16(ETH_P_8021Q), 30);
    vlan_push(skb, __builtin_bswap16(ETH_P_8021AD), 100);
  } else {
    vlan_push(skb, __builtin_bswap16(ETH_P_8021Q), 5 << 13 | 42);
  }
  return TC_ACT_OK;
}

SECTION("classifier/untag") int untag(struct __sk_buff *skb) {
  vlan_pop(skb);
  vlan_pop(skb);
  return TC_ACT_OK;
}

char licence[] SECTION("license") = "Dual MIT/GPL";
