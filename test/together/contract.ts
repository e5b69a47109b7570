import { importChosen } from './import.ts'

await importChosen('test/contract/')
