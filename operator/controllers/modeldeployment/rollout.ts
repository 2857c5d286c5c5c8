import type { ModelDeploymentSpec, ModelDeploymentStatus } from '../../api/v1alpha1/modeldeployment.ts';
import { durationMs } from '../../api/v1alpha1/shared.ts';
import { timestamp } from '../../runtime/conditions.ts';
import { without } from '../without.ts';
import type { Served } from './target.ts';
import type { CheckVerdict } from './verdict.ts';

/*
 *            target differs                 pods ready            passed, paused long enough
 *   (none) ------------------> (candidate) ------------> (step 0) --> ... --> (last step) --> promoted
 *                                   |                       |                      |
 *                                   +---- not ready in time, check failed, abort --+--> given up
 */

/** The recorded facts that a rollout goes by. */
export type Recorded = Pick<ModelDeploymentStatus,
  'desiredVersion' | 'activeVersion' | 'failedVersion' | 'rollout' | 'step' | 'weight' | 'versions' | 'handled'>;

export type VersionState = ModelDeploymentStatus['versions'][number]['state'];

/** The fresh facts. */
export interface Fresh {
  /** The version the spec asks for now and what is served of it, or undefined when there is none. */
  readonly target: { readonly version: string; readonly served: Served } | undefined;
  /** Digest of the parts of the spec that, when changed, give a failed version another chance. */
  readonly specDigest: string;
  readonly state: (version: string) => VersionState;
  /** Whether at least one pod of the version takes requests. */
  readonly serves: (version: string) => boolean;
  /** Whether every router has confirmed the recorded weights. */
  readonly routersConfirm: boolean;
  /** Verdicts over the window of the recorded step. */
  readonly verdicts: readonly CheckVerdict[];
  /** Tokens of what people have asked for by annotation. */
  readonly asked: Readonly<Record<'promote' | 'abort' | 'retry', string | undefined>>;
  /** `server` is that of the runtime preset: empty when the installation has none, undefined with a container of the user's own. */
  readonly images: { readonly agent: string; readonly server: string | undefined };
  readonly now: number;
}

/** How long a version keeps its pods after it has lost its traffic. */
export const drainMs = 10_000;

/** As many versions as the record holds; a further rollout waits until one has drained. */
const maxVersions = 8;

type Rules = Pick<ModelDeploymentSpec, 'rollout' | 'suspend'>;

/** The next record of the rollout. Weights of the versions that get traffic always add up to 100. */
export function nextRecord(spec: Rules, before: Recorded, fresh: Fresh): Recorded {
  const target = fresh.target?.version;
  const current = stopped(drain(verified(withStates(retried(before, fresh), fresh), fresh), fresh), fresh);
  const desired = target === undefined ? current : { ...current, desiredVersion: target };
  const next = fresh.target === undefined || spec.suspend ? desired : toward(fresh.target, spec, desired, fresh);
  return weighed(next, before, fresh);
}

/** An abort or a failed check ends the rollout, even one that stands still. A first version has none to go back to. */
function stopped(record: Recorded, fresh: Fresh): Recorded {
  if (!record.rollout) return record;
  const { abort } = fresh.asked;
  if (record.activeVersion !== undefined && abort !== undefined && abort !== record.handled.abort) {
    return giveUp({ ...record, handled: { ...record.handled, abort } }, { reason: 'Aborted', message: 'aborted by annotation' }, fresh);
  }
  const failed = fresh.verdicts.find(({ verdict }) => verdict === 'Failed');
  return failed ? giveUp(record, { reason: 'AnalysisFailed', message: `${failed.name}: ${failed.message}` }, fresh) : record;
}

function toward(aim: NonNullable<Fresh['target']>, spec: Rules, record: Recorded, fresh: Fresh): Recorded {
  const target = aim.version;
  const settled = target === record.activeVersion || target === record.failedVersion?.name;
  if (record.rollout?.version === target && !settled) return advance(spec, record, fresh);
  // A first version that serves, if not yet with all its pods, is not given up for one that has none.
  if (record.rollout && record.activeVersion === undefined && fresh.serves(record.rollout.version)) return promoted(record, fresh);
  const free = record.rollout ? withdraw(record, fresh.now) : record;
  if (settled || free.versions.filter(({ name }) => name !== target).length >= maxVersions) return free;
  // What the routers have counted so far does not concern the new rollout.
  return advance(spec, begin(free, aim, fresh), { ...fresh, verdicts: [] });
}

