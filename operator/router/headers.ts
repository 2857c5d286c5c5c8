import type { IncomingHttpHeaders } from 'undici/types/header.js';
import { inferenceIdHeader, versionHeader } from '../dataplane/routing.ts';

/** Headers that concern one connection only, and `expect`, which this process answers itself. */
const hopByHop = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer',
  'transfer-encoding', 'upgrade', 'expect',
]);
const forwardedFor = 'x-forwarded-for';

/** The headers to send to a model: names and values in turn, as received, duplicates included. */
export function requestHeaders(raw: readonly string[], peer: string | undefined): string[] {
  const named = namedByConnection(raw);
  const hops: string[] = [];
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    const lower = name.toLowerCase();
    if (lower === forwardedFor) hops.push(value);
    else if (!hopByHop.has(lower) && !named?.has(lower)) kept.push(name, value);
  }
  if (peer !== undefined) hops.push(peer);
  if (hops.length > 0) kept.push(forwardedFor, hops.join(', '));
  return kept;
}

/** The headers to send to the client, with the two that name the version and the inference. */
export function responseHeaders(received: IncomingHttpHeaders, version: string, id: string): string[] {
  const named = tokens(received.connection);
  const kept = [versionHeader, version, inferenceIdHeader, id];
  for (const name in received) {
    const value = received[name];
    if (value === undefined || hopByHop.has(name) || named?.has(name) || name === versionHeader || name === inferenceIdHeader) continue;
    if (typeof value === 'string') kept.push(name, value);
    else for (const one of value) kept.push(name, one);
  }
  return kept;
}

function namedByConnection(raw: readonly string[]): Set<string> | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length === 10 && raw[i]?.toLowerCase() === 'connection') return tokens(raw[i + 1]);
  }
  return undefined;
}

function tokens(connection: string | string[] | undefined): Set<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(String(connection).toLowerCase().split(',').map((token) => token.trim()));
}
