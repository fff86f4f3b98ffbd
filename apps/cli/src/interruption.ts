const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `clean` when the process is asked to end (Ctrl-C, kill, a closed terminal), then lets it end as it would have
 * without us, so that the shell sees why.
 *
 * @returns a function that takes the request back
 */
export function onInterruption(clean: () => void): () => void {
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals): void => {
    forget();
    clean();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return forget;
}
