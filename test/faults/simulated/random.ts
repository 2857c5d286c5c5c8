import { random } from '../random.ts';

/** Numbers in [0, 1). */
export type Random = () => number;

/** One of several streams of a seed: what is drawn from one does not move the others. */
export function stream(seed: number, name: string): Random {
  let mixed = seed >>> 0;
  for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return random(mixed);
}

/** A whole number in [from, to]. */
export function between(draw: Random, from: number, to: number): number {
  return from + Math.floor(draw() * (to - from + 1));
}
