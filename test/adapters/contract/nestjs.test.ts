import { nestAdapter } from './nestjs.ts'
import { contract } from './suite.ts'

contract(nestAdapter)
