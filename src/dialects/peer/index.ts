export { importPeer, type VersionRange } from './import-peer.ts'
