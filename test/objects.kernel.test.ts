import { readFileSync } from 'node:fs';
import { assemble, type BpfMap, type BpfObject, type LoadedObject } from '@hookline/bpf';
import { craft, ipv4, udp } from '@hookline/packet';
import { openCapture } from '@hookline/pcap';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { compare, type Run } from './oracle/compare.ts';
import { runs, SEED_TEXT } from './oracle/property.ts';
import { Worlds } from './oracle/worlds.ts';

const skip = inject('kernel') !== '';
const CAPTURES = ['dns.pcap', 'ping.pcap', 'vlan.pcap', 'fragments.pcap', 'ipv6.pcap'];
const frames: Uint8Array[] = [];
let worlds: Worlds;

beforeAll(async () => {
  if (skip) return;
  worlds = new Worlds();
  for (const name of CAPTURES) {
    const capture = await openCapture(new URL(`../pcaps/${name}`, import.meta.url).pathname);
    for await (const { bytes } of capture) frames.push(bytes.slice());
  }
});
afterAll(() => {
  if (!skip) worlds[Symbol.dispose]();
});

function objectIn(name: string): BpfObject {
  return assemble(readFileSync(new URL(`objects/${name}`, import.meta.url), 'utf8'), { file: name });
}

interface ObjectCase {
  readonly object: BpfObject;
  readonly prepare?: (loaded: LoadedObject) => void;
  /** A frame that every program of the object has an opinion on, and the verdicts. */
  readonly frame: Uint8Array;
  readonly verdicts: Readonly<Record<string, number>>;
}

const toDiscard = craft(ipv4({ source: '10.1.2.3', destination: '10.0.0.1' }, udp({ destinationPort: 9 })));

const CASES: readonly ObjectCase[] = [
  { object: objectIn('drop-port.asm'), frame: toDiscard, verdicts: { drop_port: 1 } },
  {
    object: objectIn('denylist.asm'),
    prepare: (loaded) => {
      const denied = loaded.maps.denied as BpfMap;
      denied.set('10.0.0.0/8', 1);
      denied.set('10.1.0.0/16', 3);
      denied.set('0.0.0.0/1', 5);
      denied.set('192.0.2.7', 0xffff_ffff);
    },
    frame: toDiscard,
    verdicts: { denylist: 3, denylist_tc: 3 },
  },
];

/** A frame of a capture, cut and with bytes changed: mostly in the headers, where programs look. */
const change = fc.record({
  frame: fc.nat(),
  length: fc.option(fc.nat(120), { freq: 4 }),
  bytes: fc.array(
    fc.tuple(fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 12, max: 45 }) }, fc.nat(200)), fc.nat(255)),
    {
      maxLength: 3,
    },
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function changed({ frame, length, bytes }: Change): Uint8Array {
  const original = frames[frame % frames.length] ?? new Uint8Array(60);
  const copy = original.slice(0, length ?? original.length);
  for (const [at, value] of bytes) if (at < copy.length) copy[at] = value;
  return copy;
}

describe.each(CASES)('the object with the programs $object.programs', ({ object, prepare, frame, verdicts }) => {
  const programs = Object.keys(object.programs);
  const options = prepare ? { prepare } : {};

  test.skipIf(skip)('says what it is written to say, in both worlds', () => {
    for (const loaded of [worlds.load(object), worlds.simulate(object)]) {
      prepare?.(loaded);
      const said = programs.map((name) => [name, loaded.programs[name]?.testRun(frame).verdict]);
      expect(Object.fromEntries(said)).toEqual(verdicts);
      loaded[Symbol.dispose]();
    }
  });

  test.skipIf(skip)('does the same to every captured frame', () => {
    const all = programs.flatMap((program) => frames.map((captured): Run => ({ program, frame: captured })));
    const result = compare(worlds, object, all, options);
    expect(result.differences).toEqual([]);
    const skipped = Object.values(result.skipped).reduce((sum, count) => sum + count, 0);
    expect(result.compared + skipped).toBe(all.length);
    expect(result.compared).toBeGreaterThan(all.length * 0.9);
  });

  test.skipIf(skip)(`does the same to frames that were cut and changed ${SEED_TEXT}`, () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 20, maxLength: 40, size: 'max' }), (changes) => {
        const all = programs.flatMap((program) => changes.map((made): Run => ({ program, frame: changed(made) })));
        expect(compare(worlds, object, all, options).differences).toEqual([]);
      }),
      runs(15),
    );
  });
});
