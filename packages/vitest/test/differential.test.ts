import { tcp, udp } from '@hookline/packet';
import { expect, test } from 'vitest';
import { worldsDiffer } from '../src/differential.ts';
import { differential } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { firewall, TELNET } from './firewall.ts';

test('assertions run in the simulator first', () => {
  let runs = 0;
  const { withoutKernel } = differential(() => {
    runs++;
    expect(firewall).toDrop(tcp({ destinationPort: TELNET }));
  });
  expect(runs).toBe(withoutKernel === '' ? 2 : 1);
});

test('what fails in the simulator fails at once', () => {
  let runs = 0;
  const text = failureOf(() =>
    differential(() => {
      runs++;
      expect(firewall).toDrop(udp());
    }),
  );
  expect(text).toMatch(/^ {2}Verdict {2}TX$/m);
  expect(runs).toBe(1);
});

test('assertions that take their time are refused', () => {
  expect(() => differential(async () => {})).toThrow(
    'differential was given an async function: await before, and assert in it.',
  );
});

test('a disagreement names both outcomes', () => {
  const outcome = { program: 'edge', type: 'xdp', targets: [], counted: [], frame: Uint8Array.of(1, 2) } as const;
  expect(worldsDiffer({ ...outcome, verdict: 'DROP' }, { ...outcome, verdict: 'PASS' }).message).toBe(
    'The simulator and the kernel disagree about edge: DROP with the frame 0102, and PASS with the frame 0102. This is a bug ' +
      'in the simulator, unless the program depends on time, chance or the number of CPUs: please report it with the frame.',
  );
});
