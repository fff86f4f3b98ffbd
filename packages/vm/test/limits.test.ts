import { assemble, BpfError, type ProgramArray } from '@hookline/bpf';
import { LinearMemory } from '@hookline/machine';
import { describe, expect, test } from 'vitest';
import { Vm, type VmProgram } from '../src/index.ts';
import { execute, frameOf, machine, main, run } from './machine.ts';

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof BpfError) return `${error.code} ${error.place.instruction}`;
    throw error;
  }
  return 'no error';
}

test('an endless loop ends with the budget, and the error names an instruction of it', () => {
  const few = { instructionBudget: 1000 };
  expect(codeOf(() => execute('r0 = 0\nr0 += 1\ngoto -2\nexit', undefined, few))).toMatch(/^PROGRAM_BUDGET [12]$/);
  expect(() => execute('r0 = 0\ngoto -1\nexit', undefined, few)).toThrow(
    /more than 1000 instructions in one run: bound the loop/,
  );
});

test('the budget counts instructions exactly', () => {
  expect(execute('r0 = 1\nr0 = 2\nexit', undefined, { instructionBudget: 3 })).toBe(2n);
  expect(codeOf(() => execute('r0 = 1\nr0 = 2\nexit', undefined, { instructionBudget: 2 }))).toBe('PROGRAM_BUDGET 2');
});

test('instructions of callbacks count', () => {
  const loop = 'r1 = 100000\nr2 = subprog[body]\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0\nexit\nbody:\nr0 = 0\nexit';
  expect(run(loop)).toBe(0);
  expect(codeOf(() => run(loop, { instructionBudget: 1000 }))).toMatch(/^PROGRAM_BUDGET/);
});

test('a machine can go on after a fault', () => {
  const vm = machine({ instructionBudget: 100 });
  const { programs } = vm.load(assemble('.program bad xdp\nr0 = 0\ngoto -1\nexit\n.program good xdp\nr0 = 5\nexit'));
  const frame = frameOf(vm, new Uint8Array(60));
  expect(() => programs.bad?.runXdp(frame, 0)).toThrow(/PROGRAM|budget/);
  expect(programs.good?.runXdp(frame, 0)).toBe(5);
});

test('recursion through callbacks ends at eight frames', () => {
  // The callback calls bpf_loop on itself.
  const text = 'call body\nr0 = 0\nexit\nbody:\nr1 = 1\nr2 = subprog[body]\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0\nexit';
  expect(() => run(text)).toThrow(/more than 8 functions/);
});

test('33 tail calls run, the 34th falls through', () => {
  const vm = machine();
  const object = vm.load(
    assemble(
      '.map chain prog_array key 4 value 4 entries 1\n.map count array key 4 value 8 entries 1\n' +
        'r6 = map[count][0]+0\nr7 = 1\nlock *(u64 *)(r6 +0) += r7\nr2 = map[chain]\nr3 = 0\ncall tail_call\n' +
        'r6 = map[count][0]+0\nr0 = *(u64 *)(r6 +0)\nexit',
    ),
  );
  const program = main(object);
  const { chain } = object.maps;
  if (chain === undefined || !('set' in chain)) throw new Error('no chain');
  (chain.set as (index: number, value: unknown) => void)(0, program);
  // Linux 6.18 answers 34 for the same program.
  expect(program.testRun(new Uint8Array(64)).verdict).toBe(34);
});

test('a map with 33 million entries loads and costs what is used of it', () => {
  const vm = new Vm({ memory: new LinearMemory(), cpus: 2, clock: { now: 0 }, random: { u32: () => 0 } });
  const before = process.memoryUsage().rss;
  const object = vm.load(
    assemble(
      '.map big lru_hash key 4 value u64 entries 33000000\n.map also hash key 8 value u64 entries 33000000\nr0 = 2\nexit',
    ),
  );
  expect(main(object).testRun(new Uint8Array(64)).verdict).toBe(2);
  expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
});

test('what does not fit the address space fails at load, with the sizes', () => {
  const text = '.map big array key 4 value 4096 entries 100000\nr0 = 2\nexit';
  expect(() => machine().load(assemble(text))).toThrow(/map big needs 409600000 bytes, but only \d+ .* are left/);
});

test('a machine needs a CPU and a budget', () => {
  expect(() => machine({ cpus: 0 })).toThrow(RangeError);
  expect(() => machine({ instructionBudget: 0 })).toThrow(RangeError);
  expect(() =>
    main(machine().load(assemble('r0 = 0\nexit'))).runXdp(frameOf(machine(), new Uint8Array(60)), 7),
  ).toThrow(/no CPU 7/);
});

