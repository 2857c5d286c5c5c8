import { z } from 'zod';
import { commonStatus, customKind } from '../kind.ts';
import { digest, format, listMap, localRef, metricName, modelName, params, policy, ruled, trigger, volumeUri } from './shared.ts';

const dataset = z.object({
  name: z.string().min(1).max(63).describe('Step and name of the input, such as ingest.days.'),
  uri: z.string().max(512).describe('Where it was read from.'),
  digest: digest.describe('Digest of what was read.'),
}).describe('One dataset.');

const lineage = z.object({
  run: z.object({
    name: z.string().min(1).max(63).describe('Name of the PipelineRun.'),
    uid: z.string().min(1).max(64).describe('Its uid.'),
  }).optional().describe('The run that made the version.'),
  pipeline: z.string().min(1).max(63).optional().describe('The Pipeline it ran.'),
  snapshotDigest: digest.optional().describe("Digest of the Pipeline's spec at that time."),
  images: z.array(z.object({
    step: z.string().min(1).max(20).describe('Name of the step.'),
    image: z.string().min(1).max(512).describe('The image it ran.'),
  }).describe('One image.')).max(64).default([]).describe('Image of each step.').apply(listMap('step')),
  datasets: z.array(dataset).max(64).default([]).describe('Data that was read from outside the pipeline.').apply(listMap('name')),
  models: z.array(z.object({
    name: z.string().min(1).max(63).describe('Step and name of the input, such as evaluate.champion.'),
    championOf: z.string().min(1).max(40).optional().describe('The ModelDeployment it was the active version of.'),
    version: z.string().min(1).max(63).describe('Name of the ModelVersion.'),
    digest: digest.describe('Digest of its artifact.'),
  }).describe('One model.')).max(16).default([]).describe('Versions that the run read: parents, and champions it compared with.').apply(listMap('name')),
  params: params.describe('Parameters of the run.'),
  trigger: trigger.optional().describe('What started the run.'),
}).describe('Where the version comes from.');

const immutable = ['artifact', 'format', 'metrics'];

export const ModelVersionSpec = z.object({
  model: modelName.describe('Name of the model this is a version of.'),
  artifact: z.object({
    uri: volumeUri.describe('Where the artifact lies: pvc://claim/namespace/sha256/hex.'),
    digest: digest.describe('Digest of the artifact; it is verified before anything is served.'),
    bytes: z.int().min(0).describe('Size of its files together.'),
  }).describe("The model's files."),
  format: format.describe('What the model is stored as.'),
  metrics: z.array(z.object({
    name: metricName.describe('Name of the metric.'),
    value: z.number().describe('Its value.'),
    datasetDigest: digest.optional().describe('Digest of the data it was computed on.'),
    champion: z.object({
      modelVersionRef: localRef.describe('The version that was active when the run started.'),
      value: z.number().describe('Its value.'),
    }).optional().describe('The same metric of the champion, computed by the same run on the same data.'),
  }).describe('One metric.')).max(16).default([]).describe('How good the model was on held-out data.').apply(listMap('name')),
  profile: z.object({
    uri: volumeUri.describe('Where the profile lies: pvc://claim/namespace/sha256/hex.'),
    digest: digest.describe('Digest of the profile.'),
  }).optional().describe('The distribution of the data the model was measured on: what its live traffic is compared with.'),
  lineage: lineage.optional(),
  policy,
}).describe('One trained model: its bytes, metrics and origin.').apply(ruled(
  { rule: 'self.model == oldSelf.model', messageExpression: `'spec.model "' + oldSelf.model + '" is immutable: register another version for "' + self.model + '"'` },
  ...immutable.map((field) => ({ rule: `self.${field} == oldSelf.${field}`, message: `spec.${field} is immutable: register another version` })),
  ...['profile', 'lineage'].map((field) => ({
    rule: `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`,
    message: `spec.${field} is immutable: register another version`,
  })),
));
export type ModelVersionSpec = z.infer<typeof ModelVersionSpec>;

const ModelVersionStatus = z.object({
  ...commonStatus,
  verification: z.object({
    job: z.string().max(63).describe('Name of the Job that read the bytes.'),
    outcome: z.enum(['Verified', 'DigestMismatch', 'ArtifactNotFound', 'ArtifactUnreadable', 'VerifyFailed']).describe('What it found.'),
    message: z.string().max(256).optional().describe('The same in a sentence.'),
  }).optional().describe('Result of reading the artifact again; once set it stays.'),
  attempt: z.int32().default(0).describe('Number of verification Jobs that ended without an answer.'),
  profile: z.object({
    job: z.string().max(63).describe('Name of the Job whose log holds the profile.'),
    attempt: z.int32().default(0).describe('Number of Jobs that were made only to print the profile again.'),
    failures: z.int32().default(0).describe('How many of them in a row did not bring it.'),
    outcome: z.enum(['ProfileTooLarge', 'ProfileLost']).optional().describe('Why the profile is not published and will not be.'),
  }).optional().describe('How the profile gets from the store into a ConfigMap.'),
  gates: z.object({
    digest: z.string().max(71).describe('Digest of the gates that were judged.'),
    outcome: z.enum(['Passed', 'Failed', 'Invalid']).describe('What they came to.'),
    message: z.string().max(256).describe('The same in a sentence.'),
  }).optional().describe('Verdict of the gates; it stays until policy.gates changes.'),
}).describe('What the operator has found out.');
export type ModelVersionStatus = z.infer<typeof ModelVersionStatus>;

export const ModelVersion = customKind({
  kind: 'ModelVersion',
  plural: 'modelversions',
  shortName: 'mkv',
  description: 'ModelVersion is one trained model in the registry: its bytes by digest, its metrics, its origin, and whether it may serve.',
  maxNameLength: 45,
  spec: ModelVersionSpec,
  status: ModelVersionStatus,
  conditions: ['Ready', 'Verified', 'GatesPassed', 'ProfilePublished'],
  summary: 'Ready',
  columns: [
    { name: 'Model', type: 'string', jsonPath: '.spec.model', description: 'The model this is a version of.' },
    { name: 'Ready', type: 'string', jsonPath: ".status.conditions[?(@.type=='Ready')].status", description: 'Whether the version may serve.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
});
