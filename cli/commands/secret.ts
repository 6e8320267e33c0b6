import { Command } from "commander";
import { type CommonOptions, exitsWithArgument, stackOption } from "../options.ts";

export type SecretOptions = Pick<CommonOptions, "stack">;

export const secret = () =>
  new Command("secret")
    .description("set a setting that nobody may read, such as registryPassword, and keep it encrypted")
    .argument("<key>", "the setting")
    .addOption(stackOption())
    .addHelpText("after", "\nAsks for the value; without a terminal, takes it from standard input.")
    .action(
      exitsWithArgument<string, SecretOptions>(async (key, options) => {
        const { setSecret } = await import("../runs/secret.ts");
        return setSecret(key, options);
      }),
    );
