import type { ExecBody, JsonObject } from "../api";
import { execBelow, plainExecBelow } from "../exec";
import type { Exchange } from "../exchange";
import type { FrontContext } from "../front";
import { showExec } from "../show";
import { isCell } from "./containers";
import { ownContainer } from "./own";

export async function create(exchange: Exchange, context: FrontContext, name: string): Promise<void> {
  const { Id, Config } = await ownContainer(context, name);
  const body = await exchange.json<ExecBody>();
  await exchange.pass({
    path: `/containers/${Id}/exec`,
    body: isCell(Config) ? execBelow(body) : plainExecBelow(body),
  });
}

/** Without a terminal or a pipe of its own: the answer is the output. */
export async function start(exchange: Exchange, context: FrontContext): Promise<void> {
  const body = await exchange.json<JsonObject>();
  await context.delays.beforeExec();
  await exchange.stream({ body });
}

export function inspect(exchange: Exchange): Promise<void> {
  return exchange.passJson(showExec);
}