/** Forgets the failed version when a retry is asked for or the spec has changed since. */
function retried(before: Recorded, { asked, specDigest }: Fresh): Recorded {
  const { retry } = asked;
  const again = retry !== undefined && retry !== before.handled.retry;
  const handled = again ? { ...before.handled, retry } : before.handled;
  const { failedVersion, ...rest } = before;
  const forgive = failedVersion !== undefined && (again || handled.spec !== specDigest);
  return forgive || failedVersion === undefined ? { ...rest, handled } : { ...rest, failedVersion, handled };
}

/**
 * The states of the pods. A candidate that was never ready takes the images of today: those it began with may be why. A
 * version that has been served by a container takes the image of the preset that follows it.
 */
function withStates(record: Recorded, { state, images }: Fresh): Recorded {
  return {
    ...record,
    versions: record.versions.map((version) => {
      const is = state(version.name);
      const waits = version.role === 'Candidate' && !record.step && is !== 'Ready';
      const takes = waits || images.server === undefined || version.serverImage === '';
      return { ...version, state: is, ...(waits ? { agentImage: images.agent } : {}), ...(takes ? { serverImage: images.server ?? '' } : {}) };
    }),
  };
}

/** Lets go of versions whose traffic every router has taken away, a while after. */
function drain(record: Recorded, { routersConfirm, now }: Fresh): Recorded {
  const versions = record.versions.filter(({ role, drainingSince }) =>
    !(role === 'Draining' && routersConfirm && drainingSince !== undefined && now - Date.parse(drainingSince) >= drainMs));
  return { ...record, versions };
}

/** Notes since when the routers have the step's weights. */
function verified(record: Recorded, { routersConfirm, now }: Fresh): Recorded {
  const { step } = record;
  return step && routersConfirm ? { ...record, step: { ...step, verifiedAt: step.verifiedAt ?? timestamp(now) } } : record;
}

/** The desired version's share of the requests, and the share that every router has confirmed. */
function weighed(record: Recorded, before: Recorded, { routersConfirm }: Fresh): Recorded {
  const { desiredVersion } = record;
  if (desiredVersion === undefined) return record;
  const share = ({ versions }: Recorded): number => versions.find(({ name }) => name === desiredVersion)?.weight ?? 0;
  const unconfirmed = desiredVersion === before.desiredVersion ? before.weight?.verified ?? 0 : 0;
  return { ...record, weight: { desired: share(record), verified: routersConfirm ? share(before) : unconfirmed } };
}

/**
 * The first version gets all requests at once; a later one gets none before it is ready. What was asked for before the
 * rollout began does not concern it.
 */
function begin(record: Recorded, { version, served }: NonNullable<Fresh['target']>, { now, images, state, asked }: Fresh): Recorded {
  const first = record.activeVersion === undefined;
  const others = record.versions.filter(({ name }) => name !== version);
  return {
    ...record,
    handled: { ...record.handled, promote: asked.promote, abort: asked.abort },
    rollout: { version, startedAt: timestamp(now), verdicts: [] },
    versions: [...others, { name: version, role: 'Candidate', state: state(version), weight: first ? 100 : 0, ...served, agentImage: images.agent, serverImage: images.server ?? '' }],
  };
}

function advance(spec: Rules, record: Recorded, fresh: Fresh): Recorded {
  const { rollout } = record;
  if (!rollout) return record;
  const { promote } = fresh.asked;
  const ready = fresh.state(rollout.version) === 'Ready';
  const judged = record.step?.verifiedAt === undefined ? record : { ...record, rollout: { ...rollout, verdicts: told(rollout.verdicts, fresh.verdicts) } };
  if (ready && promote !== undefined && promote !== record.handled.promote) return promoted({ ...judged, handled: { ...record.handled, promote } }, fresh);
  if (!ready && !record.step && record.activeVersion !== undefined && overdue(spec, record, fresh.now)) {
    return giveUp(judged, { reason: 'ProgressDeadlineExceeded', message: `the pods were not ready within ${spec.rollout.progressDeadline}` }, fresh);
  }
  if (!ready) return judged;
  if (record.activeVersion === undefined) return promoted(judged, fresh);
  return stepDone(spec, record, fresh) ? enter(spec, judged, (record.step?.index ?? -1) + 1, fresh) : judged;
}

