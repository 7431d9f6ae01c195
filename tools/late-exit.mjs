// Loaded into every test process. With --test-force-exit Node 24 ends a process while its last reports are still on their way from stream to stream, and a few results are lost. Here it ends
// a moment later, when they are out.
const MOMENT_MS = 50
const exit = process.exit.bind(process)

process.exit = (code) => {
  process.exitCode = code ?? process.exitCode
  setTimeout(exit, MOMENT_MS)
}
