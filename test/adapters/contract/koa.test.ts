import { koaAdapter } from './koa.ts'
import { contract } from './suite.ts'

contract(koaAdapter)
