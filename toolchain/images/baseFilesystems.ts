import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { runCommand } from "./command";
import type { DebianPackage } from "./debianPackages";
import type { Entry, RootFilesystem } from "./rootFilesystem";
import { sharedLibrariesOf } from "./sharedLibraries";

/** What every base image has besides programs: accounts, name resolution, places to write. */
export const commonEntries: RootFilesystem = new Map<string, Entry>([
  [
    "/etc/passwd",
    file([
      "root:x:0:0:root:/root:/bin/sh",
      // Debian's nginx runs its workers as www-data unless told otherwise, the official image's as nginx.
      "www-data:x:33:33:www-data:/var/www:/bin/false",
      "nginx:x:101:101:nginx:/nonexistent:/bin/false",
      "nobody:x:65534:65534:nobody:/nonexistent:/bin/false",
    ]),
  ],
  ["/etc/group", file(["root:x:0:", "www-data:x:33:", "nginx:x:101:", "nogroup:x:65534:"])],
  ["/etc/nsswitch.conf", file(["passwd: files", "group: files", "hosts: files dns"])],
  ["/root", { type: "directory", mode: 0o700 }],
  ["/run", { type: "directory" }],
  ["/tmp", { type: "directory", mode: 0o1777 }],
  ["/var/run", { type: "symlink", target: "../run" }],
  ["/var/tmp", { type: "directory", mode: 0o1777 }],
]);

/** Laid out as in the official nginx image, so that the same configurations work in both. */
export const nginxEntries: RootFilesystem = new Map<string, Entry>([
  [
    "/etc/nginx/nginx.conf",
    file([
      "user nginx;",
      "worker_processes auto;",
      "error_log /var/log/nginx/error.log notice;",
      "pid /run/nginx.pid;",
      "events { worker_connections 1024; }",
      "http {",
      "  include /etc/nginx/mime.types;",
      "  default_type application/octet-stream;",
      "  access_log /var/log/nginx/access.log;",
      "  sendfile on;",
      "  keepalive_timeout 65;",
      "  include /etc/nginx/conf.d/*.conf;",
      "}",
    ]),
  ],
  [
    "/etc/nginx/conf.d/default.conf",
    file(["server {", "  listen 80;", "  root /usr/share/nginx/html;", "  index index.html;", "}"]),
  ],
  ["/etc/nginx/modules", { type: "symlink", target: "/usr/lib/nginx/modules" }],
  ["/usr/lib/nginx/modules", { type: "directory" }],
  ["/var/cache/nginx", { type: "directory" }],
  ["/var/lib/nginx", { type: "directory" }],
  // Containers log to the engine.
  ["/var/log/nginx/access.log", { type: "symlink", target: "/dev/stdout" }],
  ["/var/log/nginx/error.log", { type: "symlink", target: "/dev/stderr" }],
]);

const nginxPackageFiles = [
  "/etc/nginx/mime.types",
  "/etc/nginx/fastcgi_params",
  "/etc/nginx/scgi_params",
  "/etc/nginx/uwsgi_params",
  "/usr/share/nginx/html/index.html",
];

/** A shell and its usual companions. `tree` holds the unpacked packages. */
export async function busyboxFilesystem(
  tree: string,
  packages: readonly DebianPackage[],
): Promise<Map<string, Entry>> {
  const busybox = join(tree, "bin/busybox");
  const applets = await runCommand(busybox, ["--list-full"], { timeoutSeconds: 30 });
  return new Map<string, Entry>([
    ...commonEntries,
    ...appletLinks(applets),
    ["/bin/busybox", { type: "file", content: await readFile(busybox), mode: 0o755 }],
    ...(await copyrights(tree, packages, ["busybox-static"])),
  ]);
}

/** nginx with the libraries that it loads, on top of the busybox image's files. */
export async function nginxFilesystem(
  tree: string,
  packages: readonly DebianPackage[],
): Promise<Map<string, Entry>> {
  const libraries = await sharedLibrariesOf(tree, "usr/sbin/nginx");
  const copies = [
    ...nginxPackageFiles.map((path) => [path, join(tree, path), 0o644] as const),
    ...[...libraries].map(([path, source]) => [path, source, 0o755] as const),
    ["/usr/sbin/nginx", join(tree, "usr/sbin/nginx"), 0o755] as const,
  ];
  const files = copies.map(async ([path, source, mode]): Promise<[string, Entry]> => [
    path,
    { type: "file", content: await readFile(source), mode },
  ]);
  return new Map<string, Entry>([
    ...(await busyboxFilesystem(tree, packages)),
    ...nginxEntries,
    ...(await Promise.all(files)),
    ...(await copyrights(
      tree,
      packages,
      packages.map(({ name }) => name),
    )),
  ]);
}

/** busybox acts as the program by whose name it is called; its list has paths such as `usr/bin/wget`. */
export function appletLinks(list: string): [string, Entry][] {
  return list
    .split("\n")
    .map((line) => line.trim())
    .filter((path) => path !== "" && posix.basename(path) !== "busybox")
    .map((path) => [`/${path}`, { type: "symlink", target: "/bin/busybox" }]);
}

/** The licences ask that their texts go where the programs go. */
async function copyrights(
  tree: string,
  packages: readonly DebianPackage[],
  names: readonly string[],
): Promise<[string, Entry][]> {
  const wanted = packages.filter(({ name }) => names.includes(name));
  return Promise.all(
    wanted.map(async ({ name }): Promise<[string, Entry]> => {
      const path = `/usr/share/doc/${name}/copyright`;
      return [path, { type: "file", content: await readFile(join(tree, path)) }];
    }),
  );
}

function file(lines: readonly string[]): Entry {
  return { type: "file", content: `${lines.join("\n")}\n` };
}
