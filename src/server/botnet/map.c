/* Which column is what: the columns of the list are not public, so every sender has others. */
#include "server/botnet/botnet.h"

#include "base/address.h"
#include "base/error.h"
#include "base/str.h"
#include "base/utf8.h"

#include <stdio.h>

#define HEAD_ROWS 10 /* within which titles are sought */

static const struct {
	const char *key;
	const char *titles[10]; /* folded */
} columns[KH_BOTNET_COLUMNS] = {
	[KH_BOTNET_ADDRESS] = {"ip", {"ip", "dia chi ip", "dia chi", "ip nguon", "source ip", "src ip", "src_ip", "ip address", "ip bi nhiem"}},
	[KH_BOTNET_PORT] = {"port", {"port", "cong", "cong nguon", "source port", "src port", "src_port", "sport"}},
	[KH_BOTNET_TIME] = {"time", {"time", "thoi gian", "thoi diem", "timestamp", "thoi gian ghi nhan", "ngay gio", "last seen"}},
	[KH_BOTNET_NAME] = {"name", {"botnet", "ten botnet", "mang botnet", "ma doc", "malware", "family", "loai ma doc", "ten ma doc", "infection"}},
	[KH_BOTNET_C2] = {"c2", {"c2", "c&c", "may chu dieu khien", "ip dich", "destination ip", "dst ip", "dst_ip", "domain c2"}},
	[KH_BOTNET_MONTH] = {"month", {"month", "thang"}},
};

static bool is_title(const char *cell, enum kh_botnet_column column)
{
	kh_auto_free char *fold = NULL;
	if (kh_utf8_fold(cell, &fold) < 0)
		return false;
	const char *text = kh_trim(fold);
	for (const char *const *title = columns[column].titles; *title; title++)
		if (kh_streq(*title, text))
			return true;
	return false;
}

/* Titles stand in the first row that names the address. */
static void read_titles(const struct kh_sheet *sheet, struct kh_botnet_map *map)
{
	for (size_t r = 0; r < sheet->rows.n && r < HEAD_ROWS && !map->at[KH_BOTNET_ADDRESS]; r++) {
		const struct kh_sheet_row *row = &sheet->rows.v[r];
		for (size_t c = 0; c < row->n; c++)
			if (is_title(row->cells[c], KH_BOTNET_ADDRESS))
				map->at[KH_BOTNET_ADDRESS] = c + 1;
		if (!map->at[KH_BOTNET_ADDRESS])
			continue;
		map->head = r + 1;
		for (size_t c = 0; c < row->n; c++)
			for (enum kh_botnet_column k = KH_BOTNET_PORT; k < KH_BOTNET_COLUMNS; k++)
				if (!map->at[k] && is_title(row->cells[c], k))
					map->at[k] = c + 1;
	}
}

/* "20/11/2026", "2026-11-20", with or without a time behind it. */
static bool is_day(const char *text)
{
	int a = 0, b = 0, c = 0;
	return sscanf(text, "%4d-%2d-%2d", &a, &b, &c) == 3 || sscanf(text, "%2d/%2d/%4d", &a, &b, &c) == 3;
}

static bool holds(const struct kh_sheet *sheet, size_t column, bool (*fits)(const char *))
{
	kh_array_each(&sheet->rows, row)
		if (column && fits(kh_sheet_cell(row, column - 1)))
			return true;
	return false;
}

/* The column in which most cells are of the kind; 0: none is. */
static size_t column_of(const struct kh_sheet *sheet, bool (*fits)(const char *))
{
	size_t found[KH_SHEET_MAX_COLUMNS] = {0}, best = 0;
	kh_array_each(&sheet->rows, row)
		for (size_t c = 0; c < row->n; c++)
			found[c] += fits(row->cells[c]);
	for (size_t c = 0; c < KH_SHEET_MAX_COLUMNS; c++)
		if (found[c] > found[best])
			best = c;
	return found[best] ? best + 1 : 0;
}

static void guess(const struct kh_sheet *sheet, struct kh_botnet_map *map)
{
	map->at[KH_BOTNET_ADDRESS] = column_of(sheet, kh_is_ip);
	if (!map->at[KH_BOTNET_TIME])
		map->at[KH_BOTNET_TIME] = column_of(sheet, is_day);
}

/* "3", or a title of the first rows. */
static int column_said(const struct kh_sheet *sheet, const char *text, struct kh_botnet_map *map, size_t *ret)
{
	int64_t number = 0;
	if (kh_parse_int(text, 1, KH_SHEET_MAX_COLUMNS, &number)) {
		*ret = (size_t)number;
		return 0;
	}
	for (size_t r = 0; r < sheet->rows.n && r < HEAD_ROWS; r++)
		for (size_t c = 0; c < sheet->rows.v[r].n; c++)
			if (kh_streq(sheet->rows.v[r].cells[c], text)) {
				map->head = KH_MAX(map->head, r + 1);
				*ret = c + 1;
				return 0;
			}
	return kh_fail(KH_E_INVALID_FIELD, "the file has no column \"%s\"", text);
}

static int read_said(const struct kh_sheet *sheet, const char *said, struct kh_botnet_map *map)
{
	const char *equals = strchr(said, '=');
	for (size_t k = 0; equals && k < KH_BOTNET_COLUMNS; k++)
		if (strlen(columns[k].key) == (size_t)(equals - said) && kh_starts_with(said, columns[k].key))
			return column_said(sheet, equals + 1, map, &map->at[k]);
	return kh_fail(KH_E_INVALID_FIELD, "\"%s\": expected ip=, port=, time=, name=, c2= or month= and a column", said);
}

int kh_botnet_map_read(const struct kh_sheet *sheet, const char *const *said, struct kh_botnet_map *ret)
{
	struct kh_botnet_map map = {0};
	int r = 0;
	read_titles(sheet, &map);
	/* A heading pasted from a document is cut at its blanks: "Địa chỉ IP" are three columns, and none of them stands over the addresses. */
	if (!holds(sheet, map.at[KH_BOTNET_ADDRESS], kh_is_ip))
		map = (struct kh_botnet_map){0};
	for (; r == 0 && said && *said; said++)
		r = read_said(sheet, *said, &map);
	if (r == 0 && !map.at[KH_BOTNET_ADDRESS])
		guess(sheet, &map);
	if (r == 0 && !map.at[KH_BOTNET_ADDRESS])
		r = kh_fail(KH_E_INVALID_FIELD, "no column of the file holds addresses");
	if (r == 0)
		*ret = map;
	return r;
}
