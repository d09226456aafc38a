import { describe, expect, it } from "vitest";
import { daemonSockets, engineProcesses, mentionsDirectory, processOf } from "./engineProcesses";
import { removalsOf } from "./hostNetwork";
import { engineLayout, mountsBelow } from "./privateEngine";

describe("engineLayout", () => {
  it("lies in the project's folder, where sockets have room", () => {
    const layout = engineLayout("/clone/.webfarm/engine");
    expect(layout.link).toBeUndefined();
    expect(layout.socket).toBe("/clone/.webfarm/engine/docker.sock");
  });

  it("reaches a deep folder by a short link, so that every socket's path fits", () => {
    const engine = `/${"deep/".repeat(30)}.webfarm/engine`;
    const layout = engineLayout(engine);
    expect(layout.link).toMatch(/^\/run\/webfarm-[0-9a-f]{12}$/);
    expect(`${layout.exec}/containerd/containerd-debug.sock.ttrpc`.length).toBeLessThan(108);
    expect(layout.data).toBe(`${engine}/data`);
  });
});

describe("processes of an engine", () => {
  const ours = {
    pid: 10,
    parent: 1,
    args: ["/usr/sbin/dockerd", "--data-root", "/c/engine/data", "--exec-root=/c/engine/exec"],
  };
  const shim = {
    pid: 11,
    parent: 1,
    args: ["/usr/bin/containerd-shim-runc-v2", "-address", "/c/engine/exec/containerd/containerd.sock"],
  };
  const container = { pid: 12, parent: 11, args: ["nginx"] };
  const other = { pid: 20, parent: 1, args: ["dockerd", "--exec-root", "/other/c/engine/exec"] };
  const editor = { pid: 30, parent: 1, args: ["vi", "/c/engine/exec/notes"] };

  it("are its programs and their containers, and nobody else's", () => {
    const found = engineProcesses("/c/engine/exec", [ours, shim, container, other, editor]);
    expect(found.map(({ pid }) => pid).sort()).toEqual([10, 11, 12]);
  });

  it("are told apart by whole paths", () => {
    expect(mentionsDirectory({ args: ["--data-root", "/c/engine/data2"] }, "/c/engine/data")).toBe(false);
    expect(mentionsDirectory({ args: ["--host=unix:///c/engine/docker.sock"] }, "/c/engine")).toBe(true);
  });

  it("are not found by an id that belongs to another program by now", () => {
    expect(processOf(process.pid, "/nowhere/engine/data")).toBeUndefined();
  });

  it("name their sockets in several ways", () => {
    expect(
      daemonSockets(["dockerd", "-H", "unix:///a", "--host=unix:///b", "-H=unix:///c", "-H", "fd://"]),
    ).toEqual(["unix:///a", "unix:///b", "unix:///c"]);
  });
});

describe("mountsBelow", () => {
  it("lists the deepest first and nothing beside the directory", () => {
    const mountinfo = [
      "36 35 98:0 / /e rw - ext4 /dev/a rw",
      "37 35 98:0 / /e/data/x rw - ext4 /dev/a rw",
      "38 35 98:0 / /e/data/x/with\\040space rw - ext4 /dev/a rw",
      "39 35 98:0 / /ee/data rw - ext4 /dev/a rw",
    ].join("\n");
    expect(mountsBelow(mountinfo, "/e")).toEqual(["/e/data/x/with space", "/e/data/x"]);
  });
});

describe("removalsOf", () => {
  it("takes out Docker's rules before its chains, and no rule of others", () => {
    const listing = [
      "-P FORWARD DROP",
      "-N DOCKER",
      "-N DOCKER-USER",
      "-N MINE",
      "-A FORWARD -j DOCKER-USER",
      "-A FORWARD -o docker0 -j DOCKER",
      "-A FORWARD -i eth0 -j MINE",
      "-A DOCKER -d 172.17.0.2/32 -j ACCEPT",
    ].join("\n");
    expect(removalsOf(listing).map((removal) => removal.join(" "))).toEqual([
      "-D FORWARD -j DOCKER-USER",
      "-D FORWARD -o docker0 -j DOCKER",
      "-F DOCKER",
      "-F DOCKER-USER",
      "-X DOCKER",
      "-X DOCKER-USER",
    ]);
  });
});
