import { type CaptureWriter, createCapture } from '@hookline/pcap';
import { PendingFile } from '../terminal/pending-file.ts';

/** The capture that a replay writes. */
export class OutputFile {
  readonly writer: CaptureWriter;
  readonly file: PendingFile;

  /**
   * @param inputs files that are read meanwhile, which it must not replace
   * @throws CliError BAD_ARGUMENT; CaptureError where no file can be created
   */
  constructor(path: string, inputs: readonly string[]) {
    this.file = new PendingFile('--write', path, inputs);
    this.writer = createCapture(this.file.partial, { interfaces: [], name: path });
  }

  /** Closes it and gives it its name. */
  async keep(): Promise<void> {
    await this.writer.close();
    this.file.keep();
  }
}
