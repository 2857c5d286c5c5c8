import { request } from 'undici';

/** Lets etcd forget all but the newest state of every object. A running API server still knows what it has kept in its watch caches. */
export async function compact(etcd: string): Promise<void> {
  const post = async (path: string, body: object): Promise<unknown> => (await request(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) })).body.json();
  const range = await post('/v3/kv/range', { key: Buffer.from('/').toString('base64'), limit: 1, keys_only: true }) as { readonly header: { readonly revision: string } };
  await post('/v3/kv/compaction', { revision: range.header.revision, physical: true });
}
