import { WhosecallError } from '#/core/errors.ts'
import type {
  Alias,
  CostRule,
  Hint,
  Identity,
  KeyRule,
  Path,
  Source,
  TokenRules,
} from '#/core/source.ts'
import { NUMBERS_MAX } from '#/core/view.ts'
import type { CustomField, CustomSourceConfig, CustomTokenCounts } from './custom-config.ts'

/** Makes a source of what an operator describes, and says what in the description contradicts itself. */

/** Of a config that passed the schema. Throws `config_invalid` for what the schema cannot say. */
export function sourceFromConfig(config: CustomSourceConfig): Source {
  const { name, fields, time, tokens, cost, call } = config
  checkTexts(config)
  checkNumbers(config)
  for (const field of fields) checkField(field, config)
  const evidence = fields.filter((field) => field.slot !== 'hint')
  return {
    name,
    system: config.system ?? name,
    encoding: config.encoding,
    wrappers: config.wrappers,
    texts: config.texts,
    detect: [],
    needs: config.needs.map((field) => [{ field, is: 'present' }]),
    classes: config.classes.map((rule) => ({ when: whenOf(rule), class: rule.class })),
    otherwise: config.otherwise,
    identities: identitiesOf(evidence, name),
    tag_maps: config.tags,
    shared: sharedOf(fields),
    initiators: config.initiators.map((rule) => ({
      when: whenOf(rule),
      initiator: rule.initiator,
    })),
    environment: config.environment,
    traffic: config.traffic.map((rule) => ({
      when: whenOf(rule),
      traffic_class: rule.traffic_class,
    })),
    account: config.account,
    net: config.net,
    secrets: config.secrets,
    hints: fields
      .filter((field) => field.slot === 'hint')
      .map((field): Hint => ({ first: rulesOf(field, name) })),
    time: time === undefined ? [] : [time],
    ...(tokens === undefined ? {} : { tokens: [tokens, ...tokens.or].map(tokensOf) }),
    ...(cost === undefined ? {} : { cost: costOf(cost) }),
    ...(call === undefined ? {} : { call }),
  }
}

/** Fields of one identity must agree on slot and writer, because an identity stands on one rung. */
function identitiesOf(fields: readonly CustomField[], source: string): Identity[] {
  const groups = new Map<string, CustomField[]>()
  for (const [index, field] of fields.entries()) {
    const name = field.identity ?? `#${index}`
    groups.set(name, [...(groups.get(name) ?? []), field])
  }
  return [...groups].map(([name, members]) => {
    const { slot, by } = members[0] ?? { slot: 'claim', by: 'caller' }
    if (slot === 'hint' || members.some((field) => field.slot !== slot || field.by !== by)) {
      throw invalid(source, `the fields of identity ${name} differ in slot or by`)
    }
    const aliases = members.map((field) => aliasOf(field, source))
    return members[0]?.each === true ? { slot, by, aliases, each: true } : { slot, by, aliases }
  })
}

function aliasOf(field: CustomField, source: string): Alias {
  const first = rulesOf(field, source)
  return field.only_if_known ? { first, only_if_known: true } : { first }
}

