import { describe, expect, test } from '@jest/globals';
import type { LoopRecord, VersionRecord } from '../record.ts';
import { eventsOf } from './events.ts';

const at = (minute: number): string => `2026-01-01T10:${String(minute).padStart(2, '0')}:00Z`;
const none: LoopRecord = { policy: { name: 'fraud', uid: 'u' }, began: at(0), windows: [], shares: [], clients: [], alerts: [] };
const candidate = { name: 'fraud-2', createdAt: at(5), metrics: { recall: 0.98 }, champion: { version: 'fraud-1', metrics: { recall: 0.15 } } } as unknown as VersionRecord;
const window = { start: at(2), end: at(3) };

const loop: LoopRecord = {
  ...none,
  pattern: at(1),
  windows: [{ ...window, version: 'fraud-1', drifted: true, checks: [{ name: 'inputs', state: 'Breached', samples: 3_000, worst: [{ feature: 'amount', value: 0.2, threshold: 0.1 }], message: '' }] }],
  shares: [{ at: at(0), active: 'fraud-1', percent: 0 }, { at: at(6), active: 'fraud-1', candidate: 'fraud-2', percent: 25 }, { at: at(7), active: 'fraud-2', percent: 0 }],
  alerts: [{ at: at(3), receiver: 'Slack', key: 'a', kind: 'Drift' }, { at: at(3), receiver: 'Teams', key: 'b', kind: 'Drift' }],
  episode: { start: at(3), window, version: 'fraud-1', baseline: '', checks: ['inputs', 'recall'] },
  retraining: { episode: at(3), window, trigger: 'inputs', run: 'fraud-drift-1', startedAt: at(4), created: true, outcome: 'Promoted', message: 'fraud-2 serves every request', endedAt: at(7), candidate: 'fraud-2' },
  lastEpisode: { start: at(3), end: at(8), outcome: 'Recovered' },
};

describe('the events of a loop', () => {
  test('are told in the order of time', () => {
    expect(eventsOf({ versions: [candidate] }, loop).map(({ text }) => text)).toEqual([
      'card testing begins',
      'drift is found by inputs and recall: amount differs by 0.20 (limit 0.10)',
      'told Slack and Teams: Drift',
      'run fraud-drift-1 begins, on all days until then',
      'fraud-2 is registered: recall 0.980, fraud-1 0.150 on the same day',
      'fraud-2 gets 25 % of the requests',
      'Promoted: fraud-2 serves every request',
      'every check passes again: recovered',
    ]);
  });

  test('are none where nothing was found', () => expect(eventsOf({ versions: [] }, none)).toEqual([]));
});
