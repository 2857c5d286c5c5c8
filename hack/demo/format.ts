/** Texts for people. Everything here is pure. */

/** `m:ss`, right-aligned to six characters. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6);
}

/** The three columns of a line: time, topic, text. */
export function row(time: string, topic: string, text: string): string {
  return `${time.padStart(6)}  ${topic.padEnd(9)}  ${text}`.trimEnd();
}

/** A whole number with its thousands parted. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A metric: three digits behind the point, none for numbers such as row counts. */
export function figure(value: number): string {
  return Number.isInteger(value) && value > 1 ? count(value) : value.toFixed(3);
}

/** `name value` for each entry, two blanks between them. */
export function figures(values: Readonly<Record<string, number>>): string {
  return Object.entries(values).map(([name, value]) => `${name} ${figure(value)}`).join('  ');
}

/** Enough of a digest to tell it from others. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`;
  return value < 1_000_000 ? `${(value / 1_000).toFixed(0)} kB` : `${(value / 1_000_000).toFixed(1)} MB`;
}

/** Seconds between two RFC 3339 times. */
export function secondsBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1_000;
}

const barWidth = 20;

/** A share of 100 drawn as a bar. */
export function bar(percent: number): string {
  const filled = Math.round((Math.min(Math.max(percent, 0), 100) / 100) * barWidth);
  return `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}]`;
}
