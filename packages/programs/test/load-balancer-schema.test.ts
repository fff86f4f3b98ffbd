import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConfigError } from '../src/config/config-error.ts';
import { readConfig } from '../src/config/read-config.ts';
import { loadBalancer } from '../src/load-balancer/load-balancer.ts';
import { loadBalancerSchema } from '../src/load-balancer/schema.ts';

const read = (text: string) => readConfig(loadBalancerSchema, text, 'lb.yaml');

const SERVICE = 'name: web, address: 192.0.2.80, port: 80, protocol: tcp';
const file = (service: string, more = '') =>
  `source: { ipv4: 192.0.2.1 }\ngateway: "02:00:00:00:00:fe"\n${more}\nservices:\n  - { ${service} }\n`;
const backends = (...list: readonly string[]) => file(`${SERVICE}, backends: [${list.join(', ')}]`);

test('what is left out is filled in', () => {
  expect(read(backends('{ address: 10.0.0.1 }'))).toEqual({
    tableSize: 4099,
    connections: 65_536,
    mtu: 1500,
    source: { ipv4: '192.0.2.1' },
    gateway: '02:00:00:00:00:fe',
    output: 'same',
    services: [
      {
        name: 'web',
        address: '192.0.2.80',
        port: 80,
        protocol: 6,
        mode: 'tunnel',
        quic: false,
        backends: [{ address: '10.0.0.1', weight: 1, state: 'active' }],
      },
    ],
  });
});

test('the defaults are the example that ships', () => {
  const example = readFileSync(new URL('../examples/load-balancer.yaml', import.meta.url), 'utf8');
  expect(loadBalancer.defaults).toEqual(read(example));
});

test.each([
  [
    '',
    'null is no configuration: give an object with the keys tableSize, connections, mtu, source, gateway, output, services.',
  ],
  [file(SERVICE, 'tableSize: 4098'), 'tableSize: 4098 is no prime: write one, such as 4099 or 65537.'],
  [file(SERVICE, 'tableSize: 655373'), 'tableSize: 655373 is no table size: write a whole number, 3 to 65537.'],
  [file(SERVICE, 'mtu: 9000'), 'mtu: 9000 is no MTU: write a whole number, 1320 to 3498.'],
  [file(SERVICE, 'connections: 0'), 'connections: 0 is no number of connections: write a whole number, 1 to 10000000.'],
  [file(SERVICE, 'output: eth1'), 'output: "eth1" is no way out: write same, or the number of an interface.'],
  [file(SERVICE, 'gatway: x'), "gatway: There is no such key in a configuration: did you mean 'gateway'?"],
  [file(SERVICE.replace('tcp', 'sctp')), 'services[0].protocol: "sctp" is not possible here: use one of tcp, udp.'],
  [
    file(SERVICE.replace('80,', '80/28,')),
    'services[0].address: "192.0.2.80/28" is no address: write one like 192.0.2.10',
  ],
  [file(SERVICE.replace('port: 80', 'port: 0')), 'services[0].port: 0 is no port: write a whole number, 1 to 65535.'],
  [file(`${SERVICE}, quic: true`), 'services[0].quic: QUIC runs over UDP: write protocol: udp, or leave quic out.'],
  [file(`${SERVICE}, quic: often`), 'services[0].quic: "often" is neither true nor false: write one of them.'],
  [
    file(SERVICE.replace('192.0.2.80', '"2001:db8::1"')),
    "source: The tunnels of 'web' need an ipv6 source: add it here.",
  ],
  [`${file(SERVICE)}  - { ${SERVICE} }`, "services[1].name: There is a service 'web' already: give each its own name."],
  [
    `${file(SERVICE)}  - { ${SERVICE.replace('web', 'other')} }`,
    'services[1].port: Another service has this address, port and protocol: give each its own.',
  ],
  [
    backends('{ address: "2001:db8::1" }'),
    "backends[0].address: 2001:db8::1 is not of the service's family: write an ipv4 address.",
  ],
  [
    backends('{ address: 10.0.0.1 }', '{ address: 10.0.0.1 }'),
    'backends[1].address: The service has a backend 10.0.0.1 already: raise its weight instead.',
  ],
  [
    backends('{ address: 10.0.0.1, weight: 0 }'),
    'backends[0].weight: 0 is no weight: write a whole number, 1 to 1000.',
  ],
  [
    backends('{ address: 10.0.0.1, mac: "01:00:5e:00:00:01" }'),
    "backends[0].mac: '01:00:5e:00:00:01' is a group of stations: write the MAC of one.",
  ],
  [
    backends('{ address: 10.0.0.1, state: down }'),
    'backends[0].state: "down" is not possible here: use one of active, drained.',
  ],
  [
    backends('{ address: 10.0.0.1, serverId: 5 }', '{ address: 10.0.0.2, serverId: 5 }'),
    'backends[1].serverId: Another backend has the server ID 5: give each its own.',
  ],
  [
    file(`${SERVICE}, mode: direct, backends: [{ address: 10.0.0.1 }]`),
    "backends[0].mac: Without a tunnel 10.0.0.1 is reached by its MAC: add a line 'mac: ...'.",
  ],
  [
    backends('{ address: 10.0.0.1 }').replace(/gateway.*\n/, ''),
    "backends[0].mac: The next hop to 10.0.0.1 is not known: add its 'mac', or a 'gateway' for all.",
  ],
])('%j', (text, sentence) => {
  let message = 'accepted';
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    message = (error as Error).message;
  }
  expect(message).toContain(sentence);
});
