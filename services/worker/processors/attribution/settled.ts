/**
 * What nearly every event needs of its decision, by the number of its identity and without a step in between: decisions
 * that hold for every call time and need neither address nor hints. Records of many identities lie all over the memory;
 * rows of arrays are what the processor finds soonest.
 */
import type { BillReader } from '#/attribution/index.ts'
import type { Fragment } from '#/core/view.ts'
import type { Label } from '../../pipeline/labels.ts'

export interface SettledDecision {
  readonly good_until_ms: number
  readonly code: number
  readonly fragment: Fragment | undefined
  readonly label: Label
  readonly bill: BillReader
}

export interface Settled {
  /** By identity; 0 where nothing is settled. */
  good_until_ms: Float64Array
  codes: Uint16Array
  readonly fragments: (Fragment | undefined)[]
  readonly labels: Label[]
  readonly bills: BillReader[]
}

const IDENTITIES_START = 1024

export function createSettled(): Settled {
  return {
    good_until_ms: new Float64Array(IDENTITIES_START),
    codes: new Uint16Array(IDENTITIES_START),
    fragments: [],
    labels: [],
    bills: [],
  }
}

export function settle(settled: Settled, identity: number, decision: SettledDecision): void {
  while (settled.good_until_ms.length <= identity) grow(settled)
  settled.good_until_ms[identity] = decision.good_until_ms
  settled.codes[identity] = decision.code
  settled.fragments[identity] = decision.fragment
  settled.labels[identity] = decision.label
  settled.bills[identity] = decision.bill
}

export function forgetSettled(settled: Settled): void {
  settled.good_until_ms.fill(0)
  settled.fragments.length = 0
  settled.labels.length = 0
  settled.bills.length = 0
}

function grow(settled: Settled): void {
  const room = settled.good_until_ms.length * 2
  const good_until_ms = new Float64Array(room)
  good_until_ms.set(settled.good_until_ms)
  const codes = new Uint16Array(room)
  codes.set(settled.codes)
  settled.good_until_ms = good_until_ms
  settled.codes = codes
}
