import { CaptureError, openCapture } from '@hookline/pcap';
import type { Session } from '../session.ts';
import { Progress } from '../terminal/progress.ts';
import type { CaptureReport } from './capture-report.ts';
import { JsonReport } from './json-report.ts';
import { TextReport } from './text-report.ts';
import { Totals } from './totals.ts';

export interface CaptureOptions {
  readonly packets?: boolean;
  readonly limit?: number;
  readonly json?: boolean;
}

const STANDARD_INPUT = '-';

/**
 * Shows what a capture holds.
 *
 * @throws CaptureError if it is damaged or cannot be read, after what could be read was shown.
 */
export async function showCapture(file: string, options: CaptureOptions, session: Session): Promise<void> {
  const { stdout, stderr } = session;
  const listing = options.packets === true;
  // Dissecting is loaded only for a list.
  const dissect = listing ? (await import('@hookline/packet')).dissect : undefined;
  const report: CaptureReport = new (options.json === true ? JsonReport : TextReport)(file, stdout, dissect);
  const progress = new Progress(stderr);
  const totals = new Totals();
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let error: CaptureError | undefined;
  let begun = false;
  try {
    const capture =
      file === STANDARD_INPUT ? await openCapture(process.stdin, { name: file }) : await openCapture(file);
    begun = true;
    await report.begin(capture);
    for await (const batch of capture.batches()) {
      const count = Math.min(batch.count, limit - totals.packets);
      totals.add(batch, count);
      if (listing) {
        // Packets that scroll by are progress enough.
        await report.list(batch, count);
      } else {
        await progress.update(capture.bytesRead, capture.totalBytes, totals.packets);
      }
      if (totals.packets >= limit || stdout.closed) break;
    }
  } catch (caught) {
    if (!(caught instanceof CaptureError)) throw caught;
    error = caught;
  } finally {
    await progress.clear();
  }
  if (!begun) await report.begin(undefined);
  await report.end(totals, error);
  if (error !== undefined) throw error;
}
