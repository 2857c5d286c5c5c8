import type { PipelineSpec, Step } from '../../api/v1alpha1/pipeline.ts';
import type { StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { durationMs, parseVolumeUri, type Container } from '../../api/v1alpha1/shared.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { artifactPath } from '../../dataplane/manifest.ts';
import { paths, type Task } from '../../dataplane/task.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Json, Meta } from '../../runtime/kind.ts';
import { labels } from '../labels.ts';
import { lookupFor, type References } from '../pipeline/references.ts';
import type { Snapshot } from '../pipeline/snapshot.ts';
import { agentContainer, claimVolume, jobSpec, userContainer, type Mount } from '../pods.ts';
import { ControllerRevision, type StoredClaim } from '../resources/objects.ts';
import { Job } from '../resources/workloads.ts';
import { substitute } from '../substitution.ts';
import { modelVersionSpec, type Registered } from './registration.ts';

/** Where the Jobs of one run work. */
export interface Site {
  readonly run: Meta;
  readonly image: string;
  readonly claimName: string;
  readonly claim: StoredClaim | undefined;
}

const work: Mount = { name: 'work', mountPath: paths.work };
const storeReadOnly: Mount = { name: 'store', mountPath: paths.store, readOnly: true };
const storeWritable: Mount = { name: 'store', mountPath: paths.store };
const recallSeconds = 600;

/** The Job of a step's newest attempt: fetch, then the user's container, then publish. */
export function stepJob(site: Site, step: Step, status: StepStatus, about: { readonly references: References; readonly steps: readonly StepStatus[] }): Child {
  const { run, image, claimName } = site;
  const claims = [...new Set(step.inputs.flatMap(({ from }) => (from.uri === undefined ? [] : [parseVolumeUri(from.uri).claim])))];
  const claimMounts = claims.map((claim, index): Mount => ({ name: `claim-${index}`, mountPath: `${paths.claims}/${claim}`, readOnly: true }));
  const fetch: Task = { verb: 'fetch', work: paths.work, inputs: step.inputs.map((input) => fetchInput(input, run.namespace, about.steps)) };
  const publish: Task = {
    verb: 'publish', work: paths.work,
    outputs: step.outputs.map(({ name }) => name),
    results: step.results.map(({ name }) => name),
    store: { root: paths.store, namespace: run.namespace },
    record: { runUid: run.uid, step: step.name, attempt: status.attempt },
  };
  const container = userContainer('step', resolve(step, about.references), {
    mounts: [work],
    env: [{ name: 'HOME', value: `${paths.work}/home` }, { name: 'TMPDIR', value: `${paths.work}/tmp` }],
  });
  return job(site, status.job?.name ?? '', step.name, {
    activeDeadlineSeconds: Math.ceil(durationMs(step.timeout) / 1_000),
    initContainers: [agentContainer(image, fetch, [work, storeReadOnly, ...claimMounts]), container],
    containers: [agentContainer(image, publish, [work, storeWritable])],
    volumes: [{ name: 'work', emptyDir: {} }, claimVolume('store', claimName), ...claims.map((claim, index) => claimVolume(`claim-${index}`, claim, true))],
  });
}

/** The Job that reads the record of an attempt whose report was lost with its pod. */
export function recallJob(site: Site, step: string, status: StepStatus): Child {
  const { run, image, claimName } = site;
  const task: Task = {
    verb: 'recall',
    store: { root: paths.store, namespace: run.namespace },
    record: { runUid: run.uid, step, attempt: status.attempt },
  };
  return job(site, status.job?.recall ?? '', step, {
    activeDeadlineSeconds: recallSeconds,
    initContainers: [],
    containers: [agentContainer(image, task, [storeReadOnly])],
    volumes: [claimVolume('store', claimName)],
  });
}

interface JobParts {
  readonly activeDeadlineSeconds: number;
  readonly initContainers: readonly Json[];
  readonly containers: readonly Json[];
  readonly volumes: readonly Json[];
}

/** A Job of one step. */
function job({ run, claim, claimName }: Site, name: string, step: string, parts: JobParts): Child {
  const { activeDeadlineSeconds, initContainers, containers, volumes } = parts;
  const own = { [labels.run]: run.name, [labels.step]: step };
  return {
    life: 'CreateOnce',
    resource: Job,
    body: {
      metadata: { name, labels: own },
      spec: jobSpec({
        labels: own,
        annotations: { 'kubectl.kubernetes.io/default-container': initContainers.length > 0 ? 'step' : 'recall' },
        activeDeadlineSeconds, claimName, claim,
        pod: { initContainers, containers, volumes },
      }),
    },
  };
}

type FetchInput = Extract<Task, { verb: 'fetch' }>['inputs'][number];

function fetchInput({ name, from }: Step['inputs'][number], namespace: string, steps: readonly StepStatus[]): FetchInput {
  if (from.uri !== undefined) {
    const { claim, path } = parseVolumeUri(from.uri);
    return { name, from: { root: `${paths.claims}/${claim}`, path } };
  }
  const output = steps.find((step) => step.name === from.step)?.outputs.find((item) => item.name === from.output);
  const digest = output?.digest ?? '';
  return { name, from: { root: paths.store, path: artifactPath(namespace, digest) }, digest };
}

function resolve(step: Step, references: References): Container {
  const lookup = lookupFor(step, references);
  const put = (text: string): string => substitute(text, lookup).text;
  const { container } = step;
  return {
    ...container,
    command: container.command.map(put),
    args: container.args.map(put),
    env: container.env.map(({ name, value }) => ({ name, value: put(value) })),
  };
}

/** The frozen copy of what the run executes. */
export function snapshotRevision(name: string, pipeline: string, snapshot: Snapshot): Child {
  return {
    life: 'CreateOnce',
    resource: ControllerRevision,
    body: { metadata: { name, labels: { [labels.pipeline]: pipeline } }, revision: 1, data: snapshot },
  };
}

/** The version that the run registers; it outlives the run. */
export function modelVersion(name: string, register: NonNullable<PipelineSpec['register']>, from: Registered): Child {
  return {
    life: 'Issue',
    resource: ModelVersion,
    body: {
      metadata: { name, labels: { [labels.model]: register.model, [labels.run]: from.run.name } },
      spec: modelVersionSpec(register, from),
    },
  };
}
