import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import { containersOf, failed, logOf, running, serving, succeeded, taskOf, type Work } from '../../../pods.ts';
import type { Outside, StepPod } from '../../world.ts';
import { keyOf, metadataOf } from '../objects.ts';
import { labelOf, ownerKeyOf, phaseOf, isLeaving, uidOf, type Scene } from './scene.ts';

/** Who runs the routers in their pods. */
export interface Routers {
  start(pod: Json, address: string): void;
  stop(pod: Json): void;
}

/** How long a pod goes on after it was told to end. */
const goodbyeMs = 6_000;

/** The kubelets: says of each pod what one would, without running anything but routers. */
export class Kubelet {
  readonly #scene: Scene;
  readonly #outside: Outside;
  readonly #routers: Routers;
  #addresses = 0;

  constructor(scene: Scene, outside: Outside, routers: Routers) {
    this.#scene = scene;
    this.#outside = outside;
    this.#routers = routers;
    scene.on('pods', ({ type, live }) => {
      if (type === 'Deleted') routers.stop(live);
      else if (isLeaving(live)) this.#end(live);
      else if (type === 'Added') this.#begin(live);
    });
  }

  /** Looks again at the pods of steps that hang. */
  resume(): void {
    for (const pod of this.#scene.objects.list('pods')) {
      if (ownerKeyOf(pod, 'Job') !== undefined && phaseOf(pod) === 'Running') this.#scene.soon(100, 500, () => this.#finish(pod));
    }
  }

  /** What the API server asks a kubelet for. */
  log({ namespace, pod }: { readonly namespace: string; readonly pod: string }): string | undefined {
    const live = this.#scene.objects.get('pods', `${namespace}/${pod}`);
    if (live === undefined) return undefined;
    const version = this.#scene.objects.get('modelversions', `${namespace}/${labelOf(live, 'modelkeeper.dev/model-version') ?? ''}`);
    const lineage = asRecord(asRecord(version?.['spec'])?.['lineage']);
    return logOf(this.#profile(String(asRecord(lineage?.['run'])?.['uid'])));
  }

  #begin(pod: Json): void {
    if (ownerKeyOf(pod, 'Job') !== undefined) {
      this.#scene.soon(50, 300, () => {
        this.#scene.setStatus('pods', pod, running(pod));
        this.#scene.soon(500, 2_000, () => this.#finish(pod));
      });
      return;
    }
    this.#scene.soon(200, 1_000, () => {
      if (this.#scene.still('pods', pod) === undefined) return;
      // A container waits for what is mounted in it.
      if (!mountedMaps(pod).every((key) => this.#scene.objects.get('configmaps', key))) {
        this.#begin(pod);
        return;
      }
      this.#addresses += 1;
      const address = `10.0.${this.#addresses >> 8}.${this.#addresses & 255}`;
      if (labelOf(pod, 'modelkeeper.dev/component') === 'router') this.#routers.start(pod, address);
      this.#scene.setStatus('pods', pod, serving(pod, address));
    });
  }

  /** Ends the pod of a Job, as the scenario has it. */
  #finish(pod: Json): void {
    const live = this.#scene.still('pods', pod);
    if (live === undefined || phaseOf(live) !== 'Running' || isLeaving(live)) return;
    const step = stepOf(live);
    const ending = step === undefined ? 'Succeeds' : this.#outside.ending(step);
    if (ending === 'Hangs') return;
    const work: Work = {
      result: (name) => (step === undefined ? '' : this.#outside.result(step, name)),
      profile: (runUid) => this.#profile(runUid),
    };
    const container = String(containersOf(live, 'initContainers').at(-1)?.['name']);
    this.#scene.setStatus('pods', live, ending === 'Succeeds' ? succeeded(live, work) : failed(live, { container, exitCode: 1, reason: 'Error' }, work));
  }

  #profile(runUid: string): ReturnType<Outside['profile']> {
    const run = this.#scene.objects.list('pipelineruns').find((live) => uidOf(live) === runUid);
    return this.#outside.profile(asRecord(asRecord(run?.['spec'])?.['trigger'])?.['type'] === 'Drift');
  }

  #end(pod: Json): void {
    const key = keyOf(pod);
    const gone = (): void => {
      if (this.#scene.still('pods', pod) !== undefined) this.#scene.objects.remove('pods', key);
    };
    if (['Succeeded', 'Failed'].includes(phaseOf(pod) ?? '')) this.#scene.soon(10, 100, gone);
    else this.#scene.soon(goodbyeMs, goodbyeMs + 500, gone);
  }
}

/** The step that a pod does; undefined for one that verifies or recalls. */
export function stepOf(pod: Json): StepPod | undefined {
  const task = containersOf(pod, 'containers').map(taskOf).find((one) => one !== undefined);
  if (task?.verb !== 'publish') return undefined;
  return { run: labelOf(pod, 'modelkeeper.dev/run') ?? '', step: task.record.step, attempt: task.record.attempt };
}

/** The ConfigMaps that are mounted in a pod; in that of a router, the one with its cold-start file. */
export function mountedMaps(pod: Json): readonly string[] {
  const volumes = asItems(asRecord(pod['spec'])?.['volumes']).map(asRecord);
  const names = volumes.map((volume) => asRecord(volume?.['configMap'])?.['name']).filter((one) => typeof one === 'string');
  return names.map((name) => `${String(metadataOf(pod)['namespace'])}/${name}`);
}
