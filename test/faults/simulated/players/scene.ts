import { asItems, asRecord } from '../../../../operator/runtime/json.ts';
import type { Json } from '../../../../operator/runtime/kind.ts';
import type { VirtualClock } from '../clock.ts';
import { keyOf, metadataOf, type Change, type Objects } from '../objects.ts';
import { between, type Random } from '../../../../hack/random.ts';
import type { ApiServer } from '../server.ts';

/** What the players around the operator share: they see the store itself, and act on it a moment later. */
export class Scene {
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  readonly #random: Random;

  constructor(server: ApiServer, clock: VirtualClock, random: Random) {
    this.server = server;
    this.clock = clock;
    this.#random = random;
  }

  get objects(): Objects {
    return this.server.objects;
  }

  on(plural: string, listener: (change: Change) => void): void {
    this.objects.onChange((change) => {
      if (change.plural === plural) listener(change);
    });
  }

  /** Some time from now, at random between these two. */
  soon(fromMs: number, toMs: number, act: () => void): void {
    this.clock.after(between(this.#random, fromMs, toMs), act);
  }

  /** Changes the status of an object, if it is still there. */
  setStatus(plural: string, object: Json, status: Json): void {
    const live = this.still(plural, object);
    if (live !== undefined) this.objects.put(plural, { ...live, status: { ...asRecord(live['status']), ...status } });
  }

  /** The newest copy of this very object. */
  still(plural: string, object: Json): Json | undefined {
    const live = this.objects.get(plural, keyOf(object));
    return live !== undefined && uidOf(live) === uidOf(object) ? live : undefined;
  }

  /** The objects that this one owns. */
  owned(plural: string, owner: Json): readonly Json[] {
    return this.objects.list(plural).filter((live) => ownersOf(live).includes(uidOf(owner)));
  }

  timestamp(): string {
    return new Date(this.clock.now).toISOString().replace(/\.\d{3}Z$/, 'Z');
  }
}

/** Work on keys: each is looked at a moment after it was last called for, and once for all calls until then. */
export function looking(scene: Scene, look: (key: string) => void): (key: string) => void {
  const waiting = new Set<string>();
  return (key) => {
    if (waiting.has(key)) return;
    waiting.add(key);
    scene.soon(10, 60, () => {
      waiting.delete(key);
      look(key);
    });
  };
}

export function uidOf(live: Json): string {
  return String(metadataOf(live)['uid']);
}

export function ownersOf(live: Json): readonly string[] {
  return asItems(metadataOf(live)['ownerReferences']).map((reference) => String(asRecord(reference)?.['uid']));
}

/** The key of the owner of this kind. */
export function ownerKeyOf(live: Json, kind: string): string | undefined {
  const owner = asItems(metadataOf(live)['ownerReferences']).map(asRecord).find((reference) => reference?.['kind'] === kind);
  return owner && `${String(metadataOf(live)['namespace'])}/${String(owner['name'])}`;
}

export function labelOf(live: Json, name: string): string | undefined {
  const value = asRecord(metadataOf(live)['labels'])?.[name];
  return typeof value === 'string' ? value : undefined;
}

export function phaseOf(pod: Json): string | undefined {
  const phase = asRecord(pod['status'])?.['phase'];
  return typeof phase === 'string' ? phase : undefined;
}

export function isLeaving(live: Json): boolean {
  return metadataOf(live)['deletionTimestamp'] !== undefined;
}

/** The pod of a template. */
export function podOf(owner: Json, name: string, labels: Readonly<Record<string, string>> = {}): Json {
  const template = asRecord(asRecord(owner['spec'])?.['template']);
  const metadata = asRecord(template?.['metadata']);
  const { namespace, name: ownerName, uid } = metadataOf(owner);
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace, labels: { ...asRecord(metadata?.['labels']), ...labels },
      ...(metadata?.['annotations'] === undefined ? {} : { annotations: metadata['annotations'] }),
      ownerReferences: [{ apiVersion: owner['apiVersion'], kind: owner['kind'], name: ownerName, uid, controller: true, blockOwnerDeletion: true }],
    },
    spec: template?.['spec'],
  };
}
