/**
 * The page of every key of both configs, made of their schemas: type, default, limits, unit, description. A list, because a table
 * would be as wide as its longest line of words.
 */
import type { TSchema } from 'typebox'
import { expectedWords } from '#/config/expect.ts'
import { normalSchema, unionWords, type SchemaNode } from '#/config/schema.ts'
import { OwnersConfig } from '#/owners/index.ts'
import { RegistryConfig } from '#/registry/index.ts'
import { WorkerConfig } from '#/worker/index.ts'
import { EXPORTERS } from '#/worker/exporters/index.ts'
import { PROCESSORS } from '#/worker/processors/index.ts'
import { RECEIVERS } from '#/worker/receivers/index.ts'
import { LIVE_RECEIVER_KEYS } from '#/worker/reload/frozen.ts'

interface Section {
  readonly title: string
  readonly about: string
  readonly schema: TSchema
  /** What the keys stand below, in the file. */
  readonly path: string
}

const { pipelines: _pipelines, ...SERVICE } = WorkerConfig.properties.service.properties
const SERVICE_SCHEMA: TSchema = {
  ...WorkerConfig.properties.service,
  properties: SERVICE,
  required: Object.keys(SERVICE),
}

const WORKER: readonly Section[] = [
  ...Object.entries(RECEIVERS).map(([type, { Config }]) => component('receivers', type, Config)),
  ...Object.entries(PROCESSORS).map(([type, { Config }]) => component('processors', type, Config)),
  ...Object.entries(EXPORTERS).map(([type, { Config }]) => component('exporters', type, Config)),
  {
    title: 'Owners',
    about: 'Where it is looked up who owns what.',
    schema: OwnersConfig,
    path: 'owners',
  },
  { title: 'Service', about: 'The process.', schema: SERVICE_SCHEMA, path: 'service' },
  {
    title: 'Pipelines',
    about: 'Which components work together; an id is `logs` or `logs/<name>`.',
    schema: WorkerConfig.properties.service.properties.pipelines,
    path: 'service.pipelines',
  },
]

const REGISTRY: readonly Section[] = [
  { title: 'Registry', about: 'The whole config of a registry.', schema: RegistryConfig, path: '' },
]

function component(kind: string, type: string, schema: TSchema): Section {
  const one = kind.slice(0, -1)
  const name = `${type[0]?.toUpperCase()}${type.slice(1)} ${one}`
  const about = `Its id is \`${type}\` or \`${type}/<name>\`; what it does: [its page](../services/worker/${kind}/${type}/README.md).`
  return { title: name, about, schema, path: `${kind}.${type}` }
}

const HEAD = `# Configuration

Every key of the config of a worker and of a registry. In the file a value may be \`\${env:NAME}\`, \`\${env:NAME:-default}\` or
\`\${file:/path}\`; \`$$\` is a dollar sign. Unknown keys are errors. \`whosecall validate -c FILE\` checks a file,
\`whosecall print-config -c FILE\` shows it with all defaults, \`whosecall schema config\` is for your editor. A complete
file: [examples/worker.yaml](examples/worker.yaml).

A running worker takes over what says how records are judged: processors, owners, the \`processors\` of pipelines, and of receivers
the keys that are marked ↻. Everything else needs a restart.

<!-- This page is generated: npm run generate -->
`

export function configurationPage(): string {
  const worker = WORKER.map(sectionText)
  const registry = REGISTRY.map(sectionText)
  return [HEAD, '## Worker\n', ...worker, '## Registry file\n', ...registry].join('\n')
}

/** Of a receiver, the keys that a running worker takes over. */
function isLive(key: string): boolean {
  const [kind, , name = '', inner] = key.split('.')
  if (kind !== 'receivers') return false
  return name === 'logs' ? inner === 'encoding' : LIVE_RECEIVER_KEYS.includes(name)
}

function sectionText({ title, about, schema, path }: Section): string {
  const lines: string[] = []
  collect(normalSchema(schema), path, '', lines)
  return `### ${title}\n\n${about}\n\n${lines.join('\n')}\n`
}

