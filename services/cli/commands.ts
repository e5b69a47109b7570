import type { Command } from './command.ts'

/**
 * The table of subcommands, in the order of the help. A command's module is loaded only when it is used: the help and a
 * mistyped name must answer at once.
 */
export interface CommandRow {
  readonly name: string
  readonly summary: string
  /**
   * What may stand on the line besides options: nothing; a config file, unless `-c` names it; one word; or whatever the
   * command makes of it.
   */
  readonly operands: 'none' | 'config' | 'one' | 'any'
  load(): Promise<Command>
}

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'demo',
    summary: 'watch it work on generated calls: no Kafka, no Redis',
    operands: 'none',
    load: async () => (await import('./demo.ts')).command,
  },
  {
    name: 'run',
    summary: 'run the stream worker',
    operands: 'config',
    load: async () => (await import('./run.ts')).command,
  },
  {
    name: 'validate',
    summary: 'check a config file and report every error',
    operands: 'config',
    load: async () => (await import('./validate.ts')).command,
  },
  {
    name: 'lint',
    summary: 'find what is legal and hardly meant in a config and its owner file',
    operands: 'config',
    load: async () => (await import('./lint.ts')).command,
  },
  {
    name: 'doctor',
    summary: 'check brokers, topics, owners, memory and secrets from here',
    operands: 'config',
    load: async () => (await import('./doctor.ts')).command,
  },
  {
    name: 'graph',
    summary: 'draw the pipelines of a config: what reads and writes what',
    operands: 'config',
    load: async () => (await import('./graph.ts')).command,
  },
  {
    name: 'attribute',
    summary: 'attribute the records of files, without a bus',
    operands: 'any',
    load: async () => (await import('./attribute.ts')).command,
  },
  {
    name: 'explain',
    summary: 'say why a message was attributed as it was, and what would change it',
    operands: 'any',
    load: async () => (await import('./explain.ts')).command,
  },
  {
    name: 'test',
    summary: 'run unit tests of a config, or hold an archive against a coverage',
    operands: 'any',
    load: async () => (await import('./test.ts')).command,
  },
  {
    name: 'capture',
    summary: 'save a redacted sample of a topic to a file, for a ticket',
    operands: 'config',
    load: async () => (await import('./capture.ts')).command,
  },
  {
    name: 'sources',
    summary: 'show what each source can tell, and which one wrote a line',
    operands: 'any',
    load: async () => (await import('./sources.ts')).command,
  },
  {
    name: 'top',
    summary: 'watch a running worker in the terminal',
    operands: 'none',
    load: async () => (await import('./top.ts')).command,
  },
  {
    name: 'tap',
    summary: 'show samples of the events that go through a running worker',
    operands: 'none',
    load: async () => (await import('./tap.ts')).command,
  },
  {
    name: 'redrive',
    summary: 'send dead letters back to where they came from',
    operands: 'config',
    load: async () => (await import('./redrive.ts')).command,
  },
  {
    name: 'registry',
    summary: 'serve owner lookups from an owner file',
    operands: 'config',
    load: async () => (await import('./registry.ts')).command,
  },
  {
    name: 'rules',
    summary: 'print alert rules for Prometheus from a coverage target',
    operands: 'none',
    load: async () => (await import('./rules.ts')).command,
  },
  {
    name: 'print-config',
    summary: 'print the resolved config, secrets redacted',
    operands: 'config',
    load: async () => (await import('./print-config.ts')).command,
  },
  {
    name: 'schema',
    summary: 'print a published JSON Schema',
    operands: 'one',
    load: async () => (await import('./schema.ts')).command,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    operands: 'one',
    load: async () => (await import('./completion.ts')).command,
  },
]
