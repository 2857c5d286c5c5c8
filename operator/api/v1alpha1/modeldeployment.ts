import { z } from 'zod';
import { commonStatus, customKind } from '../kind.ts';
import { time } from '../time.ts';
import { container, duration, format, label, listMap, localRef, modelName, ruled } from './shared.ts';

/** The metrics a canary can be judged by; each is implemented in controllers/modeldeployment/metrics.ts. */
export const analysisMetrics = ['ErrorRate', 'FeedbackAccuracy', 'FeedbackRecall', 'FeedbackPrecision'] as const;
export type AnalysisMetric = (typeof analysisMetrics)[number];

interface RuntimeShape {
  readonly type: string;
  readonly preset?: unknown;
  readonly container?: unknown;
  readonly port?: unknown;
  readonly protocol?: unknown;
}

const runtime = z.object({
  type: z.enum(['Preset', 'Container']).describe('A model server the operator knows, or a container of your own.'),
  preset: z.object({
    name: z.enum(['mlserver']).describe('Name of the preset; its image is set when the operator is installed.'),
    resources: container.shape.resources,
  }).optional().describe('A model server the operator knows.'),
  container: container.optional().describe('A container that serves the model it finds below /mnt/models.'),
  port: z.int32().min(1).max(65_535).optional().describe('Port the container listens on.'),
  protocol: z.enum(['V2', 'Raw']).optional().describe('V2: the Open Inference Protocol, whose responses the router can read. Raw: any HTTP.'),
}).describe('What serves the model.').apply(ruled(
  ...([['Preset', 'preset'], ['Container', 'container'], ['Container', 'port'], ['Container', 'protocol']] as const).map(([type, field]) => ({
    rule: `(self.type == '${type}') == has(self.${field})`,
    messageExpression: `'runtime.${field} must ' + (has(self.${field}) ? 'not be set' : 'be set') + ' when runtime.type is ' + self.type`,
    holds: (self: RuntimeShape) => (self.type === type) === (self[field] !== undefined),
  })),
));

const rollout = z.object({
  steps: z.array(z.object({
    weight: z.int32().min(1).max(100).describe('Percent of the requests that the new version gets.'),
    pause: duration('0s', '168h').default('0s').describe('Shortest time to stay at this weight, counted from when all routers have it.'),
  }).describe('One step.')).max(20).default([]).describe('Weights on the way to 100; without steps a new version takes over once it is ready.').apply(ruled({
    rule: 'self.all(i, s, i == 0 || self[i - 1].weight < s.weight)',
    messageExpression: "'weights must increase from step to step, but are %s'.format([self.map(s, s.weight)])",
    holds: (self) => self.every(({ weight }, index) => index === 0 || (self[index - 1]?.weight ?? 0) < weight),
  })),
  analysis: z.array(z.object({
    name: label(40).describe('Name of the check.'),
    metric: z.enum(analysisMetrics).describe('What is compared between the new version and the active one.'),
    maxWorse: z.number().min(0).max(1).describe('How much worse the new version may be; a difference that chance explains never fails it.'),
    minRequests: z.int32().min(1).max(1_000_000).default(100).describe('Requests each version must have answered (ErrorRate).'),
    minLabels: z.int32().min(1).max(1_000_000).default(50).describe("Labels each version must have in the metric's denominator (Feedback metrics)."),
  }).describe('One check.')).max(8).default([]).describe('Checks that every step must pass.').apply(listMap('name')),
  progressDeadline: duration('10s', '168h').default('10m').describe('Longest time a step may take before the rollout stops: a version that is not ready by then is given up, a step without a verdict waits for people.'),
}).prefault({}).describe('How a new version takes over.');

