import type { FastifyInstance } from 'fastify'
import type { Wiki } from '../wiki.ts'
import { commentRoutes } from './comments.ts'
import { deleteRoutes } from './delete.ts'
import { editRoutes } from './edit.ts'
import { historyRoutes } from './history.ts'
import { listRoutes } from './lists.ts'
import { loginRoutes } from './login.ts'
import { readRoutes } from './read.ts'
import { searchRoutes } from './search.ts'

/** All routes, a file a feature. */
export function addRoutes(app: FastifyInstance, wiki: Wiki): void {
  for (const routes of [
    readRoutes,
    editRoutes,
    deleteRoutes,
    historyRoutes,
    commentRoutes,
    listRoutes,
    searchRoutes,
    loginRoutes,
  ])
    routes(app, wiki)
}
