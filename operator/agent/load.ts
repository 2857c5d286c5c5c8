import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Message } from '../dataplane/message.ts';
import type { LoadTask } from '../dataplane/task.ts';
import { copyArtifact } from './artifact.ts';
import { resolveLocation } from './location.ts';

/** Fills `to` with a verified artifact, or leaves it empty. The copy is made inside `to` because only there a rename crosses no volume. */
export async function loadArtifact(task: z.infer<typeof LoadTask>): Promise<Message> {
  await mkdir(task.to, { recursive: true });
  for (const name of await readdir(task.to)) await rm(join(task.to, name), { recursive: true, force: true });
  const staging = await mkdtemp(join(task.to, '.loading-'));
  try {
    const source = await resolveLocation(task.artifact);
    const bytes = await copyArtifact(source, task.digest, { path: staging, asFolder: true });
    for (const name of await readdir(staging)) await rename(join(staging, name), join(task.to, name));
    return { artifacts: [{ name: 'artifact', digest: task.digest, bytes }], results: [] };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