function rulesOf(field: CustomField, source: string): KeyRule[] {
  const { key, tag, scope_type, matches } = field
  if ((key === undefined) === (tag === undefined)) {
    throw invalid(source, `field ${field.field} needs either key or tag`)
  }
  if (key === 'scope' && scope_type === undefined) {
    throw invalid(source, `field ${field.field} builds a scope and needs scope_type`)
  }
  const { then, prefix, issuer, namespace, environment, cluster, workload } = field
  const nobody = key === 'service' ? [...field.nobody, 'unknown_service*'] : field.nobody
  return [field.field, ...field.or].map((path) => ({
    field: path,
    kind: key ?? 'tag',
    ...(then === undefined ? {} : { then }),
    ...(tag === undefined ? {} : { tag }),
    ...(key === 'k8s_sa' ? { transform: 'service_account' as const } : {}),
    ...(matches.length === 0 ? {} : { matches }),
    ...(nobody.length === 0 ? {} : { nobody }),
    ...(prefix === undefined ? {} : { prefix }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(scope_type === undefined ? {} : { type: scope_type }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(environment === undefined ? {} : { environment: [environment] }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(workload === undefined ? {} : { workload }),
  }))
}

function sharedOf(fields: readonly CustomField[]): Record<string, readonly string[]> {
  const shared: Record<string, readonly string[]> = {}
  for (const field of fields) {
    for (const path of [field.field, ...field.or]) {
      if (field.shared.length > 0) shared[path] = [...(shared[path] ?? []), ...field.shared]
    }
  }
  return shared
}

function whenOf({ field, matches }: { readonly field: Path; readonly matches: readonly string[] }) {
  return [{ field, matches }] as const
}

/** A list has items, and only the items of a list can be somebody each. */
function checkField(field: CustomField, { name, encoding }: CustomSourceConfig): void {
  for (const path of [field.field, ...field.or]) {
    const lists = path.split('[]').length - 1
    if (lists > 1)
      throw invalid(name, `field ${path} goes through two lists; it can go through one`)
    if (lists > 0 && encoding !== 'json' && !path.endsWith('[]'))
      throw invalid(name, `field ${path} looks into the items of a list, which only JSON has`)
    if (lists > 0 && field.then !== undefined)
      throw invalid(name, `field ${path} is a list, and then goes on from a single value`)
    if (lists === 0 && field.each)
      throw invalid(name, `field ${path} has each and is no list: a list is written ${path}[]`)
  }
  if (field.then?.field.includes('[]') === true)
    throw invalid(name, `field ${field.field} goes on in a list, ${field.then.field}`)
  if (field.each && field.identity !== undefined)
    throw invalid(
      name,
      `field ${field.field} has each and identity: what is somebody of its own is no other name of ${field.identity}`,
    )
  if (field.each && field.slot === 'hint')
    throw invalid(name, `field ${field.field} has each and is a hint, of which there is one`)
}

function checkTexts({ name, encoding, texts }: CustomSourceConfig): void {
  if (texts.length > 0 && encoding !== 'json')
    throw invalid(name, 'texts are read in JSON; attributes of OTLP are read without')
  for (const text of texts) {
    const above = texts.find((other) => text.startsWith(`${other}/`))
    if (above !== undefined)
      throw invalid(name, `text ${text} lies in the text ${above}; one text in another is not read`)
  }
}

function checkNumbers({ name, tokens, cost }: CustomSourceConfig): void {
  const all = tokens === undefined ? [] : [tokens, ...tokens.or]
  for (const counts of all) checkCounts(counts, name)
  const costs = cost === undefined ? [] : [cost.field, ...cost.or]
  const paths = new Set([...all.flatMap(pathsOf), ...costs])
  const list = [...paths].find((path) => path.includes('[]'))
  if (list !== undefined)
    throw invalid(name, `${list} is a list; tokens and cost are single numbers`)
  if (paths.size > NUMBERS_MAX)
    throw invalid(
      name,
      `tokens and cost name ${paths.size} fields; at most ${NUMBERS_MAX} are read`,
    )
}

function pathsOf({ input, cache_read, cache_write, output, reasoning }: CustomTokenCounts): Path[] {
  return [...input, ...cache_read, ...cache_write, ...output, ...reasoning]
}

function checkCounts(counts: CustomTokenCounts, source: string): void {
  const paths = pathsOf(counts)
  if (counts.input.length === 0 && counts.output.length === 0)
    throw invalid(source, 'tokens need a field for input or for output')
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) throw invalid(source, `tokens count ${twice} twice`)
  if (counts.reasoned === 'beside' && counts.reasoning.length === 0)
    throw invalid(source, 'tokens are reasoned beside the output, but no field is for reasoning')
  if (counts.cached === 'beside' && counts.cache_read.length + counts.cache_write.length === 0)
    throw invalid(source, 'tokens are cached beside the input, but no field is for the cached ones')
}

function tokensOf(counts: CustomTokenCounts): TokenRules {
  const term = (paths: readonly Path[]) => paths.map((path) => [path])
  const { input, cache_read, cache_write, cached, output, reasoning, reasoned } = counts
  return {
    input: term(input),
    cache_read: term(cache_read),
    cache_write: term(cache_write),
    cached,
    output: term(output),
    reasoning: term(reasoning),
    reasoned,
    ...(counts.may_be_estimated ? { may_be_estimated: true } : {}),
  }
}

function costOf(cost: NonNullable<CustomSourceConfig['cost']>): CostRule {
  const { field, or, unit, currency, basis, zero_is_unknown } = cost
  // Without a condition, always.
  return {
    first: [field, ...or],
    unit,
    currency,
    basis,
    ...(zero_is_unknown ? { unknown_when: [[]] } : {}),
  }
}

function invalid(source: string, problem: string): WhosecallError {
  return new WhosecallError('config_invalid', `custom source ${source}: ${problem}`)
}
