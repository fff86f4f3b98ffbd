/** A simulated host or device that cannot be as it was asked for. The message ends in the remedy. */
export class HostError extends Error {
  readonly code: 'HOST_OPTION' | 'HOST_DEVICE';

  constructor(code: HostError['code'], message: string) {
    super(message);
    this.name = 'HostError';
    this.code = code;
  }
}
