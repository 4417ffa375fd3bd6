const plugin: Deno.lint.Plugin = { name: "boathouse", rules: {} };
export default plugin;
