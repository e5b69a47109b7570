/**
 * What a call used and what its source says that it cost, as a row of numbers: this is read of every call, so nothing is
 * made for a single one. Every number is 0 or more, or `UNKNOWN`, which is never taken for zero.
 */
export const BILL_INPUT = 0
export const BILL_CACHE_READ = 1
export const BILL_CACHE_WRITE = 2
export const BILL_OUTPUT = 3
/**
 * For sums, in whole units of the money. Unknown when nobody says, or nobody knows, what the call cost, and when that is
 * below zero.
 */
export const BILL_COST = 4
export const BILL_COLUMNS = 5
