import { asRecord } from '../../../operator/runtime/json.ts';
import type { Instance } from '../world.ts';
import { startOperator, type OperatorSetup, type RealOperator } from './operator.ts';

/** One process of the operator, as the harness drives it. What is told to it before it runs happens when it does. */
export class RealInstance implements Instance {
  readonly leading: Promise<void>;
  readonly ended: Promise<void>;
  readonly #started: Promise<RealOperator>;
  #isExpected = false;
  #isTold = false;

  constructor(setup: OperatorSetup, onProblem: (problem: string) => void) {
    this.#started = startOperator(setup);
    this.leading = this.#started.then((operator) => operator.leading);
    this.ended = this.#started.then(async (operator) => {
      const code = await operator.ended;
      // One that has only just been started does not listen yet, and dies of the signal.
      const hasNotBegun = this.#isTold && operator.log() === '';
      if (code !== 0 && !this.#isExpected && !hasNotBegun && !hasLostItsLease(operator.log())) onProblem(`exit code ${code}: ${operator.log().slice(-1_000)}`);
    });
  }

  kill(): void {
    this.#isExpected = true;
    this.#signal('SIGKILL');
  }

  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  /** Resets all its connections to the API server. */
  cut(): void {
    void this.#started.then(({ network }) => network?.cut());
  }

  /** From now on nothing comes or goes on the connections that it has. */
  silence(): void {
    void this.#started.then(({ network }) => network?.blackHole());
  }

  async stop(): Promise<void> {
    this.#isTold = true;
    this.#signal('SIGTERM');
    await this.ended;
  }

  async close(): Promise<void> {
    this.#isExpected = true;
    await (await this.#started).close();
  }

  #signal(name: NodeJS.Signals): void {
    void this.#started.then((operator) => operator.signal(name));
  }
}

/** That a leader which has been replaced ends is how it is meant to be. */
function hasLostItsLease(log: string): boolean {
  return log.split('\n').some((line) => line.startsWith('{') && asRecord(JSON.parse(line))?.['writesHeldBack'] !== undefined);
}
