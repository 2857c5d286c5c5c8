import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { condition } from '../integration/operator/watching.ts';
import type { Stage } from '../integration/operator/stage.ts';
import { answerOf, described, type Ask } from './answers.ts';
import type { Expectation, Item } from './items.ts';

/** Longer than any condition takes on a busy machine. */
const patienceMs = 30_000;

/** What the operator comes to say of an item that is stored: what is expected, or what it says when nothing more comes. */
export async function conditionOf(item: Item, stage: Stage, ask: Ask): Promise<Expectation> {
  const namespace = await stage.client.freshNamespace();
  const operator = await stage.operator(namespace);
  try {
    const answer = await answerOf(item, namespace, ask);
    const last = item.documents.at(-1);
    const kind = kinds.find((own) => own.kind === last?.kind);
    if (answer.code >= 300 || last === undefined || kind === undefined || !('condition' in item.expect)) return described(answer, item.expect);
    const { type } = item.expect.condition;
    const path = `/apis/modelkeeper.dev/v1alpha1/namespaces/${namespace}/${kind.plural}/${last.metadata.name}`;
    for (const deadline = Date.now() + patienceMs; ;) {
      const seen = condition(await stage.client.get(path), type);
      const said = { condition: { type, status: statusOf(seen?.status), reason: seen?.reason ?? '', message: withoutHashes(seen?.message ?? '') } };
      if (isDeepStrictEqual(said, item.expect) || Date.now() > deadline) return said;
      await sleep(50);
    }
  } finally {
    await operator.stop();
  }
}

/** Names of children end in a hash of their owner's uid, which is another one each time. */
function withoutHashes(text: string): string {
  return text.replaceAll(/-[0-9a-f]{8}(?=")/g, '-HASH');
}

function statusOf(text: string | undefined): 'True' | 'False' | 'Unknown' {
  return text === 'True' || text === 'False' ? text : 'Unknown';
}
