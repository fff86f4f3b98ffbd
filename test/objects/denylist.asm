; Looks the IPv4 source up in a trie; its value is the verdict. Counts packets and bytes for each CPU by verdict.
.map denied lpm_trie key ipv4Prefix value u32 entries 16
.map counters percpu_array key 4 value 16 entries 8

.program denylist xdp
  r6 = *(u32 *)(r1 +0)
  r7 = *(u32 *)(r1 +4)
  r8 = r7
  r8 -= r6
  r9 = 2                        // XDP_PASS
  r2 = r6
  r2 += 34
  if r2 > r7 goto count
  r3 = *(u16 *)(r6 +12)
  if r3 != 8 goto count         // 0x0800 in network order
  *(u32 *)(r10 -8) = 32
  r3 = *(u32 *)(r6 +26)
  *(u32 *)(r10 -4) = r3
  r1 = map[denied]
  r2 = r10
  r2 += -8
  call bpf_map_lookup_elem
  if r0 == 0 goto count
  r9 = *(u32 *)(r0 +0)
count:
  *(u32 *)(r10 -12) = r9
  r1 = r10
  r1 += -12
  r2 = r8
  call add
  r0 = r9
  exit

; r1: address of an index, r2: bytes.
.function add 2
  r6 = r2
  r2 = r1
  r1 = map[counters]
  call bpf_map_lookup_elem
  if r0 == 0 goto none
  r1 = 1
  lock *(u64 *)(r0 +0) += r1
  lock *(u64 *)(r0 +8) += r6
none:
  r0 = 0
  exit

.program denylist_tc tc
  r9 = 0                        // TC_ACT_OK
  r6 = *(u32 *)(r1 +76)
  r7 = *(u32 *)(r1 +80)
  r8 = *(u32 *)(r1 +0)
  r2 = r6
  r2 += 34
  if r2 > r7 goto out
  r3 = *(u32 *)(r1 +16)
  if r3 != 8 goto out
  *(u32 *)(r10 -8) = 32
  r3 = *(u32 *)(r6 +26)
  *(u32 *)(r10 -4) = r3
  r1 = map[denied]
  r2 = r10
  r2 += -8
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r9 = *(u32 *)(r0 +0)
out:
  r0 = r9
  exit
