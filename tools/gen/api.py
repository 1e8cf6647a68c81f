"""spec/api/*.yaml → gen/api.h, api.c (route table), openapi.json, api.ts (types and client)"""

import json
import re

from . import emit, roles
from .load import Mistake, both_languages, field, load, load_dir, only

ROUTE_KEYS = {"route", "method", "path", "right", "scope", "vi", "en", "query", "body", "returns", "note", "content", "max_body"}
PARAM_KEYS = {"name", "type", "min", "max", "default", "required", "values", "vi", "en", "note"}
SCALARS = {"text": ("KH_PARAM_TEXT", {"type": "string"}, "string"), "int": ("KH_PARAM_INT", {"type": "integer", "format": "int64"}, "number"),
           "bool": ("KH_PARAM_BOOL", {"type": "boolean"}, "boolean"), "time": ("KH_PARAM_INT", {"type": "integer", "description": "Unix seconds"}, "number"),
           "number": ("KH_PARAM_NUMBER", {"type": "number"}, "number"),
           "json": ("KH_PARAM_JSON", {}, "unknown")}


def read(spec):
    rights = {r["right"] for r in roles.read(spec)["rights"]} | {"public", "session"}
    types, routes = {}, []
    for path, data in load_dir(spec / "api"):
        if path.stem == "types":
            types = data
            continue
        for route in data or []:
            only(route, ROUTE_KEYS)
            both_languages(route)
            field(route, "method", str, one_of=("GET", "POST", "PUT", "PATCH", "DELETE"))
            field(route, "scope", str, one_of=("unit", "none"))
            if field(route, "right", str) not in rights:
                raise Mistake(f"{route.where}: unknown right {route['right']!r}")
            for param in [*(route.get("query") or []), *(route.get("body") or [])]:
                only(param, PARAM_KEYS)
                _ts(field(param, "type", str), types)
            route["area"] = path.stem
            routes.append(route)
    names = [r["route"] for r in routes]
    twice = {n for n in names if names.count(n) > 1}
    if twice:
        raise Mistake(f"spec/api: routes that stand twice: {', '.join(sorted(twice))}")
    return routes, types


def path_params(route):
    return re.findall(r"\{(\w+)\}", route["path"])


# --- C

def _c_params(params):
    rows = "".join(
        f"{{{emit.c_string(p['name'])}, {SCALARS.get(p['type'], SCALARS['json'])[0]}, {emit.c_bool(p.get('required'))}, "
        f"{p.get('min', 'INT64_MIN' if p['type'] != 'text' else 0)}, {p.get('max', 'INT64_MAX' if p['type'] != 'text' else 4096)}, "
        f"{emit.c_string(None if p.get('default') is None else str(p['default']).lower() if isinstance(p['default'], bool) else str(p['default']))}, "
        f"{_c_values(p)}}}, " for p in params or [])
    return f"(const struct kh_api_param[]){{{rows}{{0}}}}"


def _c_values(param):
    values = param.get("values")
    return f"(const char *const[]){{{', '.join(emit.c_string(str(v)) for v in values)}, NULL}}" if values else "NULL"


def _c_row(route):
    right = {"public": "KH_RIGHT_NONE", "session": "KH_RIGHT_NONE"}.get(route["right"]) or roles.symbol(route["right"])
    return (f"\t{{.name = {emit.c_string(route['route'])}, .method = {emit.c_string(route['method'])}, .path = {emit.c_string(route['path'])},\n"
            f"\t .right = {right}, .login = {emit.c_bool(route['right'] != 'public')}, .scoped = {emit.c_bool(route['scope'] == 'unit')},\n"
            f"\t .query = {_c_params(route.get('query'))},\n\t .body = {_c_params(route.get('body'))}, .max_body = {route.get('max_body', 'KH_MAX_API_BODY')},\n"
            f"\t .handler = kh_route_{route['route']}}},\n")


