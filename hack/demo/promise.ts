import { loopPromises } from './promise-loop.ts';
import type { DemoRecord } from './record.ts';

/** Something the demo promises has not come true. The message says so in one sentence. */
export class NotAsPromised extends Error {
  override readonly name = 'NotAsPromised';
}

/** One promise of the demo, and whether it came true. */
export interface Check {
  readonly kept: boolean;
  readonly text: string;
}

const slowestSeconds = 10;

/** What was promised of a demo that ended as `record` says. */
export function promises(record: DemoRecord): Check[] {
  return [...servingPromises(record), ...(record.loop ? loopPromises(record, record.loop) : [])];
}

function servingPromises(record: DemoRecord): Check[] {
  const { client, routers, worse, specGeneration } = record;
  const [first, second] = record.versions;
  const checks = [
    { kept: client.failed === 0 && client.requests > 0 && client.ok === client.requests, text: `${client.failed} of ${client.requests} requests failed` },
    { kept: sameCounts(client.byVersion, routers.byVersion), text: `clients counted ${counts(client.byVersion)}; routers counted ${counts(routers.byVersion)}` },
    { kept: specGeneration.before === specGeneration.after, text: `the spec of ${record.deployment} is as it was (generation ${specGeneration.after})` },
  ];
  if (!second) return [...checks, { kept: record.activeVersion === first?.name, text: `${record.activeVersion} serves` }];
  if (worse === undefined) return [...checks, { kept: second.ready && record.activeVersion === second.name, text: `${record.activeVersion} serves every request after the rollout` }];
  const served = client.byVersion[second.name] ?? 0;
  const stayed = { kept: record.activeVersion === first?.name, text: `${record.activeVersion} serves every request again` };
  return worse === 'offline'
    ? [...checks, stayed, { kept: !second.ready && served === 0 && (routers.byVersion[second.name] ?? 0) === 0, text: `${second.name} was refused and got ${served} requests` }]
    : [...checks, stayed, ...stopped(record)];
}

function stopped({ rollout, versions: [, second] }: DemoRecord): Check[] {
  if (!rollout || !second) return [{ kept: false, text: 'the worse version was not stopped' }];
  return [
    { kept: second.ready, text: `${second.name} had passed its gates` },
    { kept: rollout.step === 0 && rollout.reason === 'AnalysisFailed', text: `it was stopped in step ${rollout.step + 1} (${rollout.reason})` },
    { kept: rollout.seconds <= slowestSeconds, text: `no router sent it anything ${rollout.seconds.toFixed(1)} s after the verdict` },
  ];
}

export function sameCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((version) => (a[version] ?? 0) === (b[version] ?? 0));
}

function counts(byVersion: Readonly<Record<string, number>>): string {
  return Object.entries(byVersion).filter(([, count]) => count > 0).map(([version, count]) => `${version} ${count}`).join(', ') || 'nothing';
}
