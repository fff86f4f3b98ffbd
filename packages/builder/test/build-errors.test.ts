import { readFileSync } from 'node:fs';
import { u8, u16, u32, u64 } from '@hookline/layout';
import { describe, expect, test } from 'vitest';
import {
  BuildError,
  bpfObject,
  DROP,
  hash,
  PASS,
  type PacketCondition,
  redirect,
  repeat,
  STOP,
  subprogram,
  TC,
  tc,
  type Uint,
  variable,
  when,
  XDP,
  type XdpContext,
  xdp,
} from '../src/index.ts';

/*
 * What types cannot refuse fails when the program is built, at the author's line. Each case marks that line with the
 * words in its first column, so that a line that moves does not need a new number.
 */

const source = readFileSync(import.meta.filename, 'utf8').split('\n');

/** The only line of this file that ends in this comment. */
function lineOf(mark: string): number {
  const found = source.flatMap((line, i) => (line.endsWith(`// ${mark}`) ? [i + 1] : []));
  expect(found, mark).toHaveLength(1);
  return found[0] ?? 0;
}

function failureOf(build: () => unknown): BuildError {
  try {
    build();
  } catch (error) {
    if (error instanceof BuildError) return error;
    throw error;
  }
  throw new Error('It was built.');
}

/** A body as somebody would write it who has no types: its verdict is any. */
type Body = (context: XdpContext) => unknown;

function build(body: Body): unknown {
  return bpfObject({ program: xdp('program', body as () => typeof PASS) });
}

function sink(_value: unknown): void {}

const numbers = hash('numbers', { key: u32, value: u64, maxEntries: 4 });

