import { fastifyAdapter } from './fastify.ts'
import { contract } from './suite.ts'

contract(fastifyAdapter)
