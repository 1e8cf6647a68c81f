#include "server/report/template.h"

#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "os/yaml_files.h"
#include "server/report/sentence.h"

/* ---- what a template consists of ---- */

static const struct {
	const char *key;
	enum kh_block_kind kind;
} paragraphs[] = {
	{"section", KH_BLOCK_SECTION}, {"clause", KH_BLOCK_CLAUSE}, {"text", KH_BLOCK_TEXT},
	{"item", KH_BLOCK_ITEM},       {"basis", KH_BLOCK_BASIS},   {"remark", KH_BLOCK_REMARK},
};

static const char *const root_keys[] = {"report", "title", "data", "form", "type", "symbol", "about", "to", "body", "annexes", NULL};
static const char *const annex_keys[] = {"title", "landscape", "sheet", "when", "body", NULL};
static const char *const each_keys[] = {"each", "when", "body", NULL};
static const char *const table_keys[] = {"table", "when", "numbered", "most", "total", "columns", NULL};
static const char *const column_keys[] = {"title", "share", "centred", "text", "number", "places", "day", "blank", NULL};
static const char *const paragraph_keys[] = {"section", "clause", "text", "item", "basis", "remark", "lead", "when", NULL};

/* NULL: the entry is no paragraph. */
static const struct kh_yaml_node *paragraph_of(const struct kh_yaml_node *entry, enum kh_block_kind *ret_kind)
{
	for (size_t i = 0; i < KH_COUNT(paragraphs); i++) {
		const struct kh_yaml_node *node = kh_yaml_get(entry, paragraphs[i].key);
		if (!node)
			continue;
		*ret_kind = paragraphs[i].kind;
		return node;
	}
	return NULL;
}

/* ---- checking ---- */

/* Of a node that was checked. */
static bool flag(const struct kh_yaml_node *map, const char *key)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	bool set = false;
	if (node)
		kh_assert(kh_yaml_bool(node, &set) == 0);
	return set;
}

static int expect(const struct kh_yaml_node *node, enum kh_yaml_kind kind, const struct kh_yaml_node *parent, const char *what)
{
	return node && kh_yaml_kind(node) == kind ? 0 : kh_yaml_fail(node ? node : parent, "expected %s", kh_words(what));
}

static int check_optional(const struct kh_sentence_view *view, const struct kh_yaml_node *map, const char *key)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	return node ? kh_sentence_check(view, node) : 0;
}

static int check_when(const struct kh_sentence_view *view, const struct kh_yaml_node *entry)
{
	const struct kh_yaml_node *node = kh_yaml_get(entry, "when");
	return node ? kh_condition_check(view, node) : 0;
}

static int check_flag(const struct kh_yaml_node *map, const char *key)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	bool flag = false;
	return node ? kh_yaml_bool(node, &flag) : 0;
}

static int find_list(const struct kh_sentence_view *view, const struct kh_yaml_node *node, const struct kh_report_name **ret)
{
	const char *name = NULL;
	int r = kh_yaml_text(node, &name);
	*ret = r < 0 ? NULL : kh_sentence_find(view, name, NULL);
	if (r == 0 && (!*ret || (*ret)->kind != KH_NAME_LIST))
		r = kh_yaml_fail(node, "there is no list %s here", name);
	return r;
}

static int check_number_name(const struct kh_sentence_view *view, const struct kh_yaml_node *column, const char *key, enum kh_name_kind kind)
{
	const struct kh_yaml_node *node = kh_yaml_get(column, key);
	const char *name = NULL;
	int r = node ? kh_yaml_text(node, &name) : 0;
	if (!node || r < 0)
		return r;
	const struct kh_report_name *found = kh_sentence_find(view, name, NULL);
	return found && found->kind == kind ? 0 : kh_yaml_fail(node, "there is no %s %s here", key, name);
}

