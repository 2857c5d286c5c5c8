/** What the engine needs of an object's metadata. `labels` and `annotations` are empty objects when absent. */
export interface Meta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The controlling owner, if there is one. */
  readonly owner?: { readonly uid: string; readonly kind: string; readonly name: string };
}

/** An object as the cache keeps it: metadata and whatever its kind's projection retains. */
export interface Stored {
  readonly metadata: Meta;
}

/** Any JSON object that came from or goes to the API server. */
export type Json = Readonly<Record<string, unknown>>;

/** A resource of the API server and what the cache keeps of each of its objects. */
export interface Resource<T extends Stored = Stored> {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Label selector of the watch; only objects that match it are ever seen. */
  readonly selector?: string;
  /** Trims a live object for the cache. Total: it must accept whatever an API server can store, and never throws. */
  project(metadata: Meta, live: Json): T;
}

/** `apiVersion` of a resource: `apps/v1`, or `v1` for the core group. */
export function apiVersion(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** `namespace/name`, the key under which the queue and the caches know an object. */
export function keyOf(metadata: Pick<Meta, 'namespace' | 'name'>): string {
  return `${metadata.namespace}/${metadata.name}`;
}
