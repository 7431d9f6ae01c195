import { honoAdapter } from './hono.ts'
import { contract } from './suite.ts'

contract(honoAdapter)
