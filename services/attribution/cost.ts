import type { CostRule } from '#/core/source.ts'
import type { EventValues } from '#/core/view.ts'
import { compileAny } from './conditions.ts'
import { readDecimal, shiftDecimal } from './decimal.ts'
import type { Fields } from './fields.ts'
import type { Numbers } from './numbers.ts'
import { UNKNOWN } from './tokens.ts'

/** What sources say that their calls cost: approximately for sums, exactly for whoever writes it down. */

/** What an amount is an amount of. */
export interface Money {
  /** ISO 4217, upper case. */
  readonly currency: string
  readonly basis: CostRule['basis']
}

export interface Cost extends Money {
  /** Decimal text in whole units of the currency. */
  readonly amount: string
}

export interface CostReader {
  /** `UNKNOWN` when the record does not say what the call cost, or does not know. */
  amount(found: Float64Array, bits: number, values: EventValues): number
  /** What `amount` is of. */
  money(values: EventValues): Money
  /** To the last digit that the record states. */
  exact(values: EventValues): Cost | undefined
}

export function compileCost(rule: CostRule, fields: Fields, numbers: Numbers): CostReader {
  const places = rule.first.map((path) => numbers.placeOf(path))
  const isUnknown = compileAny(rule.unknown_when ?? [], fields, 'reads')
  const money = compileMoney(rule, fields)
  const is_cents = rule.unit === 'cents'
  return {
    money,
    amount(found, bits, values) {
      for (let i = 0; i < places.length; i += 1) {
        const place = places[i]!
        if ((bits & (1 << place)) === 0) continue
        const amount = found[place]!
        if (amount < 0) return UNKNOWN
        if (amount === 0 && isUnknown(values)) return UNKNOWN
        return is_cents ? amount / 100 : amount
      }
      return UNKNOWN
    },
    exact(values) {
      for (const place of places) {
        const decimal = readDecimal(values.text(numbers.fieldOf(place)) ?? '')
        if (decimal === undefined) continue
        if (decimal === '0' && isUnknown(values)) return undefined
        return { amount: is_cents ? shiftDecimal(decimal, -2) : decimal, ...money(values) }
      }
      return undefined
    },
  }
}

const CURRENCY = /^[A-Z]{3}$/

/** A source with one currency has one object for it, so that its calls can be told apart by it. */
function compileMoney(rule: CostRule, fields: Fields): (values: EventValues) => Money {
  const { basis } = rule
  if (!rule.currency.startsWith('/')) {
    const money: Money = { currency: rule.currency.toUpperCase(), basis }
    return () => money
  }
  const field = fields.text(rule.currency, 'reads')
  const known = new Map<string, Money>()
  return (values) => {
    const stated = field.read(values)?.toUpperCase() ?? DEFAULT_CURRENCY
    const currency = CURRENCY.test(stated) ? stated : NO_CURRENCY
    let money = known.get(currency)
    if (money === undefined) {
      money = { currency, basis }
      if (known.size < CURRENCIES_MAX) known.set(currency, money)
    }
    return money
  }
}
const DEFAULT_CURRENCY = 'USD'
/** ISO 4217 for a transaction without a currency: what stands there is none. */
const NO_CURRENCY = 'XXX'
/** Currencies of one source that are remembered; more than there are in use. */
const CURRENCIES_MAX = 256
