import { resolve } from 'node:path'
import { diagnosticAt, sortDiagnostics, type Diagnostic, type Located } from '#/config/index.ts'
import { messageOf } from '#/core/errors.ts'
import { inspectOwnerText, readOwnerFile, type InspectedOwners } from '#/owners/index.ts'
import type { WorkerConfig } from '#/worker/index.ts'
import { ownerDiagnostic } from '../owner-file.ts'
import { keyShapes } from './key-shapes.ts'
import { lintNetworks } from './networks.ts'
import { lintRows } from './owner-rows.ts'
import { lintClaims, lintReach } from './reach.ts'
import { lintTarget } from './target.ts'
import { lintTopics } from './topics.ts'
import { lintWords } from './words.ts'

/** Everything that lint finds, as diagnostics. */

export interface OwnerFile {
  /** As messages shall name it. */
  readonly file: string
  readonly owners: InspectedOwners
}

/** The owner file, or what makes it useless. */
export async function readOwners(
  { path, file_bytes_max }: { readonly path: string; readonly file_bytes_max?: number },
  cwd: string,
): Promise<OwnerFile | readonly Diagnostic[]> {
  try {
    const text = await readOwnerFile(resolve(cwd, path), file_bytes_max)
    const owners = inspectOwnerText(path, text)
    if (owners.errors.length === 0) return { file: path, owners }
    return owners.errors.map((found) => ownerDiagnostic(path, 'WC-C120', found))
  } catch (error) {
    return [ownerDiagnostic(path, 'WC-C122', { line: 1, column: 1, message: messageOf(error) })]
  }
}

export interface Linted {
  readonly config: WorkerConfig
  readonly document: Located
  /** Absent when the owners are in a service. */
  readonly owner_file: OwnerFile | undefined
  readonly now_ms: number
}

export function lintAll({ config, document, owner_file, now_ms }: Linted): readonly Diagnostic[] {
  const shapes = keyShapes(config)
  const found = [...lintWords(config, shapes, owner_file?.owners), ...lintTopics(config)]
  const in_config = found.map(({ pointer, finding }) => diagnosticAt(document, pointer, finding))
  if (owner_file === undefined) return sortDiagnostics(in_config)
  const { file, owners } = owner_file
  const rows = [
    ...lintRows(owners, now_ms),
    ...lintNetworks(owners),
    ...lintReach(owners, shapes),
    ...lintClaims(owners, shapes),
  ]
  const in_file = rows.map(({ binding, member, ...said }) =>
    warning(file, owners.placeOf(binding, member), said),
  )
  return [...sortDiagnostics(in_config), ...sortDiagnostics(in_file)]
}

/** A target stands on the command line and has no other place. */
export function lintTargetOf(target: number): readonly Diagnostic[] {
  return lintTarget(target).map((said) => warning('--target', { line: 1, column: 1 }, said))
}

function warning(
  file: string,
  { line, column }: { readonly line: number; readonly column: number },
  said: Pick<Diagnostic, 'code' | 'message' | 'help'>,
): Diagnostic {
  return { file, line, column, length: 1, severity: 'warning', path: '', excerpt: '', ...said }
}
