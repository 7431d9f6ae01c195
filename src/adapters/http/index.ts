export { replyToFailedCommit, type FailedCommitReply } from './failed-commit.ts'
export { dropAnswerHeaders, type HeaderBag } from './header-hygiene.ts'
export { ResponseGate, type GateKeeper } from './response-gate.ts'