def generate(spec, out):
    routes, _ = read(spec)
    protos = "".join(f"int kh_route_{r['route']}(struct kh_api_call *call) KH_MUST_USE; /* {r['method']} {r['path']} */\n" for r in routes)
    emit.write(out / "api.h", emit.header("spec/api", """struct kh_api_call;

enum kh_param_type { KH_PARAM_TEXT, KH_PARAM_INT, KH_PARAM_BOOL, KH_PARAM_NUMBER, KH_PARAM_JSON };

/* A field of the query or the body. Tables end with name NULL. */
struct kh_api_param {
	const char *name;
	enum kh_param_type type;
	bool required;
	int64_t min, max;          /* of a number, or of the bytes of a text */
	const char *fallback;      /* NULL: none */
	const char *const *values; /* NULL, or the only texts allowed */
};

struct kh_api_route {
	const char *name, *method, *path; /* path with {parameters} */
	unsigned right;                   /* KH_RIGHT_NONE with login: any session */
	bool login, scoped;               /* scoped: rows are limited to the caller's subtree */
	const struct kh_api_param *query, *body;
	size_t max_body;
	int (*handler)(struct kh_api_call *call);
};

""" + f"#define KH_API_ROUTES_COUNT {len(routes)}\nextern const struct kh_api_route kh_api_routes[KH_API_ROUTES_COUNT];\n\n" + protos,
        ("stdbool.h", "stddef.h", "stdint.h", "base/attr.h", "base/limits.h", "gen/roles.h")))
    emit.write(out / "api.c", emit.source("spec/api", "gen/api.h",
               "const struct kh_api_route kh_api_routes[KH_API_ROUTES_COUNT] = {\n" + "".join(map(_c_row, routes)) + "};\n"))
    text = json.dumps(document(spec), ensure_ascii=False, separators=(",", ":"))
    emit.write(out / "openapi.c", emit.source("spec/api", "gen/openapi.h", f"const char kh_openapi_json[] =\n{emit.c_chunks(text)};\n"))
    emit.write(out / "openapi.h", emit.header("spec/api", "extern const char kh_openapi_json[]; /* the OpenAPI document, NUL-terminated */\n"))


# --- OpenAPI

def _schema(text, types):
    nullable = text.endswith("?")
    text = text.rstrip("?")
    if text in SCALARS:
        schema = dict(SCALARS[text][1])
    elif text.startswith("[") and text.endswith("]"):
        schema = {"type": "array", "items": _schema(text[1:-1], types)}
    elif text.startswith("{") and text.endswith("}"):
        schema = {"type": "object", "additionalProperties": _schema(text[1:-1], types)}
    elif text in types:
        schema = {"$ref": f"#/components/schemas/{text}"}
    else:
        raise Mistake(f"spec/api: unknown type {text!r}")
    if nullable:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _text_of(value):
    """YAML reads [T] as a list and {T} as a mapping; back to the written form."""
    if isinstance(value, list):
        return f"[{_text_of(value[0])}]"
    if isinstance(value, dict) and len(value) == 1 and next(iter(value.values())) is None:
        return "{" + next(iter(value)) + "}"
    return value


def _object(fields, types):
    fields = {k: _text_of(v) for k, v in fields.items()}
    return {"type": "object", "required": list(fields), "properties": {k: _schema(v, types) for k, v in fields.items()}}


def _param_schema(param, types):
    schema = _schema(param["type"], types)
    low, high = ("minLength", "maxLength") if param["type"] == "text" else ("minimum", "maximum")
    for key, name in (("min", low), ("max", high), ("default", "default")):
        if key in param:
            schema[name] = param[key]
    if "values" in param:
        schema["enum"] = param["values"]
    if "en" in param:
        schema["description"] = param["en"]
    return schema


