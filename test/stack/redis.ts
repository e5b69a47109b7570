import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePorts, spawnServer, type ServerProcess } from './child.ts'
import { cacheDirectory, kafkaJars } from './jars.ts'
import { zipEntry } from './zip.ts'

/**
 * A Redis that a test may hang, kill and start again on the same port. It keeps nothing on disk.
 */

export interface RedisServer {
  readonly url: string
  readonly port: number
  process(): ServerProcess
  pause(): void
  resume(): void
  kill(): Promise<void>
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>
}

/** Files of a Redis that speaks TLS only. */
export interface RedisTlsFiles {
  readonly ca_file: string
  /** Private key and chain in one file. */
  readonly server_file: string
  readonly wants_client_certificate: boolean
}

export async function startRedis(
  directory: string,
  log: (line: string) => void,
  tls?: RedisTlsFiles,
): Promise<RedisServer> {
  const command = await redisCommand(log)
  const [port = 0] = await freePorts(1)
  const start = async (): Promise<ServerProcess> => {
    const args = [...portArgs(port, tls), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    const name = `redis-${port}-${Date.now()}`
    const server = await spawnServer({ name, command, args, directory })
    await server.logged('eady to accept connections', 10_000)
    return server
  }
  let server = await start()
  return {
    url: `${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    port,
    process: () => server,
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    async restart() {
      await server.kill()
      server = await start()
    },
  }
}

function portArgs(port: number, tls: RedisTlsFiles | undefined): readonly string[] {
  if (tls === undefined) return ['--port', String(port)]
  const { ca_file, server_file, wants_client_certificate } = tls
  const clients = ['--tls-auth-clients', wants_client_certificate ? 'yes' : 'no']
  const files = ['--tls-ca-cert-file', ca_file, '--tls-cert-file', server_file]
  return [
    '--port',
    '0',
    '--tls-port',
    String(port),
    ...files,
    '--tls-key-file',
    server_file,
    ...clients,
  ]
}

/**
 * A sentinel that watches a Redis with TLS under the name `master`, and speaks TLS itself. It writes into its config file, so
 * the directory is its own.
 */
export async function startSentinel(
  directory: string,
  log: (line: string) => void,
  of: { readonly master_port: number; readonly tls: RedisTlsFiles },
): Promise<{ readonly port: number; kill(): Promise<void> }> {
  const [port = 0] = await freePorts(1)
  const file = join(directory, `sentinel-${port}.conf`)
  const lines = [
    'bind 127.0.0.1',
    'tls-replication yes',
    `sentinel monitor master 127.0.0.1 ${of.master_port} 1`,
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const args = [file, '--sentinel', ...portArgs(port, of.tls)]
  const name = `sentinel-${port}`
  const server = await spawnServer({ name, command: await redisCommand(log), args, directory })
  await server.logged('+monitor master master', 10_000)
  return { port, kill: () => server.kill() }
}

async function redisCommand(log: (line: string) => void): Promise<string> {
  const installed = await promisify(execFile)('redis-server', ['--version']).then(
    () => true,
    () => false,
  )
  return installed ? 'redis-server' : embeddedRedis(log)
}

const EMBEDDED: Readonly<Record<string, string>> = {
  'linux-x64': 'redis-server-6.2.6-v5-linux-amd64',
  'linux-arm64': 'redis-server-6.2.7-linux-arm64',
  'darwin-x64': 'redis-server-6.2.6-v5-darwin-amd64',
  'darwin-arm64': 'redis-server-6.2.6-v5-darwin-arm64',
}

async function embeddedRedis(log: (line: string) => void): Promise<string> {
  const entry = EMBEDDED[`${process.platform}-${process.arch}`]
  if (entry === undefined) {
    throw new Error(
      `There is no redis-server on the path, and none is bundled for ${process.platform} ${process.arch}. ` +
        `Install Redis (Debian, Ubuntu: apt-get install redis-server), or set REDIS_URL.`,
    )
  }
  const target = join(cacheDirectory(), entry)
  if (existsSync(target)) return target
  const jar = await readFile(join(await kafkaJars(log), 'embedded-redis-1.4.3.jar'))
  const content = zipEntry(jar, entry)
  if (content === undefined) throw new Error(`the embedded-redis jar holds no ${entry}`)
  await mkdir(cacheDirectory(), { recursive: true })
  const partial = `${target}.${process.pid}`
  await writeFile(partial, content)
  await chmod(partial, 0o755)
  await rename(partial, target)
  return target
}
