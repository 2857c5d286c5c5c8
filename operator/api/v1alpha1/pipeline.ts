import { z } from 'zod';
import { commonStatus, customKind } from '../kind.ts';
import { characters, container, duration, format, label, listMap, listSet, localRef, metricName, modelName, policy, ruled, stepName, volumeUri, type Container } from './shared.ts';

const stepOutput = z.object({
  step: stepName.describe('Name of a step.'),
  output: label(20).describe('Name of one of its outputs.'),
});

const sources = ['step', 'uri', 'modelVersionRef', 'championOf'] as const;

const input = z.object({
  name: label(20).describe('Name of the input; $(inputs.NAME.path) is where the step finds it.'),
  from: z.object({
    step: stepName.optional().describe('An earlier step.'),
    output: label(20).optional().describe('The output of that step.'),
    uri: volumeUri.optional().describe('pvc://claim/path: data on a PersistentVolumeClaim of the same namespace, read only.'),
    modelVersionRef: localRef.optional().describe('The files of this ModelVersion. A run waits until it is Ready.'),
    championOf: label(40).optional().describe('The files of the version that is active in this ModelDeployment when the run starts; an empty folder while there is none.'),
  }).describe('Where the input comes from: an output of an earlier step, a URI, or a model.').apply(ruled({
    rule: `has(self.step) == has(self.output) && ${sources.map((source) => `(has(self.${source}) ? 1 : 0)`).join(' + ')} == 1`,
    messageExpression: `'from has ' + (${[...sources, 'output'].map((member) => `has(self.${member})`).join(' || ')} ? '' : 'nothing, ') + ${[...sources, 'output'].map((source) => `(has(self.${source}) ? '${source}, ' : '')`).join(' + ')} + 'but needs exactly one of: step with output, uri, modelVersionRef, championOf'`,
    holds: (from) => (from.step === undefined) === (from.output === undefined) && sources.filter((source) => from[source] !== undefined).length === 1,
  })),
}).describe('One input.');

const column = z.string().min(1).max(256);

/** The one output of a step that makes a profile. */
export const profileOutput = 'profile';

const profile = z.object({
  input: label(20).describe('The input of the step: a CSV or Parquet file, or a folder of them.'),
  label: column.optional().describe('Column of the true classes; it is no feature.'),
  prediction: column.optional().describe('Column of the predicted classes; it is no feature.'),
});

const step = z.object({
  name: stepName.describe('Name of the step.'),
  dependsOn: z.array(stepName).max(16).default([]).describe('Earlier steps that must succeed first, besides those that the inputs name.').apply(listSet),
  container: container.optional().describe('The container that does the work. It sees its inputs and outputs as files and knows nothing of Kubernetes.'),
  profile: profile.optional().describe('Describes the distribution of the data of the one input, as what live traffic is later compared with. The output is called profile.'),
  inputs: z.array(input).max(8).default([]).describe('Files and folders the step reads.').apply(listMap('name')),
  outputs: z.array(z.object({
    name: label(20).describe('Name of the output; the step writes a file or folder at $(outputs.NAME.path).'),
  }).describe('One output.')).max(8).default([]).describe('Files and folders the step leaves behind, stored under their digest.').apply(listMap('name')),
  results: z.array(z.object({
    name: metricName.describe('Name of the result; the step writes it to $(results.NAME.path).'),
  }).describe('One result.')).max(16).default([]).describe('Small values the step reports, at most 32 bytes each.').apply(listMap('name')),
  retry: z.object({
    limit: z.int32().min(0).max(10).default(0).describe('How often a failed step is tried again. Evictions and lost nodes do not count.'),
  }).prefault({}).describe('What happens when the step fails.'),
  timeout: duration('1s', '168h').default('1h').describe('Longest time one attempt may take, such as 1h30m.'),
}).describe('One step: a Job for each attempt.').apply(ruled(
  {
    rule: 'has(self.container) != has(self.profile)',
    messageExpression: `'step "' + self.name + '" needs exactly one of container and profile'`,
    holds: (self) => (self.container === undefined) !== (self.profile === undefined),
  },
  {
    rule: '!has(self.profile) || (self.inputs.size() == 1 && self.inputs[0].name == self.profile.input && self.outputs.size() == 0 && self.results.size() == 0)',
    messageExpression: `'step "' + self.name + '" makes a profile: it needs exactly one input, called "' + self.profile.input + '", and declares neither outputs nor results'`,
    holds: (self) => self.profile === undefined || (self.inputs.length === 1 && self.inputs[0]?.name === self.profile.input && self.outputs.length === 0 && self.results.length === 0),
  },
));

