import type { Incoming, Outgoing, Send } from '../../../operator/kube/connections.ts';
import { lines } from '../../../operator/kube/lines.ts';
import { asRecord } from '../../../operator/runtime/json.ts';
import { at } from './watching.ts';

/** A change that the operator has answered: how many objects of the same kind, in the namespace that floods, went before it. */
export interface Wait {
  readonly plural: string;
  readonly namespace: string;
  readonly overtaken: number;
}

/** A change that a watch has brought. */
interface Told {
  readonly generation: number;
  /** Objects of the flood that had been answered by then. */
  readonly before: number;
  /** As of the first answer; the API server may refuse it, and then there is another. */
  overtaken?: number;
}

const watchPath = /^\/apis\/modelkeeper\.dev\/v1alpha1\/([a-z]+)\?/;
const statusPath = /^\/apis\/modelkeeper\.dev\/v1alpha1\/namespaces\/([^/]+)\/([a-z]+)\/([^/]+)\/status\?/;

/**
 * In what order an operator looks at what it has been told. It is seen where a watch brings a change into the process and
 * where the status leaves it, so it depends on no clock.
 */
export class Turns {
  readonly waits: Wait[] = [];
  readonly #flooding: string;
  readonly #told = new Map<string, Told>();
  readonly #answered = new Map<string, number>();
  readonly #flooded = new Map<string, number>();
  readonly #checks = new Set<() => void>();

  constructor(flooding: string) {
    this.#flooding = flooding;
  }

  readonly intercept = (send: Send): Send => async (request): Promise<Incoming> => {
    const [, watched] = request.stream ? watchPath.exec(request.path) ?? [] : [];
    if (watched !== undefined) return this.#watch(watched, await send(request));
    const taken = request.method === 'PATCH' ? this.#answer(request) : undefined;
    const answer = await send(request);
    if (taken && answer.status < 300) taken();
    return answer;
  };

  /** Resolves when the status of the object speaks of this generation. */
  answered(key: string, generation: number): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if ((this.#answered.get(key) ?? -1) < generation) return;
        this.#checks.delete(check);
        resolve();
      };
      this.#checks.add(check);
      check();
    });
  }

  #watch(plural: string, answer: Incoming): Incoming {
    const see = (line: string): void => this.#see(plural, line);
    async function* told(): AsyncGenerator<Uint8Array> {
      for await (const line of lines(answer.body)) {
        see(line);
        yield Buffer.from(`${line}\n`);
      }
    }
    return { ...answer, body: told() };
  }

  #see(plural: string, line: string): void {
    if (line.includes(`"namespace":"${this.#flooding}"`)) return;
    const object: unknown = at(JSON.parse(line), 'object');
    const generation = Number(at(object, 'metadata', 'generation'));
    const key = `${plural}/${String(at(object, 'metadata', 'namespace'))}`;
    if (!(generation > (this.#told.get(key)?.generation ?? 0))) return;
    this.#told.set(key, { generation, before: this.#flooded.get(plural) ?? 0 });
  }

  /** Notes a status on its way; what is returned notes that it was taken. */
  #answer({ path, body = '' }: Outgoing): (() => void) | undefined {
    const [, namespace = '', plural = ''] = statusPath.exec(path) ?? [];
    const flooded = this.#flooded.get(plural) ?? 0;
    if (namespace === this.#flooding) this.#flooded.set(plural, flooded + 1);
    const key = `${plural}/${namespace}`;
    const told = this.#told.get(key);
    if (told === undefined) return undefined;
    const generation = Number(at(asRecord(JSON.parse(body)), 'status', 'observedGeneration'));
    if (generation < told.generation || generation <= (this.#answered.get(key) ?? -1)) return undefined;
    const overtaken = told.overtaken ??= flooded - told.before;
    return () => {
      this.#answered.set(key, generation);
      this.waits.push({ plural, namespace, overtaken });
      for (const check of this.#checks) check();
    };
  }
}
