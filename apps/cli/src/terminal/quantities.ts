const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'];
const NANOSECONDS = 1_000_000_000n;

/** 1234567 as `1,234,567`. */
export function grouped(value: number | bigint): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** 12345678 and `b/s` as `12.3 Mb/s`: powers of a thousand, three digits. */
export function scaled(value: number, unit: string): string {
  let scale = 0;
  let rest = value;
  while (rest >= 999.5 && scale < PREFIXES.length - 1) {
    rest /= 1000;
    scale += 1;
  }
  const digits = scale === 0 && Number.isInteger(rest) ? 0 : rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0;
  return `${rest.toFixed(digits)} ${PREFIXES[scale]}${unit}`;
}

/** Nanoseconds as seconds, without trailing zeros: `1.5 s`. */
export function seconds(nanoseconds: bigint): string {
  const fraction = String(nanoseconds % NANOSECONDS)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${grouped(nanoseconds / NANOSECONDS)}${fraction === '' ? '' : `.${fraction}`} s`;
}

const DURATIONS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'us'],
] as const;

/** A span of nanoseconds in the unit that suits it, three digits: `1.69 s`, `207 us`, `50 ns`. */
export function duration(nanoseconds: number): string {
  const [size, unit] = DURATIONS.find(([least]) => nanoseconds >= 0.9995 * least) ?? [1, 'ns'];
  const value = nanoseconds / size;
  if (unit === 'ns' || value >= 999.5) return `${grouped(Math.round(value))} ${unit}`;
  return scaled(value, unit);
}

/** A share of a whole: `36.8 %`; never `0.0 %` for what is more than nothing, nor `100.0 %` for less than all. */
export function percent(share: number): string {
  if (share > 0 && share < 0.0005) return '< 0.1 %';
  return share < 1 && share > 0.9995 ? '> 99.9 %' : `${(100 * share).toFixed(1)} %`;
}

/** Nanoseconds since 1970 as `2023-11-14 22:13:20.123456789 UTC`. */
export function instant(nanoseconds: bigint): string {
  // BigInt division truncates; before 1970 the whole seconds lie below.
  const rest = ((nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  const whole = (nanoseconds - rest) / NANOSECONDS;
  const date = new Date(Number(whole) * 1000);
  const fraction = String(rest).padStart(9, '0');
  if (Number.isNaN(date.getTime())) return `${whole}.${fraction} s after 1970`;
  return `${date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')}.${fraction} UTC`;
}
