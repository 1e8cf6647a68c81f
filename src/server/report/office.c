#include "server/report/office.h"

#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/register/list.h"
#include "server/unit/unit.h"

void kh_office_done(struct kh_office *office)
{
	char **texts[] = {&office->unit, &office->unit_code, &office->superior, &office->parent, &office->issuer, &office->abbreviation, &office->drafting, &office->place,
			  &office->authority[0], &office->authority[1], &office->authority[2], &office->signer, &office->kept};
	for (size_t i = 0; i < KH_COUNT(texts); i++)
		free(*texts[i]);
	kh_array_each(&office->to, line)
		free(*line);
	kh_array_each(&office->recipients, line)
		free(*line);
	kh_array_done(&office->to);
	kh_array_done(&office->recipients);
	*office = (struct kh_office){0};
}

static int read_superior(struct kh_db *db, int64_t unit_id, struct kh_office *office)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = unit_id ? kh_unit_get(db, unit_id, &unit) : 0;
	office->superior = kh_strdup(unit.name);
	return r;
}

static int read_tree(struct kh_db *db, int64_t unit_id, struct kh_office *office)
{
	kh_auto_unit struct kh_unit unit = {0};
	int r = kh_unit_get(db, unit_id, &unit);
	if (r < 0)
		return r;
	office->unit = kh_strdup(unit.name);
	office->unit_code = kh_strdup(unit.code);
	return read_superior(db, unit.parent[KH_LINE_ADMIN], office);
}

static char *text_of(const struct kh_record *record, const char *field)
{
	return kh_strdup(kh_record_text(record, field));
}

/* TM. …, KT. … and the title of the signer, from the first that there is on. */
static void set_authority(const struct kh_record *record, struct kh_office *office)
{
	static const char *const fields[] = {"authority", "acting", "title"};
	size_t n = 0;
	for (size_t i = 0; i < KH_COUNT(fields); i++)
		if (kh_record_text(record, fields[i]))
			office->authority[n++] = text_of(record, fields[i]);
}

static void add_line(struct kh_office *office, bool to, const char *line)
{
	if (to)
		(void)kh_array_push(&office->to, kh_strdup(line));
	else
		(void)kh_array_push(&office->recipients, kh_strdup(line));
}

/* Lines as people type them: with a dash in front and a ";" behind, or without. */
static void set_lines(const char *text, bool to, struct kh_office *office)
{
	kh_auto_free char *copy = kh_strdup(text ? text : "");
	char *rest = copy;
	for (char *line = kh_split(&rest, "\r\n"); line; line = kh_split(&rest, "\r\n")) {
		line = kh_trim(line);
		if (kh_starts_with(line, "- "))
			line = kh_trim(line + 2);
		size_t n = strlen(line);
		while (n && strchr(";.", line[n - 1]))
			line[--n] = '\0';
		if (n)
			add_line(office, to, line);
	}
}

static void set_record(const struct kh_record *record, struct kh_office *office)
{
	office->parent = text_of(record, "parent");
	office->issuer = text_of(record, "issuer");
	office->abbreviation = text_of(record, "abbreviation");
	office->drafting = text_of(record, "drafting");
	office->place = text_of(record, "place");
	office->signer = text_of(record, "signer");
	office->kept = text_of(record, "kept");
	set_authority(record, office);
	set_lines(kh_record_text(record, "receivers"), true, office);
	set_lines(kh_record_text(record, "recipients"), false, office);
}

static int read_record(struct kh_db *db, int64_t unit_id, struct kh_office *office)
{
	kh_auto_record_page struct kh_record_page page = {0};
	struct kh_scope scope = {unit_id};
	struct kh_record_list_options options = {.scope = &scope, .own = true, .limit = 1};
	int r = kh_record_list(db, &kh_registers[KH_REGISTER_REPORT_OFFICE], &options, &page);
	if (r == 0 && page.of.n)
		set_record(&page.of.v[0], office);
	return r;
}

static int read_invented(struct kh_db *db, struct kh_office *office)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT 1 FROM meta WHERE key = 'demo'");
	office->invented = kh_stmt_next(s, &r);
	return r;
}

int kh_office_read(struct kh_db *db, int64_t unit_id, struct kh_office *ret)
{
	kh_auto_office struct kh_office office = {0};
	int r = read_tree(db, unit_id, &office);
	r = r < 0 ? r : read_record(db, unit_id, &office);
	r = r < 0 ? r : read_invented(db, &office);
	if (r < 0)
		return r;
	office.parent = office.parent ? office.parent : kh_strdup(office.superior);
	office.issuer = office.issuer ? office.issuer : kh_strdup(office.unit);
	*ret = office;
	office = (struct kh_office){0};
	return 0;
}

/* "BC-UBND"; of a letter "UBND-VHXH". */
static char *symbol_of(const struct kh_office *office, const char *type)
{
	const char *abbreviation = office->abbreviation ? office->abbreviation : KH_PAPER_BLANK;
	if (*type)
		return kh_format("%s-%s", type, abbreviation);
	return kh_format("%s-%s", abbreviation, office->drafting ? office->drafting : KH_PAPER_BLANK);
}

/* "Ủy ban nhân dân tỉnh A" and "UBND tỉnh A" are one body. */
static char *body_of(const char *name)
{
	static const char committee[] = "uy ban nhan dan ";
	char *folded = NULL;
	if (kh_utf8_fold(name ? name : "", &folded) < 0)
		return kh_strdup("");
	if (!kh_starts_with(folded, committee))
		return folded;
	kh_auto_free char *whole = folded;
	return kh_format("ubnd %s", whole + strlen(committee));
}

/* Nobody writes to himself: a list of receivers that several units share names one of them too. */
static bool is_self(const struct kh_office *office, const char *receiver)
{
	kh_auto_free char *to = body_of(receiver), *unit = body_of(office->unit), *issuer = body_of(office->issuer);
	return kh_streq(to, unit) || kh_streq(to, issuer);
}

static void put_receivers(const struct kh_office *office, struct kh_paper *paper)
{
	if (paper->to.n == 0)
		kh_array_each(&office->to, line)
			if (!is_self(office, *line))
				kh_paper_add_to(paper, *line);
	if (paper->to.n == 0 && office->superior)
		kh_paper_add_to(paper, office->superior);
	kh_array_each(&office->recipients, line)
		kh_paper_add_recipient(paper, *line);
}

void kh_office_put(const struct kh_office *office, const char *symbol, struct kh_paper *paper)
{
	kh_auto_free char *whole = symbol_of(office, symbol);
	paper->symbol = kh_paper_keep(paper, whole);
	paper->parent = kh_paper_keep(paper, office->parent);
	paper->issuer = kh_paper_keep(paper, office->issuer);
	paper->place = kh_paper_keep(paper, office->place);
	for (size_t i = 0; i < KH_COUNT(paper->authority); i++)
		paper->authority[i] = kh_paper_keep(paper, office->authority[i]);
	paper->signer = kh_paper_keep(paper, office->signer);
	paper->kept = kh_paper_keep(paper, office->kept);
	if (office->invented)
		paper->remark = "Số liệu mẫu dựng ra để thử, không phải số liệu thật: không ký, không gửi.";
	put_receivers(office, paper);
}
