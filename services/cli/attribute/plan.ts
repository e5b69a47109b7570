import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatDiagnostics } from '#/config/index.ts'
import { WhosecallError } from '#/core/errors.ts'
import { ENCODINGS } from '#/core/words.ts'
import type { OwnersConfig } from '#/owners/index.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'
import type { Arguments, Io } from '../command.ts'
import { requireConfigOffline } from '../worker-config.ts'
import { createRecognise } from './recognise.ts'

/**
 * What an archive is run through: the receiver and the processors of a config, or such as are made of the options. A config
 * may have several receivers; unless the source is named, each message goes to the one whose source wrote it.
 */

export interface Route {
  readonly receiver_id: string
  readonly receiver: WorkerConfig['receivers'][string]
  readonly processors: WorkerConfig['processors']
}

export interface Plan {
  readonly owners: OwnersConfig
  readonly routes: readonly Route[]
  routeOf(message: Buffer): Route
  /** A file is one message, not one a line. */
  readonly whole: boolean
}

export async function planOf(args: Arguments, io: Io): Promise<Plan> {
  const plan = args.text('config') === undefined ? madePlan(args, io) : await configPlan(args, io)
  const { directory } = plan.owners
  if (directory.type === 'file') requireFile(directory.path)
  return plan
}

async function configPlan(args: Arguments, io: Io): Promise<Plan> {
  const config = await requireConfigOffline(args, io)
  const file = args.text('owners')
  const owners = file === undefined ? config.owners : made(args, io, file).owners
  const routes = Object.entries(config.receivers).map(([id, receiver]) => ({
    receiver_id: id,
    receiver,
    processors: processorsOf(config, id),
  }))
  const source = args.text('source')
  if (source !== undefined) {
    const own = routes.find(({ receiver }) => receiver.source === source)
    return lonePlan(
      owners,
      own === undefined ? readAs(routes[0]!, source, args) : encoded(own, args),
    )
  }
  const rest = routes.find(({ receiver }) => receiver.source === 'auto')
  const encodings = ENCODINGS.filter((encoding) => encoding === (args.text('encoding') ?? encoding))
  const all = routes.map((route) => encoded(route, args))
  const otherwise = rest === undefined ? readAs(routes[0]!, 'auto', args) : encoded(rest, args)
  const recognise = createRecognise(
    all.map(({ receiver }) => receiver),
    encodings,
  )
  return {
    owners,
    routes: [...all, otherwise],
    routeOf: (message) => all[recognise(message) ?? all.length] ?? otherwise,
    whole: all.every(isBinary),
  }
}

function isBinary({ receiver }: Route): boolean {
  return receiver.logs.encoding === 'otlp_proto'
}

function madePlan(args: Arguments, io: Io): Plan {
  const file = args.text('owners')
  if (file === undefined)
    throw new WhosecallError(
      'usage',
      'who owns what? Name an owner file with --owners, or a config with -c',
    )
  const config = made(args, io, file)
  return lonePlan(config.owners, {
    receiver_id: 'kafka',
    receiver: config.receivers['kafka']!,
    processors: config.processors,
  })
}

function lonePlan(owners: OwnersConfig, route: Route): Plan {
  return { owners, routes: [route], routeOf: () => route, whole: isBinary(route) }
}

/** The options of the receiver with another source, in the usual encoding of that one. */
function readAs(route: Route, source: string, args: Arguments): Route {
  const { encoding: _, ...logs } = route.receiver.logs
  return encoded({ ...route, receiver: { ...route.receiver, source, logs } }, args)
}

function encoded(route: Route, args: Arguments): Route {
  const encoding = ENCODINGS.find((name) => name === args.text('encoding'))
  if (encoding === undefined) return route
  const { receiver } = route
  return { ...route, receiver: { ...receiver, logs: { ...receiver.logs, encoding } } }
}

/** The processors of the pipeline that the receiver feeds. */
export function processorsOf(
  config: WorkerConfig,
  receiver_id: string,
): WorkerConfig['processors'] {
  const pipeline = Object.values(config.service.pipelines).find(({ receivers }) =>
    receivers.includes(receiver_id),
  )
  if (pipeline === undefined)
    throw new WhosecallError('config_invalid', `no pipeline reads from receiver ${receiver_id}`)
  return Object.fromEntries(pipeline.processors.map((id) => [id, config.processors[id]!]))
}

/** A config made of the options. */
function made(args: Arguments, io: Io, owner_file: string): WorkerConfig {
  const encoding = args.text('encoding')
  const text = JSON.stringify({
    receivers: {
      kafka: {
        brokers: ['unused:9092'],
        logs: { topics: ['archive'], ...(encoding === undefined ? {} : { encoding }) },
        source: args.text('source') ?? 'auto',
        trust: 'trusted',
      },
    },
    processors: { attribution: {} },
    exporters: {
      kafka: {
        brokers: ['unused:9092'],
        logs: { topic: 'attributed' },
        dead_letter: { topic: 'dead-letters' },
      },
    },
    owners: { directory: { type: 'file', path: resolve(io.cwd, owner_file) } },
    service: {
      pipelines: {
        logs: { receivers: ['kafka'], processors: ['attribution'], exporters: ['kafka'] },
      },
    },
  })
  const readFile = (path: string): string => readFileSync(path, 'utf8')
  const result = readWorkerConfig({ file: '(options)', text, env: {}, readFile })
  if (result.ok) return result.config
  throw new WhosecallError('usage', formatDiagnostics(result.diagnostics, { color: false }))
}

/** Without its owners every event would be unresolved: better to say so. */
function requireFile(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined)
    throw new WhosecallError('config_invalid', `there is no owner file ${path}`)
  if (!stat.isFile()) throw new WhosecallError('config_invalid', `${path} is no owner file`)
}
