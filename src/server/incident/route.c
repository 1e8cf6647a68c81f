#include "server/incident/route.h"

#include "base/error.h"
#include "base/str.h"
#include "gen/registers.h"
#include "os/yaml_files.h"
#include "server/register/register.h"

#define SECRET_LEAK "secret_leak"

void kh_incident_routes_done(struct kh_incident_routes *routes)
{
	kh_array_each(&routes->of, route) {
		kh_array_done(&route->severities);
		kh_array_done(&route->groups);
	}
	kh_array_done(&routes->of);
	kh_yaml_free(kh_take(routes->file));
}

/* ---- reading ---- */

/* Is it one of the codes of the field? A misspelt one would never be met. */
static bool is_code(const struct kh_register *reg, const char *field, const char *name)
{
	for (const struct kh_code *code = kh_register_field(reg, field)->codes; code->name; code++)
		if (kh_streq(code->name, name))
			return true;
	return false;
}

static int read_kind(const struct kh_yaml_node *node, struct kh_incident_route *route)
{
	int r = kh_yaml_get_text(node, "kind", &route->kind);
	if (r == 0 && !is_code(&kh_registers[KH_REGISTER_INCIDENT_REPORT], "kind", route->kind))
		return kh_yaml_fail(kh_yaml_get(node, "kind"), "there is no kind of report %s", route->kind);
	return r;
}

static int read_line(const struct kh_yaml_node *node, struct kh_incident_route *route)
{
	const char *line = NULL;
	int r = kh_yaml_get_text_or(node, "line", NULL, &line);
	if (r < 0 || !line)
		return r;
	if (!kh_line_parse(line, &route->line))
		return kh_yaml_fail(kh_yaml_get(node, "line"), "line: expected admin or police");
	route->has_line = true;
	return kh_yaml_int(kh_yaml_get(node, "step"), 0, KH_UNIT_MAX_DEPTH, &route->step);
}

static int read_codes(const struct kh_yaml_node *node, const char *key, const char *field, struct kh_incident_codes *ret)
{
	const struct kh_yaml_node *list = kh_yaml_get(node, key);
	int r = 0;
	if (kh_yaml_is_null(list))
		return 0;
	if (kh_yaml_kind(list) != KH_YAML_LIST)
		return kh_yaml_fail(list, "%s: expected a list", key);
	for (size_t i = 0; r == 0 && i < kh_yaml_count(list); i++) {
		const char *text = NULL;
		r = kh_yaml_text(kh_yaml_item(list, i), &text);
		if (r == 0 && !is_code(&kh_registers[KH_REGISTER_INCIDENT], field, text))
			r = kh_yaml_fail(kh_yaml_item(list, i), "%s: there is no %s", key, text);
		if (r == 0)
			(void)kh_array_push(ret, text);
	}
	return r;
}

static int read_route(const struct kh_yaml_node *node, struct kh_incident_route *route)
{
	static const char *const known[] = {"route", "vi", "en", "line", "step", "kind", "rule", "severity", "groups", "personal_data", "contact", NULL};
	int r = kh_yaml_only(node, known);
	if (r == 0)
		r = kh_yaml_get_text(node, "route", &route->name);
	if (r == 0)
		r = kh_yaml_get_text(node, "vi", &route->to.in[KH_VI]);
	if (r == 0)
		r = kh_yaml_get_text(node, "en", &route->to.in[KH_EN]);
	if (r == 0)
		r = read_kind(node, route);
	if (r == 0)
		r = read_line(node, route);
	if (r == 0)
		r = kh_yaml_get_text(node, "rule", &route->rule);
	if (r == 0)
		r = kh_yaml_get_text_or(node, "contact", NULL, &route->contact);
	if (r == 0 && kh_yaml_get(node, "personal_data"))
		r = kh_yaml_bool(kh_yaml_get(node, "personal_data"), &route->personal_data);
	if (r == 0)
		r = read_codes(node, "severity", "severity", &route->severities);
	return r < 0 ? r : read_codes(node, "groups", "group_of", &route->groups);
}

/* The array owns the route from the beginning, so that a mistake in the middle of one leaves nothing behind. */
static int add_route(struct kh_incident_routes *routes, const struct kh_yaml_node *node)
{
	(void)kh_array_push(&routes->of, (struct kh_incident_route){0});
	struct kh_incident_route *route = &routes->of.v[routes->of.n - 1];
	int r = read_route(node, route);
	for (size_t i = 0; r == 0 && i + 1 < routes->of.n; i++)
		if (kh_streq(routes->of.v[i].name, route->name))
			return kh_yaml_fail(node, "the route %s stands twice", route->name);
	return r;
}

int kh_incident_routes_parse(const char *path, const char *text, size_t n, struct kh_incident_routes *ret)
{
	static const char *const known[] = {"routes", NULL};
	kh_auto_incident_routes struct kh_incident_routes routes = {0};
	int r = kh_yaml_parse(path, text, n, &routes.file);
	if (r < 0)
		return r;
	const struct kh_yaml_node *root = kh_yaml_root(routes.file), *list = kh_yaml_get(root, "routes");
	if (!root || kh_yaml_kind(root) != KH_YAML_MAP || !list || kh_yaml_kind(list) != KH_YAML_LIST)
		return kh_fail(KH_E_INVALID_CONFIG, "%s:1:1: expected a list of routes", path);
	r = kh_yaml_only(root, known);
	for (size_t i = 0; r == 0 && i < kh_yaml_count(list); i++)
		r = add_route(&routes, kh_yaml_item(list, i));
	if (r < 0)
		return r;
	*ret = routes;
	routes = (struct kh_incident_routes){0};
	return 0;
}

static int take(void *routes, const char *path, const char *text, size_t n)
{
	return kh_incident_routes_parse(path, text, n, routes);
}

int kh_incident_routes_load(const char *path, struct kh_incident_routes *ret)
{
	return kh_yaml_file_read(path, take, ret);
}

/* ---- asking ---- */

static bool lists(const struct kh_incident_codes *list, const char *name)
{
	kh_array_each(list, one)
		if (kh_streq(*one, name))
			return true;
	return list->n == 0;
}

bool kh_incident_route_is_for(const struct kh_incident_route *route, const struct kh_incident_kind *incident)
{
	if (kh_streq(incident->group, SECRET_LEAK) && route->groups.n == 0)
		return false;
	return lists(&route->severities, incident->severity) && lists(&route->groups, incident->group) &&
	       (!route->personal_data || incident->personal_data);
}
