import { testErrors } from './sample.ts'

/** Errors about lines that hold a secret, word for word: none of them shows it. */

testErrors([
  {
    title: 'A line that holds a secret is shown without it.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth:
            type: plain
            username: u
            password: 12345678
    `,
    errors: `
      w.yaml:7:17: error[WC-C011]: wrong type of receivers.kafka.auth.password
          7 |       password: <redacted>
            |                 ^^^^^^^^^^ expected text, found a number
         help: put the value in quotes to make it a text
    `,
  },
  {
    title: 'So is one whose key is misspelt.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth: {type: plain, username: u, pasword: hunter2}
    `,
    errors: `
      w.yaml:4:38: error[WC-C010]: unknown key "pasword" in receivers.kafka.auth
          4 |     auth: {type: plain, username: u, pasword: <redacted>}
            |                                      ^^^^^^^ expected one of type, username, password
         help: did you mean password?
    `,
  },
  {
    title: 'So is one with another fault.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth: {type: plain, username: 5, password: hunter2}
    `,
    errors: `
      w.yaml:4:35: error[WC-C011]: wrong type of receivers.kafka.auth.username
          4 |     auth: {type: plain, username: 5, password: <redacted>}
            |                                   ^ expected text, found the number 5
         help: put the value in quotes to make it a text
    `,
  },
  {
    title: 'So is one in a URL.',
    text: `
      receivers: {memory: {}}
      service: {url: [redis://u:hunter2@host], verbose: "redis://:hunter2@host"}
    `,
    errors: `
      w.yaml:2:16: error[WC-C011]: wrong type of service.url
          2 | service: {url: [redis://<redacted>@host], verbose: "redis://<redacted>@host"}
            |                ^^^^^^^^^^^^^^^^^^^^^^^^^ expected text, found a list
      w.yaml:2:51: error[WC-C011]: wrong type of service.verbose
          2 | service: {url: [redis://<redacted>@host], verbose: "redis://<redacted>@host"}
            |                                                    ^^^^^^^^^^^^^^^^^^^^^^^^^ expected true or false, found the text "redis://<redacted>@host"
    `,
  },
  {
    title: 'So is a text in place of a section with secrets.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth: hunter2
    `,
    errors: `
      w.yaml:4:11: error[WC-C011]: wrong type of receivers.kafka.auth
          4 |     auth: <redacted>
            |           ^^^^^^^^^^ expected a mapping, found a text
    `,
  },
  {
    title: 'So is one that broke the syntax.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth:
            type: plain
            password: "hunter2
    `,
    errors: `
      w.yaml:6:17: error[WC-C001]: this quote is never closed
          6 |       password: <redacted>
            |                 ^^^^^^^^^^
    `,
  },
  {
    title: 'So is one whose key lacks the space.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth:
            type: plain
            username: u
            password:hunter2
    `,
    errors: `
      w.yaml:7:15: error[WC-C003]: a space is missing after "password:"
          7 |       password:<redacted>
            |               ^
         help: write "password: value"; without the space YAML reads key and value as one word
    `,
  },
  {
    title: 'So is a later line of one over several lines.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          auth:
            type: plain
            username: u
            password: "aaa
              hunter2", x: 1
    `,
    errors: `
      w.yaml:7:17: error[WC-C001]: a second "key: value" on the same line
          7 |       password: <redacted>
            |                 ^^^^^^^^^^
         help: start a new line, or put a value that holds ": " in quotes
      w.yaml:7:17: error[WC-C001]: this key has no ": " after it
          7 |       password: <redacted>
            |                 ^^^^^^^^^^
      w.yaml:8:17: error[WC-C001]: this does not belong here
          8 | <redacted>
            | ^^^^^^^^^^
    `,
  },
  {
    title: 'A line is shown before and behind a secret, and the caret stands under what is wrong.',
    text: `
      receivers:
        kafka: {auth: {type: plain, password: "hunter2, hunter2", username: 5}, brokers: [a], group: x}
    `,
    errors: `
      w.yaml:2:71: error[WC-C011]: wrong type of receivers.kafka.auth.username
          2 |   kafka: {auth: {type: plain, password: <redacted>, username: 5}, brokers: [a], group: x}
            |                                                               ^ expected text, found the number 5
         help: put the value in quotes to make it a text
      w.yaml:2:89: error[WC-C010]: unknown key "group" in receivers.kafka
          2 |   kafka: {auth: {type: plain, password: <redacted>, username: 5}, brokers: [a], group: x}
            |                                                                                 ^^^^^ expected one of brokers, group_id, initial_offset, fetch_bytes_max, auth, logs
         help: did you mean group_id?
    `,
  },
  {
    title: 'The values of a query are not shown, and the rest of its URL is.',
    text: `
      receivers: {memory: {}}
      service: {verbose: https://reg/?token=hunter2&a=hunter2, url: [http://b/c?hunter2]}
    `,
    errors: `
      w.yaml:2:20: error[WC-C011]: wrong type of service.verbose
          2 | service: {verbose: https://reg/?token=<redacted>&a=<redacted>, url: [http://b/c?<redacted>]}
            |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected true or false, found the text "https://reg/?token=<redacted>&a=<redacted>"
      w.yaml:2:63: error[WC-C011]: wrong type of service.url
          2 | service: {verbose: https://reg/?token=<redacted>&a=<redacted>, url: [http://b/c?<redacted>]}
            |                                                                     ^^^^^^^^^^^^^^^^^^^^^^^ expected text, found a list
    `,
  },
  {
    title: 'A secret in the wrong place and one in a comment are not shown.',
    text: `
      receivers: {memory: {}}
      service: {password: hunter2, x: 1} # once: {password: hunter2}
    `,
    errors: `
      w.yaml:2:11: error[WC-C010]: unknown key "password" in service
          2 | service: {password: <redacted>, x: 1} # once: {password: <redacted>
            |           ^^^^^^^^ expected one of url, verbose, ratio, endpoint, source, names
         help: "password" is a key of receivers.kafka.auth
      w.yaml:2:30: error[WC-C010]: unknown key "x" in service
          2 | service: {password: <redacted>, x: 1} # once: {password: <redacted>
            |                                 ^ expected one of url, verbose, ratio, endpoint, source, names
    `,
  },
])
