/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** At least 0 and below 1. */
  readonly uniform: () => number;
  /** Normally distributed, with mean 0 and standard deviation 1. */
  readonly normal: () => number;
  /** A whole number at least `min` and at most `max`. */
  readonly integer: (min: number, max: number) => number;
}

/** sfc32 by C. Doty-Humphrey, which passes PractRand; the normal numbers by the polar method of G. Marsaglia. */
export function seeded(seed: number): Random {
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
  const uniform = (): number => bits() / 2 ** 32;
  let spare: number | undefined;
  return {
    uniform,
    integer: (min, max) => min + Math.floor(uniform() * (max - min + 1)),
    normal() {
      if (spare !== undefined) {
        const kept = spare;
        spare = undefined;
        return kept;
      }
      while (true) {
        const [x, y] = [2 * uniform() - 1, 2 * uniform() - 1];
        const square = x * x + y * y;
        if (square >= 1 || square === 0) continue;
        const factor = Math.sqrt((-2 * Math.log(square)) / square);
        spare = y * factor;
        return x * factor;
      }
    },
  };
}
