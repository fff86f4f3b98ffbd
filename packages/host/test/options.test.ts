import { describe, expect, test } from 'vitest';
import { type DeviceOptions, type HostOptions, SimulatedHost } from '../src/index.ts';
import { numbered, world } from './world.ts';

const SMALL = { memoryPages: 2048, packetBuffers: 4096 };

function hostRefusing(options: HostOptions): () => SimulatedHost {
  return () => new SimulatedHost({ ...SMALL, ...options });
}

describe('a host that cannot be', () => {
  test.each<[string, HostOptions]>([
    ['cpus is 0', { cpus: 0 }],
    ['cpus is 65', { cpus: 65 }],
    ['cpus is NaN', { cpus: Number.NaN }],
    ['cpus is 1.5', { cpus: 1.5 }],
    ['packetBuffers is 0', { packetBuffers: 0 }],
    ['packetBuffers is 10000000', { packetBuffers: 1e7 }],
    ['costs.receive is -1', { costs: { receive: -1 } }],
    ['costs.wakeUp is NaN', { costs: { wakeUp: Number.NaN } }],
    ['costs.skb is Infinity', { costs: { skb: Number.POSITIVE_INFINITY } }],
    ['limits.weight is 0', { limits: { weight: 0 } }],
    ['limits.netdevBudget is -300', { limits: { netdevBudget: -300 } }],
    ['limits.netdevBudgetUsecs is 0.5', { limits: { netdevBudgetUsecs: 0.5 } }],
  ])('is refused with the option and what it may be: %s', (sentence, options) => {
    expect(hostRefusing(options)).toThrow(
      expect.objectContaining({
        code: 'HOST_OPTION',
        message: expect.stringMatching(new RegExp(`^${sentence}: give .* from .* to .*\\.$`)),
      }),
    );
  });
});

describe('a device that cannot be', () => {
  test.each<[string, DeviceOptions]>([
    ['mtu of eth0 is 67', { mtu: 67 }],
    ['mtu of eth0 is 3499', { mtu: 3499 }],
    ['mtu of eth0 is NaN', { mtu: Number.NaN }],
    ['rxRing of eth0 is 63', { rxRing: 63 }],
    ['rxRing of eth0 is 100.5', { rxRing: 100.5 }],
    ['rxRing of eth0 is NaN', { rxRing: Number.NaN }],
    ['txRing of eth0 is 1001', { txRing: 1001 }],
    ['rxUsecs of eth0 is -1', { rxUsecs: -1 }],
    ['rxUsecs of eth0 is NaN', { rxUsecs: Number.NaN }],
    ['rxFrames of eth0 is 65536', { rxFrames: 65_536 }],
    ['ifindex of eth0 is 0', { ifindex: 0 }],
    ['ifindex of eth0 is 2147483648', { ifindex: 2 ** 31 }],
  ])('is refused with the option and what it may be: the %s', (sentence, options) => {
    expect(() => new SimulatedHost(SMALL).addDevice(options)).toThrow(
      expect.objectContaining({
        code: 'HOST_OPTION',
        message: expect.stringMatching(new RegExp(`^the ${sentence}: give .* from .* to .*\\.$`)),
      }),
    );
  });

  test.each<[string, DeviceOptions]>([
    ['queues is 0', { queues: 0 }],
    ['queues is NaN', { queues: Number.NaN }],
    ['lineRate is 0', { lineRate: 0 }],
    ['macAddress is 1:2:3', { macAddress: '1:2:3' }],
  ])("gets the card's refusal: %s", (sentence, options) => {
    expect(() => new SimulatedHost(SMALL).addDevice(options)).toThrow(
      expect.objectContaining({ code: 'NIC_OPTION', message: expect.stringContaining(sentence) }),
    );
  });

  test.each(['', 'a name with spaces', 'sixteencharacter', 'with/slash', 'eth0:1', 'eth0'])(
    'needs a name of its own: %j',
    (name) => {
      const host = new SimulatedHost(SMALL);
      host.addDevice({});
      expect(() => host.addDevice({ name })).toThrow(
        expect.objectContaining({ code: 'HOST_DEVICE', message: expect.stringMatching(/1 to 15 characters\.$/) }),
      );
    },
  );

  test('needs an interface index of its own', () => {
    const host = new SimulatedHost(SMALL);
    host.addDevice({ ifindex: 7 });
    expect(() => host.addDevice({ ifindex: 7 })).toThrow(expect.objectContaining({ code: 'HOST_DEVICE' }));
  });

  test('needs packet buffers for all its rings, those of earlier devices included', () => {
    const host = new SimulatedHost({ memoryPages: 2048, packetBuffers: 2047 });
    host.addDevice({});
    expect(() => host.addDevice({})).toThrow(/take 1024 packet buffers of 4096 bytes, and 1023 are left/);
    expect(host.addDevice({ rxRing: 64, txRing: 64 }).name).toBe('eth1');
  });
});

describe('a frame', () => {
  test('may be as long as the MTU, an Ethernet header and two VLAN tags', () => {
    const { run, eth0, delivered } = world([{ mtu: 1500 }]);
    run([numbered(1, 1522), numbered(2, 1523)]);
    expect(delivered).toHaveLength(1);
    expect(eth0.nic.ledger().dropped.rx_length_errors).toBe(1);
  });

  test('of the longest MTU fits a buffer', () => {
    const { run, eth0, delivered } = world([{ mtu: 3498 }]);
    run([numbered(1, 3520), numbered(2, 3521)]);
    expect(delivered[0]?.bytes).toEqual(numbered(1, 3520));
    expect(eth0.nic.ledger().dropped.rx_length_errors).toBe(1);
  });

  test('to another station is not taken without promiscuous mode', () => {
    const { run, eth0, delivered } = world([{ promiscuous: false, macAddress: '02:00:00:00:00:99' }]);
    run([numbered(1)]);
    expect(delivered).toEqual([]);
    expect(eth0.nic.ledger().dropped.rx_steer_missed_packets).toBe(1);
  });
});
