import type { Transport } from '../../../operator/kube/transport.ts';
import { change, eachOf, make, samples, type Place, type Sample } from './objects.ts';

/** Objects in the one namespace that floods, and namespaces beside it that each want something once. */
export const flooding = 4_900;
export const quiet = 100;
/** Users, or one user's scripts, who change objects at the same time. */
const writers = 16;

/** The namespace that floods. */
export const full = 'full';

/** A namespace beside it, with one object. */
export interface Other {
  readonly namespace: string;
  readonly sample: Sample;
}

export const others: readonly Other[] = Array.from({ length: quiet }, (_, n) => ({ namespace: `quiet-${n}`, sample: samples[n % samples.length] }))
  .filter((other): other is Other => other.sample !== undefined);

/** Lines of /metrics at most: a thousand objects with twelve series each, and those of the engine. */
export const longestMetrics = 13_000;

interface Mixed {
  readonly sample: Sample;
  readonly at: Place;
}

/** Objects of all kinds by turns. What belongs together, such as a run and its Pipeline, bears the same number. */
function* mixed(namespace: string, count: number): Iterable<Mixed> {
  for (let n = 0; n * samples.length < count; n += 1) {
    for (const sample of samples.slice(0, count - n * samples.length)) yield { sample, at: { namespace, n } };
  }
}

/** Fills a namespace. */
export async function fill(client: Transport, namespace: string): Promise<void> {
  const objects = [...mixed(namespace, flooding)];
  await eachOf(objects.length, async (at) => {
    const object = objects[at];
    if (object) await make(client, object.sample, object.at);
  });
}

/** Changes all objects of the namespace one after another, again and again; what is returned ends it, and tells how many changes there were. */
export function keepChanging(client: Transport, namespace: string): () => Promise<number> {
  const objects = [...mixed(namespace, flooding)];
  let changes = 0;
  let ended = false;
  const writer = async (): Promise<void> => {
    while (!ended) {
      const turn = 1 + Math.floor(changes / objects.length);
      const object = objects[changes % objects.length];
      changes += 1;
      if (object) await change(client, object.sample, object.at, turn);
    }
  };
  const writing = Promise.all(Array.from({ length: writers }, writer));
  return async () => {
    ended = true;
    await writing;
    return changes;
  };
}
