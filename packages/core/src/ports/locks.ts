/** Mutual exclusion between engines: tabs of one origin, or processes on one state directory. */
export interface Locks {
  /**
   * Takes the lock `name`, or answers null when somebody alive holds it. A holder that is just
   * dying (a page being reloaded) is waited for; a holder that died is never one.
   */
  acquire(name: string): Promise<Lock | null>
  /** True when somebody (possibly ourselves) holds the lock now. */
  isHeld(name: string): Promise<boolean>
}

export interface Lock {
  release(): Promise<void>
}
