import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import type { View } from '../../../faults/world.ts';
import { pipeline } from '../../../integration/operator/samples.ts';
import { at, condition, isTrue } from '../../../integration/operator/watching.ts';
import { edited } from '../edit.ts';
import { lull, short, type Mirrored, type Subject } from '../subject.ts';

const name = 'one';
const plural = 'pipelineruns';
const window = { start: '2026-03-01T11:00:00Z', end: '2026-03-01T12:00:00Z' };

const spec: Json = {
  pipelineRef: { name: 'fraud' }, params: [{ name: 'depth', value: '7' }, { name: 'seed', value: '1' }],
  trigger: { type: 'Drift', by: 'watch', episode: window.end, window },
};

/** A run of a Pipeline. Its steps go on for as long as its spec may change, and then succeed. */
export const run: Subject = {
  kind: 'PipelineRun', plural, name,
  specs: [spec],
  telling: {
    'spec.pipelineRef.name': [edited(spec, 'pipelineRef.name', 'other')],
    'spec.params[].name': [edited(spec, 'params.0.name', 'since')],
    'spec.trigger.type': [edited(spec, 'trigger', { type: 'Manual' })],
    'spec.trigger.episode': [edited(spec, 'trigger.episode', '2026-03-02T12:00:00Z')],
    'spec.cancel': [edited(spec, 'cancel', true)],
  },
  unseen: {},
  surround: async (world) => {
    const params = ['depth', 'seed', 'since', 'until'].map((param) => ({ name: param, default: '4' }));
    for (const one of ['fraud', 'other']) await world.apply('pipelines', { ...pipeline({ params, triggers: {} }), metadata: { name: one } });
    await world.until('the stores are there', (view) => ['fraud', 'other'].every((one) => isTrue(view.get('pipelines', one), 'Ready')));
    world.outside.ending = () => 'Hangs';
  },
  rest: lull,
  challenge: async (world) => {
    world.outside.ending = () => 'Succeeds';
    await lull(world);
  },
  // Times are left out of what is compared elsewhere.
  course: (history) => ({ triggers: history.filter(({ plural: of, type }) => of === 'modelversions' && type === 'Added').map(({ live }) => at(live, 'spec', 'lineage', 'trigger')) }),
  mirrored,
  // A step that had begun is Cancelled, and one that had not is Omitted.
  lasting: ({ digest }) => ({ conditions: at(digest[`${plural}/${name}`], 'status', 'conditions') }),
  goesOn: () => false,
  affordable: short,
  serves: () => true,
};

function mirrored({ params, pipelineRef, trigger, cancel }: Json, view: View): Mirrored {
  const live = view.get(plural, name);
  const jobs = view.list('jobs').filter((job) => at(job, 'metadata', 'labels', 'modelkeeper.dev/run') === name);
  const revision = view.list('controllerrevisions').find((one) => asItems(at(one, 'metadata', 'ownerReferences')).some((owner) => at(owner, 'name') === name));
  const lineage = asRecord(at(view.list('modelversions').find((version) => at(version, 'metadata', 'labels', 'modelkeeper.dev/run') === name), 'spec', 'lineage'));
  const given = asItems(params).map((one) => `${String(at(one, 'name'))}=${String(at(one, 'value'))}`);
  return [
    ...(revision === undefined ? [] : [['the Pipeline', at(revision, 'metadata', 'labels', 'modelkeeper.dev/pipeline'), at(pipelineRef, 'name')] as const]),
    ...(lineage === undefined ? [] : [
      ['the trigger', lineage['trigger'], trigger] as const,
      ['the parameters', given.every((one) => asItems(lineage['params']).some((param) => `${String(at(param, 'name'))}=${String(at(param, 'value'))}` === one)), true] as const,
    ]),
    ...(cancel === true ? [['whether it is cancelled', condition(live, 'Succeeded')?.reason, 'Cancelled'] as const, ['its Jobs', jobs.filter((job) => at(job, 'status', 'active') === 1).length, 0] as const] : []),
  ];
}
