import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Credentials, loadConfig } from './credentials.ts';

let dir: string;

beforeEach(() => {
  jest.useFakeTimers();
  dir = mkdtempSync(join(tmpdir(), 'credentials-'));
  write('ca', 'first CA');
  write('token', 'first token');
});

afterEach(() => {
  jest.useRealTimers();
  rmSync(dir, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

/** A kubeconfig that reads its token from a file, as the one of a pod does. */
function kubeconfig(more: { cluster?: object; user?: object } = {}): string {
  return write('config', stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://example.com:6443/prefix', 'certificate-authority': join(dir, 'ca'), ...more.cluster } }],
    users: [{ name: 'u', user: more.user ?? { 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(dir, 'token') } } } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }));
}

function credentials(file = kubeconfig()): Credentials {
  return new Credentials(() => loadConfig({ file }));
}

function later(): void {
  jest.setSystemTime(Date.now() + 61_000);
}

test('the server, the token and the certificate authority come from the kubeconfig', async () => {
  const access = await credentials().current();
  expect(access.server.href).toBe('https://example.com:6443/prefix');
  expect(access.headers).toEqual({ authorization: 'Bearer first token' });
  expect(String(access.tls.ca)).toBe('first CA');
});

describe('a token that rotates', () => {
  test('is used within a minute, on the connections there are', async () => {
    const known = credentials();
    const before = await known.current();
    write('token', 'second token');
    expect((await known.current()).headers).toEqual(before.headers);
    later();
    const after = await known.current();
    expect(after.headers).toEqual({ authorization: 'Bearer second token' });
    expect(after.fingerprint).toBe(before.fingerprint);
  });

  test('is used at once after a renewal', async () => {
    const known = credentials();
    await known.current();
    write('token', 'second token');
    known.renew();
    expect((await known.current()).headers).toEqual({ authorization: 'Bearer second token' });
  });
});

test('another certificate authority needs other connections', async () => {
  const known = credentials();
  const before = await known.current();
  write('ca', 'second CA');
  later();
  expect((await known.current()).fingerprint).not.toBe(before.fingerprint);
});

test('many callers cause one reading', async () => {
  let loads = 0;
  const file = kubeconfig();
  const known = new Credentials(() => {
    loads++;
    return loadConfig({ file });
  });
  await Promise.all(Array.from({ length: 10 }, () => known.current()));
  expect(loads).toBe(1);
});

test('a reading that failed is tried again', async () => {
  const file = join(dir, 'config');
  const known = new Credentials(() => loadConfig({ file }));
  await expect(known.current()).rejects.toThrow('ENOENT');
  kubeconfig();
  await expect(known.current()).resolves.toMatchObject({ headers: { authorization: 'Bearer first token' } });
});

test('a user with a password gets in', async () => {
  const access = await credentials(kubeconfig({ user: { username: 'me', password: 'secret' } })).current();
  expect(access.headers['authorization']).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
});

test('a proxy is refused rather than ignored', async () => {
  await expect(credentials(kubeconfig({ cluster: { 'proxy-url': 'http://proxy' } })).current()).rejects.toThrow('proxy-url is not supported');
});

test('another context than the current one can be chosen, if it exists', async () => {
  const known = new Credentials(() => loadConfig({ file: kubeconfig(), context: 'missing' }));
  await expect(known.current()).rejects.toThrow('names no cluster');
});
