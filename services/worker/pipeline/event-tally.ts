/**
 * What processors leave about the events of one slice, as a structure of arrays: what became of each, and what it used and
 * cost as far as its record says so.
 */
import { BILL_COLUMNS } from '#/attribution/index.ts'

export interface EventTally {
  readonly codes: Uint16Array
  /** What the counts of tokens are: one of `TOKENS_`. */
  readonly tokens: Uint8Array
  /** Number of what the cost is an amount of, see `Tally.moneyOf`; 0 where it is unknown. */
  readonly moneys: Uint8Array
  /** A row of `BILL_COLUMNS` for each event. */
  readonly bills: Float64Array
}

/** Events that one allocation is for; memory of its own for each slice costs more than what is done with it. */
const ROOM_EVENTS = 16_384
let room = createRoom(0)
let room_used = 0

export function createEventTally(events: number): EventTally {
  if (room_used + events > room.codes.length) {
    room = createRoom(Math.max(events, ROOM_EVENTS))
    room_used = 0
  }
  const from = room_used
  const to = (room_used += events)
  return {
    codes: room.codes.subarray(from, to),
    tokens: room.tokens.subarray(from, to),
    moneys: room.moneys.subarray(from, to),
    bills: room.bills.subarray(from * BILL_COLUMNS, to * BILL_COLUMNS),
  }
}

function createRoom(events: number): EventTally {
  return {
    codes: new Uint16Array(events),
    tokens: new Uint8Array(events),
    moneys: new Uint8Array(events),
    bills: new Float64Array(events * BILL_COLUMNS),
  }
}
