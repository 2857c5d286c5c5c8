import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed } from './execute.ts';

export interface Patience {
  readonly deadlineMs: number;
  readonly everyMs?: number;
}

/** Something did not happen in its time. */
export class Late extends Error {
  override readonly name = 'Late';
}

/**
 * Asks until there is an answer. A command that fails is asked again, because an API server may be away for a moment;
 * any other error ends the wait.
 */
export async function waitFor<T>(what: string, probe: () => Promise<T | undefined>, { deadlineMs, everyMs = 1_000 }: Patience): Promise<T> {
  const end = performance.now() + deadlineMs;
  let trouble = '';
  while (true) {
    const asked = performance.now();
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
      trouble = '';
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      trouble = `\n${error.message}`;
    }
    const now = performance.now();
    if (now > end) throw new Late(`${what}: not within ${deadlineMs / 1_000} s${trouble}`);
    await sleep(Math.max(0, everyMs - (now - asked)));
  }
}
