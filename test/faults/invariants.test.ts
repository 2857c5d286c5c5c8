import { expect, test } from '@jest/globals';
import type { Json } from '../../operator/runtime/kind.ts';
import { revision } from './histories.ts';
import { brokenInvariants } from './invariants.ts';
import type { Revision } from './world.ts';

const deployed = (status: Json): Revision => revision('modeldeployments', 'fraud', { live: { status } });
const owner = { kind: 'ModelDeployment', name: 'fraud', uid: 'uid-modeldeployments-fraud' };
const run = { kind: 'PipelineRun', name: 'run', uid: 'uid-pipelineruns-run' };
const job = (name: string, more: { readonly type?: Revision['type']; readonly live?: Json } = {}): Revision => revision('jobs', name, { owner: run, labels: { 'modelkeeper.dev/step': 'train' }, ...more });
const complete = { status: { conditions: [{ type: 'Complete', status: 'True' }] } };
const running = (status: Json): Revision => revision('pipelineruns', 'run', { live: { status } });
const serving = (type: Revision['type']): Revision => revision('deployments', 'model', { type, owner, labels: { 'modelkeeper.dev/model-version': 'fraud-1' } });
const active = deployed({ activeVersion: 'fraud-1', versions: [{ name: 'fraud-1', weight: 100 }] });

test.each<[string, readonly Revision[], readonly string[]]>([
  ['weights of 80 and 20 are fine', [deployed({ activeVersion: 'a', versions: [{ weight: 80 }, { weight: 20 }] })], []],
  ['weights of 80 and 30 are not', [deployed({ activeVersion: 'a', versions: [{ weight: 80 }, { weight: 30 }] })], ['weights']],
  ['no weights are fine while nothing serves', [deployed({ versions: [{ weight: 0 }] })], []],
  ['no weights are not while something serves', [deployed({ activeVersion: 'a', versions: [{ weight: 0 }] })], ['weights']],
  ['a second Job after the first has ended is fine', [running({}), job('a'), job('a', { live: complete }), job('b')], []],
  ['a second Job after the first was deleted is fine', [running({}), job('a'), job('a', { type: 'Deleted' }), job('b')], []],
  ['two Jobs of a step that run are not', [running({}), job('a'), job('b')], ['one live Job']],
  ['a run that goes on may change', [running({ progress: '0/1' }), running({ progress: '1/1' })], []],
  ['a run that has ended may not', [running({ finishedAt: 'now', progress: '1/1' }), running({ finishedAt: 'now', progress: '0/1' })], ['latched']],
  ['a run that has ended may be taken over', [running({ finishedAt: 'now', writerEpoch: 1 }), running({ finishedAt: 'now', writerEpoch: 2 })], []],
  ['a step that has ended may not change', [running({ steps: [{ name: 'train', state: 'Succeeded' }] }), running({ steps: [{ name: 'train', state: 'Running' }] })], ['latched']],
  ['the term may not fall', [running({ writerEpoch: 2 }), running({ writerEpoch: 1 })], ['monotone']],
  ['nor may it vanish', [running({ writerEpoch: 2 }), running({})], ['monotone']],
  ['what the active version serves with may not be removed', [active, serving('Added'), serving('Deleted')], ['serving']],
  ['it may be removed with the ModelDeployment', [active, serving('Added'), revision('modeldeployments', 'fraud', { type: 'Deleted' }), serving('Deleted')], []],
  ['nor may what a version serves with that gets a part of the requests', [deployed({ activeVersion: 'fraud-2', versions: [{ name: 'fraud-2', weight: 80 }, { name: 'fraud-1', weight: 20 }] }), serving('Added'), serving('Deleted')], ['serving']],
  ['what another version served with may be removed', [deployed({ activeVersion: 'fraud-2', versions: [{ weight: 100 }] }), serving('Added'), serving('Deleted')], []],
  ['a child without its owner is an orphan', [running({}), job('a', { live: complete }), revision('pipelineruns', 'run', { type: 'Deleted' })], ['orphans']],
])('%s', (_, history, expected) => expect(brokenInvariants(history).map(({ oracle }) => oracle)).toEqual(expected));
