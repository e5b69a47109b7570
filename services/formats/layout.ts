/**
 * How the structures of arrays of a scan are laid out: columns, kinds, flags and failures, as numbers.
 */

/** Columns of a capture. `FIELD` is the field's complement when a later duplicate replaced the value. */
export const CAP_FIELD = 0
export const CAP_TYPE = 1
/** The value: of a string what is between the quotes. */
export const CAP_START = 2
export const CAP_END = 3
/** The member, key and value; of an OTLP attribute the whole KeyValue. */
export const CAP_MEMBER_START = 4
export const CAP_MEMBER_END = 5
/** Id of the name's entry: tells duplicates of one name in a map. */
export const CAP_ENTRY = 6
/** Index of the tag, -1 when the value is captured as a whole. */
export const CAP_TAG = 7
export const CAP_WIDTH = 8

export const TYPE_STRING = 1
export const TYPE_NUMBER = 2
export const TYPE_TRUE = 3
export const TYPE_FALSE = 4
export const TYPE_NULL = 5
export const TYPE_OBJECT = 6
export const TYPE_ARRAY = 7
export const TYPE_BYTES = 8
/** Protobuf only: numbers that are not digits in the bytes, and ids that are read as hex text. */
export const TYPE_VARINT = 9
export const TYPE_DOUBLE = 10
export const TYPE_FIXED64 = 11
export const TYPE_HEX = 12
export const TYPE_MASK = 0x1f
/** Set on a capture that was already cut or replaced, so that values shared by many events are edited once. */
export const FLAG_CUT = 0x20
export const FLAG_REPLACED = 0x40
/** Set on a capture that lies in `State.inner`, not in the message; its member is that of the whole text. */
export const FLAG_INNER = 0x80
/** Set on a capture that no other text can stand for. */
export const FLAG_FIXED = 0x100

/** Columns of an event. */
export const EVENT_CAP_FROM = 0
export const EVENT_CAP_TO = 1
/** Where the fragment goes: before this byte. */
export const EVENT_INSERT = 2
/** JSON: one of the INSERT_ values. Protobuf: index of the record's frame. */
export const EVENT_KIND = 3
export const EVENT_RESOURCE = 4
export const EVENT_SCOPE = 5
export const EVENT_MESSAGE = 6
/** Serial number of the list that the event was found in. */
export const EVENT_LIST = 7
/** Where the event itself begins. */
export const EVENT_START = 8
export const EVENT_WIDTH = 9

export const INSERT_MEMBER = 0
export const INSERT_ITEM = 1
export const INSERT_LIST = 2

/** Columns of a part (resource, scope). */
export const PART_CAP_FROM = 0
export const PART_CAP_TO = 1
/** Its interned id, 0 until asked for. */
export const PART_ID = 2
export const PART_WIDTH = 3

/** Columns of a frame: a length-delimited message whose length changes when something in it does. */
export const FRAME_LENGTH_AT = 0
export const FRAME_BODY = 1
export const FRAME_END = 2
export const FRAME_PARENT = 3
export const FRAME_EVENT = 4
export const FRAME_WIDTH = 5

export const EDIT_FROM = 0
export const EDIT_TO = 1
export const EDIT_KIND = 2
/** Index of the replacement. */
export const EDIT_TEXT = 3
export const EDIT_NEXT = 4
export const EDIT_WIDTH = 5

export const EDIT_CUT = 1
export const EDIT_REPLACE = 2
/** A member that a later duplicate replaced: it goes when anything of its message is redacted. */
export const EDIT_SHADOW = 3
/** A reserved name at the top of an object that may be a wrapper; void when it turns out to be one. */
export const EDIT_ROOT = 4
export const EDIT_VOID = 5

export const FAILURES = [undefined, 'malformed', 'limit_exceeded', 'wrong_shape'] as const
/** Scan functions return the position after what they read, or one of these. */
export const MALFORMED = -1
export const LIMIT_EXCEEDED = -2
export const WRONG_SHAPE = -3
