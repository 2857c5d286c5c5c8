import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Revision, Violation } from '../../faults/world.ts';
import { at, isTrue } from '../../integration/operator/watching.ts';
import type { Subject } from './subject.ts';

/** Once a ModelDeployment serves, all requests go to versions of which a pod is ready, whatever its spec says. */
export function interruptions({ plural, name: subject }: Subject, history: readonly Revision[]): Violation[] {
  if (plural !== 'modeldeployments') return [];
  const ready = new Map<string, string>();
  const violations = new Set<string>();
  let weights: readonly (readonly [string, number])[] = [];
  let serves = false;
  for (const { plural: of, name, type, live } of history) {
    if (of === 'modeldeployments' && name === subject) {
      weights = asItems(at(live, 'status', 'versions')).map((version) => [String(at(version, 'name')), Number(at(version, 'weight'))]);
      if (serves && !isTrue(live, 'Available')) violations.add('it is not Available any more');
      serves ||= isTrue(live, 'Available');
    } else if (of === 'pods' && at(live, 'metadata', 'labels', 'modelkeeper.dev/model-deployment') === subject) {
      const version = at(live, 'metadata', 'labels', 'modelkeeper.dev/model-version');
      if (typeof version === 'string' && type !== 'Deleted' && isReady(live)) ready.set(name, version);
      else ready.delete(name);
    }
    const served = weights.filter(([version]) => [...ready.values()].includes(version)).reduce((sum, [, weight]) => sum + weight, 0);
    if (serves && served !== 100) violations.add(`only ${served} % of the requests go to versions that are ready`);
  }
  return [...violations].map((detail) => ({ oracle: 'serving', detail }));
}

function isReady(pod: Revision['live']): boolean {
  return at(pod, 'metadata', 'deletionTimestamp') === undefined
    && asItems(at(pod, 'status', 'conditions')).map(asRecord).some((one) => one?.['type'] === 'Ready' && one['status'] === 'True');
}
