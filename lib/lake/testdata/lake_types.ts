// Written by `boathouse types`: import it once, and lake.table knows the columns of these tables.
import type {} from "boathouse";

declare module "boathouse" {
  interface LakeTables {
    "typed.topic-1": {
      _partition: number | null;
      _offset: number | null;
    };
    "typed.topic-1_dlq": {
      _partition: number | null;
      _offset: number | null;
    };
    typed_rows: {
      n: number | null;
      px: number | null;
      at: Date | null;
      "odd name": string | null;
      raw: Uint8Array | null;
      stops: ({
        ok: boolean | null;
      } | null)[] | null;
      by: Record<string, number | null> | null;
      pairs: [Date, number | null][] | null;
    };
  }
}
