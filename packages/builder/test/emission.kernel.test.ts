import { readFileSync } from 'node:fs';
import { CLASS, CLASS_MASK, checkObject, OPCODE, slotsOf } from '@hookline/bpf';
import { ipv4Prefix, struct, u32, u64 } from '@hookline/layout';
import { craft, tcp } from '@hookline/packet';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { bpfObject, DROP, hash, lpmTrie, PASS, perCpuArray, subprogram, variable, when, xdp } from '../src/index.ts';
import { kernel, simulated, type World } from './world.ts';

const skip = inject('kernel') !== '';
let world: World;

beforeAll(() => {
  if (!skip) world = kernel();
});
afterAll(() => {
  if (!skip) world[Symbol.dispose]();
});

const FRAME = craft(tcp({ sourcePort: 1000, destinationPort: 80 }, 'hello'), { minimumLength: 60 });
const Counter = struct('counter', { packets: u64, bytes: u64 });
const counters = perCpuArray('counters', { value: Counter, maxEntries: 512 });

/** As many rules as somebody would write out, each with its own counter. */
function ruleList(rules: number) {
  return xdp('rule_list', ({ packet }) => {
    const ip = packet.ipv4().orReturn(PASS);
    const ports = { source: variable(u32, 0), destination: variable(u32, 0) };
    when(ip.tcp(), (segment) => {
      ports.source.set(segment.sourcePort);
      ports.destination.set(segment.destinationPort);
    }).elseWhen(ip.udp(), (datagram) => {
      ports.source.set(datagram.sourcePort);
      ports.destination.set(datagram.destinationPort);
    });
    for (let rule = 0; rule < rules; rule++) {
      const matches = ip.source
        .in(`10.${rule % 256}.0.0/16`)
        .and(ports.destination.between(rule, rule + 10))
        .and(ip.protocol.oneOf(6, 17));
      when(matches, () => {
        const counter = counters.lookup(rule).orReturn(DROP);
        counter.packets.add(1);
        counter.bytes.add(packet.length);
        return DROP;
      });
    }
    return PASS;
  });
}

describe('programs as the builder writes them', () => {
  const { instructions } = bpfObject({ program: ruleList(3) }).programs.program;

  test('leave through one exit', () => {
    expect(instructions.filter(({ opcode }) => opcode === OPCODE.exit)).toHaveLength(1);
    expect(instructions.at(-1)?.opcode).toBe(OPCODE.exit);
  });

  test('know the line of each instruction', () => {
    const source = readFileSync(import.meta.filename, 'utf8').split('\n');
    const files = new Set(instructions.map(({ position }) => position?.file));
    expect([...files]).toEqual([import.meta.filename]);
    const calls = instructions.filter(({ opcode }) => opcode === OPCODE.call);
    const lines = new Set(calls.map(({ position }) => source[(position?.line ?? 0) - 1]?.trim()));
    expect([...lines]).toEqual([
      'const counter = counters.lookup(rule).orReturn(DROP);',
      'counter.bytes.add(packet.length);',
    ]);
    const loads = instructions.filter(({ opcode }) => (opcode & CLASS_MASK) === CLASS.ldx);
    expect(loads.every(({ position }) => (position?.column ?? 0) > 1)).toBe(true);
  });

  test('stand the check of every object', () => {
    expect(() => checkObject(bpfObject({ program: ruleList(3), counters }))).not.toThrow();
  });

  test('bring the maps that they use', () => {
    const object = bpfObject({ program: ruleList(1) });
    expect(Object.values(object.maps)).toEqual([counters]);
    const named = bpfObject({
      program: ruleList(1),
      mine: counters,
      unused: lpmTrie('unused', { key: ipv4Prefix, value: u32, maxEntries: 1 }),
      other: 5,
    });
    expect(Object.keys(named.maps)).toEqual(['mine', 'unused']);
    expect(Object.keys(named.programs)).toEqual(['program']);
  });

  test('contain nothing that cannot be reached', () => {
    const object = bpfObject({
      program: xdp('reach', ({ packet }) => {
        packet.ipv4().orReturn(PASS);
        // It is known to be there by now, so that the other side is dead.
        when(packet.ipv4(), () => DROP).otherwise(() => PASS);
        return undefined as never;
      }),
    });
    expect(() => checkObject(object)).not.toThrow();
  });
});

describe.skipIf(skip)('the verifier takes', () => {
  test('two hundred rules that are written out', () => {
    using loaded = world.load(bpfObject({ program: ruleList(200), counters }));
    expect(loaded.programs.program.testRun(FRAME).verdict).toBe(2);
    const dropped = craft(tcp({ destinationPort: 105 }), { minimumLength: 60 });
    dropped.set([10, 100, 3, 4], 26);
    expect(loaded.programs.program.testRun(dropped).verdict).toBe(1);
    expect(loaded.maps.counters.get(100)?.reduce((total, { packets }) => total + packets, 0n)).toBe(1n);
  });

  test('jumps that do not fit 16 bits', () => {
    const numbers = hash('numbers', { key: u32, value: u64, maxEntries: 4 });
    const program = xdp('far', ({ packet }) => {
      const sum = variable(u64, 0);
      // 40 000 instructions to jump over.
      when(packet.length.gt(100), () => {
        for (let i = 0; i < 10_000; i++) sum.set(sum.times(3).plus(i).bitXor(packet.length));
      }).otherwise(() => sum.set(7));
      numbers.update(1, sum);
      return PASS;
    });
    const object = bpfObject({ program, numbers });
    const slots = object.programs.program.instructions.reduce((total, one) => total + slotsOf(one), 0);
    expect(slots).toBeGreaterThan(0x8000);
    using loaded = world.load(object);
    loaded.programs.program.testRun(FRAME);
    expect(loaded.maps.numbers.get(1)).toBe(7n);
    loaded.programs.program.testRun(new Uint8Array(200));
    let expected = 0n;
    for (let i = 0n; i < 10_000n; i++) expected = BigInt.asUintN(64, (expected * 3n + i) ^ 200n);
    expect(loaded.maps.numbers.get(1)).toBe(expected);
    using machine = simulated();
    using same = machine.load(object);
    same.programs.program.testRun(new Uint8Array(200));
    expect(same.maps.numbers.get(1)).toBe(expected);
  });

  test('three subprograms deep, each with its own stack', () => {
    const Large = struct('large', { a: u64, b: u64, c: u64, d: u64, e: u64, f: u64, g: u64, h: u64 });
    const tables = hash('tables', { key: Large, value: u32, maxEntries: 4 });
    const key = (n: number) => ({ a: n, b: n, c: n, d: n, e: n, f: n, g: n, h: n });
    const third = subprogram('third', { args: { n: u32 }, returns: u32 }, ({ n }) => tables.lookup(key(3)).or(n));
    const second = subprogram('second', { args: { n: u32 }, returns: u32 }, ({ n }) =>
      tables.lookup(key(2)).or(third({ n: n.plus(1) })),
    );
    const first = subprogram('first', { args: { n: u32 }, returns: u32 }, ({ n }) =>
      tables.lookup(key(1)).or(second({ n: n.plus(1) })),
    );
    const program = xdp('deep', ({ packet }) =>
      when(first({ n: packet.length }).eq(62), () => DROP).otherwise(() => PASS),
    );
    using loaded = world.load(bpfObject({ program, tables }));
    expect(loaded.programs.program.testRun(FRAME).verdict).toBe(1);
  });
});
