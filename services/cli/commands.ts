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
    name: 'demo',
    summary: 'watch it work on generated calls: no Kafka, no Redis',
    load: async () => (await import('./demo.ts')).command,
  },
  {
    name: 'run',
    summary: 'run the stream worker',
    load: async () => (await import('./run.ts')).command,
  },
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
    name: 'sources',
    summary: 'show what each source can tell, and which one wrote a line',
    load: async () => (await import('./sources.ts')).command,
  },
  {
    name: 'redrive',
    summary: 'send dead letters back to where they came from',
    load: async () => (await import('./redrive.ts')).command,
  },
  {
    name: 'registry',
    summary: 'serve owner lookups from an owner file',
    load: async () => (await import('./registry.ts')).command,
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
