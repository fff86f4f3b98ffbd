import type { LoadedProgram } from '@hookline/bpf';
import { craft, ethernet, gre, ipv4, tcp, udp } from '@hookline/packet';
import { expect, test } from 'vitest';
import { readmeObjects } from './readme-cases.ts';
import { simulated } from './world.ts';

test('the programs of the README do what they say', async () => {
  const [first, recipes] = await readmeObjects();
  if (!first || !recipes) throw new Error('The README has lost a listing.');
  expect(Object.keys(first.programs)).toEqual(['firewall', 'firewallTc']);
  using world = simulated();
  using loaded = world.load(recipes);
  const run = (name: string, frame: Uint8Array) => {
    const program = (loaded.programs as Readonly<Record<string, LoadedProgram>>)[name];
    if (!program) throw new Error(`The README has lost '${name}'.`);
    return program.testRun(frame);
  };
  const a = '02:00:00:00:00:0a';
  const b = '02:00:00:00:00:0b';
  const there = craft(ethernet({ source: a, destination: b }, ipv4({ ttl: 9, source: '10.0.0.1' }, udp({}, 'x'))));
  const back = craft(
    ethernet(
      { source: b, destination: a },
      ipv4({ ttl: 8, source: '192.0.2.2', destination: '10.0.0.1' }, udp({}, 'x')),
    ),
  );
  const reflected = run('reflect', there);
  expect(reflected.verdict).toBe(3);
  expect([...reflected.frame.subarray(0, 34)]).toEqual([...back.subarray(0, 34)]);

  const syn = craft(tcp({ flags: ['SYN'] }));
  expect(Array.from({ length: 12 }, () => run('limit', syn).verdict)).toEqual([...Array(10).fill(2), 1, 1]);

  const small = craft(tcp({ options: { maximumSegmentSize: 100 } }));
  expect([run('clamp', small).verdict, run('clamp', syn).verdict]).toEqual([1, 2]);

  const inner = ipv4({ source: '10.9.9.9' }, udp({}, 'inner'));
  const unwrapped = run('unwrap', craft(ethernet({ source: a, destination: b }, ipv4({}, gre({}, inner)))));
  expect(Buffer.from(unwrapped.frame)).toEqual(
    Buffer.from(craft(ethernet({ source: a, destination: b }, inner), { minimumLength: 0 })),
  );
});
