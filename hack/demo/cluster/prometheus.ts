/** One line of the Prometheus text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** The samples of an exposition; comments and blank lines are left out. */
export function samples(text: string): Sample[] {
  return text.split('\n').flatMap((row) => {
    const [, name, inner, value] = line.exec(row) ?? [];
    return name === undefined ? [] : [{ name, labels: labelsOf(inner ?? ''), value: number(value ?? '') }];
  });
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(label)].map(([, key = '', value = '']) =>
    [key, value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character))]));
}

function number(text: string): number {
  return text.endsWith('Inf') ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);
}

/** Sum of the samples of a name, by one of their labels. */
export function sumBy(list: readonly Sample[], name: string, by: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const sample of list) {
    const key = sample.labels[by];
    if (sample.name === name && key !== undefined) sums[key] = (sums[key] ?? 0) + sample.value;
  }
  return sums;
}