static int check_column(const struct kh_sentence_view *view, const struct kh_yaml_node *column)
{
	const char *title = NULL;
	int64_t number = 0;
	int r = expect(column, KH_YAML_MAP, column, "a column: {title: …, text: …}");
	r = r < 0 ? r : kh_yaml_only(column, column_keys);
	r = r < 0 ? r : kh_yaml_get_text(column, "title", &title);
	if (r == 0 && kh_yaml_get(column, "share"))
		r = kh_yaml_int(kh_yaml_get(column, "share"), 1, 1000, &number);
	if (r == 0 && kh_yaml_get(column, "places"))
		r = kh_yaml_int(kh_yaml_get(column, "places"), 0, 3, &number);
	r = r < 0 ? r : check_flag(column, "centred");
	r = r < 0 ? r : check_optional(view, column, "blank");
	if (r == 0 && !kh_yaml_get(column, "text") == !(kh_yaml_get(column, "number") || kh_yaml_get(column, "day")))
		r = kh_yaml_fail(column, "expected one of text, number and day");
	r = r < 0 ? r : check_optional(view, column, "text");
	r = r < 0 ? r : check_number_name(view, column, "number", KH_NAME_NUMBER);
	return r < 0 ? r : check_number_name(view, column, "day", KH_NAME_DAY);
}

static int check_table(struct kh_sentence_view *view, const struct kh_yaml_node *entry)
{
	const struct kh_yaml_node *columns = kh_yaml_get(entry, "columns");
	const struct kh_report_name *list = NULL;
	int64_t most = 0;
	int r = kh_yaml_only(entry, table_keys);
	r = r < 0 ? r : check_flag(entry, "numbered");
	if (r == 0 && kh_yaml_get(entry, "most"))
		r = kh_yaml_int(kh_yaml_get(entry, "most"), 1, 1000, &most);
	r = r < 0 ? r : check_optional(view, entry, "total");
	if (r == 0 && most && kh_yaml_get(entry, "total"))
		r = kh_yaml_fail(kh_yaml_get(entry, "total"), "a table with a total shows all its rows: most and total exclude each other");
	r = r < 0 ? r : find_list(view, kh_yaml_get(entry, "table"), &list);
	r = r < 0 ? r : expect(columns, KH_YAML_LIST, entry, "columns: a list");
	if (r < 0)
		return r;
	kh_sentence_enter(view, list->of, NULL);
	for (size_t i = 0; r == 0 && i < kh_yaml_count(columns); i++)
		r = check_column(view, kh_yaml_item(columns, i));
	kh_sentence_leave(view);
	return r;
}

static int check_body(struct kh_sentence_view *view, const struct kh_yaml_node *body, const struct kh_yaml_node *parent, unsigned depth);

static int check_each(struct kh_sentence_view *view, const struct kh_yaml_node *entry, unsigned depth)
{
	const struct kh_report_name *list = NULL;
	if (depth >= KH_MAX_TEMPLATE_DEPTH)
		return kh_yaml_fail(entry, "lists stand within each other at most %d deep", KH_MAX_TEMPLATE_DEPTH);
	int r = kh_yaml_only(entry, each_keys);
	r = r < 0 ? r : find_list(view, kh_yaml_get(entry, "each"), &list);
	if (r < 0)
		return r;
	kh_sentence_enter(view, list->of, NULL);
	r = check_when(view, entry); /* of an item: asked of each */
	r = r < 0 ? r : check_body(view, kh_yaml_get(entry, "body"), entry, depth + 1);
	kh_sentence_leave(view);
	return r;
}

static int check_entry(struct kh_sentence_view *view, const struct kh_yaml_node *entry, unsigned depth)
{
	enum kh_block_kind kind = KH_BLOCK_TEXT;
	int r = expect(entry, KH_YAML_MAP, entry, "a paragraph, each or table");
	if (r < 0 || kh_yaml_get(entry, "each"))
		return r < 0 ? r : check_each(view, entry, depth);
	r = check_when(view, entry);
	if (r < 0 || kh_yaml_get(entry, "table"))
		return r < 0 ? r : check_table(view, entry);
	const struct kh_yaml_node *sentence = paragraph_of(entry, &kind);
	r = kh_yaml_only(entry, paragraph_keys);
	if (r == 0 && !sentence)
		r = kh_yaml_fail(entry, "expected one of section, clause, text, item, basis, remark, each, table");
	r = r < 0 ? r : kh_sentence_check(view, sentence);
	return r < 0 ? r : check_optional(view, entry, "lead");
}

