/**
 * The schema of the chart's values. Helm checks values against it before it renders, so a typo is refused with its path. The
 * configs of worker and registry in it are their published schemas, only that keys which the chart fills in may be missing.
 */
import { readFileSync } from 'node:fs'
import { jsonSchemaOf } from '#/config/index.ts'
import { RegistryConfig } from '#/registry/index.ts'
import { WorkerConfig } from '#/worker/index.ts'

type Schema = Readonly<Record<string, unknown>>

const text = (description: string, more: Schema = {}): Schema => ({
  type: 'string',
  description,
  ...more,
})
const flag = (description: string): Schema => ({ type: 'boolean', description })
const whole = (description: string, minimum: number, maximum: number): Schema => ({
  type: 'integer',
  minimum,
  maximum,
  description,
})
/** What Kubernetes itself checks: its schema belongs to the version of the cluster. */
const anyMap = (description: string): Schema => ({ type: 'object', description })
const maps = (description: string): Schema => ({
  type: 'array',
  items: { type: 'object' },
  description,
})
const texts = (description: string): Schema => ({
  type: 'object',
  additionalProperties: { type: 'string' },
  description,
})
const section = (description: string, properties: Schema): Schema => ({
  type: 'object',
  description,
  properties,
  additionalProperties: false,
})

const NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$'
const HTTP_URL = '^(https?://.+)?$'
const port = (description: string): Schema => whole(description, 1, 65_535)

const probe = (description: string): Schema =>
  section(description, {
    initialDelaySeconds: whole('Before the first.', 0, 3600),
    periodSeconds: whole('Between two.', 1, 3600),
    timeoutSeconds: whole('Longest wait for an answer.', 1, 3600),
    failureThreshold: whole('So many failures in a row count.', 1, 10_000),
  })

const peers = (description: string): Schema =>
  section(description, {
    ports: { type: 'array', items: port('A port.'), minItems: 1, description: 'Ports.' },
    to: maps('Peers of a NetworkPolicy; none: anywhere.'),
  })

const secrets: Schema = {
  type: 'object',
  description: 'Secrets that exist, by name; each is mounted at /run/secrets/whosecall/<name>.',
  patternProperties: {
    '^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$': {
      ...section('A Secret.', { existingSecret: text('Its name.', { pattern: NAME }) }),
      required: ['existingSecret'],
    },
  },
  additionalProperties: false,
}

/** What worker and registry have in common. */
const part: Schema = {
  secrets,
  replicas: whole('Pods.', 1, 1000),
  terminationGracePeriodSeconds: whole('Until a pod that stops is killed.', 10, 3600),
  strategy: anyMap('Of the Deployment.'),
  probes: section('How probes are timed; what they ask is fixed.', {
    startup: probe('/livez until the start is over.'),
    liveness: probe('/livez.'),
    readiness: probe('/readyz.'),
  }),
  resources: section('Of the container.', {
    requests: anyMap('Requests.'),
    limits: anyMap('Limits.'),
  }),
  podDisruptionBudget: section('For more than one pod.', {
    enabled: flag('Whether there is one.'),
    maxUnavailable: { type: ['integer', 'string'], description: 'Pods, or a share of them.' },
  }),
  topologySpreadConstraints: maps('Constraints; the label selector is filled in.'),
  nodeSelector: texts('Labels of nodes.'),
  tolerations: maps('Tolerations.'),
  affinity: anyMap('Affinity.'),
  priorityClassName: text('Priority class.'),
  podLabels: texts('Further labels of pods.'),
  podAnnotations: texts('Further annotations of pods.'),
  extraEnvs: maps('Variables for ${env:NAME}; not for secrets.'),
  extraEnvsFrom: maps('Sources of variables; not for secrets.'),
}

/** A published config schema with what the chart fills in made optional; its $defs are those of the whole. */
function configSchema(schema: Parameters<typeof jsonSchemaOf>[0], description: string): Schema {
  const { $schema: _schema, $defs: _defs, required: _required, ...rest } = jsonSchemaOf(schema)
  const properties = { ...(rest['properties'] as Readonly<Record<string, Schema>>) }
  const { required: _directory, ...owners } = properties['owners'] ?? {}
  return { ...rest, description, properties: { ...properties, owners } }
}

const worker = section('The workers.', {
  ...part,
  partitions: whole('Of the topic that has the most; more workers are refused.', 1, 10_000),
  config: configSchema(WorkerConfig, 'The config file of the worker.'),
  metricsPort: port('Where /metrics, /livez and /readyz are served.'),
  minReadySeconds: whole('A new pod counts after so long.', 0, 3600),
})

const registry = section('The lookup service.', {
  ...part,
  enabled: flag('Whether there is one; else workers read the owner file.'),
  port: port('Where lookups, health and metrics are served.'),
  config: configSchema(RegistryConfig, 'The config file of the registry.'),
  auth: section('The token that lookups must carry.', {
    existingSecret: text('Name of the Secret; empty: no token.'),
    key: text('Its key.', { minLength: 1 }),
  }),
})

