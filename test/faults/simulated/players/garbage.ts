import { uidOf, ownersOf, type Scene } from './scene.ts';

/** The garbage collector: what has owners, none of which is there, is deleted in the background. */
export function collectGarbage(scene: Scene): void {
  const alive = new Set<string>();
  const dependents = new Map<string, Set<string>>();

  const collect = (plural: string, key: string): void => {
    const live = scene.objects.get(plural, key);
    if (live === undefined || ownersOf(live).length === 0 || ownersOf(live).some((uid) => alive.has(uid))) return;
    scene.server.leave(live, plural);
  };
  scene.objects.onChange(({ plural, key, type, live }) => {
    const uid = uidOf(live);
    if (type !== 'Deleted') alive.add(uid);
    else {
      alive.delete(uid);
      for (const dependent of dependents.get(uid) ?? []) {
        const [kind = '', ...rest] = dependent.split(' ');
        scene.soon(50, 300, () => collect(kind, rest.join(' ')));
      }
      dependents.delete(uid);
      return;
    }
    for (const owner of ownersOf(live)) {
      const all = dependents.get(owner) ?? new Set<string>();
      dependents.set(owner, all.add(`${plural} ${key}`));
      if (type === 'Added' && !alive.has(owner)) scene.soon(50, 300, () => collect(plural, key));
    }
  });
}
