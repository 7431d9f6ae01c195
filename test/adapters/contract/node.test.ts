import { nodeAdapter } from './node.ts'
import { contract } from './suite.ts'

contract(nodeAdapter)
