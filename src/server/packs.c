#include "server/packs.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/yaml.h"
#include "os/file.h"
#include "os/yaml_files.h"
#include "server/assessment/level.h"
#include "server/demo/demo.h"
#include "server/directive/directive.h"
#include "server/directive/law.h"
#include "server/incident/route.h"
#include "server/portal/words.h"
#include "server/register/register.h"
#include "server/report/template.h"
#include "sheet/csv.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

void kh_pack_mistakes_done(struct kh_pack_mistakes *mistakes)
{
	kh_array_each(&mistakes->of, text)
		free(*text);
	kh_array_done(&mistakes->of);
}

void kh_pack_note(struct kh_pack_mistakes *mistakes, int r)
{
	if (r < 0)
		(void)kh_array_push(&mistakes->of, kh_strdup(*kh_fail_detail() ? kh_fail_detail() : kh_error_info(r)->name));
}

/* ---- one file, by what it is ---- */

struct reading {
	struct kh_pack_mistakes *mistakes;
	struct kh_law law;
};

static int check_directive(struct reading *reading, const char *path, const char *text, size_t n)
{
	struct kh_directive d KH_CLEANUP(kh_directive_done) = {0};
	(void)reading;
	return kh_directive_parse(path, text, n, &d);
}

static int check_law(struct reading *reading, const char *path, const char *text, size_t n)
{
	return kh_law_add(&reading->law, path, text, n);
}

static int check_template(struct reading *reading, const char *path, const char *text, size_t n)
{
	struct kh_template t KH_CLEANUP(kh_template_done) = {0};
	(void)reading;
	return kh_template_parse(path, text, n, &t);
}

static int check_routes(struct reading *reading, const char *path, const char *text, size_t n)
{
	struct kh_incident_routes routes KH_CLEANUP(kh_incident_routes_done) = {0};
	(void)reading;
	return kh_incident_routes_parse(path, text, n, &routes);
}

static int check_levels(struct reading *reading, const char *path, const char *text, size_t n)
{
	struct kh_level_requirements list KH_CLEANUP(kh_level_requirements_done) = {0};
	(void)reading;
	return kh_level_requirements_parse(path, text, n, &list);
}

static int check_words(struct reading *reading, const char *path, const char *text, size_t n)
{
	kh_auto_word_list struct kh_word_list words = {0};
	(void)reading, (void)text, (void)n;
	return kh_word_list_load(path, &words);
}

static int check_demo(struct reading *reading, const char *path, const char *text, size_t n)
{
	(void)text, (void)n;
	kh_demo_check(path, reading->mistakes);
	return 0;
}

static int check_yaml(struct reading *reading, const char *path, const char *text, size_t n)
{
	kh_auto_yaml struct kh_yaml *file = NULL;
	(void)reading;
	return kh_yaml_parse(path, text, n, &file);
}

/* ---- all files ---- */

static const struct kind {
	const char *folder, *name; /* name NULL: every other *.yaml of the folder */
	bool required;
	int (*check)(struct reading *reading, const char *path, const char *text, size_t n);
} kinds[] = {
	{"directives", NULL, true, check_directive},
	{"law", "texts.yaml", true, check_law}, /* the rules name them */
	{"law", NULL, true, check_law},
	{"reports", NULL, true, check_template},
	{"routes", "incident.yaml", true, check_routes},
	{"routes", NULL, false, check_yaml},
	{"lists", "level-requirements.yaml", true, check_levels},
	{"lists", "web-injected.yaml", true, check_words},
	{"lists", NULL, false, check_yaml},
	{"demo", "province.yaml", false, check_demo},
	{"demo", NULL, false, check_yaml},
};

struct checking {
	struct reading *reading;
	const struct kind *kind;
};

static bool has_kind_of_its_own(const struct kind *kind, const char *path)
{
	const char *slash = strrchr(path, '/');
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if (kinds[i].name && kh_streq(kinds[i].folder, kind->folder) && kh_streq(kinds[i].name, slash + 1))
			return true;
	return false;
}

