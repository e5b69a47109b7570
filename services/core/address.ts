/**
 * Network addresses in one canonical text: IPv4 dotted, IPv6 as RFC 5952 writes it, without port, brackets and zone. An
 * IPv4-mapped IPv6 address is its IPv4 address. Nobody is ever identified by an address; it is a hint for triage, and its
 * presence is what makes a call `ip_only`.
 */

const IPV4_PART = /^(?:0|[1-9]\d{0,2})$/
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i
const PREFIX_LENGTH = /^\d{1,3}$/
const MASKED_IPV4 = /^(?:\d{1,3}|[xX*]{1,3})(?:\.(?:\d{1,3}|[xX*]{1,3})){3}$/
const MASKED_IPV6 = /^(?=.*[xX*])(?=.*:.*:)[0-9a-fA-FxX*:]{2,39}$/

/** What stands in an address field: an address, an address with parts hidden, or neither (a word, a service name). */
export type AddressText =
  { readonly type: 'address'; readonly value: string } | { readonly type: 'masked' }

/** Reads one address; `undefined` when the text is none. */
export function readAddress(text: string): AddressText | undefined {
  const value = canonicalAddress(text)
  if (value !== undefined) return { type: 'address', value }
  const bare = withoutPort(text.trim())
  const masked = MASKED_IPV4.test(bare) || MASKED_IPV6.test(bare) || isTruncated(bare)
  return masked ? { type: 'masked' } : undefined
}

/** The canonical text of an address, with or without port, brackets or zone; `undefined` when the text is no address. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = addressBytes(text)
  return bytes === undefined ? undefined : formatBytes(bytes)
}

/**
 * The canonical text of a row that may be an address or a CIDR block. Host bits are cleared, and a block of one address
 * is that address, so that equal rows have equal texts.
 */
export function canonicalNetwork(text: string): string | undefined {
  const slash = text.indexOf('/')
  if (slash < 0) return canonicalAddress(text)
  const length_text = text.slice(slash + 1).trim()
  const raw = rawBytes(text.slice(0, slash).trim())
  if (raw === undefined || !PREFIX_LENGTH.test(length_text)) return undefined
  let length = Number(length_text)
  if (length > raw.length * 8) return undefined
  let bytes = raw
  if (isMapped(raw) && length >= 96) {
    bytes = raw.slice(12)
    length -= 96
  }
  clearHostBits(bytes, length)
  const address = formatBytes(bytes)
  return length === bytes.length * 8 ? address : `${address}/${length}`
}

/** The 4 or 16 bytes of an address; `undefined` when the text is no address. */
export function addressBytes(text: string): Uint8Array | undefined {
  const bytes = rawBytes(withoutPort(text.trim()))
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes
}

/** Whether a canonical network (an address or a CIDR block) holds an address. */
export function networkContains(network: string, address: string): boolean {
  const slash = network.indexOf('/')
  const base = addressBytes(slash < 0 ? network : network.slice(0, slash))
  const bytes = addressBytes(address)
  if (base === undefined || bytes === undefined || base.length !== bytes.length) return false
  const length = slash < 0 ? base.length * 8 : Number(network.slice(slash + 1))
  clearHostBits(bytes, length)
  return base.every((byte, index) => byte === bytes[index])
}

function isTruncated(text: string): boolean {
  return text.includes('/') && canonicalNetwork(text) !== undefined
}

function withoutPort(text: string): string {
  if (text.startsWith('[')) {
    const end = text.indexOf(']')
    return end > 0 && /^(?::\d{1,5})?$/.test(text.slice(end + 1)) ? text.slice(1, end) : text
  }
  const colon = text.indexOf(':')
  const single = colon > 0 && colon === text.lastIndexOf(':')
  return single && /^\d{1,5}$/.test(text.slice(colon + 1)) ? text.slice(0, colon) : text
}

function rawBytes(text: string): Uint8Array | undefined {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text)
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split('.', 5)
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (const [index, part] of parts.entries()) {
    const value = IPV4_PART.test(part) ? Number(part) : 256
    if (value > 255) return undefined
    bytes[index] = value
  }
  return bytes
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const zone = text.indexOf('%')
  const bare = zone < 0 ? text : text.slice(0, zone)
  if (bare.length > 45) return undefined
  const halves = bare.split('::')
  if (halves.length > 2) return undefined
  const head = groupsOf(halves[0] ?? '', halves.length === 1)
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/** 16-bit groups of one side of `::`; a dotted IPv4 address may stand last. */
function groupsOf(text: string, is_last: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (is_last && index === parts.length - 1 && part.includes('.')) {
      const v4 = ipv4Bytes(part)
      if (v4 === undefined) return undefined
      const [a = 0, b = 0, c = 0, d = 0] = v4
      groups.push((a << 8) | b, (c << 8) | d)
    } else if (IPV6_GROUP.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else {
      return undefined
    }
  }
  return groups
}

function isMapped(bytes: Uint8Array): boolean {
  if (bytes.length !== 16) return false
  return bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

function clearHostBits(bytes: Uint8Array, length: number): void {
  for (let index = 0; index < bytes.length; index++) {
    const kept_bits = Math.max(0, Math.min(8, length - index * 8))
    bytes[index] = (bytes[index] ?? 0) & (0xff << (8 - kept_bits))
  }
}

function formatBytes(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: number[] = []
  for (let index = 0; index < 16; index += 2) {
    groups.push(((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0))
  }
  const zeros = longestZeros(groups)
  if (zeros.count < 2) return hexGroups(groups)
  const head = hexGroups(groups.slice(0, zeros.start))
  return `${head}::${hexGroups(groups.slice(zeros.start + zeros.count))}`
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}

/** The first longest stretch of zero groups, which RFC 5952 writes as `::`. */
function longestZeros(groups: readonly number[]): { start: number; count: number } {
  let best = { start: 0, count: 0 }
  let start = 0
  for (let index = 0; index <= groups.length; index++) {
    if (groups[index] === 0) continue
    if (index - start > best.count) best = { start, count: index - start }
    start = index + 1
  }
  return best
}
