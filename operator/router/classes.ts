import { createHash } from 'node:crypto';
import { z } from 'zod';

export type Label = number | string | boolean;

/** A class as ids carry it and as predictions and labels are compared. */
export type ClassToken = string;

export const positiveClass: ClassToken = '1';

/** More rows than this make an id too long; feedback for them repeats the prediction. */
export const maxRows = 16;

/** 1, 1.0, "1", "1.0" and true are one class, written 1; 0 and false likewise. */
export function canonicalClass(label: Label): string {
  if (typeof label === 'boolean') return label ? '1' : '0';
  if (typeof label === 'number') return String(label);
  const whole = /^(-?(?:0|[1-9]\d*))(?:\.0+)?$/.exec(label)?.[1];
  return whole === undefined ? label : whole === '-0' ? '0' : whole;
}

/** Equal for equal classes; letters, digits, `-` and `_` only; at most 16 characters, so longer classes become hashes. */
export function classToken(label: Label): ClassToken {
  const text = canonicalClass(label);
  if (/^[A-Za-z0-9-]{1,16}$/.test(text)) return text;
  return `_${createHash('sha256').update(text).digest('base64url').slice(0, 11).replaceAll('_', '-')}`;
}

const Response = z.object({
  outputs: z.tuple([z.object({ shape: z.array(z.int()).min(1).max(2), data: z.array(z.unknown()) })]).rest(z.unknown()),
});

/**
 * The predicted class of each row in a response of protocol V2: the first output, of shape [n] or [n,1], when its
 * values are integers, booleans or strings. Undefined for anything else (a score is not a class) and for too many rows.
 */
export function readClasses(body: string): readonly ClassToken[] | undefined {
  const parsed = Response.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const [{ shape: [rows, columns = 1], data }] = parsed.data.outputs;
  const values = data.flat();
  if (columns !== 1 || values.length !== rows || rows < 1 || rows > maxRows) return undefined;
  return values.every(isClass) ? values.map(classToken) : undefined;
}

function isClass(value: unknown): value is Label {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
