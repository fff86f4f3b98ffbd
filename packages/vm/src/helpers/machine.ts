import type { Engine } from '../engine/engine.ts';
import type { Helper } from './helper.ts';

function returnTime(engine: Engine): void {
  const now = Math.floor(engine.options.clock.now);
  engine.registers[0] = now | 0;
  engine.registers[1] = Math.floor(now / 2 ** 32);
}

/** What a program may ask the machine: kernel/bpf/helpers.c. The simulated machine never sleeps: boot time is time. */
export const machineHelpers = {
  ktime_get_ns: returnTime,
  ktime_get_boot_ns: returnTime,

  get_prandom_u32(engine: Engine): void {
    engine.returnUnsigned(engine.options.random.u32());
  },

  get_smp_processor_id(engine: Engine): void {
    engine.returnUnsigned(engine.cpu);
  },

  get_numa_node_id(engine: Engine): void {
    engine.returnUnsigned(0);
  },
} satisfies Record<string, Helper>;
