/** Numbers that are at least 0 and below 1. */
export type Random = () => number;

/** Numbers that follow from the seed alone: sfc32 by C. Doty-Humphrey, which passes PractRand. */
export function random(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, seed | 0, 1];
  const bits = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // The first numbers of neighbouring seeds are alike.
  for (let i = 0; i < 16; i += 1) bits();
  return () => bits() / 2 ** 32;
}

/** One of several streams of a seed: what is drawn from one does not move the others. */
export function stream(seed: number, name: string): Random {
  let mixed = seed >>> 0;
  for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return random(mixed);
}

/** A whole number at least `from` and at most `to`. */
export function between(draw: Random, from: number, to: number): number {
  return from + Math.floor(draw() * (to - from + 1));
}

/** A copy in an order by chance. It draws one number for each. */
export function shuffled<T>(all: readonly T[], draw: Random): T[] {
  return all.map((one) => ({ one, rank: draw() })).sort((a, b) => a.rank - b.rank).map(({ one }) => one);
}

/** Normally distributed numbers with mean 0 and standard deviation 1, by the polar method of G. Marsaglia. */
export function normal(draw: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const kept = spare;
      spare = undefined;
      return kept;
    }
    while (true) {
      const [x, y] = [2 * draw() - 1, 2 * draw() - 1];
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
}
