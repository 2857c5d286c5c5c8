import { describe, expect, test } from '@jest/globals';
import { promises, sameCounts } from './promise.ts';
import type { DemoRecord } from './record.ts';

const version = (name: string, ready = true): DemoRecord['versions'][number] => ({ name, ready, digest: 'sha256:0', uri: 'pvc://c/d', createdAt: '', metrics: {} });

function record(over: Partial<DemoRecord> = {}, byVersion: Record<string, number> = { 'fraud-1': 60, 'fraud-2': 40 }): DemoRecord {
  return {
    example: 'fraud', seed: 1, drift: true, access: { kubectl: 'kubectl', context: 'c' }, namespace: 'demo', deployment: 'fraud', activeVersion: 'fraud-2',
    versions: [version('fraud-1'), version('fraud-2')], runs: [],
    client: { requests: 100, ok: 100, failed: 0, byVersion, labels: 0, recall: {}, unsent: 0, errors: {}, labelErrors: {} },
    routers: { byVersion }, specGeneration: { before: 1, after: 1 }, times: {}, api: {}, operatorBytes: 0, ...over,
  };
}

const broken = (made: DemoRecord): string[] => promises(made).filter(({ kept }) => !kept).map(({ text }) => text);
const rollout = { verdictAt: '', zeroAt: '', seconds: 1.2, step: 0, reason: 'AnalysisFailed' };
const online: Partial<DemoRecord> = { worse: 'online', activeVersion: 'fraud-1', rollout };

describe('what the demo promises', () => {
  test.each<[string, DemoRecord]>([
    ['a better version that took over', record()],
    ['one version alone', record({ versions: [version('fraud-2')] })],
    ['a version that the gate refused', record({ worse: 'offline', activeVersion: 'fraud-1', versions: [version('fraud-1'), version('fraud-2', false)] }, { 'fraud-1': 100 })],
    ['a version that live requests exposed', record(online)],
  ])('is kept by %s', (_, made) => expect(broken(made)).toEqual([]));

  test.each<[string, DemoRecord]>([
    ['1 of 100 requests failed', record({ client: { ...record().client, ok: 99, failed: 1 } })],
    ['clients counted fraud-1 60, fraud-2 40; routers counted fraud-1 61, fraud-2 40', record({ routers: { byVersion: { 'fraud-1': 61, 'fraud-2': 40 } } })],
    ['the spec of fraud is as it was (generation 2)', record({ specGeneration: { before: 1, after: 2 } })],
    ['fraud-1 serves every request after the rollout', record({ activeVersion: 'fraud-1' })],
    ['fraud-2 was refused and got 40 requests', record({ worse: 'offline', activeVersion: 'fraud-1' })],
    ['the worse version was not stopped', record({ worse: 'online', activeVersion: 'fraud-1' })],
    ['it was stopped in step 2 (AnalysisFailed)', record({ ...online, rollout: { ...rollout, step: 1 } })],
    ['no router sent it anything 10.5 s after the verdict', record({ ...online, rollout: { ...rollout, seconds: 10.5 } })],
  ])('is broken: %s', (text, made) => expect(broken(made)).toEqual([text]));

  test('no request at all is no success', () => {
    expect(broken(record({ client: { ...record().client, requests: 0, ok: 0 } }))).toEqual(['0 of 0 requests failed']);
  });

  test('versions without requests count as zero', () => {
    expect(sameCounts({ a: 1 }, { a: 1, b: 0 })).toBe(true);
    expect(sameCounts({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  });
});
