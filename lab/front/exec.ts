import { without, type ExecBody } from "./api";
import { cellExec } from "./create";
import { belowPath } from "./windowsPaths";

/** A request for a process in a cell, as the engine below takes it. */
export function execBelow(body: ExecBody): ExecBody {
  const directory = body.WorkingDir ?? "";
  return {
    ...without(body, "WorkingDir", "User", "Privileged"),
    Cmd: [cellExec, ...(body.Cmd ?? [])],
    ...(directory !== "" && {
      WorkingDir: belowPath(directory),
      Env: [...(body.Env ?? []), `WEBFARM_LAB_CWD=${directory}`],
    }),
  };
}

/** One from a Linux image runs as it is. */
export function plainExecBelow(body: ExecBody): ExecBody {
  const { WorkingDir: directory = "", User: user = "" } = body;
  return {
    ...body,
    WorkingDir: /^[a-z]:|\\/i.test(directory) ? belowPath(directory) : directory,
    User: /^Container(User|Administrator)$/i.test(user) ? "" : user,
  };
}
