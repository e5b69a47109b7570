import {
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Certificates for the TLS listeners of the test broker: an authority, a server, a client, and a client of another
 * authority that the broker must refuse. They are written here in DER, because neither `openssl` nor `keytool` is there
 * on every machine, and keytool does not give out private keys. Never use this for anything but tests.
 */

export interface Certificates {
  readonly ca_file: string
  /** Private key and chain in one file, as the broker wants it. */
  readonly server_file: string
  readonly cert_file: string
  readonly key_file: string
  /** Signed by an authority that the broker does not know. */
  readonly stranger: {
    readonly ca_file: string
    readonly cert_file: string
    readonly key_file: string
  }
}

export async function writeCertificates(directory: string): Promise<Certificates> {
  await mkdir(directory, { recursive: true })
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name)
    await writeFile(path, text, { mode: 0o600 })
    return path
  }
  const ca = authority('whosecall test authority')
  const server = issue(ca, 'localhost')
  const client = issue(ca, 'whosecall-client')
  const other = authority('another authority')
  const stranger = issue(other, 'stranger')
  return {
    ca_file: await file('ca.pem', ca.pem),
    server_file: await file('server.pem', server.key_pem + server.pem + ca.pem),
    cert_file: await file('client.pem', client.pem),
    key_file: await file('client.key', client.key_pem),
    stranger: {
      ca_file: await file('stranger-ca.pem', other.pem),
      cert_file: await file('stranger.pem', stranger.pem),
      key_file: await file('stranger.key', stranger.key_pem),
    },
  }
}

interface Identity {
  readonly name: string
  readonly key: KeyObject
  readonly key_pem: string
  readonly pem: string
}

function authority(name: string): Identity {
  const key = newKey()
  return identity(name, key, certificate({ name, key, issuer: name, signer: key, ca: true }))
}

function issue(ca: Identity, name: string): Identity {
  const key = newKey()
  const der = certificate({ name, key, issuer: ca.name, signer: ca.key, ca: false })
  return identity(name, key, der)
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
}

function identity(name: string, key: KeyObject, der: Buffer): Identity {
  const body = der.toString('base64').replaceAll(/.{64}/g, '$&\n').trimEnd()
  return {
    name,
    key,
    key_pem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
  }
}

function certificate(of: {
  readonly name: string
  readonly key: KeyObject
  readonly issuer: string
  readonly signer: KeyObject
  readonly ca: boolean
}): Buffer {
  const algorithm = sequence(OID.ecdsa_with_sha256)
  const now = Date.now()
  const day_ms = 86_400_000
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    algorithm,
    commonName(of.issuer),
    sequence(time(now - day_ms), time(now + 3650 * day_ms)),
    commonName(of.name),
    createPublicKey(of.key).export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...(of.ca ? [basicConstraints()] : [alternativeNames(of.name)]))),
  )
  return sequence(body, algorithm, bitString(sign('sha256', body, of.signer)))
}

const OID = {
  ecdsa_with_sha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  common_name: Buffer.from('0603550403', 'hex'),
  basic_constraints: Buffer.from('0603551d13', 'hex'),
  alternative_names: Buffer.from('0603551d11', 'hex'),
}

function commonName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(OID.common_name, tagged(0x0c, Buffer.from(name)))))
}

function basicConstraints(): Buffer {
  const isAuthority = tagged(0x01, Buffer.of(0xff))
  return sequence(OID.basic_constraints, isAuthority, tagged(0x04, sequence(isAuthority)))
}

function alternativeNames(name: string): Buffer {
  const names = [tagged(0x82, Buffer.from(name)), tagged(0x87, Buffer.of(127, 0, 0, 1))]
  return sequence(OID.alternative_names, tagged(0x04, sequence(...names)))
}

function time(at_ms: number): Buffer {
  const digits = new Date(at_ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return tagged(0x18, Buffer.from(digits))
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.of(0), bytes]))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

/** DER: tag, length (short form below 128, else the number of length bytes first), content. */
function tagged(tag: number, content: Buffer): Buffer {
  const n = content.length
  if (n < 0x80) return Buffer.concat([Buffer.of(tag, n), content])
  if (n < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, n), content])
  return Buffer.concat([Buffer.of(tag, 0x82, n >> 8, n & 0xff), content])
}
