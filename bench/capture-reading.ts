import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCapture, openCapture } from '@hookline/pcap';
import { parse } from 'pcap-parser';
import { compare, type Subject } from './compare.ts';
import type { BenchResult } from './result.ts';

const PACKETS = 500_000;
const PACKET_LENGTH = 64;
const GOAL = 10;
/** The parser reads no pcapng: it is measured on the pcap file with the same packets, half the bytes around each. */
const PCAPNG_GOAL = 5;
/** The parser reads microsecond files only; ours writes nanoseconds. */
const MAGIC_MICROSECONDS = Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1);

/** Reading a capture of 64-byte packets from a file, against the npm package `pcap-parser`. */
export async function run(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  // The parser allocates with `new Buffer`, and Node says so on standard error.
  const noDeprecation = process.noDeprecation === true;
  process.noDeprecation = true;
  try {
    const pcap = join(folder, 'capture.pcap');
    const pcapng = join(folder, 'capture.pcapng');
    await generate(pcap, 'pcap');
    await generate(pcapng, 'pcapng');
    const baseline = checked(() => readWithParser(pcap));
    const shared = { baseline, unit: 'Mpackets/s', per: 1e6 };
    return [
      await compare({
        name: 'read pcap, 64-byte packets',
        ours: checked(() => readBatches(pcap)),
        goal: GOAL,
        ...shared,
      }),
      await compare({
        name: 'read pcapng, 64-byte packets',
        ours: checked(() => readBatches(pcapng)),
        goal: PCAPNG_GOAL,
        ...shared,
      }),
    ];
  } finally {
    process.noDeprecation = noDeprecation;
    rmSync(folder, { recursive: true });
  }
}

/** A subject that fails if it did not see every packet. */
function checked(read: () => Promise<number>): Subject {
  return {
    work: PACKETS,
    run: async () => {
      const bytes = await read();
      if (bytes !== PACKETS * PACKET_LENGTH)
        throw new Error(`${bytes} bytes were read, not ${PACKETS * PACKET_LENGTH}.`);
    },
  };
}

async function readBatches(path: string): Promise<number> {
  let bytes = 0;
  for await (const { count, capturedLength } of (await openCapture(path)).batches()) {
    for (let i = 0; i < count; i += 1) bytes += capturedLength[i] as number;
  }
  return bytes;
}

function readWithParser(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    const parser = parse(path);
    parser.on('packet', ({ header }) => {
      bytes += header.capturedLength;
    });
    parser.on('error', reject);
    parser.on('end', () => resolve(bytes));
  });
}

async function generate(path: string, format: 'pcap' | 'pcapng'): Promise<void> {
  const writer = createCapture(path, { format });
  const packet = new Uint8Array(PACKET_LENGTH);
  for (let i = 0; i < PACKETS; i += 1) {
    packet.fill(i & 0xff);
    writer.writeRecord(packet, 0, PACKET_LENGTH, PACKET_LENGTH, 1_700_000_000, i, 0, 0);
  }
  await writer.close();
  if (format === 'pcap') await overwriteStart(path, MAGIC_MICROSECONDS);
}

async function overwriteStart(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, 0);
  await file.close();
}
