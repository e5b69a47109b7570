import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { messageOf } from '#/core/errors.ts'
import type { Manifest } from './chart.ts'

/**
 * Manifests against the schemas of what they are sent to, without a cluster. Values are checked by the validators that the
 * packages carry; those let unknown fields pass, as a cluster does, which then ignores them. A type of TypeScript does not, so
 * each manifest is also written down as a literal of its type, and all are compiled at once. Strimzi's kinds are in no package:
 * their fields stand in schemas of our own.
 */

interface Model {
  validate(): void
}

interface Kind {
  readonly model: new (data: never) => Model
  readonly module: string
  readonly type: string
}

const CORE = 'kubernetes-models'
const OPERATOR = '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'

const KINDS: Readonly<Record<string, Kind>> = {
  'apps/v1 Deployment': { model: Deployment, module: `${CORE}/apps/v1`, type: 'IDeployment' },
  'v1 ConfigMap': { model: ConfigMap, module: `${CORE}/v1`, type: 'IConfigMap' },
  'v1 Service': { model: Service, module: `${CORE}/v1`, type: 'IService' },
  'v1 ServiceAccount': { model: ServiceAccount, module: `${CORE}/v1`, type: 'IServiceAccount' },
  'policy/v1 PodDisruptionBudget': {
    model: PodDisruptionBudget,
    module: `${CORE}/policy/v1`,
    type: 'IPodDisruptionBudget',
  },
  'networking.k8s.io/v1 NetworkPolicy': {
    model: NetworkPolicy,
    module: `${CORE}/networking.k8s.io/v1`,
    type: 'INetworkPolicy',
  },
  'monitoring.coreos.com/v1 ServiceMonitor': {
    model: ServiceMonitor,
    module: OPERATOR,
    type: 'IServiceMonitor',
  },
  'monitoring.coreos.com/v1 PrometheusRule': {
    model: PrometheusRule,
    module: OPERATOR,
    type: 'IPrometheusRule',
  },
  'keda.sh/v1alpha1 ScaledObject': {
    model: ScaledObject,
    module: '@kubernetes-models/keda/keda.sh/v1alpha1',
    type: 'IScaledObject',
  },
}

const STRIMZI = 'kafka.strimzi.io/v1 '

/** What is wrong with them, each line beginning with kind and name. */
export async function manifestProblems(manifests: readonly Manifest[]): Promise<readonly string[]> {
  const core = manifests.filter((one) => !idOf(one).startsWith(STRIMZI))
  const unknown = core
    .filter((one) => !(idOf(one) in KINDS))
    .map((one) => `${title(one)}: no schema`)
  const known = core.filter((one) => idOf(one) in KINDS)
  const values = known.flatMap(valueProblems)
  const strimzi = manifests.filter((one) => idOf(one).startsWith(STRIMZI)).flatMap(strimziProblems)
  return [...unknown, ...values, ...strimzi, ...(await typeProblems(known))]
}

function idOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion} ${kind}`
}

function title({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`
}

function valueProblems(manifest: Manifest): readonly string[] {
  const kind = KINDS[idOf(manifest)]
  if (kind === undefined) return []
  try {
    new kind.model(manifest as never).validate()
    return []
  } catch (error) {
    return [`${title(manifest)}: ${messageOf(error)}`]
  }
}

const strimzi_validators = new Map<string, ValidateFunction>()

function strimziProblems(manifest: Manifest): readonly string[] {
  const validate = strimzi_validators.get(manifest.kind) ?? strimziValidator(manifest.kind)
  strimzi_validators.set(manifest.kind, validate)
  if (validate(manifest)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${title(manifest)}: ${instancePath} ${message}`,
  )
}

function strimziValidator(kind: string): ValidateFunction {
  const file = new URL(`../data/strimzi/${kind.toLowerCase()}.schema.json`, import.meta.url)
  const schema: object = JSON.parse(readFileSync(file, 'utf8'))
  return new Ajv2020({ allErrors: true }).compile(schema)
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const TSC_OPTIONS = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: 'esnext',
  module: 'nodenext',
  types: [],
}

/** Unknown fields, and values that the type does not have. The literals lie where the packages can be found from. */
async function typeProblems(manifests: readonly Manifest[]): Promise<readonly string[]> {
  if (manifests.length === 0) return []
  const folder = `${ROOT}node_modules/.cache/manifests-${process.pid}-${performance.now()}`
  mkdirSync(folder, { recursive: true })
  try {
    manifests.forEach((manifest, index) => {
      writeFileSync(`${folder}/m${index}.ts`, literalOf(manifest))
    })
    const config = { compilerOptions: TSC_OPTIONS, include: ['*.ts'] }
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config))
    return await compiled(folder, manifests)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function literalOf(manifest: Manifest): string {
  const kind = KINDS[idOf(manifest)]
  if (kind === undefined) return ''
  const literal = JSON.stringify(manifest, undefined, 1)
  return `import type { ${kind.type} } from '${kind.module}'\nexport const it: ${kind.type} = ${literal}\n`
}

async function compiled(
  folder: string,
  manifests: readonly Manifest[],
): Promise<readonly string[]> {
  const tsc = `${ROOT}node_modules/typescript/bin/tsc`
  const args = [tsc, '-p', folder, '--pretty', 'false']
  const end = await promisify(execFile)(process.execPath, args).catch((error: unknown) => error)
  if (!(end instanceof Error)) return []
  const out = 'stdout' in end ? String(end.stdout) : ''
  const lines = out.split('\n').filter((line) => /\berror TS/.test(line))
  if (lines.length === 0) throw end
  return lines.map((line) => {
    const index = Number(/m(\d+)\.ts/.exec(line)?.[1])
    const manifest = manifests[index]
    return `${manifest === undefined ? '' : title(manifest)}: ${line.replace(/^.*error /, '')}`
  })
}
