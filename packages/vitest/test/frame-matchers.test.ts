import { arp, craft, ipv4, tcp, udp } from '@hookline/packet';
import { loadService } from '@hookline/programs';
import { describe, expect, test } from 'vitest';
import { MatcherError } from '../src/index.ts';
import { simulate } from '../src/world/simulator.ts';
import { failureOf } from './failure.ts';
import { denied, firewall, TELNET } from './firewall.ts';
import { always, marked, slow, toPort, toThree } from './programs.ts';

const TELNET_SEGMENT = tcp({ destinationPort: TELNET });
const WEB_SEGMENT = tcp({ destinationPort: 80 });

describe('a program that is built', () => {
  test('drops, passes and transmits', () => {
    expect(firewall).toDrop(TELNET_SEGMENT);
    expect(firewall).toPass(WEB_SEGMENT);
    expect(firewall).toTransmit(udp());
    expect(firewall).toPass(arp());
  });

  test('does nothing else with those frames', () => {
    expect(firewall).not.toPass(TELNET_SEGMENT);
    expect(firewall).not.toTransmit(TELNET_SEGMENT);
    expect(firewall).not.toRedirectTo(3, TELNET_SEGMENT);
    expect(firewall).not.toDrop(WEB_SEGMENT);
    expect(firewall).not.toDrop(udp());
  });

  test('takes frames as bytes', () => {
    expect(firewall).toDrop(craft(TELNET_SEGMENT));
    expect(firewall).toPass(new Uint8Array(14));
  });

  test('finds in its maps what the test put there, and nothing from before', () => {
    const frame = ipv4({ source: '198.51.100.7' }, WEB_SEGMENT);
    expect(firewall).toDrop(frame, { maps: { denied: [['198.51.100.7', 1]] } });
    expect(firewall).toPass(frame);
    expect(firewall).toDrop(frame, { ready: (loaded) => loaded.map(denied).set('198.51.100.7', 1) });
    expect(firewall).toPass(frame, { maps: { counters: [[0, 5n]] } });
  });

  test('of TC finds its context', () => {
    expect(marked).toDrop(udp(), { context: { mark: 7 } });
    expect(marked).toPass(udp(), { context: { mark: 6 } });
    expect(marked).not.toPass(udp(), { context: { mark: 8 } });
    expect(marked).not.toDrop(udp(), { context: { mark: 8 } });
    expect(marked).not.toTransmit(udp());
  });

  test('redirects by number and through a device map', () => {
    expect(toThree).toRedirectTo(3, udp());
    expect(toThree).toRedirectTo({ ifindex: 3 }, udp());
    expect(toThree).not.toRedirectTo(4, udp());
    const frame = ipv4({ ttl: 2 }, udp());
    expect(toPort).toRedirectTo(5, frame, { maps: { ports: [[2, 5]] } });
    expect(toPort).not.toRedirectTo(5, frame, { maps: { ports: [[3, 5]] } });
  });
});

describe('a Service', () => {
  test('runs with its configuration, on either hook', async () => {
    const service = await loadService('firewall');
    const config = {
      default: 'pass',
      rules: [{ name: 'no telnet', action: 'drop', protocol: 'tcp', destinationPort: TELNET }],
    };
    for (const hook of ['xdp', 'tc'] as const) {
      expect(service).toDrop(TELNET_SEGMENT, { config, hook });
      expect(service).toPass(WEB_SEGMENT, { config, hook });
    }
  });

  test('says which rule it was', async () => {
    const rules = [{ name: 'no telnet', action: 'drop', protocol: 'tcp', destinationPort: TELNET }];
    const service = await loadService('firewall');
    const options = { config: { default: 'pass', rules } };
    const text = failureOf(() => expect(service).toPass(TELNET_SEGMENT, options));
    expect(text).toMatch(
      /^ {2}Verdict {2}DROP\n {2}Counted {2}rule 1: no telnet \(drop\)\n {2}Decided {2}\S*program\.ts:/m,
    );
  });

  test('runs with its defaults', async () => {
    expect(await loadService('drop-all')).toDrop(udp());
    expect(await loadService('pass-all')).toPass(udp());
  });
});

