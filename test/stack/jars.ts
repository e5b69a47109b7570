import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * The jars of the broker, copied once by Maven into a cache outside the work tree. Java and Maven are the only things
 * that must be installed; where one is missing the error names the package that brings it.
 */

const run = promisify(execFile)
const JARS = 'kafka-4.1.1'
const HERE = import.meta.dirname

export function cacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'whosecall')
}

/** Folder with the jars; copies them on the first run (about half a minute, 66 MB). */
export async function kafkaJars(log: (line: string) => void): Promise<string> {
  const jars = join(cacheDirectory(), JARS, 'jars')
  if (existsSync(join(cacheDirectory(), JARS, 'complete'))) return jars
  await requireTool('mvn', ['-v'], 'Maven', 'maven')
  log('copying the jars of Kafka with Maven, once')
  const target = `${jars}.${process.pid}`
  await mkdir(target, { recursive: true })
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    join(HERE, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${target}`,
  ]).catch((error: { readonly stdout?: string }) => {
    throw new Error(`Maven could not copy the jars of the test stack:\n${error.stdout ?? ''}`, {
      cause: error,
    })
  })
  await rm(jars, { recursive: true, force: true })
  await rename(target, jars)
  await writeFile(join(cacheDirectory(), JARS, 'complete'), '')
  return jars
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
