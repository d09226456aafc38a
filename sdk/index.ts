export { NatService, type Replica, type ReplicaPort } from "./components/natService";
export { ProxiedScaleSet } from "./components/proxiedScaleSet";
export { Proxy } from "./components/proxy";
export { WindowsWebFarm } from "./components/windowsWebFarm";
export { preflight, type PreflightArgs } from "./preflight/preflight";
export type { EngineEndpoint } from "./reload/engine";
export { FarmError, type FarmIssue, type FarmIssueCode } from "./schema/farmError";
export type {
  ConsoleArgs,
  ContainerTransform,
  Discovery,
  ExtraConfigArgs,
  HealthCheckArgs,
  HostRelease,
  LoadBalancing,
  NatServiceArgs,
  Platform,
  PortArgs,
  ProxiedScaleSetArgs,
  ProxyArgs,
  ProxyBuildArgs,
  ProxyTimeoutArgs,
  ReloadArgs,
  RestartPolicy,
  RetryArgs,
  Rollout,
  TlsArgs,
  VolumeArgs,
  WindowsWebFarmArgs,
} from "./args";
