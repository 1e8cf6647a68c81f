#include "os/print.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"

#include <stdio.h>

int kh_print_end(void)
{
	return fflush(stdout) != 0 || ferror(stdout) ? kh_fail_errno("standard output") : 0;
}

int kh_print(char *text)
{
	kh_auto_free char *own = text;
	return puts(own) < 0 ? kh_fail_errno("standard output") : kh_print_end();
}

int kh_print_json(json_t *value)
{
	kh_auto_json json_t *own = value;
	return kh_print(kh_json_dump(own));
}

char *kh_print_safe(const char *text)
{
	const size_t size = 4 * strlen(text) + 1;
	char *safe = kh_alloc(size);
	kh_printable(safe, size, text);
	return safe;
}

void kh_print_line(enum kh_language language, enum kh_message label, const char *text)
{
	kh_auto_free char *safe = kh_print_safe(text ? text : "-");
	printf("%s: %s\n", kh_text(language, label), safe);
}

void kh_print_number(enum kh_language language, enum kh_message label, int64_t number)
{
	printf("%s: %lld\n", kh_text(language, label), (long long)number);
}

void kh_print_list(enum kh_language language, enum kh_message label, const json_t *texts)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	for (size_t i = 0; i < json_array_size(texts); i++)
		kh_buf_add_item(&text, json_string_value(json_array_get(texts, i)) ? json_string_value(json_array_get(texts, i)) : "");
	kh_print_line(language, label, text.len ? kh_buf_text(&text) : NULL);
}

const char *kh_print_word_of(enum kh_language language, const struct kh_print_word *table, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (kh_streq(table[i].word, word))
			return kh_text(language, table[i].text);
	return word ? word : "-";
}
