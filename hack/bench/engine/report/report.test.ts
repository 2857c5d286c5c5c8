import { describe, expect, test } from '@jest/globals';
import type { Counts } from '../audit.ts';
import type { Life } from '../life.ts';
import type { Counted } from '../phase.ts';
import { groups, type Group, type Run } from '../results.ts';
import type { RunResult } from '../run.ts';
import { benchPage } from './page.ts';
import { figure } from './tables.ts';
import { aligned, markdown, textReport } from './text.ts';
import { targetClaims } from './targets.ts';
import { spell, verdict } from './verdict.ts';

const counted = (writes: Counts = {}, more: Partial<Counted> = {}): Counted => ({ writes, reads: {}, watches: {}, refused: 0, noOps: 0, seconds: 1, ...more });
const latency = { p50: 10, p99: 20 };

interface Made {
  readonly rate?: number;
  readonly writes?: number;
  readonly life?: Partial<Life>;
}

function result({ rate = 100, writes = 4_000, life }: Made): RunResult {
  return {
    speed: {
      objects: 1_000, objectsPerSecond: rate, children: { paced: latency, burst: latency }, lag: { paced: latency, burst: latency }, curve: [1, 2],
      counts: counted({ 'patch services': writes }), cpuMsPerObject: 2, serverCpuMsPerObject: 12, cpuMsPerReconcile: undefined, rssMiB: { base: 100, after: 120 }, eventLoopP99Ms: undefined,
    },
    ...(life === undefined ? {} : {
      life: {
        objects: 1_100, restart: { syncedMs: 1_000, counts: counted() }, touched: counted(), updated: counted(), scaled: { ...counted(), connections: 0 },
        idle: { requestsPerSecond: 0, connections: 0 }, removed: counted(), ...life,
      },
    }),
  };
}

const run = (contender: string, made: Made, more: Partial<Run> = {}): Run =>
  ({ contender, workers: 16, ceiling: false, tier: 1, n: 1_000, repeat: 0, result: result(made), ...more });
const found = (...runs: Run[]): Group[] => groups(runs);
const machine = { cpus: 2, model: 'Example', memoryGiB: 8, node: '24.0.0', load: 0 };

describe('the verdict', () => {
  const spelled = (...runs: Run[]): string[] => verdict(found(...runs)).map(spell);

  test('is met when nothing falls short', () => {
    expect(spelled(run('ours', { life: {} }), run('controller-runtime', {}), run('kopf', { rate: 20 }))).toEqual([
      'met: no more writes per object than the controller-runtime twin (ours-16 at N = 1,000: 4, twin 4)',
      'met: 0 reads (ours-16 at N = 1,000: 0)',
      'met: 0 writes that change nothing (ours-16 at N = 1,000: 0)',
      'met: 0 writes after a restart (ours-16 at N = 1,000: 0)',
      'met: 0 new connections in a steady state (ours-16 at N = 1,000: 0)',
      'met: ours-16 at N = 1,000: at least 0.95 times the objects/s of the controller-runtime twin (1 times)',
      'met: ours-16 at N = 1,000: more objects/s than kopf (100, kopf 20)',
    ]);
  });

  test.each<[string, Run[], string]>([
    ['more writes than the twin', [run('ours', { writes: 5_000 }), run('controller-runtime', {})],
      'NOT met: no more writes per object than the controller-runtime twin (ours-16 at N = 1,000: 5, twin 4)'],
    ['a write after a restart', [run('ours', { life: { restart: { syncedMs: 1, counts: counted({ 'patch services': 1 }) } } })],
      'NOT met: 0 writes after a restart (ours-16 at N = 1,000: 1)'],
    ['a write that changes nothing', [run('ours', { life: { updated: counted({}, { noOps: 2 }) } })], 'NOT met: 0 writes that change nothing (ours-16 at N = 1,000: 2)'],
    ['a read', [run('ours', { life: { scaled: { ...counted({}, { reads: { 'get services': 3 } }), connections: 0 } } })], 'NOT met: 0 reads (ours-16 at N = 1,000: 3)'],
    ['a connection while nothing happens', [run('ours', { life: { idle: { requestsPerSecond: 0, connections: 1 } } })],
      'NOT met: 0 new connections in a steady state (ours-16 at N = 1,000: 1)'],
    ['a slower median', [run('ours', { rate: 94 }), run('controller-runtime', {})],
      'NOT met: ours-16 at N = 1,000: at least 0.95 times the objects/s of the controller-runtime twin (0.94 times)'],
    ['another twin that is faster', [run('ours', {}), run('kopf', { rate: 101 })], 'NOT met: ours-16 at N = 1,000: more objects/s than kopf (100, kopf 101)'],
  ])('names first %s', (_name, runs, line) => expect(spelled(...runs)[0]).toBe(line));

  test('compares medians of the repeats', () => {
    const rates = (contender: string, ...all: number[]): Run[] => all.map((rate, repeat) => run(contender, { rate }, { repeat }));
    expect(spelled(...rates('ours', 10, 96, 97), ...rates('controller-runtime', 100, 99, 500))).toContain(
      'met: ours-16 at N = 1,000: at least 0.95 times the objects/s of the controller-runtime twin (0.96 times)');
  });

  test('says what was not measured', () => {
    expect(spelled(run('ours', {}))).toEqual(expect.arrayContaining(['not measured: no more writes per object than the controller-runtime twin', 'not measured: 0 writes after a restart']));
  });
});

