#!/usr/bin/env python3
"""Makes peers_read.json: which of the shared rasters other readers read, from the read matrix that was measured of them.

    python3 tests/reference/peers_read.py MATRIX        (MATRIX: reference/read-matrix.md beside the shared rasters)

Per file: geotiff.js and async-tiff as the matrix has them (ok, ok~ for lossy ones within the bound, WRONG, err, …).
"""

import json
import pathlib
import re
import sys

READERS = {"geotiffjs": "geotiff.js", "asynctiff": "async-tiff"}


def main():
    text = pathlib.Path(sys.argv[1]).read_text()
    versions = re.search(r"^Readers: (.*)$", text, re.MULTILINE).group(1)
    found, folder, columns = {}, None, []
    for line in text.splitlines():
        if heading := re.match(r"### (dev/\w+)", line):
            folder = heading.group(1)
        elif line.startswith("| file | what |"):
            columns = [cell.strip() for cell in line.strip("|").split("|")]
        elif folder and (row := re.match(r"\| ([\w.-]+\.tiff?) \|", line)):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            outcomes = {}
            for column, reader in READERS.items():
                outcome = re.sub(r"<small>.*", "", cells[columns.index(column)]).replace("*", "").strip()
                outcomes[reader] = outcome
            found[f"{folder}/{row.group(1)}"] = outcomes
    lines = ",\n".join(f"{json.dumps(file)}: {json.dumps(outcome)}" for file, outcome in sorted(found.items()))
    out = f'{{\n"readers": {json.dumps(versions)},\n"files": {{\n{lines}\n}}\n}}\n'
    pathlib.Path(__file__).with_name("peers_read.json").write_text(out)
    print(len(found), "files")


main()
