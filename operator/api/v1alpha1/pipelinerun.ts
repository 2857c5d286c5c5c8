import { z } from 'zod';
import { commonStatus, customKind } from '../kind.ts';
import { time } from '../time.ts';
import { localRef, params, ruled, trigger } from './shared.ts';

export const PipelineRunSpec = z.object({
  pipelineRef: localRef.describe('The Pipeline to run; its spec is frozen when the run starts.'),
  params: params.describe('Values for parameters of the Pipeline; the others take their defaults.'),
  trigger: trigger.prefault({ type: 'Manual' }).describe('What started the run.'),
  cancel: z.boolean().default(false).describe('Set to true to stop the run; it cannot be set back.'),
}).describe('One execution of a Pipeline.').apply(ruled(
  {
    rule: 'self.pipelineRef == oldSelf.pipelineRef',
    messageExpression: `'spec.pipelineRef.name "' + oldSelf.pipelineRef.name + '" is immutable: create another run for "' + self.pipelineRef.name + '"'`,
  },
  ...['params', 'trigger'].map((field) => ({ rule: `self.${field} == oldSelf.${field}`, message: `spec.${field} is immutable: create another run` })),
  { rule: '!oldSelf.cancel || self.cancel', message: 'spec.cancel cannot be set back to false: create another run' },
));
export type PipelineRunSpec = z.infer<typeof PipelineRunSpec>;

const artifact = z.object({
  name: z.string().max(20).describe('Name of the input or output.'),
  digest: z.string().max(71).describe('Digest of its content.'),
  bytes: z.int().describe('Size of its files together.'),
}).describe('One artifact.');

const stepStatus = z.object({
  name: z.string().max(20).describe('Name of the step.'),
  state: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Error', 'Cancelled', 'Omitted'])
    .describe('Failed: the step itself failed. Error: something around it did. Omitted: an earlier step did not succeed.'),
  attempt: z.int32().default(0).describe('Number of the newest attempt, from 1.'),
  job: z.object({
    name: z.string().max(63).describe('Name of the Job.'),
    uid: z.string().max(64).optional().describe('Its uid, once it has been seen.'),
    recall: z.string().max(63).optional().describe('Name of the Job that reads the record of an attempt whose report was lost.'),
  }).optional().describe('The Job of the newest attempt.'),
  startedAt: time.optional().describe('When the first attempt was started.'),
  finishedAt: time.optional().describe('When the step ended.'),
  inputs: z.array(artifact).max(8).default([]).describe('What the step read.'),
  outputs: z.array(artifact).max(8).default([]).describe('What the step left behind.'),
  results: z.array(z.object({
    name: z.string().max(20).describe('Name of the result.'),
    value: z.string().max(32).describe('Its value.'),
  }).describe('One result.')).max(16).default([]).describe('Values the step reported.'),
  reason: z.string().max(40).optional().describe('Why the step is in this state, in one word.'),
  message: z.string().max(256).optional().describe('The same in a sentence.'),
}).describe('State of one step.');
export type StepStatus = z.infer<typeof stepStatus>;

const resolvedModel = z.object({
  championOf: z.string().max(40).optional().describe('The ModelDeployment whose active version was asked for.'),
  version: z.string().max(63).optional().describe('Name of the ModelVersion; left out when the ModelDeployment had none.'),
  uri: z.string().max(512).optional().describe('Where its artifact lies.'),
  digest: z.string().max(71).optional().describe('Digest of its artifact.'),
}).describe('One model.');
export type ResolvedModel = z.infer<typeof resolvedModel>;

const PipelineRunStatus = z.object({
  ...commonStatus,
  snapshot: z.object({
    name: z.string().max(63).describe('Name of the ControllerRevision.'),
    digest: z.string().max(71).describe('Digest of the spec in it.'),
  }).optional().describe("The frozen copy of the Pipeline's spec."),
  models: z.array(resolvedModel).max(16).default([]).describe('Models that the steps read, as they were when the run started.'),
  steps: z.array(stepStatus).max(64).default([]).describe('State of each step.').meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  progress: z.string().max(16).optional().describe('Finished steps out of all, such as 3/5.'),
  modelVersionRef: z.object({
    name: z.string().max(45).describe('Name of the ModelVersion.'),
    uid: z.string().max(64).optional().describe('Its uid, once it has been seen.'),
  }).optional().describe('The ModelVersion that the run registers.'),
  startedAt: time.optional().describe('When the run was started.'),
  finishedAt: time.optional().describe('When the run ended. A run that has ended never changes again.'),
}).describe('What has happened so far.');
export type PipelineRunStatus = z.infer<typeof PipelineRunStatus>;

export const PipelineRun = customKind({
  kind: 'PipelineRun',
  plural: 'pipelineruns',
  shortName: 'mkrun',
  description: 'PipelineRun is one execution of a Pipeline.',
  maxNameLength: 45,
  spec: PipelineRunSpec,
  status: PipelineRunStatus,
  conditions: ['Succeeded'],
  summary: 'Succeeded',
  columns: [
    { name: 'Pipeline', type: 'string', jsonPath: '.spec.pipelineRef.name', description: 'The Pipeline that is run.' },
    { name: 'Succeeded', type: 'string', jsonPath: ".status.conditions[?(@.type=='Succeeded')].status", description: 'True, False, or Unknown while the run goes on.' },
    { name: 'Progress', type: 'string', jsonPath: '.status.progress', description: 'Finished steps out of all.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
  ],
});
