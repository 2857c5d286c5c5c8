import type { Kubectl } from '../cluster/kubectl.ts';
import { sameCounts, type Check } from '../promise.ts';
import type { DemoRecord } from '../record.ts';
import { largestWeight, routerRequests } from '../watch/routers.ts';

const slowestSeconds = 10;

/** The routers counted what the clients counted, and a version that was stopped gets nothing. */
export async function trafficChecks(kubectl: Kubectl, record: DemoRecord): Promise<Check[]> {
  const { client, deployment, worse, versions: [, second], rollout } = record;
  const counted = await routerRequests(kubectl, deployment);
  const checks = [
    { kept: client.failed === 0 && client.ok === client.requests, text: `clients made ${client.requests} requests, ${client.failed} failed` },
    ...[...new Set([...Object.keys(client.byVersion), ...Object.keys(counted)])].map((version) => ({
      kept: sameCounts({ [version]: client.byVersion[version] ?? 0 }, { [version]: counted[version] ?? 0 }),
      text: `${version}: clients counted ${client.byVersion[version] ?? 0}, routers ${counted[version] ?? 0}`,
    })),
  ];
  if (worse === undefined || !second) return checks;
  const weight = await largestWeight(kubectl, deployment, second.name);
  checks.push({ kept: weight === 0, text: `${second.name} has weight ${weight} on every router` });
  if (worse === 'offline') checks.push({ kept: (counted[second.name] ?? 0) === 0, text: `${second.name} never got a request` });
  else checks.push({ kept: rollout !== undefined && rollout.seconds <= slowestSeconds, text: `${second.name} lost its traffic ${rollout?.seconds.toFixed(1) ?? '?'} s after the verdict` });
  return checks;
}
