import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CaptureError } from '@hookline/pcap';
import { ReplayError, replay } from '@hookline/replay';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../shared/captures/', import.meta.url));
const present = existsSync(`${folder}expected.tsv`);
const suffix = present ? '' : ' (skipped: no captures at ../shared/captures)';

const files = present
  ? readFileSync(`${folder}expected.tsv`, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
      .map(([file = '', , packets = '']) => ({ file, packets: Number(packets) }))
  : [];

/** 64 MiB: hundreds of hosts are made here. */
const host = { memoryPages: 1024, packetBuffers: 4096 };

describe(`every shared capture${suffix}`, () => {
  test.skipIf(!present)(
    'replays, or is refused with one of the documented errors',
    async () => {
      let replayed = 0;
      for (const { file, packets } of files) {
        try {
          const report = await replay({ captures: [{ source: folder + file }], host, device: { queues: 1 } }).run();
          const { wire, delivered, dropped, transmitted, held } = report.conservation;
          expect([file, wire]).toEqual([file, delivered + dropped + transmitted + held]);
          if (report.error === null && Number.isInteger(packets)) {
            expect([file, report.captures[0]?.packets]).toEqual([file, packets]);
          }
          replayed++;
        } catch (error) {
          const isDocumented =
            error instanceof CaptureError || (error instanceof ReplayError && error.code === 'REPLAY_LINK_TYPE');
          if (!isDocumented) throw new Error(`${file} was not replayed`, { cause: error });
        }
      }
      expect(replayed).toBeGreaterThan(300);
    },
    60_000,
  );
});
