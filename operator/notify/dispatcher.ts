import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { createSecureContext, type SecureContext } from 'node:tls';
import { buildConnector, Client, errors } from 'undici';
import { asRecord } from '../runtime/json.ts';
import { AddressNotAllowed, guardedLookup, isPublic, type Resolve } from './addresses.ts';
import { trusted } from './authorities.ts';
import { entriesFor, type AllowedHost } from './hosts.ts';
import type { Answer } from './sink.ts';

export interface Outgoing {
  readonly body: string;
  /** The same for every try of one notice. */
  readonly key: string;
  /** Gives up at once. */
  readonly signal: AbortSignal;
}

/** What became of a request. A message names neither the URL nor anything that came back. */
export type Dispatch =
  | { readonly state: 'Answered'; readonly answer: Answer }
  | { readonly state: 'Failed'; readonly reason: 'HostNotAllowed' | 'AddressNotAllowed' | 'Unreachable'; readonly message: string };

export type Post = (url: URL, outgoing: Outgoing) => Promise<Dispatch>;

export interface DispatcherOptions {
  readonly allowedHosts: readonly AllowedHost[];
  /** Further ones, as PEM. */
  readonly authorities: readonly string[];
  readonly resolve?: Resolve;
  readonly deadlineMs?: number;
}

const maxBodyBytes = 65_536;
const systemResolver: Resolve = (hostname) => lookup(hostname, { all: true });

/**
 * The one way out of the operator to places that users name. It posts only to allowed hosts, over verified TLS, to an
 * address that was checked when the socket was opened, and follows no redirect. Each request has a connection of its own,
 * and no proxy of the environment is asked.
 */
export function dispatcher(options: DispatcherOptions): Post {
  const { allowedHosts, authorities, resolve = systemResolver, deadlineMs = 10_000 } = options;
  // Made when it is first needed: it parses some hundred certificates.
  let secureContext: SecureContext | undefined;
  return async (url, outgoing) => {
    const entries = url.protocol === 'https:' ? entriesFor(url, allowedHosts) : [];
    if (entries.length === 0) return failed('HostNotAllowed', 'the host and port of its URL are not in the chart value notify.allowedHosts');
    const permitted = entries.some(({ allowPrivate }) => allowPrivate) ? () => true : isPublic;
    secureContext ??= createSecureContext({ ca: trusted(authorities) });
    const connect = guarded({ secureContext, timeout: deadlineMs, lookup: guardedLookup(resolve, permitted) }, permitted);
    const client = new Client(url.origin, { connect, allowH2: false, maxHeaderSize: 16_384 });
    try {
      return { state: 'Answered', answer: await exchange(client, url, { ...outgoing, signal: AbortSignal.any([outgoing.signal, AbortSignal.timeout(deadlineMs)]) }) };
    } catch (error) {
      return refusal(error);
    } finally {
      await client.destroy();
    }
  };
}

function guarded(options: buildConnector.BuildOptions, permitted: (address: string) => boolean): buildConnector.connector {
  const connect = buildConnector({ ...options, allowH2: false, maxCachedSessions: 0, rejectUnauthorized: true });
  return (to, callback) => {
    // What is an address already is never looked up.
    const address = to.hostname.replace(/^\[|\]$/g, '');
    if (isIP(address) !== 0 && !permitted(address)) callback(new AddressNotAllowed(), null);
    else connect(to, callback);
  };
}

async function exchange(client: Client, url: URL, { body, key, signal }: Outgoing): Promise<Answer> {
  const response = await client.request({
    method: 'POST',
    path: url.pathname + url.search,
    headers: { 'content-type': 'application/json', 'user-agent': 'modelkeeper', 'idempotency-key': key },
    body,
    signal,
  });
  const retryAfter = response.headers['retry-after'];
  return { status: response.statusCode, retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined, body: await beginning(response.body) };
}

async function beginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, maxBodyBytes - size));
    size += chunk.length;
    if (size >= maxBodyBytes) break;
  }
  return Buffer.concat(chunks).toString();
}

function failed(reason: Extract<Dispatch, { state: 'Failed' }>['reason'], message: string): Dispatch {
  return { state: 'Failed', reason, message };
}

function refusal(error: unknown): Dispatch {
  if (error instanceof AddressNotAllowed) {
    return failed('AddressNotAllowed', 'the host of its URL has no public address: where that is meant, set allowPrivate for it in the chart value notify.allowedHosts');
  }
  const code = codeOf(error);
  if (code !== undefined && /CERT|ISSUER|SIGNATURE|CRL/.test(code)) {
    return failed('Unreachable', `the certificate of the receiver is not accepted (${code}): the chart value notify.caBundle takes further authorities`);
  }
  if (error instanceof DOMException || error instanceof errors.ConnectTimeoutError) return failed('Unreachable', 'the receiver did not answer in time');
  return failed('Unreachable', `the receiver cannot be reached${code === undefined ? '' : ` (${code})`}`);
}

/** Codes are words of the system and of libraries; messages of errors may name hosts. */
function codeOf(error: unknown): string | undefined {
  const code = asRecord(error)?.['code'];
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : undefined;
}
