import { plurals, type Plural, type Revision } from '../world.ts';
import { metadataOf, type Objects } from './objects.ts';

const shown: ReadonlySet<string> = new Set(plurals);

function isShown(plural: string): plural is Plural {
  return shown.has(plural);
}

/** Every revision of what scenarios look at in a namespace. */
export class History {
  readonly revisions: Revision[] = [];
  readonly #versions: number[] = [];
  readonly #milestones = new Map<number, () => void>();
  readonly #first: number;

  constructor(objects: Objects, namespace: string) {
    this.#first = objects.version;
    objects.onChange(({ plural, type, live, version }) => {
      const metadata = metadataOf(live);
      if (!isShown(plural) || metadata['namespace'] !== namespace) return;
      this.revisions.push({ plural, name: String(metadata['name']), uid: String(metadata['uid']), type, live });
      this.#versions.push(version);
      this.#milestones.get(this.revisions.length)?.();
    });
  }

  /** The resourceVersion after so many revisions. */
  versionAfter(revisions: number): number {
    return revisions === 0 ? this.#first : this.#versions[revisions - 1] ?? Number.MAX_SAFE_INTEGER;
  }

  /** Calls back when there are so many. */
  when(revisions: number, reached: () => void): void {
    this.#milestones.set(revisions, reached);
  }
}
