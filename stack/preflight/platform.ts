import { UserError } from "../errors.ts";

/** Sessions, signals and file modes are those of Unix: on Windows they are there in WSL. */
export function checkPlatform(platform: string = process.platform): void {
  if (platform !== "win32") return;
  throw new UserError({
    what: "this is Windows without WSL",
    why: "latency-lab runs on Linux and macOS, and in WSL 2",
    fix: "wsl --install, then clone and run it there   (https://docs.docker.com/desktop/features/wsl/)",
  });
}
