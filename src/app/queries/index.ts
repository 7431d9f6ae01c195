export { QueryRecorder } from './query-recorder.ts'
export type { RecordedQuery } from './recorded-query.ts'
export {
  recordingOf,
  type RecordingOptions,
  type RecordQueriesOptions,
} from './recording-options.ts'
export { watchStatements, type Watched } from './watch-statements.ts'
