import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { get as getPlain } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './processes.ts';

/** Polls `ready` until it holds; `process` ending or `timeoutMs` passing first is an error that shows the end of its log. */
export async function waitReady(
  process: { readonly name: string; readonly log: string; readonly exited: () => boolean },
  ready: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await ready())) {
    const reason = process.exited() ? 'ended' : performance.now() > deadline ? `was not ready within ${timeoutMs / 1000} s` : undefined;
    if (reason !== undefined) throw new Error(`${process.name} ${reason}. The end of ${process.log}:\n${lastLines(process.log)}`);
    await sleep(100);
  }
}

/** Whether a GET of `url` answers 200. `caFile` holds the authority that must have signed an https server's certificate. */
export function answers(url: string, caFile?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (response: { statusCode?: number | undefined; resume: () => unknown }): void => {
      response.resume();
      resolve(response.statusCode === 200);
    };
    const request = caFile === undefined ? getPlain(url, done) : get(url, { ca: readFileSync(caFile), agent: false }, done);
    request.setTimeout(2000, () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
