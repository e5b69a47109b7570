/**
 * `${env:NAME}`, `${env:NAME:-default}` and `${file:/path}` inside a scalar; `$$` is a dollar sign. It happens on the
 * parsed tree, so whatever a secret holds, it stays one value and can never become structure.
 */

export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a text file; throws when it cannot. */
  readonly readFile: (path: string) => string
}

export interface SubstitutionProblem {
  readonly code: 'WC-C020' | 'WC-C021' | 'WC-C022'
  /** The text of the substitution as it stands in the scalar. */
  readonly expression: string
  readonly message: string
  readonly help?: string
}

export interface Substituted {
  readonly text: string
  /** The whole scalar was one substitution, so its type may be that of what it brought. */
  readonly whole: boolean
  /** Text came from outside and is not to be quoted in messages. */
  readonly foreign: boolean
  readonly problems: readonly SubstitutionProblem[]
}

const FILE_LENGTH_MAX = 64 * 1024
const PART = /\$\$|\$\{[^}]*\}?/g
const ENV = /^\$\{env:(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<rest>:-(?<fallback>[^}]*))?\}$/
const FILE = /^\$\{file:(?<path>[^}]+)\}$/

export function substitute(scalar: string, sources: Sources): Substituted {
  const problems: SubstitutionProblem[] = []
  let foreign = false
  let whole = false
  const text = scalar.replaceAll(PART, (expression: string) => {
    if (expression === '$$') return '$'
    if (expression === scalar) whole = true
    const part = resolve(expression, sources)
    if (typeof part !== 'string') {
      problems.push({ ...part, expression })
      return ''
    }
    foreign = true
    return part
  })
  return { text, whole, foreign, problems }
}

type Failure = Omit<SubstitutionProblem, 'expression'>

function resolve(expression: string, sources: Sources): string | Failure {
  const env = ENV.exec(expression)?.groups
  if (env) {
    const name = env['name'] ?? ''
    const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined
    if (env['rest'] === undefined) return value ?? unset(name)
    // As in a shell, `:-` also replaces a variable that is set but empty.
    return value === undefined || value === '' ? (env['fallback'] ?? '') : value
  }
  const path = FILE.exec(expression)?.groups?.['path']
  return path === undefined ? malformed(expression) : readWhole(path, sources)
}

function unset(name: string): Failure {
  return {
    code: 'WC-C020',
    message: `environment variable ${name} is not set`,
    help: `set it, or give a default: \${env:${name}:-default}`,
  }
}

function malformed(expression: string): Failure {
  const bare = /^\$\{(?<name>[A-Za-z_]\w*)\}$/.exec(expression)?.groups?.['name']
  return {
    code: 'WC-C022',
    message: expression.endsWith('}')
      ? 'this is not a substitution'
      : 'this substitution is not closed',
    help:
      bare === undefined
        ? 'known are ${env:NAME}, ${env:NAME:-default} and ${file:/path}; a literal dollar sign is $$'
        : `write \${env:${bare}}; a literal dollar sign is $$`,
  }
}

function readWhole(path: string, { readFile }: Sources): string | Failure {
  try {
    const content = readFile(path)
    if (content.length > FILE_LENGTH_MAX) {
      const message = `${path} has ${content.length} characters; at most ${FILE_LENGTH_MAX} are read`
      return { code: 'WC-C021', message }
    }
    // A mounted secret often ends in the newline of the editor that wrote it.
    return content.replace(/\r?\n$/, '')
  } catch (error) {
    const reason =
      error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read'
    return { code: 'WC-C021', message: `cannot read ${path}: ${reason}` }
  }
}
