import { assemble, type LoadedObject, type ProgramArray } from '@hookline/bpf';
import { between, type HelperCase, withParameters } from './parameters.ts';

const OTHERS = assemble(`
  .map next prog_array entries 4
  .map count array value 8 entries 1
  .program again xdp
    r2 = map[count][0]+0
    r3 = *(u64 *)(r2 +0)
    r3 += 1
    *(u64 *)(r2 +0) = r3
    r2 = map[next]
    r3 = 1
    call bpf_tail_call
    r0 = 44
    exit
  .program last xdp
    r0 = 55
    exit
`);

/** Jumps to what the frame says: nothing, a program that jumps to itself until the limit, one that returns. */
export const TAIL_CALL_CASES: readonly HelperCase[] = [
  {
    name: 'tail_call',
    object: (() => {
      const main = withParameters(
        'xdp',
        '.map next prog_array entries 4',
        'r1 = r6\nr2 = map[next]\nr3 = r7\ncall bpf_tail_call\nr0 = 33',
      );
      return {
        ...main,
        programs: { ...main.programs, ...OTHERS.programs },
        maps: OTHERS.maps,
      };
    })(),
    a: between(-1, 5),
    prepare: (loaded: LoadedObject) => {
      const next = loaded.maps.next as unknown as ProgramArray;
      const { again, last } = loaded.programs;
      if (again && last) {
        next.set(1, again);
        next.set(2, last);
      }
    },
  },
];
