import { Pipeline, type PipelineSpec, type PipelineStatus } from '../../api/v1alpha1/pipeline.ts';
import { PipelineRun } from '../../api/v1alpha1/pipelinerun.ts';
import type { Reader } from '../../runtime/cluster.ts';
import { no, unknown, yes, type Verdict } from '../../runtime/conditions.ts';
import { watched, type Action, type Controller, type Decision, type Live } from '../../runtime/controller.ts';
import { keyOf } from '../../runtime/kind.ts';
import { childName, issuerLabel } from '../../runtime/names.ts';
import { gateProblem, namesChampion } from '../gates.ts';
import { pipelinesOfClaim, runsOfPipeline, unfinishedRuns } from '../indexes.ts';
import { labels, requests, token } from '../labels.ts';
import { PersistentVolumeClaim } from '../resources/objects.ts';
import { runResult, type Run } from './runs.ts';
import { pipelineRun, storeClaimBody } from './children.ts';
import { referenceProblem } from './references.ts';
import { digestLabel, specDigest, storeClaim } from './snapshot.ts';

type LivePipeline = Live<PipelineSpec, PipelineStatus>;

interface Seen {
  /** The newest run of this Pipeline, whoever made it. */
  readonly newest: Run | undefined;
  readonly next: Run | undefined;
  readonly unfinished: boolean;
  /** The named claim, or the one made for this Pipeline. */
  readonly claimExists: boolean;
}

/** Makes the store and starts runs. */
export const pipelineController: Controller<PipelineSpec, PipelineStatus, 'Ready', Seen> = {
  kind: Pipeline,
  owns: [{ resource: PipelineRun, life: 'CreateOnce' }, { resource: PersistentVolumeClaim, life: 'Issue' }],
  reads: [
    watched(PipelineRun, (run) => (run.spec ? [`${run.metadata.namespace}/${run.spec.pipelineRef.name}`] : [])),
    watched(PersistentVolumeClaim, ({ metadata: claim }, read) => read.indexed(pipelinesOfClaim, claim.namespace, claim.name).map(({ metadata }) => keyOf(metadata))),
  ],
  observe,
  act,
  decide,
};

function observe(read: Reader, { metadata, spec, status }: LivePipeline): Seen {
  const { namespace, name } = metadata;
  const next = status.nextRun && read.get(PipelineRun, namespace, status.nextRun.name);
  const claim = read.get(PersistentVolumeClaim, namespace, storeClaim(metadata, spec));
  return {
    newest: read.last(runsOfPipeline, namespace, name),
    next: next?.spec?.pipelineRef.name === name ? next : undefined,
    unfinished: read.last(unfinishedRuns, namespace, name) !== undefined,
    claimExists: claim !== undefined && (spec.artifactStore.volume?.claimName !== undefined || claim.metadata.labels[issuerLabel] === metadata.uid),
  };
}

function act({ metadata, spec, status }: LivePipeline, seen: Seen): Action {
  const claim = spec.artifactStore.volume?.claimName === undefined ? [storeClaimBody(metadata, spec)] : [];
  const { nextRun } = status;
  const run = nextRun && !seen.next && nextRun.digest === specDigest(spec) ? [pipelineRun(metadata, nextRun)] : [];
  return { children: [...claim, ...run] };
}

function decide(pipeline: LivePipeline, seen: Seen): Decision<PipelineStatus, 'Ready'> {
  const { metadata, spec, status } = pipeline;
  const problem = referenceProblem(spec) ?? gatesProblem(spec);
  const ready = readiness(pipeline, seen, problem);
  const { newest } = seen;
  const asked = token(metadata, requests.run);
  const nextRun = problem === undefined ? nextRunOf(pipeline, seen) : undefined;
  const runToken = nextRun !== status.nextRun && nextRun?.trigger === 'Annotation' ? asked : status.runToken;
  const startedDigest = nextRun?.digest ?? newest?.status.snapshot?.digest ?? status.startedDigest;
  return {
    status: {
      ...(nextRun ? { nextRun } : {}),
      ...(newest ? { lastRun: { name: newest.metadata.name, result: runResult(newest.status) } } : {}),
      ...(runToken === undefined ? {} : { runToken }),
      ...(startedDigest === undefined ? {} : { startedDigest }),
    },
    conditions: { Ready: ready },
    activity: problem !== undefined ? 'Stalled' : ready.status === 'True' ? 'Settled' : 'Working',
  };
}

/** A gate on a champion that is never scored would pass whatever it asks for. */
function gatesProblem({ register }: PipelineSpec): string | undefined {
  const { policy: { gates }, metrics } = register ?? { policy: { gates: [] }, metrics: [] };
  const problem = gates.map(gateProblem).find((found) => found !== undefined);
  const blind = metrics.some(({ champion }) => champion) ? undefined : gates.find(namesChampion);
  return problem ?? (blind && `gate ${blind.name} compares with the champion, but no metric has one: set spec.register.metrics[].champion`);
}

function readiness({ metadata, spec }: LivePipeline, seen: Seen, problem: string | undefined): Verdict {
  if (problem !== undefined) return no('InvalidReference', problem);
  if (!seen.claimExists) {
    const claim = storeClaim(metadata, spec);
    return spec.artifactStore.volume?.claimName === undefined
      ? unknown('StorePending', `PersistentVolumeClaim ${claim} is being created`)
      : no('StoreNotFound', `PersistentVolumeClaim ${claim} does not exist: create it or change spec.artifactStore.volume.claimName`);
  }
  return spec.suspend ? yes('Suspended', 'spec.suspend is true: no run is started') : yes('RunsCanStart');
}

/** The run to be created next: the one on record until it exists, else a new one if something asks for it and none goes on. */
function nextRunOf({ metadata, spec, status }: LivePipeline, seen: Seen): PipelineStatus['nextRun'] {
  const digest = specDigest(spec);
  if (status.nextRun && !seen.next && status.nextRun.digest === digest) return status.nextRun;
  if (spec.suspend || seen.unfinished || !seen.claimExists) return undefined;
  const request = token(metadata, requests.run);
  // A run that was asked for and could not be created before the spec changed is still asked for.
  const asked = (request !== undefined && request !== status.runToken) || (status.nextRun?.trigger === 'Annotation' && !seen.next);
  const changed = spec.triggers.onChange && !hasRun(digest, seen, status);
  if (!asked && !changed) return undefined;
  const name = childName(metadata, metadata.name, 'run', metadata.generation, request ?? '', seen.newest?.metadata.uid ?? '');
  return { name, digest, trigger: asked ? 'Annotation' : 'Change' };
}

/**
 * Whether the newest run ran this spec; when all runs have been deleted, whether the last one that was started did. A
 * run takes the spec of the moment in which it can start, so what it was made for counts only until then.
 */
function hasRun(digest: string, { newest }: Seen, { startedDigest }: PipelineStatus): boolean {
  if (!newest) return startedDigest === digest;
  const { snapshot } = newest.status;
  return snapshot === undefined ? newest.metadata.labels[labels.specDigest] === digestLabel(digest) : snapshot.digest === digest;
}
