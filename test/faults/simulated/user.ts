import { collectionPath } from '../../../operator/kube/paths.ts';
import { apiVersion, type Json } from '../../../operator/runtime/kind.ts';
import type { Effect, Outside, Plural, Revision, View, World } from '../world.ts';
import type { VirtualClock } from './clock.ts';
import { metadataOf } from './objects.ts';
import { resourceOf } from './resources.ts';
import type { ApiServer } from './server.ts';

export interface WorldParts {
  readonly namespace: string;
  readonly outside: Outside;
  readonly server: ApiServer;
  readonly clock: VirtualClock;
  readonly history: readonly Revision[];
  readonly effects: readonly Effect[];
  readonly upgrade: (image: string) => Promise<void>;
}

const modelPort = 9_000;
const limitMs = 3_600_000;

/** The world as a scenario sees it: as a user with kubectl. */
export function worldOf({ namespace, outside, server, clock, history, effects, upgrade }: WorldParts): World {
  const { objects } = server;
  const view: View = {
    get: (plural, name) => objects.get(plural, `${namespace}/${name}`),
    list: (plural) => objects.list(plural).filter((live) => metadataOf(live)['namespace'] === namespace),
  };
  const path = (plural: Plural, name: string): string => `${collectionPath(resourceOf(plural), namespace)}/${name}`;
  const ask = (request: Parameters<ApiServer['ask']>[0]): Promise<void> => Promise.resolve().then(() => void server.ask(request));
  return {
    namespace, modelPort, view, outside, history, effects, upgrade,
    apply: (plural, object) => ask({
      method: 'PATCH', path: `${path(plural, object.metadata.name)}?fieldManager=kubectl&force=true`, headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify({ ...object, apiVersion: apiVersion(resourceOf(plural)), metadata: { ...object.metadata, namespace } }),
    }),
    mergePatch: (plural, name, patch) => ask({
      method: 'PATCH', path: `${path(plural, name)}?fieldManager=kubectl-edit`, headers: { 'content-type': 'application/merge-patch+json' }, body: JSON.stringify(patch),
    }),
    remove: (plural, name) => ask({ method: 'DELETE', path: path(plural, name), body: JSON.stringify({ propagationPolicy: 'Background' } satisfies Json) }),
    until: async (what, holds) => {
      let looked = -1;
      const held = await clock.until(limitMs, () => {
        if (objects.version === looked) return false;
        looked = objects.version;
        return holds(view);
      });
      if (!held) throw new Error(`waited in vain: ${what}`);
    },
    elapse: (ms) => clock.elapse(ms),
  };
}
