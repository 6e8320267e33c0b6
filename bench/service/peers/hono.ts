// Hono as its documentation has it: routes and a timer, nothing measured, nothing logged.
import { serve } from "@hono/node-server";
import { withRoutes } from "./hono-routes.ts";

const app = withRoutes();
serve({ fetch: app.fetch, port: Number(process.argv[2]) });
