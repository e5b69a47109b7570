import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readWorkerConfig } from '#/worker/index.ts'

/** A sound config as YAML; each test breaks one thing in it. */
const SOUND = `receivers:
  kafka/gateways:
    brokers: [kafka:9092]
    logs: { topics: [raw.litellm, ^raw.kong.*] }
    source: litellm
    trust: trusted
processors:
  attribution:
  redaction: { drop: [/messages] }
exporters:
  kafka:
    brokers: [kafka:9092]
    logs: { topic: attributed }
    dead_letter: { topic: dead }
owners:
  directory: { type: file, path: owners.yaml }
service:
  pipelines:
    logs: { receivers: [kafka/gateways], processors: [attribution, redaction], exporters: [kafka] }
`

function findings(change: (text: string) => string) {
  const text = change(SOUND)
  assert.notEqual(text, SOUND, 'the change changes something')
  return diagnose(text)
}

function diagnose(text: string) {
  const read = readWorkerConfig({ file: 'w.yaml', text, env: {}, readFile: () => '' })
  const list = read.ok ? read.warnings : read.diagnostics
  return list.map(({ line, code, message, nearest }) => ({ line, code, message, nearest }))
}

test('a sound config has no findings', () => {
  assert.deepEqual(diagnose(SOUND), [])
})

test('a pipeline that names a component that is not there says the nearest', () => {
  const found = findings((s) =>
    s.replace('receivers: [kafka/gateways]', 'receivers: [kafka/gatewys]'),
  )
  assert.deepEqual(
    found.map(({ code }) => code),
    ['WC-C101', 'WC-C100'],
  )
  const finding = found[1]
  assert.equal(finding?.line, 19)
  assert.equal(finding?.nearest, 'kafka/gateways')
})

test('an input topic that is also an output is an error, by name, by pattern and as dead letters', () => {
  for (const change of [
    (s: string) => s.replace('topic: attributed', 'topic: raw.litellm'),
    (s: string) => s.replace('topic: attributed', 'topic: raw.kong.attributed'),
    (s: string) => s.replace('topic: dead', 'topic: raw.kong.dead'),
    (s: string) =>
      s
        .replace('brokers: [kafka:9092]', "brokers: ['other:9092,kafka:9092']")
        .replace('topic: attributed', 'topic: raw.litellm'),
    (s: string) => s.replace('trust: trusted', 'trust: trusted\n    redrive_topic: attributed'),
  ]) {
    const found = findings(change)
    assert.deepEqual(
      found.map(({ code }) => code),
      ['WC-C103'],
      JSON.stringify(found),
    )
  }
})

test('a pattern that excludes the output is no loop', () => {
  const found = findings((s) =>
    s
      .replace(
        'topics: [raw.litellm, ^raw.kong.*]',
        'topics: [^raw.*], exclude_topics: [attributed$]',
      )
      .replace('topic: attributed', 'topic: raw.attributed'),
  )
  assert.deepEqual(found, [])
})

test('the same name on another cluster is no loop', () => {
  const found = findings((s) =>
    s.replace(
      'brokers: [kafka:9092]\n    logs: { topic: attributed }',
      'brokers: [other:9092]\n    logs: { topic: raw.litellm }',
    ),
  )
  assert.deepEqual(found, [])
})

test('events and dead letters cannot share a topic', () => {
  const found = findings((s) => s.replace('topic: dead', 'topic: attributed'))
  assert.deepEqual(
    found.map(({ code }) => code),
    ['WC-C103'],
  )
})

test('a topic that two receivers read would count twice', () => {
  const second = `  kafka/other:
    brokers: [kafka:9092]
    logs: { topics: [raw.kong.eu] }
    source: kong-ai-proxy
    trust: trusted
processors:`
  const found = findings((s) =>
    s.replace('processors:', second).replace('[kafka/gateways]', '[kafka/gateways, kafka/other]'),
  )
  assert.deepEqual(
    found.map(({ code }) => code),
    ['WC-C104'],
  )
})

test('an encoding that the source does not come in is an error', () => {
  const found = findings((s) => s.replace('raw.kong.*] }', 'raw.kong.*], encoding: otlp_proto }'))
  assert.deepEqual(
    found.map(({ code }) => code),
    ['WC-C105', 'WC-C106'],
  )
})