const step = (description: string): Schema =>
  section(description, {
    stabilizationSeconds: whole('The most cautious wish of so long counts.', 0, 3600),
    pods: whole('Pods a step.', 1, 100),
    periodSeconds: whole('Between two steps.', 1, 1800),
  })

const properties: Schema = {
  global: anyMap('Of a parent chart; not read.'),
  nameOverride: text('Instead of the name of the chart.'),
  fullnameOverride: text('Instead of release and chart.'),
  commonLabels: texts('Further labels of everything.'),
  image: section('The image.', {
    repository: text('Without tag and digest.', { pattern: '^[^@\\s]*$' }),
    tag: text('Instead of the application version.'),
    digest: text('Wins over the tag.', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
    pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'], description: 'When to pull.' },
  }),
  imagePullSecrets: maps('Secrets for pulling.'),
  serviceAccount: section('The service account of all pods; its token is never mounted.', {
    create: flag('Whether the chart makes one.'),
    name: text('Its name.'),
    annotations: texts('Annotations, for example of a workload identity.'),
  }),
  podSecurityContext: anyMap('Of pods.'),
  securityContext: anyMap('Of containers.'),
  owners: section('Who owns what.', {
    bindings: {
      type: 'array',
      items: { $ref: '#/$defs/binding' },
      description: 'Rows of an owner file.',
    },
    existingConfigMap: text('A ConfigMap with the owner file.'),
    volume: anyMap('A volume source with the owner file.'),
    file: text('Name of the file.', { pattern: '^[\\w.-]+\\.(yaml|yml|json|csv)$' }),
  }),
  worker,
  registry,
  autoscaling: section('By KEDA.', {
    enabled: flag('Whether there is a ScaledObject.'),
    minReplicas: whole('Fewest workers.', 1, 1000),
    maxReplicas: whole('Most workers; at most the partitions.', 1, 1000),
    lagSeconds: whole('Lag from which there shall be more.', 1, 86_400),
    prometheusAddress: text('URL of Prometheus.', { pattern: HTTP_URL }),
    authenticationRef: anyMap('A TriggerAuthentication.'),
    pollingIntervalSeconds: whole('How often Prometheus is asked.', 5, 3600),
    scaleUp: step('Upwards.'),
    scaleDown: step('Downwards.'),
  }),
  networkPolicy: section('Who may talk to whom.', {
    enabled: flag('Whether there are policies.'),
    metricsFrom: maps('Peers that may scrape; none: nobody.'),
    lookupsFrom: maps('Further peers that may ask the registry.'),
    dns: peers('DNS.'),
    kafka: peers('Kafka.'),
    redis: peers('Redis and its sentinels.'),
    extraEgress: maps('Further rules of the workers.'),
  }),
  serviceMonitor: section('Of the Prometheus operator.', {
    enabled: flag('Whether there is one.'),
    labels: texts('Labels by which Prometheus finds it.'),
    interval: text('Between two scrapes.', { pattern: '^\\d+(ms|s|m)$' }),
    scrapeTimeout: text('Longest scrape.', { pattern: '^\\d+(ms|s|m)$' }),
    sampleLimit: whole('A scrape with more samples is refused.', 0, 10_000_000),
    relabelings: maps('Before the scrape.'),
    metricRelabelings: maps('After the scrape.'),
  }),
  prometheusRule: section('The rules of deploy/prometheus.', {
    enabled: flag('Whether they are installed.'),
    labels: texts('Labels by which Prometheus finds them.'),
    runbookUrl: text('Where the runbook pages are.', { pattern: HTTP_URL }),
    dashboardUrl: text('Where the dashboards are.', { pattern: HTTP_URL }),
    rules: text('What `whosecall rules` prints, in place of the rules of the chart.'),
    extraGroups: maps('Groups of your own.'),
  }),
  dashboards: section('Dashboards for the sidecar of Grafana.', {
    enabled: flag('Whether they are installed.'),
    labels: texts('Labels by which the sidecar finds them.'),
    annotations: texts('Annotations, for example the folder.'),
  }),
  extraManifests: {
    type: 'array',
    items: { type: ['object', 'string'] },
    description: 'Manifests of your own: maps, or texts that are templates.',
  },
}

/** The definitions of owner files; a row refers to them. */
function ownerDefinitions(): Schema {
  const path = new URL('../../schemas/owner-bindings.schema.json', import.meta.url)
  const { $defs }: { readonly $defs: Schema } = JSON.parse(readFileSync(path, 'utf8'))
  return $defs
}

export function valuesSchema(): Schema {
  const { $schema, $defs } = jsonSchemaOf(WorkerConfig)
  return {
    $schema,
    title: 'Values of the whosecall chart',
    type: 'object',
    properties,
    additionalProperties: false,
    $defs: { ...($defs as Schema), ...ownerDefinitions() },
  }
}
