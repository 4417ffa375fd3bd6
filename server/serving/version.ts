import config from "../../deno.json" with { type: "json" };

/** Version of this Boathouse. */
export const VERSION: string = config.version;
