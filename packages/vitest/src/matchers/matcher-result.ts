/** What Vitest takes from a matcher. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}
