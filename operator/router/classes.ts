import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalClass, type Label } from '../profile/classes.ts';

/** A class as ids carry it and as predictions and labels are compared. */
export type ClassToken = string;

/** More rows than this make an id too long; feedback for them repeats the prediction. */
export const maxRows = 16;

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
