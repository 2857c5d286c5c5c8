import { describe, expect, test } from '@jest/globals';
import type { NoticeWant } from '../../notify/notice.ts';
import { DriftSource, noFacts, type DriftWant } from './source.ts';

const want = (retentionMs: number, deployment = 'ml/fraud'): DriftWant => ({ deployment, retentionMs, notices: [] });

function joined(): { source: DriftSource; retention: Map<string, number | undefined>; notices: Map<string, NoticeWant | undefined> } {
  const retention = new Map<string, number | undefined>();
  const notices = new Map<string, NoticeWant | undefined>();
  const panes = { capture: (deployment: string, ms: number | undefined) => { retention.set(deployment, ms); }, captured: () => noFacts.captured };
  const deliveries = { want: (key: string, list: NoticeWant | undefined) => { notices.set(key, list); }, facts: () => noFacts.deliveries, onChange: () => undefined };
  return { source: new DriftSource(panes, deliveries), retention, notices };
}

describe('panes are kept', () => {
  test('for as long as the policy that looks back farthest needs them', () => {
    const { source, retention } = joined();
    source.want('ml/a', want(10));
    source.want('ml/b', want(30));
    expect(retention.get('ml/fraud')).toBe(30);
    source.want('ml/b', undefined);
    expect(retention.get('ml/fraud')).toBe(10);
    source.want('ml/a', undefined);
    expect(retention.get('ml/fraud')).toBeUndefined();
  });

  test('of the ModelDeployment that is watched now', () => {
    const { source, retention } = joined();
    source.want('ml/a', want(10, 'ml/old'));
    source.want('ml/a', want(10, 'ml/new'));
    expect([retention.get('ml/old'), retention.get('ml/new')]).toEqual([undefined, 10]);
  });
});

test('nothing more is delivered for a policy that is gone', () => {
  const { source, notices } = joined();
  source.want('ml/a', want(10));
  source.want('ml/a', undefined);
  expect(notices.get('ml/a')).toBeUndefined();
});
