"""Writes documents with Google's client for Python, and prints how many, the seconds that it took, the seconds of CPU,
and the process's memory at its peak in kilobytes.

Usage: write.py PROJECT FILE, with the server in FIRESTORE_EMULATOR_HOST; the file has a document a line in Firestore's
JSON notation.
"""

import base64
import datetime
import json
import resource
import sys
import time

from google.cloud import firestore
from google.cloud.firestore_v1.bulk_writer import BulkWriterOptions, SendMode

# Far beyond what it comes to: nothing is held back.
UNTHROTTLED = 10_000_000

READERS = {
    "nullValue": lambda _: None,
    "booleanValue": bool,
    "integerValue": int,
    "doubleValue": float,
    "stringValue": str,
    "timestampValue": datetime.datetime.fromisoformat,
    "bytesValue": base64.b64decode,
    "arrayValue": lambda array: [value(item) for item in array.get("values", [])],
    "mapValue": lambda of: fields(of.get("fields", {})),
}


def value(notation):
    [(kind, content)] = notation.items()
    return READERS[kind](content)


def fields(notation):
    return {name: value(item) for name, item in notation.items()}


def main():
    project, file = sys.argv[1:]
    client = firestore.Client(project=project)
    documents = []
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            document = json.loads(line)
            documents.append((client.document(document["name"]), fields(document["fields"])))
    failed = []
    cpu, began = time.process_time(), time.perf_counter()
    writer = client.bulk_writer(
        options=BulkWriterOptions(
            initial_ops_per_second=UNTHROTTLED, max_ops_per_second=UNTHROTTLED, mode=SendMode.parallel
        )
    )
    writer.on_write_error(lambda failure, _: failed.append(failure) and False)
    for reference, data in documents:
        writer.create(reference, data)
    writer.close()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if failed:
        sys.exit(f"{len(failed)} documents were not written: {failed[0].message}")
    print(len(documents), seconds, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


main()
