import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { report } from '../src/failure.ts';
import { csvLine } from '../src/terminal/csv.ts';
import { Output } from '../src/terminal/output.ts';
import { Progress } from '../src/terminal/progress.ts';
import { duration, grouped, instant, percent, scaled, seconds } from '../src/terminal/quantities.ts';
import { numberTables, properties, table } from '../src/terminal/table.ts';
import { printable, wrapped } from '../src/terminal/text.ts';

/** A stream that remembers, and passes for a terminal or not. */
function recorder(isTTY: boolean, delay = 0) {
  const written: string[] = [];
  const stream = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    async write(text: string, _encoding, done) {
      if (delay > 0) await setTimeout(delay);
      written.push(text);
      done();
    },
  });
  return { written, stream, output: new Output(Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream) };
}

describe('quantities', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567, '1,234,567'],
    [12345678901234567890n, '12,345,678,901,234,567,890'],
  ])('%s is grouped as %s', (value, text) => {
    expect(grouped(value)).toBe(text);
  });

  test.each([
    [0, '0 b/s'],
    [7, '7 b/s'],
    [1.5, '1.50 b/s'],
    [999.4, '999 b/s'],
    [999.6, '1.00 kb/s'],
    [9_994, '9.99 kb/s'],
    [9_996, '10.0 kb/s'],
    [14_880_952, '14.9 Mb/s'],
    [10e9, '10.0 Gb/s'],
    [999_499_999_999, '999 Gb/s'],
  ])('%d b/s is %s', (value, text) => {
    expect(scaled(value, 'b/s')).toBe(text);
  });

  test.each([
    [0, '0 ns'],
    [999, '999 ns'],
    [999.6, '1.00 us'],
    [1500, '1.50 us'],
    [207_000, '207 us'],
    [1_691_429_750.8, '1.69 s'],
    [86_400e9, '86,400 s'],
  ])('%d ns is %s', (value, text) => {
    expect(duration(value)).toBe(text);
  });

  test.each([
    [0, '0.0 %'],
    [0.000_01, '< 0.1 %'],
    [0.3676, '36.8 %'],
    [0.999_9, '> 99.9 %'],
    [1, '100.0 %'],
  ])('a share of %d is %s', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  test('instants and durations keep every nanosecond', () => {
    expect(instant(0n)).toBe('1970-01-01 00:00:00.000000000 UTC');
    expect(instant(1_418_145_369_924_505_488n)).toBe('2014-12-09 17:16:09.924505488 UTC');
    expect(instant(-1n)).toBe('1969-12-31 23:59:59.999999999 UTC');
    expect(instant(18_446_744_072n * 10n ** 15n)).toMatch(/ s after 1970$/);
    expect([seconds(0n), seconds(1n), seconds(1_500_000_000n), seconds(3_600_000_000_000n)]).toEqual([
      '0 s',
      '0.000000001 s',
      '1.5 s',
      '3,600 s',
    ]);
  });
});

describe('tables', () => {
  test('columns line up whatever is in them, colours included', () => {
    const cell = fc
      .string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 })
      .map((text) => text.replaceAll(' ', '.'));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }), (rows) => {
        const lines = table(
          [
            { heading: 'left', value: ([left]: [string, string]) => `\u001b[1m${left}\u001b[22m` },
            { heading: 'right', align: 'right', value: ([, right]: [string, string]) => right },
          ],
          rows,
        ).map(stripVTControlCharacters);
        expect(new Set(lines.map((line) => line.length)).size).toBe(1);
        expect(lines.map((line) => line.split(/ +/)).slice(1)).toEqual(rows.map((row) => [...row]));
      }),
    );
  });

  test('numbers leave out columns of zeros, and break where the line is too long', () => {
    const numbers = ['long_name', 'nothing', 'another_name', 'always'].map((heading, index) => ({
      heading,
      number: (row: number) => (index % 2 === 0 ? row * 1000 : 0),
      always: heading === 'always',
    }));
    const keys = [{ heading: 'row', align: 'right', value: (row: number) => String(row) }] as const;
    expect(numberTables(keys, numbers, [1, 2], 25)).toEqual([
      ['row  long_name', '  1      1,000', '  2      2,000'],
      ['row  another_name  always', '  1         1,000       0', '  2         2,000       0'],
    ]);
  });

  test('no line ends in spaces', () => {
    expect(table([{ heading: 'long heading', value: (row: string) => row }], ['x'])).toEqual(['long heading', 'x']);
    expect(
      properties([
        ['a', '1'],
        ['bcd', '2'],
      ]),
    ).toEqual(['a    1', 'bcd  2']);
  });
});

