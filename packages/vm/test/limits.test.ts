import { assemble, BpfError } from '@hookline/bpf';
import { LinearMemory } from '@hookline/machine';
import { expect, test } from 'vitest';
import { Vm } from '../src/index.ts';
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
  expect(codeOf(() => execute('r0 = 0\nr0 += 1\ngoto -2\nexit'))).toMatch(/^PROGRAM_BUDGET [12]$/);
  expect(() => execute('r0 = 0\ngoto -1\nexit')).toThrow(/more than 1000000 instructions in one run: bound the loop/);
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