test('a loaded program keeps its maps from frame to frame', () => {
  const { program } = simulate({ name: 'firewall', object: objectOf(), xdp: 'firewall' });
  expect(program).toDrop(TELNET_SEGMENT);
  expect(program).toPass(WEB_SEGMENT);
  expect(failureOf(() => expect(program).toDrop(WEB_SEGMENT))).toMatch(
    /^Expected firewall \(XDP\) to drop the frame, but it said PASS\.\n\n {2}Frame {4}IP .*\n {2}Verdict {2}PASS$/s,
  );
});

function objectOf() {
  const built = firewall.build();
  const maps = Object.fromEntries(built.maps.map((map) => [map.name, map]));
  return { kind: 'object', programs: { firewall: built.spec }, maps } as const;
}

describe('a failure shows', () => {
  test('the frame, what became of it, the verdict, the line that decided and the lines on the way', () => {
    expect(failureOf(() => expect(firewall).toDrop(WEB_SEGMENT))).toBe(
      `
Expected firewall (XDP) to drop the frame, but it said PASS.

  Frame    IP 192.0.2.1.49152 > 192.0.2.2.80: Flags [S], seq 0, win 65535, length 0
           ethernet: destination 02:00:00:00:00:02, source 02:00:00:00:00:01, etherType 0x0800
           ipv4: totalLength 40, moreFragments 0, fragmentOffset 0, ttl 64, protocol 6, source 192.0.2.1, destination 192.0.2.2
           tcp: sourcePort 49152, destinationPort 80, sequenceNumber 0, acknowledgmentNumber 0, flags 0x02, window 65535
           60 bytes: 020000000002020000000001080045000028000000004006f6ccc0000201c0000202c000005000000000000000005002ffff6b8e0000000000000000
  Changed  ipv4.ttl: 64 -> 63 (byte 22)
           ipv4.checksum: 0xf6cc -> 0xf7cc (byte 24)
  Verdict  PASS
  Decided  the end of the body at firewall.ts:11:25  export const firewall = xdp('firewall', ({ packet }) => {
  Path     firewall.ts:12:28  const ip = packet.ipv4().orReturn(PASS);
           firewall.ts:13:28  const dropped = counters.lookup(0).orReturn(PASS);
           firewall.ts:14:3  when(ip.udp(), () => XDP.TX);
           firewall.ts:15:3  when(ip.tcp(), (tcp) => {
           firewall.ts:16:30  when(tcp.destinationPort.eq(TELNET), () => {
           firewall.ts:21:15  when(denied.lookup(ip.source), () => DROP);
           firewall.ts:22:6  ip.rewrite({ ttl: 63 });`.trim(),
    );
  });

  test('the branch that ended the program', () => {
    const text = failureOf(() => expect(firewall).not.toDrop(TELNET_SEGMENT));
    expect(text).toMatch(/^Expected firewall \(XDP\) not to drop the frame, but it did\.\n/);
    expect(text).toContain(
      '  Decided  firewall.ts:16:5  when(tcp.destinationPort.eq(TELNET), () => {\n' +
        '  Path     firewall.ts:12:28  const ip = packet.ipv4().orReturn(PASS);\n',
    );
    expect(text).toMatch(/firewall\.ts:17:15 {2}dropped\.add\(1\);\n.*firewall\.ts:16:5 .*$/);
  });

  test('the context', () => {
    const text = failureOf(() => expect(marked).toPass(udp(), { context: { mark: 7 } }));
    expect(text).toMatch(/^Expected marked \(TC\) to pass the frame, but it said SHOT\.$/m);
    expect(text).toMatch(/^ {2}Context {2}mark 7$/m);
  });

  test('the interface that was chosen', () => {
    const frame = ipv4({ ttl: 2 }, udp());
    const text = failureOf(() => expect(toPort).toRedirectTo(4, frame, { maps: { ports: [[2, 5]] } }));
    expect(text).toMatch(/^Expected to_port \(XDP\) to redirect the frame to interface 4, but it chose 5\.$/m);
    expect(text).toMatch(/^ {2}Verdict {2}REDIRECT to interface 5$/m);
    expect(failureOf(() => expect(firewall).toRedirectTo(4, WEB_SEGMENT))).toMatch(
      /^Expected firewall \(XDP\) to redirect the frame to interface 4, but it said PASS\.$/m,
    );
  });

  test('the end of a long way', () => {
    expect(failureOf(() => expect(slow).toPass(udp()))).toMatch(
      /^ {2}Decided {2}programs\.ts:\d+:3 {2}when\(rounds\.eq\(200\), \(\) => DROP\);\n {2}Path {5}\.\.\. \(earlier lines left out\)\n/m,
    );
  });

  test('the line of a program that has only one', () => {
    expect(failureOf(() => expect(always).toPass(udp()))).toMatch(
      /^ {2}Decided {2}(programs\.ts:\d+:23 {2}export const always = xdp\('always', \(\) => DROP\);)\n {2}Path {5}\1$/m,
    );
  });

  test('no way through a program that cannot be loaded twice', () => {
    let loads = 0;
    const ready = (): void => {
      if (++loads > 1) throw new Error('once only');
    };
    const text = failureOf(() => expect(firewall).toDrop(udp(), { ready }));
    expect(text).toMatch(/^ {2}Verdict {2}TX$/m);
    expect(text).not.toContain('Path');
  });

  test('what is wrong with a damaged frame', () => {
    const damaged = craft(ipv4({ checksum: 0x1234 }, TELNET_SEGMENT)).subarray(0, 40);
    const text = failureOf(() => expect(firewall).toDrop(damaged));
    expect(text).toMatch(/ipv4: .*, checksum bad/);
    expect(text).toMatch(
      /^ {11}tcp: sourcePort 49152, destinationPort 23, malformed: the header needs 20 bytes, 6 are left$/m,
    );
  });
});

