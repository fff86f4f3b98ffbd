import type { MapOf, Row } from '@hookline/bpf';
import { type Operand, perCpuArray, type Uint, when } from '@hookline/builder';
import { struct, u64 } from '@hookline/layout';

/** Packets, and their bytes without FCS. */
export const Count = struct('count', { packets: u64, bytes: u64 });

/** A counter for each of `slots` things; every CPU counts for itself. */
export function counterMap(name: string, slots: number) {
  return perCpuArray(name, { value: Count, maxEntries: slots });
}

export type CounterMap = ReturnType<typeof counterMap>;

/** In a program: counts the packet. */
export function countPacket(counters: CounterMap, slot: Operand<'u32'>, length: Uint<'u32'>): void {
  when(counters.lookup(slot), (count) => {
    count.packets.add(1);
    count.bytes.add(length);
  });
}

/** In the control plane: what all CPUs have counted together, a row for each slot. */
export function counterRows(
  counters: MapOf<CounterMap>,
  labels: readonly { readonly label: string; readonly action: string }[],
): readonly Row[] {
  return labels.map(({ label, action }, slot) => ({ label, action, ...countOf(counters, slot) }));
}

/** What all CPUs have counted in one slot. */
export function countOf(counters: MapOf<CounterMap>, slot: number): Pick<Row, 'packets' | 'bytes'> {
  let packets = 0n;
  let bytes = 0n;
  for (const cpu of counters.get(slot) ?? []) {
    packets += cpu.packets;
    bytes += cpu.bytes;
  }
  return { packets, bytes };
}

/** Sets the first `slots` counters to zero. What is counted meanwhile may be lost from the count. */
export function resetCounters(counters: MapOf<CounterMap>, slots: number): void {
  for (let slot = 0; slot < slots; slot++) {
    const perCpu = counters.get(slot) ?? [];
    counters.set(
      slot,
      perCpu.map(() => ({ packets: 0n, bytes: 0n })),
    );
  }
}
