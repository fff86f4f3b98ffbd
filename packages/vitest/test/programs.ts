import { DROP, devmap, PASS, perCpuArray, redirect, repeat, TC, tc, variable, when, XDP, xdp } from '@hookline/builder';
import { u32, u64 } from '@hookline/layout';

export const marked = tc('marked', ({ mark }) => {
  when(mark.eq(7), () => DROP);
  when(mark.eq(8), () => TC.STOLEN);
  return PASS;
});

export const toThree = xdp('to_three', () => redirect(3));

export const ports = devmap('ports', { maxEntries: 4 });
export const toPort = xdp('to_port', ({ packet }) => {
  const ip = packet.ipv4().orReturn(PASS);
  return ports.redirect(ip.ttl);
});

export const syns = perCpuArray('syns', { value: u64, maxEntries: 1 });

/** Drops connection requests and counts them; what else is TCP it sends back with another TTL. */
export const guard = xdp('guard', ({ packet }) => {
  const ip = packet.ipv4().orReturn(PASS);
  const tcp = ip.tcp().orReturn(PASS);
  when(tcp.flags.bitAnd(0x12).eq(0x02), () => {
    syns.lookup(0).orReturn(PASS).add(1);
    return DROP;
  });
  ip.rewrite({ ttl: 7 });
  return XDP.TX;
});

/** Takes longer than anybody wants to read. */
export const slow = xdp('slow', () => {
  const rounds = variable(u32, 0);
  repeat(200, () => {
    rounds.add(1);
  });
  when(rounds.eq(200), () => DROP);
  return PASS;
});

export const always = xdp('always', () => DROP);
