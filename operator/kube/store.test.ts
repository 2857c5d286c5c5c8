import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Json } from '../runtime/kind.ts';
import { parseMeta } from './metadata.ts';
import { Store } from './store.ts';
import { thing, things, type Thing } from './testing/stub.ts';

function copy(name: string, version: number, more: { uid?: string; metadata?: Json; value?: unknown } = {}): Thing {
  const live = thing(name, version, more);
  return things.project(parseMeta(live)!, live);
}

let store: Store<Thing>;
let thrown: unknown[];
let told: string[];

beforeEach(() => {
  thrown = [];
  told = [];
  store = new Store<Thing>(['team'], (error) => thrown.push(error));
  const name = (object: Thing | undefined): string => (object === undefined ? '-' : `${object.metadata.uid}@${object.metadata.resourceVersion}`);
  store.onChange(({ before, after, written }) => told.push(`${name(before)} ${name(after)}${written ? ' by us' : ''}`));
});

describe('a copy', () => {
  test('gives way to a newer one only', () => {
    store.put(copy('a', 9));
    store.put(copy('a', 10));
    store.put(copy('a', 10, { value: 'again' }));
    store.put(copy('a', 9));
    expect(store.get('n/a')?.metadata.resourceVersion).toBe('10');
    expect(told).toEqual(['- uid-a@9', 'uid-a@9 uid-a@10']);
  });

  test('with another uid is a deletion and an addition', () => {
    store.put(copy('a', 1, { uid: 'old' }));
    store.put(copy('a', 3, { uid: 'new' }));
    expect(told).toEqual(['- old@1', 'old@1 -', '- new@3']);
  });

  test('that a write returned is there at once, and its event changes nothing', () => {
    store.putWritten(copy('a', 5));
    store.put(copy('a', 4));
    store.put(copy('a', 5));
    expect(told).toEqual(['- uid-a@5 by us']);
    store.put(copy('a', 6));
    expect(told.slice(1)).toEqual(['uid-a@5 uid-a@6']);
  });

  test('that a write returned after the watch told of its deletion does not come back', () => {
    store.put(copy('a', 4));
    store.advance('4');
    store.remove('n/a', '6');
    store.advance('6');
    store.putWritten(copy('a', 5));
    expect(store.get('n/a')).toBeUndefined();
  });
});

describe('a deletion', () => {
  test('is ignored when we have a newer copy of another uid', () => {
    store.put(copy('a', 1, { uid: 'old' }));
    store.putWritten(copy('a', 7, { uid: 'new' }));
    store.remove('n/a', '6');
    expect(store.get('n/a')?.metadata.uid).toBe('new');
  });

  test('that one of our writes made is there at once, and its event changes nothing', () => {
    store.put(copy('a', 5));
    store.removeWritten({ namespace: 'n', name: 'a', uid: 'uid-a' });
    expect([store.get('n/a'), store.inNamespace('n')]).toEqual([undefined, []]);
    store.remove('n/a', '6');
    expect(told).toEqual(['- uid-a@5', 'uid-a@5 - by us']);
  });

  test('that one of our writes made of another uid concerns nobody', () => {
    store.put(copy('a', 5, { uid: 'new' }));
    store.removeWritten({ namespace: 'n', name: 'a', uid: 'old' });
    expect(store.get('n/a')?.metadata.uid).toBe('new');
  });

  test('that one of our writes made is told by the watch after what came before it', () => {
    store.put(copy('a', 5));
    store.removeWritten({ namespace: 'n', name: 'a', uid: 'uid-a' });
    store.put(copy('a', 6));
    store.remove('n/a', '7');
    expect(store.get('n/a')).toBeUndefined();
  });

  test('of what is not there tells nobody', () => {
    store.remove('n/a', '6');
    expect(told).toEqual([]);
  });
});

describe('a list', () => {
  const list = (version: string, ...copies: Thing[]) => store.replace(new Map(copies.map((object) => [`n/${object.metadata.name}`, object])), version);

  test('replaces everything that is older than it', () => {
    store.put(copy('gone', 1));
    store.put(copy('same', 2));
    store.put(copy('changed', 3));
    store.put(copy('again', 4, { uid: 'first' }));
    told.length = 0;
    list('10', copy('same', 2), copy('changed', 5), copy('again', 6, { uid: 'second' }), copy('new', 7));
    expect(told.sort()).toEqual(['- second@6', '- uid-new@7', 'first@4 -', 'uid-changed@3 uid-changed@5', 'uid-gone@1 -']);
    expect(store.seen).toBe('10');
  });

  test('leaves what we wrote after it', () => {
    store.putWritten(copy('created', 11));
    store.putWritten(copy('updated', 12));
    store.putWritten(copy('again', 13, { uid: 'second' }));
    list('10', copy('updated', 9), copy('again', 8, { uid: 'first' }));
    expect(store.inNamespace('n').map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`)).toEqual(['second@13', 'uid-created@11', 'uid-updated@12']);
  });
});

describe('an index', () => {
  const owned = (uid: string): Json => ({ ownerReferences: [{ uid, kind: 'K', name: 'k', controller: true }] });

  test('follows owner, namespace and labels of the copies', () => {
    store.put(copy('b', 1, { metadata: { ...owned('o'), labels: { team: 'x', other: 'y' } } }));
    store.put(copy('a', 2, { metadata: { ...owned('o'), labels: { team: 'x' } } }));
    store.put(copy('c', 3, { metadata: { namespace: 'm', labels: { team: 'x' } } }));
    const names = (copies: readonly Thing[]) => copies.map(({ metadata }) => metadata.name);
    expect(names(store.ownedBy('o'))).toEqual(['a', 'b']);
    expect(names(store.inNamespace('n'))).toEqual(['a', 'b']);
    expect(names(store.labelled('n', { key: 'team', value: 'x' }))).toEqual(['a', 'b']);
    expect(names(store.labelled('n', { key: 'other', value: 'y' }))).toEqual(['b']);

    store.put(copy('b', 4, { metadata: { ...owned('p'), labels: { team: 'z' } } }));
    store.remove('n/a', '5');
    expect(names(store.ownedBy('o'))).toEqual([]);
    expect(names(store.ownedBy('p'))).toEqual(['b']);
    expect(names(store.labelled('n', { key: 'team', value: 'x' }))).toEqual([]);
    expect(names(store.labelled('n', { key: 'team', value: 'z' }))).toEqual(['b']);
    expect(names(store.inNamespace('n'))).toEqual(['b']);
  });
});

test('a listener that throws stops neither the others nor the store', () => {
  store.onChange(() => {
    throw new Error('listener');
  });
  store.onChange(() => told.push('last'));
  store.put(copy('a', 1));
  expect(told).toEqual(['- uid-a@1', 'last']);
  expect(thrown).toEqual([new Error('listener')]);
});
