import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import type { ForeignClient } from '../../integration/apiserver.ts';

const collections: Readonly<Record<string, readonly string[]>> = {
  'api/v1': ['pods', 'services', 'configmaps', 'persistentvolumeclaims', 'secrets'],
  'apis/apps/v1': ['deployments', 'replicasets', 'controllerrevisions'],
  'apis/batch/v1': ['jobs'],
  'apis/networking.k8s.io/v1': ['networkpolicies'],
  'apis/events.k8s.io/v1': ['events'],
  'apis/modelkeeper.dev/v1alpha1': ['pipelines', 'pipelineruns', 'modelversions', 'modeldeployments', 'driftpolicies'],
};

/** Every object of a namespace as it is stored, with its resourceVersion. The Lease, which a leader renews, and Events of others are left out. */
export type Contents = ReadonlyMap<string, Json>;

export async function contents(client: ForeignClient, namespace: string): Promise<Contents> {
  const paths = Object.entries(collections).flatMap(([version, plurals]) => plurals.map((plural) => ({ plural, path: `/${version}/namespaces/${namespace}/${plural}` })));
  const lists = await Promise.all(paths.map(async ({ plural, path }) => {
    const all = asItems((await client.get(path))['items']).map((item) => asRecord(item) ?? {});
    const items = all.filter(({ reportingController }) => reportingController === undefined || reportingController === 'modelkeeper.dev/operator');
    return items.map((item): [string, Json] => [`${plural}/${String(asRecord(item['metadata'])?.['name'])}`, item]);
  }));
  return new Map(lists.flat());
}

/** Names of the objects that are not the same, to the byte, in both. */
export function changed(before: Contents, after: Contents): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name))).sort();
}
