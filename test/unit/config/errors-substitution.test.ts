import { testErrors } from './sample.ts'

/** What people read when a substitution fails, word for word. */

testErrors([
  {
    title: 'A variable that is not set, a bare name and an open brace are shown where they stand.',
    text: `
      receivers: {memory: {}}
      service:
        url: http://\${env:HOST}/\${env:PATH_2}
        endpoint: \${HOST}
        verbose: \${env:U
    `,
    errors: `
      w.yaml:3:15: error[WC-C020]: environment variable HOST is not set
          3 |   url: http://\${env:HOST}/\${env:PATH_2}
            |               ^^^^^^^^^^^
         help: set it, or give a default: \${env:HOST:-default}
      w.yaml:3:27: error[WC-C020]: environment variable PATH_2 is not set
          3 |   url: http://\${env:HOST}/\${env:PATH_2}
            |                           ^^^^^^^^^^^^^
         help: set it, or give a default: \${env:PATH_2:-default}
      w.yaml:4:13: error[WC-C022]: this is not a substitution
          4 |   endpoint: \${HOST}
            |             ^^^^^^^
         help: write \${env:HOST}; a literal dollar sign is $$
      w.yaml:5:12: error[WC-C022]: this substitution is not closed
          5 |   verbose: \${env:U
            |            ^^^^^^^
         help: known are \${env:NAME}, \${env:NAME:-default} and \${file:/path}; a literal dollar sign is $$
    `,
  },
  {
    title: 'A file that cannot be read is an error.',
    text: `
      service:
        url: \${file:/run/x}
    `,
    errors: `
      w.yaml:2:8: error[WC-C021]: cannot read /run/x: ENOENT
          2 |   url: \${file:/run/x}
            |        ^^^^^^^^^^^^^^
    `,
  },
  {
    title: 'What a variable holds is not quoted in an error.',
    text: `
      receivers: {memory: {}}
      service:
        ratio: \${env:SECRET}
        endpoint: \${env:SECRET}
    `,
    errors: `
      w.yaml:3:10: error[WC-C011]: wrong type of service.ratio
          3 |   ratio: \${env:SECRET}
            |          ^^^^^^^^^^^^^ expected a number, found a text from \${env:SECRET}
      w.yaml:4:13: error[WC-C015]: wrong form of service.endpoint
          4 |   endpoint: \${env:SECRET}
            |             ^^^^^^^^^^^^^ expected host:port, for example 127.0.0.1:9464, found a text from \${env:SECRET}
    `,
  },
])
