import type { Finding } from '#/config/index.ts'
import type { LintCode } from './codes.ts'

/** What lint has to say about a place. Texts of an owner file are never quoted: they may name a person. */

export interface RowFinding {
  readonly code: LintCode
  /** Index of the binding. */
  readonly binding: number
  readonly member?: 'key' | 'owner' | 'valid_to'
  readonly message: string
  readonly help?: string
}

export interface ConfigFinding {
  readonly pointer: string
  readonly finding: Finding & { readonly code: LintCode }
}
