/** The text that the kernel wrote into a log buffer: what comes before the first NUL. */
export function logText(log: Uint8Array): string {
  const end = log.indexOf(0);
  return new TextDecoder().decode(end < 0 ? log : log.subarray(0, end));
}
