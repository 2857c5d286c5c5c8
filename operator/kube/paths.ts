import { apiVersion, type Meta, type Resource } from '../runtime/kind.ts';

type Named = Pick<Resource, 'group' | 'version' | 'plural'>;

/** Path of all objects of a resource, in one namespace or in all of them. */
export function collectionPath(resource: Named, namespace = ''): string {
  const root = `${resource.group === '' ? '/api' : '/apis'}/${apiVersion(resource)}`;
  return namespace === '' ? `${root}/${resource.plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource.plural}`;
}

export function objectPath(resource: Named, metadata: Pick<Meta, 'namespace' | 'name'>): string {
  return `${collectionPath(resource, metadata.namespace)}/${encodeURIComponent(metadata.name)}`;
}

/** `deployments.apps`, the name of a resource in logs and metrics. */
export function resourceName(resource: Named): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}
