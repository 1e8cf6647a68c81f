/* Names of records: every register is a list `records.REGISTER` for every template, its fields are the names of an item. */
#include "server/report/names.h"

#include "base/alloc.h"
#include "base/str.h"
#include "gen/registers.h"

#include <pthread.h>

static struct kh_report_name items[KH_REGISTERS_COUNT + 1][160], lists[KH_REGISTERS_COUNT + 1];
static pthread_once_t made = PTHREAD_ONCE_INIT;

static enum kh_name_kind kind_of(enum kh_field_type type)
{
	switch (type) {
	case KH_FIELD_INT:
		return KH_NAME_NUMBER;
	case KH_FIELD_DATE:
		return KH_NAME_DAY;
	case KH_FIELD_TIME:
		return KH_NAME_MOMENT;
	default:
		return KH_NAME_TEXT;
	}
}

static void make_register(size_t at)
{
	static const struct kh_report_name own[] = {{"n", KH_NAME_NUMBER, NULL}, {"state", KH_NAME_TEXT, NULL}, {"state_text", KH_NAME_TEXT, NULL}, {"state_s", KH_NAME_MOMENT, NULL},
						    {"record_unit", KH_NAME_TEXT, NULL}};
	const struct kh_register *reg = &kh_registers[at];
	struct kh_report_name *name = items[at];
	kh_assert(KH_COUNT(own) + 2 * reg->fields_count < KH_COUNT(items[0]));
	for (size_t i = 0; i < KH_COUNT(own); i++)
		*name++ = own[i];
	for (size_t i = 0; i < reg->fields_count; i++) {
		*name++ = (struct kh_report_name){reg->fields[i].name, kind_of(reg->fields[i].type), NULL};
		if (reg->fields[i].type == KH_FIELD_CODE)
			*name++ = (struct kh_report_name){kh_format("%s_code", reg->fields[i].name), KH_NAME_TEXT, NULL};
	}
	lists[at] = (struct kh_report_name){kh_format("records.%s", reg->name), KH_NAME_LIST, items[at]};
}

static void make(void)
{
	for (size_t i = 0; i < KH_REGISTERS_COUNT; i++)
		make_register(i);
}

const struct kh_report_name *kh_report_records(const char *name, enum kh_register_id *ret)
{
	(void)pthread_once(&made, make);
	for (size_t i = 0; kh_starts_with(name, "records.") && i < KH_REGISTERS_COUNT; i++)
		if (kh_streq(lists[i].name, name)) {
			*ret = (enum kh_register_id)i;
			return &lists[i];
		}
	return NULL;
}

const struct kh_report_name *kh_report_record_names(enum kh_register_id reg)
{
	(void)pthread_once(&made, make);
	return items[reg];
}
