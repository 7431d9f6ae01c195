/** What went through a proxy. */
export interface Traffic {
  /** Connections that clients made. */
  readonly connections: number
  /**
   * How often clients began to send: at first, and after they had received something. Whoever sends twice without waiting has made one flight.
   * Exact with a latency of some milliseconds: without, an answer may arrive between two parts that were sent without waiting.
   */
  readonly flights: number
  /** What clients wrote at once counts as one. */
  readonly clientChunks: number
  /** From clients. */
  readonly clientBytes: number
  /** What the server wrote at once counts as one. */
  readonly serverChunks: number
  /** From the server. */
  readonly serverBytes: number
}

/** Nothing yet. */
export const NO_TRAFFIC: Traffic = {
  connections: 0,
  flights: 0,
  clientChunks: 0,
  clientBytes: 0,
  serverChunks: 0,
  serverBytes: 0,
}
