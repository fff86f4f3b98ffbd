import { readFileSync } from 'node:fs';
import { ipv4Address, struct, u16, u32, u64 } from '@hookline/layout';
import { expect, test } from 'vitest';
import {
  BuildError,
  bpfObject,
  DROP,
  hash,
  PASS,
  repeat,
  ringBuffer,
  select,
  tc,
  when,
  type XdpContext,
  xdp,
} from '../src/index.ts';

/*
 * `hookline replay --program file.ts` strips types without checking them: what TypeScript would have refused reaches the
 * builder, and must not end as a TypeError about undefined. Each body is written as by somebody without types.
 */

// biome-ignore lint/suspicious/noExplicitAny: that is the point of this file
type Untyped = any;

const Flow = struct('flow', { address: ipv4Address, port: u16 });
const numbers: Untyped = hash('numbers', { key: u32, value: u64, maxEntries: 4 });
const flows: Untyped = hash('flows', { key: Flow, value: u64, maxEntries: 4 });
const ring: Untyped = ringBuffer('ring', { value: Flow, size: 4096 });
const untypedWhen: Untyped = when;
const untypedRepeat: Untyped = repeat;

const source = readFileSync(import.meta.filename, 'utf8').split('\n');

function failureOf(hook: Untyped, body: Untyped): BuildError {
  try {
    bpfObject({ program: hook('program', body) });
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error('It was built.');
}

const ipOf = ({ packet }: XdpContext): Untyped => packet.ipv4().orReturn(PASS);

/** The line that is blamed holds the words in the first column. */
const cases: readonly [blamed: string, message: string, body: (context: Untyped) => unknown][] = [
  [
    'ttl.lt(1)',
    "This may be missing and has no 'ttl': look first with .orReturn(verdict) or when(maybe, found => ...).",
    ({ packet }) => when(packet.ipv4().ttl.lt(1), () => DROP),
  ],
  [
    'dport.eq(2)',
    "The struct tcp has no 'dport': it has payload, at, rewrite, sourcePort, destinationPort, sequenceNumber",
    (context) => when(ipOf(context).tcp().orReturn(PASS).dport.eq(2), () => DROP),
  ],
  [
    'found.packets',
    "A u64 is a number and has no 'packets': it has ",
    () => {
      const found = numbers.lookup(3).orReturn(PASS);
      found.packets.add(1);
      return PASS;
    },
  ],
  [
    'ttl.equals(4)',
    "A u8 is a number and has no 'equals': it has ",
    (context) => when(ipOf(context).ttl.equals(4), () => DROP),
  ],
  [
    '.then1(() =>',
    "A condition has no 'then1': it has and, or, not.",
    (context) =>
      ipOf(context)
        .ttl.lt(5)
        .then1(() => DROP),
  ],
  ["source.startsWith('6.')", "A ipv4Address has no 'startsWith'", (context) => ipOf(context).source.startsWith('6.')],
  [
    'packet.tcp()',
    "The packet of an XDP program has no 'tcp': it has length, etherType, ethernet,",
    ({ packet }) => packet.tcp(),
  ],
  [
    'ttl = 8',
    'A field is no JavaScript variable: write .ttl.set(value), or rewrite({ ttl }) to mend checksums.',
    (context) => {
      ipOf(context).ttl = 8;
      return PASS;
    },
  ],
  [
    'whatever = 9',
    "The struct ipv4 cannot be assigned 'whatever': change what it has with .set(value).",
    (context) => {
      ipOf(context).whatever = 9;
      return PASS;
    },
  ],
  [
    'lt(10), DROP',
    'when takes a callback, not a verdict: write when(..., () => DROP).',
    (context) => untypedWhen(ipOf(context).ttl.lt(10), DROP),
  ],
  [
    'untypedRepeat(11)',
    'repeat takes a callback, not undefined: write repeat(..., () => DROP).',
    () => untypedRepeat(11),
  ],
  [
    'untypedRepeat(packet.length',
    'repeat takes a number that is known now: give the most rounds there can be, and return STOP',
    ({ packet }) => untypedRepeat(packet.length, () => PASS),
  ],
  [
    "update('12', 1)",
    "A number or a packet value belongs here, not the string '12': write 12.",
    () => numbers.update('12', 1),
  ],
  [
    'update(13, {',
    'A number or a packet value belongs here, not an object: give the number alone, or read one of its fields.',
    () => numbers.update(13, { packets: 1 }),
  ],
  [
    'update(14, numbers',
    'not something that may be missing: look first with .orReturn(verdict) or .or(number).',
    () => numbers.update(14, numbers.lookup(14)),
  ],
  [
    'lt(15), DROP',
    'not a verdict: decide with `return when(condition, () => DROP).otherwise(() => PASS)`.',
    (context) => select(u32, ipOf(context).ttl.lt(15), DROP as Untyped, PASS as Untyped),
  ],
  [
    'eq(70_016)',
    '70016 does not fit u16: give 0 to 65535.',
    (context) => when(ipOf(context).udp().orReturn(PASS).sourcePort.eq(70_016), () => DROP),
  ],
  ['lt(-17)', '-17 does not fit u8: give 0 to 255.', (context) => when(ipOf(context).ttl.lt(-17), () => DROP)],
  [
    'rewrite({ tll: 18',
    "ipv4 has no field 'tll': it has version, headerLength, dscp,",
    (context) => ipOf(context).rewrite({ tll: 18 }),
  ],
  [
    'payload({ a: 19',
    "payload takes a struct: write payload(struct('name', { field: u32 })).",
    (context) => ipOf(context).payload({ a: 19 }).orReturn(PASS),
  ],
  [
    "port: '20' })",
    "flow.port: A number or a packet value belongs here, not the string '20': write 20.",
    () => ring.emit({ address: '192.0.2.1', port: '20' }),
  ],
  [
    "address: '192.0.2.21.'",
    "flow.address: '192.0.2.21.' is no IPv4 address",
    () => flows.lookup({ address: '192.0.2.21.', port: 1 }),
  ],
];

test.each(cases)('%s', (blamed, message, body) => {
  const error = failureOf(xdp, body);
  expect(error.message).toContain(message);
  const { line = 0, column = 0 } = error.position ?? {};
  expect(source[line - 1]).toContain(blamed);
  expect(column).toBeGreaterThan(0);
});

test('what only XDP has is missing in TC', () => {
  const error = failureOf(tc, ({ packet }: Untyped) => packet.adjustHead(4).orReturn(DROP));
  expect(error.message).toContain("The packet of a TC program has no 'adjustHead': it has length,");
});

test.each([2, 'DROP', true])('%s is no verdict', (result) => {
  const error = failureOf(xdp, () => result);
  const shown = typeof result === 'string' ? `'${result}'` : String(result);
  expect(error.message).toContain(`this one returns ${shown}: return PASS, DROP or another verdict from 'hookline'.`);
});

test('a chain of thousands of conditions stays one level deep', () => {
  const program = xdp('chain', ({ packet }) => {
    let any = packet.length.eq(1);
    for (let i = 0; i < 3000; i++) any = any.or(packet.length.eq(i));
    when(any, () => DROP);
    return PASS;
  });
  expect(bpfObject({ program }).programs.program.instructions.length).toBeGreaterThan(3000);
});

test('handles can be looked at outside of programs', () => {
  let kept: Untyped;
  bpfObject({
    program: xdp('program', ({ packet }) => {
      kept = packet.ipv4().orReturn(PASS);
      return PASS;
    }),
  });
  expect(kept.nothing).toBeUndefined();
});
