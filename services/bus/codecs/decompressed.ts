/**
 * What reading a compressed batch can come to. A decompressor never returns more than its limit, and it learns that the
 * limit is passed before it has spent much more than that.
 */
export type Decompressed =
  | { readonly type: 'ok'; readonly bytes: Buffer }
  | { readonly type: 'limit_exceeded' }
  | { readonly type: 'malformed' }

export interface Codec {
  compress(bytes: Buffer): Promise<Buffer>
  decompress(bytes: Buffer, limit_bytes: number): Promise<Decompressed>
}

export const LIMIT_EXCEEDED = { type: 'limit_exceeded' } as const
export const MALFORMED = { type: 'malformed' } as const
