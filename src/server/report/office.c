#include "server/report/office.h"

#include "base/error.h"
#include "base/str.h"
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

int kh_office_read(struct kh_db *db, int64_t unit_id, struct kh_office *ret)
{
	kh_auto_office struct kh_office office = {0};
	int r = read_tree(db, unit_id, &office);
	if (r < 0)
		return r;
	office.parent = kh_strdup(office.superior);
	office.issuer = kh_strdup(office.unit);
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

static void put_receivers(const struct kh_office *office, struct kh_paper *paper)
{
	if (paper->to.n == 0)
		kh_array_each(&office->to, line)
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
	put_receivers(office, paper);
}
