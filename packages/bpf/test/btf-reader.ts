/** Reads BPF Type Format as Documentation/bpf/btf.rst of the kernel describes it: just enough for these tests. */

const KINDS: Readonly<Record<number, string>> = { 1: 'INT', 3: 'ARRAY', 4: 'STRUCT', 12: 'FUNC', 13: 'FUNC_PROTO' };

/** One line for each type, in the words of `bpftool btf dump`, and a way to look strings up. */
export function readBtf(bytes: Uint8Array): { readonly types: string[]; string(offset: number): string } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => view.getUint32(at, true);
  if (view.getUint16(0, true) !== 0xeb9f || view.getUint8(2) !== 1 || word(4) !== 24) throw new Error('no BTF header');
  const [typeOffset, typeSize, stringOffset, stringSize] = [word(8), word(12), word(16), word(20)];
  if (24 + stringOffset + stringSize !== bytes.length) throw new Error('sections do not fill the bytes');
  const string = (offset: number): string => {
    const start = 24 + stringOffset + offset;
    return new TextDecoder().decode(bytes.subarray(start, bytes.indexOf(0, start)));
  };
  const types: string[] = [];
  let at = 24 + typeOffset;
  while (at < 24 + typeOffset + typeSize) {
    const [name, info, size] = [string(word(at)) || '(anon)', word(at + 4), word(at + 8)];
    const count = info & 0xffff;
    const kind = KINDS[(info >>> 24) & 0x1f] ?? 'unknown';
    at += 12;
    const id = types.length + 1;
    if (kind === 'INT') {
      const signed = word(at) >>> 24 === 1 ? 'SIGNED' : '(none)';
      types.push(`[${id}] INT '${name}' size=${size} nr_bits=${word(at) & 0xff} encoding=${signed}`);
      at += 4;
    } else if (kind === 'ARRAY') {
      types.push(`[${id}] ARRAY '${name}' type_id=${word(at)} index_type_id=${word(at + 4)} nr_elems=${word(at + 8)}`);
      at += 12;
    } else if (kind === 'STRUCT') {
      const members = Array.from({ length: count }, (_, i) => {
        const offset = word(at + i * 12 + 8);
        const bits = info >>> 31 ? offset >>> 24 : 0;
        const place = `bits_offset=${info >>> 31 ? offset & 0xff_ffff : offset}`;
        const width = bits ? ` bitfield_size=${bits}` : '';
        return ` '${string(word(at + i * 12))}' type_id=${word(at + i * 12 + 4)} ${place}${width}`;
      });
      types.push(`[${id}] STRUCT '${name}' size=${size}${members.join('')}`);
      at += 12 * count;
    } else if (kind === 'FUNC_PROTO') {
      const parameters = Array.from({ length: count }, (_, i) => {
        return ` '${string(word(at + i * 8))}' type_id=${word(at + i * 8 + 4)}`;
      });
      types.push(`[${id}] FUNC_PROTO '${name}' ret_type_id=${size}${parameters.join('')}`);
      at += 8 * count;
    } else types.push(`[${id}] ${kind} '${name}' type_id=${size} linkage=${count ? 'global' : 'static'}`);
  }
  return { types, string };
}
