import { describe, expect, test } from '@jest/globals';
import { settings, sources } from '../../test/make.ts';
import { kinds } from '../../operator/api/v1alpha1/index.ts';
import { controllers } from '../../operator/controllers/index.ts';
import { clusterRules, namespaceRules, notifyRules } from './rbac.ts';

const list = controllers(settings, sources);
const cluster = clusterRules(list);
const verbsOf = (group: string, resource: string): readonly string[] => cluster.filter(({ apiGroups, resources }) => apiGroups.includes(group) && resources.includes(resource)).flatMap(({ verbs }) => verbs);

describe('the operator may', () => {
  test.each([
    ['watch and write what it applies', 'apps', 'deployments', ['get', 'list', 'watch', 'create', 'patch', 'delete']],
    ['remove the Jobs of a cancelled run', 'batch', 'jobs', ['get', 'list', 'watch', 'create', 'patch', 'delete']],
    ['never delete a claim', '', 'persistentvolumeclaims', ['get', 'list', 'watch', 'create', 'patch']],
    ['never delete a registered version', 'modelkeeper.dev', 'modelversions', ['get', 'list', 'watch', 'create', 'patch']],
    ['only look at pods', '', 'pods', ['get', 'list', 'watch']],
    ['read the log of a pod', '', 'pods/log', ['get']],
    ['only look at what people write', 'modelkeeper.dev', 'pipelines', ['get', 'list', 'watch']],
    ['write status, and no more of it', 'modelkeeper.dev', 'pipelines/status', ['patch']],
    ['write events', 'events.k8s.io', 'events', ['create']],
  ])('%s', (_name, group, ...[resource, verbs]) => expect(verbsOf(group, resource)).toEqual(verbs));

  test('write the status of every kind', () => {
    for (const { plural } of kinds) expect(verbsOf('modelkeeper.dev', `${plural}/status`)).toEqual(['patch']);
  });

  test('watch all that a controller watches, and write all that it owns', () => {
    for (const { resources, owns } of list) {
      for (const { group, plural } of resources) expect(verbsOf(group, plural)).toEqual(expect.arrayContaining(['get', 'list', 'watch']));
      for (const { resource: { group, plural }, life } of owns) {
        expect(verbsOf(group, plural)).toEqual(expect.arrayContaining(life === 'Apply' ? ['create', 'patch', 'delete'] : ['create', 'patch']));
      }
    }
  });
});

describe('the operator may not', () => {
  const all = [...cluster, ...namespaceRules(), ...notifyRules()];
  test('do just anything', () => {
    for (const { apiGroups, resources, verbs } of all) for (const word of [...apiGroups, ...resources, ...verbs]) expect(word).not.toContain('*');
  });
  test.each(['secrets', 'pods/exec', 'pods/attach', 'pods/portforward', 'nodes', 'serviceaccounts/token', 'roles', 'clusterroles', 'rolebindings', 'clusterrolebindings', 'namespaces'])(
    'touch %s in the cluster', (resource) => expect(cluster.flatMap(({ resources }) => resources)).not.toContain(resource));
  test.each(['impersonate', 'escalate', 'bind', 'deletecollection'])('%s', (verb) => expect(all.flatMap(({ verbs }) => verbs)).not.toContain(verb));
  test('read another Secret than its own', () => {
    expect(namespaceRules().filter(({ resources }) => resources.includes('secrets'))).toEqual([
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['modelkeeper-signing-key'], verbs: ['get'] },
    ]);
  });
});

test('each resource has one rule', () => {
  const named = cluster.flatMap(({ apiGroups, resources }) => apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`)));
  expect(named).toEqual([...new Set(named)].sort());
});