/** Numbers change all the time; they are recorded when a verdict does, from when every router has the step's weights: before, there is next to nothing to judge. */
function told(before: readonly CheckVerdict[], now: readonly CheckVerdict[]): CheckVerdict[] {
  return now.map((check) => before.find(({ name, verdict }) => name === check.name && verdict === check.verdict) ?? check);
}

/**
 * Whether the candidate may go on: it is before its first step, or has stayed long enough with every check passed. That
 * must have been recorded, or nobody could read what the step was left for.
 */
function stepDone(spec: Pick<Rules, 'rollout'>, { step, rollout }: Recorded, { verdicts, now, routersConfirm }: Fresh): boolean {
  if (!step) return true;
  const pause = durationMs(spec.rollout.steps[step.index]?.pause ?? '0s');
  return routersConfirm && step.verifiedAt !== undefined && now >= Date.parse(step.verifiedAt) + pause
    && verdicts.every(({ name, verdict }) => verdict === 'Passed' && rollout?.verdicts.find((recorded) => recorded.name === name)?.verdict === 'Passed');
}

function enter(spec: Pick<Rules, 'rollout'>, record: Recorded, index: number, fresh: Fresh): Recorded {
  const weight = spec.rollout.steps[index]?.weight;
  if (weight === undefined) return promoted(record, fresh);
  const { rollout, activeVersion } = record;
  return {
    ...record,
    ...(rollout ? { rollout: { ...rollout, verdicts: [] } } : {}),
    step: { index, startedAt: timestamp(fresh.now) },
    versions: record.versions.map((version) => ({
      ...version,
      weight: version.name === rollout?.version ? weight : version.name === activeVersion ? 100 - weight : 0,
    })),
  };
}

function promoted(record: Recorded, { now }: Fresh): Recorded {
  const { rollout } = record;
  if (!rollout) return record;
  return {
    ...without(record, 'rollout', 'step', 'failedVersion'),
    activeVersion: rollout.version,
    versions: record.versions.map((version) => (version.name === rollout.version
      ? { ...version, role: 'Active', weight: 100 }
      : draining(version, now))),
  };
}

function giveUp(record: Recorded, why: { readonly reason: string; readonly message: string }, fresh: Fresh): Recorded {
  const version = record.rollout?.version ?? '';
  return {
    ...withdraw(record, fresh.now),
    failedVersion: { name: version, reason: why.reason, message: why.message.slice(0, 256), at: timestamp(fresh.now) },
    handled: { ...record.handled, spec: fresh.specDigest },
  };
}

/** All requests to the active version; the candidate keeps its pods until no router sends it any. */
function withdraw(record: Recorded, now: number): Recorded {
  const candidate = record.rollout?.version;
  return {
    ...without(record, 'rollout', 'step'),
    versions: record.versions.map((version) => (version.name === candidate ? draining(version, now)
      : version.name === record.activeVersion ? { ...version, weight: 100 } : version)),
  };
}

function draining(version: Recorded['versions'][number], now: number): Recorded['versions'][number] {
  return { ...version, role: 'Draining', weight: 0, drainingSince: version.drainingSince ?? timestamp(now) };
}

/** Whether what the rollout waits for has taken longer than it may. */
export function overdue(spec: Pick<Rules, 'rollout'>, { rollout, step }: Recorded, now: number): boolean {
  const pause = step ? durationMs(spec.rollout.steps[step.index]?.pause ?? '0s') : 0;
  const since = step?.startedAt ?? rollout?.startedAt;
  return since !== undefined && now >= Date.parse(since) + pause + durationMs(spec.rollout.progressDeadline);
}
