import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { shortHash } from '../../../../operator/runtime/names.ts';
import { metadataOf } from '../objects.ts';
import { isLeaving, looking, ownerKeyOf, phaseOf, podOf, uidOf, type Scene } from './scene.ts';

/**
 * The Job controller, for Jobs of one pod without retries: a pod that was disrupted is replaced, one that failed or was
 * deleted fails the Job, and so does the deadline.
 */
export function controlJobs(scene: Scene): void {
  const look = looking(scene, (key) => {
    const job = scene.objects.get('jobs', key);
    if (job !== undefined && !isLeaving(job)) control(scene, job);
  });
  scene.on('jobs', ({ key, type, live }) => {
    if (type === 'Added') keepDeadline(scene, live);
    look(key);
  });
  scene.on('pods', ({ live }) => {
    const key = ownerKeyOf(live, 'Job');
    if (key !== undefined) look(key);
  });
}

function control(scene: Scene, job: Json): void {
  const status = asRecord(job['status']) ?? {};
  if (asItems(status['conditions']).length > 0) return;
  const pods = scene.owned('pods', job);
  const started = Number(status['started'] ?? 0);
  const ended = pods.find((pod) => ['Succeeded', 'Failed'].includes(phaseOf(pod) ?? '') && !isDisrupted(pod));
  if (ended !== undefined) {
    if (phaseOf(ended) === 'Succeeded') end(scene, job, 'Complete', 'CompletionsReached');
    else end(scene, job, 'Failed', 'BackoffLimitExceeded');
  } else if (started === 0 || (pods.length > 0 && pods.every((pod) => isDisrupted(pod) && phaseOf(pod) === 'Failed'))) {
    const { name } = metadataOf(job);
    scene.setStatus('jobs', job, { active: 1, started: started + 1, startTime: scene.timestamp() });
    scene.objects.put('pods', podOf(job, `${String(name)}-${shortHash(uidOf(job), started).slice(0, 5)}`, {
      'batch.kubernetes.io/controller-uid': uidOf(job), 'batch.kubernetes.io/job-name': String(name),
    }));
  } else if (pods.length === 0) end(scene, job, 'Failed', 'BackoffLimitExceeded');
}

function end(scene: Scene, job: Json, type: 'Complete' | 'Failed', reason: string): void {
  const time = scene.timestamp();
  scene.setStatus('jobs', job, {
    active: 0, [type === 'Complete' ? 'succeeded' : 'failed']: 1, ...(type === 'Complete' ? { completionTime: time } : {}),
    conditions: [{ type, status: 'True', reason, message: '', lastProbeTime: time, lastTransitionTime: time }],
  });
}

function keepDeadline(scene: Scene, job: Json): void {
  const seconds = Number(asRecord(job['spec'])?.['activeDeadlineSeconds'] ?? 0);
  if (seconds > 0) scene.clock.after(seconds * 1_000, () => {
    const live = scene.still('jobs', job);
    if (live === undefined || asItems(asRecord(live['status'])?.['conditions']).length > 0) return;
    end(scene, live, 'Failed', 'DeadlineExceeded');
    for (const pod of scene.owned('pods', live)) scene.server.leave(pod, 'pods');
  });
}

function isDisrupted(pod: Json): boolean {
  return asItems(asRecord(pod['status'])?.['conditions']).map(asRecord).some((condition) => condition?.['type'] === 'DisruptionTarget');
}
