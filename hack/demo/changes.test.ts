import { expect, test } from '@jest/globals';
import { Changes } from './changes.ts';

test('only what is new is passed on', () => {
  const changes = new Changes();
  expect(changes.of({ ingest: 'running', train: '' })).toEqual([['ingest', 'running'], ['train', '']]);
  expect(changes.of({ ingest: 'running', train: 'running' })).toEqual([['train', 'running']]);
  expect(changes.of({})).toEqual([]);
});
