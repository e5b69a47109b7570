import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { readRegistryConfig } from '#/cli/config-kind.ts'
import { readWorkerConfig, type WorkerConfig } from '#/worker/index.ts'
import { RECEIVERS } from '#/worker/receivers/index.ts'
import { frozenChanges } from '#/worker/reload/frozen.ts'
import { chartCopies, copiesThere } from '../generate/helm-copies.ts'
import { writeCertificates } from '../stack/certs.ts'
import { goldenManifests, manifestsOf, valuesNames, type Manifest } from '../support/chart.ts'
import { manifestProblems } from '../support/kubernetes.ts'
import { textOf } from './tree.ts'

/**
 * What the chart renders, as the golden files have it: valid by the schemas of Kubernetes and of the operators, and with the
 * defaults that we promise. That the chart renders just this is tested where Helm is: `test/integration/helm.test.ts`.
 */

const ALL = valuesNames().map((name) => ({ name, manifests: goldenManifests(name) }))

interface Container {
  readonly args: readonly string[]
  readonly env?: readonly unknown[]
  readonly envFrom?: readonly object[]
  readonly securityContext: object
  readonly resources: { readonly requests: object; readonly limits: object }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
  readonly startupProbe: Probe
  readonly livenessProbe: Probe
  readonly readinessProbe: Probe
}
interface Probe {
  readonly httpGet: { readonly path: string }
  readonly periodSeconds: number
  readonly failureThreshold: number
}
interface Pod {
  readonly automountServiceAccountToken: boolean
  readonly securityContext: object
  readonly terminationGracePeriodSeconds: number
  readonly topologySpreadConstraints: readonly { readonly topologyKey: string }[]
  readonly containers: readonly [Container]
  readonly volumes: readonly { readonly name: string; readonly emptyDir?: object }[]
}

interface DeploymentSpec {
  readonly replicas?: number
  readonly template: { readonly spec: Pod }
}

function ofKind(manifests: readonly Manifest[], kind: string): readonly Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind)
}

/** The pods of all golden files. */
const PODS = ALL.flatMap(({ name, manifests }) =>
  ofKind(manifests, 'Deployment').map((deployment) => ({
    name: `${name} ${deployment.metadata.name}`,
    pod: (deployment.spec as DeploymentSpec).template.spec,
  })),
)

test('every manifest is valid by the schema of its kind, without a field that it does not know', async () => {
  const manifests = ALL.flatMap((one) => one.manifests)
  assert.ok(manifests.length >= 30)
  assert.deepEqual(await manifestProblems(manifests), [])
})

test('every manifest for Strimzi is valid', async () => {
  const files = ['deploy/strimzi/topics.yaml', 'deploy/strimzi/users.yaml']
  const manifests = files.flatMap((file) => manifestsOf(textOf(file)))
  assert.ok(manifests.length >= 7)
  assert.deepEqual(await manifestProblems(manifests), [])
})

test('a mistyped field, a wrong type and an unknown kind are found in each of them', async () => {
  const production: readonly Manifest[] = goldenManifests('production')
  const broken = production.map((manifest) =>
    manifest.spec === undefined
      ? { ...manifest, metadata: { ...manifest.metadata, lables: {} } }
      : { ...manifest, spec: { ...manifest.spec, sepc: 1 } },
  )
  const problems = await manifestProblems(broken)
  for (const { kind, metadata } of broken)
    assert.ok(
      problems.some((problem) => problem.startsWith(`${kind} ${metadata.name}: TS2353`)),
      `${kind} ${metadata.name}`,
    )
  const [topic] = manifestsOf(textOf('deploy/strimzi/topics.yaml'))
  assert.ok(topic !== undefined)
  const others = [
    { ...topic, spec: { partitions: '12', replicas: 3 } },
    { ...topic, kind: 'Kafka' },
  ]
  await assert.rejects(manifestProblems(others), /kafka\.schema\.json/)
  assert.match((await manifestProblems(others.slice(0, 1))).join(), /partitions must be integer/)
})

test('pods are restricted, have no token, a root that is read-only, and a place for temporary files', () => {
  assert.ok(PODS.length >= 5)
  for (const { name, pod } of PODS) {
    assert.equal(pod.automountServiceAccountToken, false, name)
    assert.deepEqual(
      pod.securityContext,
      {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      name,
    )
    const [container] = pod.containers
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === '/tmp'))
    assert.ok(pod.volumes.some((volume) => volume.name === 'tmp' && 'emptyDir' in volume))
    assert.ok('memory' in container.resources.limits && 'cpu' in container.resources.requests)
    assert.ok(!('cpu' in container.resources.limits), 'a throttled worker misses heartbeats')
  }
})

