import { posix } from 'node:path'

/**
 * Which room may import which. Every folder of `services/` has a row; there is no list of exceptions. The data plane
 * (worker) and the control plane (registry) never import each other: they meet on topics and on the lookup API.
 */

const LEAVES = ['config', 'telemetry', 'formats', 'sources', 'attribution', 'owners', 'bus']

export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  ...Object.fromEntries(LEAVES.map((room) => [room, ['core']])),
  worker: ['core', ...LEAVES],
  registry: ['core', ...LEAVES],
  cli: ['core', ...LEAVES, 'worker', 'registry'],
}

const IMPORTS = [
  /^\s*(?:import|export)\s[^'"`;]*?\bfrom\s*['"](?<target>[^'"]+)['"]/gm,
  /^\s*import\s*['"](?<target>[^'"]+)['"]/gm,
  /\bimport\(\s*['"](?<target>[^'"]+)['"]/g,
]

/** What a source file imports, in no particular order. */
export function importsOf(source: string): readonly string[] {
  return IMPORTS.flatMap((pattern) =>
    [...source.matchAll(pattern)].map((match) => match.groups?.['target'] ?? ''),
  )
}

/** What is wrong with the imports of `services/<room>/…`. */
export function wrongImports(path: string, source: string): readonly string[] {
  const room = path.split('/')[1] ?? ''
  const allowed = ROOMS[room]
  if (!allowed || path.split('/').length < 3) return [`${path}: lies in no room`]
  return importsOf(source).flatMap((target) => {
    const problem = problemOf(path, room, allowed, target)
    return problem === undefined ? [] : [`${path}: ${target}: ${problem}`]
  })
}

function problemOf(
  path: string,
  room: string,
  allowed: readonly string[],
  target: string,
): string | undefined {
  if (target.startsWith('.')) {
    const resolved = posix.join(posix.dirname(path), target)
    // Published contracts belong to all rooms.
    if (/^schemas\/[^/]+\.json$/.test(resolved)) return undefined
    return resolved.startsWith(`services/${room}/`)
      ? undefined
      : 'leaves its room by a relative path'
  }
  if (target.startsWith('#/')) {
    const other = target.split('/')[1] ?? ''
    if (other === room) return undefined
    return allowed.includes(other) ? undefined : `${room} may not import ${other}`
  }
  if (target.startsWith('node:')) return undefined
  return room === 'core' ? 'core imports no package' : undefined
}
