import type { ModelVersionSpec } from '../../api/v1alpha1/modelversion.ts';
import type { Container } from '../../api/v1alpha1/shared.ts';
import { paths } from '../../dataplane/task.ts';

type FormatName = ModelVersionSpec['format']['name'];

/** A model server that the operator knows how to start. */
export interface Preset {
  readonly port: number;
  readonly command: readonly string[];
  readonly resources: NonNullable<Container['resources']>;
  /** Formats it can serve. */
  readonly formats: readonly FormatName[];
  env(model: string, format: FormatName): readonly { readonly name: string; readonly value: string }[];
  readyPath(model: string): string;
}

const implementations: Partial<Record<FormatName, string>> = { sklearn: 'mlserver_sklearn.SKLearnModel' };

/** MLServer, configured by its environment alone. It speaks the Open Inference Protocol. */
const mlserver: Preset = {
  port: 8_080,
  command: ['mlserver', 'start', paths.models],
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
  formats: ['sklearn'],
  env: (model, format) => [
    { name: 'MLSERVER_MODEL_NAME', value: model },
    { name: 'MLSERVER_MODEL_IMPLEMENTATION', value: implementations[format] ?? '' },
    { name: 'MLSERVER_MODEL_URI', value: paths.models },
    { name: 'MLSERVER_HTTP_PORT', value: '8080' },
    { name: 'MLSERVER_GRPC_PORT', value: '8081' },
    { name: 'MLSERVER_METRICS_PORT', value: '8082' },
    { name: 'MLSERVER_PARALLEL_WORKERS', value: '0' },
    { name: 'OMP_NUM_THREADS', value: '1' },
  ],
  readyPath: (model) => `/v2/models/${model}/ready`,
};

export const presets: Readonly<Record<'mlserver', Preset>> = { mlserver };
