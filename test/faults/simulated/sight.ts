import type { Json } from '../../../operator/runtime/kind.ts';
import { keyOf, type Change, type Objects } from './objects.ts';

/** What a client is shown of what changes. */
export interface Eyes {
  sees(change: Change): boolean;
  list(objects: Objects, plural: string): { readonly objects: readonly Json[]; readonly version: number };
}

export const everything: Eyes = {
  sees: () => true,
  list: (objects, plural) => ({ objects: objects.list(plural), version: objects.version }),
};

/** Nothing later than this version, for as long as it lasts. */
export function frozenAt(version: number, lasts: () => boolean): Eyes {
  return {
    sees: (change) => !lasts() || change.version <= version,
    list: (objects, plural) => (lasts() && version < objects.version ? { objects: objects.listAt(plural, version), version } : everything.list(objects, plural)),
  };
}

/** All but the changes of one object, for as long as it lasts; a list shows it as it was at this version. */
export function blindFor(what: { readonly plural: string; readonly key: string; readonly since: () => number | undefined }): Eyes {
  const { plural, key, since } = what;
  return {
    sees: (change) => since() === undefined || change.plural !== plural || change.key !== key,
    list: (objects, asked) => {
      const version = since();
      const now = everything.list(objects, asked);
      if (version === undefined || asked !== plural) return now;
      const is = (live: Json): boolean => keyOf(live) === key;
      return { ...now, objects: [...now.objects.filter((live) => !is(live)), ...objects.listAt(plural, version).filter(is)] };
    },
  };
}