test('secrets are files: none in arguments or variables, and whole folders, so that a new value arrives', () => {
  for (const { name, pod } of PODS) {
    const [container] = pod.containers
    assert.doesNotMatch(JSON.stringify(container.env ?? []), /secretKeyRef/, name)
    assert.doesNotMatch(JSON.stringify(container.envFrom ?? []), /secretRef/, name)
    assert.doesNotMatch(container.args.join(' '), /secret|password|token/i, name)
    for (const mount of container.volumeMounts) assert.ok(!('subPath' in mount), mount.mountPath)
  }
  for (const { manifests } of ALL) assert.deepEqual(ofKind(manifests, 'Secret'), [])
})

test('probes ask for life and readiness, and the start has minutes', () => {
  for (const { name, pod } of PODS) {
    const [{ startupProbe, livenessProbe, readinessProbe }] = pod.containers
    assert.equal(livenessProbe.httpGet.path, '/livez', name)
    assert.equal(readinessProbe.httpGet.path, '/readyz', name)
    assert.equal(startupProbe.httpGet.path, '/livez', name)
    assert.ok(startupProbe.periodSeconds * startupProbe.failureThreshold >= 120, name)
  }
})

test('budget, spread and network policy are on without being asked for', () => {
  const minimal = goldenManifests('minimal')
  for (const kind of ['PodDisruptionBudget', 'NetworkPolicy']) {
    const names = ofKind(minimal, kind).map(({ metadata }) => metadata.name)
    assert.deepEqual(names.toSorted(), ['whosecall-registry', 'whosecall-worker'], kind)
  }
  for (const budget of ofKind(minimal, 'PodDisruptionBudget'))
    assert.equal((budget.spec as { readonly maxUnavailable: number }).maxUnavailable, 1)
  for (const { pod } of PODS)
    assert.deepEqual(
      pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
      ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
    )
  // Nothing that needs an operator is there unless somebody says that the operator is.
  const kinds = new Set(minimal.map(({ apiVersion }) => apiVersion))
  assert.deepEqual([...kinds].toSorted(), ['apps/v1', 'networking.k8s.io/v1', 'policy/v1', 'v1'])
})

interface PolicySpec {
  readonly ingress: readonly { readonly from?: readonly object[] }[]
  readonly egress: readonly { readonly ports?: readonly { readonly port: number | string }[] }[]
}

test('without peers that may scrape nobody may, and a worker reaches DNS, Kafka, Redis and the registry only', () => {
  const policies = (name: string): readonly PolicySpec[] =>
    ofKind(goldenManifests(name), 'NetworkPolicy').map(({ spec }) => spec as PolicySpec)
  for (const name of valuesNames())
    for (const { ingress } of policies(name))
      for (const { from } of ingress) assert.ok((from ?? []).length > 0, 'no rule for everybody')
  assert.deepEqual(policies('file')[0]?.ingress, [])
  const ports = (name: string): readonly (number | string)[] =>
    (policies(name)[0]?.egress ?? []).flatMap((rule) => (rule.ports ?? []).map(({ port }) => port))
  assert.deepEqual(ports('file'), [53, 53, 9092, 9093])
  assert.deepEqual(ports('minimal'), [53, 53, 9092, 9093, 'http'])
  assert.deepEqual(ports('production'), [53, 53, 9093, 6379, 'http'])
})

interface Scaling {
  readonly minReplicaCount: number
  readonly maxReplicaCount: number
  readonly idleReplicaCount?: number
  readonly advanced: {
    readonly horizontalPodAutoscalerConfig: {
      readonly behavior: { readonly scaleDown: { readonly stabilizationWindowSeconds: number } }
    }
  }
  readonly triggers: readonly { readonly type: string; readonly metadata: { query: string } }[]
}

