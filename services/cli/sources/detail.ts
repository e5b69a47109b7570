import type { Count, Hint, Path, Pattern, Source, TokenRules } from '#/core/source.ts'
import { evidenceFields } from './evidence.ts'
import { factsOf, type SourceFacts } from './facts.ts'
import { costText, terminalTable } from './list.ts'
import { conditionText, whenText } from '#/attribution/index.ts'
import { keyText, takenText } from './words.ts'

/** One source in full: how it is recognised, which field becomes which key, what names nobody, what is no call. */

export interface Section {
  readonly title: string
  readonly lines: readonly string[]
}

/** Sections that have nothing to say are left out. */
export function sectionsOf(source: Source): readonly Section[] {
  const facts = factsOf(source)
  const sections: readonly Section[] = [
    { title: 'Recognised by (each line suffices)', lines: recognised(source) },
    { title: 'Not this source without', lines: source.needs.map(whenText) },
    { title: 'Messages', lines: messages(source, facts) },
    { title: 'Who called', lines: who(source) },
    { title: 'Names nobody', lines: patterns(source.nobody) },
    { title: 'Shared by many', lines: shared(source) },
    { title: 'Account', lines: account(source) },
    { title: 'Address', lines: source.net.map(takenText) },
    { title: 'Hops of the chain', lines: (source.hops ?? []).map(ruleText) },
    { title: 'Hints, which only suggest', lines: source.hints.map(hintText) },
    { title: 'Calls and the rest (the first that holds)', lines: classes(source) },
    { title: 'Time (the first that is there)', lines: times(source) },
    { title: 'Tokens', lines: (source.tokens ?? []).flatMap(tokens) },
    { title: 'Cost', lines: cost(source, facts) },
    { title: 'About the call', lines: call(source) },
    { title: 'Cannot tell', lines: cannotTell(facts) },
  ]
  return sections.filter(({ lines }) => lines.length > 0)
}

function recognised({ detect, encoding }: Source): readonly string[] {
  if (detect.length > 0) return detect.map(whenText)
  return encoding === 'json'
    ? ['nothing: it must be named']
    : ['what no other source of its kind is recognised in']
}

function messages(source: Source, { messages: kind }: SourceFacts): readonly string[] {
  const { wrappers = [], texts = [], system, encoding } = source
  const events = encoding === 'json' ? 'one event each, or a list of them' : kind
  const encodings = encoding === 'json' ? 'json' : 'otlp_json or otlp_proto'
  return [
    `${encodings}: ${events}`,
    ...wrappers.map((wrapper) => `the items of ${wrapper} are events`),
    ...texts.map((text) => `${text} may be a string that holds the object`),
    `keys of its own begin with ${system}/ or ${system}|`,
  ]
}

function who(source: Source): readonly string[] {
  const fields = evidenceFields(source)
  if (fields.length === 0) return []
  const rows = fields.map(({ field, slots, key, by, rung, stamped_rung, remarks }) => [
    stamped_rung === undefined ? rung : `${rung}, ${stamped_rung}*`,
    slots.join(' '),
    by,
    key,
    field,
    remarks.join('; '),
  ])
  const has_stamped = fields.some(({ stamped_rung }) => stamped_rung !== undefined)
  return [
    ...terminalTable(['rung', 'slot', 'by', 'key', 'field', ''], rows),
    ...(has_stamped ? ['* where trusted_resource_attributes lists the attribute'] : []),
  ]
}

function patterns(words: Readonly<Record<Path, readonly Pattern[]>> = {}): readonly string[] {
  return Object.entries(words).map(([path, values]) => `${path} = ${values.join(' | ')}`)
}

function shared({ shared: words, shared_when = [] }: Source): readonly string[] {
  return [...patterns(words), ...shared_when.map(whenText)]
}

function account({ account: fields }: Source): readonly string[] {
  return fields === 'always' ? ['always: all records lie in one'] : fields.map(takenText)
}

function ruleText(rule: Parameters<typeof keyText>[0]): string {
  return `${keyText(rule)} of ${rule.field}`
}

function hintText(hint: Hint): string {
  return 'first' in hint ? hint.first.map(ruleText).join(', else ') : `tags of ${hint.tag_map}`
}

function classes({ classes: rules, otherwise }: Source): readonly string[] {
  const rows = rules.map((rule) => [rule.class, rule.when.map(conditionText).join(' and ')])
  return terminalTable(['', ''], [...rows, [otherwise, 'otherwise']]).slice(1)
}

function times({ time }: Source): readonly string[] {
  return time.map(({ field, unit, zero_is_absent }) =>
    [`${field} (${unit})`, ...(zero_is_absent === true ? ['0 is absent'] : [])].join(', '),
  )
}

function tokens(rules: TokenRules): readonly string[] {
  const { input, cache_read, cache_write, output, reasoning } = rules
  const counts = { input, cache_read, cache_write, output, reasoning }
  const inside = { either: 'inside of or beside', inside: 'inside', beside: 'beside' }
  return [
    ...Object.entries(counts).flatMap(([name, count]) =>
      count === undefined ? [] : [`${name}: ${countText(count)}`],
    ),
    ...(cache_read === undefined && cache_write === undefined
      ? []
      : [`cached tokens stand ${inside[rules.cached]} input`]),
    ...(reasoning === undefined ? [] : [`reasoning stands ${rules.reasoned ?? 'inside'} output`]),
    ...(rules.may_be_estimated === true ? ['may be guessed by the source'] : []),
  ]
}

function countText(count: Count): string {
  return count.map((paths) => paths.join(' > ')).join(' + ')
}

function cost({ cost: rule }: Source, facts: SourceFacts): readonly string[] {
  if (rule === undefined || facts.cost === null) return []
  const { first, unit, currency, unknown_when = [] } = rule
  return [
    `${first.join(' > ')} (${unit === 'cents' ? 'cents' : 'whole units'}; ${costText(facts.cost)})`,
    ...(currency.startsWith('/') ? [`currency in ${currency}`] : []),
    ...unknown_when.map((when) => `0 is unknown when ${whenText(when)}`),
  ]
}

function call({ call: rules }: Source): readonly string[] {
  if (rules === undefined) return []
  const { status = [], only_provider, ...fields } = rules
  return [
    ...(only_provider === undefined ? [] : [`provider: always ${only_provider}`]),
    ...Object.entries(fields).map(([name, paths]) => `${name}: ${paths.join(' > ')}`),
    ...(status.length === 0 ? [] : [`status: ${status.map(({ field }) => field).join(' > ')}`]),
  ]
}

function cannotTell({ cannot_tell }: SourceFacts): readonly string[] {
  return cannot_tell.length === 0 ? [] : [cannot_tell.join(', ')]
}
