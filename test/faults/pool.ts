import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Answers, Task } from './worker.ts';

const flags = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];

/** What a pool needs to know of its tasks. */
interface Work {
  readonly kind: string;
  /** Named when the task cannot be done. */
  readonly scenario: string;
}

interface Waiting {
  readonly task: Work;
  readonly settle: (reply: { readonly result?: unknown; readonly error?: string }) => void;
}

/** Processes that work side by side, each on so many tasks at a time, in the order in which the tasks came. */
export class Pool<T extends Work = Task, A = Answers> {
  readonly #idle: ChildProcess[] = [];
  readonly #all: ChildProcess[];
  readonly #waiting: Waiting[] = [];
  #numbers = 0;

  constructor(size: number, script: string, tasksEach = 1) {
    this.#all = Array.from({ length: size }, () => fork(script, [], { execArgv: flags, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    for (const child of this.#all) child.setMaxListeners(3 * tasksEach + 10);
    this.#idle.push(...Array.from({ length: tasksEach }, () => this.#all).flat());
  }

  /** Rejected with what went wrong in the process, or when it has ended. `first`: before all that waits. */
  async run<K extends T['kind'] & keyof A>(task: T & { readonly kind: K }, { first = false } = {}): Promise<A[K]> {
    const reply = await new Promise<{ result?: unknown; error?: string }>((settle) => {
      if (first) this.#waiting.unshift({ task, settle });
      else this.#waiting.push({ task, settle });
      this.#next();
    });
    if (reply.error !== undefined) throw new Error(`${task.scenario}: ${reply.error}`);
    return reply.result as A[K];
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map(async (child) => {
      child.kill();
      await once(child, 'exit');
    }));
  }

  #next(): void {
    const [child, waiting] = [this.#idle[0], this.#waiting[0]];
    if (!child || !waiting) return;
    this.#idle.shift();
    this.#waiting.shift();
    const ended = (): void => waiting.settle({ error: 'the process has ended' });
    child.once('exit', ended);
    this.#numbers += 1;
    const number = this.#numbers;
    const told = (reply: { number: number; result?: unknown; error?: string }): void => {
      if (reply.number !== number) return;
      child.off('exit', ended).off('message', told);
      this.#idle.push(child);
      waiting.settle(reply);
      this.#next();
    };
    child.on('message', told);
    child.send({ number, task: waiting.task });
  }
}

/** So many at a time, in their order; the last portion has what is left. */
export function portions<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}
