import { assemble, BpfError, type ProgramArray } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { SkBuff, type VmObject, type VmProgram, type XdpFrame } from '../src/index.ts';
import { bytesOf, execute, frameOf, load, machine, main, run } from './machine.ts';

/** The error of a program that is expected to fault. */
function faultOf(action: () => unknown): BpfError {
  try {
    action();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('It did not fault.');
}

const EIGHT = new Uint8Array(8);

describe('every way out of bounds faults', () => {
  const ways: readonly (readonly [string, string, RegExp])[] = [
    ['NULL', 'r1 = 0\nr0 = *(u64 *)(r1 +0)\nexit', /a read of 8 bytes at 0x0, which is NULL/],
    ['a word of NULL', 'r1 = 0\nr0 = *(u32 *)(r1 +0)\nexit', /at 0x0, which is NULL/],
    ['a field of NULL', 'r1 = 0\nr0 = *(u8 *)(r1 +32767)\nexit', /at 0x7fff, which is NULL/],
    ['below NULL', 'r1 = 0\nr0 = *(u64 *)(r1 -8)\nexit', /at 0xfffffffffffffff8/],
    ['above the stack', 'r0 = *(u64 *)(r10 +0)\nexit', /0 bytes past the end of the stack/],
    ['across the top of the stack', 'r0 = *(u64 *)(r10 -7)\nexit', /crosses the end of the stack/],
    ['below the stack', 'r0 = 0\n*(u64 *)(r10 -520) = r0\nexit', /a write of 8 bytes .* 8 bytes before the stack/],
    ['across the bottom of the stack', 'r0 = *(u64 *)(r10 -513)\nexit', /1 bytes before the stack/],
    ['behind the memory', 'r0 = *(u8 *)(r1 +8)\nexit', /0 bytes past the end of the packet/],
    ['across the end of the memory', 'r0 = *(u64 *)(r1 +1)\nexit', /crosses the end of the packet/],
    ['before the memory', 'r0 = *(u8 *)(r1 -1)\nexit', /1 bytes before the packet/],
    ['a number that wraps round in 32 bits', 'r2 = 0x100000000 ll\nr1 += r2\nr0 = *(u8 *)(r1 +0)\nexit', /at 0x1000/],
    ['the last byte of 64 bits', 'r1 = -1\nr0 = *(u64 *)(r1 +0)\nexit', /at 0xffffffffffffffff/],
    ['the last bytes of 32 bits', 'r1 = 0xfffffff8 ll\nr0 = *(u64 *)(r1 +0)\nexit', /at 0xfffffff8/],
    ['across the end of 32 bits', 'r1 = 0xffffffff ll\nr0 = *(u64 *)(r1 +0)\nexit', /at 0xffffffff/],
    ['an atomic', 'r0 = 0\nlock *(u64 *)(r10 +0) += r0\nexit', /a write of 8 bytes/],
  ];
  test.each(ways)('%s', (_, text, message) => {
    expect(faultOf(() => execute(text, EIGHT.slice())).message).toMatch(message);
  });

  test('an address above 2^32 that an offset brings back below is one below 2^32', () => {
    // r1 + 2^32 - 2^32: the sum counts, not its parts.
    expect(execute('r2 = 0x100000000 ll\nr1 += r2\nr1 -= r2\nr0 = *(u8 *)(r1 +0)\nexit', EIGHT.slice())).toBe(0n);
  });

  test('a fault names program, instruction, text, address and region, and changes nothing', () => {
    const object = load('r2 = *(u32 *)(r1 +0)\nr3 = 7\n*(u8 *)(r2 +64) = r3\nr0 = 2\nexit');
    const error = faultOf(() => main(object).testRun(new Uint8Array(64)));
    expect(error.code).toBe('PROGRAM_FAULT');
    expect(error.message).toMatch(
      /^Program main, instruction 2, \*\(u8 \*\)\(r2 \+64\) = r3 .*: a write of 1 byte at 0x/,
    );
    expect(error.message).toMatch(
      /0 bytes past the end of the packet \(0x[0-9a-f]+ to 0x[0-9a-f]+\): write only where/,
    );
    expect(error.place).toMatchObject({ program: 'main', instruction: 2, position: { line: 3 } });
  });
});

describe('the context', () => {
  const rules: readonly (readonly [string, string])[] = [
    ['xdp_md is read-only', 'r0 = 1\n*(u32 *)(r1 +0) = r0\nexit'],
    ['r10 is not the context', 'r0 = *(u32 *)(r10 +0)\nexit'],
    ['xdp_md takes 4-byte reads only', 'r0 = *(u64 *)(r1 +0)\nexit'],
    ['no half of a field of xdp_md', 'r0 = *(u16 *)(r1 +12)\nexit'],
    ['no read between its fields', 'r0 = *(u32 *)(r1 +2)\nexit'],
    ['no read behind its fields', 'r0 = *(u32 *)(r1 +24)\nexit'],
    ['egress_ifindex is for programs of device maps', 'r0 = *(u32 *)(r1 +20)\nexit'],
  ];
  test.each(rules)('%s', (_, text) => {
    expect(faultOf(() => run(text)).code).toBe('PROGRAM_FAULT');
  });

  const tc = (text: string): number => run(`.program main tc\n${text}`);

  test('__sk_buff takes writes to the kernel’s writable fields only', () => {
    expect(tc('r0 = 7\n*(u32 *)(r1 +8) = r0\nr0 = *(u32 *)(r1 +8)\nexit')).toBe(7);
    expect(tc('r0 = 7\n*(u8 *)(r1 +52) = r0\nr0 = *(u32 *)(r1 +52)\nexit')).toBe(7);
    expect(faultOf(() => tc('r0 = 7\n*(u32 *)(r1 +0) = r0\nexit')).message).toMatch(/byte 0 of the context/);
    expect(faultOf(() => tc('r0 = 7\n*(u8 *)(r1 +8) = r0\nexit')).message).toMatch(/byte 8 of the context/);
  });

  test('parts of its fields may be read, but not of its pointers', () => {
    expect(tc('r0 = *(u8 *)(r1 +0)\nexit')).toBe(64);
    expect(faultOf(() => tc('r0 = *(u8 *)(r1 +76)\nexit')).code).toBe('PROGRAM_FAULT');
    expect(faultOf(() => tc('r0 = *(u32 *)(r1 +152)\nexit')).code).toBe('PROGRAM_FAULT');
    expect(faultOf(() => tc('r0 = *(u32 *)(r1 +88)\nexit')).code).toBe('PROGRAM_FAULT');
  });

  test('tc_index has 16 bits, and a queue_mapping of 65535 is not stored (Linux 6.18)', () => {
    expect(tc('r0 = 70000\n*(u32 *)(r1 +44) = r0\nr0 = *(u32 *)(r1 +44)\nexit')).toBe(70_000 - 65_536);
    expect(tc('r0 = 65535\n*(u32 *)(r1 +12) = r0\nr0 = *(u32 *)(r1 +12)\nexit')).toBe(0);
    expect(tc('r0 = 3\n*(u32 *)(r1 +12) = r0\nr0 = *(u32 *)(r1 +12)\nexit')).toBe(3);
  });

  test('the bounds of the packet are the machine’s: a copy of the context does not widen them', () => {
    expect(faultOf(() => run('r2 = *(u32 *)(r1 +4)\nr0 = *(u8 *)(r2 +0)\nexit')).message).toMatch(/end of the packet/);
  });
});

describe('map values', () => {
  const maps = '.map a array value 12 entries 3\n.map ro array value 8 entries 1 flags 0x80 frozen\n';
  const lookup = `${maps}r1 = 0\n*(u32 *)(r10 -4) = r1\nr1 = map[a]\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto +1\n`;

  test('an access stays within one element: values have a stride of 16 here, but 12 bytes', () => {
    expect(run(`${lookup}r0 = *(u32 *)(r0 +8)\nexit`)).toBe(0);
    expect(faultOf(() => run(`${lookup}r0 = *(u32 *)(r0 +12)\nexit`)).message).toMatch(/of map a .* not allowed/);
    expect(faultOf(() => run(`${lookup}r0 = *(u64 *)(r0 +8)\nexit`)).code).toBe('PROGRAM_FAULT');
    expect(faultOf(() => run(`${lookup}r0 = *(u32 *)(r0 -4)\nexit`)).code).toBe('PROGRAM_FAULT');
    // The next element is another one, even if it is in reach.
    expect(run(`${lookup}r0 = *(u32 *)(r0 +16)\nexit`)).toBe(0);
  });

  test('a map for programs to read cannot be written by them', () => {
    expect(run(`${maps}r1 = map[ro][0]+0\nr0 = *(u64 *)(r1 +0)\nexit`)).toBe(0);
    expect(faultOf(() => run(`${maps}r0 = 0\nr1 = map[ro][0]+0\n*(u64 *)(r1 +0) = r0\nexit`)).code).toBe(
      'PROGRAM_FAULT',
    );
  });

  test('a map is no memory', () => {
    expect(faultOf(() => run(`${maps}r1 = map[a]\nr0 = *(u8 *)(r1 +0)\nexit`)).code).toBe('PROGRAM_FAULT');
  });

  test('a lookup that was not checked faults as NULL', () => {
    const missing = `${maps}r1 = 9\n*(u32 *)(r10 -4) = r1\nr1 = map[a]\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nr0 = *(u32 *)(r0 +4)\nexit`;
    expect(faultOf(() => run(missing)).message).toMatch(/at 0x4, which is NULL .*: check the result of a lookup/);
  });
});

describe('arguments of helpers', () => {
  const maps = '.map a array value 8 entries 1\n.map r ringbuf value 8 entries 4096\n';
  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['a key outside of memory', 'r1 = map[a]\nr2 = 16\ncall map_lookup_elem', /a read of 4 bytes at 0x10/],
    ['a number as a map', 'r1 = 70000\nr2 = r10\nr2 += -4\ncall map_lookup_elem', /no map/],
    ['an address between descriptors', 'r1 = map[a]\nr1 += 4\nr2 = r10\nr2 += -4\ncall map_lookup_elem', /no map/],
    [
      'a value that leaves the stack',
      'r1 = map[a]\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -4\nr4 = 0\ncall map_update_elem',
      /crosses the end of the stack/,
    ],
    [
      'a negative size',
      'r1 = map[r]\nr2 = r10\nr2 += -8\nr3 = -1\nr4 = 0\ncall ringbuf_output',
      /a read of more than 4 GiB/,
    ],
    ['another context', 'r1 = r10\nr2 = 0\ncall xdp_adjust_head', /not the context/],
    ['no record', 'r1 = r10\nr2 = 0\ncall ringbuf_submit', /no reserved record/],
    ['no function', 'r1 = 1\nr2 = 5\nr3 = 0\nr4 = 0\ncall loop', /no function/],
    ['a map of another type', 'r1 = map[a]\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall ringbuf_output', /no ring buffer/],
  ];
  test.each(bad)('%s', (_, text, message) => {
    expect(faultOf(() => run(`${maps}r6 = 0\n*(u64 *)(r10 -8) = r6\n${text}\nr0 = 0\nexit`)).message).toMatch(message);
  });

  test('a record is open until it is submitted', () => {
    const reserve = `${maps}r1 = map[r]\nr2 = 16\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto +9\nr6 = r0\n`;
    const submit = 'r1 = r6\nr2 = 0\ncall ringbuf_submit\n';
    const write = 'r7 = 5\n*(u64 *)(r6 +8) = r7\n';
    expect(run(`${reserve}${write}${submit}r0 = 0\nexit\nr0 = 1\nr0 = 1\nr0 = 1\nexit`)).toBe(0);
    expect(faultOf(() => run(`${reserve}${submit}${write}r0 = 0\nexit\nr0 = 1\nr0 = 1\nr0 = 1\nexit`)).code).toBe(
      'PROGRAM_FAULT',
    );
    const past = 'r7 = 5\n*(u64 *)(r6 +12) = r7\n';
    expect(faultOf(() => run(`${reserve}${past}${submit}r0 = 0\nexit\nr0 = 1\nr0 = 1\nr0 = 1\nexit`)).code).toBe(
      'PROGRAM_FAULT',
    );
  });
});

