/**
 * Where the fields of a record batch of magic 2 (Kafka 0.11 and later) lie: base offset 8, length 4, leader epoch 4, magic 1,
 * CRC 4, attributes 2, last offset delta 4, first and largest timestamp 8 each, producer id 8, producer epoch 2, first
 * sequence 4, count 4, records. The CRC-32C is of all that comes after it.
 */

export const HEADER_BYTES = 61
export const LENGTH_AT = 8
/** The length counts what comes after it. */
export const LENGTH_FROM = 12
export const MAGIC_AT = 16
export const CRC_AT = 17
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_DELTA_AT = 23
export const FIRST_TIMESTAMP_AT = 27
export const MAX_TIMESTAMP_AT = 35
export const PRODUCER_ID_AT = 43
export const PRODUCER_EPOCH_AT = 51
export const FIRST_SEQUENCE_AT = 53
export const COUNT_AT = 57
export const MAGIC = 2

/** Bits of the attributes. */
export const COMPRESSION = 0x07
export const LOG_APPEND_TIME = 0x08
export const TRANSACTIONAL = 0x10
export const CONTROL = 0x20
