export const driver = (): Promise<unknown> => import('better-sqlite3')
