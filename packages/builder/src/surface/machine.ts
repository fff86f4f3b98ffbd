import { HELPER_FLAGS, HELPERS } from '@hookline/bpf';
import { constant } from '../ir/operation.ts';
import { enter } from './context.ts';
import { type AnyOperand, computed, INTEGER_TYPES, narrow, read } from './integer.ts';
import { newArea, storeBytes } from './memory.ts';
import type { Hook, Operand, Uint, Verdict } from './types.ts';
import { dynamicVerdict } from './verdict.ts';

/** A random number. */
export function random(): Uint<'u32'> {
  const context = enter();
  // The helper leaves the upper half of r0 undefined.
  const value = narrow(context, context.call(HELPERS.get_prandom_u32.id, []), INTEGER_TYPES.u32);
  return computed(context, value, 'u32');
}

/** Nanoseconds since boot, without the time the machine was suspended (CLOCK_MONOTONIC). */
export function time(): Uint<'u64'> {
  const context = enter();
  return computed(context, context.call(HELPERS.ktime_get_ns.id, []), 'u64');
}

/** The CPU that the program runs on. */
export function cpu(): Uint<'u32'> {
  const context = enter();
  const value = narrow(context, context.call(HELPERS.get_smp_processor_id.id, []), INTEGER_TYPES.u32);
  return computed(context, value, 'u32');
}

/**
 * Sends the packet out of an interface, by its index: `return redirect(3)`.
 *
 * @param options `ingress` (TC only): as if it had come in there
 */
export function redirect(interfaceIndex: Operand<'u32'>, options: { readonly ingress?: boolean } = {}): Verdict<Hook> {
  const context = enter();
  const { hook } = context.program;
  if (options.ingress && hook === 'xdp') {
    context.fail('BUILD_VALUE', 'XDP sends packets out only: leave ingress out, or use a TC program.');
  }
  const index = read(context, interfaceIndex, INTEGER_TYPES.u32);
  context.effects++;
  const value = context.call(HELPERS.redirect.id, [index, constant(options.ingress ? HELPER_FLAGS.INGRESS : 0)]);
  return dynamicVerdict(context, ['xdp', 'tc'], 'redirect', value);
}

const MOST_TRACED = 3;

/**
 * Writes a line to the kernel's trace (/sys/kernel/tracing/trace_pipe), for looking at a program that is being written:
 * `trace('port %u', tcp.destinationPort)`. It is slow, and for programs under a GPL-compatible licence.
 *
 * @param format with `%u`, `%x`, `%llu` and the like for each value
 */
export function trace(format: string, ...values: readonly Operand<'u8' | 'u16' | 'u32' | 'u64'>[]): void {
  const context = enter();
  if (values.length > MOST_TRACED) {
    context.fail('BUILD_VALUE', `trace takes ${MOST_TRACED} values at most: write another line for the others.`);
  }
  const text = new TextEncoder().encode(`${format}\0`);
  const area = newArea(context, text.length);
  storeBytes(context, area, text);
  const parameters = values.map((value) => read(context, value as AnyOperand, INTEGER_TYPES.u64));
  context.effects++;
  const address = { kind: 'address', area: area.base, offset: 0 } as const;
  context.call(HELPERS.trace_printk.id, [address, constant(text.length), ...parameters]);
}
