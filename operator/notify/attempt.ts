import { ApiError } from '../runtime/errors.ts';
import type { Dispatch, Post } from './dispatcher.ts';
import type { Delivery, DeliveryFailure, Notice } from './notice.ts';
import { sinks } from './registry.ts';
import type { Answer } from './sink.ts';

/** Reads a Secret as it is now; undefined when there is none. */
export type ReadSecret = (at: { readonly namespace: string; readonly name: string }) => Promise<ReadonlyMap<string, string> | undefined>;

/** How one try ended. */
export interface Outcome {
  readonly delivery: Delivery;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number;
}

const maxUrlBytes = 2_048;

/** The URL that a notice goes to, from its Secret, or why there is none. */
export async function destination(notice: Notice, readSecret: ReadSecret): Promise<URL | Outcome> {
  const { namespace, secretKeyRef: { name, key } } = notice;
  let secret: ReadonlyMap<string, string> | undefined;
  try {
    secret = await readSecret({ namespace, name });
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) {
      return failure(notice, 'SecretForbidden', `the operator may not read it: add ${namespace} to the chart value notify.namespaces`);
    }
    return failure(notice, 'Unreachable', 'it cannot be read from the API server just now');
  }
  if (!secret) return failure(notice, 'SecretNotFound', 'there is no such Secret');
  const text = secret.get(key)?.trim();
  if (text === undefined) return failure(notice, 'SecretNotFound', 'the Secret has no such key');
  const url = text.length <= maxUrlBytes && /^https:\/\//i.test(text) ? URL.parse(text) : null;
  if (!url || url.username !== '' || url.password !== '') {
    return failure(notice, 'UrlInvalid', `its value must be a URL that begins with https:// and has at most ${maxUrlBytes} bytes and no user name`);
  }
  return url;
}

/** Sends a notice once. */
export async function send(notice: Notice, url: URL, ports: { readonly post: Post; readonly signal: AbortSignal; readonly now: () => number }): Promise<Outcome> {
  const body = JSON.stringify(sinks[notice.type].payload(notice));
  const dispatch = await ports.post(url, { body, key: notice.key, signal: ports.signal });
  return outcome(notice, dispatch, ports.now());
}

function outcome(notice: Notice, dispatch: Dispatch, now: number): Outcome {
  if (dispatch.state === 'Failed') return failure(notice, dispatch.reason, dispatch.message);
  const { answer } = dispatch;
  const reception = sinks[notice.type].reception(answer);
  if (reception === 'Accepted') return { delivery: { state: 'Sent' } };
  if (reception === 'Refused') return failure(notice, 'Refused', refused(answer));
  const retryAfterMs = waitMs(answer.retryAfter, now);
  return { ...failure(notice, 'Busy', `the receiver is busy (HTTP ${answer.status})`), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function failure({ secretKeyRef: { name, key } }: Notice, reason: DeliveryFailure, message: string): Outcome {
  return { delivery: { state: 'Failed', reason, message: `Secret ${name}, key ${key}: ${message}` } };
}

function refused({ status }: Answer): string {
  if (status < 300) return `the receiver did not confirm the message (HTTP ${status}): check that the URL is that of a webhook`;
  if (status < 400) return `the receiver answered with a redirect (HTTP ${status}), and none is followed: give the final URL`;
  return `the receiver refused the message (HTTP ${status}): check that the webhook is still there`;
}

/** Retry-After is a number of seconds or a date (RFC 9110, section 10.2.3). */
function waitMs(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
