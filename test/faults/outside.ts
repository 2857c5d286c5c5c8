import type { Profile } from '../../operator/profile/format.ts';
import { make } from '../make.ts';
import type { Outside } from './world.ts';

/** The profile of the traffic that `amounts: 'large'` sends. */
export const driftedProfile: Profile = {
  ...make.profile,
  features: make.profile.features.map((feature) => (feature.type === 'Numeric' ? { ...feature, edges: [85, 90, 95, 100], atoms: [85], counts: [0, 0, 330, 340, 330, 0] } : feature)),
};

/** A quiet world in which everything succeeds, as each run starts with. */
export function usualOutside(): Outside {
  return {
    ending: () => 'Succeeds',
    result: () => '0.9',
    profile: (drifted) => (drifted ? driftedProfile : make.profile),
    requests: { amounts: 'none', failing: new Set() },
    receiver: () => 200,
  };
}

/** The same world, telling when `ending` is replaced. */
export function tellingEnding(outside: Outside, changed: () => void): Outside {
  let { ending } = outside;
  return {
    ...outside,
    get ending() {
      return ending;
    },
    set ending(next) {
      ending = next;
      changed();
    },
  };
}
