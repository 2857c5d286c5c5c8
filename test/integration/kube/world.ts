import { connect, type ConnectedCluster, type ConnectOptions } from '../../../operator/kube/cluster.ts';
import type { Send } from '../../../operator/kube/connections.ts';
import { Notes } from '../../../operator/kube/testing/stub.ts';
import { openTransport } from '../../../operator/kube/transport.ts';
import { ownedHash } from '../../../operator/runtime/owned.ts';
import type { Json, Resource, Stored } from '../../../operator/runtime/kind.ts';
import { apiServer, ForeignClient, type ApiServer } from '../apiserver.ts';
import { Proxy } from './proxy.ts';

export interface Copy extends Stored {
  readonly live: Json;
  readonly owned: string;
}

function whole(group: string, version: string, kind: string, plural: string): Resource<Copy> {
  return { group, version, kind, plural, project: (metadata, live) => ({ metadata, live, owned: ownedHash(live, 'modelkeeper') }) };
}

export const configMaps = whole('', 'v1', 'ConfigMap', 'configmaps');
export const deployments = whole('apps', 'v1', 'Deployment', 'deployments');
export const services = whole('', 'v1', 'Service', 'services');

/** A cluster under test, connected through a network that can be broken, and someone else who works beside it. */
export interface World {
  readonly namespace: string;
  readonly cluster: ConnectedCluster;
  readonly foreign: ForeignClient;
  readonly proxy: Proxy;
  readonly notes: Notes;
  /** Path of the ConfigMaps of the namespace, or of one of them. */
  readonly path: (name?: string) => string;
  /** Names of the ConfigMaps in the cache, without the one that each namespace has. */
  readonly names: () => readonly string[];
  /** Resolves when this holds after a change of the ConfigMaps in the cache, or holds now. */
  readonly until: (condition: () => boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface WorldOptions extends Pick<ConnectOptions, 'beforeWrite'> {
  readonly server?: ApiServer;
  readonly resources?: readonly Resource[];
  readonly watchIdleMs?: number;
  readonly intercept?: (send: Send) => Send;
}

export async function world(options: WorldOptions = {}): Promise<World> {
  const { server = await apiServer(), resources = [configMaps], beforeWrite, ...network } = options;
  const foreign = new ForeignClient(server.kubeconfig);
  const namespace = await foreign.freshNamespace();
  const proxy = await Proxy.to(server.server);
  const notes = new Notes();
  const transport = openTransport({ source: { file: proxy.kubeconfig(server.kubeconfig, server.server) }, recorder: notes, ...network });
  const hook = beforeWrite === undefined ? {} : { beforeWrite };
  const cluster = connect({ resources, fieldManager: 'modelkeeper', namespace, transport, recorder: notes, ...hook });
  let check = (): void => undefined;
  if (resources.includes(configMaps)) cluster.onChange(configMaps, () => check());
  return {
    namespace, cluster, foreign, proxy, notes,
    path: (name) => `/api/v1/namespaces/${namespace}/configmaps${name === undefined ? '' : `/${name}`}`,
    names: () => cluster.read.list(configMaps, namespace).map(({ metadata }) => metadata.name).filter((name) => name !== 'kube-root-ca.crt'),
    until: (condition) => new Promise((resolve) => {
      check = () => {
        if (condition()) resolve();
      };
      check();
    }),
    close: async () => {
      await cluster.stop();
      await Promise.all([transport.close(), foreign.close(), proxy.close()]);
    },
  };
}

export function configMap(name: string, data: Record<string, string> = {}): Json & { readonly metadata: Json } {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}
