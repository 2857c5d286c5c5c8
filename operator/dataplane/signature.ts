import { createHash, sign, verify, type KeyObject } from 'node:crypto';

export const timeHeader = 'x-modelkeeper-time';
export const signatureHeader = 'x-modelkeeper-signature';

/** Requests older or newer than this are refused; it bounds replay of a recorded request. */
export const maxSkewMs = 60_000;

export interface Signed {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Milliseconds since the epoch, as sent in `timeHeader`. */
  readonly timeMs: number;
}

/** Ed25519 over method, path, time and the sha256 of the body, as base64url. */
export function signRequest(request: Signed, privateKey: KeyObject): string {
  return sign(null, signedBytes(request), privateKey).toString('base64url');
}

/** True only for a signature by this key over exactly this request, made within `maxSkewMs` of `nowMs`. */
export function verifyRequest(request: Signed, signature: string, publicKey: KeyObject, nowMs: number): boolean {
  if (!Number.isSafeInteger(request.timeMs) || Math.abs(nowMs - request.timeMs) > maxSkewMs) return false;
  return verify(null, signedBytes(request), publicKey, Buffer.from(signature, 'base64url'));
}

function signedBytes({ method, path, body, timeMs }: Signed): Buffer {
  const hash = createHash('sha256').update(body).digest('hex');
  return Buffer.from(`${method}\n${path}\n${timeMs}\n${hash}`);
}
