/** What the engine does about an error: retry it, or wait until a user changes something. */
export type ErrorClass = 'Conflict' | 'Throttled' | 'Transient' | 'Terminal';

/** A refusal by the API server. The message is the server's own, cut to 256 characters. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterMs?: number) {
    super(message.slice(0, 256));
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A name we need is taken by an object that is not ours. */
export class NameConflict extends ApiError {
  constructor(kind: string, name: string) {
    super(409, 'NameConflict', `${kind} ${name} exists and belongs to someone else: rename or delete it`);
  }
}

export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** etcd's refusal of an object over 1.5 MiB comes as a 500, which no retry cures. */
const tooLarge = /request is too large|object is too large/i;

/** The one retry policy: every error of a pass through the engine is judged here. */
export function classify(error: unknown): ErrorClass {
  if (!(error instanceof ApiError)) return 'Transient';
  if (error instanceof NameConflict || tooLarge.test(error.message)) return 'Terminal';
  if (error.status === 409) return 'Conflict';
  if (error.status === 429 || error.retryAfterMs !== undefined) return 'Throttled';
  // Credentials that are refused are renewed; no user of the object could do anything about them.
  if (error.status >= 500 || [401, 404, 408].includes(error.status)) return 'Transient';
  return 'Terminal';
}
