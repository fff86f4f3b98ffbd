import { assemble, HELPERS, MAP_TYPES, type ProgramType } from '@hookline/bpf';
import { describe, expect, test } from 'vitest';
import { HELPER_FUNCTIONS } from '../src/helpers/registry.ts';
import type { VmObject, VmOptions } from '../src/index.ts';
import { bytesOf, frameOf, load, machine, main, run, words } from './machine.ts';

/** Numbers are those of Linux 6.18 for the same programs, unless another source is named. */

const FRAME = Uint8Array.from({ length: 60 }, (_, i) => i);

function events(object: VmObject, name: string): Uint8Array[] {
  return object.rawMap(name)?.drain() ?? [];
}

describe('maps', () => {
  const key = 'r1 = 1\n*(u32 *)(r10 -4) = r1\nr2 = r10\nr2 += -4\n';
  const value = 'r3 = 77\n*(u64 *)(r10 -16) = r3\nr3 = r10\nr3 += -16\n';

  test('update, lookup, delete', () => {
    const map = '.map h hash key 4 value 8 entries 1\n';
    const update = `${key}${value}r1 = map[h]\nr4 = 0\ncall map_update_elem\n`;
    const lookup = `${key}r1 = map[h]\ncall map_lookup_elem\nif r0 == 0 goto +1\nr0 = *(u64 *)(r0 +0)\n`;
    const remove = `${key}r1 = map[h]\ncall map_delete_elem\n`;
    expect(run(`${map}${update}exit`)).toBe(0);
    expect(run(`${map}${lookup}exit`)).toBe(0);
    expect(run(`${map}${update}${lookup}exit`)).toBe(77);
    expect(run(`${map}${remove}exit`)).toBe(-2);
    expect(run(`${map}${update}${remove}exit`)).toBe(0);
    expect(run(`${map}${key}${value}r1 = map[h]\nr4 = 2\ncall map_update_elem\nexit`)).toBe(-2);
    expect(run(`${map}${key}${value}r1 = map[h]\nr4 = 3\ncall map_update_elem\nexit`)).toBe(-22);
    expect(run(`${map}${key}${value}r1 = map[h]\nr4 = 0x100000000 ll\ncall map_update_elem\nexit`)).toBe(-22);
  });

  test('a pointer from before an update goes on showing the old value, as in the kernel', () => {
    const map = '.map h hash key 4 value 8 entries 2\n';
    const update = (number: number): string =>
      `${key}r3 = ${number}\n*(u64 *)(r10 -16) = r3\nr3 = r10\nr3 += -16\nr1 = map[h]\nr4 = 0\ncall map_update_elem\n`;
    const lookup = `${key}r1 = map[h]\ncall map_lookup_elem\nif r0 == 0 goto exit\n`;
    const text = `${map}${update(5)}${lookup}r6 = r0\n${update(9)}r0 = *(u64 *)(r6 +0)\nexit:\nexit`;
    expect(run(text)).toBe(5);
  });

  test('push, peek, pop', () => {
    const map = '.map q queue value 8 entries 2\n';
    const push = (number: number): string =>
      `r1 = ${number}\n*(u64 *)(r10 -8) = r1\nr1 = map[q]\nr2 = r10\nr2 += -8\nr3 = 0\ncall map_push_elem\n`;
    const take = (helper: string): string => `r1 = map[q]\nr2 = r10\nr2 += -8\ncall ${helper}\n`;
    expect(run(`${map}${push(4)}${push(5)}${push(6)}exit`)).toBe(-7);
    expect(
      run(`${map}${push(4)}${push(5)}${take('map_pop_elem')}${take('map_peek_elem')}r0 = *(u64 *)(r10 -8)\nexit`),
    ).toBe(5);
    expect(run(`${map}r1 = -1\n*(u64 *)(r10 -8) = r1\n${take('map_pop_elem')}r0 = *(u64 *)(r10 -8)\nexit`)).toBe(0);
    expect(run(`${map}r1 = -1\n*(u64 *)(r10 -8) = r1\n${take('map_peek_elem')}exit`)).toBe(-2);
  });

  test('a program sees its own CPU’s value', () => {
    const vm = machine();
    const text =
      '.map c percpu_array key 4 value 8 entries 1\nr1 = 0\n*(u32 *)(r10 -4) = r1\nr1 = map[c]\nr2 = r10\nr2 += -4\ncall map_lookup_elem\nif r0 == 0 goto out\nr1 = *(u64 *)(r0 +0)\nr1 += 1\n*(u64 *)(r0 +0) = r1\nout:\nr0 = 2\nexit';
    const object = vm.load(assemble(text));
    const frame = frameOf(vm, FRAME);
    main(object).runXdp(frame, 1);
    main(object).runXdp(frame, 1);
    main(object).runXdp(frame, 0);
    expect(object.rawMap('c')?.lookup(words(0))).toEqual(words(1, 0, 2, 0));
  });

  test('another CPU’s value', () => {
    const text = (cpu: number): string =>
      `.map c percpu_array key 4 value 8 entries 1\n${key.replace('r1 = 1', 'r1 = 0')}r1 = map[c]\nr3 = ${cpu}\ncall map_lookup_percpu_elem\nif r0 != 0 goto +1\nexit\nr0 = 1\nexit`;
    expect(run(text(1))).toBe(1);
    expect(run(text(2))).toBe(0);
  });
});

