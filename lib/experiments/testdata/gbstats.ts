/** What the statistics are compared with, beside pyarrow to read the same Parquet files. */
export const GBSTATS = ["gbstats==0.8.0", "statsmodels==0.14.5", "pyarrow==21.0.0"];
