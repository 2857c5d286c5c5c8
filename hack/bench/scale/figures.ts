export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value is a promise, which this many are the most that keep. */
  readonly most?: number;
}

/** Prints them, and sets the exit code when one is above what was promised. */
export function print(figures: readonly Figure[]): void {
  for (const { name, value, unit, most } of figures) {
    const verdict = most === undefined ? '' : value <= most ? `  (at most ${most}: met)` : `  (at most ${most}: NOT met)`;
    console.log(`${name.padEnd(80)}${value.toFixed(value < 10 ? 2 : 0).padStart(10)} ${unit}${verdict}`);
    if (most !== undefined && !(value <= most)) process.exitCode = 1;
  }
}
