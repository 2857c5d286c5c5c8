import { expect, test } from '@jest/globals';
import type { Request } from './audit.ts';
import { noOps } from './phase.ts';

const writes = (count: number, verb: string, resource: string, code = 200): Request[] => Array.from({ length: count }, () => ({ verb, resource, code }));
const none = { widgets: 0, deployments: 0, services: 0 };

test.each<[string, Request[], typeof none, number]>([
  ['every write was seen by a watch', [...writes(3, 'create', 'services', 201), ...writes(2, 'patch', 'widgets/status')], { ...none, services: 3, widgets: 2 }, 0],
  ['a write was accepted and nobody saw a change', writes(3, 'update', 'deployments'), { ...none, deployments: 1 }, 2],
  ['a write that was refused changes nothing, and is no no-op', writes(2, 'update', 'widgets/status', 409), none, 0],
  ['reads do not count', writes(2, 'get', 'widgets'), none, 0],
  ['Events are not watched', writes(2, 'create', 'events', 201), none, 0],
])('%s', (_name, requests, changes, expected) => expect(noOps(requests, changes)).toBe(expected));
