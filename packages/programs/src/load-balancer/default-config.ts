import type { LoadBalancerConfig } from './load-balancer-config.ts';
import { loadBalancerSchema } from './schema.ts';

/** What `examples/load-balancer.yaml` says, for a start without any file: the web server and DNS of a small office. */
export const DEFAULT_CONFIG: LoadBalancerConfig = loadBalancerSchema.parse({
  source: { ipv4: '192.0.2.200', ipv6: '2001:db8:0:1::200' },
  gateway: '02:00:00:00:01:fe',
  services: [
    {
      name: 'web',
      address: '198.51.100.80',
      port: 443,
      protocol: 'tcp',
      backends: [
        { address: '10.0.0.1' },
        { address: '10.0.0.2', weight: 2 },
        { address: '10.0.0.3', state: 'drained' },
      ],
    },
    {
      name: 'web over IPv6',
      address: '2001:db8:0:2::80',
      port: 443,
      protocol: 'tcp',
      backends: [{ address: '2001:db8:a::1' }, { address: '2001:db8:a::2' }],
    },
    {
      name: 'HTTP/3',
      address: '198.51.100.80',
      port: 443,
      protocol: 'udp',
      quic: true,
      backends: [
        { address: '10.0.0.1', serverId: 1 },
        { address: '10.0.0.2', serverId: 2 },
      ],
    },
    {
      name: 'DNS',
      address: '192.0.2.10',
      port: 53,
      protocol: 'udp',
      mode: 'direct',
      backends: [
        { address: '192.0.2.11', mac: '02:00:00:00:01:11' },
        { address: '192.0.2.12', mac: '02:00:00:00:01:12' },
      ],
    },
  ],
});
