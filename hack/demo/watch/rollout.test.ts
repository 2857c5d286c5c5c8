import { describe, expect, test } from '@jest/globals';
import type { ModelDeployment } from '../cluster/objects.ts';
import { shareLine } from './rollout.ts';

const deployment = (desired: number, verified: number): ModelDeployment => ({
  kind: 'ModelDeployment', metadata: { name: 'fraud', uid: 'u' }, spec: {} as ModelDeployment['spec'], status: { weight: { desired, verified } },
});
const line = { second: 9, sent: 903, ok: 900, failed: 0, byVersion: { 'fraud-1': 1_675, 'fraud-2': 225 }, labels: 0, recall: { 'fraud-1': 0.5 }, time: '2026-01-01T00:00:09Z', day: 1, pattern: false, lastDay: { 'fraud-1': 0.7741 } };

describe('the line about a share', () => {
  test('shows what every router has, and what clients saw', () => {
    expect(shareLine(deployment(25, 25), 'fraud-2', line))
      .toBe('fraud-2 [=====               ]  25 %   fraud-1 1,675 answers, recall 0.77   fraud-2 225 answers   failed 0');
  });

  test('shows where the routers are told to go', () => {
    expect(shareLine(deployment(50, 25), 'fraud-2', undefined)).toBe('fraud-2 [=====               ]  25 % -> 50 %');
  });
});
