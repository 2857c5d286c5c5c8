import { taskVariable, paths } from './dataplane/task.ts';
import { routerFileVariable, routerPorts } from './dataplane/routing.ts';
import { operatorConfig } from './config.ts';
import { createLog, describeError } from './runtime/log.ts';

/** Ends the process with the code that `main` comes to. The only place that may end it. */
async function main([command]: readonly string[]): Promise<number> {
  switch (command) {
    case 'operator': return runOperator();
    case 'router': return runRouter();
    case 'agent': return runAgentTask();
    case undefined:
    default:
      console.error('usage: modelkeeper operator | router | agent <verb>');
      return 2;
  }
}

async function runOperator(): Promise<number> {
  const { startOperator } = await import('./start.ts');
  const config = operatorConfig(process.env);
  const log = createLog(config.logLevel);
  const lost = Promise.withResolvers<'lost'>();
  const operator = await startOperator({ config, log, onLost: () => lost.resolve('lost') });
  const failed = operator.leading.then(() => new Promise<never>(() => undefined));
  // When another one may lead already, what is in flight is fenced, and nothing more may be started.
  if (await Promise.race([lost.promise, failed, told()]) === 'lost') {
    log.error('not leading any more; ending');
    return 1;
  }
  await operator.stop();
  return 0;
}

/** Fulfilled when the process is told to end. */
function told(): Promise<'told'> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve('told'));
  });
}

async function runRouter(): Promise<number> {
  const { startRouter } = await import('./router/router.ts');
  const log = createLog('info');
  const router = await startRouter({
    file: process.env[routerFileVariable] ?? '',
    podUid: process.env['POD_UID'] ?? '',
    host: '0.0.0.0',
    ports: routerPorts,
    log: {
      info: (message, fields) => log.info(message, printable(fields)),
      warn: (message, fields) => log.warn(message, printable(fields)),
      error: (message, fields) => log.error(message, printable(fields)),
    },
    now: () => Date.now(),
  });
  await told();
  await router.close();
  return 0;
}

async function runAgentTask(): Promise<number> {
  const { parseTask, reportFailure, runAgent } = await import('./agent/run.ts');
  // The first process of a container ignores signals that it does not handle.
  process.once('SIGTERM', () => process.exit(143));
  const io = { terminationLog: paths.terminationLog, log: (line: string) => console.log(line) };
  try {
    return await runAgent(parseTask(process.env[taskVariable]), io);
  } catch (error) {
    return reportFailure(error, io);
  }
}

function printable(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  console.error(describeError(error));
  process.exit(1);
}
