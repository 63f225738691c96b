"""Judges a stream of Kubernetes objects by the schemas of Kubernetes and of custom resources.

validate.py STREAM CRD...   prints a line for each object: `Kind name: ok`, or what is wrong with it.
Fields that no schema knows are wrong too. Rules in CEL (x-kubernetes-validations) are not run.
"""

import sys

import jsonschema
import kubernetes_validate
import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def closed(schema):
    """The schema without room for fields that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(value) for key, value in schema.items()}
    fields = schema.get("properties")
    if isinstance(fields, dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def custom(files):
    """The schema of each version of each custom resource."""
    found = {}
    for file in files:
        for crd in yaml.load_all(open(file, encoding="utf-8"), LOADER):
            if not crd or crd.get("kind") != "CustomResourceDefinition":
                continue
            spec = crd["spec"]
            for version in spec["versions"]:
                key = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
                schema = version["schema"]["openAPIV3Schema"]
                properties = {
                    name: {"type": "object"} if name == "metadata" else closed(each)
                    for name, each in schema["properties"].items()
                }
                found[key] = {**schema, "properties": properties, "additionalProperties": False}
    return found


def main(stream, *crds):
    schemas = custom(crds)
    for each in yaml.load_all(open(stream, encoding="utf-8"), LOADER):
        what = f"{each['kind']} {each['metadata']['name']}"
        schema = schemas.get((each["apiVersion"], each["kind"]))
        try:
            if schema:
                jsonschema.validate(each, schema)
            else:
                kubernetes_validate.validate(each, kubernetes_validate.latest_version(), strict=True)
            print(f"{what}: ok")
        except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
            print(f"{what}: {'.'.join(map(str, error.path))}: {error.message}")


main(*sys.argv[1:])
