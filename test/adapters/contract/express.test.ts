import { expressAdapter } from './express.ts'
import { contract } from './suite.ts'

contract(expressAdapter)
