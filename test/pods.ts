import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { profileOutput } from '../operator/api/v1alpha1/pipeline.ts';
import { fileDigest } from '../operator/dataplane/manifest.ts';
import { encodeMessage } from '../operator/dataplane/message.ts';
import { profileLine, Task, taskVariable } from '../operator/dataplane/task.ts';
import type { Profile } from '../operator/profile/format.ts';
import { asItems, asRecord } from '../operator/runtime/json.ts';
import type { Json } from '../operator/runtime/kind.ts';

/*
 * What a kubelet says of pods whose containers it does not run: what their agents would report, and how they ended.
 */

/** What the containers of a step bring about. */
export interface Work {
  result(name: string): string;
  /** The profile of the step of a run that makes one. */
  profile(runUid: string): Profile;
}

/** A profile as the file that a step leaves behind. */
export function fileOf(profile: Profile): Buffer {
  return Buffer.from(JSON.stringify(profile));
}

/** What the log of a verification says: the profile, in a line among others. */
export function logOf(profile: Profile): string {
  return `starting\n${profileLine}${gzipSync(fileOf(profile)).toString('base64')}\n`;
}

/** Digest of an output of a step, the same whenever the step is run. */
export function digestOfOutput(step: string, output: string): string {
  return `sha256:${createHash('sha256').update(`${step}/${output}`).digest('hex')}`;
}

export function containersOf(pod: Json, list: 'containers' | 'initContainers'): Json[] {
  return asItems(asRecord(pod['spec'])?.[list]).map(asRecord).filter((one) => one !== undefined);
}

/** The task of an agent's container; undefined for one of a user. */
export function taskOf(container: Json): Task | undefined {
  const variable = asItems(container['env']).map(asRecord).find((one) => one?.['name'] === taskVariable);
  return variable && Task.parse(JSON.parse(String(variable['value'])));
}

function statusOf(container: Json, state: Json): Json {
  return { name: container['name'], image: container['image'], imageID: '', ready: false, restartCount: 0, state };
}

/** Status of a pod whose first container runs. */
export function running(pod: Json): Json {
  return {
    phase: 'Running',
    containerStatuses: containersOf(pod, 'containers').map((one) => statusOf(one, { waiting: { reason: 'PodInitializing' } })),
    initContainerStatuses: containersOf(pod, 'initContainers').map((one) => statusOf(one, { running: {} })),
  };
}

/** Status of a pod that serves at an address. */
export function serving(pod: Json, address: string): Json {
  return {
    phase: 'Running', podIP: address, podIPs: [{ ip: address }],
    conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True', lastTransitionTime: new Date().toISOString() })),
    containerStatuses: containersOf(pod, 'containers').map((one) => ({ ...statusOf(one, { running: {} }), ready: true, started: true })),
  };
}

/** Status of a pod all of whose containers succeeded. */
export function succeeded(pod: Json, work: Work): Json {
  const finish = (one: Json): Json => statusOf(one, ended(0, 'Completed', messageOf(one, work)));
  return {
    phase: 'Succeeded',
    initContainerStatuses: containersOf(pod, 'initContainers').map(finish),
    containerStatuses: containersOf(pod, 'containers').map(finish),
  };
}

/** Status of a pod whose container of this name failed; those before it succeeded, and those after it never ran. */
export function failed(pod: Json, at: { readonly container: string; readonly exitCode: number; readonly reason: string }, work: Work): Json {
  const inits = containersOf(pod, 'initContainers');
  const failing = inits.findIndex(({ name }) => name === at.container);
  const end = (one: Json, index: number): Json => {
    if (index < failing) return statusOf(one, ended(0, 'Completed', messageOf(one, work)));
    return statusOf(one, one['name'] === at.container ? ended(at.exitCode, at.reason, '') : { waiting: { reason: 'PodInitializing' } });
  };
  return {
    phase: 'Failed',
    initContainerStatuses: inits.map(end),
    containerStatuses: containersOf(pod, 'containers').map((one) => end(one, inits.length)),
  };
}

function ended(exitCode: number, reason: string, message: string): Json {
  return { terminated: { exitCode, reason, message, finishedAt: new Date().toISOString() } };
}

/** What the agent of the container would report. */
function messageOf(container: Json, work: Work): string {
  const task = taskOf(container);
  switch (task?.verb) {
    case undefined: return '';
    case 'fetch': return encodeMessage({
      artifacts: task.inputs.filter(({ from }) => from).map(({ name, digest }) => ({ name, digest: digest ?? digestOfOutput('raw', name), bytes: 10 })),
      results: [],
    });
    case 'publish': return encodeMessage({
      artifacts: task.outputs.map((name) => ({
        name, digest: name === profileOutput ? fileDigest(fileOf(work.profile(task.record.runUid))) : digestOfOutput(task.record.step, name), bytes: 1_000,
      })),
      results: task.results.map((name) => ({ name, value: work.result(name) })),
    });
    case 'profile':
    case 'recall':
    case 'verify':
    case 'load': return encodeMessage({ artifacts: [], results: [] });
  }
}
