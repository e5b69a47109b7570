import { testErrors } from './sample.ts'

/** What people read when a value is not what the schema wants, word for word. */

testErrors([
  {
    title: 'An unknown key names the nearest one, and is not also reported as missing.',
    text: `
      receivers:
        kafka:
          brokrs: [a]
    `,
    errors: `
      w.yaml:3:5: error[WC-C010]: unknown key "brokrs" in receivers.kafka
          3 |     brokrs: [a]
            |     ^^^^^^ expected one of brokers, group_id, initial_offset, fetch_bytes_max, auth, logs
         help: did you mean brokers?
    `,
  },
  {
    title: 'An unknown key that belongs elsewhere says where.',
    text: `
      receivers: {memory: {}}
      service:
        topics: [a]
        nonsense: 1
    `,
    errors: `
      w.yaml:3:3: error[WC-C010]: unknown key "topics" in service
          3 |   topics: [a]
            |   ^^^^^^ expected one of url, verbose, ratio, endpoint, source, names
         help: "topics" is a key of receivers.kafka.logs
      w.yaml:4:3: error[WC-C010]: unknown key "nonsense" in service
          4 |   nonsense: 1
            |   ^^^^^^^^ expected one of url, verbose, ratio, endpoint, source, names
    `,
  },
  {
    title: 'A wrong type names what was expected and what was found.',
    text: `
      receivers:
        kafka:
          brokers: a
          group_id: 7
          fetch_bytes_max: many
      service: {verbose: yes, names: 4}
    `,
    errors: `
      w.yaml:3:14: error[WC-C011]: wrong type of receivers.kafka.brokers
          3 |     brokers: a
            |              ^ expected a list, found the text "a"
         help: a list of one is written [value]
      w.yaml:4:15: error[WC-C011]: wrong type of receivers.kafka.group_id
          4 |     group_id: 7
            |               ^ expected text, found the number 7
         help: put the value in quotes to make it a text
      w.yaml:5:22: error[WC-C011]: wrong type of receivers.kafka.fetch_bytes_max
          5 |     fetch_bytes_max: many
            |                      ^^^^ expected a whole number (bytes), found the text "many"
      w.yaml:6:20: error[WC-C011]: wrong type of service.verbose
          6 | service: {verbose: yes, names: 4}
            |                    ^^^ expected true or false, found the text "yes"
      w.yaml:6:32: error[WC-C011]: wrong type of service.names
          6 | service: {verbose: yes, names: 4}
            |                                ^ expected text or a list, found the number 4
         help: put the value in quotes to make it a text
    `,
  },
  {
    title: 'An empty value is named.',
    text: `
      receivers:
        memory: {}
      service:
        url:
        verbose:
          - a
    `,
    errors: `
      w.yaml:4:3: error[WC-C011]: wrong type of service.url
          4 |   url:
            |   ^^^ expected text, found nothing
         help: give the key a value or delete it
      w.yaml:5:3: error[WC-C011]: wrong type of service.verbose
          5 |   verbose:
            |   ^^^^^^^ expected true or false, found a list
    `,
  },
  {
    title: 'A union of plain types reports the branch that was meant.',
    text: `
      service: {names: [a, 1]}
    `,
    errors: `
      w.yaml:1:22: error[WC-C011]: wrong type of service.names[1]
          1 | service: {names: [a, 1]}
            |                      ^ expected text, found the number 1
         help: put the value in quotes to make it a text
    `,
  },
  {
    title: 'A legal value is listed by name.',
    text: `
      receivers:
        kafka: {brokers: [a], initial_offset: earlist}
        kafka/b: {brokers: [a], logs: {topics: [a], encoding: 1}}
    `,
    errors: `
      w.yaml:2:41: error[WC-C012]: not a legal value of receivers.kafka.initial_offset
          2 |   kafka: {brokers: [a], initial_offset: earlist}
            |                                         ^^^^^^^ expected one of earliest, latest, found the text "earlist"
         help: did you mean earliest?
      w.yaml:3:57: error[WC-C012]: not a legal value of receivers.kafka/b.logs.encoding
          3 |   kafka/b: {brokers: [a], logs: {topics: [a], encoding: 1}}
            |                                                         ^ expected one of otlp_proto, json, found the number 1
    `,
  },
  {
    title: 'A missing key is shown at the section it is missing in.',
    text: `
      receivers:
        kafka:
          logs: {}
    `,
    errors: `
      w.yaml:2:3: error[WC-C013]: missing key "brokers" in receivers.kafka
          2 |   kafka:
            |   ^^^^^ expected brokers: a list
         help: brokers: Bootstrap brokers.
      w.yaml:3:5: error[WC-C013]: missing key "topics" in receivers.kafka.logs
          3 |     logs: {}
            |     ^^^^ expected topics: a list
    `,
  },
  {
    title: 'Limits are named with their unit.',
    text: `
      receivers:
        kafka: {brokers: [], fetch_bytes_max: 0}
        kafka/b: {brokers: [""], fetch_bytes_max: 1001}
      service: {ratio: 1}
    `,
    errors: `
      w.yaml:2:20: error[WC-C014]: receivers.kafka.brokers is outside its limits
          2 |   kafka: {brokers: [], fetch_bytes_max: 0}
            |                    ^^ expected at least 1 item
      w.yaml:2:41: error[WC-C014]: receivers.kafka.fetch_bytes_max is outside its limits
          2 |   kafka: {brokers: [], fetch_bytes_max: 0}
            |                                         ^ expected at least 1 (bytes), found the number 0
      w.yaml:3:23: error[WC-C014]: receivers.kafka/b.brokers[0] is outside its limits
          3 |   kafka/b: {brokers: [""], fetch_bytes_max: 1001}
            |                       ^^ expected a text that is not empty, found the text ""
      w.yaml:3:45: error[WC-C014]: receivers.kafka/b.fetch_bytes_max is outside its limits
          3 |   kafka/b: {brokers: [""], fetch_bytes_max: 1001}
            |                                             ^^^^ expected at most 1000 (bytes), found the number 1001
      w.yaml:4:18: error[WC-C014]: service.ratio is outside its limits
          4 | service: {ratio: 1}
            |                  ^ expected less than 1, found the number 1
    `,
  },
  {
    title: 'A wrong form is told in words.',
    text: `
      service: {endpoint: 9464x}
    `,
    errors: `
      w.yaml:1:21: error[WC-C015]: wrong form of service.endpoint
          1 | service: {endpoint: 9464x}
            |                     ^^^^^ expected host:port, for example 127.0.0.1:9464, found the text "9464x"
    `,
  },
  {
    title: 'Of a section that comes in several types only the chosen one is checked.',
    text: `
      receivers:
        kafka/a: {brokers: [a], auth: {type: plian, username: u}}
        kafka/b: {brokers: [a], auth: {username: u}}
        kafka/c: {brokers: [a], auth: {type: plain, username: u, client_secret: x}}
    `,
    errors: `
      w.yaml:2:40: error[WC-C017]: unknown type in receivers.kafka/a.auth
          2 |   kafka/a: {brokers: [a], auth: {type: plian, username: u}}
            |                                        ^^^^^ expected one of plain, oauth, found the text "plian"
         help: did you mean plain?
      w.yaml:3:27: error[WC-C013]: missing key "type" in receivers.kafka/b.auth
          3 |   kafka/b: {brokers: [a], auth: {username: u}}
            |                           ^^^^ expected type: one of plain, oauth
      w.yaml:4:27: error[WC-C013]: missing key "password" in receivers.kafka/c.auth
          4 |   kafka/c: {brokers: [a], auth: {type: plain, username: u, client_secret: <redacted>}}
            |                           ^^^^ expected password: text
      w.yaml:4:60: error[WC-C010]: unknown key "client_secret" in receivers.kafka/c.auth
          4 |   kafka/c: {brokers: [a], auth: {type: plain, username: u, client_secret: <redacted>}}
            |                                                            ^^^^^^^^^^^^^ expected one of type, username, password
         help: "client_secret" is a key of receivers.kafka.auth
    `,
  },
  {
    title: 'An unknown component type names the nearest one.',
    text: `
      receivers:
        kafak/raw: {}
        "kafka/a b": {brokers: [a]}
        zzz:
    `,
    errors: `
      w.yaml:2:3: error[WC-C016]: unknown receiver type "kafak"
          2 |   kafak/raw: {}
            |   ^^^^^^^^^ expected one of kafka, memory
         help: did you mean kafka/raw?
      w.yaml:3:3: error[WC-C016]: "kafka/a b" is not a component id
          3 |   "kafka/a b": {brokers: [a]}
            |   ^^^^^^^^^^^ expected kafka or kafka/name, the name without blanks and slashes
      w.yaml:4:3: error[WC-C016]: unknown receiver type "zzz"
          4 |   zzz:
            |   ^^^ expected one of kafka, memory
    `,
  },
  {
    title: 'A document that is not a mapping is an error.',
    text: `
      - a
    `,
    errors: `
      w.yaml:1:1: error[WC-C011]: wrong type of the document
          1 | - a
            | ^^^ expected a mapping, found a list
    `,
  },
])