const cases: readonly [mark: string, code: string, words: RegExp, body: Body][] = [
  [
    'swap of places',
    'BUILD_STALE',
    /The field source was written in line \d+, after it was looked up: .* \.copy\(\) before\./,
    ({ packet }) => {
      const outer = packet.ethernet().orReturn(DROP);
      const { source: from } = outer;
      outer.source.set(outer.destination);
      outer.destination.set(from); // swap of places
      return XDP.TX;
    },
  ],
  [
    'field from before a rewrite',
    'BUILD_STALE',
    /The field ttl was written in line \d+/,
    ({ packet }) => {
      const ip = packet.ipv4().orReturn(DROP);
      const { ttl } = ip;
      when(packet.length.gt(100), () => ip.rewrite({ ttl: ttl.minus(1) }));
      when(ttl.eq(0), () => DROP); // field from before a rewrite
      return PASS;
    },
  ],
  [
    'bits from before',
    'BUILD_STALE',
    /The field ecn was written in line \d+/,
    ({ packet }) => {
      const ip = packet.ipv4().orReturn(DROP);
      const { dscp, ecn } = ip;
      ip.ecn.set(1);
      when(dscp.eq(3), () => DROP);
      when(ecn.eq(0), () => DROP); // bits from before
      return PASS;
    },
  ],
  [
    'condition never used',
    'BUILD_UNUSED',
    /This condition is never used: write when\(condition/,
    ({ packet }) => {
      packet.length.lt(64); // condition never used
      return PASS;
    },
  ],
  [
    'negated condition',
    'BUILD_UNUSED',
    /This condition is never used/,
    ({ packet }) => {
      const short = packet.length.lt(64); // negated condition
      if (!short) sink(1);
      return PASS;
    },
  ],
  [
    'value never used',
    'BUILD_UNUSED',
    /This value is never used/,
    ({ packet }) => {
      packet.length.minus(1); // value never used
      return PASS;
    },
  ],
  [
    'handles compared',
    'BUILD_UNUSED',
    /The field source is never used: compare it with \.eq/,
    ({ packet }) => {
      const ip = packet.ipv4().orReturn(PASS);
      sink((ip.source as unknown) === ip.destination); // handles compared
      return PASS;
    },
  ],
  [
    'lookup never looked at',
    'BUILD_UNUSED',
    /may be missing, is never used: look with \.orReturn/,
    () => {
      numbers.lookup(1); // lookup never looked at
      return PASS;
    },
  ],
  [
    'number wanted',
    'BUILD_VALUE',
    /has no number while the program is being built: compare with \.eq, \.lt/,
    ({ packet }) => {
      sink((packet.length as unknown as number) < 5); // number wanted
      return PASS;
    },
  ],
  [
    'truth wanted',
    'BUILD_VALUE',
    /neither true nor false .* write when\(condition/,
    ({ packet }) => {
      sink(`${packet.length.lt(5)}`); // truth wanted
      return PASS;
    },
  ],
  [
    'out of range',
    'BUILD_VALUE',
    /300 does not fit u8: give 0 to 255/,
    ({ packet }) => {
      packet.ipv4().orReturn(PASS).ttl.set(300); // out of range
      return PASS;
    },
  ],
  [
    'too wide',
    'BUILD_VALUE',
    /u32 does not fit u8: narrow it with \.as\(u8\)/,
    ({ packet }) => {
      packet
        .ipv4()
        .orReturn(PASS)
        .ttl.set(packet.length as unknown as Uint<'u8'>); // too wide
      return PASS;
    },
  ],
  [
    'division by zero',
    'BUILD_VALUE',
    /Division by 0: give another divisor/,
    ({ packet }) => {
      sink(packet.length.dividedBy(0)); // division by zero
      return PASS;
    },
  ],
  [
    'shifted away',
    'BUILD_VALUE',
    /u32 shifted by 32 .* shift by 0 to 31/,
    ({ packet }) => {
      sink(packet.length.shiftLeft(32)); // shifted away
      return PASS;
    },
  ],
  [
    'bad address',
    'BUILD_VALUE',
    /'10\.0\.0\.256' is no IPv4 address: write it as 192\.0\.2\.1/,
    ({ packet }) => {
      sink(packet.ipv4().orReturn(PASS).source.eq('10.0.0.256')); // bad address
      return PASS;
    },
  ],
  [
    'bits too small',
    'BUILD_VALUE',
    /64 does not fit 6 bits: give 0 to 63/,
    ({ packet }) => {
      packet.ipv4().orReturn(PASS).dscp.set(64); // bits too small
      return PASS;
    },
  ],
  [
    'packet moved',
    'BUILD_MOVED',
    /The packet has moved since this header was read: read it again/,
    ({ packet }) => {
      const ip = packet.ipv4().orReturn(PASS);
      packet.adjustHead(-4).orReturn(DROP);
      when(ip.ttl.eq(1), () => DROP); // packet moved
      return PASS;
    },
  ],
  [
    'moved in a branch',
    'BUILD_MOVED',
    /The packet has moved/,
    ({ packet }) => {
      const ip = packet.ipv4().orReturn(PASS);
      when(packet.length.gt(100), () => {
        packet.adjustTail(-4).orReturn(DROP);
      });
      ip.ttl.set(3); // moved in a branch
      return PASS;
    },
  ],
  [
    'moved in a loop',
    'BUILD_MOVED',
    /moves inside a loop/,
    ({ packet }) => {
      const step = (): void => void packet.adjustHead(1).orReturn(DROP);
      repeat(3, step); // moved in a loop
      return PASS;
    },
  ],
  [
    'outside its branch',
    'BUILD_SCOPE',
    /This value \(made in line \d+\) exists only in the branch that made it: set a variable\(\)/,
    ({ packet }) => {
      let kept: Uint<'u32'> | undefined;
      when(packet.length.gt(100), () => {
        kept = packet.length.plus(1);
      });
      when((kept as Uint<'u32'>).gt(7), () => DROP); // outside its branch
      return PASS;
    },
  ],
  [
    'condition outside its branch',
    'BUILD_SCOPE',
    /This condition .* exists only in the branch/,
    ({ packet }) => {
      let kept: PacketCondition | undefined;
      when(packet.length.gt(100), () => {
        kept = packet.length.lt(200);
      }).otherwise(() => {});
      when(kept as PacketCondition, () => DROP); // condition outside its branch
      return PASS;
    },
  ],
  [
    'verdict of the other hook',
    'BUILD_VERDICT',
    /TC\.SHOT is no verdict of an XDP program: return PASS, DROP, XDP\.TX/,
    ({ packet }) => {
      when(packet.length.gt(100), () => TC.SHOT); // verdict of the other hook
      return PASS;
    },
  ],
  [
    'after both sides',
    'BUILD_VERDICT',
    /every way to this line has returned already/,
    ({ packet }) => {
      when(packet.length.gt(100), () => DROP).otherwise(() => PASS);
      numbers.update(1, 1); // after both sides
      return PASS;
    },
  ],
  [
    'redirect not returned',
    'BUILD_UNUSED',
    /This verdict \(redirect\) is never used: return it/,
    () => {
      redirect(3); // redirect not returned
      return PASS;
    },
  ],
  [
    'callback gives a value',
    'BUILD_VERDICT',
    /A callback returns a verdict, or nothing/,
    ({ packet }) => {
      when(packet.length.gt(100), (() => packet.length.plus(1)) as () => void); // callback gives a value
      return PASS;
    },
  ],
  [
    'no loop',
    'BUILD_CONTROL',
    /STOP leaves a loop, and there is none here/,
    ({ packet }) => {
      when(packet.length.gt(100), () => STOP); // no loop
      return PASS;
    },
  ],
  [
    'late otherwise',
    'BUILD_CONTROL',
    /otherwise must follow directly: write when\(\.\.\.\)\.otherwise/,
    ({ packet }) => {
      const branch = when(packet.length.gt(100), () => {});
      numbers.update(1, 1);
      branch.otherwise(() => {}); // late otherwise
      return PASS;
    },
  ],
  [
    'known now',
    'BUILD_VALUE',
    /a JavaScript value is known now: use if/,
    () => {
      when(true as unknown as PacketCondition, () => DROP); // known now
      return PASS;
    },
  ],
  [
    'unknown field',
    'BUILD_VALUE',
    /ipv4 has no field 'tll'/,
    ({ packet }) => {
      packet
        .ipv4()
        .orReturn(PASS)
        .rewrite({ tll: 3 } as object); // unknown field
      return PASS;
    },
  ],
  [
    'own checksum',
    'BUILD_VALUE',
    /rewrite computes the checksum itself: leave it out/,
    ({ packet }) => {
      packet.ipv4().orReturn(PASS).rewrite({ checksum: 3 }); // own checksum
      return PASS;
    },
  ],
  [
    'endless loop',
    'BUILD_VALUE',
    /repeat\(Infinity\): give a whole number of rounds, 1 to/,
    () => {
      repeat(Number.POSITIVE_INFINITY, () => {}); // endless loop
      return PASS;
    },
  ],
];

describe('a program that cannot be built fails at its line', () => {
  test.each(cases)('%s', (mark, code, words, body) => {
    const error = failureOf(() => build(body));
    expect(error.code).toBe(code);
    expect(error.position).toMatchObject({ file: import.meta.filename, line: lineOf(mark) });
    expect(error.position?.column).toBeGreaterThan(1);
    const { file, line, column } = error.position ?? { file: '', line: 0, column: 0 };
    expect(error.message.startsWith(`${file}:${line}:${column}: `)).toBe(true);
    expect(error.message).toMatch(words);
  });
});

describe('the program as a whole', () => {
  test('without a verdict fails where it begins', () => {
    const body = ({ packet }: XdpContext): void => void packet.ipv4().orReturn(PASS);
    const program = xdp('silent', body as never); // without a verdict
    const error = failureOf(() => bpfObject({ program }));
    expect(error.position?.line).toBe(lineOf('without a verdict'));
    expect(error.message).toContain("The program 'silent' ends without a verdict: return PASS or DROP");
  });

  test('with an async body', () => {
    const program = xdp('late', (async () => PASS) as unknown as () => typeof PASS); // async body
    const error = failureOf(() => bpfObject({ program }));
    expect(error.position?.line).toBe(lineOf('async body'));
    expect(error.message).toContain('cannot be async');
  });

  test('with the verdict of the other hook', () => {
    const program = tc('wrong', (() => XDP.TX) as unknown as () => typeof PASS); // XDP verdict in TC
    const error = failureOf(() => bpfObject({ program }));
    expect(error.position?.line).toBe(lineOf('XDP verdict in TC'));
    expect(error.message).toContain('XDP.TX is no verdict of a TC program: return PASS, DROP, TC.OK');
  });

  test('with a name that the kernel refuses', () => {
    const error = failureOf(() => xdp('a-name', () => PASS)); // bad name
    expect([error.code, error.position?.line]).toEqual(['BUILD_NAME', lineOf('bad name')]);
    expect(error.message).toContain("'a-name' cannot be the name of a program: the kernel takes 1 to 15 letters");
  });

  test('with two maps of one name', () => {
    const other = hash('numbers', { key: u16, value: u8, maxEntries: 4 });
    const error = failureOf(() =>
      build(() => {
        numbers.update(1, 1);
        other.update(1, 1); // the other map
        return PASS;
      }),
    );
    expect([error.code, error.position?.line]).toEqual(['BUILD_NAME', lineOf('the other map')]);
    expect(() => bpfObject({ numbers, other })).toThrow(/Two maps are called 'numbers'/);
  });

  test('that is too large for the stack says how much it needs', () => {
    const error = failureOf(() =>
      build(({ packet }) => {
        const kept = Array.from({ length: 70 }, (_, i) => variable(u64, i));
        repeat(2, () => {
          for (const one of kept) one.add(packet.length);
          numbers.update(1, 1);
        });
        for (const one of kept) numbers.update(2, one);
        return PASS;
      }),
    );
    expect(error.code).toBe('BUILD_SIZE');
    expect(error.message).toMatch(/program needs \d+ bytes of stack, but a program has 512\. Keep fewer values/);
  });

  test("keeps the author's own exceptions as they are", () => {
    const own = new TypeError('mine');
    const program = xdp('throws', () => {
      throw own;
    });
    expect(() => bpfObject({ program })).toThrow(own);
    // Nothing of the broken program is left behind.
    expect(() => variable(u8, 1)).toThrow(/This belongs inside the body of a program/);
  });

  test('runs its body once, when it first enters an object', () => {
    let runs = 0;
    const program = xdp('once', () => {
      runs++;
      return PASS;
    });
    expect(runs).toBe(0);
    const one = bpfObject({ program });
    const two = bpfObject({ other: program });
    expect(runs).toBe(1);
    expect(two.programs.other).toBe(one.programs.program);
  });
});

describe('subprograms', () => {
  test('do not see the packet', () => {
    const error = failureOf(() =>
      build(({ packet }) => {
        const sneaky = subprogram('sneaky', { args: {}, returns: u32 }, () => packet.length); // packet in a subprogram
        numbers.update(1, sneaky({}));
        return PASS;
      }),
    );
    expect(error.code).toBe('BUILD_SCOPE');
    expect(error.position?.line).toBe(lineOf('packet in a subprogram'));
    expect(error.message).toContain('A subprogram does not see the packet: pass it the numbers that it needs');
  });

  test('do not call themselves', () => {
    const self: (args: { n: number }) => Uint<'u32'> = subprogram(
      'self',
      { args: { n: u32 }, returns: u32 },
      () => self({ n: 1 }), // recursion
    );
    const error = failureOf(() => build(() => void numbers.update(1, self({ n: 3 }))));
    expect([error.code, error.position?.line]).toEqual(['BUILD_CONTROL', lineOf('recursion')]);
  });
});
