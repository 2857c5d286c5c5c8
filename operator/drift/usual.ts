import type { NullLaw } from '../profile/format.ts';
import { upperTail } from './proportions.ts';

/**
 * How often one more chunk of the baseline would lie at least this far from the rest: the prediction interval of a normal
 * sample, whose mean and deviation are known from a few chunks only. A test for independent values cannot see that values
 * which follow one another in time are alike; the chunks can. Without a law they object to nothing.
 */
export function chanceInBaseline(distance: number, law: NullLaw | undefined): number {
  if (law === undefined) return 0;
  const { mean, sd, chunks } = law;
  if (sd === 0) return distance > mean ? 0 : 1;
  return studentTail((distance - mean) / (sd * Math.sqrt(1 + 1 / chunks)), chunks - 1);
}

/**
 * P(T > t) of Student's distribution, by the transformation to the normal one of D. L. Wallace (Annals of Mathematical Statistics
 * 30, 1959). The absolute error is below 0.008, and from nine degrees of freedom on below 1.3e-4.
 */
export function studentTail(t: number, freedom: number): number {
  const z = ((8 * freedom + 1) / (8 * freedom + 3)) * Math.sqrt(freedom * Math.log1p((t * t) / freedom));
  return upperTail(Math.sign(t) * z);
}
