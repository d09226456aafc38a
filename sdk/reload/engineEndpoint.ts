/** How to reach an engine: what the docker provider of a component was given. */
export interface EngineEndpoint {
  /** `unix://…`, `npipe://…`, `tcp://…` or `ssh://…`; the environment's when left out. */
  host?: string;
  certPath?: string;
  ca?: string;
  cert?: string;
  key?: string;
}
