import { h3Adapter } from './h3.ts'
import { contract } from './suite.ts'

contract(h3Adapter)
