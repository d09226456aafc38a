import Docker from "dockerode";
import { expect, it } from "vitest";
import { prepareImages } from "../../toolchain/images";
import { composeChanges } from "../support/composeChanges";
import { dockerCompose } from "../support/dockerCompose";
import { loadTable } from "../support/loadTable";

/** COMPOSE names a docker compose of the user's choice, such as one of version 2. */
it("loses requests in the changes that a scale set makes without loss", async () => {
  const images = await prepareImages({ docker: new Docker(), log: () => undefined });
  const compose = await dockerCompose();
  console.log((await compose(".", ["version"])).split("\n")[0]);
  const rows = await composeChanges(compose, images, { fresh: 6, kept: 8, slow: 4 });
  console.log(loadTable(rows));
  expect(rows.reduce((sum, { report }) => sum + report.failed, 0)).toBeGreaterThan(0);
}, 180_000);
