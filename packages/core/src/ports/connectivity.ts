/** What the platform knows of the network. Only ever a hint: "online" never means "reachable". */
export interface Connectivity {
  /** False only when the platform is sure that there is no network. */
  readonly online: boolean
  /** Calls back on each change and after the machine woke up; returns what ends it. */
  subscribe(listener: (event: 'online' | 'offline' | 'wake') => void): () => void
}