/* A mistake is noted, not given: the next file is read all the same. */
static int check_file(void *arg, const char *path, const char *text, size_t n)
{
	struct checking *c = arg;
	if (!c->kind->name && has_kind_of_its_own(c->kind, path))
		return 0;
	c->reading->mistakes->files++;
	kh_pack_note(c->reading->mistakes, c->kind->check(c->reading, path, text, n));
	return 0;
}

static void check_kind(struct reading *reading, const char *packs_dir, const struct kind *kind)
{
	struct checking c = {reading, kind};
	kh_auto_free char *path = kh_format("%s/%s%s%s", packs_dir, kind->folder, kind->name ? "/" : "", kind->name ? kind->name : "");
	if (!kind->required && !kh_file_exists(path))
		return;
	kh_pack_note(reading->mistakes, kind->name ? kh_yaml_file_read(path, check_file, &c) : kh_yaml_files_read(path, check_file, &c));
}

/* ---- registers/NAME.csv: rows to be imported into the register of that name ---- */

static int check_titles(const struct kh_register *reg, const char *path, const struct kh_sheet *sheet)
{
	if (!sheet->rows.n)
		return kh_fail(KH_E_INVALID_CONFIG, "%s: empty", path);
	for (size_t i = 0; i < sheet->rows.v[0].n; i++)
		if (!kh_register_field(reg, kh_sheet_cell(&sheet->rows.v[0], i)))
			return kh_fail(KH_E_INVALID_CONFIG, "%s:1: %s: the register %s has no such field", path, kh_sheet_cell(&sheet->rows.v[0], i), reg->name);
	return 0;
}

static int check_rows(const char *path, const char *name)
{
	kh_auto_buf struct kh_buf bytes = KH_BUF_MAX(KH_SHEET_MAX_FILE);
	kh_auto_sheet struct kh_sheet sheet = {0};
	const struct kh_register *reg = NULL;
	kh_auto_free char *register_name = kh_strndup(name, strlen(name) - strlen(".csv"));
	int r = kh_register_find(register_name, &reg);
	if (r < 0)
		return kh_fail(KH_E_INVALID_CONFIG, "%s: there is no register %s", path, register_name);
	r = kh_file_read(path, KH_SHEET_MAX_FILE, &bytes);
	r = r < 0 ? r : kh_csv_parse(kh_buf_text(&bytes), bytes.len, &sheet);
	return r < 0 ? kh_fail_in(r, "%s", path) : check_titles(reg, path, &sheet);
}

static void check_registers(const char *packs_dir, struct kh_pack_mistakes *mistakes)
{
	kh_auto_free char *folder = kh_format("%s/registers", packs_dir);
	DIR *dir = opendir(folder);
	for (const struct dirent *entry = NULL; dir && (entry = readdir(dir));) {
		kh_auto_free char *path = kh_format("%s/%s", folder, entry->d_name);
		if (!kh_ends_with(entry->d_name, ".csv"))
			continue;
		mistakes->files++;
		kh_pack_note(mistakes, check_rows(path, entry->d_name));
	}
	if (dir)
		closedir(dir);
}

int kh_packs_find(const char *packs_dir)
{
	return kh_file_exists(packs_dir) ? 0 : kh_fail(KH_E_NOT_FOUND, "%s: there are no packs; say where they are: packs: in server.yaml, or --set packs=DIR", packs_dir);
}

void kh_packs_check(const char *packs_dir, struct kh_pack_mistakes *ret)
{
	struct reading reading = {.mistakes = ret};
	int r = kh_packs_find(packs_dir);
	kh_pack_note(ret, r);
	if (r < 0)
		return;
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		check_kind(&reading, packs_dir, &kinds[i]);
	check_registers(packs_dir, ret);
	kh_law_done(&reading.law);
}
