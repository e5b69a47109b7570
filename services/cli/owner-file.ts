import { resolve } from 'node:path'
import type { Diagnostic } from '#/config/index.ts'
import { messageOf } from '#/core/errors.ts'
import { loadOwnerFile, type FileDiagnostic, type OwnersConfig } from '#/owners/index.ts'

/**
 * The owner file that a config names, read as the start would read it, so that a broken row is found before a rollout. An
 * `http` directory is not asked: a check of configs connects to nothing.
 */

/** Codes of this check; what each means. */
export const OWNER_FILE_CODES = {
  'WC-C120': 'the owner file has an error: a worker would not start with it',
  'WC-C121': 'a row of the owner file does not do what its writer may think',
  'WC-C122':
    'the owner file is not read: a worker would wait for one, and its events would be unresolved',
} as const

export interface OwnerFileCheck {
  /** As the config names it. */
  readonly file: string
  readonly bindings: number
  readonly diagnostics: readonly Diagnostic[]
}

/** `undefined` when the config names no owner file. */
export async function checkOwnerFile(
  { directory }: Pick<OwnersConfig, 'directory'>,
  cwd: string,
): Promise<OwnerFileCheck | undefined> {
  if (directory.type !== 'file') return undefined
  const file = directory.path
  try {
    const loaded = await loadOwnerFile(resolve(cwd, file), directory.file_bytes_max)
    const errors = loaded.errors.map((found) => ownerDiagnostic(file, 'WC-C120', found))
    const warnings = loaded.warnings.map((found) => ownerDiagnostic(file, 'WC-C121', found))
    return { file, bindings: loaded.bindings.length, diagnostics: [...errors, ...warnings] }
  } catch (error) {
    const found = { line: 1, column: 1, message: messageOf(error) }
    return { file, bindings: 0, diagnostics: [ownerDiagnostic(file, 'WC-C122', found)] }
  }
}

/** Without the line itself, which may name a person. */
export function ownerDiagnostic(
  file: string,
  code: keyof typeof OWNER_FILE_CODES,
  { line, column, message }: Omit<FileDiagnostic, 'file'>,
): Diagnostic {
  const severity = code === 'WC-C121' ? 'warning' : 'error'
  return { file, line, column, length: 1, code, severity, path: '', message, excerpt: '' }
}
