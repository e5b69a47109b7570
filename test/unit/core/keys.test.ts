import assert from 'node:assert/strict'
import test from 'node:test'
import { isNobody, keyText, looksLikeSecret, normaliseKey } from '#/core/keys.ts'
import { KEY_KINDS, type KeyKind } from '#/core/words.ts'

/** Kind, what stands in a row or is built of a record, and its normal form; `undefined`: no key. */
const FORMS: readonly (readonly [KeyKind, string, string | undefined])[] = [
  ['spiffe', 'spiffe://Mesh.Example.org/ns/Ab/sa/C', 'spiffe://mesh.example.org/ns/Ab/sa/C'],
  ['spiffe', 'SPIFFE://mesh/ns/a/', 'spiffe://mesh/ns/a'],
  ['spiffe', 'spiffe://mesh:8443/ns/a', undefined],
  ['spiffe', 'spiffe://mesh/ns/a?x=1', undefined],
  ['spiffe', 'spiffe://mesh/ns/a#x', undefined],
  ['spiffe', 'spiffe://user@mesh/ns/a', undefined],
  ['spiffe', `spiffe://mesh/${'a'.repeat(2034)}`, `spiffe://mesh/${'a'.repeat(2034)}`],
  ['spiffe', `spiffe://mesh/${'a'.repeat(2035)}`, undefined],
  ['spiffe', `spiffe://mesh/${'ä'.repeat(1018)}`, undefined],
  ['spiffe', 'https://mesh/ns/a', undefined],
  ['k8s_sa', 'envoy/claims/bot', 'envoy/claims/bot'],
  ['k8s_sa', 'claims/bot', undefined],
  ['k8s_sa', 'arn:aws:eks:eu:1:cluster/x/claims/bot', 'arn:aws:eks:eu:1:cluster/x/claims/bot'],
  ['k8s_workload', 'eu-1/claims/Job/x', 'eu-1/claims/job/x'],
  ['k8s_workload', 'eu-1/claims/replicaset/x', undefined],
  ['k8s_workload', 'eu-1//job/x', undefined],
  ['k8s_pod', 'B39FB442-F5FD-4EE8-85E3-CFA6B4889458', 'b39fb442-f5fd-4ee8-85e3-cfa6b4889458'],
  [
    'federated',
    'principal://iam.googleapis.com/A/subject/ns/a/sa/b',
    'principal://iam.googleapis.com/A/subject/ns/a/sa/b',
  ],
  ['federated', 'principalSet://iam.googleapis.com/A', undefined],
  ['aws_role', 'aws-cn:111122223333:role/app', 'aws-cn:111122223333:role/app'],
  ['aws_role', 'arn:aws:iam::111122223333:role/team/x/App', 'aws:111122223333:role/App'],
  ['aws_role', 'arn:aws:sts::111122223333:assumed-role/App/u-1', 'aws:111122223333:role/App'],
  ['aws_role', 'aws:111122223333:role/team/App', 'aws:111122223333:role/App'],
  ['aws_role', 'arn:aws:iam::111122223333:user/bot', undefined],
  ['aws_role', 'app', undefined],
  ['aws_role_id', 'AROAEXAMPLE', 'AROAEXAMPLE'],
  ['aws_role_id', 'AIDAEXAMPLE', undefined],
  ['aws_user', 'arn:aws:iam::111122223333:user/path/bot', 'aws:111122223333:user/bot'],
  ['azure_sp', 'Azure/270260D5-A2B0', 'azure/270260d5-a2b0'],
  ['azure_sp', '270260d5', undefined],
  ['gcp_sa', 'A@P.iam.gserviceaccount.com', 'a@p.iam.gserviceaccount.com'],
  ['gcp_sa', 'ana@example.com', undefined],
  ['oauth_client', 'https://idp.example.com|ci', 'https://idp.example.com|ci'],
  ['oauth_client', 'ci', undefined],
  ['user', 'langfuse|U-7', 'langfuse|U-7'],
  ['user', 'https://idp|auth0|5f7', 'https://idp|auth0|5f7'],
  ['user', '|u-7', undefined],
  ['mail', 'Ana@Example.com', 'ana@example.com'],
  ['mail', 'Ana <ana@example.com>', undefined],
  ['mail', 'ÄNA@example.com', 'Äna@example.com'],
  ['api_key', 'litellm/5f3a', 'litellm/5f3a'],
  ['api_key', 'litellm/alias/claims', 'litellm/alias/claims'],
  ['api_key', 'litellm/fp:AbC_-', 'litellm/fp:AbC_-'],
  ['api_key', 'litellm/sk-1234', undefined],
  ['api_key', '5f3a', undefined],
  ['scope', 'openai/project/proj_x', 'openai/project/proj_x'],
  ['scope', 'aws/inference-profile/arn:a/b', 'aws/inference-profile/arn:a/b'],
  ['scope', 'openai/proj_x', undefined],
  ['service', '/Reports-API/', '/reports-api/'],
  ['service', 'claims/a/b/prod', 'claims/a/b/prod'],
  ['service', 'claims//prod', undefined],
  ['service', 'reports-api', undefined],
  ['agent', 'litellm/agt-1', 'litellm/agt-1'],
  ['agent', 'agt-1', undefined],
  ['tenant_tag', 'Team-ID= Payments ', 'team=payments'],
  ['tenant_tag', 'x-tenant=Blue=Green', 'tenant=blue=green'],
  ['tenant_tag', 'payments', undefined],
  ['team', ' Payments', 'payments'],
  ['application', 'Search', 'search'],
  ['cost_center', 'CC-1207', 'cc-1207'],
  ['ip', '2001:DB8::/48', '2001:db8::/48'],
  ['ip', '203.0.113.9:443', '203.0.113.9'],
  ['ip', '203.0.113.xxx', undefined],
]