test('a program works on the frame in place, between the ends that it has now', () => {
  const object = load('r2 = *(u32 *)(r1 +0)\nr0 = 0xab\n*(u8 *)(r2 +0) = r0\nr0 = 2\nexit');
  const vm = machine();
  const program = main(vm.load(object.object));
  const frame = frameOf(vm, new Uint8Array(60));
  expect(program.runXdp(frame, 1)).toBe(2);
  expect(bytesOf(vm, frame)[0]).toBe(0xab);
  frame.dataEnd = frame.data;
  expect(() => program.runXdp(frame, 0)).toThrow(/past the end|nothing is|before/);
});

describe('programs of different types stay apart', () => {
  const text =
    '.map t prog_array key 4 value 4 entries 4294967295\n.program main tc\nr2 = map[t]\nr3 = 0\ncall tail_call\nr0 = 0\nexit\n' +
    '.program x xdp\nr2 = 4\ncall xdp_adjust_head\nr0 = 7\nexit\n.program y tc\nr0 = 7\nexit';
  const setter = (object: VmObject): ProgramArray => object.maps.t as unknown as ProgramArray;
  const programOf = (object: VmObject, name: string): VmProgram => object.programs[name] as VmProgram;

  test('a program array takes those of the program that uses it', () => {
    const object = load(text);
    expect(() => setter(object).set(0, programOf(object, 'x'))).toThrow(/for programs of type sched_cls, and x is xdp/);
    setter(object).set(0, programOf(object, 'y'));
    expect(programOf(object, 'main').testRun(new Uint8Array(64)).verdict).toBe(7);
    expect(setter(object).delete(0)).toBe(true);
    expect(setter(object).delete(0)).toBe(false);
    expect(programOf(object, 'main').testRun(new Uint8Array(64)).verdict).toBe(0);
  });

  test('programs of two types cannot use one program array', () => {
    const both = text.replace('.program x xdp\n', '.program x xdp\nr6 = map[t]\n');
    expect(() => load(both)).toThrow(/for programs of type sched_cls/);
  });

  test('a program array takes programs of its own machine only', () => {
    expect(() => setter(load(text)).set(0, programOf(load(text), 'y'))).toThrow(/into the same machine/);
  });

  test('an index far away costs nothing', () => {
    const object = load(text);
    setter(object).set(4_294_967_294, programOf(object, 'y'));
    setter(object).set(0, programOf(object, 'y'));
    expect(programOf(object, 'main').testRun(new Uint8Array(64)).verdict).toBe(7);
  });

  test('a program runs on packets of its own type only', () => {
    const vm = machine();
    const { programs } = vm.load(assemble(text));
    expect(() => programs.main?.runXdp(frameOf(vm, new Uint8Array(60)), 0)).toThrow(
      /of type sched_cls: run it with runTc/,
    );
    expect(() => programs.x?.runTc(new SkBuff(), 0)).toThrow(/of type xdp: run it with runXdp/);
  });
});

