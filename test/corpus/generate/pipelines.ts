import fc from 'fast-check';
import type { Json } from '../../../operator/runtime/kind.ts';

const duration = fc.constantFrom('1s', '90s', '1h30m', '168h');
const quantities = fc.dictionary(fc.constantFrom('cpu', 'memory', 'nvidia.com/gpu'), fc.constantFrom('500m', '1Gi', '1', 2));

export const container: fc.Arbitrary<Json> = fc.record({
  image: fc.constantFrom('python:3', 'registry:5000/team/train@sha256:' + 'a'.repeat(64)),
  command: fc.array(fc.constantFrom('python', '-c', '$(params.seed)')),
  args: fc.array(fc.string({ unit: 'grapheme', maxLength: 12 })),
  env: fc.uniqueArray(fc.constantFrom('A', 'PATH', '__proto__', 'constructor'), { maxLength: 3 }).map((names) => names.map((name) => ({ name, value: '$(A)' }))),
  resources: fc.record({ requests: quantities, limits: quantities }, { requiredKeys: [] }),
  workingDir: fc.constantFrom('/', '/srv/app'),
}, { requiredKeys: ['image'] });

/** What one step of a graph is made of; which earlier ones it names comes from numbers, so that the graph is always one. */
const stepParts = fc.record({
  container, profile: fc.nat(5).map((of) => of === 0), outputs: fc.nat(2), results: fc.nat(2), earlier: fc.array(fc.nat(), { maxLength: 3 }), dependsOn: fc.array(fc.nat(), { maxLength: 2 }),
  outside: fc.option(fc.constantFrom<Json>({ uri: 'pvc://data/days' }, { modelVersionRef: { name: 'fraud-1' } }, { championOf: 'scorer' })), retry: fc.nat(10), timeout: duration,
});
type StepParts = typeof stepParts extends fc.Arbitrary<infer T> ? T : never;

interface Built {
  readonly name: string;
  readonly outputs: readonly string[];
  readonly results: readonly string[];
  readonly champions: number;
  readonly profile: boolean;
  readonly spec: Json;
}

function built(parts: StepParts, index: number, before: readonly Built[]): Built {
  const name = `step-${index}`;
  const sources = before.flatMap((step) => step.outputs.map((output) => ({ step: step.name, output })));
  const taken = sources.length === 0 ? [] : [...new Set(parts.earlier.map((number) => number % sources.length))].map((at) => ({ from: sources[at] ?? {} }));
  const inputs = [...taken, ...(parts.outside === null ? [] : [{ from: parts.outside }])].map((input, at) => ({ name: `in-${at}`, ...input }));
  const dependsOn = before.length === 0 ? [] : [...new Set(parts.dependsOn.map((number) => before[number % before.length]?.name ?? ''))];
  const common = { name, dependsOn, retry: { limit: parts.retry }, timeout: parts.timeout };
  const [first] = inputs;
  if (parts.profile && first !== undefined) {
    return { name, outputs: ['profile'], results: [], champions: 0, profile: true, spec: { ...common, inputs: [first], profile: { input: first.name, label: 'fraud' } } };
  }
  const outputs = Array.from({ length: parts.outputs }, (_, at) => `out-${at}`);
  const results = Array.from({ length: parts.results }, (_, at) => `result_${at}`);
  const spec = { ...common, container: parts.container, inputs, outputs: outputs.map((output) => ({ name: output })), results: results.map((result) => ({ name: result })) };
  return { name, outputs, results, champions: inputs.filter(({ from }) => 'championOf' in from).length, profile: false, spec };
}

/** Registers what the steps offer: the rules want each name to be declared. */
function register(steps: readonly Built[]): Json | undefined {
  const artifact = steps.flatMap((step) => (step.profile ? [] : step.outputs.map((output) => ({ step: step.name, output })))).at(-1);
  if (artifact === undefined) return undefined;
  const described = steps.find((step) => step.profile);
  const metrics = steps.flatMap((step) => step.results.map((result) => ({ from: { step: step.name, result }, ...(step.champions === 1 ? { champion: { step: step.name, result } } : {}), dataset: artifact })));
  return {
    model: 'fraud', artifact, format: { name: 'sklearn', version: '1.7' }, metrics: metrics.slice(0, 16).map((metric, at) => ({ name: `m_${at}`, ...metric })),
    ...(described === undefined ? {} : { profile: { step: described.name } }), policy: { gates: [{ name: 'finds', expression: 'metrics.m_0 > 0.5' }] },
  };
}

const store = fc.constantFrom<Json>({ claimName: 'store' }, { storage: '1Gi' }, { storage: '1Gi', storageClassName: 'fast', accessMode: 'ReadWriteMany' });

/** Pipelines that satisfy every rule. */
export const pipelines: fc.Arbitrary<Json> = fc.record({ parts: fc.array(stepParts, { minLength: 1, maxLength: 6 }), volume: store, registers: fc.boolean(), onChange: fc.boolean(), suspend: fc.boolean() })
  .map(({ parts, volume, registers, onChange, suspend }) => {
    const steps = parts.reduce<Built[]>((before, part, index) => [...before, built(part, index, before)], []);
    const registered = registers ? register(steps) : undefined;
    return {
      params: [{ name: 'seed', default: '1' }, { name: 'since' }], artifactStore: { type: 'Volume', volume }, steps: steps.map(({ spec }) => spec), triggers: { onChange }, suspend,
      ...(registered === undefined ? {} : { register: registered }),
    };
  });
