"""Reading spec files: YAML with line numbers, and complaints that name file and line."""

import pathlib
import sys

import yaml


class Mistake(Exception):
    """A spec file is wrong; the text says where and what was expected."""


class Map(dict):
    """A mapping that knows where it stands."""

    where = "?"


class _Loader(yaml.SafeLoader):
    path = "?"


def _construct_map(loader, node):
    seen = Map()
    seen.where = f"{loader.path}:{node.start_mark.line + 1}"
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise Mistake(f"{loader.path}:{key_node.start_mark.line + 1}: key {key!r} stands twice")
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_map)
# "on", "off", "yes", "no" stay texts; only true and false are booleans.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile(r"^(?:true|false)$"), list("tf"))


def load(path):
    path = pathlib.Path(path)
    loader = _Loader(path.read_text(encoding="utf-8"))
    loader.path = loader.name = str(path)
    try:
        return loader.get_single_data()
    except yaml.YAMLError as error:
        raise Mistake(str(error)) from error
    finally:
        loader.dispose()


def load_dir(directory):
    """Every *.yaml of a directory in name order, as (path, data)."""
    return [(path, load(path)) for path in sorted(pathlib.Path(directory).glob("*.yaml"))]


def field(data, name, kind, default=None, required=True, one_of=None):
    """data[name] checked to be of a kind (str, int, bool, list, dict)."""
    value = data.get(name)
    if value is None:
        if required and default is None:
            raise Mistake(f"{data.where}: {name!r} is missing")
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Mistake(f"{data.where}: {name!r}: expected {kind.__name__}, found {value!r}")
    if one_of is not None and value not in one_of:
        raise Mistake(f"{data.where}: {name!r}: expected one of {', '.join(one_of)}; found {value!r}")
    return value


def only(data, known):
    if not isinstance(data, Map):
        raise Mistake(f"expected keys and values, found {data!r}")
    for key in data:
        if key not in known:
            raise Mistake(f"{data.where}: unknown key {key!r}; known: {', '.join(sorted(known))}")


def both_languages(data):
    return field(data, "vi", str), field(data, "en", str)


def die(message):
    sys.exit(f"spec: {message}")
