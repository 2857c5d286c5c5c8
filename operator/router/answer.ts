import type { IncomingMessage, ServerResponse } from 'node:http';
import { declaredLength } from './body.ts';

const discardMs = 5_000;

/** Answers with JSON; after a response has begun it can only cut the connection, which the client sees as a failure. */
export function answer(req: IncomingMessage, res: ServerResponse, status: number, content: { body: unknown; headers?: readonly string[] }): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const text = JSON.stringify(content.body);
  if (unread(req)) res.shouldKeepAlive = false;
  res.writeHead(status, [
    'content-type', 'application/json', 'content-length', String(Buffer.byteLength(text)), ...content.headers ?? [],
  ]);
  end(req, res, text);
}

/**
 * Ends a response. While the client is still sending, the rest is thrown away first, for a limited time: closing
 * on unread data makes TCP reset the connection, and the client would lose the answer.
 */
export function end(req: IncomingMessage, res: ServerResponse, last?: string | Buffer): void {
  if (!unread(req)) {
    res.end(last);
    return;
  }
  res.write(last ?? '');
  const timer = setTimeout(() => req.destroy(), discardMs);
  req.unpipe();
  req.once('close', () => {
    clearTimeout(timer);
    res.end();
  });
  req.resume();
}

function unread(req: IncomingMessage): boolean {
  return !req.complete && declaredLength(req) !== 0;
}
