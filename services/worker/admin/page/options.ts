/** What the page shows beyond the status. */
export interface PageOptions {
  /** Whether the server answers `/explain/…`; examples link to it then. */
  readonly explain?: boolean
  /** Config file in the commands that the page shows. */
  readonly config_file?: string | undefined
}
