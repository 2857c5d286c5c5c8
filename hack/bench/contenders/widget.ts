import { z } from 'zod';
import { commonStatus, customKind, type CustomKind } from '../../../operator/api/kind.ts';
import { Service } from '../../../operator/controllers/resources/objects.ts';
import { no, yes } from '../../../operator/runtime/conditions.ts';
import type { Child, Controller, Live } from '../../../operator/runtime/controller.ts';
import type { Resource } from '../../../operator/runtime/kind.ts';
import { ourSelector } from '../../../operator/runtime/names.ts';
import { ownedHash } from '../../../operator/runtime/owned.ts';
import type { StoredChild } from '../../../operator/runtime/writes.ts';

const WidgetSpec = z.object({ image: z.string().min(1).max(256), replicas: z.int32().min(0), port: z.int().min(1).max(65_535) });
const WidgetStatus = z.object({ ...commonStatus, readyReplicas: z.int32().default(0) });
type Spec = z.infer<typeof WidgetSpec>;
type Status = z.infer<typeof WidgetStatus>;

const Widget: CustomKind<Spec, Status, 'Ready'> = {
  ...customKind({
    kind: 'Widget', plural: 'widgets', shortName: 'w', description: 'A server and its Service.', maxNameLength: 63,
    spec: WidgetSpec, status: WidgetStatus, conditions: ['Ready'], summary: 'Ready', columns: [],
  }),
  group: 'bench.modelkeeper.dev',
  version: 'v1',
};

interface StoredDeployment extends StoredChild {
  /** Whether the number below speaks of the newest spec. */
  readonly observed: boolean;
  readonly readyReplicas: number;
}

const numbers = z.object({
  status: z.object({ observedGeneration: z.number().default(0), readyReplicas: z.number().default(0) }).catch({ observedGeneration: 0, readyReplicas: 0 }),
});

const Deployment: Resource<StoredDeployment> = {
  group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments',
  selector: ourSelector,
  project: (metadata, live) => {
    const { status } = numbers.parse(live);
    return {
      metadata, owned: ownedHash(live, 'modelkeeper'), observed: status.observedGeneration >= metadata.generation, readyReplicas: status.readyReplicas,
    };
  },
};

/** The work that every contender does, written as all controllers of the operator are. */
export const widgetController: Controller<Spec, Status, 'Ready', StoredDeployment | undefined> = {
  kind: Widget,
  owns: [{ resource: Deployment, life: 'Apply' }, { resource: Service, life: 'Apply' }],
  reads: [],
  observe: (read, { metadata }) => read.get(Deployment, metadata.namespace, metadata.name),
  act: (widget) => ({ children: [deployment(widget), service(widget)] }),
  decide: ({ spec }, seen) => {
    const readyReplicas = seen?.readyReplicas ?? 0;
    const ready = seen?.observed === true && readyReplicas === spec.replicas;
    return {
      status: { readyReplicas },
      conditions: { Ready: ready ? yes('Available') : no('Progressing', 'its replicas are not ready yet') },
      activity: ready ? 'Settled' : 'Working',
    };
  },
};

function deployment({ metadata: { name }, spec: { image, replicas, port } }: Live<Spec, Status>): Child {
  return {
    life: 'Apply', resource: Deployment,
    body: {
      metadata: { name, labels: { app: name } },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'server', image, ports: [{ containerPort: port, protocol: 'TCP' }] }] } },
      },
    },
  };
}

function service({ metadata: { name }, spec: { port } }: Live<Spec, Status>): Child {
  return {
    life: 'Apply', resource: Service,
    body: { metadata: { name, labels: { app: name } }, spec: { clusterIP: 'None', selector: { app: name }, ports: [{ port, protocol: 'TCP', targetPort: port }] } },
  };
}
