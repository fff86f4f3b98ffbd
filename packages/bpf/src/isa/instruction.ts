/** A place in a source file, for errors, line_info and coverage. Lines and columns start at 1. */
export interface Position {
  /** A path or `file://` URL as the runtime names it, without a query. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * What a loader puts into a 64-bit immediate load once it knows the object's maps: `map` is the map itself
 * (BPF_PSEUDO_MAP_FD), `mapValue` the address of a byte in the value of a one-entry array (BPF_PSEUDO_MAP_VALUE).
 */
export interface MapReference {
  readonly kind: 'map' | 'mapValue';
  /** `MapSpec.name`, unique in an object. */
  readonly name: string;
  /** Byte offset into the value; 0 for `map`. */
  readonly offset: number;
}

/**
 * One instruction (RFC 9669 section 3), of eight bytes or, for the 64-bit immediate load, sixteen: plain numbers, as
 * in memory. Jump distances and calls within the program count eight-byte slots, as the kernel does.
 */
export interface Instruction {
  /** Operation, source flag and class: 0 to 255. */
  readonly opcode: number;
  /** Destination register, 0 to 10. */
  readonly destination: number;
  /** Source register, or what an immediate means (BPF_PSEUDO_*): 0 to 15. */
  readonly source: number;
  /** Signed 16 bits. */
  readonly offset: number;
  /** Signed 32 bits; of a 64-bit immediate load its lower half. */
  readonly immediate: number;
  /** Upper half of a 64-bit immediate, signed 32 bits. Only that instruction has it, and it always has. */
  readonly immediateHigh?: number;
  /** Which map a 64-bit immediate load stands for; the immediates are 0 then. */
  readonly reference?: MapReference;
  /** Where the author wrote it. */
  readonly position?: Position;
}

/** Eight-byte slots an instruction takes: 2 for a 64-bit immediate load, otherwise 1. */
export function slotsOf(instruction: Instruction): 1 | 2 {
  return instruction.immediateHigh === undefined ? 1 : 2;
}
