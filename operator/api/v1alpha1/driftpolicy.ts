import { z } from 'zod';
import { commonStatus, customKind } from '../kind.ts';
import { time } from '../time.ts';
import { duration, label, listMap, listSet, localRef, metricName, ruled } from './shared.ts';

/** As many windows as `firing` may look back on. */
const maxWindows = 12;
/** Receivers of one policy. */
const maxReceivers = 4;

const threshold = z.number().min(0).max(1);

const dataDrift = z.object({
  numeric: z.object({
    method: z.enum(['KolmogorovSmirnov']).default('KolmogorovSmirnov').describe('How numeric features are compared: the largest distance between the two distribution functions.'),
    threshold: threshold.default(0.1).describe('A smaller distance never counts, however certain it is.'),
  }).prefault({}).describe('Numeric features.'),
  categorical: z.object({
    method: z.enum(['JensenShannon']).default('JensenShannon').describe('How categorical features are compared: the Jensen-Shannon distance, with the natural logarithm.'),
    threshold: threshold.default(0.1).describe('A smaller distance never counts, however certain it is.'),
  }).prefault({}).describe('Categorical features.'),
  // The API server compares whole numbers with the whole part of a bound: without the rule it would take 0.
  alpha: z.number().min(0.000001).max(0.5).apply(ruled({ rule: 'self > 0.0', message: 'alpha must be more than 0', holds: (self) => self > 0 })).default(0.01).describe('A distance counts only when chance would produce it less often than this.'),
  correction: z.enum(['BenjaminiHochberg', 'Bonferroni', 'None']).default('BenjaminiHochberg').describe('How alpha is shared between the features of one window.'),
}).describe('Compares the features of live requests with the baseline profile of the active version.');

const performance = z.object({
  metric: z.enum(['Accuracy', 'Precision', 'Recall', 'F1']).describe('What is computed from the labels; class 1 is the positive one.'),
  maxDrop: z.number().min(0).max(1).describe('How far the metric may fall below that of the baseline profile.'),
  minLabels: z.int32().min(1).max(1_000_000).default(50).describe("Labels the window must have in the metric's denominator."),
}).describe('Compares what labels say of live predictions with what they said in the baseline profile.');

const oneOf = "(has(self.dataDrift) ? 1 : 0) + (has(self.performance) ? 1 : 0) == 1";

const check = z.object({
  name: label(40).describe('Name of the check.'),
  dataDrift: dataDrift.optional(),
  performance: performance.optional(),
}).describe('One check.').apply(ruled({
  rule: oneOf,
  messageExpression: `'check "' + self.name + '" needs exactly one of dataDrift and performance, and has ' + (has(self.dataDrift) ? 'both' : 'neither')`,
  holds: (self) => (self.dataDrift === undefined) !== (self.performance === undefined),
}));

const firing = z.object({
  windows: z.int32().min(1).max(maxWindows).default(3).describe('How many of the newest windows are looked at.'),
  breaches: z.int32().min(1).max(maxWindows).default(2).describe('How many of them must be breached before an episode begins.'),
  cooldown: duration('0s', '720h').default('24h').describe('Shortest time between the end of an episode and the next one.'),
}).prefault({ windows: 3, breaches: 2 }).describe('When breached windows become an episode: one alert, and one run.').apply(ruled({
  rule: 'self.breaches <= self.windows',
  message: 'firing.breaches cannot be more than firing.windows',
  holds: ({ breaches, windows }) => breaches <= windows,
}));

const retrain = z.object({
  pipelineRef: localRef.describe('The Pipeline that is run.'),
  params: z.array(z.object({
    name: metricName.describe('Name of the parameter.'),
    value: z.string().max(1_024).describe('Its value; $(window.start), $(window.end) and $(episode.start) are replaced by RFC 3339 times.'),
  }).describe('One parameter.')).max(64).default([]).describe('Parameters of the run.').apply(listMap('name')),
  checks: z.array(label(40)).min(1).max(16).describe('Names of the checks that start a run; the others only alert.').apply(listSet),
  maxPerPeriod: z.object({
    count: z.int32().min(1).max(20).default(1).describe('How many runs.'),
    period: duration('1m', '720h').default('24h').describe('In how much time.'),
  }).prefault({}).describe('The most runs that are started.'),
}).describe('The run that an episode starts.');

