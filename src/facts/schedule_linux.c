#include "facts/schedule.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <ctype.h>

static bool enabled_timer(struct kh_facts_ctx *ctx, const char *name)
{
	const struct kh_units *units = kh_ctx_units(ctx);
	size_t length = strlen(name);
	bool prefix = kh_ends_with(name, "*");
	kh_array_each(units, u) {
		bool same = prefix ? strncmp(u->name, name, length - 1) == 0 : kh_streq(u->name, name);
		if (same && kh_ends_with(u->name, ".timer") && u->enabled == KH_UNIT_ENABLED)
			return true;
	}
	return false;
}

/* A timer of the administrator's own: by the program its service starts. */
static bool own_timer(struct kh_facts_ctx *ctx, const char *word)
{
	const struct kh_units *units = kh_ctx_units(ctx);
	kh_array_each(units, u) {
		if (!kh_ends_with(u->name, ".timer") || u->enabled != KH_UNIT_ENABLED)
			continue;
		kh_auto_free char *service = kh_format("%.*s.service", (int)(strlen(u->name) - strlen(".timer")), u->name);
		const struct kh_unit *unit = kh_units_find(units, service);
		const char *slash = unit && unit->program ? strrchr(unit->program, '/') : NULL;
		if (slash && kh_streq(slash + 1, word))
			return true;
	}
	return false;
}

static bool is_word(const char *text, const char *at, size_t length)
{
	return (at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '-' || at[-1] == '_')) &&
	       !(isalnum((unsigned char)at[length]) || at[length] == '-' || at[length] == '_' || at[length] == '.');
}

/* A line that is no remark holds the word. */
static bool names(char *text, const char *word)
{
	for (char *rest = text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line = kh_trim(line);
		for (const char *at = line; *line != '#' && (at = strstr(at, word)) != NULL; at++)
			if (is_word(line, at, strlen(word)))
				return true;
	}
	return false;
}

bool kh_is_scheduled(struct kh_facts_ctx *ctx, const char *const *timers, const char *word)
{
	static const char *const places[] = {"/etc/crontab", "/etc/anacrontab", "/etc/cron.d/*", "/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*",
					     "/etc/cron.monthly/*", "/var/spool/cron/crontabs/*", "/var/spool/cron/*"};
	for (; timers && *timers; timers++)
		if (enabled_timer(ctx, *timers))
			return true;
	if (own_timer(ctx, word))
		return true;
	for (size_t i = 0; i < KH_COUNT(places); i++) {
		kh_auto_names struct kh_names paths = {0};
		kh_ignore(kh_tree_glob(ctx->root, places[i], &paths));
		for (size_t j = 0; j < paths.n; j++) {
			kh_auto_buf struct kh_buf text = KH_BUF_INIT;
			if (kh_tree_read(ctx->root, paths.v[j], KH_FACTS_MAX_FILE, &text) == 0 && text.data && names(text.data, word))
				return true;
		}
	}
	return false;
}
