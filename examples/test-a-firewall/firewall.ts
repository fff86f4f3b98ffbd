import { array, DROP, hash, ipv4Address, PASS, u32, u64, when, xdp } from 'hookline';

const TELNET = 23;

/** Sources that may not come in: filled while the program runs. */
export const blocked = hash('blocked', { key: ipv4Address, value: u32, maxEntries: 1024 });

/** How many frames were dropped: at 0 because of their source, at 1 because they asked for telnet. */
export const dropped = array('dropped', { value: u64, maxEntries: 2 });

export const firewall = xdp('firewall', ({ packet }) => {
  const ip = packet.ipv4().orReturn(PASS);
  when(blocked.lookup(ip.source), () => {
    dropped.lookup(0).orReturn(DROP).add(1);
    return DROP;
  });
  when(ip.tcp(), (tcp) => {
    when(tcp.destinationPort.eq(TELNET), () => {
      dropped.lookup(1).orReturn(DROP).add(1);
      return DROP;
    });
  });
  return PASS;
});