export const ModelDeploymentSpec = z.object({
  model: modelName.describe('Name of the model to serve.'),
  version: z.object({
    type: z.enum(['Ref', 'LatestReady']).describe('A version by name, or the newest that is Ready.'),
    ref: localRef.optional().describe('The ModelVersion to serve.'),
  }).prefault({ type: 'LatestReady' }).describe('Which version to serve.').apply(ruled({
    rule: "(self.type == 'Ref') == has(self.ref)",
    messageExpression: "'version.ref must ' + (has(self.ref) ? 'not be set' : 'be set') + ' when version.type is ' + self.type",
    holds: ({ type, ref }) => (type === 'Ref') === (ref !== undefined),
  })),
  runtime,
  replicas: z.int32().min(0).max(1_000).default(1).describe('Pods of each version.'),
  rollout,
  capture: z.object({
    enabled: z.boolean().default(false).describe('Count the features of live requests in the cells of the baseline profile, so that a DriftPolicy can compare them. Only counts leave the routers.'),
    sampleRate: z.number().min(0).max(1).default(1).describe('Share of the requests whose features are counted.'),
    paneDuration: duration('1s', '1h').default('5m').describe('Counts are kept by stretches of this length.'),
    feedback: z.boolean().default(false).describe('Take labels at /modelkeeper/feedback, also when no check of a rollout needs them.'),
  }).prefault({ enabled: false, feedback: false }).describe('What routers count of live requests.').apply(ruled({
    rule: 'self.enabled || !self.feedback',
    message: 'capture.feedback needs capture.enabled: labels are counted by pane',
    holds: ({ enabled, feedback }) => enabled || !feedback,
  })),
  suspend: z.boolean().default(false).describe('Start and continue no rollout. What serves goes on serving and is kept in repair.'),
}).describe('A model that serves requests, and how new versions of it take over.').apply(ruled(
  {
    rule: 'self.model == oldSelf.model',
    message: 'spec.model is immutable, because clients call it by name: make another ModelDeployment',
  },
  {
    rule: 'self.rollout.analysis.size() == 0 || self.rollout.steps.size() > 0',
    message: 'spec.rollout.analysis: checks are made in steps, and spec.rollout.steps has none',
    holds: ({ rollout: { analysis, steps } }) => analysis.length === 0 || steps.length > 0,
  },
  {
    rule: "!has(self.runtime.protocol) || self.runtime.protocol != 'Raw' || self.rollout.analysis.all(a, a.metric == 'ErrorRate')",
    messageExpression: `'spec.rollout.analysis: ' + self.rollout.analysis.map(a, a.metric != 'ErrorRate', a.metric)[0] + ' needs runtime.protocol V2, because a Raw response does not tell the predicted class'`,
    holds: ({ runtime: { protocol }, rollout: { analysis } }) => protocol !== 'Raw' || analysis.every(({ metric }) => metric === 'ErrorRate'),
  },
  {
    rule: "!has(self.runtime.protocol) || self.runtime.protocol != 'Raw' || !self.capture.enabled",
    message: 'spec.capture.enabled needs runtime.protocol V2, because the features of a Raw request cannot be told',
    holds: ({ runtime: { protocol }, capture }) => protocol !== 'Raw' || !capture.enabled,
  },
  {
    rule: 'self.rollout.analysis.size() == 0 || self.rollout.steps.all(s, s.weight < 100)',
    message: 'spec.rollout.steps: weight 100 leaves the active version no requests to compare with; end below 100 or leave out rollout.analysis',
    holds: ({ rollout: { analysis, steps } }) => analysis.length === 0 || steps.every(({ weight }) => weight < 100),
  },
));
export type ModelDeploymentSpec = z.infer<typeof ModelDeploymentSpec>;
export type CaptureSpec = ModelDeploymentSpec['capture'];
export type RolloutSpec = ModelDeploymentSpec['rollout'];
export type AnalysisCheck = RolloutSpec['analysis'][number];

const verdict = z.enum(['Passed', 'Failed', 'Inconclusive', 'NoData']);
export type Verdict = z.infer<typeof verdict>;