type StepShape = z.output<typeof step>;

/** Of command, args and env of all steps. */
const maxCharacters = 131_072;

function longTexts({ command, args, env }: Container): number {
  return [...command, ...args, ...env.flatMap(({ name, value }) => [name, value])].reduce((sum, part) => sum + characters(part), 0);
}

/** Names of the steps that must succeed before this one. */
function needed({ inputs, dependsOn }: StepShape): string[] {
  return [...inputs.flatMap(({ from }) => (from.step === undefined ? [] : [from.step])), ...dependsOn];
}

function declares({ profile: described, outputs }: StepShape, output: string | undefined): boolean {
  return described === undefined ? outputs.some(({ name }) => name === output) : output === profileOutput;
}

function hasOutput(steps: readonly StepShape[], { step: of, output }: z.output<typeof stepOutput>): boolean {
  return steps.some(({ name, outputs }) => name === of && outputs.some((one) => one.name === output));
}

/** The step, when it declares the result. */
function hasResult(steps: readonly StepShape[], { step: of, result }: { readonly step: string; readonly result: string }): StepShape | undefined {
  return steps.find(({ name, results }) => name === of && results.some((one) => one.name === result));
}

const earlier = 'self.exists(j, t, j < i && t.name == d)';
const implied = "(s.inputs.filter(x, has(x.from.step)).map(x, x.from.step) + s.dependsOn)";

const declared = `(!has(x.from.step) || self.exists(t, t.name == x.from.step && (has(t.profile) ? x.from.output == '${profileOutput}' : t.outputs.exists(o, o.name == x.from.output))))`;

const steps = z.array(step).min(1).max(64).describe('Steps, in an order in which each depends only on earlier ones.').apply(listMap('name')).apply(ruled(
    {
      rule: `self.all(i, s, ${implied}.all(d, ${earlier}))`,
      messageExpression: `'spec.steps: a step may depend only on earlier steps, which "' + self.transformList(i, s, !${implied}.all(d, ${earlier}), s.name + '" does not: ' + ${implied}.filter(d, !${earlier})[0])[0]`,
      holds: (self) => self.every((one, index) => needed(one).every((name) => self.slice(0, index).some((other) => other.name === name))),
    },
    {
      rule: `self.all(s, s.inputs.all(x, ${declared}))`,
      messageExpression: `'spec.steps: an input is from an output that its step does not declare: ' + self.map(s, s.inputs.map(x, !${declared}, x.from.step + '.' + x.from.output)).filter(l, l.size() > 0)[0][0]`,
      holds: (self) => self.every(({ inputs }) => inputs.every(({ from }) => from.step === undefined || self.some((one) => one.name === from.step && declares(one, from.output)))),
    },
    {
      rule: 'self.map(s, s.inputs.filter(x, has(x.from.modelVersionRef) || has(x.from.championOf)).size()).sum() <= 16',
      message: 'spec.steps may read at most 16 models together',
      holds: (self) => self.flatMap(({ inputs }) => inputs.filter(({ from }) => from.modelVersionRef !== undefined || from.championOf !== undefined)).length <= 16,
    },
    {
      // The run keeps a copy of the whole, and etcd takes 1.5 MiB.
      rule: `self.map(s, has(s.container) ? ${['command', 'args'].map((list) => `s.container.${list}.map(x, x.size()).sum()`).join(' + ')} + s.container.env.map(e, e.name.size() + e.value.size()).sum() : 0).sum() <= ${maxCharacters}`,
      message: `command, args and env of all steps may have ${maxCharacters} characters together: put longer things into the images`,
      holds: (self) => self.reduce((sum, one) => sum + (one.container === undefined ? 0 : longTexts(one.container)), 0) <= maxCharacters,
    },
    { rule: 'self.map(s, s.outputs.size()).sum() <= 128', message: 'spec.steps may declare at most 128 outputs together', holds: (self) => self.flatMap(({ outputs }) => outputs).length <= 128 },
    { rule: 'self.map(s, s.results.size()).sum() <= 256', message: 'spec.steps may declare at most 256 results together', holds: (self) => self.flatMap(({ results }) => results).length <= 256 },
));

