import { testErrors } from './sample.ts'

/** What people read when the text is not YAML, word for word. */

testErrors([
  {
    title: 'A tab that indents is named, and what it indents is still checked.',
    text: `
      receivers:
        kafka:
      →→brokers: [a]
      →→group: x
    `,
    errors: `
      w.yaml:3:1: error[WC-C002]: a tab indents this line
          3 | →→brokers: [a]
            | ^^
         help: YAML indents with spaces only; replace each tab with spaces
      w.yaml:4:1: error[WC-C002]: a tab indents this line
          4 | →→group: x
            | ^^
         help: YAML indents with spaces only; replace each tab with spaces
      w.yaml:4:3: error[WC-C010]: unknown key "group" in receivers.kafka
          4 | →→group: x
            |   ^^^^^ expected one of brokers, group_id, initial_offset, fetch_bytes_max, auth, logs
         help: did you mean group_id?
    `,
  },
  {
    title: 'Tabs are read at the width that fits the lines around them.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          logs:
      →topics: [a]
      →encoding: jsn
    `,
    errors: `
      w.yaml:5:1: error[WC-C002]: a tab indents this line
          5 | →topics: [a]
            | ^
         help: YAML indents with spaces only; replace each tab with spaces
      w.yaml:6:1: error[WC-C002]: a tab indents this line
          6 | →encoding: jsn
            | ^
         help: YAML indents with spaces only; replace each tab with spaces
      w.yaml:6:12: error[WC-C012]: not a legal value of receivers.kafka.logs.encoding
          6 | →encoding: jsn
            |            ^^^ expected one of otlp_proto, json, found the text "jsn"
         help: did you mean json?
    `,
  },
  {
    title: 'A missing space after a colon is named, and the value is still checked.',
    text: `
      receivers:
        kafka:
          brokers: [a]
          group_id:me
          fetch_bytes_max:5000
      service:
        endpoint:0.0.0.0:9464
    `,
    errors: `
      w.yaml:4:13: error[WC-C003]: a space is missing after "group_id:"
          4 |     group_id:me
            |             ^
         help: write "group_id: value"; without the space YAML reads key and value as one word
      w.yaml:5:20: error[WC-C003]: a space is missing after "fetch_bytes_max:"
          5 |     fetch_bytes_max:5000
            |                    ^
         help: write "fetch_bytes_max: value"; without the space YAML reads key and value as one word
      w.yaml:5:21: error[WC-C014]: receivers.kafka.fetch_bytes_max is outside its limits
          5 |     fetch_bytes_max:5000
            |                     ^^^^ expected at most 1000 (bytes), found the number 5000
      w.yaml:7:11: error[WC-C003]: a space is missing after "endpoint:"
          7 |   endpoint:0.0.0.0:9464
            |           ^
         help: write "endpoint: value"; without the space YAML reads key and value as one word
    `,
  },
  {
    title: 'A missing space in a section of one key is named.',
    text: `
      receivers: {memory: {}}
      service: endpoint:0.0.0.0
    `,
    errors: `
      w.yaml:2:18: error[WC-C003]: a space is missing after "endpoint:"
          2 | service: endpoint:0.0.0.0
            |                  ^
         help: write "endpoint: value"; without the space YAML reads key and value as one word
    `,
  },
  {
    title: 'A missing space in braces is named.',
    text: `
      receivers: {kafka: {brokers: [a], group_id:me}}
    `,
    errors: `
      w.yaml:1:43: error[WC-C003]: a space is missing after "group_id:"
          1 | receivers: {kafka: {brokers: [a], group_id:me}}
            |                                           ^
         help: write "group_id: value"; without the space YAML reads key and value as one word
    `,
  },
  {
    title: 'A missing space after a dash is named.',
    text: `
      receivers:
        kafka:
          brokers:
          - a
          -b
    `,
    errors: `
      w.yaml:5:5: error[WC-C001]: a space is missing after "-"
          5 |     -b
            |     ^^
         help: a list item is written "- value"
    `,
  },
  {
    title: 'A key that stands twice names the line of the first.',
    text: `
      receivers:
        memory:
      service:
        verbose: true
        verbose: false
      receivers: {}
    `,
    errors: `
      w.yaml:5:3: error[WC-C004]: "verbose" stands twice in this mapping
          5 |   verbose: false
            |   ^^^^^^^
         help: the first one is in line 4; keep one of them
      w.yaml:6:1: error[WC-C004]: "receivers" stands twice in this mapping
          6 | receivers: {}
            | ^^^^^^^^^
         help: the first one is in line 1; keep one of them
    `,
  },
  {
    title:
      'After broken syntax what stands above it is still checked, and nothing is called missing.',
    text: `
      receivers:
        kafka: {}
      service:
        urll: a
        ratio: [a, b
        verbose: x
    `,
    errors: `
      w.yaml:4:3: error[WC-C010]: unknown key "urll" in service
          4 |   urll: a
            |   ^^^^ expected one of url, verbose, ratio, endpoint, source, names
         help: did you mean url?
      w.yaml:5:10: error[WC-C011]: wrong type of service.ratio
          5 |   ratio: [a, b
            |          ^^^^^ expected a number, found a list
      w.yaml:6:3: error[WC-C001]: the indentation does not fit the lines above
          6 |   verbose: x
            |   ^
         help: keys of one mapping start in the same column; a list or mapping in brackets must be closed before the next key
    `,
  },
  {
    title: 'A quote that is never closed is shown where it opens.',
    text: `
      receivers:
        memory: {}
      service:
        url: "abc
    `,
    errors: `
      w.yaml:4:8: error[WC-C001]: this quote is never closed
          4 |   url: "abc
            |        ^
    `,
  },
  {
    title: 'A second document is an error.',
    text: `
      receivers: {memory: {}}
      ---
      a: 1
    `,
    errors: `
      w.yaml:2:1: error[WC-C001]: a second document starts here
          2 | ---
            | ^^^
         help: a config is one document; remove the line "---"
    `,
  },
  {
    title: 'A reserved character needs quotes.',
    text: `
      receivers: {memory: {}}
      service:
        url: @x
    `,
    errors: `
      w.yaml:3:8: error[WC-C001]: a value without quotes cannot start with this character
          3 |   url: @x
            |        ^
         help: put the value in quotes
    `,
  },
  {
    title: 'A second colon on a line is an error.',
    text: `
      receivers: {memory: {}}
      service:
        url: a: b
    `,
    errors: `
      w.yaml:3:8: error[WC-C001]: a second "key: value" on the same line
          3 |   url: a: b
            |        ^
         help: start a new line, or put a value that holds ": " in quotes
    `,
  },
  {
    title: 'A line that is indented wrongly is an error.',
    text: `
      receivers:
         memory: {}
        kafka: {}
    `,
    errors: `
      w.yaml:3:3: error[WC-C001]: the indentation does not fit the lines above
          3 |   kafka: {}
            |   ^
         help: keys of one mapping start in the same column; a list or mapping in brackets must be closed before the next key
    `,
  },
  {
    title: 'An alias without an anchor is an error.',
    text: `
      receivers: {memory: *x}
    `,
    errors: `
      w.yaml:1:21: error[WC-C001]: there is no anchor &x above this alias
          1 | receivers: {memory: *x}
            |                     ^^
    `,
  },
  {
    title: 'A tag is an error.',
    text: `
      receivers: {memory: {}}
      service: {url: !secret x}
    `,
    errors: `
      w.yaml:2:16: error[WC-C001]: this tag is not known
          2 | service: {url: !secret x}
            |                ^^^^^^^
         help: a config has no tags; values from outside are \${env:NAME} and \${file:/path}
    `,
  },
  {
    title: 'A key that is not a word is an error.',
    text: `
      receivers: {memory: {}}
      ? [a]
      : 1
    `,
    errors: `
      w.yaml:2:3: error[WC-C001]: a key is one word, not a list, a mapping, an alias or nothing
          2 | ? [a]
            |   ^^^
    `,
  },
  {
    title: 'A merge key is an error.',
    text: `
      receivers: {memory: {}}
      service:
        <<: {url: a}
    `,
    errors: `
      w.yaml:3:3: error[WC-C010]: unknown key "<<" in service
          3 |   <<: {url: a}
            |   ^^ expected one of url, verbose, ratio, endpoint, source, names
         help: merge keys are not read; repeat the keys
    `,
  },
])
