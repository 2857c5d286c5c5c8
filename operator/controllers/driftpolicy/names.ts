import type { Meta } from '../../runtime/kind.ts';
import { childName, shortHash } from '../../runtime/names.ts';

type Named = Pick<Meta, 'uid' | 'name'>;

/** Entry of the ConfigMap with the panes of routers that are gone. */
export const panesEntry = 'panes.json.gz';
/** Entry of a ConfigMap that shows in what an episode was found. */
export const evidenceEntry = 'evidence.json.gz';

export function panesName(policy: Named): string {
  return childName(policy, `${policy.name}-panes`);
}

/** One for each episode. */
export function evidenceName(policy: Named, episode: string): string {
  return childName(policy, `${policy.name}-evidence`, episode);
}

/** One run for each episode, also after a crash: at most 45 characters, and another policy's episodes give other names. */
export function runName(policy: Named, episode: string): string {
  return `${policy.name.slice(0, 30).replace(/-+$/, '')}-drift-${shortHash(policy.uid, episode)}`;
}

/** Tells one message to one receiver from all others; it stays the same for every try. */
export function noticeKey(policy: Named, notice: { readonly kind: string; readonly at: string }, receiver: { readonly type: string; readonly secretKeyRef: { readonly name: string; readonly key: string } }): string {
  const { type, secretKeyRef: { name, key } } = receiver;
  return shortHash(policy.uid, notice.kind, notice.at, type, name, key);
}
