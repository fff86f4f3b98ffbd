import {
  array as arrayOf,
  be16,
  bytes,
  ipv4Address,
  ipv4Prefix,
  mac,
  struct,
  u8,
  u16,
  u32,
  u64,
} from '@hookline/layout';
import { craft, ethernet, ipv4, ipv6, tcp, udp } from '@hookline/packet';
import { expect, test } from 'vitest';
import {
  array,
  bpfObject,
  cpu,
  DROP,
  devmap,
  hash,
  lpmTrie,
  PASS,
  perCpuArray,
  programArray,
  queue,
  random,
  redirect,
  repeat,
  ringBuffer,
  STOP,
  select,
  stack,
  subprogram,
  tc,
  time,
  variable,
  when,
  XDP,
  xdp,
} from '../src/index.ts';
import type { World } from './world.ts';

const FRAME = craft(tcp({ sourcePort: 1000, destinationPort: 80 }, 'hello'), { minimumLength: 60 });
const Pair = struct('pair', { low: u8, high: u64 });
const output = array('output', { value: u64, maxEntries: 16 });

/** What programs do, in the words of their authors, in whichever world. */
export function behaviourTests(world: () => World, options: { readonly skip: boolean }): void {
  const { skip } = options;
  const check = test.skipIf(skip);

  check('counters: atomic where shared, plain where not', () => {
    const shared = array('shared', { value: Pair, maxEntries: 2 });
    const own = perCpuArray('own', { value: struct('own', { small: u8, port: be16, big: u64 }), maxEntries: 2 });
    const program = xdp('count', ({ packet }) => {
      const one = shared.lookup(1).orReturn(XDP.ABORTED);
      one.high.add(packet.length);
      const two = own.lookup(0).orReturn(XDP.ABORTED);
      two.small.add(200);
      two.port.add(0x1234);
      two.big.add(packet.length);
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, shared, own }));
    for (let i = 0; i < 3; i++) expect(loaded.programs.program.testRun(FRAME).verdict).toBe(2);
    expect(loaded.maps.shared.get(1)).toEqual({ low: 0, high: 180n });
    const sums = loaded.maps.own.get(0)?.filter((value) => value.big > 0n);
    // 600 does not fit 8 bits: it wraps as u8 does in C.
    expect(sums?.reduce((total, value) => total + value.big, 0n)).toBe(180n);
    expect(sums?.map((value) => value.small).reduce((a, b) => (a + b) & 255, 0)).toBe(600 & 255);
  });

  check('maps: update, delete, lookup, modes and keys with padding', () => {
    const Key = struct('key', { kind: u8, address: ipv4Address, port: be16 });
    const flows = hash('flows', { key: Key, value: u32, maxEntries: 8 });
    const program = xdp('flows', ({ packet }) => {
      const ip = packet.ipv4().orReturn(PASS);
      const segment = ip.tcp().orReturn(PASS);
      const key = { kind: ip.protocol, address: ip.source, port: segment.destinationPort };
      flows.update(key, 5, 'create');
      const again = flows.update(key, 9, 'create');
      when(again.eq(-17), () => void flows.update({ ...key, kind: 1 }, 17));
      flows.update({ ...key, kind: 2 }, 1);
      flows.delete({ ...key, kind: 2 });
      const missing = flows.update({ ...key, kind: 3 }, 1, 'replace');
      return when(missing.eq(-2).and(flows.lookup(key).or(0).eq(5)), () => DROP).otherwise(() => PASS);
    });
    using loaded = world().load(bpfObject({ program, flows }));
    expect(loaded.programs.program.testRun(FRAME).verdict).toBe(1);
    expect([...loaded.maps.flows].toSorted((a, b) => a[1] - b[1])).toEqual([
      [{ kind: 6, address: '192.0.2.1', port: 80 }, 5],
      [{ kind: 1, address: '192.0.2.1', port: 80 }, 17],
    ]);
  });

  check('longest prefixes are looked up by address', () => {
    const rules = lpmTrie('rules', { key: ipv4Prefix, value: u32, maxEntries: 8 });
    const program = xdp('rules', ({ packet }) => {
      const ip = packet.ipv4().orReturn(PASS);
      const verdict = rules.lookup(ip.source).or(0);
      return when(verdict.eq(24), () => DROP).otherwise(() => PASS);
    });
    using loaded = world().load(bpfObject({ program, rules }));
    loaded.map(rules).set('192.0.0.0/8', 8);
    loaded.map(rules).set('192.0.2.0/24', 24);
    const verdictOf = (source: string) => loaded.programs.program.testRun(craft(ipv4({ source }, udp()))).verdict;
    expect([verdictOf('192.0.2.200'), verdictOf('192.0.3.1'), verdictOf('10.0.0.1')]).toEqual([1, 2, 2]);
  });

  check('a copy stays what it was', () => {
    const program = xdp('copies', ({ packet }) => {
      const outer = packet.ethernet().orReturn(DROP);
      const source = outer.source.copy();
      outer.source.set(outer.destination);
      outer.destination.set(source);
      const ip = packet.ipv4().orReturn(DROP);
      const [ttl, dscp] = [ip.ttl.copy(), ip.dscp.copy()];
      ip.rewrite({ ttl: 1, dscp: 2 });
      output.update(0, ttl);
      output.update(1, dscp);
      output.update(2, ip.ttl);
      return XDP.TX;
    });
    using loaded = world().load(bpfObject({ program, output }));
    const layers = ipv4({ ttl: 77, dscp: 5 }, udp());
    const { frame } = loaded.programs.program.testRun(
      craft(ethernet({ source: '02:00:00:00:00:0a', destination: '02:00:00:00:00:0b' }, layers), { minimumLength: 60 }),
    );
    expect(Buffer.from(frame.subarray(0, 12)).toString('hex')).toBe('02000000000a02000000000b');
    expect([0, 1, 2].map((i) => loaded.maps.output.get(i))).toEqual([77n, 5n, 1n]);
  });

  check('a place follows what is written to it, and writes of the other side of a branch do not concern it', () => {
    const cell = array('cell', { value: struct('cell', { a: u64, b: u64 }), maxEntries: 1 });
    const program = xdp('places', ({ packet }) => {
      const found = cell.lookup(0).orReturn(XDP.ABORTED);
      const { a, b } = found;
      a.set(5);
      a.add(2);
      when(packet.length.gt(1000), () => {
        found.b.set(9);
        return DROP;
      });
      when(packet.length.gt(500), () => {
        found.b.set(9);
      }).otherwise(() => {
        output.update(1, b);
      });
      output.update(0, a);
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, cell, output }));
    loaded.maps.cell.set(0, { a: 1n, b: 3n });
    loaded.programs.program.testRun(FRAME);
    expect([0, 1].map((i) => loaded.maps.output.get(i))).toEqual([7n, 3n]);
  });

  check('atomics give what was there before', () => {
    const numbers = array('numbers', { value: struct('numbers', { a: u64, b: u32, c: u64 }), maxEntries: 1 });
    const program = xdp('atomics', () => {
      const found = numbers.lookup(0).orReturn(XDP.ABORTED);
      output.update(0, found.a.fetchAdd(5));
      output.update(1, found.b.exchange(7));
      output.update(2, found.c.compareExchange(3, 4));
      output.update(3, found.c.compareExchange(30, 40));
      const own = variable(u16, 0xfffe);
      output.update(4, own.fetchAdd(3));
      output.update(5, own.exchange(9));
      output.update(6, own.compareExchange(9, 10));
      output.update(7, own);
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, numbers, output }));
    loaded.maps.numbers.set(0, { a: 100n, b: 200, c: 3n });
    loaded.programs.program.testRun(FRAME);
    expect(loaded.maps.numbers.get(0)).toEqual({ a: 105n, b: 7, c: 4n });
    const values = Array.from({ length: 8 }, (_, i) => loaded.maps.output.get(i));
    expect(values).toEqual([100n, 200n, 3n, 4n, 0xfffen, 1n, 9n, 10n]);
  });

  check('queues and stacks', () => {
    const first = queue('first', { value: u32, maxEntries: 2 });
    const last = stack('last', { value: Pair, maxEntries: 4 });
    const program = xdp('lists', () => {
      for (const value of [1, 2]) first.push(value);
      output.update(0, first.push(3).as(u64));
      first.push(4, { replaceOldest: true });
      output.update(1, first.peek().or(99));
      output.update(2, first.pop().or(99));
      output.update(3, first.pop().or(99));
      output.update(4, first.pop().or(99));
      last.push({ low: 1, high: 10 });
      last.push({ low: 2, high: 20 });
      when(last.pop(), (top) => {
        output.update(5, top.high);
        top.low.set(9);
        output.update(6, top.low);
      });
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, first, last, output }));
    loaded.programs.program.testRun(FRAME);
    const values = Array.from({ length: 7 }, (_, i) => loaded.maps.output.get(i));
    // E2BIG is 7; peek and pop of the one that the oldest made room for.
    expect(values).toEqual([BigInt.asUintN(64, -7n), 2n, 2n, 4n, 99n, 20n, 9n]);
    expect(loaded.maps.last.pop()).toEqual({ low: 1, high: 10n });
  });

  check('events reach user space whole, padding zero', () => {
    const Event = struct('event', { kind: u8, length: u64, source: mac, address: ipv4Address, raw: bytes(3) });
    const events = ringBuffer('events', { value: Event, size: 4096 });
    const program = xdp('events', ({ packet }) => {
      const outer = packet.ethernet().orReturn(PASS);
      const ip = packet.ipv4().orReturn(PASS);
      const raw = Uint8Array.of(1, 2, 3);
      events.emit({ kind: 7, length: packet.length, source: outer.source, address: ip.destination, raw });
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, events }));
    loaded.programs.program.testRun(FRAME);
    expect(loaded.maps.events.drain()).toEqual([
      { kind: 7, length: 60n, source: '02:00:00:00:00:01', address: '192.0.2.2', raw: Uint8Array.of(1, 2, 3) },
    ]);
    loaded.programs.program.testRun(FRAME);
    const [record] = loaded.maps.events.drainBytes();
    expect(record?.subarray(1, 8)).toEqual(new Uint8Array(7));
  });

  check('loops stop, return, and nest', () => {
    const program = xdp('loops', ({ packet }) => {
      const sum = variable(u32, 0);
      const stopped = variable(u32, 0);
      repeat(10, (round) => {
        sum.add(round);
        repeat(3, (inner) => {
          sum.add(inner.times(100));
          when(inner.eq(1), () => STOP);
        });
        stopped.set(round);
        when(round.eq(4), () => STOP);
      });
      output.update(0, sum);
      output.update(1, stopped);
      repeat(100, (round) => {
        when(round.times(16).gt(packet.length), () => DROP);
      });
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, output }));
    expect(loaded.programs.program.testRun(FRAME).verdict).toBe(1);
    // 0+1+2+3+4, and 0+1 hundreds in each of five rounds.
    expect([loaded.maps.output.get(0), loaded.maps.output.get(1)]).toEqual([510n, 4n]);
    expect(loaded.programs.program.testRun(new Uint8Array(1600)).verdict).toBe(2);
  });

  check('subprograms are called with up to five numbers', () => {
    const args = { a: u8, b: u16, c: u32, d: u64, e: u64 };
    const add = subprogram('add', { args, returns: u64 }, ({ a, b, c, d, e }) => {
      const sum = variable(u64, e);
      for (const one of [a, b, c, d]) sum.add(one.as(u64));
      return sum;
    });
    const twice = subprogram('twice', { args: { n: u32 }, returns: u32 }, ({ n }) => {
      const result = variable(u32, n.times(2));
      when(output.lookup(9), (found) => found.add(n));
      return result;
    });
    const program = xdp('calls', ({ packet }) => {
      const n = packet.length;
      output.update(0, add({ a: 1, b: 0xffff, c: n, d: 1n << 40n, e: twice({ n }) }));
      output.update(1, twice({ n: twice({ n: 5 }) }));
      return PASS;
    });
    const object = bpfObject({ program, output });
    expect(object.programs.program.functions.map(({ name, parameters }) => [name, parameters])).toEqual([
      ['calls', 1],
      ['twice', 1],
      ['add', 5],
    ]);
    using loaded = world().load(object);
    loaded.programs.program.testRun(FRAME);
    expect(loaded.maps.output.get(0)).toBe(1n + 0xffffn + 60n + (1n << 40n) + 120n);
    expect(loaded.maps.output.get(1)).toBe(20n);
    expect(loaded.maps.output.get(9)).toBe(75n);
  });

  check('arrays and structs, on the stack and in maps', () => {
    const List = struct('list', { numbers: arrayOf(u32, 5), name: bytes(4), address: ipv4Address });
    const lists = array('lists', { value: List, maxEntries: 1 });
    const program = xdp('arrays', ({ packet }) => {
      const ip = packet.ipv4().orReturn(PASS);
      const own = variable(List, { numbers: [1, 2, 3, 4, 5], name: Uint8Array.of(9, 8, 7, 6), address: '10.0.0.1' });
      own.numbers.at(2).set(30);
      const index = ip.ttl.modulo(8).as(u32);
      when(own.numbers.at(index), (element) => element.add(1000)).otherwise(() => own.numbers.at(0).set(77));
      when(lists.lookup(0), (list) => {
        list.numbers.at(4).set(own.numbers.at(4));
        list.numbers.at(0).set(own.numbers.at(0));
        when(list.numbers.at(index), (element) => element.set(5000));
        list.name.set(own.name);
        list.address.set(ip.source);
        when(list.name.at(1).eq(8).and(list.name.eq(own.name)).and(own.address.eq('10.0.0.1')), () => DROP);
      });
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, lists }));
    const run = (ttl: number) => loaded.programs.program.testRun(craft(ipv4({ ttl }, udp()))).verdict;
    expect(run(64 + 4)).toBe(1);
    expect(loaded.maps.lists.get(0)).toEqual({
      numbers: [1, 0, 0, 0, 5000],
      name: Uint8Array.of(9, 8, 7, 6),
      address: '192.0.2.1',
    });
    expect(run(64 + 7)).toBe(1);
    expect(loaded.maps.lists.get(0)?.numbers).toEqual([77, 0, 0, 0, 5]);
  });

  check('branches: chains, alternatives, choices', () => {
    const program = xdp('branches', ({ packet }) => {
      const n = packet.length;
      const kind = variable(u8, 0);
      when(n.lt(70), () => kind.set(1))
        .elseWhen(n.lt(80), () => kind.set(2))
        .elseWhen(n.minus(80).dividedBy(2).eq(7), () => kind.set(3))
        .otherwise(() => kind.set(4));
      const size = select(u16, kind.eq(3).or(kind.eq(4).and(n.gt(200))), 500, n.as(u16));
      output.update(0, kind);
      output.update(1, size);
      return when(kind.oneOf(2, 3), () => DROP)
        .elseWhen(kind.eq(1).not(), () => XDP.TX)
        .otherwise(() => PASS);
    });
    using loaded = world().load(bpfObject({ program, output }));
    const run = (length: number) => {
      const { verdict } = loaded.programs.program.testRun(new Uint8Array(length));
      return [verdict, loaded.maps.output.get(0), loaded.maps.output.get(1)];
    };
    expect(run(60)).toEqual([2, 1n, 60n]);
    expect(run(75)).toEqual([1, 2n, 75n]);
    expect(run(94)).toEqual([1, 3n, 500n]);
    expect(run(95)).toEqual([1, 3n, 500n]);
    expect(run(96)).toEqual([3, 4n, 96n]);
    expect(run(300)).toEqual([3, 4n, 500n]);
  });

  check('headers come and go with the start of the packet', () => {
    const program = xdp('encapsulate', ({ packet }) => {
      packet.ipv4().orReturn(PASS);
      packet.adjustHead(-14).orReturn(XDP.ABORTED);
      const outer = packet.ethernet().orReturn(XDP.ABORTED);
      outer.destination.set('02:00:00:00:00:0a');
      outer.source.set('02:00:00:00:00:0b');
      outer.etherType.set(0x6558);
      packet.adjustTail(-6).orReturn(XDP.ABORTED);
      return when(packet.length.eq(68), () => XDP.TX).otherwise(() => XDP.ABORTED);
    });
    using loaded = world().load(bpfObject({ program }));
    const { verdict, frame } = loaded.programs.program.testRun(FRAME);
    expect(verdict).toBe(3);
    const added = Uint8Array.of(2, 0, 0, 0, 0, 0xa, 2, 0, 0, 0, 0, 0xb, 0x65, 0x58);
    expect(Buffer.from(frame)).toEqual(Buffer.concat([added, FRAME.subarray(0, 54)]));
  });

  check('addresses are exchanged through variables', () => {
    const program = xdp('reflect', ({ packet }) => {
      const outer = packet.ethernet().orReturn(PASS);
      const kept = variable(mac, outer.source);
      outer.source.set(outer.destination);
      outer.destination.set(kept);
      return XDP.TX;
    });
    using loaded = world().load(bpfObject({ program }));
    const { frame } = loaded.programs.program.testRun(FRAME);
    expect(Buffer.from(frame.subarray(0, 12))).toEqual(Buffer.concat([FRAME.subarray(6, 12), FRAME.subarray(0, 6)]));
  });

  check('redirects give the number of their hook', () => {
    const devices = devmap('devices', { maxEntries: 4 });
    const direct = xdp('direct', () => redirect(1));
    const directTc = tc('direct_tc', () => redirect(1, { ingress: true }));
    const missing = xdp('missing', ({ packet }) =>
      when(packet.length.gt(0), () => devices.redirect(3, DROP)).otherwise(() => PASS),
    );
    using loaded = world().load(bpfObject({ direct, directTc, missing, devices }));
    expect(loaded.programs.direct.testRun(FRAME).verdict).toBe(4);
    expect(loaded.programs.directTc.testRun(FRAME).verdict).toBe(7);
    expect(loaded.programs.missing.testRun(FRAME).verdict).toBe(1);
  });

  check('tail calls go on in another program, or fall through', () => {
    const next = programArray('next', { maxEntries: 2 });
    const main = xdp('main', () => {
      next.tailCall(0);
      next.tailCall(1);
      return DROP;
    });
    const other = xdp('other', () => XDP.TX);
    using loaded = world().load(bpfObject({ main, other, next }));
    expect(loaded.programs.main.testRun(FRAME).verdict).toBe(1);
    loaded.maps.next.set(1, loaded.programs.other);
    expect(loaded.programs.main.testRun(FRAME).verdict).toBe(3);
  });

  check('TC writes what it leaves for others', () => {
    const program = tc('marks', ({ packet, mark, priority, cb }) => {
      mark.set(packet.length.plus(1));
      mark.add(2);
      priority.set(7);
      cb[2]?.set(mark);
      return PASS;
    });
    using loaded = world().load(bpfObject({ program }));
    const { verdict, context } = loaded.programs.program.testRun(FRAME);
    expect([verdict, context.mark, context.priority]).toEqual([0, 63, 7]);
  });

  check('packets that are longer than their length field can say', () => {
    const program = tc('big_tcp', ({ packet }) => {
      when(packet.ipv4(), (ip) => when(ip.tcp(), () => DROP)).elseWhen(packet.ipv6(), (ip) =>
        when(ip.tcp(), () => DROP),
      );
      return PASS;
    });
    using loaded = world().load(bpfObject({ program }));
    const verdictOf = (frame: Uint8Array, gsoSize: number) =>
      loaded.programs.program.testRun(frame, { context: { gsoSize } }).verdict;
    for (const frame of [craft(ipv4({ totalLength: 0 }, tcp())), craft(ipv6({ payloadLength: 0 }, tcp()))]) {
      expect([verdictOf(frame, 0), verdictOf(frame, 1400)]).toEqual([0, 2]);
    }
  });

  check('time, random numbers and the CPU', () => {
    const program = xdp('machine', () => {
      output.update(0, time().dividedBy(1_000_000));
      output.update(1, random().as(u64).shiftRight(32));
      output.update(2, select(u64, cpu().lt(4096), 1, 0));
      return PASS;
    });
    using loaded = world().load(bpfObject({ program, output }));
    loaded.programs.program.testRun(FRAME);
    expect([loaded.maps.output.get(1), loaded.maps.output.get(2)]).toEqual([0n, 1n]);
    expect(loaded.maps.output.get(0)).toBeGreaterThanOrEqual(0n);
  });
}
