import { asItems, asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';

/** How server-side apply sees a value: as a whole, or in parts that several managers can own. */
export type Schema =
  | { readonly type: 'Atomic' }
  /** Members that are not named are merged as their values suggest: objects by member, lists as a whole. */
  | { readonly type: 'Members'; readonly members: Readonly<Record<string, Schema>>; readonly others?: Schema }
  | { readonly type: 'Items'; readonly keys: readonly string[]; readonly item: Schema }
  | { readonly type: 'Values' };

export const atomic: Schema = { type: 'Atomic' };
const values: Schema = { type: 'Values' };
export const deduced: Schema = { type: 'Members', members: {} };

function members(of: Readonly<Record<string, Schema>>): Schema {
  return { type: 'Members', members: of };
}

function items(keys: readonly string[], item: Schema = deduced): Schema {
  return { type: 'Items', keys, item };
}

const metadata = members({ ownerReferences: items(['uid'], atomic), finalizers: values });
const source = members({ fieldRef: atomic, resourceFieldRef: atomic, configMapKeyRef: atomic, secretKeyRef: atomic });
const container = members({
  env: items(['name'], members({ valueFrom: source })),
  ports: items(['containerPort', 'protocol']),
  volumeMounts: items(['mountPath']),
});
const podTemplate = members({
  metadata,
  spec: members({
    containers: items(['name'], container), initContainers: items(['name'], container),
    volumes: items(['name']), imagePullSecrets: items(['name']), nodeSelector: atomic,
    topologySpreadConstraints: items(['topologyKey', 'whenUnsatisfiable']),
  }),
});

/** From the OpenAPI documents of Kubernetes 1.36: what of our children is not merged as its value suggests. */
const specs: Readonly<Record<string, Schema>> = {
  deployments: members({ selector: atomic, template: podTemplate }),
  jobs: members({ selector: atomic, template: podTemplate }),
  services: members({ selector: atomic, ports: items(['port', 'protocol']) }),
  networkpolicies: members({ podSelector: atomic }),
  persistentvolumeclaims: members({ selector: atomic, dataSource: atomic }),
};

export function builtin(plural: string): Schema {
  return members({ metadata, spec: specs[plural] ?? deduced, data: plural === 'controllerrevisions' ? atomic : deduced });
}

/** The same, from the OpenAPI schema of a CustomResourceDefinition. */
export function customSchema(openApi: Json): Schema {
  const own = fromOpenApi(openApi);
  return own.type === 'Members' ? { ...own, members: { ...own.members, metadata } } : own;
}

function fromOpenApi(openApi: Json): Schema {
  switch (openApi['type']) {
    case 'array': {
      const item = fromOpenApi(asRecord(openApi['items']) ?? {});
      if (openApi['x-kubernetes-list-type'] === 'set') return values;
      return openApi['x-kubernetes-list-type'] === 'map' ? items(asItems(openApi['x-kubernetes-list-map-keys']).map(String), item) : atomic;
    }
    case 'object': {
      if (openApi['x-kubernetes-map-type'] === 'atomic') return atomic;
      const properties = Object.entries(asRecord(openApi['properties']) ?? {}).map(([name, property]): [string, Schema] => [name, fromOpenApi(asRecord(property) ?? {})]);
      const others = asRecord(openApi['additionalProperties']);
      return { type: 'Members', members: Object.fromEntries(properties), ...(others === undefined ? {} : { others: fromOpenApi(others) }) };
    }
    default:
      return deduced;
  }
}

export function memberOf(schema: Schema, name: string): Schema {
  return schema.type === 'Members' ? schema.members[name] ?? schema.others ?? deduced : deduced;
}
