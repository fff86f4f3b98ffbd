/** An option of a replay that cannot be, or a replay that cannot go on. The message ends in the remedy. */
export class ReplayError extends Error {
  readonly code: 'REPLAY_OPTION' | 'REPLAY_LINK_TYPE' | 'REPLAY_CONSERVATION';

  constructor(code: ReplayError['code'], message: string) {
    super(message);
    this.name = 'ReplayError';
    this.code = code;
  }
}