function collect(node: SchemaNode, path: string, condition: string, lines: string[]): void {
  for (const [name, member] of Object.entries(node.properties ?? {})) {
    const key = path === '' ? name : `${path}.${name}`
    const required = node.required?.includes(name) === true && member.default === undefined
    lines.push(line(key, { node: member, required, condition, live: isLive(key) }))
    below(member, key, condition, lines)
  }
  branches(node, path, condition, lines)
}

function below(member: SchemaNode, key: string, condition: string, lines: string[]): void {
  if (member.properties !== undefined || member.discriminator !== undefined)
    collect(member, key, condition, lines)
  else if (member.patternProperties !== undefined) branches(member, key, condition, lines)
  else if (member.items !== undefined) below(member.items, `${key}[]`, condition, lines)
  else for (const branch of member.anyOf ?? []) below(branch, key, condition, lines)
}

/** Keys that are there only with a certain `type`, and keys below a name of your own. */
function branches(node: SchemaNode, path: string, condition: string, lines: string[]): void {
  const tag = node.discriminator?.propertyName
  if (tag !== undefined) {
    const words = unionWords(node).map((word) => `\`${word}\``)
    lines.push(`- **\`${path}.${tag}\`**${condition}: ${words.join(', ')} · required.`)
    for (const branch of node.oneOf ?? []) {
      const word = branch.properties?.[tag]
      const { [tag]: _tag, ...properties } = branch.properties ?? {}
      const with_words = (word?.enum ?? [word?.const]).join(' or ')
      const more = `${condition} (with ${tag} ${with_words})`
      collect({ ...branch, properties }, path, more, lines)
    }
  }
  const members = Object.values(node.patternProperties ?? {})
  members.forEach((member, index) => {
    const name = node.component_types?.[index] ?? '<name>'
    below(member, path === '' ? name : `${path}.${name}`, condition, lines)
  })
}

interface Entry {
  readonly node: SchemaNode
  readonly required: boolean
  readonly condition: string
  readonly live: boolean
}

function line(key: string, { node, required, condition, live }: Entry): string {
  const facts = [typeWords(node), ...limits(node)]
  if (required) facts.push('required')
  else if (node.default !== undefined && !isEmptyMap(node.default))
    facts.push(`default \`${JSON.stringify(node.default)}\``)
  if (node.secret === true) facts.push('secret, never printed')
  const text = (node.description ?? '').replaceAll('\n', ' ').replaceAll(/__\w+__/g, '`$&`')
  return `- **\`${key}\`**${live ? ' ↻' : ''}${condition}: ${facts.join(' · ')}. ${text}`.trim()
}

function typeWords(node: SchemaNode): string {
  if (node.enum) return node.enum.map((word) => `\`${String(word)}\``).join(', ')
  if (node.type === 'array' && node.items) return `list of ${typeWords(node.items)}`
  if (node.anyOf) return node.anyOf.map(typeWords).join(' or ')
  return expectedWords(node).replace(/^an? /, '')
}

function limits(node: SchemaNode): readonly string[] {
  const ranges: readonly (readonly [number | undefined, number | undefined, string])[] = [
    [numberOf(node, 'minimum'), numberOf(node, 'maximum'), ''],
    [numberOf(node, 'minLength'), numberOf(node, 'maxLength'), ' characters'],
    [numberOf(node, 'minItems'), numberOf(node, 'maxItems'), ' entries'],
  ]
  const own = ranges.flatMap(([least, most, of]) => range(least, most, of))
  return [...own, ...(node.anyOf ?? []).flatMap(limits)]
}

function range(least: number | undefined, most: number | undefined, of: string): readonly string[] {
  if (least === undefined && most === undefined) return []
  if (most === undefined && least === 1 && of === ' characters') return ['not empty']
  if (most === undefined) return [`at least ${least}${of}`]
  if (least === undefined) return [`at most ${most}${of}`]
  return [`${least} to ${most}${of}`]
}

function numberOf(node: SchemaNode, keyword: string): number | undefined {
  const value = node[keyword]
  return typeof value === 'number' ? value : undefined
}

function isEmptyMap(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === 0 &&
    !Array.isArray(value)
  )
}
