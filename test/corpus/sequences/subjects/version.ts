import { parseVolumeUri } from '../../../../operator/api/v1alpha1/shared.ts';
import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { textAt } from '../../../faults/text.ts';
import type { View } from '../../../faults/world.ts';
import { modelDeployment } from '../../../integration/operator/samples.ts';
import { at, isTrue } from '../../../integration/operator/watching.ts';
import { containersOf, taskOf } from '../../../pods.ts';
import { edited } from '../edit.ts';
import { lull, short, type Mirrored, type Subject } from '../subject.ts';
import { version } from './versions.ts';

const name = 'fraud-5';
const digest = `sha256:${'c'.repeat(64)}`;
const run = { name: 'night', uid: 'u' };
const told = 'it says where the version comes from, and nothing acts on it';

const spec: Json = {
  ...asRecord(version(name)['spec']),
  format: { name: 'sklearn', version: '1.7' },
  metrics: [{ name: 'recall', value: 0.8, datasetDigest: digest, champion: { modelVersionRef: { name: 'old-1' }, value: 0.7 } }],
  policy: { gates: [{ name: 'better', expression: 'metrics.recall > champion.metrics.recall' }] },
  lineage: {
    run, pipeline: 'fraud', snapshotDigest: digest, images: [{ step: 'train', image: 'python:3' }], datasets: [{ name: 'train.days', uri: 'pvc://data/days', digest }],
    models: [{ name: 'train.champion', championOf: 'scorer', version: 'fraud-1', digest }], params: [{ name: 'seed', value: '1' }],
    trigger: { type: 'Drift', by: 'watch', episode: '2026-03-01T12:00:00Z', window: { start: '2026-03-01T11:00:00Z', end: '2026-03-01T12:00:00Z' } },
  },
};
const lineage = [
  '', '.run', '.run.name', '.run.uid', '.pipeline', '.snapshotDigest', '.images', '.images[]', '.images[].step', '.images[].image', '.datasets', '.datasets[]', '.datasets[].name', '.datasets[].uri', '.datasets[].digest',
  '.models', '.models[]', '.models[].name', '.models[].championOf', '.models[].version', '.models[].digest', '.params', '.params[]', '.params[].name', '.params[].value',
  '.trigger', '.trigger.type', '.trigger.by', '.trigger.episode', '.trigger.window', '.trigger.window.start', '.trigger.window.end',
];

/** A version that is verified, judged against one that serves, and served. */
export const modelVersion: Subject = {
  kind: 'ModelVersion', plural: 'modelversions', name,
  specs: [spec],
  telling: {
    'spec.metrics[].value': [edited(spec, 'metrics.0.value', 0.1)],
    'spec.metrics[].champion.value': [edited(spec, 'metrics.0.champion.value', 0.9)],
    'spec.metrics[].champion': [edited(spec, 'metrics.0.champion', undefined)],
    'spec.format.name': [edited(spec, 'format.name', 'onnx')],
    'spec.lineage.trigger.type': [edited(spec, 'lineage.trigger', { type: 'Manual' })],
    'spec.lineage.trigger.episode': [edited(spec, 'lineage.trigger.episode', '2026-03-02T12:00:00Z')],
    'spec.policy.gates[].name': [edited(spec, 'policy.gates.0', { name: 'other', expression: 'metrics.recall > 0.9' })],
    'spec.policy.gates[].expression': [edited(spec, 'policy.gates.0.expression', 'metrics.recall > 0.9'), edited(spec, 'policy.gates.0.expression', '1 +')],
    'spec.policy.gates[]': [edited(spec, 'policy.gates.0', { name: 'no', expression: 'false' })],
  },
  unseen: {
    'spec.artifact.bytes': 'it is for people: the size is not verified, the digest is',
    'spec.format.version': 'it is for people: no preset depends on it',
    'spec.metrics[].datasetDigest': told,
    ...Object.fromEntries(lineage.map((place) => [`spec.lineage${place}`, told])),
  },
  surround: async (world) => {
    await world.apply('modelversions', version('old-1', { model: 'old' }));
    await world.apply('modeldeployments', { ...modelDeployment({ model: 'old' }), metadata: { name: 'old' } });
    await world.apply('modeldeployments', { ...modelDeployment({ runtime: { type: 'Preset', preset: { name: 'mlserver' } } }), metadata: { name: 'scorer' } });
    await world.until('the champion serves', (view) => isTrue(view.get('modeldeployments', 'old'), 'Ready'));
    await lull(world);
  },
  // Longer than the pause before the last of the Jobs that try to print a profile which cannot be had.
  rest: (world) => lull(world, 200_000),
  challenge: () => Promise.resolve(),
  course: () => ({}),
  mirrored,
  lasting: ({ digest: { [`modelversions/${name}`]: own, ...others } }) => ({ ...others, status: asRecord(own)?.['status'] }),
  goesOn: () => false,
  affordable: short,
  serves: () => true,
};

function mirrored({ artifact, profile, format }: Json, view: View): Mirrored {
  const job = view.list('jobs').find((live) => textAt(live, 'metadata', 'name').startsWith(`${name}-verify-`));
  const tasks = containersOf(asRecord(at(job, 'spec', 'template')) ?? {}, 'containers').map(taskOf);
  const task = tasks.find((one) => one?.verb === 'verify');
  const served = asItems(at(view.get('modeldeployments', 'scorer'), 'status', 'versions')).find((one) => at(one, 'name') === name);
  const { claim, path } = parseVolumeUri(textAt(artifact, 'uri'));
  return [
    ['what is verified', task && [task.artifact.path, task.digest, task.profile?.digest], [path, at(artifact, 'digest'), at(profile, 'digest')]],
    ['where it lies', asItems(at(job, 'spec', 'template', 'spec', 'volumes')).some((volume) => at(volume, 'persistentVolumeClaim', 'claimName') === claim), true],
    ...(served === undefined ? [] : [['what is served', [at(served, 'uri'), at(served, 'digest'), at(served, 'format')], [at(artifact, 'uri'), at(artifact, 'digest'), at(format, 'name')]] as const]),
  ];
}
