import { describe, expect, test } from '@jest/globals';
import type { Json } from './kind.ts';
import { desiredHash, ownedHash, ownedPart } from './owned.ts';

interface Entry {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly fieldsV1: Json;
}

function live(object: Json & { readonly metadata?: Json }, ...entries: readonly Entry[]): Json {
  const managedFields = entries.map((entry) => ({ manager: 'us', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', ...entry }));
  return { apiVersion: 'v1', kind: 'Thing', ...object, metadata: { name: 'a', uid: 'u', resourceVersion: '7', ...object.metadata, managedFields } };
}

const containers = { 'k:{"name":"c"}': { '.': {}, 'f:name': {}, 'f:image': {} } };

describe('ownedPart', () => {
  const cases: Record<string, { live: Json; owned: Json }> = {
    'is empty without managed fields': { live: { metadata: { name: 'a' }, spec: { a: 1 } }, owned: {} },
    'is empty when only others manage the object': {
      live: live({ spec: { a: 1 } }, { manager: 'them', fieldsV1: { 'f:spec': { 'f:a': {} } } }), owned: {},
    },
    'does not count what we own by update': {
      live: live({ spec: { a: 1 } }, { operation: 'Update', fieldsV1: { 'f:spec': { 'f:a': {} } } }), owned: {},
    },
    'does not count what we own of a subresource': {
      live: live({ status: { a: 1 } }, { subresource: 'status', fieldsV1: { 'f:status': { 'f:a': {} } } }), owned: {},
    },
    'leaves out members of others and defaults': {
      live: live({ spec: { ours: 1, theirs: 2, filled: 3 } }, { fieldsV1: { 'f:spec': { 'f:ours': {} } } }, { manager: 'them', fieldsV1: { 'f:spec': { 'f:theirs': {} } } }),
      owned: { spec: { ours: 1 } },
    },
    'takes an atomic value whole': {
      live: live({ spec: { selector: { matchLabels: { a: 'b' }, more: [1] } } }, { fieldsV1: { 'f:spec': { 'f:selector': {} } } }),
      owned: { spec: { selector: { matchLabels: { a: 'b' }, more: [1] } } },
    },
    'takes items by their keys, in the live order': {
      live: live(
        { ports: [{ port: 2, protocol: 'TCP', x: 1 }, { port: 1, protocol: 'UDP' }, { port: 1, protocol: 'TCP' }] },
        { fieldsV1: { 'f:ports': { 'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:port': {} }, 'k:{"port":2,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } },
      ),
      owned: { ports: [{ port: 2 }, { port: 1 }] },
    },
    'takes items by their value': {
      live: live({ metadata: { finalizers: ['theirs', 'ours'] } }, { fieldsV1: { 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"ours"': {} } } } }),
      owned: { metadata: { finalizers: ['ours'] } },
    },
    'takes an atomic item whole': {
      live: live({ metadata: { ownerReferences: [{ uid: 'x', kind: 'K' }, { uid: 'y' }] } }, { fieldsV1: { 'f:metadata': { 'f:ownerReferences': { 'k:{"uid":"x"}': {} } } } }),
      owned: { metadata: { ownerReferences: [{ uid: 'x', kind: 'K' }] } },
    },
    'keeps names with slashes and dots': {
      live: live({ metadata: { labels: { 'a.b/c': '1', d: '2' } } }, { fieldsV1: { 'f:metadata': { 'f:labels': { 'f:a.b/c': {} } } } }),
      owned: { metadata: { labels: { 'a.b/c': '1' } } },
    },
    'leaves out an owned member that is gone': {
      live: live({ spec: { a: 1 } }, { fieldsV1: { 'f:spec': { 'f:a': {}, 'f:b': {} } } }), owned: { spec: { a: 1 } },
    },
    'gives what we sent empty and others filled as empty': {
      live: live({ spec: { emptyDir: { sizeLimit: '1Gi' }, list: [{ name: 'x' }] } },
        { fieldsV1: { 'f:spec': { 'f:emptyDir': {}, 'f:list': {} } } },
        { manager: 'them', operation: 'Update', fieldsV1: { 'f:spec': { 'f:emptyDir': { 'f:sizeLimit': {} }, 'f:list': { 'k:{"name":"x"}': { '.': {}, 'f:name': {} } } } } }),
      owned: { spec: { emptyDir: {}, list: [] } },
    },
    'survives a tree that does not fit the object': {
      live: live({ spec: 'text', list: { a: 1 }, items: [1] }, { fieldsV1: { 'f:spec': { 'f:a': {} }, 'f:list': { 'k:{"name":"x"}': {} }, 'f:items': { 'f:a': {} } } }),
      owned: { spec: {}, list: {}, items: [] },
    },
  };
  test.each(Object.entries(cases))('%s', (_name, { live: object, owned }) => {
    expect(ownedPart(object, 'us')).toEqual(owned);
  });
});

describe('the two hashes', () => {
  const body = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', namespace: 'n', labels: { a: 'b' } }, spec: { containers: [{ image: 'x:1', name: 'c' }] } };
  const fieldsV1 = { 'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:containers': containers } };
  const metadata = { namespace: 'n', labels: { a: 'b' }, generation: 1, creationTimestamp: 'now' };

  test('are equal when nothing of ours has changed', () => {
    const object = live({ metadata: { ...metadata, labels: { z: 'theirs', a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x:1', filled: true }] } }, { fieldsV1 });
    expect(ownedHash(object, 'us')).toBe(desiredHash(body));
  });

  test.each<[string, Json & { readonly metadata?: Json }, Json]>([
    ['a value is another', { metadata, spec: { containers: [{ name: 'c', image: 'x:2' }] } }, fieldsV1],
    ['an item is gone', { metadata, spec: { containers: [] } }, fieldsV1],
    ['we no longer own a field', { metadata, spec: { containers: [{ name: 'c', image: 'x:1' }] } }, { 'f:spec': fieldsV1['f:spec'] }],
    ['we own a field that the body leaves out', { metadata, spec: { more: 1, containers: [{ name: 'c', image: 'x:1' }] } }, { ...fieldsV1, 'f:spec': { 'f:more': {}, 'f:containers': containers } }],
  ])('differ when %s', (_case, object, fields) => {
    expect(ownedHash(live(object, { fieldsV1: fields }), 'us')).not.toBe(desiredHash(body));
  });

  test('depend neither on the order of members nor on what names the object', () => {
    const renamed = { spec: body.spec, metadata: { labels: { a: 'b' }, uid: 'u', resourceVersion: '9', name: 'other', annotations: undefined } };
    expect(desiredHash(renamed)).toBe(desiredHash(body));
  });
});
