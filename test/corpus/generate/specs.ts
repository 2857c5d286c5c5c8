import fc from 'fast-check';
import type { Json } from '../../../operator/runtime/kind.ts';
import { container, pipelines } from './pipelines.ts';

const window = { start: '2026-03-01T11:00:00Z', end: '2026-03-01T12:00:00.5Z' };
const trigger = fc.constantFrom<Json>({ type: 'Manual' }, { type: 'Change', by: 'fraud' }, { type: 'Drift', by: 'watch', episode: window.end, window });
const params = fc.uniqueArray(fc.constantFrom('seed', 'since', 'until'), { maxLength: 3 }).map((names) => names.map((name) => ({ name, value: '1' })));
const ref = fc.constantFrom('fraud', 'a'.repeat(63)).map((name) => ({ name }));
const digest = `sha256:${'a'.repeat(64)}`;

const runs = fc.record({ pipelineRef: ref, params, trigger, cancel: fc.boolean() }, { requiredKeys: ['pipelineRef'] });

const lineage: Json = {
  run: { name: 'r', uid: 'u' }, pipeline: 'fraud', snapshotDigest: digest, images: [{ step: 'train', image: 'python:3' }], datasets: [{ name: 'train.days', uri: 'pvc://data/days', digest }],
  models: [{ name: 'train.champion', championOf: 'scorer', version: 'fraud-1', digest }], params: [{ name: 'seed', value: '1' }], trigger: { type: 'Drift', episode: window.end, window },
};

const versions = fc.record({
  model: fc.constantFrom('fraud', 'a'.repeat(30)),
  artifact: fc.record({ uri: fc.constant(`pvc://store/ml/sha256/${'a'.repeat(64)}`), digest: fc.constant(digest), bytes: fc.maxSafeNat() }),
  format: fc.constantFrom({ name: 'sklearn' }, { name: 'onnx', version: '1.17' }),
  metrics: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 16 }).map((values) => values.map((value, at) => ({ name: `m_${at}`, value, datasetDigest: digest, champion: { modelVersionRef: { name: 'fraud-1' }, value } }))),
  profile: fc.constant({ uri: 'pvc://store/ml/profile', digest }),
  lineage: fc.constant(lineage),
  policy: fc.constant({ gates: [{ name: 'finds', expression: 'metrics.m_0 > 0.5' }] }),
}, { requiredKeys: ['model', 'artifact', 'format'] });

const runtime = fc.oneof(
  fc.constantFrom<Json>({ type: 'Preset', preset: { name: 'mlserver', resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } } } }, { type: 'Preset', preset: { name: 'mlserver' } }),
  fc.record({ type: fc.constant('Container'), container, port: fc.integer({ min: 1, max: 65_535 }), protocol: fc.constantFrom('V2', 'Raw') }),
);

const weights = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 20 }).map((list) => list.sort((one, other) => one - other).map((weight) => ({ weight, pause: '10s' })));

const deployments: fc.Arbitrary<Json> = fc.record({
  runtime, steps: weights, share: fc.double({ min: 0, max: 1, noNaN: true }), metrics: fc.array(fc.constantFrom('ErrorRate', 'FeedbackRecall', 'FeedbackAccuracy'), { maxLength: 8 }),
  version: fc.constantFrom<Json>({ type: 'LatestReady' }, { type: 'Ref', ref: { name: 'fraud-1' } }), replicas: fc.integer({ min: 0, max: 1_000 }), enabled: fc.boolean(), feedback: fc.boolean(), suspend: fc.boolean(),
}).map(({ runtime: server, steps, share, metrics, version, replicas, enabled, feedback, suspend }) => {
  const raw = 'protocol' in server && server['protocol'] === 'Raw';
  const analysis = steps.length === 0 ? [] : metrics.map((metric, at) => ({ name: `check-${at}`, metric: raw ? 'ErrorRate' : metric, maxWorse: share, minRequests: 10, minLabels: 10 }));
  return {
    model: 'fraud', version, runtime: server, replicas, rollout: { steps, analysis, progressDeadline: '10m' }, suspend,
    capture: { enabled: enabled && !raw, sampleRate: share, paneDuration: '1m', feedback: feedback && enabled && !raw },
  };
});

const check = fc.constantFrom<Json>(
  { dataDrift: {} },
  { dataDrift: { numeric: { method: 'KolmogorovSmirnov', threshold: 0.2 }, categorical: { method: 'JensenShannon', threshold: 0.2 }, alpha: 0.05, correction: 'None' } },
  { performance: { metric: 'Recall', maxDrop: 0.1, minLabels: 20 } },
);

const policies: fc.Arbitrary<Json> = fc.record({
  checks: fc.array(check, { minLength: 1, maxLength: 16 }), windows: fc.integer({ min: 1, max: 12 }), breaches: fc.nat(11), auto: fc.boolean(), named: fc.nat(), receivers: fc.nat(4), params, suspend: fc.boolean(),
}).map(({ checks, windows, breaches, auto, named, receivers, params: given, suspend }) => ({
  modelDeploymentRef: { name: 'scorer' }, interval: '1m', window: { duration: '1h', minSamples: 100 }, checks: checks.map((one, at) => ({ name: `check-${at}`, ...one })),
  firing: { windows, breaches: 1 + (breaches % windows), cooldown: '10m' },
  actions: auto ? { mode: 'Auto', retrain: { pipelineRef: { name: 'fraud' }, params: given, checks: [`check-${named % checks.length}`], maxPerPeriod: { count: 2, period: '1h' } } } : { mode: 'Alert' },
  notify: Array.from({ length: receivers }, (_, at) => ({ type: at % 2 === 0 ? 'Slack' : 'Teams', secretKeyRef: { name: 'hooks', key: `k${at}` } })), suspend,
}));

/** Specs of each kind that satisfy its schema and all of its rules. */
export const specs: Readonly<Record<string, fc.Arbitrary<Json>>> = { Pipeline: pipelines, PipelineRun: runs, ModelVersion: versions, ModelDeployment: deployments, DriftPolicy: policies };
