; Drops UDP datagrams to port 9 (discard), passes everything else. 28 instructions: Ethernet, IPv4 with options, UDP.
.program drop_port xdp
  r0 = 2
  r2 = *(u32 *)(r1 +0)
  r3 = *(u32 *)(r1 +4)
  r4 = r2
  r4 += 14
  if r4 > r3 goto out
  r5 = *(u16 *)(r2 +12)
  r5 = be16 r5
  if r5 != 0x800 goto out
  r5 = r4
  r5 += 20
  if r5 > r3 goto out
  r5 = *(u8 *)(r4 +9)
  if r5 != 17 goto out
  r5 = *(u8 *)(r4 +0)
  r5 &= 15
  r5 <<= 2
  if r5 < 20 goto out
  r4 += r5
  r5 = r4
  r5 += 8
  if r5 > r3 goto out
  r5 = *(u16 *)(r4 +2)
  r5 = be16 r5
  if r5 != 9 goto out
  r0 = 1
out:
  exit
