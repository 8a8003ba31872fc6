"""Reads the documents of some collections with Google's client and prints each in Firestore's JSON notation, one a line.

Usage: read_back.py PROJECT COLLECTION..., with the server in FIRESTORE_EMULATOR_HOST.
"""

import base64
import datetime
import json
import math
import sys

from google.cloud import firestore
from google.cloud.firestore_v1 import DocumentReference, GeoPoint


def name(of):
    return of._document_path


def value(of):
    if of is None:
        return {"nullValue": None}
    if isinstance(of, bool):
        return {"booleanValue": of}
    if isinstance(of, int):
        return {"integerValue": str(of)}
    if isinstance(of, float):
        return {"doubleValue": of if math.isfinite(of) else {"nan": "NaN", "inf": "Infinity"}.get(str(of), "-Infinity")}
    if isinstance(of, str):
        return {"stringValue": of}
    if isinstance(of, bytes):
        return {"bytesValue": base64.b64encode(of).decode()}
    if isinstance(of, datetime.datetime):
        return {"timestampValue": of.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
    if isinstance(of, DocumentReference):
        return {"referenceValue": name(of)}
    if isinstance(of, GeoPoint):
        return {"geoPointValue": {"latitude": of.latitude, "longitude": of.longitude}}
    if isinstance(of, dict):
        return {"mapValue": {"fields": fields(of)}}
    if isinstance(of, list):
        return {"arrayValue": {"values": [value(item) for item in of]}}
    raise TypeError(f"a value of type {type(of).__name__}")


def fields(of):
    return {name: value(inner) for name, inner in of.items()}


def main():
    project, *collections = sys.argv[1:]
    client = firestore.Client(project=project)
    for collection in collections:
        for found in client.collection(collection).stream():
            document = {"name": name(found.reference), "fields": fields(found.to_dict())}
            rewritten = found.create_time != found.update_time
            print(json.dumps({"name": document["name"], "rewritten": rewritten, "document": document}))


if __name__ == "__main__":
    main()