describe('the machine', () => {
  test('time, random numbers and the CPU come from the simulation', () => {
    const options: Partial<VmOptions> = { clock: { now: 5e9 + 0.7 }, random: { u32: () => 0xffff_fff0 } };
    const halves = 'r6 = r0\nr6 >>= 32\nw0 = w0\n';
    expect(run('call ktime_get_ns\nexit', options) >>> 0).toBe(5e9 % 2 ** 32);
    expect(run(`call ktime_get_boot_ns\n${halves}r0 = r6\nexit`, options)).toBe(1);
    expect(run('call get_prandom_u32\nexit', options)).toBe(-16);
    const vm = machine();
    expect(main(vm.load(assemble('call get_smp_processor_id\nexit'))).runXdp(frameOf(vm, FRAME), 1)).toBe(1);
  });

  test.each([
    ['a %d %u', '-3', 'a -3 4294967293'],
    ['%x|%llx', '255', 'ff|ff'],
    ['%5d|%-5d|', '7', '    7|7    |'],
    ['%08lx', '4660', '00001234'],
    ['%%%c', '65', '%A'],
  ])('trace_printk of %j with %s gives %j and its length', (format, value, expected) => {
    const lines: string[] = [];
    const bytes = Buffer.alloc(16);
    bytes.write(format);
    const half = (at: number): string => `0x${bytes.readBigUInt64LE(at).toString(16)} ll`;
    const text = `r1 = ${half(0)}\n*(u64 *)(r10 -16) = r1\nr1 = ${half(8)}\n*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -16\nr2 = ${format.length + 1}\nr3 = ${value}\nr4 = ${value}\nr5 = 0\ncall trace_printk\nexit`;
    expect(run(text, { trace: (line) => lines.push(line) })).toBe(expected.length);
    expect(lines).toEqual([expected]);
  });

  // What Linux 6.18 answers for each; it keeps 1023 characters of a line.
  test.each([
    ['%2000d', 2000, ' '.repeat(1023)],
    ['%-2000d|', 2001, `5${' '.repeat(1022)}`],
    ['%9999999d', 8_388_607, ' '.repeat(1023)],
    ['%12345678901d', 1, '5'],
    ['%00012d', 12, '000000000005'],
  ])('trace_printk of %j has length %i', (format, length, line) => {
    const lines: string[] = [];
    const bytes = Buffer.alloc(16);
    bytes.write(format);
    const half = (at: number): string => `0x${bytes.readBigUInt64LE(at).toString(16)} ll`;
    const text = `r1 = ${half(0)}\n*(u64 *)(r10 -16) = r1\nr1 = ${half(8)}\n*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -16\nr2 = 16\nr3 = 5\ncall trace_printk\nexit`;
    expect(run(text, { trace: (given) => lines.push(given) })).toBe(length);
    expect(lines).toEqual([line]);
  });

  test('a format as long as a map value is one line', () => {
    const object = load(
      '.map big array value 400000 entries 1\nr1 = map[big][0]+0\nr2 = 400000\ncall trace_printk\nexit',
    );
    object.rawMap('big')?.update(new Uint8Array(4), new Uint8Array(400_000).fill(65, 0, -1), 0);
    expect(main(object).testRun(new Uint8Array(64)).verdict).toBe(399_999);
  });

  test('a format that the kernel refuses', () => {
    const text =
      'r1 = 0x7125\n*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\nr4 = 0\nr5 = 0\ncall trace_printk\nexit';
    expect(run(text)).toBe(-22);
  });
});

