import { z } from 'zod';
import { isNotFound } from '../runtime/errors.ts';
import { objectPath } from './paths.ts';
import type { Transport } from './transport.ts';

export const secrets = { group: '', version: 'v1', plural: 'secrets' };
const Stored = z.object({ data: z.record(z.string(), z.base64()).default({}) });

/** What a Secret holds, by key, as text; undefined when there is none. It is read each time and kept nowhere. */
export async function readSecret(transport: Transport, at: { readonly namespace: string; readonly name: string }): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { data } = Stored.parse(await transport.request({ method: 'GET', path: objectPath(secrets, at), deadlineMs: 10_000 }));
    return new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
