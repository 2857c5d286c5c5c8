import { definitions } from '../../integration/definitions.ts';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import { builtin, customSchema, type Schema } from './schema.ts';

/** A kind that the simulated API server stores. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Which lists are merged item by item. */
  readonly schema: Schema;
  /** The OpenAPI schema of one of our kinds. */
  readonly openApi?: Json;
  /** Its objects count the changes of their specs. */
  readonly generation: boolean;
  /** Its status is written at a path of its own. */
  readonly statusApart: boolean;
  /** It is known who owns which field. Of what is never applied nobody asks, and to know it takes time. */
  readonly managed: boolean;
}

function core(plural: string, kind: string, more: Partial<ServedResource> = {}): ServedResource {
  return { group: '', version: 'v1', plural, kind, schema: builtin(plural), generation: false, statusApart: false, managed: true, ...more };
}

function custom(definition: Json): ServedResource {
  const spec = asRecord(definition['spec']);
  const names = asRecord(spec?.['names']);
  const [version] = asItems(spec?.['versions']).map(asRecord);
  const openApi = asRecord(asRecord(version?.['schema'])?.['openAPIV3Schema']) ?? {};
  return {
    group: String(spec?.['group']), version: String(version?.['name']), plural: String(names?.['plural']), kind: String(names?.['kind']),
    schema: customSchema(openApi), openApi, generation: true, statusApart: true, managed: true,
  };
}

/** Every resource that the operator and the players around it use. */
export const resources: readonly ServedResource[] = [
  ...definitions().map(custom),
  core('pods', 'Pod', { statusApart: true }),
  core('services', 'Service'),
  core('configmaps', 'ConfigMap'),
  core('secrets', 'Secret'),
  core('persistentvolumeclaims', 'PersistentVolumeClaim', { statusApart: true }),
  core('deployments', 'Deployment', { group: 'apps', generation: true, statusApart: true }),
  core('controllerrevisions', 'ControllerRevision', { group: 'apps' }),
  core('jobs', 'Job', { group: 'batch', generation: true, statusApart: true }),
  core('networkpolicies', 'NetworkPolicy', { group: 'networking.k8s.io', generation: true }),
  core('leases', 'Lease', { group: 'coordination.k8s.io', managed: false }),
  core('events', 'Event', { group: 'events.k8s.io', managed: false }),
];

const byPlural: ReadonlyMap<string, ServedResource> = new Map(resources.map((resource) => [resource.plural, resource]));

export function resourceOf(plural: string): ServedResource {
  const resource = byPlural.get(plural);
  if (resource === undefined) throw new Error(`the simulated API server has no ${plural}`);
  return resource;
}