const receiver = z.object({
  type: z.enum(['Slack', 'Teams']).describe('Slack: an incoming webhook. Teams: a webhook of a Workflow.'),
  secretKeyRef: z.object({
    name: z.string().min(1).max(63).describe('Name of a Secret in the same namespace.'),
    key: z.string().min(1).max(63).regex(/^[-._a-zA-Z0-9]+$/).describe('Key of the Secret whose value is the URL of the webhook.'),
  }).describe('Where the URL lies.'),
}).describe('One receiver.');

const badOn = '!self.checks.exists(c, c.name == o)';

export const DriftPolicySpec = z.object({
  modelDeploymentRef: localRef.describe('The ModelDeployment whose live traffic is watched; its spec.capture must be enabled.'),
  interval: duration('5s', '24h').default('5m').describe('How often a window is judged.'),
  window: z.object({
    duration: duration('5s', '168h').default('1h').describe('Length of a window.'),
    minSamples: z.int32().min(1).max(100_000_000).default(500).describe('Values a feature must have in a window before it is judged.'),
  }).prefault({}).describe('The stretch of live traffic that is compared with the baseline.'),
  checks: z.array(check).min(1).max(16).describe('What is compared.').apply(listMap('name')),
  firing,
  actions: z.object({
    mode: z.enum(['Alert', 'Auto']).default('Alert').describe('Alert: tell people. Auto: start a run, too.'),
    retrain: retrain.optional(),
  }).prefault({ mode: 'Alert' }).describe('What an episode causes.').apply(ruled({
    rule: "(self.mode == 'Auto') == has(self.retrain)",
    messageExpression: `'actions.retrain must ' + (has(self.retrain) ? 'not be set' : 'be set') + ' when actions.mode is ' + self.mode`,
    holds: (self) => (self.mode === 'Auto') === (self.retrain !== undefined),
  })),
  notify: z.array(receiver).max(maxReceivers).default([]).describe('Who is told of episodes, of their end, and of features that are missing.'),
  suspend: z.boolean().default(false).describe('Judge no windows and start no runs.'),
}).describe('Watches the live traffic of a model and closes the loop: alert, retrain, and watch the new version.').apply(ruled(
  {
    rule: 'self.modelDeploymentRef == oldSelf.modelDeploymentRef',
    message: 'spec.modelDeploymentRef is immutable, because what was found concerns that ModelDeployment: make another DriftPolicy',
  },
  {
    rule: `!has(self.actions.retrain) || self.actions.retrain.checks.all(o, self.checks.exists(c, c.name == o))`,
    messageExpression: `'spec.actions.retrain.checks: there is no check "' + self.actions.retrain.checks.filter(o, ${badOn})[0] + '"'`,
    holds: ({ actions: { retrain }, checks }) => retrain === undefined || retrain.checks.every((one) => checks.some(({ name }) => name === one)),
  },
));
export type DriftPolicySpec = z.infer<typeof DriftPolicySpec>;
export type DriftCheck = DriftPolicySpec['checks'][number];

const stretch = z.object({
  start: time.describe('Its start.'),
  end: time.describe('Its end, which does not belong to it.'),
});

export const checkStates = ['OK', 'Breached', 'InsufficientData', 'NoData', 'Error'] as const;

const checkStatus = z.object({
  name: z.string().max(40).describe('Name of the check.'),
  state: z.enum(checkStates).describe('What the newest window came to.'),
  reason: z.string().max(40).optional().describe('Why it could not be judged, in one word.'),
  value: z.number().optional().describe('The value that is farthest beyond its limit, or nearest to it.'),
  threshold: z.number().optional().describe('The limit of that value.'),
  samples: z.int().default(0).describe('Rows or labels that were judged.'),
  worst: z.array(z.object({
    feature: z.string().max(256).describe('Name of the feature.'),
    value: z.number().describe('Its distance from the baseline.'),
    threshold: z.number().describe('The limit of that distance.'),
  }).describe('One feature.')).max(5).default([]).describe('The features that differ most.'),
  message: z.string().max(256).default('').describe('The same in a sentence.'),
  recent: z.array(z.enum(['OK', 'Breached', 'Unknown'])).max(maxWindows).default([]).describe('What the newest windows came to, the newest last; Unknown could not be judged.'),
}).describe('One check.');
export type CheckStatus = z.infer<typeof checkStatus>;

export const loopOutcomes = ['Starting', 'Training', 'Judging', 'RollingOut', 'Promoted', 'Superseded', 'RunFailed', 'Refused', 'RolledBack'] as const;

