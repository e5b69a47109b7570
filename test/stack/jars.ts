import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import { messageOf } from '#/core/errors.ts'

/**
 * The jars of the broker, copied once by Maven into a cache outside the work tree. Java and Maven are the only things
 * that must be installed; where one is missing the error names the package that brings it.
 */

const run = promisify(execFile)
const JARS = 'kafka-4.1.1'
const COPY_PLUGIN = '3.8.1'
const COPY_TIMEOUT_MS = 300_000
const HERE = import.meta.dirname

export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'whosecall')
}

/** Folder with the jars; copies them on the first run (about half a minute, 66 MB). */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  const jars = join(cacheDirectory(), JARS, 'jars')
  const complete = join(cacheDirectory(), JARS, 'complete')
  if (existsSync(complete)) return jars
  // Maven runs on Java, and blames something else when there is none.
  await requireJava()
  await requireTool('mvn', ['-v'], 'Maven', 'maven')
  log('copying the jars of Kafka with Maven, once')
  const target = `${jars}.${process.pid}`
  await mkdir(target, { recursive: true })
  try {
    await copyJars(target)
    // Whoever was quicker may already run a broker on its copy, so that one stays.
    if (existsSync(complete)) return jars
    await rm(jars, { recursive: true, force: true })
    await rename(target, jars)
    await writeFile(complete, '')
    return jars
  } finally {
    await rm(target, { recursive: true, force: true })
  }
}

async function copyJars(target: string): Promise<void> {
  const args = [
    ...['-q', '-B', '-f', join(HERE, 'pom.xml')],
    `org.apache.maven.plugins:maven-dependency-plugin:${COPY_PLUGIN}:copy-dependencies`,
    `-DoutputDirectory=${target}`,
  ]
  await run('mvn', args, { timeout: COPY_TIMEOUT_MS }).catch((error: unknown) => {
    throw new Error(
      'Maven could not copy the jars of the test stack. It needs Maven Central once, or the mirror that ' +
        `~/.m2/settings.xml names.\n${outputOf(error) || messageOf(error)}`,
      { cause: error },
    )
  })
}

/** Maven writes its errors to the standard output; the first says what is wrong, the rest how to ask Maven for more. */
function outputOf(error: unknown): string {
  const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
  return stripVTControlCharacters(output).trim().split('\n')[0] ?? ''
}

export async function requireJava(): Promise<void> {
  await requireTool('java', ['-version'], 'Java 17', 'openjdk-17-jre-headless')
}

async function requireTool(
  command: string,
  args: readonly string[],
  name: string,
  debianPackage: string,
): Promise<void> {
  await run(command, args).catch((error: unknown) => {
    throw new Error(
      `The test stack needs ${name} (\`${command}\`), which cannot be run here. Install it ` +
        `(Debian, Ubuntu: apt-get install ${debianPackage}; macOS: brew install ` +
        `${command === 'mvn' ? 'maven' : 'openjdk@17'}), or set KAFKA_BROKERS and REDIS_URL to use running servers.`,
      { cause: error },
    )
  })
}
