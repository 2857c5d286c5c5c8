import { kinds } from '../../operator/api/v1alpha1/index.ts';
import type { AnyController } from '../../operator/runtime/manager.ts';
import type { Life } from '../../operator/runtime/controller.ts';
import type { Resource } from '../../operator/runtime/kind.ts';

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const watching = ['get', 'list', 'watch'];

/** Creating is an apply, hence `patch`; nothing is ever replaced. */
const verbsOf: Readonly<Record<Life, readonly string[]>> = {
  Apply: ['create', 'patch', 'delete'],
  CreateOnce: ['create', 'patch'],
  Issue: ['create', 'patch'],
};

/** What the operator may do, and no more: it follows from what the controllers own and read. */
export function clusterRules(controllers: readonly AnyController[]): PolicyRule[] {
  const verbs = new Map<string, { resource: Pick<Resource, 'group' | 'plural'>; verbs: Set<string> }>();
  const allow = (resource: Pick<Resource, 'group' | 'plural'>, allowed: readonly string[]): void => {
    const key = `${resource.group}/${resource.plural}`;
    const entry = verbs.get(key) ?? { resource, verbs: new Set<string>() };
    for (const verb of allowed) entry.verbs.add(verb);
    verbs.set(key, entry);
  };
  for (const { resources, owns, gets } of controllers) {
    for (const resource of gets) allow(resource, ['get']);
    for (const resource of resources) allow(resource, watching);
    for (const { resource, life, removes } of owns) allow(resource, [...verbsOf[life], ...(removes ? ['delete'] : [])]);
  }
  for (const { group, plural } of kinds) {
    allow({ group, plural: `${plural}/status` }, ['patch']);
    // An owner reference with blockOwnerDeletion needs this where that admission check is on.
    allow({ group, plural: `${plural}/finalizers` }, ['update']);
  }
  allow({ group: 'events.k8s.io', plural: 'events' }, ['create']);
  const order = [...watching, 'create', 'patch', 'update', 'delete'];
  return [...verbs.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => ({
    apiGroups: [entry.resource.group],
    resources: [entry.resource.plural],
    verbs: order.filter((verb) => entry.verbs.has(verb)),
  }));
}

/** What it may do in its own namespace: its Lease and its signing key. A name cannot be demanded of a create. */
export function namespaceRules(): (PolicyRule & { readonly resourceNames?: readonly string[] })[] {
  return [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['modelkeeper-operator'], verbs: ['get', 'update'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['modelkeeper-signing-key'], verbs: ['get'] },
  ];
}

/** What it may do in a namespace whose objects notify: get a Secret that one of them names. It can neither list nor watch them. */
export function notifyRules(): PolicyRule[] {
  return [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
}
