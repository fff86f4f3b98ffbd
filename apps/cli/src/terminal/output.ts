import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/**
 * Standard output or standard error: waits while the reader is slow, and stops quietly when the reader has gone, as
 * in `hookline capture x.pcap --packets | head`.
 */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  #closed = false;
  #failure: Error | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on('error', (error) => this.#fail(error));
  }

  /** Nothing can be written any more, or nobody reads it: a command that only prints can stop. */
  get closed(): boolean {
    return this.#closed;
  }

  /** A person looks at it: colour and progress are welcome. */
  get interactive(): boolean {
    return this.#stream.isTTY === true;
  }

  async write(text: string): Promise<void> {
    if (this.#closed || this.#stream.write(text)) return;
    await this.#drained();
  }

  /**
   * Waits until everything is written.
   *
   * @throws the error of the system if that failed, for example ENOSPC.
   */
  async finish(): Promise<void> {
    if (!this.#closed) {
      await new Promise<void>((resolve) => {
        this.#stream.write('', (error) => {
          if (error) this.#fail(error);
          resolve();
        });
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  line(text = ''): Promise<void> {
    return this.write(`${text}\n`);
  }

  /** Colours text if this is a terminal; honours NO_COLOR and FORCE_COLOR. */
  style(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#stream });
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.#closed = true;
    if (error.code !== 'EPIPE') this.#failure ??= error;
  }

  #drained(): Promise<void> {
    return new Promise<void>((resolve) => {
      const done = () => {
        for (const event of EVENTS) this.#stream.off(event, done);
        resolve();
      };
      for (const event of EVENTS) this.#stream.on(event, done);
    });
  }
}

const EVENTS = ['drain', 'error', 'close'] as const;
