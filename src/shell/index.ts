export { startShell, type ShellOptions } from './start-shell.ts'
