export { resolveFile } from './resolve-file.ts'
