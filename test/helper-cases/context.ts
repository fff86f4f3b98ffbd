import { PROGRAM_TYPES, type ProgramType } from '@hookline/bpf';
import { any32, type HelperCase, withParameters } from './parameters.ts';

/** Fields of which a test run says nothing: see the context fields that are not compared. */
const UNSAID: ReadonlySet<string> = new Set(['hash', 'queue_mapping', 'napi_id', 'sk', 'tstamp_type']);

/** Stores every number in the context that may be read to `seen`. */
function reading(type: ProgramType): HelperCase {
  const fields = PROGRAM_TYPES[type].context.filter(
    ({ name, read, pointer }) => read !== 'no' && pointer === undefined && !UNSAID.has(name),
  );
  const stores = fields.flatMap(({ offset, size }) =>
    Array.from({ length: Math.ceil(size / 8) }, (_, i) => {
      const wide = size % 8 === 0 ? 'u64' : 'u32';
      return { from: offset + 8 * i, wide };
    }),
  );
  const body = stores.map(({ from, wide }, i) => `r2 = *(${wide} *)(r6 +${from})\n*(u64 *)(r7 +${8 * i}) = r2`);
  return {
    name: `every field of the context of ${type}`,
    object: withParameters(
      type,
      `.map seen array value ${8 * stores.length} entries 1`,
      `r7 = map[seen][0]+0\n${body.join('\n')}\nr0 = 0`,
    ),
    a: any32,
  };
}

/** Writes to every field of a packet's context that may be written, and reads it back. */
const WRITING: HelperCase = {
  name: 'what TC programs may write to the context',
  object: withParameters(
    'sched_cls',
    '.map seen array value 64 entries 1',
    `r1 = map[seen][0]+0
     ${PROGRAM_TYPES.sched_cls.context
       .filter(({ write, size }) => write !== 'no' && size === 4)
       .map(
         ({ offset }, i) => `*(u32 *)(r6 +${offset}) = r8
           r8 += 77
           r2 = *(u32 *)(r6 +${offset})
           *(u64 *)(r1 +${8 * i}) = r2`,
       )
       .join('\n')}
     *(u8 *)(r6 +49) = r9
     *(u16 *)(r6 +54) = r9
     *(u32 *)(r6 +56) = r7
     *(u64 *)(r6 +152) = r9
     r0 = *(u32 *)(r6 +52)`,
  ),
  a: any32,
  b: any32,
};

export const CONTEXT_CASES: readonly HelperCase[] = [reading('xdp'), reading('sched_cls'), WRITING];
