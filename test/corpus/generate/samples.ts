import type { Json } from '../../../operator/runtime/kind.ts';

const hex = 'ab'.repeat(32);
const digest = `sha256:${hex}`;
const uri = `pvc://models/team/sha256/${hex}`;
const container: Json = {
  image: 'python:3', command: ['python'], args: ['-m', 'job'], env: [{ name: 'THREADS', value: '2' }, { name: 'MODE', value: 'fast' }],
  resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: 2 } }, workingDir: '/work',
};
const gates = [{ name: 'good', expression: 'metrics.recall >= 0.7' }, { name: 'precise', expression: 'metrics.recall < 1.1' }];

/** Valid specs of each kind that between them have every field: what is generated is one of them with a few things changed. */
export const samples: Readonly<Record<string, readonly Json[]>> = {
  Pipeline: [
    {
      params: [{ name: 'seed', default: '1' }, { name: 'until' }],
      artifactStore: { type: 'Volume', volume: { storage: '1Gi', storageClassName: 'fast', accessMode: 'ReadWriteMany' } },
      steps: [
        { name: 'prepare', container, inputs: [{ name: 'days', from: { uri: 'pvc://raw/days' } }], outputs: [{ name: 'data' }, { name: 'more' }], results: [{ name: 'rows' }], retry: { limit: 2 }, timeout: '30m' },
        {
          name: 'train', container, dependsOn: ['prepare'], outputs: [{ name: 'model' }], results: [{ name: 'recall' }, { name: 'before' }],
          inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }, { name: 'champion', from: { championOf: 'fraud' } }],
        },
        { name: 'baseline', profile: { input: 'data', label: 'fraud', prediction: 'guess' }, inputs: [{ name: 'data', from: { step: 'prepare', output: 'data' } }] },
      ],
      register: {
        model: 'fraud', artifact: { step: 'train', output: 'model' }, format: { name: 'sklearn', version: '1.5' }, profile: { step: 'baseline' },
        metrics: [{ name: 'recall', from: { step: 'train', result: 'recall' }, champion: { step: 'train', result: 'before' }, dataset: { step: 'prepare', output: 'data' } }],
        policy: { gates },
      },
      triggers: { onChange: true }, suspend: true,
    },
    {
      artifactStore: { type: 'Volume', volume: { claimName: 'store' } },
      steps: [{ name: 'train', container: { image: 'python:3' }, inputs: [{ name: 'parent', from: { modelVersionRef: { name: 'fraud-1' } } }] }],
    },
  ],
  PipelineRun: [
    {
      pipelineRef: { name: 'fraud' }, params: [{ name: 'seed', value: '1' }, { name: 'until', value: 'now' }], cancel: true,
      trigger: { type: 'Drift', by: 'watch', episode: '2026-03-01T12:00:00Z', window: { start: '2026-03-01T11:00:00Z', end: '2026-03-01T12:00:00Z' } },
    },
    { pipelineRef: { name: 'fraud' } },
  ],
  ModelVersion: [
    {
      model: 'fraud', artifact: { uri, digest, bytes: 10 }, format: { name: 'onnx', version: '1.16' },
      metrics: [{ name: 'recall', value: 0.8, datasetDigest: digest, champion: { modelVersionRef: { name: 'fraud-1' }, value: 0.7 } }, { name: 'loss', value: -1.5 }],
      profile: { uri, digest },
      lineage: {
        run: { name: 'fraud-run', uid: '0b1c' }, pipeline: 'fraud', snapshotDigest: digest, images: [{ step: 'train', image: 'python:3' }],
        datasets: [{ name: 'ingest.days', uri: 'pvc://raw/days', digest }], models: [{ name: 'evaluate.champion', championOf: 'fraud', version: 'fraud-1', digest }],
        params: [{ name: 'seed', value: '1' }],
        trigger: { type: 'Drift', by: 'watch', episode: '2026-03-01T12:00:00Z', window: { start: '2026-03-01T11:00:00Z', end: '2026-03-01T12:00:00Z' } },
      },
      policy: { gates },
    },
    { model: 'fraud', artifact: { uri, digest, bytes: 0 }, format: { name: 'sklearn' } },
  ],
  ModelDeployment: [
    {
      model: 'fraud', version: { type: 'Ref', ref: { name: 'fraud-1' } }, runtime: { type: 'Container', container, port: 8080, protocol: 'V2' }, replicas: 2,
      rollout: {
        steps: [{ weight: 10, pause: '1m' }, { weight: 50 }], progressDeadline: '20m',
        analysis: [{ name: 'errors', metric: 'ErrorRate', maxWorse: 0.02, minRequests: 200, minLabels: 20 }, { name: 'recall', metric: 'FeedbackRecall', maxWorse: 0.1 }],
      },
      capture: { enabled: true, sampleRate: 0.5, paneDuration: '30s', feedback: true }, suspend: true,
    },
    { model: 'fraud', runtime: { type: 'Preset', preset: { name: 'mlserver', resources: { requests: { cpu: 1 }, limits: { memory: '2Gi' } } } } },
  ],
  DriftPolicy: [
    {
      modelDeploymentRef: { name: 'fraud' }, interval: '1m', window: { duration: '10m', minSamples: 100 },
      checks: [
        { name: 'inputs', dataDrift: { numeric: { method: 'KolmogorovSmirnov', threshold: 0.2 }, categorical: { method: 'JensenShannon', threshold: 0.2 }, alpha: 0.05, correction: 'Bonferroni' } },
        { name: 'recall', performance: { metric: 'Recall', maxDrop: 0.2, minLabels: 20 } },
      ],
      firing: { windows: 4, breaches: 3, cooldown: '1h' },
      actions: { mode: 'Auto', retrain: { pipelineRef: { name: 'fraud' }, params: [{ name: 'until', value: '$(window.end)' }], checks: ['inputs', 'recall'], maxPerPeriod: { count: 2, period: '12h' } } },
      notify: [{ type: 'Slack', secretKeyRef: { name: 'hooks', key: 'slack' } }, { type: 'Teams', secretKeyRef: { name: 'hooks', key: 'teams' } }], suspend: true,
    },
    { modelDeploymentRef: { name: 'fraud' }, checks: [{ name: 'inputs', dataDrift: {} }] },
  ],
};