// Linux 6.18: "BPF_ATOMIC stores into R2 pkt is not allowed", "... R1 ctx is not allowed".
test.each([
  ['the packet', 'r2 = *(u32 *)(r1 +76)\nr3 = 1\nlock *(u64 *)(r2 +0) += r3', /in the packet/],
  ['the packet, read', 'r2 = *(u32 *)(r1 +76)\nr3 = load_acquire((u32 *)(r2 +0))', /in the packet/],
  ['the context', 'r3 = 1\nlock *(u32 *)(r1 +8) += r3', /in the context/],
])('no atomics in %s', (_, text, message) => {
  expect(() => run(`.program main tc\n${text}\nr0 = 0\nexit`)).toThrow(message);
});

test.each([
  ['an end before its start', (frame: XdpFrame) => Object.assign(frame, { dataEnd: frame.data - 100 })],
  ['no number as its end', (frame: XdpFrame) => Object.assign(frame, { dataEnd: Number.NaN })],
  ['the last bytes of memory', (frame: XdpFrame) => Object.assign(frame, { dataEnd: 2 ** 32 })],
])('a frame with %s opens nothing', (_, change) => {
  const vm = machine();
  const program = main(vm.load(assemble('r2 = 100000\nr0 = *(u8 *)(r2 +0)\nexit')));
  const frame = change(frameOf(vm, new Uint8Array(60)));
  expect(faultOf(() => program.runXdp(frame, 0)).message).toMatch(/no packet can lie at/);
});

test('the key of a visit is closed after a fault in the callback', () => {
  const vm = machine();
  const object = vm.load(
    assemble(
      `.map keep array value 8 entries 1
       .map h hash key 4 value 8 entries 4
       .program main xdp
       r6 = r1
       r7 = map[keep][0]+0
       r1 = *(u64 *)(r7 +0)
       if r1 != 0 goto second
       r1 = map[h]
       r2 = subprog[body]
       r3 = r7
       r4 = 0
       call for_each_map_elem
       r0 = 0
       exit
       second:
       r0 = *(u32 *)(r1 +0)
       exit
       body:
       *(u64 *)(r4 +0) = r2
       r0 = *(u64 *)(r2 +0)
       exit`,
    ),
  );
  object.rawMap('h')?.update(new Uint8Array(4), new Uint8Array(8), 0);
  expect(faultOf(() => main(object).testRun(new Uint8Array(64))).place.instruction).toBe(17);
  expect(faultOf(() => main(object).testRun(new Uint8Array(64))).place.instruction).toBe(14);
});
