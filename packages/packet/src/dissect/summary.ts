import type { Draft, Line } from './view.ts';

/** A layer with what it says in the summary. */
export interface Spoken {
  readonly layer: Draft;
  readonly line: Line | undefined;
}

/** What a layer says that has nothing to add: itself where it was cut off, as tcpdump writes it. */
function textOf({ layer, line }: Spoken): string | undefined {
  if (line?.text !== undefined) return line.text;
  return layer.notes.length > 0 ? `[|${layer.protocol}]` : undefined;
}

/** Link headers speak only where nothing inside them does. */
const QUIET: ReadonlySet<string> = new Set(['ethernet', 'ieee8023', 'null', 'loop', 'raw', 'linuxSll', 'linuxSll2']);

/**
 * One line in the manner of tcpdump: `IP 10.0.0.1.1234 > 10.0.0.2.80: Flags [S], seq 0, win 65535, length 0`. Tunnels
 * and quoted packets follow after a colon, what is malformed comes last in brackets.
 */
export function summarize(layers: readonly Spoken[], length: number): string {
  const pieces: string[] = [];
  let ip: Line | undefined;
  const flush = (ports?: readonly [number, number]) => {
    if (!ip) return;
    const [source, destination] = ports ? [`.${ports[0]}`, `.${ports[1]}`] : ['', ''];
    pieces.push(`${ip.label} ${ip.source}${source} > ${ip.destination}${destination}`);
    ip = undefined;
  };
  const inner = layers.some(({ layer }) => !QUIET.has(layer.protocol));
  for (const spoken of layers) {
    const { layer, line } = spoken;
    if (inner && QUIET.has(layer.protocol) && layer.notes.length === 0) continue;
    if (line?.label !== undefined) {
      flush();
      ip = line;
      if (line.text === undefined) continue;
    }
    const text = textOf(spoken);
    if (text === undefined) continue;
    flush(line?.ports);
    pieces.push(text);
  }
  flush();
  const wrong = layers.flatMap(({ layer }) =>
    layer.notes.filter(({ kind }) => kind === 'malformed').map(({ text }) => `${layer.protocol}: ${text}`),
  );
  if (pieces.length === 0) pieces.push(`${length} bytes`);
  return wrong.length === 0 ? pieces.join(': ') : `${pieces.join(': ')} [${wrong.join('; ')}]`;
}
