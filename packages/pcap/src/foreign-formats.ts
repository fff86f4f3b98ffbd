/** First bytes of files that people take for captures, and what to say about them. */
const FOREIGN: readonly (readonly [prefix: readonly number[], what: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed with Zstandard, which is not read (decompress it with unzstd)'],
  [[0x04, 0x22, 0x4d, 0x18], 'is compressed with LZ4, which is not read (decompress it with unlz4)'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'is compressed with xz, which is not read (decompress it with unxz)'],
  [[0x42, 0x5a, 0x68], 'is compressed with bzip2, which is not read (decompress it with bunzip2)'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive (unpack it first)'],
  [[0x73, 0x6e, 0x6f, 0x6f, 0x70], 'is a snoop capture (convert it with: editcap -F pcapng)'],
  [[0x7f, 0x45, 0x4c, 0x46], 'is an ELF file (a program, not a capture)'],
];

const SHOWN = 4;

/** Says what a file is that is not a capture, from its first bytes. */
export function foreignFormat(head: Uint8Array): string {
  const known = FOREIGN.find(([prefix]) => prefix.every((byte, index) => head[index] === byte));
  if (known !== undefined) return known[1];
  const shown = Array.from(head.subarray(0, SHOWN), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `starts with ${shown}, which is neither pcap nor pcapng`;
}