static int check_body(struct kh_sentence_view *view, const struct kh_yaml_node *body, const struct kh_yaml_node *parent, unsigned depth)
{
	int r = expect(body, KH_YAML_LIST, parent, "body: a list");
	for (size_t i = 0; r == 0 && i < kh_yaml_count(body); i++)
		r = check_entry(view, kh_yaml_item(body, i), depth);
	return r;
}

static int check_annexes(struct kh_sentence_view *view, const struct kh_yaml_node *annexes)
{
	bool sheets = false;
	int r = annexes ? expect(annexes, KH_YAML_LIST, annexes, "annexes: a list") : 0;
	for (size_t i = 0; annexes && r == 0 && i < kh_yaml_count(annexes); i++) {
		const struct kh_yaml_node *annex = kh_yaml_item(annexes, i);
		r = expect(annex, KH_YAML_MAP, annexes, "an annex: {title: …, body: […]}");
		r = r < 0 ? r : kh_yaml_only(annex, annex_keys);
		r = r < 0 ? r : expect(kh_yaml_get(annex, "title"), KH_YAML_SCALAR, annex, "title: a sentence");
		r = r < 0 ? r : kh_sentence_check(view, kh_yaml_get(annex, "title"));
		r = r < 0 ? r : check_flag(annex, "landscape");
		r = r < 0 ? r : check_flag(annex, "sheet");
		if (r == 0 && sheets && !flag(annex, "sheet"))
			r = kh_yaml_fail(annex, "annexes on paper stand before those with sheet: true");
		sheets |= r == 0 && flag(annex, "sheet");
		r = r < 0 ? r : check_when(view, annex);
		r = r < 0 ? r : check_body(view, kh_yaml_get(annex, "body"), annex, 0);
	}
	return r;
}

static int check_to(struct kh_sentence_view *view, const struct kh_yaml_node *to)
{
	int r = to ? expect(to, KH_YAML_LIST, to, "to: a list") : 0;
	for (size_t i = 0; to && r == 0 && i < kh_yaml_count(to); i++)
		r = kh_sentence_check(view, kh_yaml_item(to, i));
	return r;
}

static int check_words(const struct kh_yaml_node *root, struct kh_template *t)
{
	struct kh_sentence_view view = {.records = t->records};
	kh_sentence_enter(&view, t->data->names, NULL);
	int r = kh_sentence_check(&view, kh_yaml_get(root, "about"));
	r = r < 0 ? r : check_to(&view, kh_yaml_get(root, "to"));
	r = r < 0 ? r : check_body(&view, kh_yaml_get(root, "body"), root, 0);
	return r < 0 ? r : check_annexes(&view, kh_yaml_get(root, "annexes"));
}

/* ---- reading ---- */

static int read_form(const struct kh_yaml_node *root, struct kh_template *t)
{
	const char *form = NULL;
	int r = kh_yaml_get_text_or(root, "form", "named", &form);
	if (r == 0 && !kh_streq(form, "named") && !kh_streq(form, "letter"))
		r = kh_yaml_fail(kh_yaml_get(root, "form"), "form: expected named or letter");
	t->letter = kh_streq(form, "letter");
	return r < 0 || t->letter ? r : kh_yaml_get_text(root, "type", &t->type);
}

static int read_data(const struct kh_yaml_node *root, struct kh_template *t)
{
	const char *name = NULL;
	int r = kh_yaml_get_text(root, "data", &name);
	t->data = r < 0 ? NULL : kh_report_data_named(name);
	return r < 0 || t->data ? r : kh_yaml_fail(kh_yaml_get(root, "data"), "there is no data %s", name);
}