describe('no loop lasts', () => {
  /** Everything ends, after no more than some seconds even with the default budget, and after nothing with this one. */
  const instructionBudget = 20_000;
  const maps =
    '.map t prog_array entries 1\n.map h hash key 4 value 8 entries 1000000\n.map b array value 1000000 entries 2\n';
  const forever = 'r1 = 8388608\nr2 = subprog[body]\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0\nexit\n';
  test.each([
    ['rounds of bpf_loop', `${forever}body:\nr0 = 0\nexit`],
    [
      'bpf_loop in bpf_loop',
      `${forever}body:\nr1 = 8388608\nr2 = subprog[inner]\nr3 = 0\nr4 = 0\ncall loop\nr0 = 0\nexit\ninner:\nr0 = 0\nexit`,
    ],
    ['a loop in a callback', `${forever}body:\nr0 = 0\ngoto -1\nexit`],
    [
      'tail calls in callbacks',
      `r6 = r1\nr1 = 8388608\nr2 = subprog[body]\nr3 = r6\nr4 = 0\ncall loop\nr0 = 0\nexit\nbody:\nr1 = r2\nr2 = map[t]\nr3 = 0\ncall tail_call\nr0 = 0\nexit`,
    ],
    [
      'visits of an empty map',
      `again:\nr1 = map[h]\nr2 = subprog[body]\nr3 = 0\nr4 = 0\ncall for_each_map_elem\ngoto again\nr0 = 0\nexit\nbody:\nr0 = 0\nexit`,
    ],
    [
      'sums of a large value',
      `r1 = 0\nr2 = 0\nr3 = map[one][0]+0\nr4 = 4000000\nr5 = 0\ncall csum_diff\ngoto -8\nr0 = 0\nexit`,
    ],
    [
      'copies of a large value',
      `*(u32 *)(r10 -4) = 1\nr1 = map[b]\nr2 = r10\nr2 += -4\nr3 = map[one][0]+0\nr4 = 0\ncall map_update_elem\ngoto -9\nr0 = 0\nexit`,
    ],
    ['jumps', 'goto +0\ngoto -2\nr0 = 0\nexit'],
    ['calls', 'call sub\ngoto -2\nr0 = 0\nexit\nsub:\nr0 = 0\nexit'],
  ])('%s', (_, text) => {
    const vm = machine({ instructionBudget });
    const object = vm.load(
      assemble(
        `${maps}.map one array value 4000000 entries 1\n.program main xdp\n${text}\n.program next xdp\nr0 = 0\nexit`,
      ),
    );
    const programs = object.maps.t as unknown as ProgramArray;
    programs.set(0, object.programs.next as VmProgram);
    const before = performance.now();
    expect(codeOf(() => main(object).testRun(new Uint8Array(64)))).toMatch(/^PROGRAM_BUDGET/);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  test('the rounds that the kernel allows are within the budget', () => {
    expect(run(`${forever.replace('r0 = 0\nexit', 'exit')}body:\nr0 = 0\nexit`)).toBe(8_388_608);
  });
});

describe('records', () => {
  const ring = '.map r ringbuf value 8 entries 65536\n';
  const reserve = 'r1 = map[r]\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\n';

  // The verifier: "Unreleased reference".
  test('a program that ends without submitting its record faults, and the ring goes on', () => {
    const vm = machine();
    const object = vm.load(
      assemble(
        `${ring}.program leaks xdp\n${reserve}r0 = 0\nexit\n.program faults xdp\n${reserve}r0 = *(u8 *)(r0 -9)\nexit\n.program good xdp\nr1 = map[r]\nr2 = r10\nr2 += -8\n*(u64 *)(r2 +0) = 7\nr3 = 8\nr4 = 0\ncall ringbuf_output\nexit`,
      ),
    );
    const { leaks, faults, good } = object.programs;
    const frame = new Uint8Array(64);
    expect(() => leaks?.testRun(frame)).toThrow(/ends with 1 reserved records: submit or discard/);
    expect(() => faults?.testRun(frame)).toThrow(/PROGRAM|a read of 1 byte/);
    expect(good?.testRun(frame).verdict).toBe(0);
    expect(object.rawMap('r')?.drain()).toEqual([Uint8Array.of(7, 0, 0, 0, 0, 0, 0, 0)]);
  });

  test('no more are reserved at once than a program could remember', () => {
    expect(() => run(`${ring}${reserve}goto -6\nr0 = 0\nexit`)).toThrow(/more than 128 records would be reserved/);
  });
});
