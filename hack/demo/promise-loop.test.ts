import { describe, expect, test } from '@jest/globals';
import { loopPromises } from './promise-loop.ts';
import type { AlertRecord, DemoRecord, LoopRecord, WindowRecord } from './record.ts';

const at = (minute: number): string => `2026-01-01T10:${String(minute).padStart(2, '0')}:00Z`;
const window = (minute: number, version: string, drifted = false, state: 'OK' | 'Breached' = 'OK'): WindowRecord =>
  ({ start: at(minute - 1), end: at(minute), version, drifted, checks: [{ name: 'inputs', state, samples: 3_000, worst: [], message: '' }] });
const alert = (kind: AlertRecord['kind'], receiver: AlertRecord['receiver']): AlertRecord => ({ at: at(5), receiver, key: `${kind ?? ''} ${receiver}`, kind });
const drift = [alert('Drift', 'Slack'), alert('Drift', 'Teams')];
const recovered = [alert('Recovered', 'Slack'), alert('Recovered', 'Teams')];

const closed: LoopRecord = {
  policy: { name: 'fraud', uid: 'u' }, began: at(0), pattern: at(3), shares: [], clients: [],
  windows: [window(3, 'fraud-1'), window(5, 'fraud-1', true, 'Breached'), window(9, 'fraud-2')],
  alerts: [...drift, ...recovered],
  episode: { start: at(5), window: { start: at(4), end: at(5) }, version: 'fraud-1', baseline: '', checks: ['inputs', 'recall'] },
  retraining: { episode: at(5), window: { start: at(4), end: at(5) }, trigger: 'inputs', run: 'r2', startedAt: at(5), created: true, candidate: 'fraud-2', outcome: 'Promoted', message: '', endedAt: at(8) },
  lastEpisode: { start: at(5), end: at(9), outcome: 'Recovered' },
};
const candidate = { name: 'fraud-2', metrics: { recall: 0.98 }, champion: { version: 'fraud-1', metrics: { recall: 0.15 } } };
const record = { drift: true, runs: [{ name: 'r1' }, { name: 'r2' }], versions: [{ name: 'fraud-1' }, candidate] } as unknown as DemoRecord;
const quiet: LoopRecord = { ...closed, alerts: [], windows: Array.from({ length: 30 }, (_, minute) => window(minute + 1, 'fraud-1')) };

const broken = (of: DemoRecord, loop: LoopRecord): string[] => loopPromises(of, loop).filter(({ kept }) => !kept).map(({ text }) => text);

describe('what the demo promises of the loop', () => {
  test.each<[string, DemoRecord, LoopRecord]>([
    ['a model that was retrained and recovered', record, closed],
    ['a model that the gate refused', { ...record, worse: 'offline' }, { ...closed, alerts: drift, retraining: { ...closed.retraining!, outcome: 'Refused' } }],
    ['a model that live requests exposed', { ...record, worse: 'online' }, { ...closed, alerts: drift, retraining: { ...closed.retraining!, outcome: 'RolledBack' } }],
    ['thirty windows without an alarm', { ...record, drift: false }, quiet],
  ])('is kept by %s', (_name, of, loop) => expect(broken(of, loop)).toEqual([]));

  test.each<[string, LoopRecord]>([
    ['told of Drift: Slack 2, Teams 1', { ...closed, alerts: [...closed.alerts, alert('Drift', 'Slack')] }],
    ['told of Recovered: Slack 0, Teams 0', { ...closed, alerts: drift }],
    ['every message is one that the policy knows of', { ...closed, alerts: [...closed.alerts, alert(undefined, 'Slack')] }],
    ['1 alarms before fraud changed', { ...closed, windows: [window(2, 'fraud-1', true), ...closed.windows] }],
    ['drift was found 240 s after fraud had changed', { ...closed, pattern: at(1) }],
    ['it was found by recall', { ...closed, episode: { ...closed.episode!, checks: ['recall'] } }],
    ['one run was made for it: other', { ...closed, retraining: { ...closed.retraining!, run: 'other' } }],
    ['the loop ended as RunFailed', { ...closed, retraining: { ...closed.retraining!, outcome: 'RunFailed' } }],
    ['the episode ended as Fruitless', { ...closed, lastEpisode: { ...closed.lastEpisode!, outcome: 'Fruitless' } }],
    ['the newest window of fraud-2 passes every check', { ...closed, windows: [window(9, 'fraud-2', false, 'Breached')] }],
  ])('is broken: %s', (text, loop) => expect(broken(record, loop)).toEqual([text]));

  test.each<[string, LoopRecord, string]>([
    ['an alarm', { ...quiet, windows: [...quiet.windows.slice(1), window(31, 'fraud-1', true)] }, '30 windows in a row, 1 of them in an alarm'],
    ['too few windows', { ...quiet, windows: quiet.windows.slice(1) }, '29 windows in a row, 0 of them in an alarm'],
    ['a message', { ...quiet, alerts: [alert('Drift', 'Slack')] }, '1 messages'],
  ])('without a new pattern is broken by %s', (_name, loop, text) => expect(broken({ ...record, drift: false }, loop)).toEqual([text]));

  test('a new model must be better than the old one on the same day', () => {
    const other = { ...record, versions: [record.versions[0]!, { ...record.versions[1]!, metrics: { recall: 0.1 } }] };
    expect(broken(other, closed)).toEqual(['on the same held-out day, recall was 0.100 of the new model and 0.150 of the old one']);
  });
});