describe('what the engine was designed for', () => {
  const spelled = (...runs: Run[]): string[] => targetClaims(found(...runs)).map(spell);

  test('is judged by ours with many workers, and at the number of objects it was said for', () => {
    const lines = spelled(run('ours', { life: { recovery: { apiServerRestart: 6_000, halfOpen: 81_000, expired: null } } }), run('ours', {}, { workers: 1 }));
    expect(lines).toEqual(expect.arrayContaining([
      'met: idle requests at N = 1,000 at most 0.2/s (0/s)',
      'met: create to children at ten a second, p50 at most 20 ms (10 ms)',
      'not measured: restart to synced at N = 10,000 at most 5 s',
      'NOT met: recovery from a restart of the API server at most 5 s (6 s)',
      'met: recovery from half-open connections at most 90 s (81 s)',
      'NOT met: recovery from 410 at most 5 s (never)',
      'not measured: memory of 1,000 objects at most 8 MiB',
    ]));
  });

  test('holds for the memory between two numbers of objects', () => {
    const heavy = run('ours', {}, { n: 10_000 });
    const speed = heavy.result!.speed;
    expect(spelled(run('ours', {}), { ...heavy, result: { speed: { ...speed, rssMiB: { base: 100, after: 210 } } } })).toContain('NOT met: memory of 1,000 objects at most 8 MiB (10 MiB)');
  });
});

test.each<[number | undefined, string]>([[undefined, '-'], [4, '4'], [1_234, '1234'], [0.5, '0.50'], [12.34, '12.3'], [123.4, '123'], [0.001, '0.00'], [Number.POSITIVE_INFINITY, 'never']])(
  'the figure %p is written %s', (value, expected) => expect(figure(value)).toBe(expected));

describe('a table', () => {
  const table = { title: 'Speed', columns: ['who', 'objects/s'], rows: [['ours-16', '9'], ['raw-16', '100']] };

  test('is aligned for a terminal', () => {
    expect(aligned(table).split('\n')).toEqual(['Speed', 'who      objects/s', 'ours-16          9', 'raw-16         100']);
  });

  test('is a table of Markdown', () => {
    expect(markdown(table).split('\n').slice(2, 5)).toEqual(['| who | objects/s |', '| --- | ---: |', '| ours-16 | 9 |']);
  });
});

describe('a report', () => {
  const failed: Run = { contender: 'twin', workers: 16, ceiling: false, tier: 1, n: 1_000, repeat: 0, error: 'it <ended>' };
  const all = found(run('kopf', {}), run('raw', {}, { ceiling: true }), failed, run('ours', { life: {} }));

  test('shows ours first, ceilings last, and why there is no figure', () => {
    const rows = textReport(all, machine).split('\n').filter((line) => line.includes('-16 ')).map((line) => line.split('  ')[0]);
    expect(rows.slice(0, 4)).toEqual(['ours-16', 'kopf-16', 'twin-16', 'raw-16']);
    expect(textReport(all, machine)).toMatch(/^twin-16 +failed: it <ended>$/m);
  });

  test('escapes what processes said, and needs nothing else', () => {
    const page = benchPage(all, { at: 'now', machine });
    expect(page).toContain('it &lt;ended&gt;');
    expect(page).not.toMatch(/(src|href)=/);
  });
});