describe('checksums', () => {
  const data = 'r1 = 0x0123456789abcdef ll\n*(u64 *)(r10 -8) = r1\n';
  const added = (size: number): string =>
    `${data}r1 = 0\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = ${size}\nr5 = 0\ncall csum_diff\nexit`;

  test('csum_diff folds to 16 bits and takes any size since 6.13', () => {
    // 0xcdef + 0x89ab = 0x1579a, folded 0x579b (RFC 1071).
    expect(run(added(4))).toBe(0x579b);
    expect(run(added(3))).toBe(((0xcdef + 0xab) & 0xffff) + ((0xcdef + 0xab) >> 16));
  });

  test('up to 6.12 it gives 32 bits and wants multiples of 4', () => {
    expect(run(added(4), { kernel: '6.12' }) >>> 0).toBe(0x89ab_cdef);
    expect(run(added(3), { kernel: '6.12' })).toBe(-22);
  });

  test('what is taken away and put back leaves nothing: minus zero', () => {
    const text = `${data}r1 = r10\nr1 += -8\nr2 = 8\nr3 = r1\nr4 = 8\nr5 = 0\ncall csum_diff\nexit`;
    expect(run(text)).toBe(0xffff);
  });
});

describe('redirects', () => {
  const target = (text: string, setup: (object: VmObject) => void = () => {}) => {
    const vm = machine();
    const object = vm.load(assemble(text));
    setup(object);
    const verdict = main(object).runXdp(frameOf(vm, FRAME), 0);
    return { verdict, ...vm.redirect(0) };
  };

  test('to an interface', () => {
    expect(target('r1 = 7\nr2 = 0\ncall redirect\nexit')).toMatchObject({ verdict: 4, kind: 'ifindex', ifindex: 7 });
    expect(target('r1 = 7\nr2 = 1\ncall redirect\nexit')).toMatchObject({ verdict: 0, kind: 'none' });
  });

  test('through a map; without an entry the flags are the verdict', () => {
    const text = (key: number, flags: number): string =>
      `.map d devmap key 4 value 4 entries 4\nr1 = map[d]\nr2 = ${key}\nr3 = ${flags}\ncall redirect_map\nexit`;
    const setup = (object: VmObject): void => object.rawMap('d')?.update(words(1), words(9), 0);
    expect(target(text(1, 0), setup)).toMatchObject({ verdict: 4, kind: 'map', key: 1, ifindex: 9, flags: 0 });
    expect(target(text(2, 2), setup)).toMatchObject({ verdict: 2, kind: 'none' });
    expect(target(text(2, 32), setup)).toMatchObject({ verdict: 0, kind: 'none' });
    expect(target(text(2, 8), setup)).toMatchObject({ verdict: 4, kind: 'map', flags: 8 });
  });

  test('of TC', () => {
    expect(run('.program main tc\nr1 = 7\nr2 = 1\ncall redirect\nexit')).toBe(7);
    expect(run('.program main tc\nr1 = 7\nr2 = 2\ncall redirect\nexit')).toBe(2);
  });

  test('a run without a redirect forgets the one before', () => {
    const vm = machine();
    const { programs } = vm.load(
      assemble('.program go xdp\nr1 = 7\nr2 = 0\ncall redirect\nexit\n.program stay xdp\nr0 = 2\nexit'),
    );
    const frame = frameOf(vm, FRAME);
    programs.go?.runXdp(frame, 0);
    programs.stay?.runXdp(frame, 0);
    expect(vm.redirect(0).kind).toBe('none');
    expect(() => vm.redirect(2)).toThrow(/no CPU 2/);
  });
});