for (const [kind, text, expected] of FORMS) {
  const shown = text.length > 60 ? `${text.slice(0, 20)}… (${text.length} characters)` : text
  test(`${kind} ${shown} ${expected === undefined ? 'builds no key' : 'has one normal form'}`, () => {
    const normal = normaliseKey(kind, text)
    assert.equal(normal.ok ? normal.value : undefined, expected)
    if (expected !== undefined) {
      assert.deepEqual(normaliseKey(kind, expected), { ok: true, value: expected })
    }
  })
}

test('every kind has a case here', () => {
  assert.deepEqual([...new Set(FORMS.map(([kind]) => kind))].toSorted(), KEY_KINDS.toSorted())
})

test('an empty value is a key of no kind', () => {
  for (const kind of KEY_KINDS) assert.equal(normaliseKey(kind, ' ').ok, false)
})

test('a problem says what the value should look like and does not repeat it', () => {
  const normal = normaliseKey('api_key', 'litellm/sk-verysecret-1')
  assert.ok(!normal.ok)
  assert.match(normal.problem, /<system>\/<id of the key>/)
  assert.doesNotMatch(normal.problem, /verysecret/)
})

test('a slug may begin like a key', () => {
  for (const id of ['sk-billing', 'xai-gateway', 'xai-prod-eu', 'gsk_team-a', 'pplx-1'])
    assert.ok(normaliseKey('api_key', `portkey/${id}`).ok, id)
  for (const id of [
    'sk-1234',
    'sk-verysecretverysecret',
    `xai-${'aB3d'.repeat(8)}`,
    `gsk_${'x1'.repeat(9)}`,
  ])
    assert.ok(!normaliseKey('api_key', `portkey/${id}`).ok, id)
})

test('nothing can ask for a key whose last part is a nobody word', () => {
  const askable: readonly (readonly [KeyKind, string, boolean])[] = [
    ['user', 'langfuse|Unknown', true],
    ['user', 'unknown|u-7', false],
    ['api_key', 'kong/none', true],
    ['scope', 'openai/project/null', true],
    ['agent', 'otel/-', true],
    ['service', '/unknown_service:node/', true],
    ['service', '/unspecified/prod', true],
    ['service', '/a/', false],
    ['team', 'n/a', true],
    ['tenant_tag', 'team=undefined', true],
    ['tenant_tag', 'team=payments', false],
    ['tenant_tag', 'colour=red', true],
    ['tenant_tag', 'user=ana', true],
    ['mail', 'ana@example.com', false],
  ]
  for (const [kind, value, expected] of askable) {
    assert.equal(isNobody(kind, value), expected, keyText({ kind, value }))
  }
})

test('what looks like a secret is told from ids, aliases and hashes', () => {
  for (const secret of [
    'sk-1234',
    'sk_live_abcdef12',
    'Bearer x',
    'eyJhbGci.eyJzdWIi.sig',
    'gsk_1234567890abcdef',
  ]) {
    assert.ok(looksLikeSecret(secret), secret)
  }
  const ids = [
    'c5ccedaa1fe7',
    'claims-prod',
    'key_claims01',
    'apikey_01Ex',
    'AKIAEXAMPLE',
    'skunk-7',
  ]
  for (const id of ids) assert.ok(!looksLikeSecret(id), id)
})
