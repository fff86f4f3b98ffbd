import { DEFAULT_LICENSE, type Instruction } from '@hookline/bpf';
import { prepare } from '../prepare/prepare.ts';
import type { Engine } from './engine.ts';
import { STATE } from './state.ts';

/** r1 and r2. */
const GIVEN = 0b110;

/** See `Vm.execute`. The bytes are copied into the linear memory and back. */
export function execute(engine: Engine, instructions: readonly Instruction[], bytes?: Uint8Array): bigint {
  const spec = {
    kind: 'program',
    name: 'instructions',
    type: 'xdp',
    license: DEFAULT_LICENSE,
    instructions,
    functions: [],
  } as const;
  const program = prepare(engine, spec, new Map(), GIVEN);
  const { memory, state } = engine;
  const length = bytes?.length ?? 0;
  const address = length === 0 ? 0 : memory.reserve(length, 'the memory of bare instructions');
  memory.bytes.set(bytes ?? [], address);
  engine.enter(program);
  engine.setPacket(address, address + length);
  engine.frame = undefined;
  engine.skb = undefined;
  state[STATE.context] = 0;
  state[STATE.contextLength] = 0;
  engine.run(address, length);
  bytes?.set(memory.bytes.subarray(address, address + length));
  const [low = 0, high = 0] = engine.registers;
  return BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}
