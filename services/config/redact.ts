/** What stands in place of a secret, wherever config is shown. */

export const REDACTED = '<redacted>'

/** `redis://user:password@host` → `redis://<redacted>@host`, anywhere in a text. */
export function redactUserinfo(text: string): string {
  return text.replaceAll(/(?<scheme>[A-Za-z][\w+.-]*:\/\/)[^\s/?#"']*@/g, `$<scheme>${REDACTED}@`)
}
