/**
 * Claude Code puts a handle of the installation and its session where other clients put a user: an object with a
 * `device_id`, or `user_<64 hex>_account_…` in older versions. It names a device, so it is a hint and never a user.
 */

const OLD_HANDLE = /^user_([0-9a-f]{64})_account_/
const NEW_HANDLE = /^\{\s*"[^]*"device_id"\s*:\s*"([^"\\]*)"/

/** The id of the device when the text is a handle, else `undefined`. */
export function deviceOf(text: string): string | undefined {
  if (text.startsWith('user_')) return OLD_HANDLE.exec(text)?.[1]
  if (!text.startsWith('{')) return undefined
  return (/^\{\s*"device_id"\s*:\s*"([^"\\]*)"/.exec(text) ?? NEW_HANDLE.exec(text))?.[1]
}
