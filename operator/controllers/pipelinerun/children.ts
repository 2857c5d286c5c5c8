import { profileOutput, type PipelineSpec, type Step } from '../../api/v1alpha1/pipeline.ts';
import type { ResolvedModel, StepStatus } from '../../api/v1alpha1/pipelinerun.ts';
import { durationMs, type Container } from '../../api/v1alpha1/shared.ts';
import { ModelVersion } from '../../api/v1alpha1/modelversion.ts';
import { paths, type Task } from '../../dataplane/task.ts';
import type { Child } from '../../runtime/controller.ts';
import type { Json, Meta } from '../../runtime/kind.ts';
import { labels } from '../labels.ts';
import { championsOf } from '../modelversion/judgement.ts';
import { lookupFor, type References } from '../pipeline/references.ts';
import type { Snapshot } from '../pipeline/snapshot.ts';
import { agentContainer, claimVolume, jobSpec, profileResources, userContainer, type Mount } from '../pods.ts';
import { ControllerRevision, type StoredClaim } from '../resources/objects.ts';
import { Job } from '../resources/workloads.ts';
import { substitute, type Lookup } from '../substitution.ts';
import { inputClaims, fetchInput, modelClaims, type Origins } from './inputs.ts';
import { modelVersionSpec, type Registered } from './registration.ts';

/** Where the Jobs of one run work. */
export interface Site {
  readonly run: Meta;
  readonly image: string;
  readonly claimName: string;
  readonly claim: StoredClaim | undefined;
  /** Claims of other stores, which models lie on. */
  readonly others: readonly StoredClaim[];
}

/** What is recorded of the run, besides the step itself. */
export interface Record {
  readonly references: References;
  readonly steps: readonly StepStatus[];
  readonly models: readonly ResolvedModel[];
}

const work: Mount = { name: 'work', mountPath: paths.work };
const storeReadOnly: Mount = { name: 'store', mountPath: paths.store, readOnly: true };
const storeWritable: Mount = { name: 'store', mountPath: paths.store };
const recallSeconds = 600;

/** The Job of a step's newest attempt: fetch, then the user's container or the profile, then publish. */
export function stepJob(site: Site, step: Step, status: StepStatus, record: Record): Child {
  const { run, image, claimName } = site;
  const origins: Origins = { namespace: run.namespace, store: claimName, steps: record.steps, models: record.models };
  const claims = inputClaims(step, origins);
  const claimMounts = claims.map((claim, index): Mount => ({ name: `claim-${index}`, mountPath: `${paths.claims}/${claim}`, readOnly: true }));
  const fetch: Task = { verb: 'fetch', work: paths.work, inputs: step.inputs.map((input) => fetchInput(input, origins)) };
  const publish: Task = {
    verb: 'publish', work: paths.work,
    outputs: step.profile ? [profileOutput] : step.outputs.map(({ name }) => name),
    results: step.results.map(({ name }) => name),
    store: { root: paths.store, namespace: run.namespace },
    record: { runUid: run.uid, step: step.name, attempt: status.attempt },
  };
  return job(site, status.job?.name ?? '', step.name, {
    shows: step.profile ? 'profile' : 'step',
    near: modelClaims(step, origins),
    activeDeadlineSeconds: Math.ceil(durationMs(step.timeout) / 1_000),
    initContainers: [agentContainer(image, fetch, [work, storeReadOnly, ...claimMounts]), ...working(site, step, record.references)],
    containers: [agentContainer(image, publish, [work, storeWritable])],
    volumes: [{ name: 'work', emptyDir: {} }, claimVolume('store', claimName), ...claims.map((claim, index) => claimVolume(`claim-${index}`, claim, true))],
  });
}

/** The container that does the work of a step. */
function working({ image }: Site, { container, profile, ...step }: Step, references: References): Json[] {
  if (profile) return [agentContainer(image, { verb: 'profile', work: paths.work, ...profile }, [work], profileResources)];
  if (!container) return [];
  return [userContainer('step', resolve(container, lookupFor(step, references)), {
    mounts: [work],
    env: [{ name: 'HOME', value: `${paths.work}/home` }, { name: 'TMPDIR', value: `${paths.work}/tmp` }],
  })];
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
    shows: 'recall',
    near: [],
    activeDeadlineSeconds: recallSeconds,
    initContainers: [],
    containers: [agentContainer(image, task, [storeReadOnly])],
    volumes: [claimVolume('store', claimName)],
  });
}

interface JobParts {
  /** The container whose log people want to see. */
  readonly shows: string;
  /** Claims that the pod should share a node with, besides the store. */
  readonly near: readonly string[];
  readonly activeDeadlineSeconds: number;
  readonly initContainers: readonly Json[];
  readonly containers: readonly Json[];
  readonly volumes: readonly Json[];
}

/** A Job of one step. */
function job({ run, claim, claimName, others }: Site, name: string, step: string, parts: JobParts): Child {
  const { shows, near, activeDeadlineSeconds, ...pod } = parts;
  const own = { [labels.run]: run.name, [labels.step]: step };
  return {
    life: 'CreateOnce',
    resource: Job,
    body: {
      metadata: { name, labels: own },
      spec: jobSpec({
        labels: own,
        annotations: { 'kubectl.kubernetes.io/default-container': shows },
        activeDeadlineSeconds, claimName, claim,
        near: near.filter((name) => others.find(({ metadata }) => metadata.name === name)?.shared !== true),
        pod,
      }),
    },
  };
}

function resolve(container: Container, lookup: Lookup): Container {
  const put = (text: string): string => substitute(text, lookup).text;
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
  const spec = modelVersionSpec(register, from);
  const [champion] = championsOf(spec);
  return {
    life: 'Issue',
    resource: ModelVersion,
    body: {
      metadata: { name, labels: { [labels.model]: register.model, [labels.run]: from.run.name, ...(champion === undefined ? {} : { [labels.champion]: champion }) } },
      spec,
    },
  };
}
