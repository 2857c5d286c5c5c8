import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

type Named = Json & { readonly metadata: { readonly name: string } };

/** Two steps, the second of which reads what the first leaves behind, and a model that is registered. */
export function pipeline(more: Json = {}): Named {
  return {
    kind: 'Pipeline', metadata: { name: 'fraud' },
    spec: {
      artifactStore: { type: 'Volume', volume: { storage: '1Gi' } },
      params: [{ name: 'depth', default: '4' }],
      steps: [
        { name: 'prepare', container: { image: 'prepare:1', command: ['prepare', '$(outputs.data.path)'] }, outputs: [{ name: 'data' }] },
        {
          name: 'train', container: { image: 'train:1', args: ['--depth', '$(params.depth)'], env: [{ name: 'IN', value: '$(inputs.data.path)' }] },
          inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }], outputs: [{ name: 'model' }], results: [{ name: 'recall' }],
        },
      ],
      register: {
        model: 'fraud', artifact: { step: 'train', output: 'model' }, format: { name: 'sklearn' },
        metrics: [{ name: 'recall', from: { step: 'train', result: 'recall' }, dataset: { step: 'prepare', output: 'data' } }],
        policy: { gates: [{ name: 'good', expression: 'metrics.recall >= 0.7' }] },
      },
      triggers: { onChange: true },
      ...more,
    },
  };
}

/** The same, which compares the new model with the one that serves, and makes a profile. */
export function comparingPipeline(): Named {
  const sample = pipeline();
  const spec = asRecord(sample['spec']);
  const register = asRecord(spec?.['register']);
  const [prepare, train] = asItems(spec?.['steps']).map(asRecord);
  return pipeline({
    steps: [
      prepare,
      {
        ...train, inputs: [...asItems(train?.['inputs']), { name: 'champion', from: { championOf: 'fraud' } }],
        results: [{ name: 'recall' }, { name: 'champion_recall' }],
      },
      { name: 'baseline', profile: { input: 'data', label: 'fraud' }, inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }] },
    ],
    register: {
      ...register, profile: { step: 'baseline' },
      metrics: asItems(register?.['metrics']).map((metric) => ({ ...asRecord(metric), champion: { step: 'train', result: 'champion_recall' } })),
      policy: { gates: [{ name: 'not-worse', expression: '!has(champion.metrics) || metrics.recall >= champion.metrics.recall' }] },
    },
  });
}

export function modelDeployment(more: Json = {}): Named {
  return {
    kind: 'ModelDeployment', metadata: { name: 'fraud' },
    spec: {
      model: 'fraud',
      runtime: {
        type: 'Container', port: 9000, protocol: 'V2',
        container: { image: 'server:1', command: ['serve'], env: [{ name: 'THREADS', value: '2' }], resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } } },
      },
      ...more,
    },
  };
}

/** A version made by hand. */
export function modelVersion(name: string, more: Json = {}): Named {
  const hex = 'ab'.repeat(32);
  return {
    kind: 'ModelVersion', metadata: { name },
    spec: {
      model: 'fraud', format: { name: 'sklearn' },
      artifact: { uri: `pvc://models/team/sha256/${hex}`, digest: `sha256:${hex}`, bytes: 10 },
      ...more,
    },
  };
}
