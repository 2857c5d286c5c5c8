import type { Outcomes } from './format.ts';

/** A predicted or a true class, as JSON or a table has it. */
export type Label = number | string | boolean;

export const positiveClass = '1';

/** 1, 1.0, "1", "1.0" and true are one class, written 1; 0 and false likewise. */
export function canonicalClass(label: Label): string {
  if (typeof label === 'boolean') return label ? '1' : '0';
  if (typeof label === 'number') return String(label);
  const whole = /^(-?(?:0|[1-9]\d*))(?:\.0+)?$/.exec(label)?.[1];
  return whole === undefined ? label : whole === '-0' ? '0' : whole;
}

/** Of a prediction and its label. */
export type Outcome = keyof Outcomes;

/** Compares two classes that are written canonically. */
export function outcomeOf(predicted: string, actual: string): Outcome {
  if (predicted === positiveClass) return actual === positiveClass ? 'truePositive' : 'falsePositive';
  if (actual === positiveClass) return 'falseNegative';
  return predicted === actual ? 'trueNegative' : 'wrong';
}
