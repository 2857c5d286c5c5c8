import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);

export interface Subject {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly hosts?: readonly string[];
}

/** The certificate authority of one cluster: a folder of NAME.crt and NAME.key, and the program that issues them. */
export interface Authority {
  readonly dir: string;
  readonly pki: string;
}

export async function issue(authority: Authority, name: string, subject: Subject): Promise<void> {
  const { user, groups = [], hosts = [] } = subject;
  await run(authority.pki, ['-dir', authority.dir, '-name', name, '-user', user, '-groups', groups.join(','), '-hosts', hosts.join(',')]);
}

/** Issues a client certificate for `subject` and writes NAME.kubeconfig, which holds all it needs, beside it. */
export async function issueKubeconfig(authority: Authority, name: string, subject: Subject & { readonly server: string }): Promise<string> {
  await issue(authority, name, subject);
  const base64 = (file: string): string => readFileSync(join(authority.dir, file)).toString('base64');
  const path = join(authority.dir, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'modelkeeper',
    clusters: [{ name: 'modelkeeper', cluster: { server: subject.server, 'certificate-authority-data': base64('ca.crt') } }],
    users: [{ name, user: { 'client-certificate-data': base64(`${name}.crt`), 'client-key-data': base64(`${name}.key`) } }],
    contexts: [{ name: 'modelkeeper', context: { cluster: 'modelkeeper', user: name } }],
  };
  writeFileSync(path, stringify(config), { mode: 0o600 });
  return path;
}

/** The key that signs service account tokens. */
export function writeServiceAccountKey(authority: Authority): void {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(authority.dir, 'service-account.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(authority.dir, 'service-account.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
}
