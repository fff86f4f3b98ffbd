import { type Instruction, indexBySlot } from '@hookline/bpf';

const MASK_64 = 2n ** 64n - 1n;

/**
 * The interpreter that one would write first: a switch over opcodes and registers that are BigInts, without any check.
 * It knows the instructions of the benchmark's program and no others.
 *
 * @param view the memory that addresses index
 * @returns runs the program with the given r1 and gives r0
 */
export function bigIntInterpreter(instructions: readonly Instruction[], view: DataView): (r1: bigint) => bigint {
  const index = indexBySlot(instructions);
  const registers = new BigUint64Array(11);
  const at = (register: number): bigint => registers[register] as bigint;
  return (r1) => {
    registers[1] = r1;
    for (let slot = 0; ; slot++) {
      const instruction = instructions[index[slot] as number] as Instruction;
      const { opcode, destination: d, source: s, offset, immediate } = instruction;
      const k = BigInt(immediate) & MASK_64;
      switch (opcode) {
        case 0xb7:
          registers[d] = k;
          break;
        case 0xbf:
          registers[d] = at(s);
          break;
        case 0x07:
          registers[d] = at(d) + k;
          break;
        case 0x0f:
          registers[d] = at(d) + at(s);
          break;
        case 0x57:
          registers[d] = at(d) & k;
          break;
        case 0x67:
          registers[d] = at(d) << k;
          break;
        case 0x77:
          registers[d] = at(d) >> k;
          break;
        case 0x61:
          registers[d] = BigInt(view.getUint32(Number(at(s)) + offset, true));
          break;
        case 0x69:
          registers[d] = BigInt(view.getUint16(Number(at(s)) + offset, true));
          break;
        case 0x71:
          registers[d] = BigInt(view.getUint8(Number(at(s)) + offset));
          break;
        case 0x2d:
          if (at(d) > at(s)) slot += offset;
          break;
        case 0x55:
          if (at(d) !== k) slot += offset;
          break;
        case 0x95:
          return at(0);
        default:
          throw new Error(
            `The benchmark's program has opcode ${opcode}, which this interpreter does not know: add it.`,
          );
      }
    }
  };
}