test('a processor that reads a field nobody provides is an error', () => {
  const found = findings((s) => s.replace('source: litellm', 'source: otel-genai-logs'))
  assert.deepEqual(
    found.map(({ code, line }) => [code, line]),
    [['WC-C106', 9]],
  )
})

test('a pipeline needs attribution once and one exporter', () => {
  const found = findings((s) =>
    s.replace('processors: [attribution, redaction]', 'processors: [redaction]'),
  )
  assert.deepEqual(found.map(({ code }) => code).toSorted(), ['WC-C101', 'WC-C102'])
})

test('a receiver without trust is a warning, not an error', () => {
  const text = SOUND.replace('    trust: trusted\n', '')
  const read = readWorkerConfig({ file: 'w.yaml', text, env: {}, readFile: () => '' })
  assert.ok(read.ok)
  assert.deepEqual(
    read.warnings.map(({ code }) => code),
    ['WC-C108'],
  )
})

test('a custom source must be described, and its description used', () => {
  assert.deepEqual(
    findings((s) => s.replace('source: litellm', 'source: custom')).map(({ code }) => code),
    ['WC-C109'],
  )
  assert.deepEqual(
    findings((s) =>
      s.replace('source: litellm', 'source: litellm\n    custom: { name: mine }'),
    ).map(({ code }) => code),
    ['WC-C109'],
  )
})

test('a shared word for a field that is no identity of the source says the nearest', () => {
  const withWords = (field: string) =>
    findings((s) =>
      s.replace('    trust: trusted', `    trust: trusted\n    shared_words: { ${field}: [x] }`),
    )
  assert.deepEqual(withWords('/metadata/user_api_key_alias'), [])
  const [finding] = withWords('/metadata/user_api_key_alia')
  assert.deepEqual(
    [finding?.line, finding?.code, finding?.nearest],
    [7, 'WC-C112', '/metadata/user_api_key_alias'],
  )
  assert.equal(withWords('alias')[0]?.code, 'WC-C010')
})

test('a broken pattern and contradictory cache times are found together', () => {
  const found = findings((s) =>
    s
      .replace('^raw.kong.*', '"^raw.(kong"')
      .replace(
        'path: owners.yaml }',
        'path: owners.yaml }\n  cache: { soft_ttl_ms: 90000, hard_ttl_ms: 60000 }',
      ),
  )
  assert.deepEqual(
    found.map(({ code }) => code),
    ['WC-C107', 'WC-C110'],
  )
})

test('an output encoding that would lose something is an error that says what may stand there', () => {
  const found = findings((s) =>
    s
      .replace('source: litellm', 'source: otel-genai-logs')
      .replace('raw.litellm, ^raw.kong.*]', 'raw.otel], encoding: otlp_json')
      .replace('drop: [/messages]', 'drop: [/body]')
      .replace('topic: attributed }', 'topic: attributed, encoding: otlp_proto }'),
  )
  assert.deepEqual(found, [
    {
      line: 13,
      code: 'WC-C111',
      message: 'what kafka/gateways reads as otlp_json cannot leave as otlp_proto',
      nearest: undefined,
    },
  ])
})

test('plain JSON may leave as OTLP', () => {
  const found = findings((s) =>
    s.replace('topic: attributed }', 'topic: attributed, encoding: otlp_proto }'),
  )
  assert.deepEqual(found, [])
})

test('a proxy must be an address or a block, and hops are not counted beside named proxies', () => {
  const withOption = (option: string) =>
    findings((s) => s.replace('    trust: trusted\n', `    trust: trusted\n    ${option}\n`))
  for (const sound of [
    'trusted_proxies: [10.0.0.0/8, 192.0.2.1, 2001:db8::/32, "::1"]',
    'trusted_proxies: [10.1.2.3/8]',
    'forwarded_hops: 0',
    'forwarded_hops: 2',
  ]) {
    assert.deepEqual(withOption(sound), [], sound)
  }
  for (const wrong of ['10.0.0.0/33', '300.1.1.1', '10.0.0', '"10.0.0.1:80"', '2001:db8::/129']) {
    const [finding, ...others] = withOption(`trusted_proxies: [192.0.2.1, ${wrong}]`)
    assert.deepEqual([finding?.code, others], ['WC-C113', []], wrong)
    assert.equal(finding?.line, 7)
  }
  const [word] = withOption('trusted_proxies: [proxy.internal]')
  assert.match(word?.message ?? '', /trusted_proxies/)
  assert.equal(withOption('forwarded_hops: -1').length, 1)
  const both = withOption('trusted_proxies: [10.0.0.0/8]\n    forwarded_hops: 1')
  assert.deepEqual(
    both.map(({ code, line }) => [code, line]),
    [['WC-C113', 8]],
  )
})