describe('what cannot be tested is refused in a sentence', () => {
  const refused = (assertion: () => void): [string, string] => {
    try {
      assertion();
    } catch (error) {
      if (error instanceof MatcherError) return [error.code, error.message];
      throw error;
    }
    throw new Error('This was to be refused.');
  };

  test.each<[string, () => void, string, string]>([
    [
      'no program',
      () => expect('firewall').toDrop(udp()),
      'MATCHER_SUBJECT',
      'expect was given something of type string to run frames through: give a program of xdp() or tc(), a Service, or a ' +
        'loaded program.',
    ],
    [
      'no frame',
      () => expect(firewall).toDrop('frame' as never),
      'MATCHER_FRAME',
      'Something of type string is no frame: give a Uint8Array, or a header like tcp({ destinationPort: 23 }).',
    ],
    [
      'a map that there is not',
      () => expect(firewall).toDrop(udp(), { maps: { blocked: [] } }),
      'MATCHER_OPTION',
      "The program has no map 'blocked': it has counters, denied.",
    ],
    [
      'the configuration of a program without one',
      () => expect(firewall).toDrop(udp(), { config: {} }),
      'MATCHER_OPTION',
      "The program 'firewall' is no Service: leave the option 'config' out.",
    ],
    [
      'an interface that cannot be',
      () => expect(firewall).toRedirectTo(0, udp()),
      'MATCHER_OPTION',
      '0 is no interface: give its number or its device.',
    ],
    [
      'the options of a loaded program',
      () => expect(simulate({ name: 'a', object: objectOf(), xdp: 'firewall' }).program).toDrop(udp(), { maps: {} }),
      'MATCHER_OPTION',
      "The program 'firewall' is loaded already: leave the option 'maps' out, and set its maps up yourself.",
    ],
    [
      'the redirect of a loaded program',
      () => expect(simulate({ name: 'a', object: objectOf(), xdp: 'firewall' }).program).toRedirectTo(1, udp()),
      'MATCHER_SUBJECT',
      "A loaded program does not tell where it redirects to: give the program itself instead of 'firewall'.",
    ],
  ])('%s', (_, assertion, code, message) => {
    expect(refused(assertion)).toEqual([code, message]);
  });
});
