import { JensenShannon } from './jensen-shannon.ts';
import { KolmogorovSmirnov } from './ks.ts';
import type { Method } from './method.ts';

/** Every method, by the name it has in a DriftPolicy. */
export const numericMethods = { KolmogorovSmirnov } satisfies Record<string, Method>;
export type NumericMethod = keyof typeof numericMethods;

export const categoricalMethods = { JensenShannon } satisfies Record<string, Method>;
export type CategoricalMethod = keyof typeof categoricalMethods;
