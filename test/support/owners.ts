import assert from 'node:assert/strict'

import type { Binding, Key } from '#/core/owners.ts'
import type { Logger, Ports } from '#/core/ports.ts'
import { readConfig } from '#/config/index.ts'
import { OwnersConfig } from '#/owners/index.ts'
import { REGISTRY_METRICS, RegistryConfig } from '#/registry/index.ts'
import { createMeter, systemClock } from '#/telemetry/index.ts'
import type { PrometheusMeter } from '#/telemetry/index.ts'
import type { Directory, DirectoryResult, SharedTier, Stored } from '#/owners/tier.ts'

import { createFakeClock } from './fake-clock.ts'
import type { FakeClock } from './fake-clock.ts'

/** Doubles and shorthands for tests of the owner lookup. */

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: object
}

export interface TestPorts extends Ports {
  readonly clock: FakeClock
  readonly meter: PrometheusMeter
  readonly lines: readonly LogLine[]
}

export function testPorts(): TestPorts {
  const lines: LogLine[] = []
  const logger = (): Logger => ({
    debug: (fields, message) => lines.push({ level: 'debug', fields, message }),
    info: (fields, message) => lines.push({ level: 'info', fields, message }),
    warn: (fields, message) => lines.push({ level: 'warn', fields, message }),
    error: (fields, message) => lines.push({ level: 'error', fields, message }),
    child: logger,
  })
  const meter = createMeter({ process_metrics: false, rows: REGISTRY_METRICS })
  return { clock: createFakeClock(), logger: logger(), meter, lines }
}

/** A config as the config room reads it, defaults included. */
export function ownersConfig(options: {
  readonly directory: object
  readonly redis?: object
  readonly cache?: object
}): OwnersConfig {
  return read(OwnersConfig, options)
}

export function registryConfig(options: object): RegistryConfig {
  return read(RegistryConfig, options)
}

function read<S extends typeof OwnersConfig | typeof RegistryConfig>(schema: S, value: object) {
  const text = JSON.stringify(value)
  const readFile = () => assert.fail('this config reads no file')
  const result = readConfig({ file: 'test.yaml', text, env: {}, readFile, schema })
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.diagnostics))
  return result.config
}

export function apiKey(id: string): Key {
  return { kind: 'api_key', value: `litellm/${id}` }
}

export function bindingOf(key: Key, owner: string, rest: Partial<Binding> = {}): Binding {
  return {
    id: `${key.value}@${owner}`,
    key,
    ownership: 'owned',
    owner: { id: owner },
    valid_from_ms: -Infinity,
    valid_to_ms: Infinity,
    ...rest,
  }
}

export interface FakeDirectory extends Directory {
  /** Keys of each call. */
  readonly calls: string[][]
  /** What is answered: an owner id, or that the key does not exist, or that it cannot be said. */
  readonly owners: Map<string, string>
  is_down: boolean
  /** Keys that cannot be said although the directory answers. */
  readonly broken: Set<string>
  ttl_ms: number | undefined
  /** While set, answers wait for it. */
  gate: Promise<void> | undefined
}

export function fakeDirectory(now: () => number): FakeDirectory {
  const directory: FakeDirectory = {
    calls: [],
    owners: new Map(),
    broken: new Set(),
    is_down: false,
    ttl_ms: undefined,
    gate: undefined,
    async ask(keys) {
      const asked_ms = now()
      directory.calls.push(keys.map(({ value }) => value))
      await directory.gate
      return keys.map((key): DirectoryResult => {
        const owner = directory.owners.get(key.value)
        if (directory.is_down || directory.broken.has(key.value)) return { type: 'unavailable' }
        if (owner === undefined) return { type: 'not_found', revision: 'r1' }
        const ttl = directory.ttl_ms === undefined ? {} : { ttl_ms: directory.ttl_ms }
        const bindings = [bindingOf(key, owner)]
        return {
          type: 'found',
          stored: { bindings, fetched_at_ms: asked_ms, revision: 'r1', ...ttl },
        }
      })
    },
  }
  return directory
}

export interface FakeShared extends SharedTier {
  readonly values: Map<string, Stored>
  readonly ttls_ms: Map<string, number>
  readonly calls: string[][]
  readonly removed: string[]
  is_down: boolean
}

export function fakeShared(): FakeShared {
  const shared: FakeShared = {
    values: new Map(),
    ttls_ms: new Map(),
    calls: [],
    removed: [],
    is_down: false,
    async get(keys) {
      shared.calls.push(keys.map(({ value }) => value))
      await Promise.resolve()
      return keys.map(({ value }) => (shared.is_down ? undefined : shared.values.get(value)))
    },
    put(entries) {
      for (const { key, stored, ttl_ms } of entries) {
        if (shared.is_down) return
        shared.values.set(key.value, stored)
        shared.ttls_ms.set(key.value, ttl_ms)
      }
    },
    remove(keys) {
      for (const { value } of keys) {
        shared.removed.push(value)
        shared.values.delete(value)
      }
    },
  }
  return shared
}

const EVENTUALLY_MS_MAX = 10_000
const LOOK_INTERVAL_MS = 10

/** Waits for what real time brings; fails when it does not come. */
export async function eventually(
  is_so: () => boolean | Promise<boolean>,
  what = 'what was awaited did not come',
): Promise<void> {
  const end_ms = performance.now() + EVENTUALLY_MS_MAX
  while (!(await is_so())) {
    assert.ok(performance.now() < end_ms, what)
    await systemClock.sleep(LOOK_INTERVAL_MS)
  }
}
