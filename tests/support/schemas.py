"""The JSON schemas that the project publishes."""

import json
from importlib.resources import files

from jsonschema import Draft202012Validator


def load_schema(name: str) -> Draft202012Validator:
    schema = json.loads((files("scraper") / "schema" / name).read_text("utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