const artifactStore = z.object({
  type: z.enum(['Volume']).describe('Kind of store.'),
  volume: z.object({
    claimName: z.string().min(1).max(63).regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/).optional().describe('An existing PersistentVolumeClaim.'),
    storage: z.string().min(1).max(20).regex(/^[0-9]+(Ki|Mi|Gi|Ti|Pi)?$/).optional().describe('Size of a PersistentVolumeClaim to create, such as 10Gi. It outlives the Pipeline.'),
    storageClassName: z.string().min(1).max(63).optional().describe('StorageClass of the created claim; the default class when left out.'),
    accessMode: z.enum(['ReadWriteOnce', 'ReadWriteMany']).default('ReadWriteOnce').describe('Access mode of the created claim. With ReadWriteOnce all pods that use the store run on one node.'),
  }).optional().describe('A PersistentVolumeClaim.').apply(ruled(
    {
      rule: 'has(self.claimName) != has(self.storage)',
      messageExpression: `has(self.claimName) && has(self.storage) ? 'volume.claimName "' + self.claimName + '" and volume.storage "' + self.storage + '" exclude each other' : 'volume needs either claimName or storage'`,
      holds: (self) => (self?.claimName === undefined) !== (self?.storage === undefined) || self === undefined,
    },
    {
      rule: '!has(self.claimName) || !has(self.storageClassName)',
      messageExpression: `'volume.storageClassName "' + self.storageClassName + '" goes with storage, but claimName "' + self.claimName + '" is a claim that exists'`,
      holds: (self) => self?.claimName === undefined || self.storageClassName === undefined,
    },
  )),
}).describe('Where outputs are kept.').apply(ruled({ rule: "(self.type == 'Volume') == has(self.volume)", message: 'artifactStore.volume must be set when type is Volume', holds: ({ volume }) => volume !== undefined }));

const register = z.object({
  model: modelName.describe('Name of the model; its versions are called NAME-1, NAME-2 and so on.'),
  artifact: stepOutput.describe('The output that is the model: a folder.'),
  format: format.describe('What the model is stored as.'),
  profile: z.object({
    step: stepName.describe('Name of a step that makes a profile.'),
  }).optional().describe("The distribution of the data the model was measured on: what its live traffic is compared with."),
  metrics: z.array(z.object({
    name: metricName.describe('Name of the metric.'),
    from: z.object({
      step: stepName.describe('Name of a step.'),
      result: metricName.describe('Name of one of its results; it must be a finite number.'),
    }).describe('The result that is the value.'),
    champion: z.object({
      step: stepName.describe('Name of a step with exactly one input of kind championOf.'),
      result: metricName.describe('Name of one of its results: the same metric of the champion, on the same data. It may be empty while there is no champion.'),
    }).optional().describe('The result that is the value of the champion.'),
    dataset: stepOutput.optional().describe('The output the metric was computed on.'),
  }).describe('One metric.')).max(16).default([]).describe('Metrics of the version.').apply(listMap('name')),
  policy,
}).describe('Registers the model as a ModelVersion when all steps have succeeded.');

const championScored = '(!has(m.champion) || self.steps.exists(s, s.name == m.champion.step && s.inputs.filter(x, has(x.from.championOf)).size() == 1 && s.results.exists(r, r.name == m.champion.result)))';
const measured = 'self.steps.exists(s, s.name == m.from.step && s.results.exists(r, r.name == m.from.result))';
const computedOn = '(!has(m.dataset) || self.steps.exists(s, s.name == m.dataset.step && s.outputs.exists(o, o.name == m.dataset.output)))';

