export interface LockRequest {
  /** The project's root: each clone has locks of its own. */
  directory: string;
  name: string;
  /** What others who wait are told, such as "npm start (process 4711)". */
  identity: string;
  timeoutSeconds: number;
  onWait?: (holder: string) => void;
}

export class LockTimeout extends Error {}
export function lockAddress(directory: string, name: string, platform?: NodeJS.Platform): string;
export function withLock<T>(request: LockRequest, work: () => Promise<T>): Promise<T>;
