import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { craft, ipv4, tcp } from '@hookline/packet';
import { createCapture } from '@hookline/pcap';

const FRAME_LENGTH = 1514;
/** Of a record's header in a pcap file. */
const RECORD_HEADER = 16;

/** Writes a capture of about `bytes` bytes with full frames of 64 flows, 1 us apart; returns how many packets. */
export async function writeLargeCapture(path: string, bytes: number): Promise<number> {
  const writer = createCapture(path, { format: 'pcap' });
  const payload = new Uint8Array(FRAME_LENGTH - 54);
  const frames = Array.from({ length: 64 }, (_, flow) =>
    craft(ipv4({ source: '10.0.0.1', destination: '10.0.0.2' }, tcp({ sourcePort: 40_000 + flow }, payload))),
  );
  const packets = Math.ceil(bytes / (FRAME_LENGTH + RECORD_HEADER));
  for (let i = 0; i < packets; i++) {
    const frame = frames[i % frames.length] as Uint8Array;
    const microseconds = i * 2;
    const seconds = Math.floor(microseconds / 1e6);
    const nanoseconds = (microseconds - seconds * 1e6) * 1000;
    writer.writeRecord(frame, 0, FRAME_LENGTH, FRAME_LENGTH, 1_700_000_000 + seconds, nanoseconds, 0, 0);
    if (i % 1000 === 0) await writer.flush();
  }
  await writer.close();
  return packets;
}

export interface Measured {
  readonly exitCode: number | null;
  /** Frames that the report says were sent. */
  readonly sent: number;
  /** The most memory that was resident at any time, in MiB. */
  readonly residentMebibytes: number;
  readonly seconds: number;
}

/** Prints the most memory that was resident, in KiB, when the process ends. */
const REPORT_MEMORY = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write('maxRSS ' + process.resourceUsage().maxRSS + '\\n'));",
)}`;

/** Runs `hookline replay` on a capture in a process of its own, and measures it. */
export function replayInProcess(path: string, ...options: readonly string[]): Promise<Measured> {
  const command = fileURLToPath(new URL('../node_modules/hookline/bin/hookline.js', import.meta.url));
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', REPORT_MEMORY, command, 'replay', path, '--json', ...options]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      const kibibytes = /maxRSS (\d+)/.exec(stderr)?.[1];
      if (kibibytes === undefined || exitCode !== 0) {
        reject(new Error(`hookline replay ended with ${exitCode}: ${stderr}`));
        return;
      }
      resolve({
        exitCode,
        sent: JSON.parse(stdout).frames.sent,
        residentMebibytes: Number(kibibytes) / 1024,
        seconds: (performance.now() - start) / 1000,
      });
    });
  });
}
