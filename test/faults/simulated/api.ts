import { isDeepStrictEqual } from 'node:util';
import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import { apiVersion, type Json } from '../../../operator/runtime/kind.ts';
import { defaulted } from './defaults.ts';
import { applied, created, updated, type Manager } from './managed.ts';
import { keyOf, metadataOf, type Objects } from './objects.ts';
import { alreadyExists, conflict, invalid, notFound, Refusal } from './refusal.ts';
import type { Request } from './requests.ts';
import type { ServedResource } from './resources.ts';

export interface Answer {
  readonly code: number;
  readonly body: Json;
}

/** What the API server does about one request that is neither a list nor a watch: it does it at once, and for all to see. */
export class Api {
  readonly #objects: Objects;
  readonly #now: () => number;

  constructor(objects: Objects, now: () => number) {
    this.#objects = objects;
    this.#now = now;
  }

  /** Throws a Refusal. */
  handle(request: Request): Answer {
    const { method, contentType } = request;
    switch (method) {
      case 'GET': return { code: 200, body: this.#live(request) };
      case 'POST': return this.#create(request);
      case 'PUT': return this.#replace(request);
      case 'DELETE': return this.#remove(request);
      case 'PATCH': return contentType.startsWith('application/apply-patch') ? this.#apply(request) : this.#merge(request);
    }
  }

  #live(request: Request): Json {
    const live = this.#find(request);
    if (live === undefined) throw notFound(request.resource.plural, request.name ?? '');
    return live;
  }

