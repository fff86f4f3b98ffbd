import type { FirewallConfig } from './firewall-config.ts';
import { firewallSchema } from './schema.ts';

/** The firewall of a small office: what `examples/firewall.yaml` says, for a start without any file. */
export const DEFAULT_CONFIG: FirewallConfig = firewallSchema.parse({
  default: 'drop',
  nonIp: 'pass',
  laterFragments: 'pass',
  blockList: ['203.0.113.128/25'],
  rules: [
    { name: 'drop telnet', action: 'drop', protocol: 'tcp', destinationPort: [23, 2323] },
    { name: 'drop XMAS scan', action: 'drop', protocol: 'tcp', flags: { set: ['FIN', 'PSH', 'URG'] } },
    {
      name: 'drop NULL scan',
      action: 'drop',
      protocol: 'tcp',
      flags: { clear: ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] },
    },
    { name: 'drop FIN without ACK', action: 'drop', protocol: 'tcp', flags: { set: 'FIN', clear: 'ACK' } },
    { name: 'allow established', action: 'pass', protocol: 'tcp', flags: { set: 'ACK' } },
    {
      name: 'allow HTTPS to the web server',
      action: 'pass',
      protocol: 'tcp',
      destination: ['198.51.100.80', '2001:db8:0:2::80'],
      destinationPort: 443,
    },
    {
      name: 'allow the office out',
      action: 'pass',
      protocol: ['tcp', 'udp'],
      source: ['198.51.100.0/24', '2001:db8:0:2::/64'],
    },
    { name: 'allow the trunk', action: 'pass', source: ['192.0.2.128/25', '2001:db8:0:30::/64'] },
    {
      name: 'allow DNS answers',
      action: 'pass',
      protocol: 'udp',
      source: ['192.0.2.10', '2001:db8:0:1::10'],
      sourcePort: 53,
    },
    { name: 'allow ping and neighbour discovery', action: 'pass', protocol: ['icmp', 'icmpv6'] },
  ],
});
