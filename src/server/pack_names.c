#include "server/pack_names.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "server/directive/directive.h"
#include "server/directive/law.h"
#include "server/incident/route.h"

#include <pthread.h>

/* Of the process: a field has no other way to its packs than its id. */
static struct {
	pthread_mutex_t lock;
	char *dir;
	bool read;
	struct kh_incident_routes routes;
	struct kh_law law;
	struct kh_directives directives;
} packs = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void forget(void)
{
	kh_incident_routes_done(&packs.routes);
	kh_law_done(&packs.law);
	kh_directives_done(&packs.directives);
	packs.routes = (struct kh_incident_routes){0};
	packs.law = (struct kh_law){0};
	packs.directives = (struct kh_directives){0};
	packs.read = false;
}

void kh_pack_names_from(const char *packs_dir)
{
	pthread_mutex_lock(&packs.lock);
	if (!kh_streq(packs.dir, packs_dir)) {
		forget();
		free(packs.dir);
		packs.dir = kh_strdup(packs_dir);
	}
	pthread_mutex_unlock(&packs.lock);
}

/* A file that cannot be read is told by those who work by it; here its ids stay ids. */
static void read_once(void)
{
	if (packs.read || !packs.dir)
		return;
	kh_auto_free char *routes = kh_format("%s/routes/incident.yaml", packs.dir), *law = kh_format("%s/law", packs.dir), *directives = kh_format("%s/directives", packs.dir);
	kh_ignore(kh_incident_routes_load(routes, &packs.routes));
	kh_ignore(kh_law_load(law, &packs.law));
	kh_ignore(kh_directives_load(directives, &packs.directives));
	packs.read = true;
}

static char *route_name(const char *id)
{
	kh_array_each(&packs.routes.of, route)
		if (kh_streq(route->name, id))
			return kh_strdup(route->to.in[kh_language()]);
	return NULL;
}

static char *with_number(const char *title, const char *value, const char *unit)
{
	const char *remark = kh_ends_with(title, ")") ? strstr(title, " (") : NULL;
	const size_t n = remark ? (size_t)(remark - title) : strlen(title);
	return kh_format("%.*s %s %s%s", (int)n, title, value, unit, title + n);
}

/* "Thông báo ban đầu về sự cố nghiêm trọng trong 24 giờ": titles of deadlines end where the number stands, but for a remark in brackets; "at once" has none. */
static char *rule_name(const char *id)
{
	static const struct {
		const char *unit, *words;
	} units[] = {{"minute", KH_WORDS("minutes")}, {"hour", KH_WORDS("hours")}, {"day", KH_WORDS("days")}};
	const struct kh_law_rule *rule = kh_law_find(&packs.law, id, 0, kh_time_day_number(kh_now_s()));
	const char *title = rule ? rule->title.in[kh_language()] : NULL;
	for (size_t i = 0; title && rule->value && !kh_streq(rule->value, "0") && i < KH_COUNT(units); i++)
		if (kh_streq(rule->unit, units[i].unit))
			return with_number(title, rule->value, kh_words(units[i].words));
	return title ? kh_strdup(title) : NULL;
}

/* "111/UBND-VX · UBND phường Thái Hòa"; one whose number is not known is called by its title. */
static char *directive_words(const struct kh_directive *d, enum kh_language language)
{
	return d->number && d->issuer ? kh_format("%s · %s", d->number, d->issuer) : kh_strdup(d->title.in[language]);
}

static char *directive_name(const char *id)
{
	const struct kh_directive *d = kh_directive_named(&packs.directives, id);
	return d ? directive_words(d, kh_language()) : NULL;
}

static bool is_called(const struct kh_directive *d, const char *name)
{
	kh_auto_free char *vi = directive_words(d, KH_VI), *en = directive_words(d, KH_EN);
	return kh_streq(name, vi) || kh_streq(name, en);
}

char *kh_pack_directive_id(const char *name)
{
	char *id = NULL;
	pthread_mutex_lock(&packs.lock);
	read_once();
	kh_array_each(&packs.directives.of, directive)
		if (!id && is_called(directive, name))
			id = kh_strdup(directive->id);
	pthread_mutex_unlock(&packs.lock);
	return id;
}

char *kh_pack_name(enum kh_field_shown what, const char *id)
{
	pthread_mutex_lock(&packs.lock);
	read_once();
	char *name = what == KH_FIELD_SHOWN_ROUTE ? route_name(id) : what == KH_FIELD_SHOWN_RULE ? rule_name(id) : what == KH_FIELD_SHOWN_DIRECTIVE ? directive_name(id) : NULL;
	pthread_mutex_unlock(&packs.lock);
	return name ? name : kh_strdup(id);
}
