import type { Random } from './random.ts'
import {
  CODE_LINES,
  IDENTIFIERS,
  INSTRUCTIONS,
  OBJECTS,
  SUBJECTS,
  SYSTEM_PROMPTS,
  TAILS,
  VERBS,
} from './vocabulary.ts'

/**
 * Prompts and completions of real size: most a few kilobytes, some tens of kilobytes, in the three textures that logs
 * hold: prose, source code, and JSON inside JSON. Blocks are made once per seed and then combined, so that a generated
 * event costs little more than its copy.
 */
const BLOCKS_PER_TEXTURE = 64
const PROMPT_BYTES_MEDIAN = 1400
const PROMPT_SPREAD = 1.1
const PROMPT_BYTES_MIN = 240
const PROMPT_BYTES_MAX = 48_000

export const TEXTURES = ['prose', 'code', 'json'] as const
export type Texture = (typeof TEXTURES)[number]

export interface Prompts {
  system(): string
  prompt(texture: Texture): string
  completion(texture: Texture): string
}

export function createPrompts(random: Random): Prompts {
  const makers = { prose: paragraph, code: codeBlock, json: jsonBlock }
  const blocks = Object.fromEntries(
    TEXTURES.map((texture) => [
      texture,
      Array.from({ length: BLOCKS_PER_TEXTURE }, () => makers[texture](random)),
    ]),
  )
  const text = (texture: Texture, length_min: number): string => {
    const parts: string[] = []
    for (let length = 0; length < length_min; length += parts.at(-1)?.length ?? 0) {
      parts.push(random.pick(blocks[texture] ?? []))
    }
    return parts.join('\n\n').slice(0, PROMPT_BYTES_MAX)
  }
  return {
    system: () => random.pick(SYSTEM_PROMPTS),
    prompt(texture) {
      const size = PROMPT_BYTES_MEDIAN * Math.exp(PROMPT_SPREAD * random.normal())
      const bounded = Math.min(PROMPT_BYTES_MAX, Math.max(PROMPT_BYTES_MIN, size))
      return `${random.pick(INSTRUCTIONS)}\n\n${text(texture, bounded)}`
    },
    completion: (texture) => text(texture, random.integer(80, 900)),
  }
}

function sentence(random: Random): string {
  const text = `${random.pick(SUBJECTS)} ${random.pick(VERBS)} ${random.pick(OBJECTS)} ${random.pick(TAILS)}.`
  return text[0]?.toUpperCase() + text.slice(1)
}

function paragraph(random: Random): string {
  return Array.from({ length: random.integer(3, 8) }, () => sentence(random)).join(' ')
}

function codeBlock(random: Random): string {
  return Array.from({ length: random.integer(6, 18) }, () => {
    const names = [random.pick(IDENTIFIERS), random.pick(IDENTIFIERS), random.pick(IDENTIFIERS)]
    const line = random.pick(CODE_LINES)
    const filled = line.replace(
      /\{([abc])\}/g,
      (_, slot: string) => names['abc'.indexOf(slot)] ?? '',
    )
    return '  '.repeat(random.integer(0, 3)) + filled
  }).join('\n')
}

function jsonBlock(random: Random): string {
  const rows = Array.from({ length: random.integer(2, 6) }, () => ({
    id: random.uuid(),
    type: random.pick(IDENTIFIERS),
    note: sentence(random),
    raw: JSON.stringify({
      path: `C:\\${random.pick(IDENTIFIERS)}`,
      quote: `"${random.pick(OBJECTS)}"`,
    }),
    amount: random.integer(1, 99_999) / 100,
    tags: [random.pick(IDENTIFIERS), random.pick(IDENTIFIERS)],
  }))
  return JSON.stringify(rows, null, 2)
}
