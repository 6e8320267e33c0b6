// Hono as in its documentation: routes and a timer, without metrics and logs.
import { serve } from "@hono/node-server";
import { withRoutes } from "./hono-routes.ts";

const app = withRoutes();
serve({ fetch: app.fetch, port: Number(process.argv[2]) });
