import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { get as getPlain } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines, type Started } from './processes.ts';

const timeoutMs = 60_000;

/** Polls `ready` until it holds. When `started` ends first, or a minute passes, the error shows the end of its log. */
export async function waitReady({ name, log, exited }: Started, ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await ready())) {
    const reason = exited() ? 'ended' : performance.now() > deadline ? `was not ready within ${String(timeoutMs / 1000)} s` : undefined;
    if (reason !== undefined) throw new Error(`${name} ${reason}. The end of ${log}:\n${lastLines(log)}`);
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
