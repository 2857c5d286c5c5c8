import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { Caches, make } from '../../../test/make.ts';
import { fileDigest } from '../../dataplane/manifest.ts';
import { labels } from '../labels.ts';
import { ConfigMap } from '../resources/objects.ts';
import { configMapNameOf, profileConfigMap, profileOf } from './profile.ts';

const file = Buffer.from(JSON.stringify(make.profile));
const gzip = gzipSync(file).toString('base64');
const version = make.version({ spec: { profile: { uri: 'pvc://store/x', digest: fileDigest(file) } } });

/** The ConfigMap as the API server would give it back. */
function stored(binaryData: unknown, owner = version.metadata, component: string = 'profile') {
  const name = configMapNameOf(version.metadata);
  const metadata = make.meta(name, { labels: { [labels.component]: component }, owner: { uid: owner.uid, kind: 'ModelVersion', name: owner.name } });
  return ConfigMap.project(metadata, { metadata: {}, binaryData });
}

const read = (live: ReturnType<typeof stored>) => profileOf(new Caches().put(ConfigMap, live).read, version);

describe('the published profile', () => {
  test('is read back as it was written', () => {
    const { body } = profileConfigMap(version.metadata, gzip);
    expect(body).toMatchObject({ metadata: { name: configMapNameOf(version.metadata) }, immutable: true });
    expect(read(stored(body['binaryData']))).toEqual(make.profile);
  });

  test('is not read again while it is in use', () => {
    const live = stored({ 'profile.json.gz': gzip });
    const first = read(live);
    expect(read(live)).toBe(first);
  });

  test.each([
    ['of another digest', stored({ 'profile.json.gz': gzipSync('{}').toString('base64') })],
    ['without its key', stored({})],
    ['without data', stored(undefined)],
    ['that is no gzip', stored({ 'profile.json.gz': 'AAAA' })],
    ['of another owner', stored({ 'profile.json.gz': gzip }, make.meta('someone'))],
  ])('is not one %s', (_name, live) => expect(read(live)).toBeUndefined());

  test('is undefined while there is none', () => expect(profileOf(new Caches().read, version)).toBeUndefined());
});

test.each([['profile', false], ['panes', true], ['router', false]])('of a ConfigMap with component %s the data is kept: %s', (component, kept) => {
  expect(stored({ 'profile.json.gz': gzip }, version.metadata, component).binaryData !== undefined).toBe(kept);
});
