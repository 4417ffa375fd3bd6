import { openStore } from "../mod.ts";

const [dir, name, versions] = Deno.args;
const store = await openStore({ kind: "directory", dir: dir! });
const won: number[] = [];
for (let version = 0; version < Number(versions); version++) {
  if (await store.putIfAbsent(`log/${version}.json`, new Uint8Array([Number(name)]))) won.push(version);
}
console.log(JSON.stringify(won));
