import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { ensureBinaries } from '../../hack/cluster/binaries.ts';
import { execute } from '../../hack/demo/cluster/execute.ts';
import { operatorConfig } from '../../operator/config.ts';
import { asItems, asRecord } from '../../operator/runtime/json.ts';
import type { Json } from '../../operator/runtime/kind.ts';
import { issue } from '../receivers/certificate.ts';

const chart = join(import.meta.dirname, '../../charts/modelkeeper');
let helm: string;
beforeAll(async () => { ({ helm } = await ensureBinaries(['helm'], () => undefined)); });

/** What the chart makes of these values, besides an image. */
async function render(values: object = {}): Promise<Json[]> {
  const input = JSON.stringify({ image: 'modelkeeper:test', ...values });
  const text = await execute(helm, ['template', 'modelkeeper', chart, '--namespace', 'ops', '--kube-version', '1.33.0', '--values', '-'], { input });
  return parseAllDocuments(text).map((document) => asRecord(document.toJS())).filter((object) => object !== undefined);
}

function metadata(object: Json): Json {
  return asRecord(object['metadata']) ?? {};
}

/** The environment of the operator's container, without what the cluster fills in. */
function environment(objects: readonly Json[]): Record<string, string> {
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  const podSpec = asRecord(asRecord(asRecord(deployment?.['spec'])?.['template'])?.['spec']);
  const [container] = asItems(podSpec?.['containers']).map(asRecord);
  return Object.fromEntries(asItems(container?.['env']).map(asRecord).flatMap((entry) => (typeof entry?.['value'] === 'string' ? [[String(entry['name']), entry['value']]] : [])));
}

describe('the operator is told', () => {
  test('where notices go, when nobody says otherwise', async () => {
    const { notify } = operatorConfig(environment(await render()));
    expect([notify.allowedHosts.map(({ host, port, allowPrivate }) => `${host}:${port} ${allowPrivate}`), notify.authorities]).toEqual([
      ['hooks.slack.com:443 false', '*.logic.azure.com:443 false', '*.api.powerplatform.com:443 false', '*.webhook.office.com:443 false'], [],
    ]);
  });

  test.each<[string, object, object]>([
    ['how long leaders wait, when nobody says otherwise', {}, { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 }],
    ['a shorter lease', { leaseDuration: '8s', renewDeadline: '5s', retryPeriod: '1s' }, { durationMs: 8_000, renewDeadlineMs: 5_000, retryMs: 1_000 }],
  ])('%s', async (_name, leaderElection, election) => {
    expect(operatorConfig(environment(await render({ leaderElection }))).election).toEqual(election);
  });

  test('other hosts and authorities', async () => {
    const { authority } = issue('receiver.tools.svc');
    const allowedHosts = [{ host: 'receiver.tools.svc', port: 8443, allowPrivate: true }];
    const { notify } = operatorConfig(environment(await render({ notify: { allowedHosts, caBundle: authority } })));
    expect(notify).toEqual({ allowedHosts, authorities: [authority.trim()] });
  });
});

describe('the right to get Secrets', () => {
  const aboutSecrets = (objects: readonly Json[]): unknown[] => objects
    .flatMap((object) => asItems(object['rules']).map((rule) => ({ kind: object['kind'], namespace: metadata(object)['namespace'], rule: asRecord(rule) })))
    .filter(({ rule, namespace }) => asItems(rule?.['resources']).includes('secrets') && namespace !== 'ops');

  test('is given nowhere, when nobody says otherwise', async () => {
    expect(aboutSecrets(await render())).toEqual([]);
  });

  test.each([[{}], [{ watchNamespace: 'team-a' }]])('is given in the namespaces that are named, and is nothing more: %j', async (values) => {
    const objects = await render({ ...values, notify: { namespaces: ['team-a', 'team-b'] } });
    const rule = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
    expect(aboutSecrets(objects)).toEqual([{ kind: 'Role', namespace: 'team-a', rule }, { kind: 'Role', namespace: 'team-b', rule }]);
    const bindings = objects.filter((object) => object['kind'] === 'RoleBinding' && metadata(object)['name'] === 'modelkeeper-operator-notify');
    expect(bindings.map((binding) => [metadata(binding)['namespace'], binding['roleRef'], binding['subjects']])).toEqual(['team-a', 'team-b'].map((namespace) => [
      namespace,
      { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'modelkeeper-operator-notify' },
      [{ kind: 'ServiceAccount', name: 'modelkeeper-operator', namespace: 'ops' }],
    ]));
  });
});

test.each<[string, object]>([
  ['a host without its name', { allowedHosts: [{ port: 443 }] }],
  ['a port that is none', { allowedHosts: [{ host: 'hooks.slack.com', port: 0 }] }],
  ['an unknown field of a host', { allowedHosts: [{ host: 'hooks.slack.com', private: true }] }],
  ['an unknown field', { hosts: [] }],
  ['a namespace of all', { namespaces: ['*'] }],
])('refused: %s', async (_name, notify) => {
  await expect(render({ notify })).rejects.toThrow(/values don't meet the specifications/);
});