describe('XDP', () => {
  const moving = (helper: string, delta: number) => {
    const object = load(`r2 = ${delta}\ncall ${helper}\nexit`);
    const { verdict, frame } = main(object).testRun(FRAME);
    return [verdict | 0, frame.length];
  };

  test('adjust_head keeps 40 bytes in front and 14 of the frame', () => {
    expect(moving('xdp_adjust_head', -216)).toEqual([0, 276]);
    expect(moving('xdp_adjust_head', -217)).toEqual([-22, 60]);
    expect(moving('xdp_adjust_head', 46)).toEqual([0, 14]);
    expect(moving('xdp_adjust_head', 47)).toEqual([-22, 60]);
  });

  test('adjust_tail grows with zeros, up to 3520 bytes', () => {
    expect(moving('xdp_adjust_tail', 3460)).toEqual([0, 3520]);
    expect(moving('xdp_adjust_tail', 3461)).toEqual([-22, 60]);
    expect(moving('xdp_adjust_tail', -46)).toEqual([0, 14]);
    expect(moving('xdp_adjust_tail', -47)).toEqual([-22, 60]);
  });

  test('adjust_meta takes multiples of 4', () => {
    expect(moving('xdp_adjust_meta', -216)).toEqual([0, 60]);
    expect(moving('xdp_adjust_meta', -3)).toEqual([-13, 60]);
    expect(moving('xdp_adjust_meta', -220)).toEqual([-22, 60]);
    expect(moving('xdp_adjust_meta', 4)).toEqual([-22, 60]);
  });

  test('metadata moves along with the head', () => {
    const text =
      'r6 = r1\nr2 = -4\ncall xdp_adjust_meta\nr2 = *(u32 *)(r6 +8)\nr3 = 0x55\n*(u32 *)(r2 +0) = r3\nr1 = r6\nr2 = -8\ncall xdp_adjust_head\nr2 = *(u32 *)(r6 +8)\nr0 = *(u32 *)(r2 +0)\nexit';
    const result = main(load(text)).testRun(FRAME);
    expect([result.verdict, result.frame.length, result.context.data]).toEqual([0x55, 68, 4]);
  });

  test('context and bounds follow at once', () => {
    const text = 'r6 = r1\nr2 = 14\ncall xdp_adjust_head\nr2 = *(u32 *)(r6 +0)\nr0 = *(u8 *)(r2 +0)\nexit';
    expect(main(load(text)).testRun(FRAME).verdict).toBe(14);
    expect(() =>
      main(load('r6 = *(u32 *)(r1 +0)\nr2 = 14\ncall xdp_adjust_head\nr0 = *(u8 *)(r6 +0)\nexit')).testRun(FRAME),
    ).toThrow(/14 bytes before the packet/);
  });

  test('load and store', () => {
    const load4 = (offset: number): string =>
      `r6 = -1\n*(u64 *)(r10 -8) = r6\nr2 = ${offset}\nr3 = r10\nr3 += -8\nr4 = 4\ncall xdp_load_bytes\n`;
    const over = (text: string): number => main(load(text)).testRun(FRAME).verdict | 0;
    expect(over(`${load4(10)}r0 = *(u32 *)(r10 -8)\nexit`)).toBe(0x0d0c_0b0a);
    expect(over(`${load4(57)}exit`)).toBe(-22);
    expect(over(`${load4(65_536)}exit`)).toBe(-14);
    // On failure the destination stays as it is.
    expect(over(`${load4(57)}r0 = *(u32 *)(r10 -8)\nexit`)).toBe(-1);
    const stored = main(
      load('r3 = 0xabcd\n*(u64 *)(r10 -8) = r3\nr2 = 58\nr3 = r10\nr3 += -8\nr4 = 2\ncall xdp_store_bytes\nexit'),
    ).testRun(FRAME);
    expect([...stored.frame.subarray(57)]).toEqual([57, 0xcd, 0xab]);
    expect(over('call xdp_get_buff_len\nexit')).toBe(60);
  });
});