test('text from a file is printed without control characters', () => {
  expect(printable('grüße \u001b[2J\u009b31m\n\u202e')).toBe('grüße \\u001b[2J\\u009b31m\\u000a\\u202e');
});

test('text is wrapped at spaces, and no word is lost', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three']);
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
      fc.integer({ min: 1, max: 30 }),
      (words, width) => {
        const lines = wrapped(words.join(' '), width);
        expect(lines.join(' ')).toBe(words.join(' '));
        for (const line of lines) expect(line.length <= width || !line.includes(' ')).toBe(true);
      },
    ),
  );
});

describe('output', () => {
  test('a slow reader is waited for', async () => {
    const { written, output } = recorder(false, 5);
    for (let i = 0; i < 5; i += 1) {
      await output.line(String(i));
      expect(written).toHaveLength(i + 1);
    }
  });

  test('after a broken pipe nothing is written and nothing is thrown', async () => {
    const { written, stream, output } = recorder(false);
    stream.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
    await setTimeout(1);
    expect(output.closed).toBe(true);
    await output.line('x');
    expect(written).toEqual([]);
  });

  test('progress shows on a terminal only, after a while, and is removed', async () => {
    for (const isTTY of [true, false]) {
      const { written, output } = recorder(isTTY);
      const progress = new Progress(output);
      await progress.update(1, 10, 1);
      expect(written).toEqual([]);
      await setTimeout(320);
      await progress.update(5_000_000, 10_000_000, 100);
      await progress.update(6_000_000, 10_000_000, 100);
      await progress.clear();
      const lines = isTTY ? ['\r\u001b[K50 %  5.00 MB  ', '\r\u001b[K'] : [];
      // The rate depends on the machine.
      expect(written.map((text) => text.replace(/\d+ packets\/s$/, ''))).toEqual(lines);
    }
  });
});

describe('failures', () => {
  test('an error nobody foresaw says so, and where to look', async () => {
    const { written, output } = recorder(false);
    const session = { stderr: output, aftermath: undefined };
    expect(await report(new TypeError('x is not\n  a function'), session, false)).toBe(1);
    expect(await report(Object.assign(new Error('full'), { code: 'ENOSPC' }), session, false)).toBe(1);
    expect(await report(Object.assign(new Error('bad'), { code: 'ERR_INVALID_ARG_TYPE' }), session, false)).toBe(1);
    expect(written).toEqual([
      'hookline: x is not a function (unexpected; run again with --debug to see where)\n',
      'hookline: full\n',
      'hookline: bad (unexpected; run again with --debug to see where)\n',
    ]);
  });

  test('what it left behind is the last sentence; a wrong call has its own exit code', async () => {
    const { written, output } = recorder(false);
    const error = Object.assign(new Error('rate is 0:\u001b[2J give more.'), { code: 'REPLAY_OPTION' });
    expect(await report(error, { stderr: output, aftermath: 'x was not written.' }, false)).toBe(2);
    expect(written).toEqual(['hookline: rate is 0:\\u001b[2J give more. x was not written.\n']);
  });
});

describe('a line of CSV', () => {
  test('quotes what RFC 4180 wants quoted', () => {
    expect(csvLine(['a', 1.5, 'b c', 'd,e', 'say "no"', 'two\nlines', ''])).toBe(
      'a,1.5,b c,"d,e","say ""no""","two\nlines",\r\n',
    );
  });

  test('can be read back, whatever is in it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ',', '"', '\r', '\n') });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), (values) => {
        // The grammar of RFC 4180, section 2: fields are escaped or hold none of the four characters.
        const fields = [...csvLine(values).matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy)];
        const read = fields.map(([, escaped, plain]) => escaped?.replaceAll('""', '"') ?? plain);
        expect(read).toEqual(values);
      }),
    );
  });
});