const loop = z.object({
  episode: time.describe('Start of the episode that caused it.'),
  window: stretch.describe('The window that caused it.'),
  trigger: z.string().max(40).describe('The check that caused it.'),
  run: z.string().max(45).describe('Name of the PipelineRun.'),
  startedAt: time.describe('When the run was decided on.'),
  created: z.boolean().default(false).describe('Whether the run has been seen; it is not made again.'),
  candidate: z.string().max(45).optional().describe('The ModelVersion that the run registered.'),
  outcome: z.enum(loopOutcomes).describe('How far it is, or how it ended.'),
  message: z.string().max(256).default('').describe('The same in a sentence.'),
  endedAt: time.optional().describe('When it ended.'),
});
export type Loop = z.infer<typeof loop>;

const notice = z.object({
  kind: z.enum(['Drift', 'Recovered', 'FeatureMissing', 'RetrainingStopped']).describe('What is told.'),
  at: time.describe('When it happened.'),
  title: z.string().max(150).describe('In one line.'),
  text: z.string().max(512).describe('In a sentence or two.'),
  facts: z.array(z.object({
    name: z.string().max(64).describe('Name of the fact.'),
    value: z.string().max(256).describe('Its value.'),
  }).describe('One fact.')).max(8).default([]).describe('The numbers.'),
  receivers: z.array(z.object({
    ...receiver.shape,
    sentAt: time.optional().describe('When the receiver accepted it.'),
  }).describe('One receiver.')).max(maxReceivers).default([]).describe('Who is told.'),
}).describe('Something that people are told.');
export type NoticeRecord = z.infer<typeof notice>;

const DriftPolicyStatus = z.object({
  ...commonStatus,
  version: z.string().max(45).optional().describe('The version whose traffic is watched.'),
  baseline: z.string().max(71).optional().describe('Digest of the profile it is compared with.'),
  window: stretch.optional().describe('The newest window that was judged.'),
  checks: z.array(checkStatus).max(16).default([]).describe('What that window came to.').apply(listMap('name')),
  episode: z.object({
    start: time.describe('End of the window in which it began.'),
    window: stretch.describe('That window.'),
    version: z.string().max(45).describe('The version that was active.'),
    baseline: z.string().max(71).describe('Digest of the profile it was compared with.'),
    checks: z.array(z.string().max(40)).max(16).describe('The checks that fired.'),
  }).optional().describe('The episode of drift that goes on.'),
  lastEpisode: z.object({
    start: time.describe('When it began.'),
    end: time.describe('When it ended.'),
    outcome: z.enum(['Recovered', 'Fruitless']).describe('Recovered: the checks passed again. Fruitless: retraining gave no better model.'),
  }).optional().describe('The last episode that ended.'),
  loop: loop.optional().describe('The newest retraining.'),
  retrains: z.array(time).max(20).default([]).describe('When the newest runs were started, for actions.retrain.maxPerPeriod.'),
  fruitless: z.int32().default(0).describe('Retrainings in a row that gave no better model.'),
  missing: z.object({
    since: time.describe('End of the window in which it was noticed.'),
    features: z.array(z.string().max(256)).max(5).describe('The features that have no value in any row; the first five.'),
  }).optional().describe('Features that have stopped coming; no episode begins while any is missing.'),
  notices: z.array(notice).max(8).default([]).describe('What people are told, and whether they have been; the newest last.'),
  handled: z.object({
    retry: z.string().max(256).optional().describe('Token of the last retry asked for.'),
    spec: z.string().max(71).optional().describe('Digest of the spec with which retraining was last fruitless.'),
  }).default({}).describe('Requests that were acted on.'),
}).describe('What was found, and what it has led to.');
export type DriftPolicyStatus = z.infer<typeof DriftPolicyStatus>;

export const DriftPolicy = customKind({
  kind: 'DriftPolicy',
  plural: 'driftpolicies',
  shortName: 'mkdp',
  description: 'DriftPolicy compares the live traffic of a model with its baseline, alerts, and retrains.',
  maxNameLength: 40,
  spec: DriftPolicySpec,
  status: DriftPolicyStatus,
  conditions: ['Ready', 'DataAvailable', 'Drifted'],
  summary: 'Ready',
  columns: [
    { name: 'Target', type: 'string', jsonPath: '.spec.modelDeploymentRef.name', description: 'The ModelDeployment that is watched.' },
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status", description: 'Whether windows are being judged.' },
    { name: 'Drifted', type: 'string', jsonPath: ".status.conditions[?(@.type=='Drifted')].status", description: 'Whether an episode goes on.' },
    { name: 'Last Check', type: 'string', jsonPath: '.status.window.end', description: 'End of the newest window.' },
    { name: 'Loop', type: 'string', jsonPath: '.status.loop.outcome', description: 'How far the newest retraining is.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
});
