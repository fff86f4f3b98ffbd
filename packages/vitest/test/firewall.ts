import { DROP, hash, PASS, perCpuArray, when, XDP, xdp } from '@hookline/builder';
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
