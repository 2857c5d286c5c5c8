import { beforeEach, expect, test } from '@jest/globals';
import type { Json } from '../runtime/kind.ts';
import { parseEvent } from './event.ts';
import { Intake } from './intake.ts';
import { parseMeta } from './metadata.ts';
import { Store } from './store.ts';
import { thing, things, type Thing } from './testing/stub.ts';

let store: Store<Thing>;
let intake: Intake;

beforeEach(() => {
  store = new Store<Thing>([], () => undefined);
  intake = new Intake(store as unknown as Store, things);
  listed(12, thing('a', 10), thing('b', 11));
});

function listed(version: number, ...objects: readonly Json[]): void {
  intake.replace(new Map(objects.map((live) => [`n/${String(parseMeta(live)?.name)}`, intake.project(parseMeta(live)!, live)])), String(version));
}

/** What a write of ours returned. */
function written(live: Json): Json {
  store.putWritten(things.project(parseMeta(live)!, live));
  return live;
}

/** What a line of the watch came to. */
function told(type: string, object: Json): unknown {
  const line = JSON.stringify({ type, object });
  return intake.takeEcho(line) ? 'echo' : intake.take(parseEvent(line)!) ?? 'taken';
}

function stored(): string[] {
  return store.inNamespace('n').map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
}

test('a write is told once, and the watch has got past it', () => {
  const live = written(thing('c', 13));
  expect([told('ADDED', live), told('ADDED', live), told('MODIFIED', thing('c', 14))]).toEqual(['echo', 'taken', 'taken']);
  expect([stored(), intake.resume]).toEqual([['a@10', 'b@11', 'c@14'], '14']);
});

test('the event of another object is not taken for that of a write, whatever its user calls things', () => {
  const live = written(thing('c', 13));
  const labelled = thing('a', 12, { metadata: { labels: { resourceVersion: '13' } }, value: 'news' });
  expect([told('MODIFIED', labelled), told('ADDED', live), told('DELETED', thing('c', 14))]).toEqual(['taken', 'echo', 'taken']);
  expect(stored()).toEqual(['a@12', 'b@11']);
});

test('a write that a list has caught up with has no event any more', () => {
  const live = written(thing('c', 13));
  listed(20, live);
  expect(told('MODIFIED', live)).toBe('stale');
  expect(stored()).toEqual(['c@13']);
});

test('nothing is an echo while a list is being gathered', () => {
  const live = written(thing('c', 13));
  intake.relist();
  intake.begin();
  expect(told('ADDED', live)).toBe('taken');
});
