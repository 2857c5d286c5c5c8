const precision = 1e-16;
/** Keeps the continued fraction from dividing by zero. */
const tiny = 1e-300;

/** Coefficients for g = 7 and nine terms, by P. Godfrey; the relative error is below 1e-14. */
const lanczos: readonly [number, ...number[]] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/**
 * The regularised upper incomplete gamma function Q(a, x), for a > 0 and x >= 0: by the series of its complement where that
 * converges fast, by the continued fraction elsewhere (Numerical Recipes, 6.2).
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  if (x === Infinity) return 0;
  const factor = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - factor * lowerSeries(a, x) : factor * upperFraction(a, x);
}

/** The sum of x^k / (a (a+1) ... (a+k)). */
function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let k = a + 1; term > sum * precision; k += 1) {
    term *= x / k;
    sum += term;
  }
  return sum;
}

/** 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))), by the modified method of Lentz. */
function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let k = 1, change = 0; Math.abs(change - 1) > precision; k += 1) {
    const step = -k * (k - a);
    b += 2;
    d = 1 / away(step * d + b);
    c = away(b + step / c);
    change = c * d;
    fraction *= change;
  }
  return fraction;
}

function away(value: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** The logarithm of the gamma function, for positive numbers; C. Lanczos, SIAM Journal on Numerical Analysis 1 (1964). */
export function logGamma(value: number): number {
  if (value < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * value)) - logGamma(1 - value);
  const x = value - 1;
  const [first, ...rest] = lanczos;
  const sum = rest.reduce((partial, coefficient, at) => partial + coefficient / (x + at + 1), first);
  const t = x + 7.5;
  return Math.log(2 * Math.PI) / 2 + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}
