import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/**
 * Standard output or standard error: waits while the reader is slow, and stops quietly when the reader has gone, as
 * in `hookline capture x.pcap --packets | head`.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #closed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      this.#closed = true;
    });
  }

  /** Nobody reads any more: a command that only prints can stop. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A person looks at it: colour and progress are welcome. */
  get interactive(): boolean {
    return this.#stream.isTTY === true;
  }

  async write(text: string): Promise<void> {
    if (this.#closed || this.#stream.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of EVENTS) this.#stream.off(event, done);
        resolve();
      };
      for (const event of EVENTS) this.#stream.on(event, done);
    });
  }

  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Colours text if this is a terminal; honours NO_COLOR and FORCE_COLOR. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }
}

const EVENTS = ['drain', 'error', 'close'] as const;