const ModelDeploymentStatus = z.object({
  ...commonStatus,
  url: z.string().max(256).optional().describe('Where clients in the cluster send requests.'),
  replicas: z.int32().optional().describe('Pods of the active version.'),
  selector: z.string().max(512).optional().describe('Label selector of those pods, for autoscalers.'),
  desiredVersion: z.string().max(45).optional().describe('The version the spec asks for.'),
  activeVersion: z.string().max(45).optional().describe('The version that has been rolled out fully.'),
  failedVersion: z.object({
    name: z.string().max(45).describe('Name of the version.'),
    reason: z.string().max(40).describe('Why it was given up, in one word.'),
    message: z.string().max(256).describe('The same in a sentence.'),
    at: time.describe('When.'),
  }).optional().describe('The version whose rollout was given up; it is not tried again until the spec changes or a retry is asked for.'),
  rollout: z.object({
    version: z.string().max(45).describe('The version being rolled out.'),
    startedAt: time.describe('When the rollout was started.'),
    verdicts: z.array(z.object({
      name: z.string().max(40).describe('Name of the check.'),
      verdict: verdict.describe('Passed, Failed, Inconclusive (too few numbers) or NoData.'),
      message: z.string().max(256).describe('Values and limit.'),
    }).describe('One check.')).max(8).default([]).describe('Newest verdict of each check, in this step.'),
  }).optional().describe('The rollout in progress.'),
  step: z.object({
    index: z.int32().describe('Number of the step, from 0.'),
    startedAt: time.describe('When the step was decided on.'),
    verifiedAt: time.optional().describe('When every router had its weight.'),
  }).optional().describe('The step the rollout is in.'),
  weight: z.object({
    desired: z.int32().describe('Percent of the requests that desiredVersion shall get.'),
    verified: z.int32().describe('The percentage that every router has confirmed.'),
  }).optional().describe('Share of the requests that the desired version gets.'),
  versions: z.array(z.object({
    name: z.string().max(45).describe('Name of the version.'),
    role: z.enum(['Active', 'Candidate', 'Draining']).describe('Part it plays.'),
    state: z.enum(['Pending', 'Loading', 'Ready', 'Failed']).describe('State of its pods.'),
    weight: z.int32().describe('Percent of the requests it shall get.'),
    uri: z.string().max(512).describe('Where its artifact lies.'),
    digest: z.string().max(71).describe('Digest of its artifact.'),
    format: format.shape.name.describe('What it is stored as.'),
    agentImage: z.string().max(512).default('').describe('Image that loads the model into its pods; it stays when the operator is upgraded.'),
    serverImage: z.string().max(512).default('').describe('Image of the runtime preset that serves the version; empty with a container of your own.'),
    drainingSince: time.optional().describe('When it lost its traffic.'),
  }).describe('One version.')).max(8).default([]).describe('Versions that have pods.').apply(listMap('name')),
  handled: z.object({
    promote: z.string().max(256).optional().describe('Token of the last promotion asked for.'),
    abort: z.string().max(256).optional().describe('Token of the last abort asked for.'),
    retry: z.string().max(256).optional().describe('Token of the last retry asked for.'),
    spec: z.string().max(71).optional().describe('Digest of what the spec said when the last version failed.'),
  }).default({}).describe('Requests by annotation that were acted on.'),
}).describe('What serves, and how far the rollout is.');
export type ModelDeploymentStatus = z.infer<typeof ModelDeploymentStatus>;

export const ModelDeployment = customKind({
  kind: 'ModelDeployment',
  plural: 'modeldeployments',
  shortName: 'mkd',
  description: 'ModelDeployment serves a model behind one stable address and rolls new versions out step by step.',
  maxNameLength: 40,
  spec: ModelDeploymentSpec,
  status: ModelDeploymentStatus,
  conditions: ['Ready', 'Available', 'Progressing', 'AnalysisPassed', 'RolledBack', 'RoutersUpToDate'],
  summary: 'Ready',
  columns: [
    { name: 'URL', type: 'string', jsonPath: '.status.url', description: 'Where clients in the cluster send requests.' },
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status", description: 'Whether the spec is rolled out fully.' },
    { name: 'Available', type: 'string', jsonPath: ".status.conditions[?(@.type=='Available')].status", description: 'Whether some version serves.' },
    { name: 'Active', type: 'string', jsonPath: '.status.activeVersion', description: 'The version that has been rolled out fully.' },
    { name: 'Desired', type: 'string', jsonPath: '.status.desiredVersion', description: 'The version the spec asks for.' },
    { name: 'Weight', type: 'integer', jsonPath: '.status.weight.verified', description: 'Percent of the requests that the desired version gets.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
  scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
});