static int read_root(const struct kh_yaml_node *root, const char *path, struct kh_template *t)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;
	int r = root ? expect(root, KH_YAML_MAP, root, "a template: {report: …, data: …, body: […]}") : kh_fail(KH_E_INVALID_CONFIG, "%s:1:1: expected %s", path, kh_words("a template: {report: …, data: …, body: […]}"));
	r = r < 0 ? r : kh_yaml_only(root, root_keys);
	r = r < 0 ? r : kh_yaml_get_text(root, "report", &t->id);
	kh_auto_free char *expected = r < 0 ? NULL : kh_format("%s.yaml", t->id);
	if (r == 0 && !kh_streq(expected, file))
		r = kh_yaml_fail(kh_yaml_get(root, "report"), "report: %s must be the name of the file without .yaml", t->id);
	r = r < 0 ? r : kh_yaml_get_text(root, "title", &t->title);
	r = r < 0 ? r : kh_yaml_get_text(root, "about", &t->about);
	r = r < 0 ? r : kh_yaml_get_text_or(root, "symbol", "", &t->symbol);
	r = r < 0 ? r : read_form(root, t);
	r = r < 0 ? r : read_data(root, t);
	return r < 0 ? r : check_words(root, t);
}

int kh_template_parse(const char *path, const char *text, size_t n, struct kh_template *ret)
{
	struct kh_template t KH_CLEANUP(kh_template_done) = {.type = ""};
	int r = kh_yaml_parse(path, text, n, &t.text);
	r = r < 0 ? r : read_root(kh_yaml_root(t.text), path, &t);
	if (r < 0)
		return r;
	*ret = t;
	t = (struct kh_template){0};
	return 0;
}

void kh_template_done(struct kh_template *t)
{
	kh_yaml_free(kh_take(t->text));
}

void kh_templates_done(struct kh_templates *all)
{
	kh_array_each(&all->of, t)
		kh_template_done(t);
	kh_array_done(&all->of);
}

static int take(void *arg, const char *path, const char *text, size_t n)
{
	struct kh_templates *all = arg;
	struct kh_template t = {0};
	if (all->of.n >= KH_MAX_TEMPLATES)
		return kh_fail(KH_E_TOO_LARGE, "%s: more than %d templates", path, KH_MAX_TEMPLATES);
	int r = kh_template_parse(path, text, n, &t);
	if (r == 0)
		(void)kh_array_push(&all->of, t);
	return r;
}

int kh_templates_load(const char *directory, struct kh_templates *ret)
{
	kh_auto_templates struct kh_templates all = {0};
	int r = kh_yaml_files_read(directory, take, &all);
	if (r < 0)
		return r;
	*ret = all;
	all = (struct kh_templates){0};
	return 0;
}

const struct kh_template *kh_template_named(const struct kh_templates *all, const char *id)
{
	kh_array_each(&all->of, t)
		if (kh_streq(t->id, id))
			return t;
	return NULL;
}

/* ---- filling ---- */

struct filling {
	struct kh_paper *paper;
	struct kh_sentence_view view;
};

/* The scalar of a node that was checked; NULL when absent. */
static const char *scalar(const struct kh_yaml_node *node)
{
	const char *text = NULL;
	if (node)
		kh_assert(kh_yaml_text(node, &text) == 0);
	return text;
}

static char *sentence(const struct filling *f, const struct kh_yaml_node *node)
{
	return node ? kh_sentence_fill(&f->view, scalar(node)) : kh_strdup("");
}

static bool wanted(const struct filling *f, const struct kh_yaml_node *entry)
{
	const char *when = scalar(kh_yaml_get(entry, "when"));
	return !when || kh_condition_holds(&f->view, when);
}

static int64_t number_or(const struct kh_yaml_node *map, const char *key, int64_t otherwise)
{
	const struct kh_yaml_node *node = kh_yaml_get(map, key);
	int64_t number = otherwise;
	if (node)
		kh_assert(kh_yaml_int(node, 0, 1000, &number) == 0);
	return number;
}