describe('socket buffers', () => {
  const tc = (text: string) => main(load(`.program main tc\n${text}`)).testRun(FRAME);

  test('skb_load_bytes zeroes the destination where it fails', () => {
    const read = (offset: number): string =>
      `r6 = -1\n*(u64 *)(r10 -8) = r6\nr2 = ${offset}\nr3 = r10\nr3 += -8\nr4 = 4\ncall skb_load_bytes\n`;
    expect(tc(`${read(10)}r0 = *(u32 *)(r10 -8)\nexit`).verdict).toBe(0x0d0c_0b0a);
    expect(tc(`${read(57)}exit`).verdict | 0).toBe(-14);
    expect(tc(`${read(57)}r0 = *(u32 *)(r10 -8)\nexit`).verdict).toBe(0);
  });

  test('skb_store_bytes writes, or refuses', () => {
    const write = (offset: number, flags: number): string =>
      `r6 = 0xabcd\n*(u64 *)(r10 -8) = r6\nr2 = ${offset}\nr3 = r10\nr3 += -8\nr4 = 2\nr5 = ${flags}\ncall skb_store_bytes\nexit`;
    expect([...tc(write(20, 1)).frame.subarray(19, 23)]).toEqual([19, 0xcd, 0xab, 22]);
    expect(tc(write(59, 0)).verdict | 0).toBe(-14);
    expect(tc(write(20, 4)).verdict | 0).toBe(-22);
  });

  test('l3_csum_replace mends a checksum as RFC 1624 has it', () => {
    // The example of RFC 1624 section 4: 0xdd2f, 0x5555 becomes 0x3285, gives 0x0000.
    const vm = machine();
    const text =
      '.program main tc\nr6 = 0x2fdd\n*(u64 *)(r10 -8) = r6\nr9 = r1\nr2 = 24\nr3 = r10\nr3 += -8\nr4 = 2\nr5 = 0\ncall skb_store_bytes\nr1 = r9\nr2 = 24\nr3 = 0x5555\nr4 = 0x8532\nr5 = 2\ncall l3_csum_replace\nexit';
    const { verdict, frame } = main(vm.load(assemble(text))).testRun(FRAME);
    expect([verdict, frame[24], frame[25]]).toEqual([0, 0, 0]);
  });

  test('l4_csum_replace leaves a UDP checksum of 0, and makes 0xffff of a computed one', () => {
    const zero = (flags: number): string =>
      `r6 = 0\n*(u64 *)(r10 -8) = r6\nr9 = r1\nr2 = 40\nr3 = r10\nr3 += -8\nr4 = 2\nr5 = 0\ncall skb_store_bytes\nr1 = r9\nr2 = 40\nr3 = 1\nr4 = 2\nr5 = ${flags}\ncall l4_csum_replace\nexit`;
    expect([...tc(zero(0x20 | 2)).frame.subarray(40, 42)]).toEqual([0, 0]);
    expect([...tc(zero(2)).frame.subarray(40, 42)]).not.toEqual([0, 0]);
    expect(tc(zero(3)).verdict | 0).toBe(-22);
    // The checksum is looked at before the size of the field.
    expect(tc(zero(0x20 | 3)).verdict | 0).toBe(0);
  });

  test('skb_pull_data tells whether there is as much', () => {
    expect(tc('r2 = 60\ncall skb_pull_data\nexit').verdict).toBe(0);
    expect(tc('r2 = 61\ncall skb_pull_data\nexit').verdict | 0).toBe(-12);
  });

  test('legacy loads read in network order, and end the program past the end', () => {
    expect(tc('r6 = r1\nr0 = *(u16 *)skb[12]\nexit').verdict).toBe(0x0c0d);
    expect(tc('r6 = r1\nr7 = 2\nr0 = *(u32 *)skb[r7 + 12]\nexit').verdict).toBe(0x0e0f_1011);
    expect(tc('r6 = r1\nr0 = *(u8 *)skb[60]\nr0 = 5\nexit').verdict).toBe(0);
  });
});

