import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

/**
 * Plays the stages of a Dockerfile without a container engine: each stage has a folder that stands for its root, files are
 * copied as the instructions say, and commands run as they stand there, with the paths of the image set below that folder. A
 * command that names a path elsewhere is not run at all: it would change this machine.
 */

export interface Instruction {
  readonly word: string
  readonly rest: string
}

export interface Stage {
  readonly base: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

export interface Played {
  readonly root: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
}

export function stagesOf(text: string): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    const [, base = '', name] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? []
    if (word === 'FROM') stages.push({ base, name, instructions: [] })
    else stages.at(-1)?.instructions.push({ word, rest })
  }
  return stages
}

/** The last instruction of a kind. */
export function last(stage: Stage, word: string): string | undefined {
  return stage.instructions.findLast((one) => one.word === word)?.rest
}

/** The root of the last stage, when all have been played. */
export async function play(
  stages: readonly Stage[],
  of: { readonly context: string; readonly directory: string },
): Promise<Played> {
  const played = new Map<string, string>()
  let end: Played = { root: '', workdir: '/', env: {} }
  for (const stage of stages) {
    end = await playStage(stage, { ...of, played })
    if (stage.name !== undefined) played.set(stage.name, end.root)
  }
  return end
}

interface Scene {
  readonly context: string
  readonly directory: string
  /** Roots of the stages before, by name. */
  readonly played: ReadonlyMap<string, string>
}

async function playStage(stage: Stage, scene: Scene): Promise<Played> {
  let root = mkdtempSync(join(scene.directory, 'root-'))
  if (stage.base !== 'scratch') furnish(root)
  let workdir = '/'
  let env: Record<string, string> = {}
  for (const { word, rest } of stage.instructions) {
    if (word === 'WORKDIR') {
      workdir = rest
      mkdirSync(join(root, workdir), { recursive: true })
    } else if (word === 'ENV') env = { ...env, ...pairs(rest) }
    else if (word === 'RUN') await runIn({ root, workdir, env }, rest)
    else if (word === 'COPY') root = copy(rest, { root, workdir, scene })
  }
  return { root, workdir, env }
}

function pairs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
  )
}

/** What commands find in an image of Node: Node itself, and the package managers that are to go. */
function furnish(root: string): void {
  for (const folder of ['usr/local/bin', 'usr/local/lib/node_modules/npm', 'opt/yarn-v1', 'etc'])
    mkdirSync(join(root, folder), { recursive: true })
  symlinkSync(process.execPath, join(root, 'usr/local/bin/node'))
  writeFileSync(join(root, 'usr/local/lib/node_modules/npm/package.json'), '{}')
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n')
}

/** The root afterwards: a copy of a whole stage takes that stage over. */
function copy(
  rest: string,
  { root, workdir, scene }: { root: string; workdir: string; scene: Scene },
): string {
  const words = rest.split(/\s+/)
  const from = words[0]?.startsWith('--from=') === true ? words.shift()?.slice(7) : undefined
  const target = words.pop() ?? ''
  if (from !== undefined && target === '/') return scene.played.get(from) ?? ''
  const to = target.startsWith('/') ? join(root, target) : join(root, workdir, target)
  for (const word of words) {
    const source =
      from === undefined
        ? fromContext(word, scene.context)
        : join(scene.played.get(from) ?? '', word)
    const into = target.endsWith('/') ? join(to, word) : to
    cpSync(source, into, { recursive: true, verbatimSymlinks: true })
  }
  return root
}

/** A path of the build context; what .dockerignore leaves out is not there. */
function fromContext(path: string, context: string): string {
  const ignored = readFileSync(join(context, '.dockerignore'), 'utf8').split('\n')
  const full = join(context, path)
  if (!ignored.includes(`!${path.split('/')[0]}`) || !existsSync(full))
    throw new Error(`COPY ${path}: it is not in the build context`)
  return full
}

/** The command with the paths of the image below the root. */
export function below(root: string, command: string): string {
  const moved = command.replaceAll(/(?<=^|[\s=])\/(?=(?:usr|opt|etc)\/)/g, `${root}/`)
  for (const [path] of moved.matchAll(/(?<=^|[\s=])\/\S*/g))
    if (path !== root && !resolve(path).startsWith(`${root}/`))
      throw new Error(`RUN ${command}: ${path} is a path of this machine`)
  return moved
}

/** The environment of a process in the image: its path first, then that of this machine for the shell's own commands. */
export function environment({ root, env }: Played): NodeJS.ProcessEnv {
  const path = (env['PATH'] ?? '/usr/local/bin').split(':').map((folder) => join(root, folder))
  return { ...env, PATH: [...path, process.env['PATH'] ?? ''].join(':'), HOME: root }
}

async function runIn(played: Played, command: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', below(played.root, command)], {
    cwd: join(played.root, played.workdir),
    env: {
      ...environment(played),
      // The packages that this machine has fetched already need not be fetched again.
      npm_config_cache: process.env['npm_config_cache'] ?? join(process.env['HOME'] ?? '', '.npm'),
      npm_config_prefer_offline: 'true',
    },
    timeout: 120_000,
    maxBuffer: 16 * 1024 * 1024,
  })
}