/* ---- tables ---- */

static void add_sentence_cell(const struct filling *f, const struct kh_yaml_node *column, struct kh_paper_table *table)
{
	kh_auto_free char *text = sentence(f, kh_yaml_get(column, "text"));
	kh_paper_table_add_text(f->paper, table, text);
}

/* A number or day as such, or what stands for one that is not known. */
static void add_value_cell(const struct filling *f, const struct kh_yaml_node *column, const char *name, struct kh_paper_table *table)
{
	const json_t *value = NULL;
	const struct kh_report_name *found = kh_sentence_find(&f->view, name, &value);
	int64_t day_ms = 0;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (json_is_number(value)) {
		bool whole = json_number_value(value) == (double)(int64_t)json_number_value(value);
		kh_paper_table_add_number(f->paper, table, json_number_value(value), (int)number_or(column, "places", whole ? 0 : 1));
	} else if (found->kind == KH_NAME_DAY && json_is_string(value) && strlen(json_string_value(value)) == 10 && kh_time_parse(json_string_value(value), &day_ms)) {
		kh_paper_table_add_day(f->paper, table, kh_time_day_number(day_ms / 1000));
	} else {
		const char *blank = scalar(kh_yaml_get(column, "blank"));
		if (blank && (!value || json_is_null(value)))
			kh_buf_adds(&text, blank);
		else
			kh_value_add(&text, found->kind, value);
		kh_paper_table_add_text(f->paper, table, kh_buf_text(&text));
	}
}

static void fill_cells(const struct filling *f, const struct kh_yaml_node *columns, struct kh_paper_table *table, double *sums)
{
	for (size_t i = 0; i < kh_yaml_count(columns); i++) {
		const struct kh_yaml_node *column = kh_yaml_item(columns, i);
		const char *number = scalar(kh_yaml_get(column, "number")), *day = scalar(kh_yaml_get(column, "day"));
		const json_t *value = NULL;
		if (number && kh_sentence_find(&f->view, number, &value))
			sums[i] += json_number_value(value);
		if (number || day)
			add_value_cell(f, column, number ? number : day, table);
		else
			add_sentence_cell(f, column, table);
	}
}

/* The last row: the sums of the columns of numbers, but for the running number, and what they are called in front. */
static void fill_total(const struct filling *f, const struct kh_yaml_node *columns, const char *name, const double *sums, struct kh_paper_table *table)
{
	for (size_t i = 0; i < kh_yaml_count(columns); i++) {
		const char *number = scalar(kh_yaml_get(kh_yaml_item(columns, i), "number"));
		if (number && !kh_streq(number, "n")) {
			kh_paper_table_add_number(f->paper, table, sums[i], 0);
			continue;
		}
		kh_paper_table_add_text(f->paper, table, number ? "" : name);
		if (!number)
			name = "";
	}
}

static void fill_columns(const struct filling *f, const struct kh_yaml_node *columns, struct kh_paper_table *table)
{
	for (size_t i = 0; i < kh_yaml_count(columns); i++) {
		const struct kh_yaml_node *column = kh_yaml_item(columns, i);
		kh_paper_table_add_column(f->paper, table, scalar(kh_yaml_get(column, "title")), (double)number_or(column, "share", 10), flag(column, "centred"));
	}
}

