import { gzipSync } from 'node:zlib';
import { noFacts } from '../../../operator/controllers/driftpolicy/source.ts';
import type { Sources } from '../../../operator/controllers/index.ts';
import { held } from '../../../operator/controllers/modeldeployment/panes.ts';
import { toldOf } from '../../../operator/controllers/modeldeployment/routing.ts';
import type { RouterFact, RouterWant } from '../../../operator/controllers/modeldeployment/source.ts';
import { Summary } from '../../../operator/dataplane/routing.ts';
import { profileLine } from '../../../operator/dataplane/task.ts';
import { digest, now } from '../../make.ts';
import { between, type Random } from '../../../hack/random.ts';
import { pick } from './mutate.ts';
import { profileGzip } from './samples.ts';

/** What routers, logs and receivers say: hostile for some objects, what is wanted for all others. */
export interface Outside extends Sources {
  /** From now on nobody tells the truth about this object. */
  spoil(key: string, draw: Random): void;
}

const numbers = [0, 1, 2, 999, 1_000_000, Number.MAX_SAFE_INTEGER];
const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024), { level: 9 }).toString('base64');
const logs = ['', 'x'.repeat(1_048_576), profileLine, `${profileLine}not base64`, `${profileLine}${bomb}`, `${profileLine}${profileGzip}`, `${profileLine}${profileGzip}`.repeat(3), '\u0000\n'.repeat(1_000)];

export function outside(): Outside {
  const wants = new Map<string, RouterWant>();
  const spoiled = new Map<string, { readonly fact: ReturnType<typeof fact>; readonly log: string; readonly panes: typeof noFacts.captured }>();
  const factsOf = (key: string): Map<string, RouterFact> => {
    const { config, routers } = wants.get(key) ?? {};
    const { isTold, ...said } = spoiled.get(key)?.fact ?? { isTold: true, revision: config?.revision, summary: undefined };
    return new Map(routers?.map(({ uid }): [string, RouterFact] => [uid, { ...said, asked: config && isTold ? toldOf(config) : '' }]));
  };
  const onChange = (): void => undefined;
  return {
    spoil: (key, draw) => void spoiled.set(key, { fact: fact(draw), log: pick(draw, logs), panes: panes(draw) }),
    routers: {
      want: (key, want) => {
        if (want) wants.set(key, want);
        else wants.delete(key);
      },
      facts: factsOf,
      onChange,
    },
    profiles: { want: onChange, facts: (key) => (spoiled.has(key) ? { uid: `uid-Pod-${key.replace('/', '-')}`, text: spoiled.get(key)?.log ?? '' } : undefined), onChange },
    drift: { want: onChange, facts: (key) => ({ ...noFacts, captured: spoiled.get(key)?.panes ?? noFacts.captured }), onChange },
  };
}

/** Of a router's summary only what the operator would take: it refuses all else when it reads it. */
function fact(draw: Random): Omit<RouterFact, 'asked'> & { readonly isTold: boolean } {
  const count = (): number => pick(draw, numbers);
  const counts = Array.from({ length: between(draw, 0, 4) }, () => ({
    version: pick(draw, ['fraud-1', 'fraud-2', '__proto__', '']), requests: count(), errors: count(),
    labels: { correct: count(), total: count(), truePositive: count(), falsePositive: count(), falseNegative: count() },
  }));
  return {
    revision: pick(draw, ['', 'other', undefined]),
    isTold: pick(draw, [true, false]),
    summary: pick(draw, [undefined, Summary.parse({ podUid: 'x', revision: 'r', window: pick(draw, ['', 'steady.fraud-1', 'fraud-2.0.']), counts })]),
  };
}

function panes(draw: Random): typeof noFacts.captured {
  const count = (): number => pick(draw, numbers);
  const list = Array.from({ length: between(draw, 0, 3) }, () => {
    const pane = {
      version: pick(draw, ['fraud-1', 'constructor']), baseline: pick(draw, ['', digest('a')]), start: pick(draw, [0, now - 60_000, now, Number.MAX_SAFE_INTEGER]), paneMs: pick(draw, [1_000, 60_000, Number.MAX_SAFE_INTEGER]),
      rows: count(), features: Array.from({ length: between(draw, 0, 3) }, () => ({ missing: count(), counts: Array.from({ length: between(draw, 0, 12) }, count) })),
      outcomes: { truePositive: count(), falsePositive: count(), falseNegative: count(), trueNegative: count(), wrong: count() }, dropped: count(), unreadable: count(),
    };
    return held(pick(draw, ['i', '']), pane, () => pane);
  });
  return { panes: list, instances: new Set(pick(draw, [[], ['i']])), completeUntil: pick(draw, [0, now, Number.MAX_SAFE_INTEGER]) };
}
