import type { Command } from './command.ts'

/**
 * The table of subcommands, in the order of the help. A command's module is loaded only when it is used: the help and a
 * mistyped name must answer at once.
 */
export interface CommandRow {
  readonly name: string
  readonly summary: string
  load(): Promise<Command>
}

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'validate',
    summary: 'check a config file and report every error',
    load: async () => (await import('./validate.ts')).command,
  },
  {
    name: 'attribute',
    summary: 'attribute the records of files, without a bus',
    load: async () => (await import('./attribute.ts')).command,
  },
  {
    name: 'print-config',
    summary: 'print the resolved config, secrets redacted',
    load: async () => (await import('./print-config.ts')).command,
  },
  {
    name: 'schema',
    summary: 'print a published JSON Schema',
    load: async () => (await import('./schema.ts')).command,
  },
]
