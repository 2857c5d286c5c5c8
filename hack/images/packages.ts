import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { run } from './run.ts';

/** Debian packages that an image build needs, each with a file that proves it is there: a program on PATH or a full path. */
const needed = {
  buildah: 'buildah',
  mmdebstrap: 'mmdebstrap',
  'debian-archive-keyring': '/usr/share/keyrings/debian-archive-keyring.gpg',
} as const;

async function present(proof: string): Promise<boolean> {
  const candidates = proof.startsWith('/') ? [proof] : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, proof));
  const found = await Promise.all(candidates.map((file) => access(file, constants.R_OK).then(() => true, () => false)));
  return found.includes(true);
}

function installCommand(packages: readonly string[]): string {
  return `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/** Installs what is missing only with the user's word; without it, says in one line what to type. */
export async function requirePackages(install: boolean, progress: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [name, proof] of Object.entries(needed)) if (!(await present(proof))) missing.push(name);
  if (missing.length === 0) return;
  const command = installCommand(missing);
  if (!install) {
    throw new Error(`packages of the operating system are missing: repeat with --install, or run\n  ${command}\n` +
      'Without root or apt, build with Docker instead: npm run images -- context');
  }
  progress(`installing packages of the operating system: ${missing.join(' ')}`);
  await run(['sh', '-c', command], { env: { DEBIAN_FRONTEND: 'noninteractive' } });
}
