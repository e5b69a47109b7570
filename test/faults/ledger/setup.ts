/** Files and ports of a ledger run: the owner file, the config of the registry and that of the worker. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectionConfig } from '#/bus/config.ts'
import { freePorts } from '../../stack/child.ts'
import { ORIGIN } from './audit.ts'
import { ownerFile, type Plan } from './plan.ts'
import type { Topics } from './topics.ts'

export interface Setup {
  readonly worker_config: string
  /**
   * The same with a long session: on a busy machine a worker may be thrown out of its group alive, and then what it had
   * sent is no longer counted by it. The counters of the last life must be whole.
   */
  readonly last_worker_config: string
  readonly admin_url: string
  readonly registry_config: string
  readonly registry_url: string
}

export interface SetupOptions {
  readonly directory: string
  readonly plan: Plan
  readonly brokers: string
  readonly client: ConnectionConfig['client']
  readonly topics: Topics
  readonly group_id: string
  readonly session_timeout_ms: number
}

const LONG_SESSION_MS = 60_000

/** Writes all but the address of Redis, which the worker finds in its environment as LEDGER_REDIS_URL. */
export async function setUp(of: SetupOptions): Promise<Setup> {
  const [admin_port = 0, registry_port = 0] = await freePorts(2)
  const at = (name: string) => join(of.directory, name)
  await writeFile(at('owners.json'), ownerFile(of.plan))
  await writeFile(at('registry.yaml'), registryConfig(registry_port, at('owners.json')))
  await writeFile(at('worker.yaml'), workerConfig(of, admin_port, registry_port))
  const long_session = { ...of, session_timeout_ms: LONG_SESSION_MS }
  await writeFile(at('last-worker.yaml'), workerConfig(long_session, admin_port, registry_port))
  return {
    worker_config: at('worker.yaml'),
    last_worker_config: at('last-worker.yaml'),
    admin_url: `http://127.0.0.1:${admin_port}`,
    registry_config: at('registry.yaml'),
    registry_url: `http://127.0.0.1:${registry_port}`,
  }
}

function registryConfig(port: number, owner_file: string): string {
  return `registry:
  endpoint: 127.0.0.1:${port}
owners:
  directory: { type: file, path: ${owner_file} }
`
}

/** Small requests and short TTLs: many steps at which a kill or an outage can hit. */
function workerConfig(of: SetupOptions, admin_port: number, registry_port: number): string {
  const { topics } = of
  return `receivers:
  kafka:
    brokers: [${of.brokers.split(',').join(', ')}]
    client: ${of.client}
    group_id: ${of.group_id}
    session_timeout_ms: ${of.session_timeout_ms}
    heartbeat_interval_ms: ${Math.floor(of.session_timeout_ms / 5)}
    logs: { topics: [${topics.input}], encoding: json }
    source: litellm
    trust: trusted
    origin: ${ORIGIN}
    limits: { partition_bytes_max: 65536 }
processors:
  attribution: {}
exporters:
  kafka:
    brokers: [${of.brokers.split(',').join(', ')}]
    client: ${of.client}
    logs: { topic: ${topics.output} }
    dead_letter: { topic: ${topics.dead_letter} }
    producer: { request_bytes_max: 65536 }
owners:
  directory:
    type: http
    endpoint: http://127.0.0.1:${registry_port}
    timeout_ms: 300
    probe_interval_ms: 200
  redis:
    endpoint: "\${env:LEDGER_REDIS_URL}"
    key_secret: only-for-this-ledger-run
    probe_interval_ms: 200
  cache:
    soft_ttl_ms: 2000
    hard_ttl_ms: 10000
    negative_ttl_ms: 2000
    unavailable_recheck_ms: 100
service:
  commit_interval_ms: 50
  pipelines:
    logs: { receivers: [kafka], processors: [attribution], exporters: [kafka] }
  telemetry:
    metrics: { endpoint: 127.0.0.1:${admin_port} }
    logs: { level: warn }
`
}
