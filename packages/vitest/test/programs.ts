import { DROP, devmap, hash, PASS, perCpuArray, redirect, TC, tc, when, XDP, xdp } from '@hookline/builder';
import { ipv4Address, u32, u64 } from '@hookline/layout';

export const TELNET = 23;

/** Which sources may not come in, by address. */
export const denied = hash('denied', { key: ipv4Address, value: u32, maxEntries: 16 });
export const counters = perCpuArray('counters', { value: u64, maxEntries: 2 });

/** Drops telnet and what comes from denied sources, sends UDP back, and counts what it has dropped. */
export const firewall = xdp('firewall', ({ packet }) => {
  const ip = packet.ipv4().orReturn(PASS);
  const dropped = counters.lookup(0).orReturn(PASS);
  when(ip.udp(), () => XDP.TX);
  when(ip.tcp(), (tcp) => {
    when(tcp.destinationPort.eq(TELNET), () => {
      dropped.add(1);
      return DROP;
    });
  });
  when(denied.lookup(ip.source), () => DROP);
  ip.rewrite({ ttl: 63 });
  return PASS;
});

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