  #find({ resource, namespace, name }: Request): Json | undefined {
    return this.#objects.get(resource.plural, `${namespace}/${name ?? ''}`);
  }

  #create(request: Request): Answer {
    const { resource, namespace, body } = request;
    const named = { ...body, metadata: { ...asRecord(body['metadata']), namespace } };
    if (this.#objects.get(resource.plural, keyOf(named)) !== undefined) throw alreadyExists(resource.plural, String(metadataOf(named)['name']));
    return this.#store(undefined, created(withoutStatus(named, resource), managerOf(request, 'Update'), resource), resource);
  }

  #replace(request: Request): Answer {
    const live = this.#live(request);
    const { resource, body, name = '', subresource } = request;
    check(live, metadataOf(body), { plural: resource.plural, name });
    const next = subresource === 'status' ? { ...live, status: body['status'] } : { ...body, metadata: { ...metadataOf(live), ...metadataOf(body) }, ...statusOf(live, resource) };
    return this.#store(live, updated(live, next, managerOf(request, 'Update'), resource), resource);
  }

  #merge(request: Request): Answer {
    const live = this.#live(request);
    const { resource, body, name = '', subresource } = request;
    check(live, metadataOf(body), { plural: resource.plural, name });
    const patched = asRecord(mergePatched(live, body)) ?? {};
    const next = subresource === 'status' ? { ...live, status: patched['status'] } : { ...patched, ...statusOf(live, resource) };
    return this.#store(live, updated(live, next, managerOf(request, 'Update'), resource), resource);
  }

  /**
   * An apply that carries a resourceVersion creates what is not there, and is refused with a conflict when it is not the
   * version of what is there. With a uid it creates nothing, and another object's uid cannot be changed.
   */
  #apply(request: Request): Answer {
    const { resource, namespace, name = '', subresource, body } = request;
    const live = this.#find(request);
    const seen = metadataOf(body);
    if (live === undefined) {
      if (subresource === 'status') throw notFound(resource.plural, name);
      if (seen['uid'] !== undefined) throw conflict(resource.plural, name);
      const base = { apiVersion: apiVersion(resource), kind: resource.kind, metadata: { name, namespace } };
      return this.#store(undefined, applied(base, withoutStatus(body, resource), managerOf(request, 'Apply'), resource), resource);
    }
    if (subresource !== 'status' && seen['uid'] !== undefined && seen['uid'] !== metadataOf(live)['uid']) {
      throw invalid(resource.plural, name, 'metadata.uid: Invalid value: field is immutable');
    }
    check(live, { resourceVersion: seen['resourceVersion'] }, { plural: resource.plural, name });
    const config = subresource === 'status' ? { status: body['status'] } : withoutStatus(body, resource);
    return this.#store(live, applied(live, config, managerOf(request, 'Apply'), resource), resource);
  }

  #remove(request: Request): Answer {
    const live = this.#live(request);
    const { resource, body, name = '' } = request;
    check(live, asRecord(body['preconditions']) ?? {}, { plural: resource.plural, name });
    return { code: 200, body: this.leave(live, resource) };
  }

  /** Begins to delete an object, which takes as long as it has finalizers or, for a pod, as its containers run. */
  leave(live: Json, resource: ServedResource): Json {
    const metadata = metadataOf(live);
    if (metadata['deletionTimestamp'] !== undefined) return live;
    const lingers = resource.plural === 'pods' && asRecord(live['status'])?.['phase'] !== undefined;
    if (asItems(metadata['finalizers']).length === 0 && !lingers) {
      this.#objects.remove(resource.plural, keyOf(live));
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
    }
    const deletionTimestamp = new Date(this.#now()).toISOString().replace(/\.\d{3}Z$/, 'Z');
    return this.#objects.put(resource.plural, { ...live, metadata: { ...metadata, deletionTimestamp, ...nextGeneration(live, true, resource) } });
  }

  #store(before: Json | undefined, after: Json, resource: ServedResource): Answer {
    const next = complete(after, resource);
    if (before === undefined) {
      return { code: 201, body: this.#objects.put(resource.plural, { ...next, metadata: { ...metadataOf(next), resourceVersion: undefined, ...(resource.generation ? { generation: 1 } : {}) } }) };
    }
    if (isDeepStrictEqual(next, before)) return { code: 200, body: before };
    fence(before, next, resource);
    const metadata: Json = { ...metadataOf(next), ...nextGeneration(before, !sameSpec(before, next), resource) };
    const leaving = metadata['deletionTimestamp'] !== undefined && asItems(metadata['finalizers']).length === 0;
    if (!leaving || resource.plural === 'pods') return { code: 200, body: this.#objects.put(resource.plural, { ...next, metadata }) };
    this.#objects.remove(resource.plural, keyOf(before));
    return { code: 200, body: { ...next, metadata } };
  }
}

function complete(live: Json, { openApi }: ServedResource): Json {
  if (openApi === undefined) return live;
  const { apiVersion: version, kind, metadata } = live;
  return { ...asRecord(defaulted(live, openApi)), apiVersion: version, kind, metadata };
}

/** The rule at the root of our kinds: terms of writers never fall. */
function fence(before: Json, after: Json, { openApi, plural }: ServedResource): void {
  const was = asRecord(before['status'])?.['writerEpoch'];
  if (openApi === undefined || typeof was !== 'number') return;
  const is = asRecord(after['status'])?.['writerEpoch'];
  if (typeof is !== 'number' || is < was) throw invalid(plural, String(metadataOf(after)['name']), 'stale leader: status.writerEpoch must not decrease');
}

function sameSpec(before: Json, after: Json): boolean {
  const specOf = ({ metadata: _metadata, status: _status, ...rest }: Json): Json => rest;
  return isDeepStrictEqual(specOf(before), specOf(after));
}

function nextGeneration(before: Json, isNext: boolean, { generation }: ServedResource): Json {
  const was = metadataOf(before)['generation'];
  return generation && isNext && typeof was === 'number' ? { generation: was + 1 } : {};
}

function check(live: Json, seen: Json, { plural, name }: { readonly plural: string; readonly name: string }): void {
  const { uid, resourceVersion } = metadataOf(live);
  const other = (is: unknown, was: unknown): boolean => was !== undefined && was !== '' && is !== was;
  if (other(uid, seen['uid']) || other(resourceVersion, seen['resourceVersion'])) throw conflict(plural, name);
}

function withoutStatus(body: Json, { statusApart }: ServedResource): Json {
  if (!statusApart) return body;
  const { status: _status, ...rest } = body;
  return rest;
}

function statusOf(live: Json, { statusApart }: ServedResource): Json {
  return statusApart ? { status: live['status'] } : {};
}

function managerOf({ query, subresource }: Request, operation: Manager['operation']): Manager {
  const name = query.get('fieldManager') ?? 'modelkeeper';
  if (operation === 'Apply' && query.get('fieldManager') === null) throw new Refusal(400, 'BadRequest', 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch');
  return { name, operation, ...(subresource === 'status' ? { subresource: 'status' as const } : {}) };
}

/** RFC 7386. */
function mergePatched(value: unknown, patch: unknown): unknown {
  const changes = asRecord(patch);
  if (changes === undefined) return patch;
  const result: Record<string, unknown> = { ...asRecord(value) };
  for (const [name, change] of Object.entries(changes)) {
    if (change === null) Reflect.deleteProperty(result, name);
    else result[name] = mergePatched(result[name], change);
  }
  return result;
}
