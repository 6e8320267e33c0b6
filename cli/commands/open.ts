import { Argument, Command } from "commander";
import { exitsWithArgument, stackOption } from "../options.ts";

/** What can be opened. */
export const pages = ["grafana", "prometheus", "server"] as const;

export interface OpenOptions {
  readonly stack: string;
  readonly browser: boolean;
}

export const open = () =>
  new Command("open")
    .description("open Grafana's dashboard, Prometheus or the server in a browser")
    .addArgument(new Argument("[page]", "what to open").choices(pages).default("grafana"))
    .addOption(stackOption())
    .option("--no-browser", "only print the URL, and hold the port-forward when one is needed")
    .action(
      exitsWithArgument<(typeof pages)[number], OpenOptions>(async (page, options) =>
        (await import("../runs/open.ts")).openPage(page, options),
      ),
    );