export const PipelineSpec = z.object({
  params: z.array(z.object({
    name: metricName.describe('Name of the parameter; $(params.NAME) is its value.'),
    default: z.string().max(1_024).optional().describe('Value when a run gives none. Without a default every run must give one.'),
  }).describe('One parameter.')).max(64).default([]).describe('Parameters of a run.').apply(listMap('name')),
  artifactStore,
  steps,
  register: register.optional(),
  triggers: z.object({
    onChange: z.boolean().default(false).describe('Start a run when the spec differs from that of the newest run.'),
  }).prefault({}).describe('What starts a run, besides the annotation modelkeeper.dev/run and a PipelineRun made by hand.'),
  suspend: z.boolean().default(false).describe('Start no new runs.'),
}).describe('How a model is made: steps, each a Job, and what is registered at the end.').apply(ruled(
  {
    rule: '!has(self.register) || self.steps.exists(s, s.name == self.register.artifact.step && s.outputs.exists(o, o.name == self.register.artifact.output))',
    messageExpression: `'spec.register.artifact: no step "' + self.register.artifact.step + '" with an output "' + self.register.artifact.output + '"'`,
    holds: ({ register: made, steps: all }) => made === undefined || hasOutput(all, made.artifact),
  },
  {
    rule: `!has(self.register) || self.register.metrics.all(m, ${measured})`,
    messageExpression: `'spec.register.metrics: ' + self.register.metrics.map(m, !${measured}, 'metric "' + m.name + '" is result "' + m.from.result + '" of step "' + m.from.step)[0] + '", which does not declare it'`,
    holds: ({ register: made, steps: all }) => made === undefined || made.metrics.every(({ from }) => hasResult(all, from) !== undefined),
  },
  {
    rule: `!has(self.register) || self.register.metrics.all(m, ${championScored})`,
    messageExpression: `'spec.register.metrics: ' + self.register.metrics.map(m, !${championScored}, 'champion of metric "' + m.name + '" is result "' + m.champion.result + '" of step "' + m.champion.step)[0] + '", which must declare it and have exactly one input with championOf'`,
    holds: ({ register: made, steps: all }) => made === undefined || made.metrics.every(({ champion }) => champion === undefined || hasResult(all, champion)?.inputs.filter(({ from }) => from.championOf !== undefined).length === 1),
  },
  {
    rule: '!has(self.register) || !has(self.register.profile) || self.steps.exists(s, s.name == self.register.profile.step && has(s.profile))',
    messageExpression: `'spec.register.profile: no step "' + self.register.profile.step + '" that makes a profile'`,
    holds: ({ register: made, steps: all }) => made?.profile === undefined || all.some(({ name, profile: described }) => name === made.profile?.step && described !== undefined),
  },
  {
    rule: `!has(self.register) || self.register.metrics.all(m, ${computedOn})`,
    messageExpression: `'spec.register.metrics: ' + self.register.metrics.map(m, !${computedOn}, 'dataset of metric "' + m.name + '" is output "' + m.dataset.output + '" of step "' + m.dataset.step)[0] + '", which does not declare it'`,
    holds: ({ register: made, steps: all }) => made === undefined || made.metrics.every(({ dataset }) => dataset === undefined || hasOutput(all, dataset)),
  },
));
export type PipelineSpec = z.infer<typeof PipelineSpec>;
export type Step = PipelineSpec['steps'][number];

const PipelineStatus = z.object({
  ...commonStatus,
  nextRun: z.object({
    name: z.string().max(45).describe('Name of the run.'),
    digest: z.string().max(71).describe('Digest of the spec it runs.'),
    trigger: z.enum(['Change', 'Annotation']).describe('What asked for it.'),
  }).optional().describe('The run that was decided on and is being created.'),
  lastRun: z.object({
    name: z.string().max(45).describe('Name of the run.'),
    result: z.enum(['Running', 'Succeeded', 'Failed', 'Error', 'Cancelled']).describe('How it ended, or Running.'),
  }).optional().describe('The newest run.'),
  startedDigest: z.string().max(71).optional().describe('Digest of the spec that the newest run took, or is made for; deleting runs starts none.'),
  runToken: z.string().max(256).optional().describe('Value of the annotation modelkeeper.dev/run that was last acted on.'),
}).describe('What the operator has done and seen.');
export type PipelineStatus = z.infer<typeof PipelineStatus>;

export const Pipeline = customKind({
  kind: 'Pipeline',
  plural: 'pipelines',
  shortName: 'mkpl',
  description: 'Pipeline describes how data is prepared, how a model is trained from it, and what is registered.',
  maxNameLength: 30,
  spec: PipelineSpec,
  status: PipelineStatus,
  conditions: ['Ready'],
  summary: 'Ready',
  columns: [
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status", description: 'Whether runs can be started.' },
    { name: 'Last Run', type: 'string', jsonPath: '.status.lastRun.name', description: 'The newest run.' },
    { name: 'Result', type: 'string', jsonPath: '.status.lastRun.result', description: 'How the newest run ended.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
});

