/** Config files of the bench. */

export interface WorkerFile {
  readonly brokers: string
  readonly client: 'kafkajs' | 'direct'
  readonly group_id: string
  readonly input: string
  readonly output: string
  readonly dead_letter: string
  readonly admin_port: number
  readonly encoding: 'json' | 'otlp_proto'
  readonly compression: string
  /** YAML of the section `owners`, indented by two. */
  readonly owners: string
}

export function workerFile(of: WorkerFile): string {
  const source = of.encoding === 'json' ? 'litellm' : 'otel-genai-logs'
  return `receivers:
  kafka:
    brokers: [${of.brokers.split(',').join(', ')}]
    client: ${of.client}
    group_id: ${of.group_id}
    logs: { topics: [${of.input}], encoding: ${of.encoding} }
    source: ${source}
    trust: trusted
    trusted_resource_attributes: [service.*, deployment.*]
processors:
  attribution: {}
exporters:
  kafka:
    brokers: [${of.brokers.split(',').join(', ')}]
    client: ${of.client}
    logs: { topic: ${of.output} }
    dead_letter: { topic: ${of.dead_letter} }
    producer: { compression: ${of.compression} }
owners:
${of.owners}
service:
  pipelines:
    logs: { receivers: [kafka], processors: [attribution], exporters: [kafka] }
  telemetry:
    metrics: { endpoint: 127.0.0.1:${of.admin_port} }
    logs: { level: warn }
`
}

export function fileOwners(path: string): string {
  return `  directory: { type: file, path: ${path} }`
}

export function serviceOwners(registry_port: number, redis_url: string): string {
  return `  directory: { type: http, endpoint: http://127.0.0.1:${registry_port} }
  redis: { endpoint: ${redis_url}, key_secret: only-for-this-bench }`
}

export function registryFile(port: number, owner_file: string): string {
  return `registry: { endpoint: 127.0.0.1:${port} }
owners:
  directory: { type: file, path: ${owner_file} }
`
}
