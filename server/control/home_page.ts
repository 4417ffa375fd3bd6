const PLACES: [string, string][] = [
  ["/health/ready", "whether this plane is ready"],
  ["/metrics", "metrics in the Prometheus text format"],
  ["/api/endpoints", "endpoints: list, apply (POST), NAME/activate, NAME/rollback, NAME/history"],
  ["/api/functions", "promoted functions, NAME with its manifest"],
  ["/api/lake/tables", "tables of the lake"],
  [
    "/api/2.0/mlflow/registered-models/search",
    "model registry: MLflow's REST API (set MLFLOW_TRACKING_URI to this address)",
  ],
];

/**
 * Writes the start page: where things are.
 *
 * @param servingUrl where the serving plane listens
 * @param version version of this Boathouse
 * @returns HTML without scripts
 */
export function homePage(servingUrl: string, version: string): string {
  const rows = PLACES.map(([path, what]) => `<tr><td><a href="${path}">${path}</a></td><td>${what}</td></tr>`);
  const serving = `<a href="${servingUrl}/v1/endpoints">${servingUrl}/v1/endpoints</a>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Boathouse</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
td { padding: .25rem 1.5rem .25rem 0; vertical-align: top; }
a { color: #0b5394; }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #16181b; } a { color: #8ab4f8; } }
</style>
</head>
<body>
<h1>Boathouse</h1>
<p>The control plane of this workbench, version ${version}. A front-end comes with a later version; here is where things are.</p>
<table>
<tr><td>${serving}</td><td>the serving plane: endpoints, functions, events, labels</td></tr>
${rows.join("\n")}
</table>
</body>
</html>
`;
}