test('scaling is by lag in seconds, between two workers and the partitions, and slow on the way down', () => {
  const production = goldenManifests('production')
  const scaling = ofKind(production, 'ScaledObject')[0]?.spec as Scaling
  assert.equal(scaling.minReplicaCount, 2)
  assert.equal(scaling.maxReplicaCount, 24)
  assert.equal(scaling.idleReplicaCount, undefined)
  const { behavior } = scaling.advanced.horizontalPodAutoscalerConfig
  assert.ok(behavior.scaleDown.stabilizationWindowSeconds >= 600)
  const [trigger] = scaling.triggers
  assert.equal(trigger?.type, 'prometheus')
  assert.equal(
    trigger?.metadata.query,
    'max(whosecall_consumer_lag_seconds{namespace="ai", pod=~"whosecall-worker-.+"})',
  )
  // Two owners of one number would fight.
  const worker = ofKind(production, 'Deployment').find(({ metadata: { name } }) =>
    name.endsWith('-worker'),
  )
  assert.ok(worker !== undefined)
  assert.equal((worker.spec as DeploymentSpec).replicas, undefined)
})

/** What a mounted secret holds; a file that is not mounted cannot be read. */
function mountedFile(pod: Pod, pems: ReadonlyMap<string, string>): (path: string) => string {
  const mounts = pod.containers[0].volumeMounts.map(({ mountPath }) => mountPath)
  return (path) => {
    assert.ok(
      mounts.some((mount) => path.startsWith(`${mount}/`)),
      `${path} is not mounted`,
    )
    const [, name = ''] = /\/(ca\.crt|user\.crt|user\.key)$/.exec(path) ?? []
    return pems.get(name) ?? 'a secret that is long enough'
  }
}

test('the configs that are rendered are valid, name mounted files only, and drain within the grace period', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'whosecall-pems-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { ca_file, cert_file, key_file } = await writeCertificates(folder)
  const files = { 'ca.crt': ca_file, 'user.crt': cert_file, 'user.key': key_file }
  const pems = new Map(
    Object.entries(files).map(([name, file]) => [name, readFileSync(file, 'utf8')] as const),
  )
  let read = 0
  for (const { name, manifests } of ALL)
    for (const { metadata, data } of ofKind(manifests, 'ConfigMap')) {
      const pod = PODS.find((one) => one.name === `${name} ${metadata.name}`)?.pod
      if (pod === undefined) continue
      const input = { env: { KAFKA_BROKERS: 'kafka:9093' }, readFile: mountedFile(pod, pems) }
      const text = data?.['worker.yaml'] ?? data?.['registry.yaml'] ?? ''
      const file = data?.['worker.yaml'] === undefined ? 'registry.yaml' : 'worker.yaml'
      const result =
        file === 'worker.yaml'
          ? readWorkerConfig({ file, text, ...input })
          : readRegistryConfig({ file, text, ...input })
      assert.ok(result.ok, `${name} ${JSON.stringify(result)}`)
      assert.deepEqual(result.warnings, [], name)
      read++
      if (!('service' in result.config)) continue
      const grace_ms = pod.terminationGracePeriodSeconds * 1000
      assert.ok(grace_ms > result.config.service.shutdown_timeout_ms + 5000, name)
    }
  assert.equal(read, PODS.length)
})

test('the chart restarts workers for just what they cannot take over', () => {
  const template = textOf('deploy/helm/whosecall/templates/_config.tpl')
  const [, words = ''] = /omit \$receiver ("source"[^-]*?) -\}\}/.exec(template) ?? []
  const live = [...words.matchAll(/"(\w+)"/g)].map(([, word = '']) => word)
  const [minimal] = ofKind(goldenManifests('minimal'), 'ConfigMap').filter(
    ({ data }) => data?.['worker.yaml'] !== undefined,
  )
  const text = minimal?.data?.['worker.yaml'] ?? ''
  const result = readWorkerConfig({ file: 'worker.yaml', text, env: {}, readFile: () => '' })
  assert.ok(result.ok)
  const { config } = result
  const taken = Object.keys(RECEIVERS.kafka.Config.properties).filter((key) => {
    const receiver = { ...config.receivers['kafka'], [key]: 'another' }
    const after = { ...config, receivers: { kafka: receiver } } as WorkerConfig
    return key !== 'logs' && frozenChanges(config, after).length === 0
  })
  assert.deepEqual(live.toSorted(), taken.toSorted())
})

test('a copy in the chart has its original, and the version is that of the package', () => {
  assert.deepEqual(
    copiesThere(),
    chartCopies([])
      .map(({ path }) => path)
      .toSorted(),
  )
  const chart: { version: string; appVersion: string } = parse(
    textOf('deploy/helm/whosecall/Chart.yaml'),
  )
  const { version }: { version: string } = JSON.parse(textOf('package.json'))
  assert.equal(chart.version, version)
  assert.equal(chart.appVersion, version)
})
