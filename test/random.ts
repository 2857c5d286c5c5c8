/** Numbers in [0, 1). */
export type Random = () => number;

/** Numbers in [0, 1) that follow from the seed alone: mulberry32, by Tommy Ettinger, in the public domain. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

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