describe('events', () => {
  const ring = '.map r ringbuf value 8 entries 4096\n';
  const output = 'r1 = map[r]\nr2 = r10\nr2 += -8\nr3 = 8\nr4 = 0\ncall ringbuf_output\n';

  test('4096 bytes hold 255 records of 8 bytes, then EAGAIN', () => {
    const object = load(`${ring}r6 = 0\n*(u64 *)(r10 -8) = r6\n${output}exit`);
    const results = Array.from({ length: 256 }, () => main(object).testRun(FRAME).verdict | 0);
    expect(results.filter((result) => result === 0)).toHaveLength(255);
    expect(results[255]).toBe(-11);
    expect(events(object, 'r')).toHaveLength(255);
    expect(object.rawMap('r')?.lost).toBe(1);
  });

  test('records run past the end of the ring', () => {
    const object = load(`${ring}call ktime_get_ns\n*(u64 *)(r10 -8) = r0\n${output}exit`, { clock: { now: 3 } });
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 200; i++) main(object).testRun(FRAME);
      expect(events(object, 'r')).toEqual(Array.from({ length: 200 }, () => words(3, 0)));
    }
  });

  test('the largest record is 16 bytes shorter than the ring', () => {
    const reserve = (size: number): string =>
      `${ring}r1 = map[r]\nr2 = ${size}\nr3 = 0\ncall ringbuf_reserve\nif r0 != 0 goto +1\nexit\nr1 = r0\nr2 = 0\ncall ringbuf_discard\nr0 = 1\nexit`;
    expect(run(reserve(4080))).toBe(1);
    expect(run(reserve(4081))).toBe(0);
  });

  test('a discarded record is not seen', () => {
    const both = (helper: string): string =>
      `r1 = map[r]\nr2 = 8\nr3 = 0\ncall ringbuf_reserve\nif r0 == 0 goto out\nr1 = 5\n*(u64 *)(r0 +0) = r1\nr1 = r0\nr2 = 0\ncall ${helper}\n`;
    const object = load(
      `${ring}${both('ringbuf_discard')}${both('ringbuf_submit')}out:\nr1 = map[r]\nr2 = 0\ncall ringbuf_query\nexit`,
    );
    expect(main(object).testRun(FRAME).verdict).toBe(32);
    expect(events(object, 'r')).toEqual([words(5, 0)]);
  });

  test('perf_event_output carries data and as much of the packet as the flags say', () => {
    const text = (flags: string, index = ''): string =>
      `${index}.map p perf_event_array value 8 entries 2\nr6 = 5\n*(u64 *)(r10 -8) = r6\nr2 = map[p]\nr3 = ${flags} ll\nr4 = r10\nr4 += -8\nr5 = 8\ncall perf_event_output\nexit`;
    const object = load(text('0x4ffffffff'));
    expect(main(object).testRun(FRAME).verdict).toBe(0);
    // 12 bytes and their length word are 16 already.
    expect(events(object, 'p')).toEqual([Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3)]);
    expect(run(text('0x2'))).toBe(-7);
    expect(run(text('0x1'))).toBe(-95);
    expect(run(text('0xffff00000000'))).toBe(-14);
    expect(run(text('0x10000000000000'))).toBe(-22);
  });
});

describe('loops', () => {
  test('bpf_loop counts what it did, and stops where the callback returns 1', () => {
    const text = (stop: number): string =>
      `r1 = 10\nr2 = subprog[body]\nr3 = 0\nr4 = 0\ncall loop\nexit\nbody:\nr0 = 0\nif r1 != ${stop} goto +1\nr0 = 1\nexit`;
    expect(run(text(99))).toBe(10);
    expect(run(text(3))).toBe(4);
    expect(run(text(99).replace('r1 = 10', 'r1 = 8388609'))).toBe(-7);
    expect(run(text(99).replace('r4 = 0', 'r4 = 1'))).toBe(-22);
  });

  test('a callback gets its context, and may write its caller’s stack', () => {
    const text =
      'r6 = 0\n*(u64 *)(r10 -8) = r6\nr1 = 5\nr2 = subprog[body]\nr3 = r10\nr3 += -8\nr4 = 0\ncall loop\nr0 = *(u64 *)(r10 -8)\nexit\nbody:\nr6 = *(u64 *)(r2 +0)\nr6 += r1\n*(u64 *)(r2 +0) = r6\nr0 = 0\nexit';
    expect(run(text)).toBe(0 + 1 + 2 + 3 + 4);
  });

  test('for_each_map_elem shows each key, to read only', () => {
    const text = (access: string): string =>
      `.map a array key 4 value 8 entries 4\nr6 = 0\n*(u64 *)(r10 -8) = r6\nr1 = map[a]\nr2 = subprog[body]\nr3 = r10\nr3 += -8\nr4 = 0\ncall for_each_map_elem\nr6 = *(u64 *)(r10 -8)\nr6 <<= 8\nr0 += r6\nexit\nbody:\n${access}\nr7 = *(u64 *)(r4 +0)\nr7 += r6\n*(u64 *)(r4 +0) = r7\nr0 = 0\nexit`;
    expect(run(text('r6 = *(u32 *)(r2 +0)'))).toBe(((0 + 1 + 2 + 3) << 8) | 4);
    expect(() => run(text('r6 = 1\n*(u32 *)(r2 +0) = r6'))).toThrow(/a write of 4 bytes/);
    expect(() => run(text('r6 = *(u32 *)(r2 +4)'))).toThrow(/a read of 4 bytes/);
  });
});

