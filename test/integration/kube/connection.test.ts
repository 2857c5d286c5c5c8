import { afterEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { mostRequests } from '../../../operator/kube/connections.ts';
import { openTransport } from '../../../operator/kube/transport.ts';
import { Notes } from '../../../operator/kube/testing/stub.ts';
import { apiServer } from '../apiserver.ts';
import { configMap, configMaps, deployments, services, world, type World } from './world.ts';

let open: World | undefined;

afterEach(async () => {
  await open?.close();
  open = undefined;
});

test('in a steady state no connection is made', async () => {
  open = await world({ resources: [configMaps, deployments, services] });
  const w = open;
  await w.cluster.start();
  const write = (n: number) => w.cluster.apply(configMaps, { ...configMap(`c-${n % 50}`, { n: String(n) }), metadata: { name: `c-${n % 50}`, namespace: w.namespace } });
  await Promise.all(Array.from({ length: 50 }, (_, n) => write(n)));
  const before = w.proxy.connections;
  expect(before).toBeLessThanOrEqual(mostRequests + 3);
  expect(w.notes.connections).toBe(before);

  for (let round = 1; round <= 10; round++) await Promise.all(Array.from({ length: 50 }, (_, n) => write(50 * round + n)));
  for (let n = 0; n < 50; n++) await write(n);
  expect(w.proxy.connections).toBe(before);
}, 120_000);

test('credentials that are refused are read again, and the request goes through', async () => {
  const { kubeconfig } = await apiServer();
  const good = readFileSync(kubeconfig, 'utf8');
  const config = parse(good) as { users: { user: object }[] };
  for (const entry of config.users) entry.user = { token: 'nobody' };
  const dir = mkdtempSync(join(tmpdir(), 'credentials-'));
  const file = join(dir, 'kubeconfig');
  writeFileSync(file, stringify(config));

  const notes = new Notes();
  const transport = openTransport({
    source: { file },
    recorder: notes,
    intercept: (send) => async (request) => {
      const answer = await send(request);
      if (answer.status === 401) writeFileSync(file, good);
      return answer;
    },
  });
  expect(await transport.request({ method: 'GET', path: '/api/v1/namespaces/default' })).toMatchObject({ kind: 'Namespace' });
  expect(notes.codes).toEqual(['GET 401', 'GET 200']);
  await transport.close();
  rmSync(dir, { recursive: true });
}, 120_000);