def _operation(route, types):
    parameters = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in path_params(route)]
    parameters += [{"name": p["name"], "in": "query", "required": bool(p.get("required")), "schema": _param_schema(p, types)} for p in route.get("query") or []]
    operation = {"operationId": route["route"], "summary": route["en"], "description": route["vi"], "tags": [route["area"]],
                 "x-right": route["right"], "x-scope": route["scope"], "parameters": parameters,
                 "responses": {"200": {"description": "OK"}, "default": {"description": "Error", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}}}
    if route["right"] != "public":
        operation["security"] = [{"session": []}]
    if route.get("content"):
        operation["responses"]["200"]["content"] = {route["content"]: {}}
    elif route.get("returns"):
        schema = _object(route["returns"], types) if isinstance(route["returns"], dict) else _schema(_text_of(route["returns"]), types)
        operation["responses"]["200"]["content"] = {"application/json": {"schema": schema}}
    if route.get("body"):
        body = {"type": "object", "required": [p["name"] for p in route["body"] if p.get("required")],
                "properties": {p["name"]: _param_schema(p, types) for p in route["body"]}, "additionalProperties": False}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def document(spec):
    routes, types = read(spec)
    paths = {}
    for route in routes:
        paths.setdefault(route["path"], {})[route["method"].lower()] = _operation(route, types)
    schemas = {name: _object(fields, types) for name, fields in types.items()}
    schemas["Error"] = _object({"error": "json"}, types)
    return {"openapi": "3.1.0", "info": {"title": "Khiên", "version": "1"}, "paths": paths,
            "components": {"schemas": schemas, "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "khien_session"}}}}


def openapi(spec, out):
    emit.write(out / "openapi.json", json.dumps(document(spec), ensure_ascii=False, indent=1) + "\n")


# --- TypeScript

def _ts(text, types):
    text = _text_of(text)
    nullable = text.endswith("?")
    text = text.rstrip("?")
    if text in SCALARS:
        ts = SCALARS[text][2]
    elif text.startswith("["):
        ts = f"{_ts(text[1:-1], types)}[]" if "?" not in text else f"({_ts(text[1:-1], types)})[]"
    elif text.startswith("{"):
        ts = f"{{ [key: string]: {_ts(text[1:-1], types)} }}"
    elif text in types:
        ts = text
    else:
        raise Mistake(f"spec/api: unknown type {text!r}")
    return f"{ts} | null" if nullable else ts


def _ts_fields(fields, types):
    return "{ " + "; ".join(f"{k}: {_ts(v, types)}" for k, v in fields.items()) + " }"


def _ts_params(params, types):
    def kind(p):
        return " | ".join(json.dumps(v, ensure_ascii=False) for v in p["values"]) if p.get("values") else _ts(p["type"], types)
    return "{ " + "; ".join(f"{p['name']}{'' if p.get('required') else '?'}: {kind(p)}" for p in params) + " }"


def _ts_function(route, types):
    arguments = [f"{name}: string" for name in path_params(route)]
    path = re.sub(r"\{(\w+)\}", r"${encodeURIComponent(\1)}", route["path"])
    query = body = "undefined"
    if route["method"] == "POST" and route.get("max_body") and not route.get("body"):
        arguments.append("bytes: Blob")  # the body is a file
        body = "bytes"
    if route.get("body"):
        optional = "" if any(p.get("required") for p in route["body"]) else "?"
        arguments.append(f"body{optional}: {_ts_params(route['body'], types)}")
        body = "body"
    if route.get("query"):
        optional = "" if any(p.get("required") for p in route["query"]) else "?"
        arguments.append(f"query{optional}: {_ts_params(route['query'], types)}")
        query = "query"
    arguments.append("signal?: AbortSignal")
    returns = route.get("returns")
    result = "string" if route.get("content") else "void" if not returns else _ts_fields(returns, types) if isinstance(returns, dict) else _ts(returns, types)
    return (f"/** {route['en']} */\nexport const {route['route']} = ({', '.join(arguments)}) =>\n"
            f"  send<{result}>({json.dumps(route['method'])}, `{path}`, {query}, {body}, signal)\n")


def typescript(spec, out):
    routes, types = read(spec)
    text = "// Made by tools/gen from spec/api. Do not edit.\nimport { send } from '../send'\n\n"
    text += "".join(f"export interface {name} {_ts_fields(fields, types)}\n" for name, fields in types.items()) + "\n"
    emit.write(out / "api.ts", text + "\n".join(_ts_function(r, types) for r in routes))