test('strncmp compares up to the size or the NUL', () => {
  const contents = 'r1 = 0x6f6c6c6568 ll\n*(u64 *)(r10 -8) = r1\n';
  const compare = (second: string, size: number): string =>
    `${contents}r1 = ${second} ll\n*(u64 *)(r10 -16) = r1\nr1 = r10\nr1 += -8\nr2 = ${size}\nr3 = r10\nr3 += -16\ncall strncmp\nexit`;
  expect(run(compare('0x6f6c6c6568', 8))).toBe(0);
  expect(run(compare('0x706c6c6568', 8))).toBe(-1);
  expect(run(compare('0x706c6c6568', 4))).toBe(0);
  expect(run(compare('0x6c6c6568', 8))).toBe(1);
});

describe('what a program may call', () => {
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['a helper of the other hook', '.program main tc\nr2 = 0\ncall xdp_adjust_head\nexit', /is for xdp programs/],
    [
      'a GPL helper without the licence',
      '.license "MIT"\nr1 = 0\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall trace_printk\nexit',
      /GPL-compatible licence/,
    ],
    ['a helper that is not simulated', 'r2 = 0\nr3 = 0\nr4 = 0\ncall fib_lookup\nexit', /not simulated/],
    ['a number that is no helper', 'call 9999\nexit', /no helper 9999/],
    ['arguments that nothing has set', 'call redirect\nexit', /reads r2/],
  ];
  test.each(refused)('%s is refused at load', (_, text, message) => {
    expect(() => load(text)).toThrow(message);
  });

  test('every helper that the simulated maps need is there', () => {
    const types = ['array', 'hash', 'lru_hash', 'lpm_trie', 'queue', 'ringbuf', 'perf_event_array', 'devmap'] as const;
    const needed = types.flatMap((type) => MAP_TYPES[type].helpers).filter((name) => !name.endsWith('dynptr'));
    expect(needed.filter((name) => HELPER_FUNCTIONS[name] === undefined)).toEqual([]);
  });

  test('every helper that takes the context wants it unchanged', () => {
    const withContext = Object.values(HELPERS).filter(
      (helper) => helper.arguments[0] === 'context' && HELPER_FUNCTIONS[helper.name] !== undefined,
    );
    expect(withContext.length).toBeGreaterThan(10);
    for (const helper of withContext) {
      const type: ProgramType = helper.programTypes.includes('xdp') ? 'xdp' : 'sched_cls';
      const text = `.program main ${type}\nr1 += 4\nr2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall ${helper.id}\nexit`;
      expect(() => run(text), helper.name).toThrow(/not the context/);
    }
  });
});

test('a program leaves the frame’s bytes where they are', () => {
  const vm = machine();
  const frame = frameOf(vm, FRAME);
  main(vm.load(assemble('r2 = -8\ncall xdp_adjust_head\nr0 = 2\nexit'))).runXdp(frame, 0);
  expect(bytesOf(vm, frame).subarray(8)).toEqual(FRAME);
});

// The keys of arrays are copies on the stack of bpf_for_each_array_elem (kernel/bpf/arraymap.c): one for each visit.
test.each(['array', 'percpu_array'])('a visit of an %s within a visit of it leaves the outer key alone', (type) => {
  const sum = run(`
    .map a ${type} value 8 entries 3
    .program main xdp
    *(u64 *)(r10 -8) = 0
    r1 = map[a]
    r2 = subprog[outer]
    r3 = r10
    r3 += -8
    r4 = 0
    call for_each_map_elem
    r0 = *(u64 *)(r10 -8)
    exit
    outer:
    r6 = r2
    r7 = r4
    r1 = map[a]
    r2 = subprog[inner]
    r3 = 0
    r4 = 0
    call for_each_map_elem
    r1 = *(u32 *)(r6 +0)
    r2 = *(u64 *)(r7 +0)
    r2 *= 10
    r2 += r1
    *(u64 *)(r7 +0) = r2
    r0 = 0
    exit
    inner:
    r0 = 0
    exit`);
  expect(sum).toBe(12);
});

// Linux 6.18 answers 5 for the same program.
test('a packet load past the end ends its function, not the program', () => {
  expect(run('.program main tc\ncall sub\nr0 = 5\nexit\nsub:\nr6 = r1\nr0 = *(u32 *)skb[9999]\nr0 = 7\nexit')).toBe(5);
});
