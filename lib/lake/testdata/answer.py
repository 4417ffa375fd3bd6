# Reads what argv[1] asks for, a JSON list of {folder, version?}, and writes the tables of WRITES below argv[2].
print(json.dumps({
    "ours": [read(**asked) for asked in json.loads(sys.argv[1])],
    "theirs": {write.__name__: attempt(write) for write in WRITES},
}), flush=True)