static void fill_table(struct filling *f, const struct kh_yaml_node *entry, struct kh_part *part)
{
	const struct kh_yaml_node *columns = kh_yaml_get(entry, "columns"), *total = kh_yaml_get(entry, "total");
	const json_t *list = NULL;
	const struct kh_report_name *name = kh_sentence_find(&f->view, scalar(kh_yaml_get(entry, "table")), &list);
	struct kh_paper_table *table = kh_paper_add_table(f->paper, part);
	kh_auto_free double *sums = kh_alloc_array(kh_yaml_count(columns) + 1, sizeof *sums);
	table->numbered = flag(entry, "numbered");
	table->most = (size_t)number_or(entry, "most", 0);
	fill_columns(f, columns, table);
	for (size_t row = 0; row < json_array_size(list); row++) {
		kh_sentence_enter(&f->view, name->of, json_array_get(list, row));
		fill_cells(f, columns, table, sums);
		kh_sentence_leave(&f->view);
	}
	kh_auto_free char *words = sentence(f, total);
	if (total)
		fill_total(f, columns, words, sums, table);
}

/* ---- paragraphs ---- */

static void fill_body(struct filling *f, const struct kh_yaml_node *body, struct kh_part *part);

static void fill_each(struct filling *f, const struct kh_yaml_node *entry, struct kh_part *part)
{
	const json_t *list = NULL;
	const struct kh_report_name *name = kh_sentence_find(&f->view, scalar(kh_yaml_get(entry, "each")), &list);
	for (size_t i = 0; i < json_array_size(list); i++) {
		kh_sentence_enter(&f->view, name->of, json_array_get(list, i));
		if (wanted(f, entry))
			fill_body(f, kh_yaml_get(entry, "body"), part);
		kh_sentence_leave(&f->view);
	}
}

static void fill_paragraph(struct filling *f, const struct kh_yaml_node *entry, struct kh_part *part)
{
	enum kh_block_kind kind = KH_BLOCK_TEXT;
	const struct kh_yaml_node *node = paragraph_of(entry, &kind);
	kh_auto_free char *text = sentence(f, node);
	kh_auto_free char *lead = sentence(f, kh_yaml_get(entry, "lead"));
	kh_paper_add(f->paper, part, kind, lead, text);
}

static void fill_entry(struct filling *f, const struct kh_yaml_node *entry, struct kh_part *part)
{
	if (kh_yaml_get(entry, "each"))
		fill_each(f, entry, part);
	else if (wanted(f, entry) && kh_yaml_get(entry, "table"))
		fill_table(f, entry, part);
	else if (wanted(f, entry))
		fill_paragraph(f, entry, part);
}

static void fill_body(struct filling *f, const struct kh_yaml_node *body, struct kh_part *part)
{
	for (size_t i = 0; i < kh_yaml_count(body); i++)
		fill_entry(f, kh_yaml_item(body, i), part);
}

static void fill_annexes(struct filling *f, const struct kh_yaml_node *annexes)
{
	for (size_t i = 0; annexes && i < kh_yaml_count(annexes); i++) {
		const struct kh_yaml_node *annex = kh_yaml_item(annexes, i);
		if (!wanted(f, annex))
			continue;
		kh_auto_free char *title = sentence(f, kh_yaml_get(annex, "title"));
		struct kh_part *part = kh_paper_add_annex(f->paper, title, flag(annex, "landscape"));
		part->sheet_only = flag(annex, "sheet");
		fill_body(f, kh_yaml_get(annex, "body"), part);
	}
}

void kh_template_fill(const struct kh_template *t, const json_t *data, struct kh_paper *paper)
{
	struct filling f = {.paper = paper};
	const struct kh_yaml_node *root = kh_yaml_root(t->text), *to = kh_yaml_get(root, "to");
	kh_sentence_enter(&f.view, t->data->names, data);
	kh_auto_free char *about = kh_sentence_fill(&f.view, t->about);
	paper->kind = t->letter ? KH_PAPER_LETTER : KH_PAPER_NAMED;
	paper->type = kh_paper_keep(paper, t->type);
	paper->about = kh_paper_keep(paper, about);
	for (size_t i = 0; to && i < kh_yaml_count(to); i++) {
		kh_auto_free char *line = sentence(&f, kh_yaml_item(to, i));
		kh_paper_add_to(paper, line);
	}
	fill_body(&f, kh_yaml_get(root, "body"), &paper->body);
	fill_annexes(&f, kh_yaml_get(root, "annexes"));
}
