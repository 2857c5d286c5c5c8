import type { IncomingMessage } from 'node:http';
import { Transform, type Readable } from 'node:stream';

/** Bodies up to this size are kept until the response starts, so that the request can be sent again. */
export const replayBytes = 1024 * 1024;

export class TooLarge extends Error {
  constructor(limit: number) {
    super(`the request body has more than ${limit} bytes`);
  }
}

/** The client went away before it had sent its request. */
export class ClientGone extends Error {}

/** Memory for bodies that are kept, shared by all requests of the process. */
export class Memory {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  lease(): Lease {
    let held = 0;
    return {
      take: (bytes) => {
        if (bytes > this.#free || held + bytes > replayBytes) return false;
        this.#free -= bytes;
        held += bytes;
        return true;
      },
      release: () => {
        this.#free += held;
        held = 0;
      },
    };
  }
}

interface Lease {
  readonly take: (bytes: number) => boolean;
  readonly release: () => void;
}

/** A Buffer can be sent again, a stream cannot. `release` gives the memory of a Buffer back. */
export interface Received {
  readonly body: Buffer | Readable | null;
  readonly release: () => void;
}

/** Reads a small body whole; a large one, or one that finds no memory, is passed on as a stream with the same limit. */
export async function receive(req: IncomingMessage, limit: number, memory: Memory): Promise<Received> {
  const length = declaredLength(req);
  const lease = memory.lease();
  if (length === 0) return { body: null, release: lease.release };
  if (length !== undefined && length > limit) throw new TooLarge(limit);
  if (length !== undefined && length > replayBytes) return { body: capped(req, [], limit), release: lease.release };
  try {
    let bytes = 0;
    const { chunks, ended } = await collect(req, (more) => (bytes += more) <= limit && lease.take(more));
    if (ended) return { body: Buffer.concat(chunks), release: lease.release };
    lease.release();
    if (bytes > limit) throw new TooLarge(limit);
    return { body: capped(req, chunks, limit), release: lease.release };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** The whole body as text; throws TooLarge or ClientGone. */
export async function readText(req: IncomingMessage, limit: number): Promise<string> {
  if ((declaredLength(req) ?? 0) > limit) throw new TooLarge(limit);
  let bytes = 0;
  const { chunks, ended } = await collect(req, (more) => (bytes += more) <= limit);
  if (!ended) throw new TooLarge(limit);
  return Buffer.concat(chunks).toString('utf8');
}

/** Bytes of the body: 0 when there is none, undefined when the length is not announced. */
export function declaredLength(req: IncomingMessage): number | undefined {
  if (req.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(req.headers['content-length'] ?? 0);
}

/** Chunks until the end or until one finds no room; then the request is paused and nothing is lost. */
function collect(req: IncomingMessage, hasRoom: (bytes: number) => boolean): Promise<{ chunks: Buffer[]; ended: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const settle = (): void => {
      req.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      if (hasRoom(chunk.length)) return;
      req.pause();
      settle();
      resolve({ chunks, ended: false });
    };
    const onEnd = (): void => {
      settle();
      resolve({ chunks, ended: true });
    };
    const onGone = (): void => {
      settle();
      reject(new ClientGone('the client went away before it had sent its request'));
    };
    req.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

function capped(req: IncomingMessage, first: readonly Buffer[], limit: number): Readable {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > limit) done(new TooLarge(limit));
      else done(null, chunk);
    },
  });
  // The exchange learns of the error from its dispatcher; a stream without a listener would end the process.
  stream.on('error', () => undefined);
  for (const chunk of first) stream.write(chunk);
  return req.pipe(stream);
}
