import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { findProgram } from '../stack/programs.ts'

/** The Helm chart as Helm itself reads it, with the values that stand in its `ci/` folder. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
export const CHART = `${ROOT}deploy/helm/whosecall`

/** A Helm that Go built takes the cluster for an ancient one, unless it is told. */
const CLUSTER = ['--kube-version', '1.34.0']

/** A manifest as far as tests look at it; what lies below `spec` they say themselves. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: unknown
  readonly data?: Readonly<Record<string, string>>
}

/** `minimal` stands for `ci/minimal-values.yaml`. */
export function valuesNames(): readonly string[] {
  const files = globSync(`${CHART}/ci/*-values.yaml`)
  return files.map((file) => basename(file, '-values.yaml')).toSorted()
}

export function goldenChart(name: string): URL {
  return new URL(`../data/golden/helm/${name}.yaml`, import.meta.url)
}

interface HelmEnd {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function helm(args: readonly string[]): Promise<HelmEnd> {
  const program = await findProgram('helm')
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [...args], {
      maxBuffer: 64 * 1024 * 1024,
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
    })
    return { code: 0, out: stdout, err: stderr }
  } catch (error) {
    const end = error as { code?: unknown; stdout?: string; stderr?: string }
    if (typeof end.code !== 'number') throw error
    return { code: end.code, out: end.stdout ?? '', err: end.stderr ?? '' }
  }
}

/** `helm template` of a release `whosecall` in the namespace `ai`. */
export function template(name: string, set: readonly string[] = []): Promise<HelmEnd> {
  const values = ['-f', `${CHART}/ci/${name}-values.yaml`]
  const more = set.flatMap((one) => ['--set', one])
  return helm(['template', 'whosecall', CHART, '-n', 'ai', ...CLUSTER, ...values, ...more])
}

/**
 * What the golden files hold: everything but rules and dashboards, which are copies of files with tests of their own and change
 * often.
 */
export function templateGolden(name: string): Promise<HelmEnd> {
  return template(name, ['prometheusRule.enabled=false', 'dashboards.enabled=false'])
}

export function lint(name: string): Promise<HelmEnd> {
  return helm(['lint', '--strict', CHART, ...CLUSTER, '-f', `${CHART}/ci/${name}-values.yaml`])
}

export function manifestsOf(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document): Manifest | null => document.toJS())
    .filter((manifest) => manifest !== null)
}

export function goldenManifests(name: string): readonly Manifest[] {
  return manifestsOf(readFileSync(goldenChart(name), 'utf8'))
}
