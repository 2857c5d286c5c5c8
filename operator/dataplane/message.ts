import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestPattern } from './manifest.ts';

/** The kubelet cuts a pod's termination messages at 12 KiB together; ours stay far below. */
export const maxMessageBytes = 2_000;

export interface Item { readonly name: string; readonly digest: string; readonly bytes: number }
export interface Result { readonly name: string; readonly value: string }

/**
 * What an agent container tells the operator through its termination message: the artifacts it read or wrote,
 * the step's results, or the one sentence that says why it failed.
 */
export interface Message {
  readonly artifacts: readonly Item[];
  readonly results: readonly Result[];
  readonly error?: string;
}

const Wire = z.strictObject({
  v: z.literal(1),
  a: z.array(z.tuple([z.string(), z.string(), z.int().min(0)])).max(8),
  r: z.array(z.tuple([z.string(), z.string().max(32)])).max(16),
  e: z.string().max(256).optional(),
});

/** Compact JSON followed by a checksum, at most `maxMessageBytes` bytes; throws when the message does not fit. */
export function encodeMessage(message: Message): string {
  const body = JSON.stringify({
    v: 1,
    a: message.artifacts.map(({ name, digest, bytes }) => [name, digest.replace(/^sha256:/, ''), bytes]),
    r: message.results.map(({ name, value }) => [name, value]),
    ...(message.error === undefined ? {} : { e: message.error.slice(0, 256) }),
  });
  const text = `${body}#${checksum(body)}`;
  if (Buffer.byteLength(text) > maxMessageBytes) throw new Error(`the termination message has more than ${maxMessageBytes} bytes`);
  return text;
}

/** The message, or undefined when the text is missing, cut off, altered or not ours. Never throws. */
export function decodeMessage(text: string | undefined): Message | undefined {
  const mark = text?.lastIndexOf('#') ?? -1;
  if (text === undefined || mark < 0) return undefined;
  const body = text.slice(0, mark);
  if (checksum(body) !== text.slice(mark + 1)) return undefined;
  const parsed = Wire.safeParse(parseJson(body));
  if (!parsed.success) return undefined;
  const artifacts = parsed.data.a.map(([name, hex, bytes]) => ({ name, digest: `sha256:${hex}`, bytes }));
  if (artifacts.some((artifact) => !digestPattern.test(artifact.digest))) return undefined;
  return {
    artifacts,
    results: parsed.data.r.map(([name, value]) => ({ name, value })),
    ...(parsed.data.e === undefined ? {} : { error: parsed.data.e }),
  };
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 8);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
