import { randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ClassToken } from './classes.ts';

const maxLength = 128;

/** What an inference id says; it is all a router needs to count a label, so no router keeps predictions. */
export interface Inference {
  readonly version: string;
  /** When the pane of the prediction began: milliseconds since the epoch, whole seconds. */
  readonly start: number;
  /** The predicted class of each row; undefined when it is not known. */
  readonly classes: readonly ClassToken[] | undefined;
  /** Tells this inference from all others. */
  readonly nonce: string;
}

const nonceBytes = 8;

/** A source of nonces, each 8 random bytes. They are drawn 512 at a time: a draw costs more than a whole id. */
export function nonces(): () => string {
  const drawn = Buffer.alloc(512 * nonceBytes);
  let at = drawn.length;
  return () => {
    if (at === drawn.length) {
      randomFillSync(drawn);
      at = 0;
    }
    at += nonceBytes;
    return drawn.toString('base64url', at - nonceBytes, at);
  };
}

/** A number in [0, 1), evenly distributed over nonces and always the same for one. */
export function shareOf(nonce: string): number {
  return Buffer.from(nonce, 'base64url').readUInt32BE(0) / 2 ** 32;
}

/** `version.start.classes.nonce.checksum`, at most 128 unreserved URL characters. Classes that do not fit are left out together. */
export function encodeId(inference: Inference): string {
  const id = seal(inference, inference.classes ?? []);
  return id.length <= maxLength ? id : seal(inference, []);
}

/** Undefined for a text that `encodeId` did not write. The checksum finds accidents; it does not keep forgers out. */
export function decodeId(id: string): Inference | undefined {
  if (id.length > maxLength) return undefined;
  // A version may contain dots; the other parts do not.
  const match = /^([A-Za-z0-9._-]+)\.([0-9a-z]{1,8})\.([A-Za-z0-9_~-]*)\.([A-Za-z0-9_-]{11})\.([0-9a-z]{1,7})$/.exec(id);
  if (match === null) return undefined;
  const [, version = '', start = '', classes = '', nonce = '', checksum = ''] = match;
  if (checksum !== checksumOf(id.slice(0, -checksum.length - 1))) return undefined;
  return { version, start: Number.parseInt(start, 36) * 1_000, classes: classes === '' ? undefined : classes.split('~'), nonce };
}

function seal({ version, start, nonce }: Inference, classes: readonly ClassToken[]): string {
  const text = `${version}.${(start / 1_000).toString(36)}.${classes.join('~')}.${nonce}`;
  return `${text}.${checksumOf(text)}`;
}

function checksumOf(text: string): string {
  return crc32(text).toString(36);
}
