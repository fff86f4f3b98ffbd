// `node without-host.mjs <in> <out>`: a little-endian pcapng file without the options that describe the recording host
// (hardware, operating system, filter): of each section none are kept, of each interface if_name and if_tsresol.
import { readFileSync, writeFileSync } from 'node:fs';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
/** Where the options of a block begin (draft-ietf-opsawg-pcapng, sections 4.1 and 4.2), and which of them stay. */
const trimmed = { [SECTION]: { options: 24, keep: [] }, [INTERFACE]: { options: 16, keep: [2, 9] } };

const file = readFileSync(process.argv[2]);
const blocks = [];
for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
  const block = file.subarray(at, at + file.readUInt32LE(at + 4));
  const trim = trimmed[block.readUInt32LE(0)];
  blocks.push(trim === undefined ? block : withOptions(block, trim));
}
writeFileSync(process.argv[3], Buffer.concat(blocks));

function withOptions(block, { options, keep }) {
  const parts = [block.subarray(0, options)];
  for (let at = options; at < block.length - 4; ) {
    const size = 4 + Math.ceil(block.readUInt16LE(at + 2) / 4) * 4;
    if (keep.includes(block.readUInt16LE(at))) parts.push(block.subarray(at, at + size));
    at += size;
  }
  if (parts.length > 1) parts.push(Buffer.alloc(4)); // opt_endofopt
  const whole = Buffer.concat([...parts, Buffer.alloc(4)]);
  whole.writeUInt32LE(whole.length, 4);
  whole.writeUInt32LE(whole.length, whole.length - 4);
  return whole;
}
