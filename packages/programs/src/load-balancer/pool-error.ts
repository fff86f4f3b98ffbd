/** A change of the pool that cannot be made. The message ends in the remedy. */
export class PoolError extends Error {
  readonly code: 'SERVICE_UNKNOWN' | 'BACKEND_UNKNOWN' | 'BACKEND_REFUSED';

  constructor(code: PoolError['code'], message: string) {
    super(message);
    this.name = 'PoolError';
    this.code = code;
  }
}
