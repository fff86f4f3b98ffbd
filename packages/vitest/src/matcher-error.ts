/** A matcher or `replay` was given something that it cannot test. The message ends in the remedy. */
export class MatcherError extends Error {
  readonly code: 'MATCHER_SUBJECT' | 'MATCHER_FRAME' | 'MATCHER_OPTION' | 'MATCHER_WORLDS_DIFFER';

  constructor(code: MatcherError['code'], message: string) {
    super(message);
    this.name = 'MatcherError';
    this.code = code;
  }
}
