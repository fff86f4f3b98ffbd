/** The npm package `pcap-parser` has no types of its own. */
declare module 'pcap-parser' {
  import type { Readable } from 'node:stream';
  import type { PcapParser } from '@hookline/pcap';

  export function parse(source: string | Readable): PcapParser;
}
