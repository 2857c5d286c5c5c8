import { describe, expect, test } from '@jest/globals';
import { issue } from '../test/receivers/certificate.ts';
import { operatorConfig } from './config.ts';

const least = { MODELKEEPER_IMAGE: 'modelkeeper:1' };
const { authority } = issue('receiver.test');

test('the image is all that must be set', () => {
  expect(operatorConfig({ ...least, POD_NAME: 'operator-0' })).toMatchObject({
    kubeconfig: undefined, image: 'modelkeeper:1', mlserverImage: '', namespace: 'modelkeeper-system', watchNamespace: '',
    metrics: { host: '0.0.0.0', port: 8_080, perObject: true }, workers: 16, logLevel: 'info',
    election: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 },
    notify: { allowedHosts: [], authorities: [] },
  });
});

describe('the environment', () => {
  test.each<[string, string, object]>([
    ['KUBECONFIG', '/kube/config', { kubeconfig: '/kube/config' }],
    ['KUBECONFIG', '', { kubeconfig: undefined }],
    ['MODELKEEPER_MLSERVER_IMAGE', 'mlserver:1', { mlserverImage: 'mlserver:1' }],
    ['MODELKEEPER_NAMESPACE', 'ops', { namespace: 'ops' }],
    ['MODELKEEPER_WATCH_NAMESPACE', 'team', { watchNamespace: 'team' }],
    ['MODELKEEPER_METRICS_HOST', '127.0.0.1', { metrics: { host: '127.0.0.1', port: 8_080, perObject: true } }],
    ['MODELKEEPER_METRICS_PORT', '0', { metrics: { host: '0.0.0.0', port: 0, perObject: true } }],
    ['MODELKEEPER_METRICS_PER_OBJECT', 'false', { metrics: { host: '0.0.0.0', port: 8_080, perObject: false } }],
    ['MODELKEEPER_WORKERS', '4', { workers: 4 }],
    ['MODELKEEPER_LEASE_DURATION', '1m30s', { election: { durationMs: 90_000, renewDeadlineMs: 10_000, retryMs: 2_000 } }],
    ['MODELKEEPER_RENEW_DEADLINE', '5s', { election: { durationMs: 15_000, renewDeadlineMs: 5_000, retryMs: 2_000 } }],
    ['MODELKEEPER_RETRY_PERIOD', '1s', { election: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 1_000 } }],
    ['MODELKEEPER_LOG_LEVEL', 'debug', { logLevel: 'debug' }],
    ['MODELKEEPER_NOTIFY_ALLOWED_HOSTS', '[{"host":"hooks.slack.com"}]', { notify: { allowedHosts: [{ host: 'hooks.slack.com', port: 443, allowPrivate: false }] } }],
    ['MODELKEEPER_NOTIFY_CA_BUNDLE', `# Ours\n${authority}`, { notify: { authorities: [authority.trim()] } }],
  ])('sets %s=%s', (name, value, expected) => {
    expect(operatorConfig({ ...least, [name]: value })).toMatchObject(expected);
  });

  test.each([
    ['MODELKEEPER_IMAGE', ''],
    ['MODELKEEPER_NAMESPACE', ''],
    ['MODELKEEPER_METRICS_PORT', 'http'],
    ['MODELKEEPER_METRICS_PORT', '65536'],
    ['MODELKEEPER_METRICS_PORT', '-1'],
    ['MODELKEEPER_METRICS_PORT', ''],
    ['MODELKEEPER_METRICS_PER_OBJECT', 'yes'],
    ['MODELKEEPER_WORKERS', '0'],
    ['MODELKEEPER_WORKERS', '1.5'],
    ['MODELKEEPER_LEASE_DURATION', '15'],
    ['MODELKEEPER_RENEW_DEADLINE', '15s'],
    ['MODELKEEPER_RETRY_PERIOD', '10s'],
    ['MODELKEEPER_RETRY_PERIOD', '0s'],
    ['MODELKEEPER_LOG_LEVEL', 'loud'],
    ['MODELKEEPER_NOTIFY_ALLOWED_HOSTS', ''],
    ['MODELKEEPER_NOTIFY_ALLOWED_HOSTS', '{}'],
    ['MODELKEEPER_NOTIFY_ALLOWED_HOSTS', '[{"host":"*"}]'],
    ['MODELKEEPER_NOTIFY_CA_BUNDLE', 'trust everybody'],
    ['MODELKEEPER_NOTIFY_CA_BUNDLE', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ])('is refused with the name of the variable: %s=%s', (name, value) => {
    expect(() => operatorConfig({ ...least, [name]: value })).toThrow(name);
  });

  test('without an image is refused', () => {
    expect(() => operatorConfig({})).toThrow('MODELKEEPER_IMAGE');
  });
});

test('no two processes have one identity, not even in one pod', () => {
  const environment = { ...least, POD_NAME: 'operator-0' };
  const [one, other] = [operatorConfig(environment).identity, operatorConfig(environment).identity];
  expect(one).toMatch(/^operator-0-/);
  expect(other).not.toBe(one);
});