const SIEM = `exporters:
  kafka/siem:
    brokers: [kafka:9092]
    logs: { topic: siem, encoding: ocsf }
`
const TWO = (s: string) =>
  s
    .replace('exporters:\n', SIEM)
    .replace('exporters: [kafka] }', 'exporters: [kafka, kafka/siem] }')

test('several exporters may hang on one pipeline, and one of them takes dead letters', () => {
  assert.deepEqual(findings(TWO), [])
})

test('who takes dead letters must be said, and only once', () => {
  const nobody = findings((s) => s.replace('    dead_letter: { topic: dead }\n', ''))
  assert.deepEqual(
    nobody.map(({ code, line }) => [code, line]),
    [['WC-C102', 11]],
  )
  const nobody_of_two = findings((s) => TWO(s).replace('    dead_letter: { topic: dead }\n', ''))
  assert.deepEqual(
    nobody_of_two.map(({ code }) => code),
    ['WC-C102'],
  )
  const both = findings((s) =>
    TWO(s).replace('topic: siem, encoding: ocsf }', 'topic: siem }\n    dead_letter: { topic: d }'),
  )
  assert.deepEqual(
    both.map(({ code, message }) => [code, message]),
    [['WC-C102', 'kafka and kafka/siem both take the dead letters of pipeline logs']],
  )
})

test('a pipeline has an exporter that messages wait for', () => {
  const found = findings((s) => s.replace('dead_letter:', 'required: false\n    dead_letter:'))
  assert.deepEqual(
    found.map(({ code }) => code),
    ['WC-C102'],
  )
  const one_of_two = (s: string) =>
    TWO(s).replace('encoding: ocsf }', 'encoding: ocsf }\n    required: false')
  assert.deepEqual(findings(one_of_two), [])
})

test('two exporters of a pipeline do not write one topic, nor events among dead letters', () => {
  const twice = findings((s) => TWO(s).replace('topic: siem', 'topic: attributed'))
  assert.deepEqual(
    twice.map(({ code }) => code),
    ['WC-C114'],
  )
  const mixed = findings((s) => TWO(s).replace('topic: siem', 'topic: dead'))
  assert.deepEqual(
    mixed.map(({ code, message }) => [code, message]),
    [['WC-C103', 'events and dead letters of kafka/siem and kafka would go to the same topic']],
  )
  const elsewhere = (s: string) =>
    TWO(s)
      .replace(
        'brokers: [kafka:9092]\n    logs: { topic: siem',
        'brokers: [o:1]\n    logs: { topic: siem',
      )
      .replace('topic: siem', 'topic: attributed')
  assert.deepEqual(findings(elsewhere), [])
})

test('findings have a topic of their own, in one exporter of a pipeline', () => {
  const told = (s: string) =>
    s.replace('dead_letter:', 'findings: { topic: told }\n    dead_letter:')
  assert.deepEqual(findings(told), [])
  const mixed = findings((s) => told(s).replace('topic: told', 'topic: dead'))
  assert.deepEqual(
    mixed.map(({ code, message }) => [code, message]),
    [['WC-C103', 'dead letters and findings of kafka would go to the same topic']],
  )
  const twice = findings((s) =>
    TWO(told(s)).replace('encoding: ocsf }', 'encoding: ocsf }\n    findings: { topic: more }'),
  )
  assert.deepEqual(
    twice.map(({ code }) => code),
    ['WC-C102'],
  )
  const read = findings((s) => told(s).replace('topic: told', 'topic: raw.kong.x'))
  assert.deepEqual(
    read.map(({ code }) => code),
    ['WC-C103'],
  )
})

test('fingerprints of secrets need a key to make them', () => {
  const withSecrets = (attribution: string) =>
    findings((s) =>
      s
        .replace('  attribution:\n', `  attribution: ${attribution}\n`)
        .replace('{ drop: [/messages] }', '{ secrets: fingerprint }'),
    )
  const [finding] = withSecrets('{}')
  assert.deepEqual([finding?.line, finding?.code], [9, 'WC-C119'])
  assert.deepEqual(withSecrets('{ fingerprint_key: sixteen letters or more }'), [])
})
