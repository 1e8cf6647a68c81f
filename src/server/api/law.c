/* The law in force on a day (spec/api/directives.yaml: law_list). */
#include "server/directive/law.h"

#include "base/time.h"
#include "server/api/call.h"
#include "server/api/objects.h"

static json_t *text_of(const struct kh_law_text *text)
{
	if (!text)
		return json_null();
	json_t *o = json_object();
	kh_json_set_text(o, "id", text->id);
	kh_json_set_text(o, "number", text->number);
	kh_json_set(o, "name", kh_object_words(text->name.in));
	return o;
}

static json_t *day_of(int64_t day, int64_t now_s)
{
	char text[KH_DAY_SIZE];
	return day == INT64_MIN || day == INT64_MAX ? json_null() : json_string(kh_posture_day_text(day, now_s, text));
}

static json_t *rule_of(const struct kh_law_rule *rule, int64_t now_s)
{
	json_t *o = json_object(), *list = json_array();
	kh_array_each(&rule->list, item)
		kh_json_add(list, json_string(*item));
	kh_json_set_text(o, "rule", rule->name);
	kh_json_set(o, "title", kh_object_words(rule->title.in));
	kh_json_set_text(o, "value", rule->value);
	kh_json_set(o, "list", list);
	kh_json_set_text(o, "unit", rule->unit);
	kh_json_set(o, "text", text_of(rule->text));
	kh_json_set_text(o, "article", rule->article);
	kh_json_set(o, "level", rule->level ? json_integer(rule->level) : json_null());
	kh_json_set(o, "from", day_of(rule->from_day, now_s));
	kh_json_set(o, "to", day_of(rule->to_day, now_s));
	kh_json_set_text(o, "trust", rule->trust);
	return o;
}

int kh_route_law_list(struct kh_api_call *call)
{
	char text[KH_DAY_SIZE];
	int64_t asked = 0;
	int r = kh_call_day(call, &asked);
	if (r < 0)
		return r;
	int64_t day = asked == KH_TODAY ? kh_time_day_number(call->now_s) : asked;
	json_t *items = json_array();
	kh_array_each(&call->api->law.rules, rule)
		if (rule->from_day <= day && day <= rule->to_day)
			kh_json_add(items, rule_of(rule, call->now_s));
	json_t *answer = kh_call_page(items, (int64_t)json_array_size(items));
	kh_json_set_text(answer, "day", kh_posture_day_text(asked, call->now_s, text));
	kh_call_answer(call, answer);
	return 0;
}
