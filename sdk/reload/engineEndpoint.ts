/** How to reach an engine: what the docker provider of a component was given. */
export interface EngineEndpoint {
  /** `unix://…`, `npipe://…`, `tcp://…` or `ssh://…`; the environment's when left out. */
  host?: string;
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`. @default no TLS, unless the texts below are given */
  certPath?: string;
  /** Certificate of the authority that signed the engine's, as PEM text. */
  ca?: string;
  /** The client's own certificate, as PEM text. */
  cert?: string;
  /** Its private key, as PEM text. */
  key?: string;
}
