/** A field of a struct that is being written. Offsets and sizes in bits. */
export interface BtfMember {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  /** Of a bit field; 0 for a whole type. */
  readonly bits: number;
}

export interface BtfParameter {
  readonly name: string;
  readonly type: number;
}

/** Kinds, in bits 24 to 28 of a type's info word. */
const KIND = { int: 1, array: 3, struct: 4, func: 12, funcProto: 13 } as const;
const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_SIZE = 24;
const INT_SIGNED = 1 << 24;
/** Bit 31 of a struct's info word: its members' offsets hold bit field sizes too. */
const KIND_FLAG = 0x8000_0000;

/** `static` functions are verified with their callers, `global` ones by themselves. */
const LINKAGE = { static: 0, global: 1 } as const;

/** KSYM_NAME_LEN - 1 (linux/kallsyms.h). */
const LONGEST_NAME = 511;

/** A name as the kernel takes it: `[A-Za-z_][A-Za-z0-9_]*`, never empty, cut where it is too long. */
export function btfName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_');
  return (/^[A-Za-z_]/.test(plain) ? plain : `_${plain}`).slice(0, LONGEST_NAME);
}

/**
 * Writes BPF Type Format, little-endian (Documentation/bpf/btf.rst of the kernel): a section of types, numbered from 1
 * in the order of these calls, and a section of strings. A type that was written before is not written again.
 */
export class BtfWriter {
  readonly #types: number[] = [];
  readonly #ids = new Map<string, number>();
  readonly #strings = new Map<string, number>([['', 0]]);
  readonly #text: Uint8Array[] = [new Uint8Array(1)];
  #textSize = 1;
  #last = 0;

  /** The offset of a string in the section of strings. */
  string(text: string): number {
    // The section's strings end at their first NUL.
    const key = text.replaceAll('\0', ' ');
    const known = this.#strings.get(key);
    if (known !== undefined) return known;
    const offset = this.#textSize;
    const bytes = new TextEncoder().encode(`${key}\0`);
    this.#text.push(bytes);
    this.#textSize += bytes.length;
    this.#strings.set(key, offset);
    return offset;
  }

  int(name: string, size: number, signed: boolean): number {
    return this.#type(name, KIND.int << 24, size, [(signed ? INT_SIGNED : 0) | (size * 8)]);
  }

  array(element: number, index: number, length: number): number {
    return this.#type('', KIND.array << 24, 0, [element, index, length]);
  }

  /** @param members in the order of their offsets */
  struct(name: string, size: number, members: readonly BtfMember[]): number {
    const flag = members.some((member) => member.bits > 0) ? KIND_FLAG : 0;
    const words = members.flatMap(({ name: own, type, offset, bits }) => {
      return [this.string(btfName(own)), type, (bits << 24) | offset];
    });
    return this.#type(name, flag | (KIND.struct << 24) | members.length, size, words);
  }

  functionPrototype(result: number, parameters: readonly BtfParameter[]): number {
    const words = parameters.flatMap(({ name, type }) => [this.string(btfName(name)), type]);
    return this.#type('', (KIND.funcProto << 24) | parameters.length, result, words);
  }

  function(name: string, prototype: number, linkage: keyof typeof LINKAGE): number {
    return this.#type(name, (KIND.func << 24) | LINKAGE[linkage], prototype, []);
  }

  finish(): Uint8Array {
    const typeSize = this.#types.length * 4;
    const bytes = new Uint8Array(HEADER_SIZE + typeSize + this.#textSize);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, MAGIC, true);
    view.setUint8(2, VERSION);
    const header = [HEADER_SIZE, 0, typeSize, typeSize, this.#textSize];
    [...header, ...this.#types].forEach((word, i) => {
      view.setUint32(4 + i * 4, word, true);
    });
    let at = HEADER_SIZE + typeSize;
    for (const text of this.#text) {
      bytes.set(text, at);
      at += text.length;
    }
    return bytes;
  }

  #type(name: string, info: number, sizeOrType: number, rest: readonly number[]): number {
    const words = [name === '' ? 0 : this.string(btfName(name)), info, sizeOrType, ...rest];
    const key = words.join();
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    // Not all at once: a struct may have more members than a call takes arguments.
    for (const word of words) this.#types.push(word);
    this.#ids.set(key, ++this.#last);
    return this.#last;
  }
}
