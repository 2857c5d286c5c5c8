import { afterEach, expect, jest, test } from '@jest/globals';
import { Summary, type Pane, type Panes, type RouterConfig, type Target } from '../../dataplane/routing.ts';
import type { Bins } from '../../profile/format.ts';
import { answering, cleanUp, config, predictions, send, startBed, startModel, target, type Bed, type Model } from '../testbed.ts';

// A ceiling for machines that are busy, not an expectation.
jest.setTimeout(60_000);
afterEach(cleanUp);

const digest = `sha256:${'a'.repeat(64)}`;
const features: Bins[] = [
  { type: 'Numeric', name: 'amount', edges: [0, 10], atoms: [0] },
  { type: 'Categorical', name: 'country', categories: ['DE', 'FR'] },
];

function capturing(targets: Target[], change: Partial<NonNullable<RouterConfig['capture']>> = {}): RouterConfig {
  const baselines = targets.map(({ version }) => ({ version, digest, features }));
  return config(targets, { capture: { paneMs: 300_000, sampleRate: 1, baselines, ...change } });
}

async function startCapturing(model: Model, change: Partial<NonNullable<RouterConfig['capture']>> = {}): Promise<Bed> {
  const bed = await startBed(config([]));
  await bed.push(capturing([target('v1', 100, model.address)], change));
  return bed;
}

const rows = (...data: (readonly [unknown, unknown])[]): string =>
  JSON.stringify({ inputs: [
    { name: 'amount', shape: [data.length], datatype: 'FP64', data: data.map(([amount]) => amount) },
    { name: 'country', shape: [data.length, 1], datatype: 'BYTES', data: data.map(([, country]) => [country]) },
  ] });

async function pull(bed: Bed, since = 0, instance = ''): Promise<Panes> {
  const reply = await bed.signAndSend({ method: 'GET', path: `/summary?since=${since}&instance=${instance}` });
  return Summary.parse(JSON.parse(reply.body.toString())).panes!;
}

/** The panes, once as many requests as this have been counted or were not. */
async function settled(bed: Bed, requests: number): Promise<readonly Pane[]> {
  for (;;) {
    const { list } = await pull(bed);
    if (list.reduce((sum, { rows, dropped, unreadable }) => sum + rows + dropped + unreadable, 0) >= requests) return list;
  }
}

const paneOf = (bed: Bed): number => Math.floor(bed.clock.ms / 300_000) * 300_000;

test('requests are counted in the cells of the profile of the version that answered them', async () => {
  const model = await startModel(answering(predictions([1])));
  const bed = await startCapturing(model);
  await send(bed.ports.inference, { body: rows([5, 'DE'], [null, 'IT']) });
  await send(bed.ports.inference, { body: rows([0, null], ['11', 'FR']) });
  expect(await settled(bed, 4)).toEqual([{
    version: 'v1', start: paneOf(bed), paneMs: 300_000, baseline: digest, rows: 4,
    features: [{ missing: 1, counts: [0, 1, 1, 1] }, { missing: 1, counts: [1, 1, 1] }],
    outcomes: { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 0, wrong: 0 }, dropped: 0, unreadable: 0,
  }]);
});
